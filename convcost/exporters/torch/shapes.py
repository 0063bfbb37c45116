"""Layers that move elements: other shapes, orders and sizes, parts that are picked."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, cast

from convcost.exporters.refused import CannotSay
from convcost.exporters.torch.elements import LACKING
from convcost.exporters.torch.said import (
    Raw,
    Said,
    call,
    filled,
    literal,
    merged,
    module,
    runs,
    zeros,
)
from convcost.exporters.torch.windows import whole

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from convcost.network import Layer
    from convcost.tensor import Tensor


def listed(values: Sequence[object]) -> str:
    """Values as arguments."""
    return ", ".join(map(literal, values))


def concat(layer: Layer) -> Said:
    """Inputs one after the other."""
    parts = ", ".join(f"{{{n}}}" for n in range(len(layer.inputs)))
    return Said(filled(f"torch.cat(({parts}), dim=<dim>)", layer.op))


def of_each_sample(layer: Layer, said: Said, alone: AbstractSet[Tensor]) -> Said:
    """A concatenation of arrays that are one for all samples, such as a class token, and of tensors
    that have them: as often as there are samples.

    Args:
        layer: what reads them.
        said: how it is said.
        alone: arrays of which there is one.
    """
    batch = next((n for n, tensor in enumerate(layer.inputs) if tensor not in alone), None)
    if batch is None:
        return said
    run = said.run
    for number, tensor in enumerate(layer.inputs):
        if tensor in alone:
            rest = ", -1" * (len(tensor.shape) - 1)
            run = run.replace(f"{{{number}}}", f"{{{number}}}.expand({{{batch}}}.shape[0]{rest})")
    return said._replace(run=run)


def split(layer: Layer) -> Said:
    """Parts of given sizes, or of one."""
    op: Any = layer.op
    sizes: list[int] = [tensor.shape[op.dim] for tensor in layer.outputs]
    parts = merged(sizes)
    said = literal(parts) if not isinstance(parts, tuple) else f"[{listed(sizes)}]"
    return Said(f"{{0}}.split({said}, dim={op.dim})")


def reshape(layer: Layer) -> Said:
    """Other sizes for each sample, as it is written."""
    op: Any = layer.op
    return Said(f"{{0}}.reshape({{0}}.shape[0], {listed(op.shape)})")


def flatten(layer: Layer) -> Said:
    """Axes merged."""
    op: Any = layer.op
    named = {"start_dim": (op.start_dim, 1), "end_dim": (op.end_dim, -1)}
    return module("nn.Flatten", **named)


def permute(layer: Layer) -> Said:
    """Another order of the axes but the batch."""
    return Said(f"{{0}}.permute(0, {listed(layer.op.values()['dims'])})")


def sliced(layer: Layer) -> Said:
    """Positions from one to another; PyTorch does not step backwards, so axes are turned before."""
    x = layer.input_shapes[0]
    along: Mapping[int, tuple[int, int, int]] = cast("Any", layer.op).along(x)
    parts, turned = [":"] * len(x), list[int]()
    for axis, (start, end, step) in along.items():
        size = x[axis]
        first, last, by = slice(start, end if step > 0 or end >= -size else None, step).indices(
            size
        )
        if by < 0:
            turned.append(axis)
            first, last, by = size - 1 - first, size - 1 - last, -by
        ends = ("" if first == 0 else first, "" if last >= size else last)
        parts[axis] = f"{ends[0]}:{ends[1]}" + (f":{by}" if by > 1 else "")
    while parts[-1] == ":" and len(parts) > 1:
        parts.pop()
    flipped = f".flip({listed(sorted(turned))})" if turned else ""
    return Said(f"{{0}}{flipped}[{', '.join(parts)}]")


def crop(layer: Layer) -> Said:
    """A part of the map."""
    op: Any = layer.op
    sizes = zip(layer.input_shapes[0][2:], op.size, strict=True)
    starts = op.start or [(n - part) // 2 for n, part in sizes]
    kept = zip(starts, op.size, strict=True)
    return Said(f"{{0}}[:, :, {', '.join(f'{first}:{first + n}' for first, n in kept)}]")


def expand(layer: Layer) -> Said:
    """Repeated along axes of size 1."""
    return Said(f"{{0}}.expand({listed(layer.outputs[0].shape)})")


def gather(layer: Layer) -> Said:
    """Positions along an axis, of the op or of an input."""
    op: Any = layer.op
    before = ":, " * op.dim
    if op.indices is None:
        return Said(f"{{0}}[{before}{whole(layer, 1)}]")
    first, count = op.indices[0], len(op.indices)
    in_a_row = first >= 0 and list(op.indices) == list(range(first, first + count))
    at = f"{first}:{first + count}" if in_a_row else f"[{listed(op.indices)}]"
    return Said(f"{{0}}[{before}{at}]")


def scatter(layer: Layer) -> Said:
    """Updates put in place, along an axis or at addresses."""
    op: Any = layer.op
    at = whole(layer, 1)
    if op.dim is not None and op.reduce is None:
        return Said(f"{{0}}.scatter({op.dim}, {at}, {{2}})")
    if op.dim is not None:
        return Said(f'{{0}}.scatter_reduce({op.dim}, {at}, {{2}}, "{op.reduce}")')
    if op.reduce not in (None, "sum"):
        raise CannotSay("PyTorch puts updates at addresses, and adds them up, and no more")
    more = ", accumulate=True" if op.reduce else ""
    return Said(f"{{0}}.index_put({at}.unbind(-1), {{2}}{more})")


def gather_nd(layer: Layer) -> Said:
    """Parts at addresses."""
    op: Any = layer.op
    if not op.batch_dims:
        return Said(f"{{0}}[{whole(layer, 1)}.unbind(-1)]")
    x, at = layer.input_shapes
    shared, axes = op.batch_dims, op.axes
    strides = [prod(x[shared + n + 1 : shared + axes]) for n in range(axes)]
    flat = " + ".join(
        f"{whole(layer, 1)}[..., {n}]" + (f" * {by}" if by > 1 else "")
        for n, by in enumerate(strides)
    )
    places, rest = prod(at[shared:-1]), prod(x[shared + axes :])
    size = (prod(x[:shared]), prod(x[shared : shared + axes]), rest)
    picked = f"({flat}).reshape({size[0]}, {places}, 1).expand({size[0]}, {places}, {rest})"
    run = f"{{0}}.reshape{literal(size)}.gather(1, {picked})"
    return Said(f"{run}.reshape{literal(tuple(layer.outputs[0].shape))}")


def one_hot(layer: Layer) -> Said:
    """A new axis, which PyTorch puts last."""
    op: Any = layer.op
    rank = len(layer.outputs[0].shape)
    moved = "" if op.dim == rank - 1 else f".movedim(-1, {op.dim})"
    hot, cold = op.hot, op.cold
    values = "" if (hot, cold) == (1, 0) else f" * {literal(hot - cold)} + {literal(cold)}"
    at = f"{whole(layer, 0)} % {op.num_classes}"
    return Said(f"F.one_hot({at}, {op.num_classes}){moved}.float(){values}")


def parameter(layer: Layer) -> Said:
    """An array of the module."""
    op: Any = layer.op
    shape = (1, *op.shape) if op.batch else op.shape
    if op.learned:
        return Said("{self}", {"": zeros(shape)})
    dtype = layer.outputs[0].dtype
    if dtype in LACKING:
        raise CannotSay(f"PyTorch cannot compute with {dtype}")
    whole = dtype.startswith(("int", "uint", "bool"))
    named = {"dtype": (Raw(f"torch.{dtype}"), None)} if whole else {}
    return Said("{self}", {"": call("torch.zeros", *shape, **named)}, stored=True)


def pixels(function: str, size: str, before: bool, *, apart: bool) -> Callable[[Layer], Said]:
    """Blocks of positions in channels and back.

    Args:
        function: PyTorch's module, of square blocks in two axes; empty where it has none.
        size: the field of the size of a block.
        before: whether channels become positions.
        apart: whether the positions of a block come before the channels.
    """

    def say(layer: Layer) -> Said:
        block: tuple[int, ...] = getattr(layer.op, size)
        x = layer.input_shapes[0]
        if function and len(block) == 2 and block[0] == block[1]:
            return module(function, block[0])
        out = layer.outputs[0].shape
        small = (x if before else out)[2:]
        return Said((_out if before else _in)(block, small, out, apart=apart))

    return say


def _out(block: Sequence[int], small: Sequence[int], out: Sequence[int], *, apart: bool) -> str:
    """Channels into positions."""
    rank, channels = len(block), out[1]
    first = (*block, channels) if apart else (channels, *block)
    places = range(1, rank + 1) if apart else range(2, rank + 2)
    middle = 1 + rank if apart else 1
    order = [0, middle]
    for number, at in enumerate(places):
        order += [2 + rank + number, at]
    shape = f"{{0}}.shape[0], {listed((*first, *small))}"
    return (
        f"{{0}}.reshape({shape}).permute({listed(order)})"
        f".reshape({{0}}.shape[0], {listed(out[1:])})"
    )


def _in(block: Sequence[int], small: Sequence[int], out: Sequence[int], *, apart: bool) -> str:
    """Positions into channels."""
    rank = len(block)
    pairs = [n for pair in zip(small, block, strict=True) for n in pair]
    channels = out[1] // prod(block)
    inner, outer = [3 + 2 * n for n in range(rank)], [2 + 2 * n for n in range(rank)]
    order = [0, *inner, 1, *outer] if apart else [0, 1, *inner, *outer]
    shape = f"{{0}}.shape[0], {listed((channels, *pairs))}"
    return (
        f"{{0}}.reshape({shape}).permute({listed(order)})"
        f".reshape({{0}}.shape[0], {listed(out[1:])})"
    )


def pad(layer: Layer) -> Said:
    """Borders, the last axis first as PyTorch wants them."""
    op: Any = layer.op
    flat = tuple(amount for pair in reversed(op.padding) for amount in pair)
    mode = "" if op.mode == "constant" else f', mode="{op.mode}"'
    value = f", value={literal(op.value)}" if op.mode == "constant" and op.value else ""
    if op.mode != "constant" and len(op.padding) > len(layer.input_shapes[0]) - 2:
        raise CannotSay(f"PyTorch pads channels with a constant, and not with `{op.mode}`")
    return Said(f"F.pad({{0}}, {literal(flat)}{mode}{value})")


def upsample(layer: Layer) -> Said:
    """The map at other places."""
    op: Any = layer.op
    rank = len(layer.input_shapes[0]) - 2
    if op.step is not None:
        raise CannotSay("PyTorch's interpolation has no step and start of its own")
    if rank > 3:
        raise CannotSay(f"PyTorch interpolates 1 to 3 spatial axes, and here are {rank}")
    mode = {1: "linear", 2: "bilinear", 3: "trilinear"}[rank] if "linear" in op.mode else op.mode
    size = {"size": (merged(op.size), None)} if op.size is not None else {}
    scale = op.scale_factor
    if scale is not None:
        size = {"scale_factor": (merged(scale), None)}
    return module(
        "nn.Upsample", **size, mode=(mode, "nearest"), align_corners=(op.align_corners, False)
    )


def channel_shuffle(layer: Layer) -> Said:
    """Groups dealt out; PyTorch's module wants a map."""
    groups: int = layer.op.values()["groups"]
    _, channels, *places = layer.input_shapes[0]
    if places:
        return module("nn.ChannelShuffle", groups)
    sizes = f"{{0}}.shape[0], {groups}, {channels // groups}"
    return Said(f"{{0}}.reshape({sizes}).transpose(1, 2).flatten(1)")


