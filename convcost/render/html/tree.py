"""The modules of a network as lists that fold, with a bar for each cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convcost.analysis.analyze.modules import Module, modules
from convcost.errors import plural
from convcost.metrics import METRICS
from convcost.render.html.element import element, link
from convcost.render.parts.numbers import large
from convcost.render.parts.words import described, shapes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from convcost.analysis.analyze.layer_cost import LayerCost
    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.render.html.element import Element, Node

SHOWN = ("macs", "params", "activation_bytes")
"""The metrics that have a bar."""
SHARED = ("macs", "params")
"""Those that say their part of the total, too."""


class Scale(NamedTuple):
    """The size of the largest module, and the total, by metric."""

    most: Mapping[str, int]
    totals: Mapping[str, int]


def tree(analysis: Analysis) -> Sequence[Node]:
    """The tree, under the names of its bars. A bar is as long as its part of the largest module."""
    parts = modules(analysis.layers)
    largest = {m: max((part.counts[m] for part in parts), default=0) for m in SHOWN}
    scale = Scale(largest, analysis.totals)
    heads = [element("b", {}, METRICS[metric].title) for metric in SHOWN]
    about = {"class": "r heads", "aria-hidden": "true"}
    head = element("div", about, element("span", {}, "module"), *heads)
    most = len(analysis.layers) // 2
    items = [_item(part, scale, most) for part in parts]
    return [
        element(
            "div", {"class": "tree", **_order(analysis, parts)}, head, element("ul", {}, *items)
        )
    ]


def _order(analysis: Analysis, parts: Sequence[Module | LayerCost]) -> dict[str, str]:
    """The places in the network of the layers of the tree, where those are in another order: a
    module may be called again after others."""
    places = {cost.name: place for place, cost in enumerate(analysis.layers)}
    order = [places[cost.name] for cost in _leaves(parts)]
    return {} if order == sorted(order) else {"data-order": " ".join(map(str, order))}


def _leaves(parts: Sequence[Module | LayerCost]) -> Iterator[LayerCost]:
    for part in parts:
        yield from part.layers if isinstance(part, Module) else [part]


def _item(part: Module | LayerCost, scale: Scale, most: int) -> Element:
    """A module or a layer; a module with more layers than ``most`` is open."""
    if not isinstance(part, Module):
        return element("li", {}, _layer(part, scale))
    inside = (_item(one, scale, most) for one in part.parts)
    summary = element("summary", {}, _row(_called(part), part.counts, (), scale))
    fold = {"open": len(part.layers) > most}
    return element("li", {}, element("details", fold, summary, element("ul", {}, *inside)))


def _called(module: Module) -> list[Node]:
    if not module.last:
        return [module.name, element("i", {}, plural(len(module.layers), "layer"))]
    each = plural(len(module.layers) // len(module.parts), "layer")
    said = f"x{len(module.parts)}, {each} each"
    return [f"{module.name} … {_last_word(module)}", element("i", {}, said)]


def _last_word(module: Module) -> str:
    """The name of the last module, without the words that it shares with the first."""
    first, last = module.name.split("."), module.last.split(".")
    same = 0
    while first[same] == last[same]:
        same += 1
    return ".".join(last[same:])


def _layer(cost: LayerCost, scale: Scale) -> Element:
    says = " ".join((described(cost), shapes(cost.output_shapes)))
    name: list[Node] = [cost.name, element("i", {}, says)]
    row = _row(name, cost.counts, cost.uncounted, scale)
    return link(cost.name, *row.children, **{"class": "r"})


def _row(
    name: Sequence[Node], counts: Mapping[str, int], unknown: Collection[str], scale: Scale
) -> Element:
    cells = (_cost(metric, counts[metric], scale, known=metric not in unknown) for metric in SHOWN)
    return element("span", {"class": "r"}, element("span", {}, *name), *cells)


def _cost(metric: str, count: int, scale: Scale, *, known: bool) -> Element:
    """A cost in few digits, its part of the total, and a bar; a cost of nothing is a dash, an
    unknown one ``?``."""
    text = "?" if not known else large(count) if count else "–"
    if not count:
        return element("b", {}, text)
    part = [element("i", {}, _part(count, scale.totals[metric]))] if metric in SHARED else []
    return element("b", {}, text, *part, bar(count, scale.most[metric]))


def _part(count: int, total: int) -> str:
    """A part of the total in whole percent."""
    share = round(100 * count / total)
    return f"{share}%" if share else "<1%"


def bar(count: int, most: int) -> Element:
    """A bar of a part of the largest."""
    share = 100 * count / most if most else 0
    return element("svg", {}, element("rect", {"width": f"{share:.3g}%"}))
