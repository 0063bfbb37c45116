"""Layers whose windows slide: convolutions and pools."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from convcost.exporters.refused import CannotSay
from convcost.exporters.torch.said import Call, Said, call, literal, merged, zeros

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from convcost.network import Layer

MOST_RANK = 3


def rank_of(layer: Layer, most: int = MOST_RANK, least: int = 1) -> int:
    """The number of spatial axes.

    Raises:
        CannotSay: PyTorch has no such layer for so many.
    """
    rank = len(layer.input_shapes[0]) - 2
    if not least <= rank <= most:
        some = f"{least} to {most}" if least < most else f"{least}"
        raise CannotSay(f"PyTorch has it for {some} spatial axes, and here are {rank}")
    return rank


def padded(x: str, pairs: Sequence[tuple[int, int]], value: float = 0.0) -> str:
    """An expression for a map with borders, the last axis first as PyTorch wants them."""
    if not any(map(any, pairs)):
        return x
    flat = tuple(amount for pair in reversed(pairs) for amount in pair)
    return f"F.pad({x}, {literal(flat)}{f', value={literal(value)}' if value else ''})"


def bordered(
    make: dict[str, Call], pairs: Sequence[tuple[int, int]], value: float | None = None
) -> str:
    """An expression for a map with borders, and a module among others that puts them there, so
    that blocks which differ in them are of one class."""
    if not any(map(any, pairs)):
        return "{0}"
    flat = tuple(amount for pair in reversed(pairs) for amount in pair)
    zeros = call(f"nn.ZeroPad{len(pairs)}d", flat)
    other = call(f"nn.ConstantPad{len(pairs)}d", flat, value)
    make["pad"] = zeros if value is None else other
    return "{self_pad}({0})"


class Borders:
    """The padding of a window: what a module does itself, and what is put around the map before."""

    def __init__(self, pairs: Sequence[tuple[int, int]], most: Sequence[int] | None = None) -> None:
        even = all(before == after for before, after in pairs)
        fits = most is None or all(a <= b for (a, _), b in zip(pairs, most, strict=True))
        inside = even and fits
        zero = ((0, 0),) * len(pairs)
        self.own = merged([before for before, _ in (pairs if inside else zero)])
        self.around = zero if inside else tuple(pairs)


def pairs_of(op: Any, x: Sequence[int]) -> list[tuple[int, int]]:
    """The padding of each axis, whatever word it was written as."""
    windows: Any = op.windows(x) if callable(op.windows) else op.windows
    return [(window.before, window.after) for window in windows]


def conv(layer: Layer) -> Said:
    """A convolution, whose weights may be inputs."""
    op: Any = layer.op
    x = layer.input_shapes[0]
    rank = rank_of(layer)
    pairs = pairs_of(op, x)
    borders = Borders(pairs)
    own: object = borders.own
    around = borders.around
    if op.padding == "same" and any(map(any, around)) and merged(op.stride) == 1:
        own, around = "same", ((0, 0),) * rank
    make: dict[str, Call] = {}
    source = bordered(make, around)
    named = {
        "stride": (merged(op.stride), 1),
        "padding": (own, 0),
        "dilation": (merged(op.dilation), 1),
        "groups": (op.groups, 1),
    }
    if len(layer.inputs) > 1:
        return _with_given(layer, f"F.conv{rank}d", source, named, make)
    kernel = merged(op.kernel_size)
    made = call(f"nn.Conv{rank}d", x[1], op.out_channels, kernel, **named, bias=(op.bias, True))
    return Said(f"{{self}}({source})", {**make, "": made})


def _with_given(
    layer: Layer,
    function: str,
    source: str,
    named: Mapping[str, tuple[object, object]],
    make: dict[str, Call],
) -> Said:
    """A function whose weight is an input, and whose bias is one, is learned or is not there."""
    op: Any = layer.op
    arguments = [source, "{1}"]
    if len(layer.inputs) > 2:
        arguments.append("{2}")
    elif op.bias:
        make["bias"] = zeros((op.out_channels,))
        arguments.append("{self_bias}")
    arguments += [f"{n}={literal(v)}" for n, (v, default) in named.items() if v != default]
    return Said(f"{function}({', '.join(arguments)})", make)


def conv_transpose(layer: Layer) -> Said:
    """A transposed convolution, which PyTorch crops alike at both ends, or less after: what is too
    much is cut off."""
    op: Any = layer.op
    x, (out, *_) = layer.input_shapes[0], layer.outputs
    rank = rank_of(layer)
    pairs: Sequence[tuple[int, int]] = op.padding
    more = [extra + b - a for extra, (b, a) in zip(op.output_padding, pairs, strict=True)]
    most = map(max, op.stride, op.dilation)
    less_after = all(0 <= extra < size for extra, size in zip(more, most, strict=True))
    cropped = [before if less_after else min(before, after) for before, after in pairs]
    named = {
        "stride": (merged(op.stride), 1),
        "padding": (merged(cropped), 0),
        "output_padding": (merged(more if less_after else op.output_padding), 0),
        "groups": (op.groups, 1),
        "dilation": (merged(op.dilation), 1),
    }
    if len(layer.inputs) > 1:
        said = _with_given(layer, f"F.conv_transpose{rank}d", "{0}", named, {})
    else:
        named |= {"bias": (op.bias, True)}
        kernel = merged(op.kernel_size)
        made = call(f"nn.ConvTranspose{rank}d", x[1], op.out_channels, kernel, **named)
        said = Said("{self}({0})", {"": made})
    starts = [before - own for (before, _), own in zip(pairs, cropped, strict=True)]
    if less_after or all(before == after for before, after in pairs):
        return said
    parts = zip(starts, out.shape[2:], strict=True)
    kept = ", ".join(f"{start or ''}:{start + size}" for start, size in parts)
    return said._replace(run=f"{said.run}[:, :, {kept}]")


def deform_conv(layer: Layer) -> Said:
    """torchvision's, which is of two axes."""
    op: Any = layer.op
    x = layer.input_shapes[0]
    if len(x) != 4:
        raise CannotSay(f"torchvision has it for 2 spatial axes, and here are {len(x) - 2}")
    borders = Borders(pairs_of(op, x))
    made = call(
        "torchvision.ops.DeformConv2d",
        *(x[1], op.out_channels, merged(op.kernel_size)),
        stride=(merged(op.stride), 1),
        padding=(borders.own, 0),
        dilation=(merged(op.dilation), 1),
        groups=(op.groups, 1),
        bias=(op.bias, True),
    )
    others = ", ".join(f"{{{number}}}" for number in range(1, len(layer.inputs)))
    return Said(f"{{self}}({padded('{0}', borders.around)}, {others})", {"": made})


