"""Entries that differ in numbers only, one after the other: repeats, and tables of them."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

from convcost.render.folding.columns import CHANNELS
from convcost.render.folding.items import ACT, CALL, Item, Text, last_uses
from convcost.render.folding.names import common, plain_words
from convcost.render.folding.repeats import is_power

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.render.folding.items import Tokens, Value
    from convcost.render.folding.stems import Path
    from convcost.tensor import Tensor

LEAST_ROWS = 3  # of a table
WIDE = 5  # values of an entry that is better read in a table
LONGEST = 12  # entries of a row
COUNT = "n"


class Stage(Item):
    """An entry once, or several times of which the first may have other numbers.

    ``each`` has the values of the first one and those of all others, by field.
    """

    __slots__ = ("each", "times")

    def __init__(self, items: Sequence[Item]) -> None:
        first, last = items[0], items[-1]
        super().__init__(
            first.word, {}, first.reads, last.outputs, (first.start, last.stop), first.parts
        )
        self.defaults, self.kinds, self.block = first.defaults, first.kinds, first.block
        self.kept, self.kind, self.name = first.kept, first.kind, first.name
        self.times = len(items)
        self.each = {name: (first.values[name], last.values[name]) for name in first.values}
        repeat: dict[str, Value] = {"repeat": self.times} if self.times > 1 else {}
        self.values = {**repeat, **{name: first_only(*both) for name, both in self.each.items()}}


class Table(Item):
    """Rows of values for the entries of a list."""

    __slots__ = ("columns", "layers", "rows")

    def __init__(
        self, items: Sequence[Item], layers: list[Item], columns: list[str], rows: list[list[Value]]
    ) -> None:
        super().__init__(
            "table", {}, items[0].reads, items[-1].outputs, (items[0].start, items[-1].stop)
        )
        self.layers = layers
        self.columns = columns
        self.rows = rows


def first_only(first: Value, rest: Value) -> Value:
    """A value for the first pass of a repeat, and another one for the others."""
    if first == rest:
        return first
    if isinstance(first, bool) and isinstance(rest, bool):
        return Text("i == 0" if first else "i > 0")
    return Text(f"{text(first)} if i == 0 else {text(rest)}")


def text(value: Value) -> str:
    """A number, a yes or no, or an expression as it stands in another one."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def with_stages(
    items: list[Item], outputs: Sequence[Tensor], tokens: Tokens, paths: Sequence[Path]
) -> list[Item]:
    """A list with repeats in place of entries that come again, and tables of those."""
    made = [_stage(run, paths) for run in _runs(items, tokens.of_list(items), outputs)]
    found = _with_tables(made, outputs, tokens, paths)
    counts = Counter(item.name for item in found)
    for item in found:
        if counts[item.name] > 1:
            item.name = ""
    return found


def _runs(items: list[Item], own: Sequence[int], outputs: Sequence[Tensor]) -> list[list[Item]]:
    """The entries in groups, each to be said once."""
    uses = last_uses(items, outputs)
    runs: list[list[Item]] = []
    for place, item in enumerate(items):
        run = runs[-1] if runs else []
        follows = (
            run
            and own[place] == own[place - 1]
            and item.reads == run[-1].outputs
            and uses.get(run[-1].outputs[0]) == place
            and not item.parts.keys() - {"layers"}
        )
        if follows and _goes_on(run, item):
            run.append(item)
        else:
            runs.append([item])
    return runs


def _goes_on(run: Sequence[Item], item: Item) -> bool:
    """Whether an entry is one more of a run."""
    if len(run) > 1:
        return item.values == run[-1].values
    if item.values == run[0].values:
        return True
    return item.word == CALL and _may_be_first(run[0], item)


def _may_be_first(first: Item, rest: Item) -> bool:
    """Whether an entry differs from the others of its run as first ones do: not in channels, and
    not in words, which stand alone."""
    odd = [name for name in first.values if first.values[name] != rest.values[name]]
    same = [name for name in first.values if name not in odd]
    kinds = rest.kinds
    return all(kinds.get(name) not in (CHANNELS, ACT) for name in odd) and any(
        kinds.get(name) == CHANNELS for name in same
    )


def _stage(run: Sequence[Item], paths: Sequence[Path]) -> Item:
    if run[0].parts.keys() - {"layers"} or (len(run) == 1 and run[0].word != CALL):
        return run[0] if run[0].parts else Stage(run)
    stage = Stage(run)
    if len(run) > 1:
        stage.name = _name(common(paths, stage.start, stage.stop))
    return stage


def _name(path: Path) -> str:
    words = plain_words(path)
    return words[-1] if words else ""


