"""The page of budgets is true: its example prints what it shows."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from convcost.render.reports.check.findings import TITLES

if TYPE_CHECKING:
    from collections.abc import Callable

    from repository import Repository
    from running import Ran

PAGE = Path(__file__).parent.parent.parent / "docs" / "check.md"


def test_the_example(run: Callable[..., Ran], repo: Repository):
    """``UPDATE_GOLDEN=1`` writes it anew."""
    page = PAGE.read_text()
    example = re.findall(r"```yaml\n# (\S+)\n(.*?)```", page, re.DOTALL)[0]
    shown = re.search(r"\$ convcost (check .*?)\n(.*?)```", page, re.DOTALL)
    assert shown
    repo.write(*example)
    repo.commit()
    repo.git("checkout", "-b", "work")
    repo.write(example[0], example[1].replace("width: 16", "width: 18"))
    ran = run(*shown[1].split())
    out = re.sub(r"with \w+ ", "with 3f1c2ab9d ", ran.out)
    if os.environ.get("UPDATE_GOLDEN"):
        PAGE.write_text(page.replace(shown[2], out))
    else:
        assert shown[2] == out
    assert ran.code == 1


def test_every_code_has_its_place():
    page = PAGE.read_text()
    for code, title in TITLES.items():
        assert f'| <a id="{code.lower()}"></a>{code} | {title}' in page


def test_the_configuration_shown_is_one(run: Callable[..., Ran], repo: Repository):
    page = PAGE.read_text()
    repo.write("convcost.toml", re.findall(r"```toml\n(.*?)```", page, re.DOTALL)[0])
    repo.write("models/mobile/a.yaml", re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)[0])
    ran = run("check")
    assert "no layer has a name like `stage.*`" in ran.err  # and all else was taken
