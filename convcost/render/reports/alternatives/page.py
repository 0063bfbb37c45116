"""The page of ``alternatives``: costs side by side, formulas, and the answer."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING

from convcost.analysis.alternatives.plans import STANDARD
from convcost.analysis.analyze.cost import analyze
from convcost.analysis.analyze.figures import intensity
from convcost.errors import listed, plural, printable
from convcost.further_metrics import BOUND, duration, further, is_time
from convcost.render.parts.numbers import exact, rounded, share
from convcost.render.parts.table import Column
from convcost.render.parts.text_width import width_of
from convcost.render.parts.words import described, field, shape
from convcost.render.report import Heading, Item, Items, Paragraph, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from convcost.analysis.alternatives.rows import Alternatives, Row
    from convcost.network import Network
    from convcost.render.report import Medium, Part

SAVES = "*"
LETTERS = {
    "M": "channels in",
    "N": "channels out",
    "k": "taps along an axis",
    "taps": "taps",
    "g": "groups",
    "w": "channels inside (--width)",
    "v": "out of inception's widest path",
    "s": "out of its others",
    "P": "positions of the input",
}


def page(
    found: Alternatives, rows: Sequence[Row], everything: bool, medium: Medium
) -> Iterable[Part]:
    """The alternatives, of which ``rows`` are listed in order; on a low terminal the formulas are
    left out, and then rows, unless ``everything`` is wanted."""
    if medium.height is None or everything:
        return _page(found, rows, medium)
    return _on_screen(found, rows, medium)


def _on_screen(found: Alternatives, rows: Sequence[Row], medium: Medium) -> Sequence[Part]:
    """The first page that has room: the whole one, without formulas, and with those rows alone
    that the answer is about and the first of the others."""
    from convcost.render.reports.screen import first_fitting, largest, left_out, with_rows

    told = (found.now, found.best(mixing=True), found.best(mixing=False), found.narrow())
    kept = [at for at, row in enumerate(rows) if any(row is one for one in told)]
    table = [] if found.several else ["formulas"]

    def fewer(most: int) -> Iterator[Part]:
        shown = [rows[at] for at in largest([0] * len(rows), most, always=kept)]
        yield from _page(found, shown, medium, formulas=False)
        gone = len(rows) - len(shown)
        if what := [*([plural(gone, "row")] if gone else ()), *table]:
            yield left_out(what)

    def pages() -> Iterator[Iterable[Part]]:
        yield _page(found, rows, medium)
        yield with_rows(fewer, len(rows), medium)

    return first_fitting(pages(), medium)


def _page(
    found: Alternatives, rows: Sequence[Row], medium: Medium, *, formulas: bool = True
) -> Iterator[Part]:
    width = medium.width
    table = _columns(found, rows)
    if width is not None and _width(table) > width:
        table = _columns(found, rows, short=True)
    styles = ["bold" if row is found.now else "green" if row.saves else "" for row in rows]
    yield Heading(_heading(found))
    yield _told(_why(found))
    yield Table(table, styles)
    yield _told(_legend(found), "dim")
    if formulas and not found.several:
        yield Table(_meanings(found))
        for said in (_letters(found), *_caveats(found)):
            yield _told(said, "dim")
    if medium.paged:
        yield Items([Item(said) for said in answer(found)])
        return
    for number, said in enumerate(answer(found)):
        yield _told(said)._replace(gap=not number)


def _told(text: str, style: str = "") -> Paragraph:
    return Paragraph(text, style, hanging="  ", wrapped=True, gap=False)


def _width(columns: Sequence[Column]) -> int:
    cells = ((column.heading, *column.cells) for column in columns)
    return sum(max(map(width_of, column)) + 2 for column in cells) - 2


def _heading(found: Alternatives) -> str:
    """The layers and their shapes."""
    if found.several:
        name = printable(found.asked.name)
        return f"{name}   with {len(found.layers)} standard convolutions replaced"
    (layer,) = found.layers
    cost = found.now.output
    bias = "bias" if "bias" in layer.weights else "no bias"
    shapes = f"{shape(cost.input_shapes[0])} -> {shape(cost.output_shapes[0])}"
    return f"{printable(layer.name)}   {shapes}   {described(cost)}, {bias}"


def _why(found: Alternatives) -> str:
    """Where the macs come from."""
    macs = found.now.analysis.totals["macs"]
    if found.several:
        return f"{exact(macs)} MACs now, {_part(found)} of them in these layers"
    (layer,) = found.layers
    out, weight = layer.outputs[0].shape, layer.weights["weight"].shape
    outputs = prod(out)
    each = macs // outputs
    taps = f"{plural(weight[1], 'channel')} x {shape(weight[2:])} taps"
    whole = (
        f", {_part(found)} of {printable(found.asked.name)}" if len(found.asked.layers) > 1 else ""
    )
    return (
        f"{exact(macs)} MACs{whole}: {exact(outputs)} outputs, each of {taps} = "
        f"{exact(each)} products"
    )


def _part(found: Alternatives) -> str:
    """The share of the network's macs that the layers have."""
    counted = {cost.name: cost.counts["macs"] for cost in analyze(found.asked).layers}
    return share(sum(counted[layer.name] for layer in found.layers), sum(counted.values()))


