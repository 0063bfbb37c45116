"""Positions that a unit reads, drawn on the input: each position, so that holes are seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convcost.allowance import Allowance, allowing
from convcost.analysis.rf.growth import detail, middle_unit
from convcost.analysis.rf.positions_read import places_read
from convcost.errors import plural
from convcost.field import ends_of
from convcost.render.html.element import element, link
from convcost.render.html.formulas import folded
from convcost.render.html.heat import heat
from convcost.render.html.parts import sentence
from convcost.render.parts.words import field
from convcost.render.reports.rf.page import map_title

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from convcost.analysis.analyze.layer_cost import LayerCost
    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.analysis.rf.seen import Axis
    from convcost.network import Network
    from convcost.render.html.element import Element, Node

MOST_FIELDS = 60
FLAT = 12
"""The length of an input of one axis, over the height of its drawing."""


class _Run(NamedTuple):
    """Positions side by side."""

    first: int
    size: int


class _Along(NamedTuple):
    """The places that are read along an axis; None where they are not known."""

    axis: int
    size: int
    places: Collection[int] | None

    @property
    def runs(self) -> list[_Run]:
        """The places as runs of those side by side: all of the axis where they are not known."""
        return _runs(range(self.size) if self.places is None else self.places)

    @property
    def said(self) -> str:
        """The places in words."""
        if self.places is None:
            return f"not known which of axis {self.axis}"
        if not self.places:
            return f"none of axis {self.axis}"
        first, last = ends_of(self.places) or (0, 0)
        holes = last - first + 1 - len(self.places)
        without = f" with {plural(holes, 'hole')}" if holes else ""
        return f"{first}..{last} of axis {self.axis}{without}"


def fields(analysis: Analysis) -> Sequence[Node]:
    """A fold for each field that layers have, the largest of which are the network's own."""
    found: dict[object, list[LayerCost]] = {}
    for cost in analysis.layers:
        if cost.receptive_fields:
            seen = ((name, *axes) for name, axes in cost.receptive_fields.items())
            key = (*seen, cost.layer.outputs[0].shape[2:])
            found.setdefault(key, []).append(cost)
    groups = [*found.values()]
    if len(groups) > MOST_FIELDS:  # evenly along the network, the last one too
        last = len(groups) - 1
        chosen = [groups[number * last // (MOST_FIELDS - 1)] for number in range(MOST_FIELDS)]
    else:
        chosen = groups
    nodes: list[Node] = [
        element("p", {}, "The input positions that the unit in the middle of a layer's map reads.")
    ]
    nodes += (_field(analysis, group, number) for number, group in enumerate(chosen))
    if left := len(groups) - len(chosen):
        said = f"{plural(left, 'other field')} between these: "
        nodes.append(element("p", {}, said, element("code", {}, "convcost rf SPEC LAYER")))
    return [*nodes, *_paths(analysis)]


def _paths(analysis: Analysis) -> Iterator[Node]:
    """The paths from a unit of the last layer that has several along each axis, as heat."""
    maps = (cost for cost in reversed(analysis.layers) if _is_map(cost))
    last = next(maps, None)
    if last is None:
        return
    with allowing(Allowance()):  # what it takes is not taken from the rest of the page
        found = detail(analysis.network, last.name)
    yield element("h3", {}, "Paths to the positions of the input")
    if found.map is None or not found.map.paths:
        reason = found.without or "it reads nothing of the input"
        yield element("p", {}, *sentence(f"There is no map of `{last.name}`: {reason}."))
        return
    yield element("p", {}, "From ", link(last.name), ", the last layer that is a map.")
    yield from heat(found.map, map_title(found))


def _is_map(cost: LayerCost) -> bool:
    sizes = cost.layer.outputs[0].shape[2:]
    return bool(cost.receptive_fields and sizes) and min(sizes) > 1


def _field(analysis: Analysis, layers: Sequence[LayerCost], number: int) -> Element:
    network, first = analysis.network, layers[0]
    unit = middle_unit(network, first.layer)
    read = places_read(network, first.layer.outputs[0], dict(enumerate(unit)))
    drawn = (
        node
        for at, name in enumerate(network.inputs)
        for node in _input(network, name, read, f"f{number}-{at}")
    )
    says = f"{field(first)}: {first.name}{_more(layers)}"
    return folded(says, element("div", {"class": "what"}, *drawn), layers)


def _more(layers: Sequence[LayerCost]) -> str:
    return f" and {plural(len(layers) - 1, 'more layer')}" if len(layers) > 1 else ""


def _input(
    network: Network, name: str, read: Mapping[Axis, Collection[int] | None], id_: str
) -> Iterator[Node]:
    """One input, and what is read of it along its last two axes: of each row that is read the same
    places, so rows and columns say all."""
    axes = network.spatial_axes(name)[-2:]
    if not any((name, axis) in read for axis in axes):
        return
    along = [
        _Along(axis - 1, network.inputs[name].shape[axis], read.get((name, axis), ()))
        for axis in axes
    ]
    said = f"{name}: {', '.join(one.said for one in along)}"
    yield _drawing(along, id_, said)
    yield element("p", {}, said)


def _drawing(along: Sequence[_Along], id_: str, said: str) -> Element:
    """Columns, cut to the rows; an input of one axis has one row."""
    wide = along[-1].size
    high = along[0].size if len(along) > 1 else max(1, wide // FLAT)
    across = along[0].runs if len(along) > 1 else [_Run(0, high)]
    rows = "".join(f"M0 {run.first}h{wide}v{run.size}h-{wide}z" for run in across)
    columns = "".join(f"M{run.first} 0v{high}h{run.size}v-{high}z" for run in along[-1].runs)
    cut = element("clipPath", {"id": id_}, element("path", {"d": rows}))
    return element(
        "svg",
        {"class": "square", "viewBox": f"0 0 {wide} {high}", "role": "img", "aria-label": said},
        cut,
        element("path", {"class": "read", "d": columns, "clip-path": f"url(#{id_})"}),
        element("rect", {"class": "frame", "width": wide, "height": high}),
    )


def _runs(places: Collection[int]) -> list[_Run]:
    """Positions as runs of those side by side."""
    if isinstance(places, range) and places.step == 1:
        return [_Run(places.start, len(places))] if places else []
    found: list[_Run] = []
    for place in sorted(places):
        if found and found[-1].first + found[-1].size == place:
            found[-1] = found[-1]._replace(size=found[-1].size + 1)
        else:
            found.append(_Run(place, 1))
    return found
