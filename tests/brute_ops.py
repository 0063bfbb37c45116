"""What every op does, by plain loops or NumPy, on arrays whose elements know what they came from.

An element is the set of input elements that it was made of: ``(number of the input, index)``.
Padding is the empty set. So running an op shows its output shape, what each output element read,
and by counting in the loops its products. Nothing here is shared with the package.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

import brute
import numpy as np
from brute import CannotRunError
from brute_sampling import pixels, upsample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

Array = Any  # an object array of frozensets
Index = tuple[int, ...]
NOTHING: frozenset[tuple[int, Index]] = frozenset()


class Ran(NamedTuple):
    """Outputs of an op, the products it accumulated (all of them, and those of real inputs), and
    how many weights it multiplied by."""

    outputs: list[Array]
    macs: int = 0
    macs_in_bounds: int = 0
    weights: int = 0


def inputs_of(shapes: Sequence[Index]) -> list[Array]:
    """Arrays whose elements know their own place."""
    arrays = [filled(shape) for shape in shapes]
    for number, array in enumerate(arrays):
        for index in np.ndindex(*array.shape):
            array[index] = frozenset(((number, index),))
    return arrays


def filled(shape: Sequence[int]) -> Array:
    return np.full(tuple(shape), NOTHING, dtype=object)


def union(sets: Iterable[frozenset[Any]]) -> frozenset[Any]:
    return NOTHING.union(*sets)


def spots(f: dict[str, Any], x: Array) -> Iterator[tuple[Index, list[list[int]]]]:
    """Each output position of a window of any rank, and the positions its taps read an axis."""
    sizes = x.shape[2:]
    if f["padding"] == "same":
        axes = zip(sizes, f["kernel_size"], f["stride"], f["dilation"], strict=True)
        padding = [brute.same_padding(*axis) for axis in axes]
    else:
        padding = f["padding"]
    slide = brute.starts_ceil if f.get("ceil_mode") else brute.starts
    starts: list[list[int]] = []
    axes = zip(sizes, f["kernel_size"], f["stride"], padding, f["dilation"], strict=True)
    for size, kernel, stride, (before, after), dilation in axes:
        starts.append(slide(size, kernel, stride, before, after, dilation))
        if not starts[-1]:
            raise CannotRunError("no window fits")
    for unit in product(*(range(len(axis)) for axis in starts)):
        firsts = (axis[u] for axis, u in zip(starts, unit, strict=True))
        dilated = zip(firsts, f["kernel_size"], f["dilation"], strict=True)
        yield unit, [[first + tap * d for tap in range(k)] for first, k, d in dilated]


def at(x: Array, n: int, channel: int, positions: Index) -> frozenset[Any]:
    """An element, or nothing where the position lies in padding."""
    inside = all(0 <= p < size for p, size in zip(positions, x.shape[2:], strict=True))
    return x[(n, channel, *positions)] if inside else NOTHING


def group_members(channels: int, out_channels: int, groups: int) -> list[tuple[int, int]]:
    """The (input, output) channels that a grouped convolution connects."""
    if channels % groups or out_channels % groups:
        raise CannotRunError("groups do not divide channels")
    inputs = np.split(np.arange(channels), groups)
    outputs = np.split(np.arange(out_channels), groups)
    both = zip(inputs, outputs, strict=True)
    return [(int(c), int(o)) for cs, os in both for c, o in product(cs, os)]


def conv(f: dict[str, Any], x: Array) -> Ran:
    members = group_members(x.shape[1], f["out_channels"], f["groups"])
    units = list(spots(f, x))
    lengths = [last + 1 for last in units[-1][0]]
    out = filled((x.shape[0], f["out_channels"], *lengths))
    macs = real = 0
    for n, (c, o), (unit, taps) in product(range(x.shape[0]), members, units):
        for positions in product(*taps):
            element = at(x, n, c, positions)
            out[(n, o, *unit)] |= element
            macs += 1
            real += bool(element)
    taps = list(product(*map(range, f["kernel_size"])))
    return Ran([out], macs, real, len(members) * len(taps))


def conv_transpose(f: dict[str, Any], x: Array) -> Ran:
    members = group_members(x.shape[1], f["out_channels"], f["groups"])
    axes = zip(
        x.shape[2:],
        f["kernel_size"],
        f["stride"],
        f["padding"],
        f["dilation"],
        f["output_padding"],
        strict=True,
    )
    kept = [
        brute.cropped(brute.scattered(size, k, s, d), before, after, extra)
        for size, k, s, (before, after), d, extra in axes
    ]
    if not all(kept):
        raise CannotRunError("nothing is left")
    out = filled((x.shape[0], f["out_channels"], *map(len, kept)))
    real = 0
    for n, (c, o), unit in product(range(x.shape[0]), members, np.ndindex(*out.shape[2:])):
        for pairs in product(*(axis[u] for axis, u in zip(kept, unit, strict=True))):
            out[(n, o, *unit)] |= x[(n, c, *(i for i, _ in pairs))]
            real += 1
    taps = list(product(*map(range, f["kernel_size"])))
    scattered = len(list(product(np.ndindex(*x.shape[2:]), taps)))
    return Ran([out], x.shape[0] * len(members) * scattered, real, len(members) * len(taps))


def deform_conv(f: dict[str, Any], x: Array, offsets: Array, mask: Array | None = None) -> Ran:
    """As long as all offsets are 0. Where a product meets the map is for the data to say."""
    ran = conv(f, x)
    (out,) = ran.outputs
    taps = list(product(*map(range, f["kernel_size"])))
    parts = [np.arange(x.shape[1])]
    if x.shape[1] % f["offset_groups"]:
        raise CannotRunError("offset groups do not divide channels")
    parts = np.split(parts[0], f["offset_groups"])
    axes = range(x.ndim - 2)
    if offsets.shape[1:] != (len(list(product(parts, taps, axes))), *out.shape[2:]):
        raise CannotRunError("there are other places to move")
    if mask is not None and mask.shape[1:] != (len(list(product(parts, taps))), *out.shape[2:]):
        raise CannotRunError("there are other places to weigh")
    steering = [a for a in (offsets, mask) if a is not None]
    for n, (c, o), unit in product(
        range(x.shape[0]),
        group_members(x.shape[1], f["out_channels"], f["groups"]),
        np.ndindex(*out.shape[2:]),
    ):
        (own,) = (g for g, part in enumerate(parts) if c in part)
        for a in steering:
            of_groups = np.split(a[(n, slice(None), *unit)], len(parts))
            out[(n, o, *unit)] |= union(of_groups[own])
    return ran._replace(macs_in_bounds=ran.macs)


def deform_sample(_: dict[str, Any], x: Array, offsets: Array) -> Ran:
    """As long as all offsets are 0."""
    if x.ndim < 3 or offsets.shape != (x.shape[0], x.shape[1] * (x.ndim - 2), *x.shape[2:]):
        raise CannotRunError("there are other places to move")
    out = x.copy()
    for n, c, *at_ in np.ndindex(*x.shape):
        for axis in range(x.ndim - 2):
            out[(n, c, *at_)] |= offsets[(n, c * (x.ndim - 2) + axis, *at_)]
    return Ran([out])


def pool(f: dict[str, Any], x: Array) -> Ran:
    f = {"dilation": (1,) * (x.ndim - 2), **f, "stride": f["stride"] or f["kernel_size"]}
    units = list(spots(f, x))
    out = filled((*x.shape[:2], *(last + 1 for last in units[-1][0])))
    for n, c, (unit, taps) in product(range(x.shape[0]), range(x.shape[1]), units):
        out[(n, c, *unit)] = union(at(x, n, c, positions) for positions in product(*taps))
    return Ran([out])


def adaptive_pool(f: dict[str, Any], x: Array) -> Ran:
    out = filled((*x.shape[:2], *f["output_size"]))
    for index in np.ndindex(*out.shape):
        axes = zip(index[2:], x.shape[2:], out.shape[2:], strict=True)
        shares = [brute.adaptive(n, m)(unit) for unit, n, m in axes]
        out[index] = union(x[(*index[:2], *positions)] for positions in product(*shares))
    return Ran([out])


def global_pool(_: dict[str, Any], x: Array) -> Ran:
    return adaptive_pool({"output_size": (1,) * (x.ndim - 2)}, x)


def matrix_product(a: Array, b: Array) -> Ran:
    if a.ndim < 2 or b.ndim < 2 or a.shape[-1] != b.shape[-2]:
        raise CannotRunError("the inner sizes differ")
    batch = broadcast_shape(a.shape[:-2], b.shape[:-2])
    a = np.broadcast_to(a, (*batch, *a.shape[-2:]))
    b = np.broadcast_to(b, (*batch, *b.shape[-2:]))
    out = filled((*batch, a.shape[-2], b.shape[-1]))
    macs = 0
    for (*at_batch, row, column), k in product(np.ndindex(*out.shape), range(a.shape[-1])):
        out[(*at_batch, row, column)] |= a[(*at_batch, row, k)] | b[(*at_batch, k, column)]
        macs += 1
    return Ran([out], macs, macs)


def linear(f: dict[str, Any], x: Array) -> Ran:
    weight = filled((x.shape[-1], f["out_features"]))
    return matrix_product(x, weight)._replace(weights=weight.size)


def broadcast_shape(*shapes: Index) -> Index:
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError as error:
        raise CannotRunError(str(error)) from None


def element_wise(_: dict[str, Any], *arrays: Array) -> Ran:
    shape = broadcast_shape(*(a.shape for a in arrays))
    out = filled(shape)
    for a in arrays:
        out = out | np.broadcast_to(a, shape)
    return Ran([out])


def neighbours(f: dict[str, Any], x: Array) -> Ran:
    out = filled(x.shape)
    for n, c, *positions in np.ndindex(*x.shape):
        reach = range(c - f["size"] // 2, c - f["size"] // 2 + f["size"])
        out[(n, c, *positions)] = union(
            at(x, n, o, tuple(positions)) for o in {c, *reach} if 0 <= o < x.shape[1]
        )
    return Ran([out])


def normalised(f: dict[str, Any], x: Array, groups: dict[Index, Any], weights: int) -> Ran:
    """Elements that are normalised together read one another; ``groups`` names each one's."""
    members: dict[Any, list[Index]] = {}
    for index, group in groups.items():
        members.setdefault(group, []).append(index)
    out = filled(x.shape)
    for index, group in groups.items():
        out[index] = union(x[other] for other in members[group])
    return Ran([out], weights=weights if f.get("affine", f.get("elementwise_affine")) else 0)