def tiled(layer: Layer) -> Said:
    """Again and again."""
    return Said(f"{{0}}.tile({listed(layer.op.values()['repeats'])})")


WAYS: Mapping[str, Callable[[Layer], Said] | str] = {
    "parameter": parameter,
    "concat": concat,
    "split": split,
    "channel_shuffle": channel_shuffle,
    "roll": runs("{0}.roll(<shifts>, <dims>)"),
    "flatten": flatten,
    "reshape": reshape,
    "permute": permute,
    "view": lambda layer: Said(f"{{0}}.reshape({listed(layer.op.values()['shape']) or '()'})"),
    "transpose": lambda layer: Said(f"{{0}}.permute({listed(layer.op.values()['dims'])})"),
    "slice": sliced,
    "expand": expand,
    "tile": tiled,
    "gather": gather,
    "scatter": scatter,
    "where": lambda layer: Said(f"torch.where({_asked(layer)}, {{1}}, {{2}})"),
    "gather_elements": lambda layer: Said(
        filled(f"{{0}}.gather(<dim>, {whole(layer, 1)})", layer.op)
    ),
    "gather_nd": gather_nd,
    "one_hot": one_hot,
    "tril": runs("{0}.tril(<diagonal>)"),
    "triu": runs("{0}.triu(<diagonal>)"),
    "reverse_sequence": runs("reverse_sequence({0}, {1}, <dim>, <batch_dim>)", "reverse_sequence"),
    "pixel_shuffle": pixels("nn.PixelShuffle", "upscale_factor", before=True, apart=False),
    "pixel_unshuffle": pixels("nn.PixelUnshuffle", "downscale_factor", before=False, apart=False),
    "depth_to_space": pixels("", "block_size", before=True, apart=True),
    "space_to_depth": pixels("", "block_size", before=False, apart=True),
    "crop": crop,
    "pad": pad,
    "upsample": upsample,
}
"""By the op, what says it or why PyTorch cannot."""


def _asked(layer: Layer) -> str:
    return "{0}" if layer.inputs[0].dtype == "bool" else "{0} != 0"
