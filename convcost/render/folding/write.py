"""Entries as lines of YAML."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, cast

from convcost.render.folding.columns import Column
from convcost.render.folding.items import (
    BRANCHES,
    CALL,
    DENSE,
    OPTIONAL,
    RESIDUAL,
    Item,
    Text,
    read_outside,
)
from convcost.render.folding.names import RESERVED, references
from convcost.render.folding.stages import Stage, Table
from convcost.render.spec import quoted, written

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from convcost.render.folding.items import Value
    from convcost.tensor import Tensor

WIDTH = 100
NEW = "new"  # what a layer of a dense block adds


class Writer:
    """Writes lists of layers. ``words`` are the names of blocks by their numbers."""

    def __init__(self, words: Mapping[int, str]) -> None:
        self.words = words

    def block(
        self,
        name: str,
        args: Mapping[str, Value],
        layers: Sequence[Item],
        entry: Sequence[Tensor] = (),
    ) -> list[str]:
        """A block with its arguments; ``entry`` is what its layers read."""
        said = {arg: "~" if value is None else _text(value) for arg, value in args.items()}
        lines = [f"  {name}:"]
        if said:
            lines += _filled("    args: {", [f"{arg}: {text}" for arg, text in said.items()], "}")
        lines.append("    layers:")
        return lines + self.list(layers, 6, entry, dict.fromkeys(entry, "input"))

    def list(
        self,
        items: Sequence[Item],
        indent: int,
        flow: Sequence[Tensor],
        names: Mapping[Tensor, str],
        taken: Sequence[str] = (),
    ) -> list[str]:
        """The lines of a list of layers.

        Args:
            items: the list.
            indent: spaces before each entry.
            flow: the tensors that come to the first one.
            names: of tensors that are made outside of the list.
            taken: names that no entry may have.
        """
        items = [one for item in items for one in _there(item)]
        _name_references(items, flow, taken)
        known = self.names(items, names)
        lines: list[str] = []
        for item in items:
            said = "" if not item.reads or item.reads == tuple(flow) else _from(item, known)
            when = _text(item.values["when"]) if item.word == OPTIONAL else ""
            lines += self._lines(item.parts["layers"][0] if when else item, indent, said, when)
            flow = item.outputs
        return lines

    def names(self, items: Sequence[Item], names: Mapping[Tensor, str]) -> dict[Tensor, str]:
        """The names of a list's tensors in the spec; ``names`` are those made outside of it."""
        known = dict(names)
        for item in items:
            many = len(item.outputs) > 1
            for number, tensor in enumerate(item.outputs):
                known[tensor] = f"{item.name}.{number}" if many else item.name
        return known

    def _lines(self, item: Item, indent: int, said: str, when: str = "") -> list[str]:
        match item:
            case Table():
                return self._table(item, indent, said)
            case Stage():
                return self._wrapped(self._fields(item, said, when), indent)
            case _:
                pass
        if item.word == DENSE:
            return self._dense(item, indent)
        fields = self._fields(item, said, when)
        if item.word not in (RESIDUAL, BRANCHES):
            return self._wrapped(fields, indent)
        flat = self._flat(item, fields)
        if flat and len(flat) + indent + 2 <= WIDTH:
            return [f"{' ' * indent}- {flat}"]
        return self._structure(item, fields, indent)

    def _wrapped(self, fields: Sequence[tuple[str, str]], indent: int) -> list[str]:
        line = f"{' ' * indent}- {_flow(fields)}"
        if len(line) <= WIDTH:
            return [line]
        return _filled(f"{' ' * indent}- {{", [f"{name}: {text}" for name, text in fields], "}")

    def _fields(self, item: Item, said: str, when: str) -> list[tuple[str, str]]:
        """The keys of an entry and their texts, without its lists."""
        word = self.words[item.block] if item.block is not None else item.word
        found = [("op", word)]
        if item.name:
            found.append(("name", quoted(item.name)))
        if when:
            found.append(("when", when))
        if said:
            found.append(("from", said))
        found += (
            (name, _text(value))
            for name, value in item.values.items()
            if name not in ("when", "weights") and not _is_default(item, name, value)
        )
        if "weights" in item.values:
            found.append(("weights", str(item.values["weights"])))
        return found

    def _flat(self, item: Item, fields: Sequence[tuple[str, str]]) -> str:
        """A structure of one layer in one line; empty for others."""
        lists = [part for part in item.parts.values() if part]
        if len(lists) != 1 or len(lists[0]) != 1 or lists[0][0].parts or item.word != RESIDUAL:
            return ""
        if lists[0][0].reads not in ((), item.reads):
            return ""
        (only,) = lists[0]
        return _flow([*fields, ("body", f"[{_flow(self._fields(only, '', ''))}]")])

    def _structure(self, item: Item, fields: Sequence[tuple[str, str]], indent: int) -> list[str]:
        lines = _keys(fields, indent)
        space = " " * (indent + 2)
        deeper = indent + 4
        if item.word == BRANCHES:
            lines.append(f"{space}paths:")
            space, deeper = space + "  ", deeper + 2
        for name, part in item.parts.items():
            if not part:
                lines += [f"{space}{quoted(name)}: []"] if item.word == BRANCHES else []
                continue
            inside = self._inside(item, name, part, deeper)
            short = f"{space}{quoted(name)}: [{inside[0].strip()[2:]}]"
            if item.word == BRANCHES and len(inside) == 1 and len(short) <= WIDTH:
                lines.append(short)
                continue
            lines += [f"{space}{quoted(name)}:", *inside]
        return lines

    def _inside(self, item: Item, name: str, part: list[Item], indent: int) -> list[str]:
        # The list may be that of another instance, where the first one has none.
        entry = tuple(read_outside(part)) or item.reads
        names = dict.fromkeys(entry, "group.input")
        when = _text(item.values["when"]) if name == "shortcut" and "when" in item.values else ""
        if when and len(part) == 1:
            (only,) = part
            return self._lines(only, indent, "", when)
        if not when:
            return self.list(part, indent, entry, names)
        inner = self.list(part, indent + 4, entry, names)
        return [f"{' ' * indent}- when: {when}", f"{' ' * indent}  layers:", *inner]

    def _dense(self, item: Item, indent: int) -> list[str]:
        """The layers of a dense block, in a block of their own."""
        space = " " * indent
        first = list(item.parts["layers"])
        last = first[-1]
        for one in first:
            one.name = "" if one.name == NEW else one.name
        last.name = NEW
        names = dict.fromkeys(item.reads, "group.input")
        inner = self.list(first, indent + 4, item.reads, names)
        return [
            f"{space}- name: layer",
            f"{space}  repeat: {_text(item.values['depth'])}",
            f"{space}  layers:",
            f'{space}    - {{op: concat, from: [input, "layer.*.{NEW}"], when: i > 0}}',
            *inner,
            f'{space}- {{op: concat, from: [input, "layer.*.{NEW}"]}}',
        ]

    def _table(self, table: Table, indent: int, said: str) -> list[str]:
        space = " " * indent
        fields = [("op", "table")]
        fields += [("name", quoted(table.name))] if table.name else []
        fields += [("from", said)] if said else []
        lines = _keys(fields, indent)
        lines += _filled(f"{space}  columns: [", table.columns, "]")
        if len(table.columns) == 1:
            lines.append(f"{space}  rows: [{', '.join(_text(row[0]) for row in table.rows)}]")
        else:
            lines.append(f"{space}  rows:")
            lines += [f"{space}    - [{', '.join(map(_text, row))}]" for row in table.rows]
        if _is_of_columns(table):
            (call,) = table.layers
            return [*lines, f"{space}  of: {self.words[call.block or 0]}"]
        lines.append(f"{space}  layers:")
        names = dict.fromkeys(table.reads, "group.input")
        return lines + self.list(table.layers, indent + 4, table.reads, names)


