"""Blocks with their arguments, and what each of their calls says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from convcost.render.folding.columns import CHANNELS, Sheet, Test, Variable, usual
from convcost.render.folding.items import (
    BRANCHES,
    CALL,
    DENSE,
    OPTIONAL,
    RESIDUAL,
    Item,
    Text,
    lists_in,
)
from convcost.render.folding.names import common, give_names, keep_names, plain_words
from convcost.slotted import Slotted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from convcost.render.folding.columns import Column
    from convcost.render.folding.items import Value
    from convcost.render.folding.repeats import Folder
    from convcost.render.folding.stems import Path
    from convcost.tensor import Tensor

SHORT = {"batch_norm": "bn", "layer_norm": "ln", "conv_transpose": "up", "max_pool": "pool"}
MOST_COMPARED = 20  # instances whose names are looked at
MOST_WORDS = 3  # entries whose words name a block
VAGUE = frozenset(
    ("features", "layer", "layers", "block", "blocks", "conv", "stage", "stages", "model", "body")
)
"""Words for modules that say nothing of what is in them."""

_LETTERS = re.compile(r"[A-Za-z_]{3,}")


class Block(Slotted):
    """A block: its name, its arguments with their defaults, its layers, and what they read."""

    __slots__ = ("args", "entry", "layers", "name", "number")

    def __init__(
        self,
        number: int,
        name: str,
        args: Mapping[str, Value],
        layers: list[Item],
        entry: Sequence[Tensor],
    ) -> None:
        self.entry = entry
        self.number = number
        self.name = name
        self.args = args
        self.layers = layers


def blocks_of(folder: Folder, taken: Collection[str]) -> list[Block]:
    """The blocks that the entries of a folder call, inner ones first; their calls are told what to
    say. ``taken`` are words that no block may have."""
    calls: dict[int, list[Item]] = {}
    for item in _calls(folder.items):
        assert item.block is not None
        calls.setdefault(item.block, []).append(item)
    names = set(taken)
    called: dict[int, str] = {}
    found: list[Block] = []
    for number in _inner_first(calls):
        own = calls[number]
        sheet = Sheet([call.parts["layers"] for call in own])
        first = own[0].parts["layers"]
        prefix = common(folder.paths, first[0].start, first[-1].stop)
        give_names(sheet.template, folder, len(prefix))
        for call in own[1:MOST_COMPARED]:
            inside = call.parts["layers"]
            prefix = common(folder.paths, inside[0].start, inside[-1].stop)
            give_names(inside, folder, len(prefix))
            keep_names(sheet.template, inside)
        for part in lists_in(sheet.template):
            for item in part:
                if item.block in called:
                    item.path = item.path or called[item.block]
        _name_variables(sheet)
        name = _called(own, folder.paths)
        name = _free(f"{name}_block" if name in taken else name, names)
        called[number] = name
        found.append(Block(number, name, _arguments(sheet), sheet.template, own[0].reads))
        _tell(own, sheet)
    return found


def _calls(items: Sequence[Item]) -> Iterator[Item]:
    for item in items:
        if item.word == CALL:
            yield item
        for part in item.parts.values():
            yield from _calls(part)


def _inner_first(calls: dict[int, list[Item]]) -> list[int]:
    found: dict[int, None] = {}

    def visit(number: int) -> None:
        for call in calls[number]:
            for inner in _calls(call.parts["layers"]):
                if inner.block is not None and inner.block not in found:
                    visit(inner.block)
        found[number] = None

    for number in calls:
        if number not in found:
            visit(number)
    return list(found)


def _tell(calls: Sequence[Item], sheet: Sheet) -> None:
    """Give each call the values of the arguments."""
    for variable in sorted(sheet.variables, key=lambda one: one.default is not None):
        if not variable.given:
            continue
        for call, value in zip(calls, variable.values, strict=True):
            call.values[variable.name] = variable.default if value is None else value
            call.kinds[variable.name] = variable.kind
            if variable.default is not None:
                call.defaults = {**call.defaults, variable.name: variable.default}


def _arguments(sheet: Sheet) -> dict[str, Value]:
    ordered = sorted(sheet.variables, key=lambda one: one.default is not None)
    given = {one.name: one.default for one in ordered if one.given}
    made = {one.name: said(one) for one in sheet.variables if not one.given and one.name}
    return {**given, **made}


def said(variable: Variable) -> Text:
    """The expression of a variable that nobody gives."""
    base = variable.base.name if variable.base else "in_channels"
    return Text(variable.expression.format(base))


def _name_variables(sheet: Sheet) -> None:
    taken: set[str] = set()
    inner = [v for v in sheet.variables if v.kind == CHANNELS and v.values != list(sheet.made)]
    for variable in sheet.variables:
        variable.default = _default(variable)
        if _is_inline(variable):
            continue
        word = _field(variable.columns[0])
        if variable.kind == CHANNELS and word in ("out_channels", "out_features", "groups"):
            is_made = variable.values == list(sheet.made)
            word = "out_channels" if is_made else _inner_name(variable, len(inner))
        elif variable.kind == CHANNELS and variable.values == list(sheet.made):
            word = "out_channels"
        elif variable.columns[0].item.block is not None and variable.kind == CHANNELS:
            word = f"{variable.columns[0].hint}_{word}"
        variable.name = _free(word, taken)
    for column in (*sheet.columns, *sheet.conditions):
        column.text = text_of(column)


def _field(column: Column) -> str:
    """The field of a column; of what is optional, whether the block has it."""
    if column.item.word != OPTIONAL:
        return column.field
    (inside,) = column.item.parts["layers"]
    return f"has_{inside.name or inside.path or _words([inside])}"


def _inner_name(variable: Variable, others: int) -> str:
    column = variable.columns[0]
    own = column.hint
    return f"{own}_channels" if others > 1 and own else "width"


def _is_inline(variable: Variable) -> bool:
    """Whether an expression stands in the one place where it is wanted."""
    if variable.given or variable.used or len(variable.columns) > 1:
        return False
    return not variable.of_input or variable.columns[0].of_input


def _default(variable: Variable) -> Value:
    if not variable.given or (variable.kind == CHANNELS and None not in variable.values):
        return None
    there = [value for value in variable.values if value is not None]
    return usual(there) if None not in variable.values else there[0]


def text_of(column: Column) -> str:
    """How a block says a number of its layers."""
    if column.test is not None:
        return _test(column.test)
    variable = column.variable
    if variable is None:
        return column.text
    text = variable.name or said(variable)
    is_number = column.item.word == OPTIONAL and variable.kind == CHANNELS
    return f"{text} > 0" if is_number else text


def _test(test: Test) -> str:
    sign, word = ("==", "and") if test.holds else ("!=", "or")
    parts: list[str] = []
    if test.stride is not None:
        parts.append(f"{test.stride.name} {sign} 1")
    if test.made is not None:
        made = test.made.name if isinstance(test.made, Variable) else test.made
        parts.append(f"in_channels {sign} {made}")
    return f" {word} ".join(parts)


def _called(calls: Sequence[Item], paths: Sequence[Path]) -> str:
    """A name for a block: that of its modules, else of what is in it."""
    named = {_module(call, paths) for call in calls}
    word = named.pop() if len(named) == 1 else ""
    return word if word and word not in VAGUE else _words(calls[0].parts["layers"])


def _module(call: Item, paths: Sequence[Path]) -> str:
    words = plain_words(common(paths, call.start, call.stop))
    found = _LETTERS.match(words[-1]) if words else None
    return found[0].strip("_").lower() if found else ""


def _words(inside: Sequence[Item]) -> str:
    if len(inside) <= MOST_WORDS and all(not item.parts for item in inside):
        return "_".join(SHORT.get(item.word, item.word) for item in inside)
    if any(item.word == DENSE for item in inside):
        return "dense_block"
    for item in inside:
        if item.word == RESIDUAL:
            return "residual_unit" if item.values["join"] == "add" else "gate"
        if item.word == BRANCHES:
            return "gate" if item.values["join"] == "multiply" else "branched_unit"
    return "unit"


def _free(word: str, taken: set[str]) -> str:
    """A word that is not taken: with a number where it is."""
    name, number = word, 2
    while name in taken:
        name, number = f"{word}_{number}", number + 1
    taken.add(name)
    return name
