"""A network as a plain spec: every layer written out, with where it came from."""

from __future__ import annotations

import re
from math import isfinite
from os.path import relpath
from typing import TYPE_CHECKING, cast

from convcost.applied import BrokenCondition
from convcost.dtype import DEFAULT
from convcost.errors import ConvcostError, printable
from convcost.execution.transform import rebuilt
from convcost.gc_pause import paused
from convcost.ops import op_name
from convcost.ops.fields import Declared, declared
from convcost.ops.kinds import FieldError
from convcost.render.spec_names import inputs_of, is_renamed, is_unnamed, paths_of
from convcost.spec.outputs import OUTERMOST

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from convcost.network import Layer, Network
    from convcost.ops.op import Op
    from convcost.tensor import Tensor

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*\Z")
_YAML_WORDS = frozenset(("true", "false", "yes", "no", "on", "off", "y", "n", "null"))


@paused()
def to_spec(network: Network, folder: str = "") -> str:
    """A spec without vars, blocks and structures that has the same layers.

    Names that a spec cannot have are changed, and shown beside; what is not known of the network is
    said in comments.

    Args:
        network: what to write.
        folder: that the spec is to be in, from which paths are seen.

    Raises:
        ConvcostError: a layer does what no spec can say.
    """
    if not network.layers:
        raise _refusal(network, "it has no layers that are known")
    if not network.inputs:
        raise _refusal(network, "it has no inputs")
    _refuse_batch(network)
    inputs = inputs_of(network)
    lines = [*head(network, folder, inputs), "layers:"]
    layers = _Layers(network, inputs)
    lines += layers.lines
    if tuple(network.outputs.values()) != layers.before:
        names = (layers.name_of(tensor, ()) for tensor in network.outputs.values())
        lines.append(f"outputs: [{', '.join(names)}]")
    return "\n".join(lines) + "\n"


def head(network: Network, folder: str, inputs: Mapping[str, str]) -> list[str]:
    """The lines of a spec before its layers.

    Args:
        network: what to write.
        folder: that the spec is to be in.
        inputs: the names that the spec has for the network's inputs.

    Raises:
        ConvcostError: inputs are what no spec can say.
    """
    lines = ["convcost: 1", f"name: {quoted(printable(network.name))}"]
    lines += [f"# not known: {printable(reason)}" for reason in network.unknown]
    shapes = {inputs[n]: written(t.sample_shape) for n, t in network.inputs.items()}
    if list(shapes) == ["input"]:
        lines.append(f"input: {shapes['input']}")
    else:
        lines.append("inputs:")
        lines += [f"  {quoted(name)}: {shape}" for name, shape in shapes.items()]
    dtypes = list(dict.fromkeys(tensor.dtype for tensor in network.inputs.values()))
    lines += [
        f"# the channels of {quoted(inputs[name])} come last, which a spec cannot say: receptive "
        "fields are counted along other axes"
        for name in network.spatial
    ]
    if len(dtypes) > 1:
        raise _refusal(network, f"its inputs are of several types ({', '.join(dtypes)})")
    (dtype,) = dtypes
    if dtype != DEFAULT:
        lines.append(f"dtype: {dtype}")
    if network.weights is not None:
        lines.append(f"weights: {quoted(relpath(network.weights, folder or '.'))}")
    return lines


def _refuse_batch(network: Network) -> None:
    """A spec is of one sample: refuse a network whose layers hold another number."""
    shapes: dict[str, tuple[int, ...]] = {}
    for name, tensor in network.inputs.items():
        if tensor.batch_axis != 0:
            raise _refusal(network, f"its input '{printable(name)}' has no batch")
        if len(tensor.shape) == 1:
            raise _refusal(network, f"its input '{printable(name)}' has no axis but the batch")
        shapes[name] = (1, *tensor.shape[1:])
    try:
        rebuilt(network, shapes=shapes)
    except BrokenCondition as error:
        raise _refusal(network, f"its layers only fit the batch that it fixes ({error})") from None


def _refusal(network: Network, why: str) -> ConvcostError:
    return ConvcostError(f"'{printable(network.name)}' cannot be written as a spec: {why}")


