"""Layers that move elements, pick them, or put them elsewhere."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from convcost.allowance import work
from convcost.exporters.refused import CannotSay

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convcost.exporters.onnx.graph import Act, Graph
    from convcost.network import Layer

BORDERS = {"constant": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
REDUCTIONS = {None: "none", "sum": "add", "prod": "mul", "amax": "max", "amin": "min"}


def reshape(g: Graph, layer: Layer) -> str:
    """Reshape."""
    before, after = layer.input_shapes[0], layer.outputs[0].shape
    return g.reshaped(g.value(layer.inputs[0]), after, keeps=before[:1] == after[:1])


def flatten(g: Graph, layer: Layer) -> str:
    """Flatten where all but the samples are merged, else Reshape."""
    shape = layer.outputs[0].shape
    if len(shape) == 2:
        return g.node("Flatten", g.value(layer.inputs[0]), axis=1)
    return reshape(g, layer)


def transpose(g: Graph, layer: Layer) -> str:
    """Transpose."""
    op: Any = layer.op
    order = op.dims if len(op.dims) == len(layer.input_shapes[0]) else (0, *op.dims)
    return g.node("Transpose", g.value(layer.inputs[0]), perm=list(order))


def concat(g: Graph, layer: Layer) -> str:
    """Concat."""
    op: Any = layer.op
    values = [g.value(tensor) for tensor in layer.inputs]
    if len({g.dtypes[value] for value in values}) > 1:
        values = g.numbers(layer)
    fed = [v for v, t in zip(values, layer.inputs, strict=True) if t not in g.unfed]
    for number, tensor in enumerate(layer.inputs if op.dim and fed else ()):
        if tensor in g.unfed and tensor.samples is not None:
            # One for all samples, however many: the operator wants as many.
            values[number] = g.for_each_sample(values[number], fed[0], len(tensor.shape))
    return g.node("Concat", *values, axis=op.dim)


def split(g: Graph, layer: Layer) -> Sequence[str]:
    """Split."""
    op: Any = layer.op
    x = g.value(layer.inputs[0])
    sizes: list[int] = [tensor.shape[op.dim] for tensor in layer.outputs]
    makes = [g.dtypes[x]] * len(sizes)
    return g.nodes_of("Split", x, g.positions(*sizes), axis=op.dim, makes=makes)


def channel_shuffle(g: Graph, layer: Layer) -> str:
    """Channels as groups, turned, and as channels again."""
    op: Any = layer.op
    batch, channels, *size = layer.input_shapes[0]
    parted: tuple[int, ...] = (batch, op.groups, channels // op.groups, *size)
    x = g.reshaped(g.value(layer.inputs[0]), parted)
    x = g.node("Transpose", x, perm=[0, 2, 1, *range(3, len(parted))])
    return g.reshaped(x, layer.outputs[0].shape)


def roll(g: Graph, layer: Layer) -> str:
    """Positions picked in the order in which they come to lie, axis by axis."""
    op: Any = layer.op
    x = g.value(layer.inputs[0])
    shape = layer.input_shapes[0]
    for dim, shift in zip(op.dims, op.shifts, strict=True):
        axis: int = dim % len(shape)
        work(shape[axis], "writing the order of positions")
        order: list[int] = [(at - shift) % shape[axis] for at in range(shape[axis])]
        x = g.node("Gather", x, g.positions(*order), axis=axis)
    return x


def _cut(g: Graph, layer: Layer, dims: Any, starts: Any, ends: Any, steps: Any = None) -> str:
    """Slice. Of all there is it is a copy, for which there is Tile: readers leave a Slice out that
    takes everything."""
    x, shape = g.value(layer.inputs[0]), layer.outputs[0].shape
    if shape == layer.input_shapes[0] and min(steps or [1]) > 0:
        return g.node("Tile", x, g.positions(*(1 for _ in shape)))
    lists = [starts, ends, dims, *([] if steps is None else [steps])]
    return g.node("Slice", x, *(g.positions(*numbers) for numbers in lists))


def cut(g: Graph, layer: Layer) -> str:
    """Slice."""
    op: Any = layer.op
    return _cut(g, layer, op.dims, op.starts, op.ends, op.steps)


def crop(g: Graph, layer: Layer) -> str:
    """Slice."""
    op: Any = layer.op
    starts = op.starts(layer.input_shapes[0])
    ends = [start + size for start, size in zip(starts, op.size, strict=True)]
    return _cut(g, layer, range(2, len(starts) + 2), starts, ends)


def pad(g: Graph, layer: Layer) -> str:
    """Pad."""
    op: Any = layer.op
    (x,) = g.numbers(layer)
    stay = [(0, 0)] * (len(layer.input_shapes[0]) - len(op.padding))
    before, after = zip(*stay, *op.padding, strict=True)
    constant = [g.constant(op.value, g.dtypes[x])] if op.mode == "constant" else []
    return g.node("Pad", x, g.positions(*before, *after), *constant, mode=BORDERS[op.mode])


def expand(g: Graph, layer: Layer) -> str:
    """Expand."""
    op: Any = layer.op
    return g.node("Expand", g.value(layer.inputs[0]), g.positions(*op.shape))


def tile(g: Graph, layer: Layer) -> str:
    """Tile."""
    op: Any = layer.op
    return g.node("Tile", g.value(layer.inputs[0]), g.positions(*op.repeats))


def gather(g: Graph, layer: Layer) -> str:
    """Gather."""
    op: Any = layer.op
    x = g.value(layer.inputs[0])
    at = g.position(layer.inputs[1]) if op.indices is None else g.positions(*op.indices)
    return g.node("Gather", x, at, axis=op.dim)


def gather_elements(g: Graph, layer: Layer) -> str:
    """GatherElements."""
    op: Any = layer.op
    x, at = layer.inputs
    return g.node("GatherElements", g.value(x), g.position(at), axis=op.dim)


def gather_nd(g: Graph, layer: Layer) -> str:
    """GatherND."""
    op: Any = layer.op
    x, at = layer.inputs
    return g.node("GatherND", g.value(x), g.position(at), batch_dims=op.batch_dims)


def scatter(g: Graph, layer: Layer) -> str:
    """ScatterElements along an axis, else ScatterND."""
    op: Any = layer.op
    x, at, updates = layer.inputs
    inputs = g.number(x), g.position(at), g.number(updates)
    reduction = REDUCTIONS[op.reduce]
    if op.dim is None:
        return g.node("ScatterND", *inputs, reduction=reduction)
    return g.node("ScatterElements", *inputs, axis=op.dim, reduction=reduction)


def one_hot(g: Graph, layer: Layer) -> str:
    """OneHot."""
    op: Any = layer.op
    dtype = layer.outputs[0].dtype
    inputs = g.position(layer.inputs[0]), g.positions(op.num_classes)
    return g.node("OneHot", *inputs, g.constant([op.cold, op.hot], dtype), axis=op.dim, makes=dtype)


def triangle(*, upper: bool) -> Act:
    """Trilu."""

    def act(g: Graph, layer: Layer) -> str:
        op: Any = layer.op
        diagonal = g.constant(op.diagonal, "int64")
        return g.node("Trilu", g.value(layer.inputs[0]), diagonal, upper=int(upper))

    return act


def reverse_sequence(g: Graph, layer: Layer) -> str:
    """ReverseSequence, whose axes are the first two: others are moved there and back."""
    op: Any = layer.op
    x, lengths = layer.inputs
    axes = [op.batch_dim, op.dim]
    if axes[0] == axes[1]:
        raise CannotSay("its lengths lie along the axis that is reversed")
    order = list(range(len(x.shape)))
    if sorted(axes) != [0, 1]:
        order = [*axes, *(axis for axis in order if axis not in axes)]
    value = g.moved(g.value(x), x.shape, order)
    many = g.reshaped(g.position(lengths), lengths.shape[:1])
    batch, time = (order.index(axis) for axis in axes)
    y = g.node("ReverseSequence", value, many, batch_axis=batch, time_axis=time)
    return g.moved(y, [x.shape[a] for a in order], [order.index(a) for a in range(len(order))])


def topk(g: Graph, layer: Layer) -> Sequence[str]:
    """TopK."""
    op: Any = layer.op
    (x,) = g.numbers(layer)
    given: dict[str, Any] = {"axis": op.dim, "largest": int(op.largest), "sorted": 1}
    return g.nodes_of("TopK", x, g.positions(op.k), makes=(g.dtypes[x], "int64"), **given)


# Blocks of positions, and channels


def _blocks(layer: Layer, field: str) -> tuple[tuple[int, ...], bool]:
    block = tuple(getattr(layer.op, field))
    return block, len(block) == 2 and block[0] == block[1]


def into_space(field: str, *, together: bool) -> Act:
    """DepthToSpace for square blocks of two axes, else a reshape, a transpose and a reshape."""

    def act(g: Graph, layer: Layer) -> str:
        block, plain = _blocks(layer, field)
        x, (batch, deep, *size) = g.value(layer.inputs[0]), layer.input_shapes[0]
        if plain:
            mode = "CRD" if together else "DCR"
            return g.node("DepthToSpace", x, blocksize=block[0], mode=mode)
        rank, channels = len(block), deep // prod(block)
        first = (channels, *block) if together else (*block, channels)
        own, within = (1, 2) if together else (1 + rank, 1)
        x = g.reshaped(x, (batch, *first, *size))
        mixed = [axis for k in range(rank) for axis in (2 + rank + k, within + k)]
        x = g.node("Transpose", x, perm=[0, own, *mixed])
        return g.reshaped(x, layer.outputs[0].shape)

    return act


def out_of_space(field: str, *, together: bool) -> Act:
    """SpaceToDepth for square blocks of two axes whose channels lie apart, else a reshape, a
    transpose and a reshape."""

    def act(g: Graph, layer: Layer) -> str:
        block, plain = _blocks(layer, field)
        x, (batch, channels, *size) = g.value(layer.inputs[0]), layer.input_shapes[0]
        if plain and not together:
            return g.node("SpaceToDepth", x, blocksize=block[0])
        rank = len(block)
        pairs = [part for n, r in zip(size, block, strict=True) for part in (n // r, r)]
        x = g.reshaped(x, (batch, channels, *pairs))
        places, inner = range(2, 2 + 2 * rank, 2), range(3, 3 + 2 * rank, 2)
        deep = (1, *inner) if together else (*inner, 1)
        x = g.node("Transpose", x, perm=[0, *deep, *places])
        return g.reshaped(x, layer.outputs[0].shape)

    return act


ACTS: Mapping[str, Act] = {
    "reshape": reshape,
    "view": reshape,
    "flatten": flatten,
    "permute": transpose,
    "transpose": transpose,
    "concat": concat,
    "split": split,
    "channel_shuffle": channel_shuffle,
    "roll": roll,
    "slice": cut,
    "crop": crop,
    "pad": pad,
    "expand": expand,
    "tile": tile,
    "gather": gather,
    "gather_elements": gather_elements,
    "gather_nd": gather_nd,
    "scatter": scatter,
    "one_hot": one_hot,
    "tril": triangle(upper=False),
    "triu": triangle(upper=True),
    "reverse_sequence": reverse_sequence,
    "topk": topk,
    "pixel_shuffle": into_space("upscale_factor", together=True),
    "depth_to_space": into_space("block_size", together=False),
    "pixel_unshuffle": out_of_space("downscale_factor", together=True),
    "space_to_depth": out_of_space("block_size", together=False),
}