def from_the_front(dim: Sequence[int], x: Array) -> list[int]:
    axes = [list(range(x.ndim))[axis] for axis in dim]  # IndexError where there is none
    if 0 in [axis for axis in axes if axis not in dim] or len(set(axes)) < len(axes):
        raise CannotRunError("the batch, counted from the end, or an axis twice")
    return axes


def layer_norm(f: dict[str, Any], x: Array) -> Ran:
    try:
        axes = from_the_front(f["dim"], x)
    except IndexError as error:
        raise CannotRunError(str(error)) from None
    apart = {
        index: tuple(i for axis, i in enumerate(index) if axis not in axes)
        for index in np.ndindex(*x.shape)
    }
    weights = len({tuple(index[axis] for axis in axes) for index in apart})
    return normalised(f, x, apart, weights)


def group_norm(f: dict[str, Any], x: Array) -> Ran:
    members = group_members(x.shape[1], f["num_groups"], f["num_groups"])
    dealt = dict(members)  # channel to group
    groups = {index: (index[0], dealt[index[1]]) for index in np.ndindex(*x.shape)}
    return normalised(f, x, groups, x.shape[1])


def instance_norm(f: dict[str, Any], x: Array) -> Ran:
    return group_norm({**f, "num_groups": x.shape[1]}, x)


