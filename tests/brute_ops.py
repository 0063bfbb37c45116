"""Every op by plain loops or NumPy, on arrays whose elements know their origin (see brute_sets.py).
Nothing here is shared with the package."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from brute import CannotRunError
from brute_moves import by_numpy, crop, flatten, gather, pad, scatter, shuffle, sliced, split
from brute_sampling import pixels, upsample
from brute_sets import Array, Index, Ran, filled, union
from brute_windows import (
    adaptive_pool,
    at,
    conv,
    conv_transpose,
    deform_conv,
    deform_sample,
    global_pool,
    group_members,
    pool,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


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
    dim: int | tuple[int, ...] = f["dim"]
    axes = from_the_front(dim if isinstance(dim, tuple) else (dim,), x)
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


def grid_sample(f: dict[str, Any], x: Array, grid: Array) -> Ran:
    """Each position of the grid may read any of the map."""
    if f["mode"] == "bicubic" and x.ndim != 4:
        raise CannotRunError("not two spatial axes")
    if x.ndim < 3 or grid.shape[0] != x.shape[0] or grid.ndim != x.ndim:
        raise CannotRunError("another rank or batch")
    if grid.shape[-1] != x.ndim - 2:
        raise CannotRunError("not a place")
    out = filled((*x.shape[:2], *grid.shape[1:-1]))
    for n, c, *place in np.ndindex(*out.shape):
        out[(n, c, *place)] = union(x[n, c].flat) | union(grid[(n, *place)])
    return Ran([out])


def matmul(_: dict[str, Any], a: Array, b: Array) -> Ran:
    return matrix_product(a, b)


def parameter(f: dict[str, Any]) -> Ran:
    return Ran([np.full((1, *f["shape"]), frozenset(), dtype=object)])


def expand(f: dict[str, Any], x: Array) -> Ran:
    return element_wise(f, x, filled(f["shape"]))


def concat(f: dict[str, Any], *arrays: Array) -> Array:
    """As PyTorch's, after inputs of one sample were repeated for the samples of the others."""
    samples = max(len(x) for x in arrays) if f["dim"] else 1
    return np.concatenate(
        [np.repeat(x, samples, axis=0) if len(x) == 1 else x for x in arrays], axis=f["dim"]
    )


def of_one(act: Callable[[dict[str, Any], Array], Array]) -> Callable[..., Ran]:
    """As ``by_numpy``, of one input."""
    return by_numpy(act)


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
    "matmul": matmul,
    "max_pool": pool,
    "lp_pool": pool,
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
            *("logical_and", "logical_or", "logical_xor", "remainder", "fmod"),
        ),
        element_wise,
    ),
    "pow": power,
    "parameter": parameter,
    **dict.fromkeys(
        (
            *("sum", "mean", "amax", "amin", "prod", "l1", "l2", "sum_square", "log_sum_exp"),
            *("argmax", "argmin"),
        ),
        by_numpy(reduction),
    ),
    "topk": topk,
    "cumsum": by_numpy(cumsum),
    "concat": by_numpy(concat),
    "split": by_numpy(split),
    "channel_shuffle": by_numpy(shuffle),
    "flatten": by_numpy(flatten),
    "reshape": of_one(lambda f, x: x.reshape(x.shape[0], *f["shape"])),
    "permute": of_one(lambda f, x: np.transpose(x, (0, *f["dims"]))),
    "view": of_one(lambda f, x: x.reshape(f["shape"])),
    "transpose": of_one(lambda f, x: np.transpose(x, f["dims"])),
    "slice": by_numpy(sliced),
    "expand": expand,
    "tile": of_one(lambda f, x: np.tile(x, f["repeats"])),
    "gather": by_numpy(gather),
    "scatter": by_numpy(scatter),
    "where": element_wise,
    "crop": by_numpy(crop),
    "pad": by_numpy(pad),
    "upsample": by_numpy(upsample),
    "pixel_shuffle": by_numpy(pixels("upscale_factor")),
    "pixel_unshuffle": by_numpy(pixels("downscale_factor")),
    "depth_to_space": of_one(lambda f, x: pixels("block_size")(f | {"grows": True}, x)),
    "space_to_depth": by_numpy(pixels("block_size")),
    **dict.fromkeys(
        (
            *("batch_norm", "relu", "relu6", "leaky_relu", "sigmoid", "tanh", "silu", "gelu"),
            *("elu", "selu", "softplus", "mish", "hard_sigmoid", "hard_swish", "scale", "shift"),
            *("abs", "exp", "dropout", "stochastic_depth", "identity", "neg", "sqrt", "reciprocal"),
            *("log", "erf", "sin", "cos", "floor", "ceil", "round", "sign", "clip", "logical_not"),
            *("softsign", "celu", "thresholded_relu", "shrink", "isnan", "isinf"),
            *("tan", "asin", "acos", "atan", "sinh", "cosh", "asinh", "acosh", "atanh"),
        ),
        by_numpy(unchanged),
    ),
}
