"""The pages of ``rf``: a table, a plot and the verdicts; or one unit and its map."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convcost.analysis.rf.layer_paths import Spread
from convcost.errors import listed, printable
from convcost.render.parts.cut_names import cut
from convcost.render.parts.plot import plot
from convcost.render.parts.table import Column, name_room, tells_apart
from convcost.render.parts.text_width import width_of
from convcost.render.parts.words import axes_field, described, joined, shape, shapes
from convcost.render.report import Drawing, Heading, Item, Items, Table, View
from convcost.render.reports.rf.heat import TALLEST, heat
from convcost.render.reports.rf.verdicts import Said, largest_share, of_network, of_unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from convcost.analysis.rf.growth import Detail, Growth, Row
    from convcost.analysis.rf.receptive_field import AxisField
    from convcost.field import Span
    from convcost.network import Network
    from convcost.render.report import Medium, Part

WIDTH = 80  # of plots, where no terminal says another
HEIGHT, LOW = 10, 5
FEWEST_BARS = 3  # that are worth a plot
MARGIN = 12  # of sentences: the longest word before them, and two
NAME_ROOM = 24  # what a name should have at least, before columns are left out
ALIKE = "alike"  # the heading of how many layers a row stands for
MISSED = ((), ("op",), ("op", "start"), ("op", "start", "grown"))


def table(growth: Growth, rows: Sequence[Row], times: Sequence[int] = ()) -> list[Column]:
    """A row a layer.

    Args:
        growth: what to show.
        rows: the layers to show.
        times: the number of layers that each row stands for; none are said where it is empty.
    """
    flags = [" ".join(row.flags) for row in rows]
    columns = [
        Column("layer", [row.cost.name for row in rows], among=_names(growth)),
        Column(ALIKE, [f"x{count}" if count > 1 else "" for count in times or [1] * len(rows)]),
        Column("op", [described(row.cost) for row in rows]),
        Column("input", [row.input for row in rows]),
        Column("field", [axes_field(row.axes) for row in rows], number=True),
        Column("stride", [_each(row.axes, "stride") for row in rows], number=True),
        Column("start", [_each(row.axes, "start") for row in rows], number=True),
        Column("grown", [_grown(row) for row in rows], number=True),
        Column("of input", [largest_share(row) for row in rows], number=True),
        Column("flags", flags),
    ]
    without = {"input"} if len(growth.network.inputs) == 1 else set[str]()
    if not any(flags):
        without.add("flags")
    if not any(count > 1 for count in times):
        without.add(ALIKE)
    return [column for column in columns if column.heading not in without]


def shown_rows(growth: Growth, *, everything: bool) -> list[Row]:
    """The layers whose field is not that of what they read, or all of them."""
    return [row for row in growth.rows if everything or row.changed]


def _names(growth: Growth) -> list[str]:
    """The names of all layers, which those in the table are told from."""
    return [layer.name for layer in growth.network.layers]


def _each(axes: Sequence[AxisField], what: str) -> str:
    values = (getattr(axis, what) for axis in axes)
    return joined(["?" if value is None else value for value in values])


def _grown(row: Row) -> str:
    changes = ["?" if by is None else f"{by:+}" for by in row.grown]
    return joined(changes) if any(change != "+0" for change in changes) else ""


def network_page(growth: Growth, medium: Medium, *, everything: bool) -> Iterator[Part]:
    """The growth of the field through a network.

    Args:
        growth: what to show.
        medium: where.
        everything: whether layers that change nothing are rows, too.
    """
    rows = shown_rows(growth, everything=everything)
    plots = () if medium.paged else plots_of(growth, medium, everything=everything)
    said = of_network(growth, medium.chars)
    yield from whole_page(growth, medium, table(growth, rows), plots, said, everything=everything)


def whole_page(
    growth: Growth,
    medium: Medium,
    columns: Sequence[Column],
    plots: Iterable[Part],
    said: Iterable[Said],
    *,
    everything: bool = False,
) -> Iterator[Part]:
    """A page with a table of these columns, these plots and these verdicts."""
    yield Heading(growth.network.name if medium.paged else _heading(growth.network))
    if columns[0].cells or medium.paged:
        yield Table(_fitted(columns, medium.width))
    if medium.drawn:
        yield from _drawn(growth, everything=everything)
    yield from plots
    yield _items(said)


def plots_of(growth: Growth, medium: Medium, *, everything: bool) -> Iterator[Part]:
    """The plots: fields layer by layer, and paths by their length."""
    yield from _plots(growth, medium, everything=everything)
    yield from _lengths(growth, medium)


def _items(said: Iterable[Said]) -> Items:
    return Items([Item(sentence, word, style) for word, sentence, style in said], words=True)


def _heading(network: Network) -> str:
    inputs = ", ".join(shape(tensor.sample_shape) for tensor in network.inputs.values())
    return printable(f"{network.name}   {inputs}")


def _fitted(columns: Sequence[Column], width: int | None) -> Sequence[Column]:
    """Without the columns least missed, where names would have little room."""
    if width is None:
        return columns
    forms = [[c for c in columns if c.heading not in missed] for missed in MISSED]
    wanted = min(NAME_ROOM, max(map(width_of, columns[0].cells), default=0))
    roomy = [form for form in forms if name_room(form, width) >= wanted]
    clear = (form for form in (*roomy, *forms) if tells_apart(form, width))
    return next(clear, (*roomy, forms[-1])[0])


class _Curve(NamedTuple):
    """The sizes of fields along axes of an input that agree in them."""

    axes: list[int]
    length: int
    names: list[str]
    sizes: list[int]


def _drawn(growth: Growth, *, everything: bool) -> Iterator[Part]:
    """The plots of :func:`_plots` for a browser."""
    from convcost.render.html.growth import curves

    plots = [
        (curve.sizes, curve.length, f"Size of the field{where}, layer by layer")
        for curve, where in _curves(growth, everything=everything)
    ]
    if plots:
        yield View("Growth", "growth", curves(plots))


def _plots(growth: Growth, medium: Medium, *, everything: bool) -> Iterator[Part]:
    width = medium.width or WIDTH
    for curve, where in _curves(growth, everything=everything):
        room = width // 2 - MARGIN
        ends = (cut(curve.names[0], room), cut(curve.names[-1], room))
        size = {"width": width, "height": HEIGHT}
        bars = plot(curve.sizes, medium.chars, ends=ends, limit=curve.length, **size)
        yield Drawing(bars, f"field{where}; the line is the input's length, {curve.length}")


def _curves(growth: Growth, *, everything: bool) -> Iterator[tuple[_Curve, str]]:
    """The curves that are worth a plot, and words that tell them apart."""
    for name in growth.network.inputs:
        rows = [row for row in growth.rows if row.input == name and (everything or row.changed)]
        axes = growth.network.spatial_axes(name)
        curves = _of_input(rows, axes) if len(rows) >= FEWEST_BARS else []
        for curve in curves:
            where = f" of '{printable(name)}'" if len(growth.network.inputs) > 1 else ""
            if len(curves) > 1:
                word = "axis" if len(curve.axes) == 1 else "axes"
                where = f" along {word} {listed([str(axis) for axis in curve.axes])}{where}"
            yield curve, where


def _of_input(rows: Sequence[Row], axes: Sequence[int]) -> list[_Curve]:
    curves: list[_Curve] = []
    names = [row.cost.name for row in rows]
    for number, (axis, length) in enumerate(zip(axes, rows[0].lengths, strict=True)):
        sizes = [row.axes[number].size or 0 for row in rows]
        same = [curve for curve in curves if (curve.length, curve.sizes) == (length, sizes)]
        if same:
            same[0].axes.append(axis - 1)
        else:
            curves.append(_Curve([axis - 1], length, names, sizes))
    return curves


def _lengths(growth: Growth, medium: Medium) -> Iterator[Part]:
    """The number of paths to each output, by their length."""
    for name, paths in growth.paths.items():
        spread = paths and paths.lengths
        if isinstance(spread, Spread) and len(spread.counts) >= FEWEST_BARS:
            to = f" to '{printable(name)}'" if len(growth.paths) > 1 else ""
            size = {"width": medium.width or WIDTH, "height": LOW}
            ends = (str(spread.first), str(spread.last))
            bars = plot(spread.counts, medium.chars, ends=ends, **size)
            yield Drawing(bars, f"paths{to} by length, in layers with MACs")


def unit_table(detail: Detail) -> list[Column]:
    """A row for each axis of each input that the unit reads."""
    axes = detail.axes
    several = len({axis.input for axis in axes}) > 1
    units = ["all" if axis.unit is None else str(axis.unit) for axis in axes]
    return [
        Column(
            "axis",
            [f"{axis.input} {axis.axis - 1}" if several else str(axis.axis - 1) for axis in axes],
        ),
        Column("length", [str(axis.length) for axis in axes], number=True),
        Column("field", [axes_field([axis.field]) for axis in axes], number=True),
        Column("stride", [_each([axis.field], "stride") for axis in axes], number=True),
        Column("unit", units, number=True),
        Column("unclipped", [_span(axis.span) for axis in axes], number=True),
        Column("clipped", [_span(axis.clipped) for axis in axes], number=True),
        Column("touched", [_count(axis.touched) for axis in axes], number=True),
        Column("holes", [_count(axis.holes) for axis in axes], number=True),
    ]


def _count(number: int | None) -> str:
    return "?" if number is None else str(number)


def _span(span: Span | None) -> str:
    return "none" if span is None else f"{span[0]}..{span[1]}"


def unit_page(
    detail: Detail, medium: Medium, tallest: int = TALLEST, said: Sequence[Said] | None = None
) -> Iterator[Part]:
    """The field of one unit, and the map of what it reads: of at most so many lines, with all
    verdicts or some."""
    cost, width = detail.cost, medium.width
    about = f"   {described(cost)}   {shapes(cost.output_shapes)}"
    name = cost.name if width is None else cut(cost.name, width - len(about))
    document = f"{detail.network.name}, {cost.name}"
    yield Heading(document if medium.paged else f"{name}{about}")
    if detail.axes:
        yield Table(unit_table(detail))
    if detail.map is not None and detail.map.paths and medium.drawn:
        from convcost.render.html.heat import heat as drawn

        yield View("Map", "map", drawn(detail.map, map_title(detail)))
    elif detail.map is not None and detail.map.paths:
        shown = heat(detail.map, medium.chars, width or WIDTH, tallest)
        yield Drawing(shown, map_title(detail))
    yield _items(of_unit(detail, medium.chars) if said is None else said)


def map_title(detail: Detail) -> str:
    """The title of a map: the paths from which unit to which positions."""
    assert detail.map is not None
    found = detail.map
    spans = [
        f"{start}..{start + size - 1}"
        for start, size in zip(found.starts, found.sizes, strict=True)
    ]
    axes = listed([str(axis - 1) for axis in found.axes])
    word = "axis" if len(found.axes) == 1 else "axes"
    where = f"{' x '.join(spans)} of {detail.onto.name}, {word} {axes}"
    return printable(f"paths from {unit_text(detail)} to positions {where}")


def unit_text(detail: Detail) -> str:
    """A unit by its positions along the axes that move along an input."""
    own = [axis for axis in detail.axes if axis.input == detail.axes[0].input]
    units = [str(axis.unit) for axis in own if axis.unit is not None]
    return f"unit {', '.join(units)}" if units else "every unit"
