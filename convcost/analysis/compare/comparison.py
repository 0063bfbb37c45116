"""Designs beside each other: their totals, and which layer of one stands for which of another."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from convcost import arguments
from convcost.allowance import answering
from convcost.analysis.analyze.depth import depth
from convcost.analysis.analyze.group import Group, grouped
from convcost.analysis.analyze.layer_cost import LayerCost
from convcost.analysis.analyze.network_cost import Analysis
from convcost.analysis.compare.align import partners, rewired
from convcost.errors import LONGEST_NAME, cut, plural, represented
from convcost.further_metrics import further
from convcost.gc_pause import paused
from convcost.metrics import COUNTS, DEPTH, SUMS
from convcost.ops.fields import declared

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from convcost.analysis.rf.receptive_field import AxisField

Item = TypeVar("Item", LayerCost, Group)
Key = TypeVar("Key", int | str, str)

Changes = dict[str, tuple[object, object]]
"""The differences between a layer and the one that it stands for: both values, by field."""


class Mark(StrEnum):
    """The fate of a layer of the first design in another; ``ABSENT`` where neither has it."""

    SAME = "="
    CHANGED = "~"
    ADDED = "+"
    REMOVED = "-"
    ABSENT = " "


class Row(NamedTuple, Generic[Item]):
    """A row of a comparison of designs: a layer (or group of layers) of each, None
    where a design has none.

    ``marks`` and ``changes`` have an item for each design after the first.
    """

    items: tuple[Item | None, ...]
    marks: tuple[Mark, ...]
    changes: tuple[Changes, ...]

    @property
    def present(self) -> list[Item]:
        """Those that are there."""
        return [item for item in self.items if item is not None]

    @property
    def names(self) -> list[str]:
        """Its names, each once, in the order of the designs."""
        return list(dict.fromkeys(item.name for item in self.present))

    @property
    def same(self) -> bool:
        """Whether it is alike in all designs."""
        return set(self.marks) == {Mark.SAME}

    def cost(self, design: int, metric: str) -> int:
        """Its cost in a design: nothing where it is not there.

        Raises:
            TypeError: ``design`` is not a number, or ``metric`` no str.
            ConvcostError: there is no such design or metric.
        """
        item = self.items[arguments.whole("design", design, 0, len(self.items) - 1)]
        known = (*COUNTS, *(further(item.counts) if item else ()))
        if item is not None or "." not in metric:
            arguments.word("metric", metric, known, "metric")
        return 0 if item is None else item.counts[metric]

    def difference(self, design: int, metric: str) -> int:
        """Its cost in a design less that in the first; it raises what :meth:`cost` does."""
        return self.cost(design, metric) - self.cost(0, metric)


class Comparison(NamedTuple):
    """Designs beside each other. ``totals`` has for each metric, and for ``depth``, a value a
    design; ``fields`` for each design the receptive field of its first output."""

    analyses: tuple[Analysis, ...]
    totals: Mapping[str, tuple[int, ...]]
    fields: tuple[Mapping[str, Sequence[AxisField]], ...]
    rows: Sequence[Row[LayerCost]]

    def __repr__(self) -> str:
        first, *others = (analysis.network.name for analysis in self.analyses)
        more = f" and {len(others) - 1} more" if len(others) > 1 else ""
        with_ = f"with {cut(others[0], LONGEST_NAME // 2)}{more}" if others else "with nothing"
        return represented(self, f"of {first}", f"{with_}, {plural(len(self.rows), 'row')}")

    def _repr_html_(self) -> str:
        """A table, as notebooks show one."""
        from convcost.analysis.notebook import of_comparison

        return of_comparison(self)

    def groups(self, of: Callable[[LayerCost], str]) -> list[Row[Group]]:
        """The layers of each design in groups by what ``of`` says of them, side by side.

        Raises:
            TypeError: ``of`` is not a function, or returns no str.
        """
        arguments.function("of", of)

        def key(cost: LayerCost) -> str:
            return arguments.text("what `of` returns", of(cost))

        found = [
            {group.name: group for group in grouped(analysis.layers, key)}
            for analysis in self.analyses
        ]
        first, *others = map(list, found)
        rows: list[Row[Group]] = []
        for name in _lined_up(first, others):
            items = [groups.get(name) for groups in found]
            rows.append(_row(items, _group_changes))
        return rows


@answering
@paused()
def compare(first: Analysis, *others: Analysis) -> Comparison:
    """Put designs beside the first of them.

    Layers stand for each other by name, then, among those left, by the longest common subsequence
    of op and shape (see :mod:`convcost.analysis.compare.align`). Rows are in the order of the
    graphs; layers that the first design lacks come before the next one that it has.

    Args:
        first: what the others are measured by.
        others: one or more designs.

    Returns:
        A Comparison: ``totals`` by metric with a value for each design, ``rows`` of layers that
        stand for each other.

    Raises:
        TypeError: an argument is of another type than it is declared with.
    """
    arguments.instance("first", first, Analysis)
    for number, design in enumerate(others):
        arguments.instance(f"others[{number}]", design, Analysis)
    analyses = (first, *others)
    found = [partners(first.layers, other.layers) for other in others]
    layers: dict[int | str, list[LayerCost | None]] = {
        i: [layer, *(None for _ in others)] for i, layer in enumerate(first.layers)
    }
    orders: list[list[int | str]] = []
    for design, other in enumerate(others, start=1):
        order: list[int | str] = []
        for j, layer in enumerate(other.layers):
            order.append(found[design - 1].get(j, layer.name))
            layers.setdefault(order[-1], [None] * len(analyses))[design] = layer
        orders.append(order)
    moved = [
        {other.layers[j].name for j in rewired(first.network, other.network, pairs)}
        for other, pairs in zip(others, found, strict=True)
    ]

    def differ(before: LayerCost, after: LayerCost, other: int) -> Changes:
        sources = {"inputs": (before.inputs, after.inputs)} if after.name in moved[other] else {}
        return _layer_changes(before, after) | sources

    keys = _lined_up(range(len(first.layers)), orders)
    counts = (*COUNTS, *further(first.totals))
    totals = {metric: tuple(a.totals[metric] for a in analyses) for metric in counts}
    return Comparison(
        analyses,
        totals | {DEPTH: tuple(map(depth, analyses))},
        tuple(map(_field, analyses)),
        [_row(layers[key], differ) for key in keys],
    )


def _layer_changes(before: LayerCost, after: LayerCost) -> Changes:
    """The differences between layers: their op or its fields, shapes and type; and where all that
    is the same, counts (another layer may share its weights)."""
    here, there = before.layer, after.layer
    changes: Changes = {"op": (before.op, after.op)}
    if type(here.op) is type(there.op) and here.op != there.op:
        for name in declared(type(here.op)):
            changes[name] = (getattr(here.op, name), getattr(there.op, name))
    changes["input_shapes"] = (before.input_shapes, after.input_shapes)
    changes["output_shapes"] = (before.output_shapes, after.output_shapes)
    changes["dtype"] = (here.outputs[0].dtype, there.outputs[0].dtype)
    return _unlike(changes) or _count_changes(before, after)


def _count_changes(before: LayerCost | Group, after: LayerCost | Group) -> Changes:
    """Counts of their own: what is alive beside them is another layer's."""
    return _unlike({m: (before.counts[m], after.counts[m]) for m in SUMS})