def prelu(f: dict[str, Any], x: Array) -> Ran:
    try:
        np.broadcast_to(np.zeros(f["num_parameters"]), (x.shape[1],))
    except ValueError as error:
        raise CannotRunError(str(error)) from None
    return Ran([x], weights=f["num_parameters"])


def reduction(f: dict[str, Any], x: Array) -> Array:
    axes = from_the_front(f["dim"] if isinstance(f["dim"], tuple) else (f["dim"],), x)
    out = filled([1 if axis in axes else size for axis, size in enumerate(x.shape)])
    for index in np.ndindex(*x.shape):
        out[tuple(0 if axis in axes else i for axis, i in enumerate(index))] |= x[index]
    return out if f["keepdim"] else np.asarray(out.squeeze(tuple(axes)), dtype=object)


def power(f: dict[str, Any], *arrays: Array) -> Ran:
    if (f["exponent"] is None) == (len(arrays) == 1):
        raise CannotRunError("give either exponent or a second input")
    return element_wise(f, *arrays)


def softmax(f: dict[str, Any], x: Array) -> Ran:
    out = filled(x.shape)
    for index in np.ndindex(*x.shape):
        along = list(index)
        for position in range(x.shape[f["dim"]]):
            along[f["dim"]] = position
            out[index] |= x[tuple(along)]
    return Ran([out])


