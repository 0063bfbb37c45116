"""The workflows that the documentation shows, as files, for linters: ``python3 -m docs.workflows
FOLDER``."""

from __future__ import annotations

import re
import sys
from pathlib import Path

PAGE = Path(__file__).parent / "ci" / "github.md"
_BLOCK = re.compile(r"^```yaml\n(# \.github/workflows/.*?)^```$", re.MULTILINE | re.DOTALL)
ANYWHERE = ("OWNER/convcost@COMMIT", f"example/convcost@{'0' * 40}")
"""What a reader fills in, and what linters take for a repository and a commit."""


def workflows() -> list[str]:
    """Their texts."""
    return [text.replace(*ANYWHERE) for text in _BLOCK.findall(PAGE.read_text())]


def main(folder: str) -> None:
    """Write them to a folder."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    for number, text in enumerate(workflows()):
        (Path(folder) / f"{number}.yml").write_text(text)


if __name__ == "__main__":
    main(*sys.argv[1:])