def _group_changes(before: Group, after: Group, _: int) -> Changes:
    return _unlike({"layers": (before.layers, after.layers)}) | _count_changes(before, after)


def _unlike(changes: Changes) -> Changes:
    return {name: pair for name, pair in changes.items() if pair[0] != pair[1]}


def _row(items: Sequence[Item | None], differ: Callable[[Item, Item, int], Changes]) -> Row[Item]:
    before, *others = items
    marks: list[Mark] = []
    changes: list[Changes] = []
    for number, after in enumerate(others):
        if before is not None and after is not None:
            changes.append(differ(before, after, number))
            marks.append(Mark.CHANGED if changes[-1] else Mark.SAME)
            continue
        changes.append({})
        if before is not None:
            marks.append(Mark.REMOVED)
        else:
            marks.append(Mark.ABSENT if after is None else Mark.ADDED)
    return Row(tuple(items), tuple(marks), tuple(changes))


def _lined_up(first: Sequence[Key], others: Sequence[Sequence[Key]]) -> list[Key]:
    """All keys in one order: that of the first, and what only others have before the next one that
    the first has too."""
    own = set(first)
    placed = set(first)
    before: dict[Key, list[Key]] = {}
    at_the_end: list[Key] = []
    for other in others:
        new: list[Key] = []
        for key in other:
            if key not in placed:
                new.append(key)
                placed.add(key)
            elif new and key in own:
                before.setdefault(key, []).extend(new)
                new = []
        at_the_end += new
    return [*(key for there in first for key in (*before.get(there, ()), there)), *at_the_end]


def _field(analysis: Analysis) -> Mapping[str, Sequence[AxisField]]:
    """The receptive field of the first output."""
    output = next(iter(analysis.network.outputs.values()), None)
    made = (cost for cost in analysis.layers if output in cost.layer.outputs)
    nothing: Mapping[str, Sequence[AxisField]] = {}
    return next((cost.receptive_fields for cost in made), nothing)