def _with_tables(
    items: list[Item], outputs: Sequence[Tensor], tokens: Tokens, paths: Sequence[Path]
) -> list[Item]:
    own = tokens.of_list(items)
    uses = last_uses(items, outputs)
    found: list[Item] = []
    place = 0
    while place < len(items):
        best = (0, 0)
        for length in range(1, min(LONGEST, len(items) - place) + 1):
            if is_power(tuple(own[place : place + length])):
                continue
            rows = 1
            while _is_row(items, own, place, place + rows * length, length, uses):
                rows += 1
            gain = (rows - 1) * length - rows - (0 if length == 1 else 4)
            call = items[place]
            wide = length == 1 and rows > 1 and call.word == CALL and len(call.values) >= WIDE
            if wide or (rows >= LEAST_ROWS and (length > 1 or rows > LEAST_ROWS)):
                best = max(best, (gain + 10, -length))
        length = -best[1]
        rows = 1
        while length and _is_row(items, own, place, place + rows * length, length, uses):
            rows += 1
        if length and best[0] > 0:
            table = _table(items[place : place + rows * length], length, paths)
            if table is not None:
                found.append(table)
                place += rows * length
                continue
        found.append(items[place])
        place += 1
    return found


def _is_row(
    items: list[Item],
    own: Sequence[int],
    first: int,
    start: int,
    length: int,
    uses: dict[Tensor, int],
) -> bool:
    """Whether the entries from ``start`` are those from ``first`` again, and follow on them."""
    stop = start + length
    if own[start:stop] != own[first : first + length]:
        return False
    before = items[start - 1]
    row = items[start:stop]
    if any(not isinstance(item, Stage) for item in row) or row[0].reads != before.outputs:
        return False
    inside = all(uses.get(tensor, -1) < stop for item in row[:-1] for tensor in item.outputs)
    return (
        inside
        and uses.get(before.outputs[0]) == start
        and all(item.reads == prev.outputs for prev, item in pairwise(row))
    )


def _table(items: Sequence[Item], length: int, paths: Sequence[Path]) -> Table | None:
    """A table whose rows are entries of a list, ``length`` of them each."""
    rows = [items[place : place + length] for place in range(0, len(items), length)]
    if not all(isinstance(item, Stage) for item in items):
        return None
    columns: list[str] = []
    cells: list[list[Value]] = [[] for _ in rows]
    names = [_name(common(paths, row[0].start, row[-1].stop)) for row in rows]
    if all(names) and len(set(names)) == len(names):
        columns.append("name")
        for cell, name in zip(cells, names, strict=True):
            cell.append(name)
    layers = [_row_item([row[place] for row in rows], columns, cells) for place in range(length)]
    return Table(items, layers, columns, cells) if columns else None


def _row_item(items: Sequence[Item], columns: list[str], cells: list[list[Value]]) -> Item:
    """An entry of a table, with the names of columns where rows differ."""
    stages = [item for item in items if isinstance(item, Stage)]
    first = stages[0]
    layer = Item(first.word, {}, first.reads, first.outputs, (first.start, first.stop), first.parts)
    layer.defaults, layer.block, layer.kinds = first.defaults, first.block, first.kinds
    times = [stage.times for stage in stages]
    if set(times) != {1}:
        layer.values["repeat"] = _column(COUNT, [*times], columns, cells)
    for field in first.each:
        firsts = [stage.each[field][0] for stage in stages]
        rests = [stage.each[field][1] for stage in stages]
        layer.values[field] = _cell(field, firsts, rests, times, columns, cells)
    return layer


def _cell(
    field: str,
    firsts: list[Value],
    rests: list[Value],
    times: Sequence[int],
    columns: list[str],
    cells: list[list[Value]],
) -> Value:
    if firsts == rests:
        return _column(field, firsts, columns, cells)
    others = {rest for rest, n in zip(rests, times, strict=True) if n > 1}
    start = _column(field, firsts, columns, cells)
    if len(others) == 1:
        return first_only(start, others.pop())
    return first_only(start, _column(f"{field}_rest", rests, columns, cells))


def _column(name: str, values: list[Value], columns: list[str], cells: list[list[Value]]) -> Value:
    """A value that is the same in all rows, or the name of a column."""
    if all(value == values[0] and type(value) is type(values[0]) for value in values):
        return values[0]
    like = "out_channels" if name == "groups" else name
    for place, known in enumerate(columns):
        if known.startswith(like) and [cell[place] for cell in cells] == values:
            return Text(known)
    free, number = name, 2
    while free in columns:
        free, number = f"{name}_{number}", number + 1
    columns.append(free)
    for cell, value in zip(cells, values, strict=True):
        cell.append(value)
    return Text(free)