def topk(f: dict[str, Any], x: Array) -> Ran:
    """As softmax, but for the length."""
    if f["k"] > x.shape[f["dim"]]:
        raise CannotRunError("there are not so many")
    (out,) = softmax(f, x).outputs
    part = np.take(out, range(f["k"]), axis=f["dim"])
    return Ran([part, part])


def cumsum(f: dict[str, Any], x: Array) -> Array:
    x = np.moveaxis(x, f["dim"], 0)
    if f["reverse"]:
        x = x[::-1]
    out = filled(x.shape)
    for end in range(len(x)):
        for position in range(end if f["exclusive"] else end + 1):
            out[end] |= x[position]
    return np.moveaxis(out[::-1] if f["reverse"] else out, 0, f["dim"])


def einsum(f: dict[str, Any], a: Array, b: Array) -> Ran:
    """A loop over every index, which is what the notation says."""
    left, right, out_ = f["equation"].replace("->", ",").split(",")
    sizes: dict[str, int] = {}
    for labels, array in ((left, a), (right, b)):
        if len(labels) != array.ndim:
            raise CannotRunError("another rank")
        for label, size in zip(labels, array.shape, strict=True):
            if sizes.setdefault(label, size) != size:
                raise CannotRunError("sizes differ")
    out = filled([sizes[label] for label in out_])
    products = 0
    for place in product(*map(range, sizes.values())):
        at = dict(zip(sizes, place, strict=True))
        picked = [tuple(at[label] for label in labels) for labels in (left, right, out_)]
        out[picked[2]] |= a[picked[0]] | b[picked[1]]
        products += 1
    summed = set(sizes) - set(out_)
    return Ran([out], products if summed else 0, products if summed else 0)


def grid_sample(_: dict[str, Any], x: Array, grid: Array) -> Ran:
    """Each position of the grid may read any of the map."""
    if x.ndim < 3 or grid.shape[0] != x.shape[0] or grid.ndim != x.ndim:
        raise CannotRunError("another rank or batch")
    if grid.shape[-1] != x.ndim - 2:
        raise CannotRunError("not a place")
    out = filled((*x.shape[:2], *grid.shape[1:-1]))
    for n, c, *place in np.ndindex(*out.shape):
        out[(n, c, *place)] = union(x[n, c].flat) | union(grid[(n, *place)])
    return Ran([out])


