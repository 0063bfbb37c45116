"""A network as a plain spec: every layer written out, with where it came from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from convcost.dtype import DEFAULT
from convcost.errors import printable
from convcost.ops import op_name
from convcost.ops.fields import Declared, declared
from convcost.ops.kinds import FieldError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.network import Layer, Network, Tensor
    from convcost.ops.op import Op

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*\Z")
_YAML_WORDS = frozenset(("true", "false", "yes", "no", "on", "off", "y", "n", "null"))


def to_spec(network: Network) -> str:
    """A spec without vars, blocks and structures that has the same layers."""
    lines = ["convcost: 1", f"name: {quoted(network.name)}"]
    shapes = {name: written(tensor.sample_shape) for name, tensor in network.inputs.items()}
    if list(shapes) == ["input"]:
        lines.append(f"input: {shapes['input']}")
    else:
        lines.append("inputs:")
        lines += [f"  {quoted(name)}: {shape}" for name, shape in shapes.items()]
    dtype = next(iter(network.inputs.values())).dtype
    if dtype != DEFAULT:
        lines.append(f"dtype: {dtype}")
    if network.weights is not None:
        lines.append(f"weights: {quoted(network.weights)}")
    lines.append("layers:")
    layers = _Layers(network)
    lines += layers.lines
    if tuple(network.outputs.values()) != layers.before:
        names = (layers.name_of(tensor, ()) for tensor in network.outputs.values())
        lines.append(f"outputs: [{', '.join(names)}]")
    return "\n".join(lines) + "\n"


class _Layers:
    """Layers line by line, in groups that give them their dotted names."""

    def __init__(self, network: Network) -> None:
        self.lines: list[str] = []
        self.before: tuple[Tensor, ...] = tuple(network.inputs.values())[:1]
        self.made = {id(tensor): name for name, tensor in network.inputs.items()}
        self.known: set[str] = set(network.inputs)  # what a name may mean by now
        self.owners: dict[int, str] = {}  # of weights
        self.dtype = self.before[0].dtype
        self.group: tuple[str, ...] = ()
        for layer in network.layers:
            self._add(layer)

    def _add(self, layer: Layer) -> None:
        *group, name = layer.name.split(".")
        self._enter(tuple(group))
        comment = f"  # {printable(str(layer.source))}" if layer.source else ""
        fields = ", ".join(self._fields(layer, name))
        self.lines.append(f"{self._indent(len(group))}- {{{fields}}}{comment}")
        self.made |= {id(tensor): tensor.name for tensor in layer.outputs}
        self.known |= {layer.name, *(tensor.name for tensor in layer.outputs)}
        self.before = layer.outputs

    def _enter(self, group: tuple[str, ...]) -> None:
        same = 0
        while self.group[same : same + 1] == group[same : same + 1] != ():
            same += 1
        self.known |= {
            ".".join(self.group[:depth]) for depth in range(same + 1, len(self.group) + 1)
        }
        for depth in range(same, len(group)):
            self.lines.append(f"{self._indent(depth)}- name: {quoted(group[depth])}")
            self.lines.append(f"{self._indent(depth)}  layers:")
        self.group = group

    def _indent(self, depth: int) -> str:
        return "  " + "    " * depth

    def _fields(self, layer: Layer, name: str) -> Iterator[str]:
        yield f"op: {op_name(type(layer.op))}"
        yield f"name: {quoted(name)}"
        if layer.inputs and layer.inputs != self.before:
            names = [self.name_of(tensor, self.group) for tensor in layer.inputs]
            yield f"from: {names[0] if len(names) == 1 else '[' + ', '.join(names) + ']'}"
        dtype = layer.outputs[0].dtype
        if dtype != self.dtype and layer.makes_memory:
            yield f"dtype: {dtype}"
        rank = len(layer.inputs[0].shape) - 2 if layer.inputs else 0
        yield from fields(layer.op, rank)
        owners = [self.owners.setdefault(id(w), layer.name) for w in layer.weights.values()]
        if owners and owners[0] != layer.name:
            yield f"share: {self._name(owners[0], self.group)}"
            return
        given = ((role, weight.values) for role, weight in layer.weights.items())
        arrays = [f"{role}: {written(values)}" for role, values in given if values is not None]
        if arrays:
            yield f"weights: {{{', '.join(arrays)}}}"

    def name_of(self, tensor: Tensor, group: tuple[str, ...]) -> str:
        """What means a tensor inside a group."""
        return self._name(self.made[id(tensor)], group)

    def _name(self, path: str, group: tuple[str, ...]) -> str:
        """The shortest name that means a path inside a group, where inner lists hide outer ones."""
        lists = [f"{'.'.join(group[:depth])}." for depth in range(len(group), 0, -1)]
        for text in (path.removeprefix(start) for start in lists if path.startswith(start)):
            meant = (start + text for start in lists if start + text in self.known)
            if next(meant, text) == path:
                return quoted(text)
        return quoted(path)


def fields(op: Op, rank: int) -> Iterator[str]:
    """The fields of an op that differ from their defaults, as a spec has them."""
    for name, field in declared(type(op)).items():
        value = getattr(op, name)
        if not _is_default(field, value, rank):
            yield f"{name}: {written(_short(field, value, rank))}"


def one_layer(op: Op, rank: int, inputs: Sequence[str] = ()) -> str:
    """A layer in one line; ``inputs`` are what it reads, unless that is the layer before."""
    name = op_name(type(op))
    said = [f"from: [{', '.join(inputs)}]"] if inputs else []
    said += fields(op, rank)
    return f"{{{', '.join((f'op: {name}', *said))}}}" if said else name


def _is_default(field: Declared, value: object, rank: int) -> bool:
    if field.required or field.default is None:
        return value is None
    return value == field.kind.normal(field.default, rank)


def _short(field: Declared, value: object, rank: int) -> object:
    """A value as a person would write it: ``3`` for ``(3, 3)`` where the field takes that."""
    short = merged(value)
    try:
        return short if field.kind.normal(short, rank) == value else value
    except FieldError:
        return value


def merged(value: object) -> object:
    """A value for all axes, ``3`` for ``(3, 3)``, where they agree."""
    if not isinstance(value, tuple):
        return value
    items = list(map(merged, cast("tuple[object, ...]", value)))
    return items[0] if items.count(items[0]) == len(items) else items


def written(value: object) -> str:
    """A value as it stands in a spec."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (tuple, list)):
        return f"[{', '.join(map(written, cast('Sequence[object]', value)))}]"
    return str(value)


def quoted(text: str) -> str:
    """A text that YAML reads back unchanged; plain where that is safe."""
    if _PLAIN.match(text) and text.lower() not in _YAML_WORDS:
        return text
    return f'"{"".join(map(_character, text))}"'


def _character(c: str) -> str:
    if c in '"\\':
        return "\\" + c
    if c.isprintable():
        return c
    code = ord(c)
    return (
        f"\\x{code:02x}"
        if code < 0x100
        else f"\\u{code:04x}"
        if code < 0x10000
        else f"\\U{code:08x}"
    )
