"""The structures of a network: what joins several paths from one tensor is a residual or
branches, found at the layer that joins them."""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from convcost.ops import op_name
from convcost.ops.fields import declared
from convcost.ops.kinds import Dim, Dims
from convcost.render.folding.items import BRANCHES, DENSE, RESIDUAL, Item, Text, read_outside
from convcost.render.spec import fields, short, written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convcost.network import Layer, Network
    from convcost.ops.fields import Declared
    from convcost.ops.op import Op
    from convcost.render.folding.items import Value
    from convcost.tensor import Tensor

JOINS = {"add": (RESIDUAL, BRANCHES), "multiply": (RESIDUAL, BRANCHES), "concat": (BRANCHES,)}
WORK_A_LAYER = 60  # entries looked at, beyond which no more structures are looked for
DEEPEST = 12  # structures inside each other
LEAST_DENSE = 3  # inputs of the last concat of layers that each read all before them


def items_of(network: Network) -> list[Item]:
    """The layers of a network as the entries of a list, with structures where they are found."""
    return _Reader(network).items


class _Reader:
    """Reads layers one by one and, at each that joins tensors, puts what it joins in its place."""

    def __init__(self, network: Network) -> None:
        self.items: list[Item] = []
        self.starts: list[int] = []
        self.makers: dict[Tensor, int] = {}  # the number of the layer that makes each
        self.last: dict[Tensor, int] = {}  # the number of the last layer that reads each
        for number, layer in enumerate(network.layers):
            self.last.update(dict.fromkeys(layer.inputs, number))
        self.last.update(dict.fromkeys(network.outputs.values(), len(network.layers)))
        self.allowed = WORK_A_LAYER * len(network.layers) + 1000
        inputs = tuple(network.inputs.values())
        self.dtype = inputs[0].dtype
        for number, layer in enumerate(network.layers):
            item = self._joined(layer, number) or leaf(layer, number, self.dtype)
            del self.items[self._place(item.start) :], self.starts[self._place(item.start) :]
            self.items.append(item)
            self.starts.append(item.start)
            self.makers.update(dict.fromkeys(layer.outputs, number))

    def _place(self, number: int) -> int:
        """The place in the list of the entry that begins with a layer, or would."""
        return bisect_right(self.starts, number - 1)

    def _joined(self, layer: Layer, number: int) -> Item | None:
        join = op_name(type(layer.op))
        plain = join in JOINS and layer.outputs[0].dtype == self.dtype
        if not plain or len(set(layer.inputs)) < max(2, len(layer.inputs)) or self.allowed < 0:
            return None
        if any(True for _ in fields(layer.op, 0)):
            return None
        if RESIDUAL in JOINS[join] and len(layer.inputs) == 2:
            found = self._residual(join, layer, number)
            if found is not None:
                return found
        return self._branches(join, layer, number) or self._dense(join, layer, number)

    def _between(self, tensor: Tensor, stop: int) -> list[Item] | None:
        """The entries from behind the maker of a tensor to before a layer."""
        return self._from(self.makers.get(tensor, -1) + 1, stop)

    def _from(self, start: int, stop: int) -> list[Item] | None:
        """The entries that hold the layers of some numbers; None where one holds others besides,
        or where they are too deep."""
        items = self.items[self._place(start) : self._place(stop)]
        self.allowed -= len(items)
        if not items or (items[0].start, items[-1].stop) != (start, stop):
            return None
        return None if max(item.depth for item in items) >= DEEPEST else items

    def _back_to(self, entry: Tensor, end: Tensor) -> list[Item] | None:
        """The last entries, from the first that ``end`` is made of, besides ``entry``; None where
        others stand between."""
        place, needed = len(self.items), {end}
        while needed and place:
            place -= 1
            item = self.items[place]
            self.allowed -= 1
            if needed.isdisjoint(item.outputs) or item.depth >= DEEPEST or self.allowed < 0:
                return None
            needed.difference_update(item.outputs)
            needed.update(tensor for tensor in item.reads if tensor is not entry)
        return None if needed else self.items[place:]

    def _is_path(self, items: Sequence[Item], entry: Tensor, end: Tensor, stop: int) -> bool:
        """Whether entries read ``entry`` alone, and ``end`` alone is read outside of them, by the
        layer of number ``stop``."""
        if not items or items[-1].outputs != (end,) or self.last.get(end) != stop:
            return False
        self.allowed -= len(items)
        if any(tensor is not entry for tensor in read_outside(items)):
            return False
        last = items[-1].stop
        return all(self.last.get(t, -1) < last for item in items[:-1] for t in item.outputs)

    def _residual(self, join: str, layer: Layer, number: int) -> Item | None:
        entry, end = sorted(layer.inputs, key=lambda tensor: self.makers.get(tensor, -1))
        body = self._back_to(entry, end)
        turned = layer.inputs[0] is entry
        if turned and not self._may_turn(entry, end, number):
            return None
        if body and self._is_path(body, entry, end, number):
            return self._made(join, number, layer, entry, body, [])
        shortcut = self._between(entry, number) or []
        outside = read_outside(shortcut)
        if len(outside) != 1 or not self._is_path(shortcut, outside[0], end, number):
            return None
        beside = self._between(outside[0], shortcut[0].start) or []
        if len(beside) < len(shortcut) or not self._is_path(beside, outside[0], entry, number):
            return None
        return self._made(join, number, layer, outside[0], beside, shortcut)

    def _may_turn(self, entry: Tensor, end: Tensor, number: int) -> bool:
        """Whether nothing tells which of two tensors a layer reads first: not even what it could
        write its output over."""
        return entry.shape == end.shape and self.last.get(entry) == number

    def _made(
        self,
        join: str,
        number: int,
        layer: Layer,
        entry: Tensor,
        body: list[Item],
        shortcut: list[Item],
    ) -> Item:
        parts = {"body": body, "shortcut": shortcut}
        values: dict[str, Value] = {"join": join, "skip": True}
        span = (body[0].start, number + 1)
        item = Item(RESIDUAL, values, (entry,), layer.outputs, span, parts)
        item.defaults = {"join": "add", "skip": True}
        return item

    def _branches(self, join: str, layer: Layer, number: int) -> Item | None:
        *_, before, end = sorted(layer.inputs, key=lambda tensor: self.makers.get(tensor, -1))
        outside = read_outside(self._between(before, number) or ())
        if self.makers.get(end) != number - 1 or len(outside) != 1:
            return None
        (entry,) = outside
        first = start = self.makers.get(entry, -1) + 1
        paths: dict[str, list[Item]] = {}
        for count, tensor in enumerate(layer.inputs, start=1):
            paths[f"path{count}"] = []
            if tensor is entry:
                continue
            path = self._from(start, self.makers.get(tensor, -1) + 1)
            if not path or not read_outside(path) or not self._is_path(path, entry, tensor, number):
                return None
            start = path[-1].stop
            paths[f"path{count}"] = path
        if start != number or any(_comes_back(path, entry) for path in paths.values()):
            return None
        span = (first, number + 1)
        item = Item(BRANCHES, {"join": join}, (entry,), layer.outputs, span, paths)
        item.defaults = {"join": "concat"}
        return item

    def _dense(self, join: str, layer: Layer, number: int) -> Item | None:
        """Layers that each read the concatenation of the input and of all before them."""
        if join != "concat" or len(layer.inputs) < LEAST_DENSE:
            return None
        entry, *ends = layer.inputs
        start = self.makers.get(entry, -1) + 1
        first: list[Item] = []
        for count, end in enumerate(ends):
            if end not in self.makers:
                return None
            layers = self._from(start, self.makers[end] + 1)
            if not layers or layers[-1].outputs != (end,):
                return None
            if not self._is_unit(layers, layer.inputs[: count + 1]):
                return None
            first = first or layers
            start = layers[-1].stop
        if start != number:
            return None
        item = Item(
            DENSE,
            {"depth": len(ends)},
            (entry,),
            layer.outputs,
            (first[0].start, number + 1),
            {"layers": first},
        )
        item.kind = _signature(first)
        return item if self._alike(first, item, entry, number) else None

    def _is_unit(self, layers: Sequence[Item], before: Sequence[Tensor]) -> bool:
        """Whether entries begin with the concatenation of some tensors, if there are several, and
        read nothing else."""
        if len(before) == 1:
            return read_outside(layers) == list(before)
        joins = layers[0].word == "concat" and layers[0].reads == tuple(before)
        return joins and read_outside(layers) == list(before) and len(layers) > 1

    def _alike(self, first: Sequence[Item], item: Item, entry: Tensor, number: int) -> bool:
        """Whether all layers of a dense block are the first one again, and are read by it alone."""
        inside = self.items[self._place(item.start) : self._place(number)]
        self.allowed -= 2 * len(inside)
        units = [one for one in inside if not (one.word == "concat" and entry in one.reads)]
        own = {tensor for one in inside for tensor in one.outputs}
        if any(self.last.get(tensor, -1) > number for tensor in own) or len(units) % len(first):
            return False
        return all(
            _signature(units[place : place + len(first)]) == item.kind
            for place in range(0, len(units), len(first))
        )