def gather(f: dict[str, Any], x: Array, *indices: Array) -> Array:
    if (f["indices"] is None) == (not indices):
        raise ValueError("give either indices or a second input")
    if not indices:
        return np.take(x, f["indices"], axis=f["dim"])
    x, at = np.moveaxis(x, f["dim"], 0), indices[0]
    out = filled((*at.shape, *x.shape[1:]))  # any position of the axis
    for place in np.ndindex(*at.shape):
        for position in range(len(x)):
            out[place] = out[place] | x[position] | at[place]
    return np.moveaxis(out, range(at.ndim), range(f["dim"], f["dim"] + at.ndim))


def scatter(f: dict[str, Any], x: Array, at: Array, updates: Array) -> Array:
    """Each element may come from anywhere among the updates, and any index may say so."""
    if f["dim"] is not None and (at.ndim != x.ndim or at.shape != updates.shape):
        raise ValueError("as many indices as updates")
    out = x.copy()
    for index in np.ndindex(*out.shape):
        out[index] |= union(at.flat) | union(updates.flat)
    return out


def sliced(f: dict[str, Any], x: Array) -> Array:
    steps = f["steps"] or (1,) * len(f["dims"])
    for axis, start, end, step in zip(f["dims"], f["starts"], f["ends"], steps, strict=True):
        size = x.shape[axis]
        inside = range(size)
        first, past = (n + size if n < 0 else n for n in (start, end))
        if step > 0:
            kept = [
                p for p in inside if p >= first and p < past and (p - max(first, 0)) % step == 0
            ]
        else:
            top = min(first, size - 1)
            kept = [p for p in reversed(inside) if past < p <= top and (top - p) % -step == 0]
        if not kept:
            raise ValueError("nothing is left")
        x = np.take(x, kept, axis=axis)
    return x


def by_numpy(act: Callable[..., Array | list[Array]]) -> Callable[..., Ran]:
    """An op that NumPy has; what NumPy refuses cannot run."""

    def run(f: dict[str, Any], *arrays: Array) -> Ran:
        try:
            result = act(f, *arrays)
        except (ValueError, IndexError) as error:
            raise CannotRunError(str(error)) from None
        return Ran(list(result) if isinstance(result, list) else [result])

    return run


def split(f: dict[str, Any], x: Array) -> list[Array]:
    if (f["parts"] is None) == (f["sizes"] is None):
        raise ValueError("give either parts or sizes")
    if f["parts"] is not None:
        return np.split(x, f["parts"], axis=f["dim"])
    *cuts, end = np.cumsum(f["sizes"])
    if end != x.shape[f["dim"]]:
        raise ValueError("sizes do not add up")
    return np.split(x, cuts, axis=f["dim"])


def shuffle(f: dict[str, Any], x: Array) -> Array:
    apart = np.stack(np.split(x, f["groups"], axis=1), axis=2)
    return apart.reshape(x.shape)


def flatten(f: dict[str, Any], x: Array) -> Array:
    axes = list(range(x.ndim))
    merged = axes[f["start_dim"] : None if f["end_dim"] == -1 else f["end_dim"] + 1]
    if not merged or f["end_dim"] >= x.ndim:
        raise ValueError("no such axes")
    size = len(list(product(*(range(x.shape[axis]) for axis in merged))))
    return x.reshape(*x.shape[: merged[0]], size, *x.shape[merged[-1] + 1 :])


def crop(f: dict[str, Any], x: Array) -> Array:
    for axis, size in enumerate(f["size"], start=2):
        kept = list(range(x.shape[axis]))
        if f["start"] is None:
            while len(kept) > size:  # one from the end, one from the start, until it fits
                kept.pop()
                if len(kept) > size:
                    kept.pop(0)
        else:
            kept = kept[f["start"][axis - 2] :][:size]
        if len(kept) < size:
            raise ValueError("the crop does not fit")
        x = np.take(x, kept, axis=axis)
    return x


def pad(f: dict[str, Any], x: Array) -> Array:
    for axis, (before, after) in enumerate(f["padding"], start=2):
        size = x.shape[axis]
        moved = np.moveaxis(x, axis, 0)
        layers: list[Array] = []
        for position in range(-before, size + after):
            if f["mode"] == "reflect":
                position = 2 * (size - 1) - position if position >= size else abs(position)
                if not 0 <= position < size:
                    raise ValueError("nothing there to reflect")
            elif f["mode"] == "replicate":
                position = min(max(position, 0), size - 1)
            inside = 0 <= position < size
            layers.append(moved[position] if inside else filled(moved.shape[1:]))
        x = np.moveaxis(np.stack(layers), 0, axis)
    return x