def _there(item: Item) -> Sequence[Item]:
    """An entry; of one that is optional and has no condition, what is in it."""
    return [item] if item.word != OPTIONAL or "when" in item.values else item.parts["layers"]


def _filled(start: str, words: Sequence[str], end: str) -> list[str]:
    """A list or mapping in as many lines as it needs."""
    lines = [start]
    for word in (*(f"{word}," for word in words[:-1]), f"{words[-1]}{end}"):
        if len(lines[-1]) + len(word) + 1 > WIDTH:
            lines.append(" " * len(start))
        lines[-1] += word if lines[-1].endswith(("[", "{", " ")) else f" {word}"
    return lines


def _is_of_columns(table: Table) -> bool:
    """Whether all that the layers of a table do is call a block with the columns."""
    call = table.layers[0]
    columns = {name: name for name in table.columns if name != "name"}
    return len(table.layers) == 1 and call.block is not None and call.values == columns


def _name_references(items: Sequence[Item], flow: Sequence[Tensor], taken: Sequence[str]) -> None:
    """See that entries which others read by name have one of their own."""
    _name(items, references(items, tuple(flow)), taken)


def name_outputs(items: Sequence[Item], outputs: Sequence[Tensor], taken: Sequence[str]) -> None:
    """See that entries which make outputs of the network have a name."""
    if outputs != items[-1].outputs:
        _name(items, (item for item in items if {*item.outputs} & {*outputs}), taken)


def _name(items: Sequence[Item], wanted: Iterable[Item], taken: Sequence[str]) -> None:
    for item in items:
        if item.name in {*taken, *RESERVED}:
            item.name = ""
    used = {item.name for item in items if item.name} | {*taken, *RESERVED}
    numbers: Counter[str] = Counter()
    for item in wanted:
        if not item.name:
            word = item.word if item.word != CALL else "block"
            while not item.name or item.name in used:
                numbers[word] += 1
                item.name = f"{word}_{numbers[word]}"
            used.add(item.name)


def _from(item: Item, known: Mapping[Tensor, str]) -> str:
    names = [quoted(known[tensor]) for tensor in item.reads]
    return names[0] if len(names) == 1 else f"[{', '.join(names)}]"


def _is_default(item: Item, name: str, value: object) -> bool:
    if value is None:
        return True
    return name in item.defaults and item.defaults[name] == value


def _text(value: Any) -> str:
    """A value, or what stands for one, as it stands in a spec."""
    if isinstance(value, Column):
        return value.text
    if isinstance(value, Text):
        return str(value)
    if isinstance(value, tuple):
        return f"[{', '.join(map(_text, cast('Sequence[object]', value)))}]"
    return written(value)


def _flow(fields: Sequence[tuple[str, str]]) -> str:
    if len(fields) == 1:
        return fields[0][1]
    return f"{{{', '.join(f'{name}: {text}' for name, text in fields)}}}"


def _keys(fields: Sequence[tuple[str, str]], indent: int) -> list[str]:
    lines = [f"{' ' * indent}  {name}: {text}" for name, text in fields]
    return [f"{' ' * indent}- {lines[0][indent + 2 :]}", *lines[1:]]
