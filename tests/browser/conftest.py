"""A browser that tests drive: Chromium without a network, each page in a profile of its own."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)

ALL_LAID_OUT = """
document.querySelectorAll("*").forEach(each => { each.style.contentVisibility = "visible" })
"""
"""What is far below the screen is not laid out, and axe finds it upon other things."""


class Opened(NamedTuple):
    """A page, and what it said and asked for that a quiet one does not."""

    page: Page
    said: list[str]
    requests: list[str]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium; tests are skipped where it, or Playwright, is not installed."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("there is no Chromium in PATH: apt-get install chromium")
    api = pytest.importorskip("playwright.sync_api", reason="pip install 'convcost[browser]'")
    with api.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser: Browser) -> Iterator[Callable[..., Opened]]:
    """Opens a file or an address in a profile of its own, with Playwright's options for that."""
    contexts: list[Any] = []

    def visit(where: Path | str, place: str = "", **options: Any) -> Opened:
        given: dict[str, Any] = {"offline": True, "viewport": {"width": 1300, "height": 900}}
        context = browser.new_context(**given | options)
        contexts.append(context)
        found = Opened(context.new_page(), [], [])
        found.page.on("console", lambda message: found.said.append(message.text))
        found.page.on("pageerror", lambda error: found.said.append(str(error)))
        found.page.on("request", lambda request: found.requests.append(request.url))
        found.page.goto(f"{where if isinstance(where, str) else where.as_uri()}{place}")
        return found

    yield visit
    for context in contexts:
        context.close()


@pytest.fixture
def audited() -> Callable[[Any], Any]:
    """Return the findings of axe on a page, by the rules of WCAG 2.2 AA."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    tags = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}

    def told(page: Any) -> Any:
        page.evaluate(ALL_LAID_OUT)
        return axe.run(page, options={"runOnly": tags}).response

    return told
