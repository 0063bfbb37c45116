"""A page that is served and redraws itself, in Chromium."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Open = Callable[..., Any]

pytestmark = pytest.mark.browser

SPEC = "input: [3, 8, 8]\nlayers: [{op: conv, name: CALLED, out_channels: 4, kernel_size: 3}]\n"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """The address of a spec that is watched."""
    (tmp_path / "net.yaml").write_text(SPEC.replace("CALLED", "before"))
    words = [sys.executable, "-m", "convcost", "view", "net.yaml", "--watch", "--no-open"]
    with subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield process.stdout.readline().decode().strip()
        process.kill()


def test_it_redraws_itself(opened: Open, served: str, tmp_path: Path) -> None:
    found = opened(served, "#layer=before", offline=False)
    page = found.page
    page.locator("#chosen h2:text-is('before')").wait_for()
    file = tmp_path / "net.yaml"
    file.write_text(SPEC.replace("CALLED", "after"))
    page.locator("#layers th a:text-is('after')").wait_for()
    assert page.locator("#layers th a:text-is('before')").count() == 0
    file.write_text("input: [3, 8, 8]\nlayers: [{op: cnv}]\n")
    page.locator("pre:has-text('cnv')").wait_for()
    file.write_text(SPEC.replace("CALLED", "mended"))
    page.locator("#layers th a:text-is('mended')").wait_for()
    assert found.said == []
    assert all(one.startswith(served) for one in found.requests)


def test_it_says_when_nobody_answers_any_more(opened: Open, served: str) -> None:
    page = opened(served, offline=False).page
    page.locator("#layers").wait_for()
    page.evaluate("() => { window.fetch = () => Promise.reject(new Error()); }")
    page.locator("[role=status]:has-text('no longer follows')").wait_for()