def deform_sample(layer: Layer) -> Said:
    """Samples of each channel, on a grid moved by the offsets."""
    rank_of(layer, 2, 2)
    return Said("deform_sample({0}, {1})", helpers=("deform_sample",))


def involution(layer: Layer) -> Said:
    """Windows laid out, times weights that are an input."""
    op: Any = layer.op
    batch, channels, *_ = layer.input_shapes[0]
    out = layer.outputs[0].shape
    taps, groups = prod(op.kernel_size), op.groups
    columns = (batch, groups, channels // groups, taps, prod(out[2:]))
    kernels = (batch, groups, taps, prod(out[2:]))
    run = (
        f'torch.einsum("bgctp,bgtp->bgcp", {_columns(layer)}.reshape{literal(columns)}, '
        f"{{1}}.reshape{literal(kernels)}).reshape{literal(out)}"
    )
    return Said(run)


def locally_connected(layer: Layer) -> Said:
    """Windows laid out, times weights of each position."""
    op: Any = layer.op
    x, out = layer.input_shapes[0], layer.outputs[0].shape
    inner, taps, places = x[1] // op.groups, prod(op.kernel_size), prod(out[2:])
    columns = (x[0], op.groups, inner, taps, places)
    filters = (op.groups, op.out_channels // op.groups, inner, places, taps)
    make = {"weight": zeros((op.out_channels, inner, *out[2:], *op.kernel_size))}
    run = (
        f'torch.einsum("bgitp,goipt->bgop", {_columns(layer)}.reshape{literal(columns)}, '
        f"{{self_weight}}.reshape{literal(filters)}).reshape{literal(out)}"
    )
    if op.bias:
        make["bias"] = zeros(out[1:])
        run += " + {self_bias}"
    return Said(run, make)


def _columns(layer: Layer) -> str:
    """Windows of a map laid out as ``F.unfold`` does; a map of one axis gets a second one."""
    op: Any = layer.op
    rank = rank_of(layer, 2)
    x = "{0}" if rank == 2 else "{0}.unsqueeze(-1)"
    more = (0,) * (2 - rank)
    pairs = [*pairs_of(op, layer.input_shapes[0]), *((0, 0) for _ in more)]
    borders = Borders(pairs)
    ones = tuple(1 for _ in more)
    named = {
        "dilation": (merged((*op.dilation, *ones)), 1),
        "padding": (borders.own, 0),
        "stride": (merged((*op.stride, *ones)), 1),
    }
    given = [literal(merged((*op.kernel_size, *ones)))]
    given += [f"{n}={literal(v)}" for n, (v, default) in named.items() if v != default]
    return f"F.unfold({padded(x, borders.around)}, {', '.join(given)})"


def unfold(layer: Layer) -> Said:
    """Windows laid out."""
    return Said(_columns(layer))


def fold(layer: Layer) -> Said:
    """Columns added up where their windows lie."""
    op: Any = layer.op
    rank = len(op.output_size)
    if rank > 2:
        raise CannotSay(f"PyTorch has it for 1 or 2 spatial axes, and here are {rank}")
    more = (1,) * (2 - rank)
    named = {
        "dilation": (merged((*(op.dilation or (1,) * rank), *more)), 1),
        "padding": (merged((*(op.padding or (0,) * rank), *(0 for _ in more))), 0),
        "stride": (merged((*(op.stride or (1,) * rank), *more)), 1),
    }
    sizes = ((*op.output_size, *more), merged((*op.kernel_size, *more)))
    given = [*map(literal, sizes)]
    given += [f"{n}={literal(v)}" for n, (v, default) in named.items() if v != default]
    return Said(f"F.fold({{0}}, {', '.join(given)}){'.squeeze(-1)' if more else ''}")


def max_pool(layer: Layer) -> Said:
    """Padding never wins: PyTorch's own, or one of minus infinity where it has none such."""
    op: Any = layer.op
    rank = rank_of(layer)
    half = [(size - 1) * step // 2 for size, step in zip(op.kernel_size, op.dilation, strict=True)]
    half = [min(most, size // 2) for most, size in zip(half, op.kernel_size, strict=True)]
    borders = Borders(op.padding, half)
    if op.return_indices and any(map(any, borders.around)):
        raise CannotSay("PyTorch counts positions on a map whose padding is alike at both ends")
    if op.indices_of_all:
        raise CannotSay("PyTorch counts positions on each map apart")
    made = call(
        f"nn.MaxPool{rank}d",
        merged(op.kernel_size),
        stride=_stride(op),
        padding=(borders.own, 0),
        dilation=(merged(op.dilation), 1),
        return_indices=(op.return_indices, False),
        ceil_mode=(op.ceil_mode, False),
    )
    make: dict[str, Call] = {}
    x = bordered(make, borders.around, float("-inf"))
    return Said(f"{{self}}({x})", {**make, "": made})


def _stride(op: Any) -> tuple[object, object]:
    """A pool's stride, and its default."""
    kernel = merged(op.kernel_size)
    return (kernel if op.stride is None else merged(op.stride), kernel)


def avg_pool(layer: Layer) -> Said:
    """A mean of windows."""
    op: Any = layer.op
    rank = rank_of(layer)
    if any(step > 1 for step in op.dilation):
        raise CannotSay("PyTorch's average pools have no dilation")
    borders = Borders(op.padding, [size // 2 for size in op.kernel_size])
    around = any(map(any, borders.around))
    if around and op.ceil_mode:
        raise CannotSay(
            "PyTorch pads both ends alike, and with ceil_mode a map that is padded before is pooled"
            " otherwise"
        )
    made = call(
        f"nn.AvgPool{rank}d",
        merged(op.kernel_size),
        stride=_stride(op),
        padding=(borders.own, 0),
        ceil_mode=(op.ceil_mode, False),
        count_include_pad=(op.count_include_pad, True),
    )
    make: dict[str, Call] = {}
    run = f"{{self}}({bordered(make, borders.around)})"
    if around and not op.count_include_pad:  # the share of each window that is not padding
        run += " / {self}({self_pad}(torch.ones_like({0}[:1, :1])))"
    return Said(run, {**make, "": made})


def lp_pool(layer: Layer) -> Said:
    """PyTorch's has no padding, and takes powers of numbers below 0 as they are."""
    op: Any = layer.op
    rank = rank_of(layer)
    if any(step > 1 for step in op.dilation):
        raise CannotSay("PyTorch's power pools have no dilation")
    x = padded("{0}" if op.norm_type % 2 == 0 else "{0}.abs()", op.padding)
    made = call(
        f"nn.LPPool{rank}d",
        op.norm_type,
        merged(op.kernel_size),
        stride=_stride(op),
        ceil_mode=(op.ceil_mode, False),
    )
    return Said(f"{{self}}({x})", {"": made})


def max_unpool(layer: Layer) -> Said:
    """Maxima put back where they stood."""
    op: Any = layer.op
    rank = rank_of(layer)
    named = {
        "stride": _stride(op),
        "padding": (merged([before for before, _ in op.padding]), 0),
    }
    if any(before != after for before, after in op.padding):
        raise CannotSay("PyTorch's unpooling has padding alike at both ends")
    made = call(f"nn.MaxUnpool{rank}d", merged(op.kernel_size), **named)
    size = literal(tuple(layer.outputs[0].shape[2:]))
    return Said(f"{{self}}({{0}}, {whole(layer, 1)}, output_size={size})", {"": made})


def whole(layer: Layer, number: int) -> str:
    """An input that holds positions, as PyTorch wants it."""
    floating = not layer.inputs[number].dtype.startswith(("int", "uint"))
    return f"{{{number}}}.long()" if floating else f"{{{number}}}"


def adaptive(kind: str) -> Callable[[Layer], Said]:
    """A pool to so many positions."""

    def say(layer: Layer) -> Said:
        op: Any = layer.op
        return Said(
            "{self}({0})",
            {"": call(f"nn.Adaptive{kind}Pool{rank_of(layer)}d", merged(op.output_size))},
        )

    return say


def to_one(kind: str) -> Callable[[Layer], Said]:
    """A pool to one position."""
    return lambda layer: Said(
        "{self}({0})", {"": call(f"nn.Adaptive{kind}Pool{rank_of(layer)}d", 1)}
    )


WAYS: Mapping[str, Callable[[Layer], Said] | str] = {
    "conv": conv,
    "conv_transpose": conv_transpose,
    "deform_conv": deform_conv,
    "deform_sample": deform_sample,
    "involution": involution,
    "locally_connected": locally_connected,
    "unfold": unfold,
    "fold": fold,
    "max_pool": max_pool,
    "avg_pool": avg_pool,
    "lp_pool": lp_pool,
    "max_unpool": max_unpool,
    "adaptive_max_pool": adaptive("Max"),
    "adaptive_avg_pool": adaptive("Avg"),
    "global_max_pool": to_one("Max"),
    "global_avg_pool": to_one("Avg"),
}
"""By the op, what says it or why PyTorch cannot."""