def _columns(found: Alternatives, rows: Sequence[Row], *, short: bool = False) -> list[Column]:
    """The table of costs; ``short`` rounds counts and leaves out what layers there are."""

    def counts(heading: str, metric: str) -> Column:
        numbers = [row.analysis.totals[metric] for row in rows]
        return Column(heading, rounded(numbers) if short else list(map(exact, numbers)), "", True)

    moved = rounded([row.analysis.totals["traffic_bytes"] for row in rows])
    columns = [
        Column("alternative", [row.word for row in rows]),
        counts("params", "params"),
        counts("MACs", "macs"),
        Column("ratio", [ratio(row.ratio) for row in rows], "", True),
        Column("", [SAVES if row.saves else "" for row in rows]),
        Column("field", [field(row.output) for row in rows], "", True),
        Column("moved", [f"{count}B" for count in moved], "", True),
        Column("MACs/B", [_intensity(row) for row in rows], "", True),
        *(_times(name, rows) for name in further(found.now.analysis.totals)),
    ]
    if found.several:
        replaced = [f"{len(row.plans)}" for row in rows]
        columns.insert(1, Column("layers", replaced, "", True))
    elif not short:
        columns.append(Column("layers", [made_of(row) for row in rows]))
    return columns


def _times(metric: str, rows: Sequence[Row]) -> Column:
    """The times of alternatives on a device."""
    times = [duration(row.analysis.totals[metric]) for row in rows]
    return Column(metric, times, "", True)


def _meanings(found: Alternatives) -> list[Column]:
    """The table of formulas, and of what is given up; rows of one formula and of one family are
    one."""
    families: list[list[Row]] = []
    for row in found.rows:
        what = (row.plan.formula, row.plan.gives_up)
        before = families[-1][0].plan if families else None
        if before and (before.formula, before.gives_up) == what:
            families[-1].append(row)
        else:
            families.append([row])
    return [
        Column("alternative", [_family(rows) for rows in families]),
        Column("ratio by formula", [_formula(rows) for rows in families]),
        Column("gives up", [rows[0].plan.gives_up for rows in families]),
    ]


def _family(rows: Sequence[Row]) -> str:
    words = [row.word for row in rows]
    return words[0] if len(words) == 1 else f"{words[0].partition('_')[0]}_*"


def _formula(rows: Sequence[Row]) -> str:
    plan = rows[0].plan
    if len({row.plan.value for row in rows}) > 1 or plan.formula == "1":
        return written(plan.formula)
    return f"{written(plan.formula)} = {ratio(plan.value)}"


def written(formula: str) -> str:
    """A formula as a person writes it: ``1/k^2``, ``w/(k^2 N)``."""
    return formula.replace("**", "^").replace("*", " ")


def _legend(found: Alternatives) -> str:
    """The meaning of the table's ratios and marks."""
    return f"ratio: to the MACs of {STANDARD}; {SAVES}: at most half of those of {found.now.word}"


