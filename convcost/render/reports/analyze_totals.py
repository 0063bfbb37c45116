"""The totals of a network in few lines, for a terminal that is low."""

from __future__ import annotations

from itertools import chain, zip_longest
from textwrap import wrap
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from convcost.analysis.analyze.figures import intensity
from convcost.errors import plural
from convcost.further_metrics import TRAINING, further, metric_of
from convcost.metrics import LINES, METRICS
from convcost.render.parts.cut_names import cut_apart
from convcost.render.parts.numbers import exact, si
from convcost.render.parts.text_width import width_of
from convcost.render.parts.words import field
from convcost.render.reports.notes import dtypes, names_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from convcost.analysis.analyze.network_cost import Analysis

Item = TypeVar("Item")
IMPORTANT = ("params", "macs", "flops", "peak_activation_bytes")  # where there is little room
GAPS = (4, 2)  # between two columns, the wider where there is room
ELLIPSIS = " ..."
MOST_LINES = 3  # of notes, and of remarks where there is little room


class Form(NamedTuple):
    """The part of the totals that is shown: all of them or the most important, and whether all that
    is said of some or its first line."""

    metrics: Sequence[str]
    whole: bool = True


FORMS = (
    Form([metric for _, metric in LINES]),
    Form(IMPORTANT),
    Form(IMPORTANT, whole=False),
)
"""What there may be room for, the most first."""


def totals(analysis: Analysis, form: Form, width: int) -> Iterator[str]:
    """A total a line; in two columns where there is room, else the most important alone. What there
    is to say of one stands below them."""
    yield from _figures(analysis, form, width)
    told = [wrap(text, width, subsequent_indent="  ") for text in _remarks(analysis, width)]
    if form.whole:
        yield from chain.from_iterable(told)
        return
    few = [lines if len(lines) == 1 else [_first(" ".join(lines), width)] for lines in told]
    yield from shortened([*chain.from_iterable(few)])


def shortened(texts: Sequence[str]) -> Sequence[str]:
    """Lines that people are told, cut to a few."""
    if len(texts) <= MOST_LINES:
        return texts
    more = f"({plural(len(texts) - MOST_LINES + 1, 'line')} more of this: --all)"
    return [*texts[: MOST_LINES - 1], more]


def _remarks(analysis: Analysis, width: int) -> Iterator[str]:
    yield from (f"{name}  {remark}" for name, remark in analysis.remarks.items())
    if analysis.memory:
        from convcost.render.reports.memory import rows  # for devices only

        for what, taken, said in rows(analysis, lambda name: _cut(analysis, name, width)):
            yield f"{what}  {taken} {said}"


def _first(text: str, width: int) -> str:
    """As much of a remark as a line has room for."""
    return wrap(text, max(1, width - len(ELLIPSIS)))[0].rstrip(",;") + ELLIPSIS


def _figures(analysis: Analysis, form: Form, width: int) -> Iterator[str]:
    cells = _cells(analysis, form.metrics, width)
    lines = _halves(*_split(cells), width=width)
    if not lines and (more := _further(analysis)):
        above = _halves(*_split(_cells(analysis, form.metrics, width, further=False)), width=width)
        below = _below(more, width)
        lines = [*above, *below] if above and below else []
    yield from lines or _cells(analysis, IMPORTANT, width)


def _below(figures: Mapping[str, int], width: int) -> list[str]:
    """Figures in two columns that are aligned each on its own: in full, or else rounded."""
    for write in (exact, si):
        columns = _split([*_written(figures, write).items()])
        if lines := _halves(*map(_aligned, columns), width=width):
            return lines
    return []


def _split(items: Sequence[Item]) -> tuple[Sequence[Item], Sequence[Item]]:
    half = (len(items) + 1) // 2
    return items[:half], items[half:]


def _halves(left: Sequence[str], right: Sequence[str], *, width: int) -> list[str]:
    """Two columns beside each other; nothing where there is no room."""
    first = max(map(width_of, left), default=0)
    second = max(map(width_of, right), default=0)
    gap = next((gap for gap in GAPS if first + gap + second <= width), None)
    if gap is None:
        return []
    pairs = zip_longest(left, right, fillvalue="")
    return [f"{one:<{first + gap}}{other}".rstrip() for one, other in pairs]


def _aligned(figures: Sequence[tuple[str, str]], room: int = 0, numbers: int = 0) -> list[str]:
    """Names at the left and figures at the right, in columns as wide as they need or wider."""
    room = max((room, *(len(name) for name, _ in figures)))
    numbers = max((numbers, *(len(figure) for _, figure in figures)))
    return [f"{name:<{room}}  {figure:>{numbers}}" for name, figure in figures]


def _cells(
    analysis: Analysis, metrics: Collection[str], width: int, *, further: bool = True
) -> list[str]:
    """Totals and what they are called: bytes rounded, all others in full. ``further``: also those
    that are none of every analysis, in columns of their own where they are longer."""
    lines = [line for line in LINES if line[1] in metrics]
    totals = analysis.totals
    plain = [exact(totals[metric]) for _, metric in lines if METRICS[metric].unit != "bytes"]
    room = max(len(line.label) for line, _ in lines)
    numbers = max(map(len, plain))
    found: list[str] = []
    for line, metric in lines:
        if METRICS[metric].unit != "bytes":
            found.append(f"{line.label:<{room}}  {exact(totals[metric]):>{numbers}}")
            continue
        text = f"{line.label:<{room}}  {si(totals[metric])}B"
        more = _beside(analysis, metric, width)
        found.append(text + more if width_of(text + more) <= width else text)
    if further:
        found += _aligned([*_written(_further(analysis), exact).items()], room, numbers)
    edges = analysis.network.edges
    ends = [c for c in analysis.layers if c.receptive_fields and edges.ends(c.layer)]
    for layer in ends[:1]:
        more = f" (and {plural(len(ends) - 1, 'output')} more)" if len(ends) > 1 else ""
        found.append(f"{'field':<{room}}  {field(layer)}{more}")
    return found


def _further(analysis: Analysis) -> dict[str, int]:
    """Totals that are none of every analysis; of a training step those alone that there are."""
    totals = analysis.totals
    return {
        name: total
        for name, total in totals.items()
        if name in further(totals)
        and name not in analysis.remarks
        and (total or name not in TRAINING)
    }


def _written(figures: Mapping[str, int], write: Callable[[int], str]) -> dict[str, str]:
    """Figures in words: bytes rounded, all others as ``write`` does."""
    stored = {name for name in figures if metric_of(name).unit == "bytes"}
    return {name: f"{si(n)}B" if name in stored else write(n) for name, n in figures.items()}


def _beside(analysis: Analysis, metric: str, width: int) -> str:
    """A figure that makes bytes plainer: their type of numbers, the layer, or the MACs a byte."""
    match metric:
        case "weight_bytes":
            return f" {dtypes(analysis.network)}"
        case "peak_activation_bytes":
            return f" at {_cut(analysis, analysis.peak, width)}"
        case _:
            ratio = intensity(analysis.totals)
            return "" if ratio is None else f", {ratio:.3g} MACs a byte"


def _cut(analysis: Analysis, name: str, width: int) -> str:
    return cut_apart([name], max(8, width // 3), names_of(analysis))[0]