def unchanged(_: dict[str, Any], x: Array) -> Array:
    return x


RUN: dict[str, Callable[..., Ran]] = {
    "conv": conv,
    "conv_transpose": conv_transpose,
    "deform_conv": deform_conv,
    "deform_sample": deform_sample,
    "einsum": einsum,
    "grid_sample": grid_sample,
    "linear": linear,
    "matmul": lambda _, *arrays: matrix_product(*arrays),
    "max_pool": pool,
    "avg_pool": pool,
    "adaptive_max_pool": adaptive_pool,
    "adaptive_avg_pool": adaptive_pool,
    "global_max_pool": global_pool,
    "global_avg_pool": global_pool,
    "local_response_norm": neighbours,
    **dict.fromkeys(("layer_norm", "rms_norm", "lp_norm"), layer_norm),
    "group_norm": group_norm,
    "instance_norm": instance_norm,
    "prelu": prelu,
    **dict.fromkeys(("softmax", "log_softmax"), softmax),
    **dict.fromkeys(
        (
            *("add", "multiply", "sub", "div", "minimum", "maximum", "less", "greater", "equal"),
            *("logical_and", "logical_or"),
        ),
        element_wise,
    ),
    "pow": power,
    "parameter": lambda f: Ran([np.full((1, *f["shape"]), frozenset(), dtype=object)]),
    **dict.fromkeys(
        (
            *("sum", "mean", "amax", "amin", "prod", "l1", "l2", "sum_square", "log_sum_exp"),
            *("argmax", "argmin"),
        ),
        by_numpy(reduction),
    ),
    "topk": topk,
    "cumsum": by_numpy(cumsum),
    "concat": by_numpy(lambda f, *arrays: np.concatenate(arrays, axis=f["dim"])),
    "split": by_numpy(split),
    "channel_shuffle": by_numpy(shuffle),
    "flatten": by_numpy(flatten),
    "reshape": by_numpy(lambda f, x: x.reshape(x.shape[0], *f["shape"])),
    "permute": by_numpy(lambda f, x: np.transpose(x, (0, *f["dims"]))),
    "view": by_numpy(lambda f, x: x.reshape(f["shape"])),
    "transpose": by_numpy(lambda f, x: np.transpose(x, f["dims"])),
    "slice": by_numpy(sliced),
    "expand": lambda f, x: element_wise(f, x, filled(f["shape"])),
    "tile": by_numpy(lambda f, x: np.tile(x, f["repeats"])),
    "gather": by_numpy(gather),
    "scatter": by_numpy(scatter),
    "where": element_wise,
    "crop": by_numpy(crop),
    "pad": by_numpy(pad),
    "upsample": by_numpy(upsample),
    "pixel_shuffle": by_numpy(pixels("upscale_factor")),
    "pixel_unshuffle": by_numpy(pixels("downscale_factor")),
    "depth_to_space": by_numpy(lambda f, x: pixels("block_size")(f | {"grows": True}, x)),
    "space_to_depth": by_numpy(pixels("block_size")),
    **dict.fromkeys(
        (
            *("batch_norm", "relu", "relu6", "leaky_relu", "sigmoid", "tanh", "silu", "gelu"),
            *("elu", "selu", "softplus", "mish", "hard_sigmoid", "hard_swish", "scale", "shift"),
            *("abs", "exp", "dropout", "stochastic_depth", "identity", "neg", "sqrt", "reciprocal"),
            *("log", "erf", "sin", "cos", "floor", "ceil", "round", "sign", "clip", "logical_not"),
            *("softsign", "celu", "thresholded_relu"),
        ),
        by_numpy(unchanged),
    ),
}