def _letters(found: Alternatives) -> str:
    """The meaning of the letters of the formulas."""
    known = {name: value for row in found.rows for name, value in row.plan.letters.items()}
    known.pop("g", None)
    return ", ".join(
        f"{name} {exact(known[name])} {says}" for name, says in LETTERS.items() if name in known
    )


def _caveats(found: Alternatives) -> list[str]:
    """Why formulas give other ratios than those counted, where they do."""
    if all(row.plan.value == row.ratio for row in found.rows):
        return []
    return [
        "formulas are for a stride of 1 and padding that keeps the size: here MACs were counted, "
        "and their ratios are those above"
    ]


def made_of(row: Row) -> str:
    """The layers of an alternative: ``3x3 g192, 1x1``."""
    return ", ".join(described(cost).removeprefix("conv ") for cost in row.analysis.layers)


def ratio(value: Fraction | int) -> str:
    """A ratio to four decimals, or to one where it is large."""
    if value >= 100:
        return exact(round(value))
    if 0 < value < 0.0001:
        return f"{float(value):.2g}"
    return f"{float(value):.4f}"


def _intensity(row: Row) -> str:
    value = intensity(row.analysis.totals)
    if value is None:
        return ""
    return f"{value:.3g}" if value < 1000 else exact(round(value))


def answer(found: Alternatives) -> list[str]:
    """The alternatives that would halve the cost, and what they give up."""
    now = found.now
    best, bare = found.best(mixing=True), found.best(mixing=False)
    same = "each field" if found.several else "the field"
    if best is None:
        said = [f"Nothing here keeps {same} and mixes all channels for half of the MACs."]
    else:
        said = [
            f"Halved, with {same} kept and all channels mixed: {best.word}, {_cost(best, now)}."
        ]
        before, after = intensity(now.analysis.totals), intensity(best.analysis.totals)
        if before and after and after < before:
            said.append(
                f"It does {_intensity(best)} MACs for each byte moved, {now.word} "
                f"{_intensity(now)}: "
                "expect time to fall by less."
            )
    said += _slower(found)
    narrow = found.narrow()
    if narrow is not None:
        said.append(f"Narrower inside, as --width says: {narrow.word}, {_cost(narrow, now)}.")
    if bare is not None and bare is not best:
        said.append(f"Less still, where channels need not mix: {bare.word}, {_cost(bare, now)}.")
    if unknown := found.network.unknown:
        said.append(f"Totals are incomplete: {plural(len(unknown), 'layer')} could not be counted.")
    return said


def _slower(found: Alternatives) -> Iterator[str]:
    """Sentences about alternatives that have fewer MACs but take no less time on a device."""
    for metric in further(found.now.analysis.totals):
        if not is_time(metric):
            continue
        words = [row.word for row in found.no_faster(metric)]
        remark = found.now.analysis.remarks[metric]
        if metric.endswith(BOUND):
            told = "no less is the least time of fewer MACs with"
        else:
            told = "fewer MACs will not be faster with"
        if words:
            yield f"{metric}: {told} {listed(words)}. {found.now.word} takes {remark}."
        else:
            yield f"{metric}: {found.now.word} takes {remark}."


def _cost(row: Row, now: Row) -> str:
    macs, params, moved = (
        share(row.analysis.totals[metric], now.analysis.totals[metric])
        for metric in ("macs", "params", "traffic_bytes")
    )
    costs = f"{macs} of the MACs, {params} of the parameters, {moved} of the bytes moved"
    lost = row.plan.gives_up
    return f"{costs} ({lost})" if lost and len(row.plans) == 1 else costs


def change(found: Alternatives, word: str, after: Network) -> str:
    """The effect of a replacement on the costs of a network."""
    before, now = analyze(found.asked).totals, analyze(after).totals
    metrics = (("params", "parameters"), ("macs", "MACs"))
    texts = [
        f"{says} {exact(before[metric])} -> {exact(now[metric])}"
        f" ({ratio(Fraction(now[metric], before[metric]))})"
        for metric, says in metrics
    ]
    replaced = len(found.find(word).plans)
    stay = len(found.layers) - replaced
    layers = f"{plural(replaced, 'layer')} replaced by {word}"
    if stay:
        layers += f", {plural(stay, 'layer')} left that cannot be"
    return f"{layers}; {', '.join(texts)}"
