"""The look of views: small pictures of them are kept, and compared block by block.

Each pixel of a kept picture is the mean of a square of the screen, so that letters, which differ
from one Chromium and its fonts to the next, are a shade of grey, and places, sizes and colours
remain. ``UPDATE_GOLDEN=1`` keeps new pictures: look at them first, in the folder ``pictures``.
"""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from in_format import in_format

import convcost
from convcost.analysis.compare.comparison import compare
from convcost.render.reports.analyze import report
from convcost.render.reports.compare.report import report as compare_report
from convcost.render.reports.compare.sheet import Sheet

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL.Image import Image as Picture

    Open = Callable[..., Any]

pytestmark = pytest.mark.browser

KEPT = Path(__file__).parent / "pictures"
SQUARE = 8  # pixels of the screen across one of a kept picture
TALLER = 0.15  # of the height, by which fonts may make a view taller or lower
FAR = (64, 5, 5)  # of 255: light that differs more than letters do, and either colour
MOST_FAR = 0.03  # of all squares
SPEC = """
input: [3, 64, 64]
layers:
  - {op: conv, name: stem, out_channels: 16, kernel_size: 3, stride: 2, padding: 1}
  - name: stage
    layers:
      - name: wide
        layers:
          - {op: conv, name: first, out_channels: 16, kernel_size: 3, padding: 2, dilation: 2}
          - {op: batch_norm, name: norm}
          - {op: relu, name: act}
          - {op: conv, name: second, out_channels: WIDTH, kernel_size: 3, padding: 1}
      - {op: max_pool, name: pool, kernel_size: 2}
LAST
"""
LAST = "  - {op: conv, name: last, out_channels: 8, kernel_size: 1}"


class Shot(NamedTuple):
    """A picture to be taken."""

    page: str
    place: str
    scheme: str = "light"
    width: int = 1200

    @property
    def name(self) -> str:
        """The name of its file."""
        return f"{self.page}-{self.place}-{self.scheme}-{self.width}"


SHOTS = (
    Shot("network", "modules"),
    Shot("network", "modules", "dark"),
    Shot("network", "modules", "light", 390),
    Shot("network", "layers"),
    Shot("network", "graph", "dark"),
    Shot("network", "memory"),
    Shot("network", "field"),
    Shot("change", "diff1"),
    Shot("change", "graphs", "dark"),
)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the page of a small network, and that of a change of it."""
    folder = tmp_path_factory.mktemp("pages")
    before, after = (
        convcost.analyze(convcost.load("net.yaml", read=lambda _, text=text: text.encode()))
        for text in (
            SPEC.replace("WIDTH", "32").replace("LAST", LAST),
            SPEC.replace("WIDTH", "48").replace("LAST", "  - {op: relu, name: end}"),
        )
    )
    page = in_format(report(before, before.layers), "html")
    (folder / "network.html").write_text(page, "utf-8")
    comparison = compare(before, after)
    rows = comparison.rows
    sheet = Sheet(comparison, ["old", "new"], "layer", "macs", rows, rows)
    (folder / "change.html").write_text(in_format(compare_report(sheet), "html"), "utf-8")
    return folder


def seen(opened: Open, pages: Path, shot: Shot) -> Picture:
    """A view as it looks now, in squares."""
    images = pytest.importorskip("PIL.Image")
    viewport = {"width": shot.width, "height": 2400}  # the bar above does not move with the page
    page = opened(pages / f"{shot.page}.html", color_scheme=shot.scheme, viewport=viewport).page
    for fold in page.locator(f"#{shot.place} details:not([open])").all()[:2]:
        fold.locator("summary").first.click()
    taken = page.locator(f"#{shot.place}").screenshot(animations="disabled")
    whole = images.open(io.BytesIO(taken)).convert("RGB")
    size = (-(-whole.width // SQUARE), -(-whole.height // SQUARE))
    return whole.resize(size, images.Resampling.BOX)


def far(kept: Picture, now: Picture) -> float:
    """The part of squares whose light or colour is another one, once both are equally tall. Letters
    are grey, so that a faint colour behind them counts, and other letters do not."""
    chops = pytest.importorskip("PIL.ImageChops")
    pair = (picture.convert("YCbCr") for picture in (kept, now.resize(kept.size)))
    parts = zip(chops.difference(*pair).split(), FAR, strict=True)
    marked = [part.point([255 * (value > most) for value in range(256)]) for part, most in parts]
    counts = chops.lighter(chops.lighter(*marked[:2]), marked[2]).histogram()
    return counts[255] / sum(counts)


@pytest.mark.parametrize("shot", SHOTS, ids=lambda shot: shot.name)
def test_a_view_looks_as_it_did(opened: Open, pages: Path, shot: Shot) -> None:
    images = pytest.importorskip("PIL.Image")
    now, path = seen(opened, pages, shot), KEPT / f"{shot.name}.png"
    if os.environ.get("UPDATE_GOLDEN"):
        KEPT.mkdir(exist_ok=True)
        now.save(path, optimize=True)
    kept = images.open(path).convert("RGB")
    assert abs(now.height - kept.height) <= max(1, TALLER * kept.height), "it is taller or lower"
    assert now.width == kept.width
    assert far(kept, now) <= MOST_FAR, f"it looks otherwise than {path}"


def test_kept_pictures_are_few_and_small() -> None:
    files = [*KEPT.glob("*")]
    assert {path.stem for path in files} == {shot.name for shot in SHOTS}
    assert sum(path.stat().st_size for path in files) < 60_000