class _Layers:
    """Layers line by line, in groups that give them their dotted names."""

    def __init__(self, network: Network, inputs: Mapping[str, str]) -> None:
        self.network = network
        self.lines: list[str] = []
        self.before: tuple[Tensor, ...] = tuple(network.inputs.values())[:1]
        self.made = {tensor: inputs[name] for name, tensor in network.inputs.items()}
        self.known: set[str] = set(inputs.values())  # what a name may mean by now
        self.owners: dict[str, tuple[Layer, str]] = {}  # of weights, by their names
        self.dtype = self.before[0].dtype
        self.group: tuple[str, ...] = ()
        for layer, path in zip(network.layers, paths_of(network, inputs.values()), strict=True):
            self._add(layer, path)

    def _add(self, layer: Layer, path: Sequence[str]) -> None:
        if layer.op.opaque:
            raise self._refusal(layer, " is of an operator that is not known")
        *group, name = path
        self._enter(tuple(group))
        notes = [printable(str(layer.source))] if layer.source else []
        notes += [printable(layer.name)] if is_renamed(layer, path) else []
        comment = f"  # {', '.join(notes)}" if notes else ""
        fields = ", ".join(self._fields(layer, name, unnamed=is_unnamed(layer, path)))
        self.lines.append(f"{self._indent(len(group))}- {{{fields}}}{comment}")
        whole = ".".join(path)
        parts = [f"{whole}.{part}" for part in range(len(layer.outputs))]
        names = parts if len(parts) > 1 else [whole]
        self.made.update(zip(layer.outputs, names, strict=True))
        self.known |= {whole, *names}
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

    def _fields(self, layer: Layer, name: str, *, unnamed: bool) -> Iterator[str]:
        yield f"op: {op_name(type(layer.op))}"
        if not unnamed:
            yield f"name: {quoted(name)}"
        if layer.inputs and layer.inputs != self.before:
            names = [self.name_of(tensor, self.group) for tensor in layer.inputs]
            yield f"from: {names[0] if len(names) == 1 else '[' + ', '.join(names) + ']'}"
        dtype = layer.outputs[0].dtype
        if dtype != self.dtype and not layer.op.view:
            yield f"dtype: {dtype}"
        if any(weight.dtype != dtype for weight in layer.weights.values()):
            stored = ", ".join(sorted({weight.dtype for weight in layer.weights.values()}))
            raise self._refusal(layer, f" makes {dtype} and stores {stored}")
        rank = len(layer.inputs[0].shape) - 2 if layer.inputs else 0
        yield from self._written_fields(layer, rank)
        owner = self._owner(layer, ".".join((*self.group, name)))
        if owner is not None:
            yield f"share: {self._name(owner, self.group)}"
            return
        given = ((role, weight.values) for role, weight in layer.weights.items())
        arrays = [f"{role}: {written(values)}" for role, values in given if values is not None]
        if arrays:
            yield f"weights: {{{', '.join(arrays)}}}"

    def _written_fields(self, layer: Layer, rank: int) -> Iterator[str]:
        try:
            _refuse_unreadable(layer.op, rank)
        except FieldError as error:
            raise self._refusal(layer, f": {error}") from None
        yield from fields(layer.op, rank)

    def _owner(self, layer: Layer, path: str) -> str | None:
        """The path of the layer whose weights a layer uses, if any."""
        if len({weight.name for weight in layer.weights.values()}) < len(layer.weights):
            raise self._refusal(layer, " uses one stored array for two things")
        owners = [self.owners.get(weight.name) for weight in layer.weights.values()]
        first = next((owner for owner in owners if owner is not None), None)
        if first is None:
            self.owners |= {weight.name: (layer, path) for weight in layer.weights.values()}
            return None
        other, where = first
        if dict(other.weights) != dict(layer.weights) or type(other.op) is not type(layer.op):
            raise self._refusal(layer, f" shares some of what layer '{where}' stores, and not all")
        return where

    def _refusal(self, layer: Layer, why: str) -> ConvcostError:
        return _refusal(self.network, f"layer '{printable(layer.name)}'{why}")

    def name_of(self, tensor: Tensor, group: tuple[str, ...]) -> str:
        """The name of a tensor inside a group."""
        return self._name(self.made[tensor], group)

    def _name(self, path: str, group: tuple[str, ...]) -> str:
        """The shortest name that means a path inside a group, where inner lists hide outer ones."""
        lists = [f"{'.'.join(group[:depth])}." for depth in range(len(group), 0, -1)]
        for text in (path.removeprefix(start) for start in lists if path.startswith(start)):
            meant = (start + text for start in lists if start + text in self.known)
            if next(meant, text) == path:
                return quoted(text)
        hidden = any(start + path in self.known for start in lists)
        return quoted(f"{OUTERMOST}{path}" if hidden else path)


def fields(op: Op, rank: int) -> Iterator[str]:
    """The fields of an op that differ from their defaults, as a spec writes them."""
    for name, field in declared(type(op)).items():
        value = getattr(op, name)
        if not _is_default(field, value, rank):
            yield f"{name}: {written(short(field, value, rank))}"


def _refuse_unreadable(op: Op, rank: int) -> None:
    """Refuse values that the layers of other tools have, and those of a spec may not.

    Raises:
        FieldError: there is one.
    """
    for name, field in declared(type(op)).items():
        value = getattr(op, name)
        if not _is_default(field, value, rank):
            if isinstance(value, float) and not isfinite(value):
                raise FieldError(f"{name} is {value}, and numbers of a spec are finite")
            try:
                field.kind.normal(_as_read(short(field, value, rank)), rank)
            except FieldError as error:
                raise FieldError(f"{name} {error}") from None


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


def short(field: Declared, value: object, rank: int) -> object:
    """A value as a person would write it: ``3`` for ``(3, 3)`` where the field takes that."""
    short = merged(value)
    try:
        return short if field.kind.normal(short, rank) == value else value
    except FieldError:
        return value


def _as_read(value: object) -> object:
    """A value as it is read again, with lists."""
    if isinstance(value, (tuple, list)):
        return list(map(_as_read, cast("Sequence[object]", value)))
    return value


def merged(value: object) -> object:
    """A value for all axes, ``3`` for ``(3, 3)``, where they agree."""
    if not isinstance(value, tuple):
        return value
    items = list(map(merged, cast("tuple[object, ...]", value)))
    return items[0] if items and items.count(items[0]) == len(items) else items


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
