"""Algorithms of one layer side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from convcost.analysis.explain.algorithms import each_time, kept, workspace
from convcost.dtype import bytes_of
from convcost.errors import plural, printable
from convcost.render.parts.cut_names import cut
from convcost.render.parts.numbers import exact, rounded
from convcost.render.parts.table import Column, name_room
from convcost.render.parts.text_width import width_of
from convcost.render.parts.words import described_op, shape
from convcost.render.report import Heading, Item, Items, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from convcost.execution.algorithm_runs import Trial, Way
    from convcost.network import Layer
    from convcost.render.report import Medium, Part

MISSED = ((), ("prepared",), ("prepared", "differs"), ("prepared", "differs", "adds"))
"""Columns that a narrow table does without, step by step."""


def page(trial: Trial, medium: Medium) -> Iterator[Part]:
    """The algorithms, the steps of those that have several, and what to know of both."""
    width = medium.width
    yield Heading(_heading(trial.layer, width))
    summary = _fitted(lambda short: _summary(trial, short), width)
    yield Table(summary, ["red" if way in trial.broken else "" for way in _that_apply(trial)])
    if any(len(way.steps) > 1 for way in trial.ways):
        repeated = medium.paged
        yield Table(_fitted(lambda short: _steps(trial, short, repeated=repeated), width))
    yield Items([Item(note, style="dim") for note in _notes(trial, summary)])


def entries(trial: Trial) -> list[dict[str, Any]]:
    """The algorithms as data: exact ints, sizes in bytes of the layer's dtype."""
    return [_entry(trial, way) for way in trial.ways]


def _entry(trial: Trial, way: Way) -> dict[str, Any]:
    if way.refused is not None:
        return {"algorithm": way.name, "refused": way.refused}
    multiplies, adds = each_time(way.steps)
    ran = way.execution
    return {
        "algorithm": way.name,
        "multiplies": multiplies,
        "adds": adds,
        "workspace_bytes": _bytes(trial, workspace(way.steps)),
        "prepared_bytes": _bytes(trial, kept(way.steps)),
        "steps": [
            {
                "step": step.name,
                "once": step.once,
                "multiplies": step.multiplies,
                "adds": step.adds,
                "bytes": _bytes(trial, step.elements),
            }
            for step in way.steps
        ],
        "execution": ran
        and {
            "channels_divided_by": ran.by,
            "difference": ran.difference,
            "tolerance": ran.tolerance,
            "confirmed": ran.confirmed,
        },
    }


def _heading(layer: Layer, width: int | None) -> str:
    """The layer's name, cut where there is no room for it, what it is, and its shapes."""
    x, y = layer.inputs[0], layer.outputs[0]
    rest = f"   {described_op(layer.op)}   {shape(x.sample_shape)} -> {shape(y.sample_shape)}"
    name = printable(layer.name) if width is None else cut(layer.name, width - len(rest))
    return name + rest


def _that_apply(trial: Trial) -> list[Way]:
    return [way for way in trial.ways if way.refused is None]


def _bytes(trial: Trial, elements: Any) -> int:
    return bytes_of(cast("int", elements), trial.layer.outputs[0].dtype)


def _fitted(columns: Callable[[bool], list[Column]], width: int | None) -> list[Column]:
    """With as much as a width has room for: whole, with counts rounded, or without some columns."""
    if width is None:
        return columns(False)
    short = columns(True)
    forms = [columns(False)]
    forms += ([column for column in short if column.heading not in some] for some in MISSED)
    names = max(map(width_of, (short[0].heading, *short[0].cells)))
    return next((form for form in forms if name_room(form, width) >= names), forms[-1])


def _summary(trial: Trial, short: bool) -> list[Column]:
    ways = _that_apply(trial)
    sums = [cast("tuple[int, int]", each_time(way.steps)) for way in ways]
    multiplies, adds = (_counts(list(counts), short) for counts in zip(*sums, strict=True))
    first = sums[0][0]
    return [
        Column("algorithm", [way.name for way in ways]),
        Column("multiplies", multiplies, number=True),
        Column("adds", adds, number=True),
        Column("ratio", [ratio(count, first) for count, _ in sums], number=True),
        Column("workspace", _sizes(trial, [workspace(way.steps) for way in ways]), number=True),
        Column("prepared", _sizes(trial, [kept(way.steps) for way in ways]), number=True),
        Column("differs", ["", *map(_difference, ways[1:])], number=True),
        Column("confirmed", [_verdict(way) for way in ways]),
    ]


def _steps(trial: Trial, short: bool, *, repeated: bool = False) -> list[Column]:
    """A row a step; the name of the algorithm in the first of its rows unless ``repeated``."""
    rows = [
        (way.name if repeated or step is way.steps[0] else "", step)
        for way in _that_apply(trial)
        if len(way.steps) > 1
        for step in way.steps
    ]
    steps = [step for _, step in rows]
    multiplies = _counts([cast("int", step.multiplies) for step in steps], short)
    adds = _counts([cast("int", step.adds) for step in steps], short)
    return [
        Column("algorithm", [name for name, _ in rows]),
        Column("step", [f"{step.name}{', once' * step.once}" for step in steps]),
        Column("multiplies", multiplies, number=True),
        Column("adds", adds, number=True),
        Column("makes", _sizes(trial, [step.elements for step in steps]), number=True),
    ]


def _counts(counts: list[int], short: bool) -> list[str]:
    return rounded(counts) if short else list(map(exact, counts))


def _sizes(trial: Trial, elements: Sequence[Any]) -> list[str]:
    sizes = [_bytes(trial, number) for number in elements]
    return [f"{text}B" if size else "" for text, size in zip(rounded(sizes), sizes, strict=True)]


def ratio(count: int, of: int) -> str:
    """The ratio of two counts, the smaller as a fraction: ``1/2.25``, ``1``, ``4``; to four
    digits."""
    if not count or not of:
        return ""
    return f"1/{of / count:.4g}" if count < of else f"{count / of:.4g}"


def _difference(way: Way) -> str:
    if way.execution is None:
        return ""
    return f"{way.execution.difference:.0e}" if way.execution.difference else "0"


def _verdict(way: Way) -> str:
    if way.execution is None:
        return "too large"
    said = "yes" if way.execution.confirmed else "NO"
    return said if way.execution.by == 1 else f"{said}, 1/{way.execution.by}"


def _notes(trial: Trial, summary: Sequence[Column]) -> list[str]:
    """The algorithms that do not apply, and the meaning of the columns shown."""
    layer, ways = trial.layer, _that_apply(trial)
    written, samples = ways[0].name, plural(layer.inputs[0].shape[0], "sample")
    meanings = {
        "ratio": f"of multiplies to those of {written}, without what is done once",
        "workspace": f"what steps leave for later ones, {layer.outputs[0].dtype}, {samples}",
        "prepared": "made once from the weights, for all inputs",
        "differs": f"at most, from the outputs of {written} (around 1), in float64",
    }
    said = list(dict.fromkeys(way.refused for way in trial.ways if way.refused is not None))
    said += (
        f"{column.heading}: {meanings[column.heading]}"
        for column in summary
        if column.heading in meanings and any(column.cells)
    )
    if parts := {way.execution.by for way in ways if way.execution} - {1}:
        said.append(f"1/{min(parts)}: executed with that part of its channels, and confirmed there")
    if any(way.execution is None for way in ways):
        said.append("too large: not executed, not even on few channels; its formulas stand alone")
    return said
