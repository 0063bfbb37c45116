"""The documentation as a site: ``.ci/site FOLDER`` builds it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from convcost import __version__

if TYPE_CHECKING:
    from sphinx.application import Sphinx

DOCS = Path(__file__).parent
WRITTEN = tomllib.loads((DOCS.parent / "pyproject.toml").read_text())
REPOSITORY = WRITTEN["project"]["urls"]["Homepage"]

project = "convcost"
release = __version__
extensions = ["myst_parser"]
myst_heading_anchors = 4
highlight_language = "none"
html_theme = "furo"
html_title = f"convcost {release}"
html_copy_source = False
html_show_copyright = False


def _for_the_site(_app: Sphinx, page: str, source: list[str]) -> None:
    """Pages are plain Markdown for a forge: here links leave for it, and anchors become targets."""
    folder = (DOCS / page).parent

    def outside(link: re.Match[str]) -> str:
        target = (folder / link[1]).resolve()
        if target.is_relative_to(DOCS):
            return link[0]
        return f"]({REPOSITORY}/tree/main/{target.relative_to(DOCS.parent)}{link[2] or ''})"

    text = re.sub(r"\]\((\.\./[^)#]+)(#[^)]*)?\)", outside, source[0])
    source[0] = re.sub(r'^<a id="(.+)"></a>$', r"(\1)=", text, flags=re.MULTILINE)


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("source-read", _for_the_site)
