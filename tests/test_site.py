"""The documentation as a site: it is built without a warning, and its links lead somewhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html import unescape
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import pytest

pytest.importorskip("sphinx", reason="pip install '.[site]'")

ROOT = Path(__file__).parent.parent
MADE = {"genindex", "search"}  # pages of the generator's own


class Page(NamedTuple):
    """The links of a page, and the anchors that others can link to."""

    links: list[str]
    anchors: set[str]


def read(path: Path) -> Page:
    text = path.read_text()
    links = re.findall(r'<[^<>]*\b(?:href|src)="([^"]*)"', text)
    return Page(list(map(unescape, links)), set(re.findall(r'<[^<>]*\bid="([^"]*)"', text)))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [ROOT / ".ci" / "site", folder],
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": path},
    )
    assert done.returncode == 0, done.stderr
    return folder


def test_every_page_is_there(site: Path):
    written = {page.relative_to(ROOT / "docs").with_suffix("") for page in pages()}
    built = {page.relative_to(site).with_suffix("") for page in site.rglob("*.html")}
    assert {str(page) for page in built ^ written} == MADE


def pages() -> list[Path]:
    return sorted((ROOT / "docs").rglob("*.md"))


def test_links_and_anchors_lead_somewhere(site: Path):
    found = {path.resolve(): read(path) for path in site.rglob("*.html")}
    broken = [
        f"{path.relative_to(site)}: {link}"
        for path, page in found.items()
        for link in page.links
        if not leads_somewhere(path, link, found)
    ]
    assert broken == []


def leads_somewhere(path: Path, link: str, found: dict[Path, Page]) -> bool:
    """Whether the target of a link is there; nothing is fetched."""
    parts = urlsplit(link)
    if parts.scheme in ("http", "https", "data"):
        return True
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not target.is_file():
        return False
    anchor = unquote(parts.fragment)
    return not anchor or target not in found or anchor in found[target].anchors


def test_links_out_of_the_documentation_lead_to_the_repository(site: Path):
    links = read(site / "spec.html").links
    assert "https://github.com/OWNER/convcost/tree/main/convcost/library" in links


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.stem)
def test_pages_are_plain_markdown_for_a_forge(page: Path):
    """The tables of contents in the first page are the only directives."""
    text = page.read_text()
    if page == ROOT / "docs" / "index.md":
        text = text.replace("```{toctree}", "```")
    assert "```{" not in text
    assert "\n:::" not in text
