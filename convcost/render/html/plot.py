"""A step for each layer, in the order of layers, drawn as one area."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.render.html.element import element

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.render.html.element import Element

HIGH = 100
"""Units of the drawing at its top."""


def steps(
    values: Sequence[int],
    texts: Sequence[str],
    said: str,
    *,
    marked: int | None = None,
    limit: int | None = None,
) -> Element:
    """A drawing that a script can point into.

    Args:
        values: one a layer, none of them negative.
        texts: what each of them is, in words without blanks.
        said: what is drawn, for those who do not see it.
        marked: the step between lines.
        limit: where a line lies across.
    """
    most = max(*values, limit or 0, 1)
    path = "".join(f"V{_height(value, most)}H{x}" for x, value in enumerate(values, start=1))
    wide = len(values)
    lines = "" if marked is None else f"M{marked} 0V{HIGH}M{marked + 1} 0V{HIGH}"
    lines += "" if limit is None else f"M0 {_height(limit, most)}H{wide}"
    view = {
        "class": "plot",
        "viewBox": f"0 0 {wide} {HIGH}",
        "preserveAspectRatio": "none",
        "role": "img",
        "aria-label": said,
        "data-steps": " ".join(texts),
    }
    return element(
        "svg",
        view,
        element("path", {"class": "area", "d": f"M0 {HIGH}{path}V{HIGH}z"}),
        element("path", {"class": "peak", "d": lines}),
        element("rect", {"class": "cursor", "height": HIGH, "width": 0}),
    )


def _height(value: int, most: int) -> int:
    return HIGH - HIGH * value // most