def _comes_back(path: Sequence[Item], entry: Tensor) -> bool:
    """Whether a path goes through maps of other sizes and ends in those of its input, as the inside
    of a U-Net does: what passes beside that is called by its name."""
    sizes = [item.outputs[0].shape[2:] for item in path]
    return bool(sizes) and sizes[-1] == entry.shape[2:] and len({*sizes}) > 1


def _signature(items: Sequence[Item]) -> str:
    """All that entries of a list say, their numbers included."""
    said = ((item.word, item.values, _parts(item)) for item in items)
    return repr(tuple(said))


def _parts(item: Item) -> tuple[str, ...]:
    return tuple(_signature(part) for part in item.parts.values())


def leaf(layer: Layer, number: int, dtype: str) -> Item:
    """A layer as an entry; ``dtype`` is that of the network."""
    op = layer.op
    rank = len(layer.inputs[0].shape) - 2 if layer.inputs else 0
    defaults, kept = _known(type(op), rank)
    values: dict[str, Value] = {
        name: _frozen(short(field, getattr(op, name), rank))
        for name, field in declared(type(op)).items()
    }
    item = Item(op_name(type(op)), values, layer.inputs, layer.outputs, (number, number + 1))
    item.defaults, item.kept = defaults, kept
    own = layer.outputs[0].dtype
    if own != dtype and not op.view:
        item.values["dtype"] = own
    arrays = [(role, w.values) for role, w in layer.weights.items() if w.values is not None]
    if arrays:
        said = ", ".join(f"{role}: {written(values)}" for role, values in arrays)
        item.values["weights"] = Text(f"{{{said}}}")
    item.kind = _kind(layer)
    return item


def _kind(layer: Layer) -> str:
    """The kind of a convolution, as a reader sees it: depthwise and pointwise ones count as other
    layers. "" for any other layer."""
    op: Any = layer.op
    if not op.weighs_taps or not hasattr(op, "groups") or not layer.inputs:
        return ""
    if op.groups > 1:
        return "depthwise" if op.groups == layer.inputs[0].shape[1] else "grouped"
    return "pointwise" if set(op.kernel_size) == {1} else "full"


@lru_cache(maxsize=1024)
def _known(op: type[Op], rank: int) -> tuple[Mapping[str, Value], frozenset[str]]:
    """The fields of an op that have a default, as a spec has them, and those that name axes."""
    known = declared(op)
    defaults = {name: _default(field, rank) for name, field in known.items() if not field.required}
    return defaults, frozenset(n for n, f in known.items() if isinstance(f.kind, Dim | Dims))


def _default(field: Declared, rank: int) -> Value:
    if field.default is None:
        return None
    return _frozen(short(field, field.kind.normal(field.default, rank), rank))


def _frozen(value: Any) -> Value:
    """A value with tuples for lists."""
    if isinstance(value, list | tuple):
        return tuple(map(_frozen, cast("Sequence[object]", value)))
    return value
