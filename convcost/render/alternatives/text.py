"""What could stand in the place of convolutions, as text and markdown."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from textwrap import wrap
from typing import TYPE_CHECKING

from convcost.analysis.alternatives.plans import STANDARD
from convcost.analysis.analyze.cost import analyze, intensity
from convcost.errors import plural, printable
from convcost.render.columns import described, exact, field, rounded, shape, share
from convcost.render.markdown import escaped
from convcost.render.markdown import table as markdown_table
from convcost.render.table import Column, Line, aligned, width_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.analysis.alternatives.rows import Alternatives, Row
    from convcost.network import Network

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


def lines(found: Alternatives, rows: Sequence[Row], width: int | None) -> list[Line]:
    """The whole report.

    Args:
        found: the alternatives.
        rows: those to list, in order.
        width: columns of the terminal to fit, or None to show everything whole.
    """
    table = _columns(found, rows)
    if width is not None and _width(table) > width:
        table = _columns(found, rows, short=True)
    head, rule, *body = aligned(table, width)
    result = [Line(heading(found), "bold"), *_told(why(found), width), Line(""), head, rule]
    for row, line in zip(rows, body, strict=True):
        style = "bold" if row is found.now else "green" if row.saves else ""
        result.append(line._replace(style=style))
    result += _told(legend(found), width, "dim")
    if not found.several:
        result += [Line(""), *aligned(_meanings(found), width)]
        result += _told(letters(found), width, "dim")
        result += (line for said in caveats(found) for line in _told(said, width, "dim"))
    return [*result, Line(""), *(line for said in answer(found) for line in _told(said, width))]


def _told(text: str, width: int | None, style: str = "") -> list[Line]:
    parts = [text] if width is None else wrap(text, width, subsequent_indent="  ")
    return [Line(printable(part), style) for part in parts]


def _width(columns: Sequence[Column]) -> int:
    cells = ((column.heading, *column.cells) for column in columns)
    return sum(max(map(width_of, column)) + 2 for column in cells) - 2


def heading(found: Alternatives) -> str:
    """Which layers, and their shapes."""
    if found.several:
        name = printable(found.asked.name)
        return f"{name}   with {len(found.layers)} standard convolutions replaced"
    (layer,) = found.layers
    cost = found.now.output
    bias = "bias" if "bias" in layer.weights else "no bias"
    shapes = f"{shape(cost.input_shapes[0])} -> {shape(cost.output_shapes[0])}"
    return f"{printable(layer.name)}   {shapes}   {described(cost)}, {bias}"


def why(found: Alternatives) -> str:
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
    """How much of the network's macs the layers have."""
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
    ]
    if found.several:
        replaced = [f"{len(row.plans)}" for row in rows]
        columns.insert(1, Column("layers", replaced, "", True))
    elif not short:
        columns.append(Column("layers", [made_of(row) for row in rows]))
    return columns


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


def legend(found: Alternatives) -> str:
    """What the table's ratios and marks are of."""
    return f"ratio: to the MACs of {STANDARD}; {SAVES}: at most half of those of {found.now.word}"


def letters(found: Alternatives) -> str:
    """What the letters of the formulas are."""
    known = {name: value for row in found.rows for name, value in row.plan.letters.items()}
    known.pop("g", None)
    return ", ".join(
        f"{name} {exact(known[name])} {says}" for name, says in LETTERS.items() if name in known
    )


def caveats(found: Alternatives) -> list[str]:
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


def to_markdown(found: Alternatives, rows: Sequence[Row]) -> str:
    """A heading, the tables, and the answer."""
    parts = [f"## {escaped(heading(found))}", "", escaped(why(found)), ""]
    parts += markdown_table(_columns(found, rows))
    parts += ["", escaped(legend(found)), ""]
    if not found.several:
        parts += [*markdown_table(_meanings(found)), "", escaped(letters(found)), ""]
        parts += (line for said in caveats(found) for line in (escaped(said), ""))
    return "\n".join((*parts, *(f"- {escaped(said)}" for said in answer(found)), ""))


def answer(found: Alternatives) -> list[str]:
    """What would halve the cost, and what that gives up."""
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
    narrow = found.narrow()
    if narrow is not None:
        said.append(f"Narrower inside, as --width says: {narrow.word}, {_cost(narrow, now)}.")
    if bare is not None and bare is not best:
        said.append(f"Less still, where channels need not mix: {bare.word}, {_cost(bare, now)}.")
    if unknown := found.network.unknown:
        said.append(f"Totals are incomplete: {plural(len(unknown), 'layer')} could not be counted.")
    return said


def _cost(row: Row, now: Row) -> str:
    macs, params, moved = (
        share(row.analysis.totals[metric], now.analysis.totals[metric])
        for metric in ("macs", "params", "traffic_bytes")
    )
    costs = f"{macs} of the MACs, {params} of the parameters, {moved} of the bytes moved"
    lost = row.plan.gives_up
    return f"{costs} ({lost})" if lost and len(row.plans) == 1 else costs


def change(found: Alternatives, word: str, after: Network) -> str:
    """What a replacement did to the costs of a network."""
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
