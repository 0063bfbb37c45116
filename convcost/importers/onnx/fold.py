# pyright: basic
# A table of small functions over whatever arrays a graph has: strictly typed they would be all Any.
"""Constants worked out: what graphs do to find shapes.

NumPy does the arithmetic; arrays are those of shapes, and of nothing larger.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from convcost.allowance import work
from convcost.importers.building.node import NotUnderstood
from convcost.importers.onnx import fold_more

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from convcost.importers.building.values import Known
    from convcost.importers.onnx.node import Node

MOST_ELEMENTS = 1 << 16
ELEMENTS_A_STEP = 256

TYPES: dict[int, Any] = {
    1: np.float32,
    2: np.uint8,
    3: np.int8,
    5: np.int16,
    6: np.int32,
    7: np.int64,
    9: np.bool_,
    10: np.float16,
    11: np.float64,
    16: np.float32,
}


class TooLarge(Exception):  # noqa: N818 - it names what happened
    """The result has more elements than are worked out here: it is made by a layer."""


def folded(node: Node, arrays: Sequence[Known | None], opset: int) -> list[Known] | None:
    """The values of a node's outputs, whose inputs are known; None where it is not one of those, or
    they are larger than what shapes are made of."""
    act = ACTS.get(node.op)
    if act is None or any(array is None and name for array, name in _pairs(arrays, node)):
        return None
    known = [array for array in arrays if array is not None]
    size = sum(array.size for array in known)
    if size > MOST_ELEMENTS or _spread(node, known) > MOST_ELEMENTS:
        return None
    work(1 + size // ELEMENTS_A_STEP, f"working out the constants of {node}")
    try:
        with np.errstate(all="ignore"):
            made = act(node, arrays, opset)
    except TooLarge:
        return None
    except (ValueError, IndexError, TypeError, ArithmeticError, MemoryError) as error:
        raise NotUnderstood(f"its constants do not fit: {error}") from None
    results = [np.asarray(one) for one in (made if isinstance(made, list) else [made])]
    return results if sum(one.size for one in results) <= MOST_ELEMENTS else None


def _spread(node: Node, arrays: Sequence[Known]) -> int:
    """Elements of a result that is larger than all that it is made of together: of arrays that are
    repeated along each other, or of one that is read once for each of several."""
    if node.op == "Gather" and len(arrays) == 2 and arrays[0].ndim:
        x, at = arrays
        return x.size // max(1, x.shape[int(node.get("axis", 0)) % x.ndim]) * at.size
    if node.op == "GatherND" and len(arrays) == 2 and arrays[1].ndim:
        x, at = arrays
        return prod(at.shape[:-1]) * prod(x.shape[at.shape[-1] :])
    try:
        return prod(np.broadcast_shapes(*(array.shape for array in arrays)))
    except ValueError:
        return 0


def _pairs(arrays: Sequence[Known | None], node: Node) -> Sequence[tuple[Known | None, str]]:
    return list(zip(arrays, node.inputs, strict=True))


def axes_of(node: Node, arrays: Sequence[Any]) -> list[int] | None:
    """The ``axes`` of a node: an attribute in old files, an input in new ones."""
    if "axes" in node.fields:
        return [int(axis) for axis in node.fields["axes"]]
    if len(arrays) > 1 and arrays[1] is not None:
        return [int(axis) for axis in np.ravel(arrays[1])]
    return None


def _cast(node: Node, arrays: Sequence[Any], opset: int) -> Any:
    to = node.get("to", 1)
    if to not in TYPES:
        raise ValueError("a type that is not a number's")
    return arrays[0].astype(TYPES[to])


def _slice(node: Node, arrays: Sequence[Any], opset: int) -> Any:
    x = arrays[0]
    if opset < 10:
        starts, ends = node.get("starts", []), node.get("ends", [])
        axes, steps = node.get("axes", list(range(len(starts)))), [1] * len(starts)
    else:
        starts, ends = arrays[1].tolist(), arrays[2].tolist()
        axes = arrays[3].tolist() if len(arrays) > 3 and arrays[3] is not None else None
        steps = arrays[4].tolist() if len(arrays) > 4 and arrays[4] is not None else None
        axes = list(range(len(starts))) if axes is None else axes
        steps = [1] * len(starts) if steps is None else steps
    cut = [slice(None)] * x.ndim
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        cut[axis] = slice(start, end, step)
    return x[tuple(cut)]


def _squeeze(node: Node, arrays: Sequence[Any], opset: int) -> Any:
    axes = axes_of(node, arrays)
    return np.squeeze(arrays[0], None if axes is None else tuple(axes))


def _unsqueeze(node: Node, arrays: Sequence[Any], opset: int) -> Any:
    return np.expand_dims(arrays[0], tuple(axes_of(node, arrays) or ()))


def _reshape(node: Node, arrays: Sequence[Any], opset: int) -> Any:
    shape = node.get("shape", None) if opset < 5 else arrays[1].tolist()
    return arrays[0].reshape(
        [arrays[0].shape[i] if n == 0 else n for i, n in enumerate(shape or [])]
    )


def _split(node: Node, arrays: Sequence[Any], opset: int) -> list[Any]:
    x, axis = arrays[0], int(node.get("axis", 0))
    sizes = node.get("split", None) or (arrays[1].tolist() if len(arrays) > 1 else None)
    if sizes is None:
        each = -(-x.shape[axis] // int(node.get("num_outputs", len(node.outputs))))
        return np.split(x, range(each, x.shape[axis], each), axis)
    if sum(sizes) != x.shape[axis]:
        raise ValueError(f"parts of {sizes} are not {x.shape[axis]}")
    return np.split(x, np.cumsum(sizes)[:-1], axis)


def _divide(node: Node, arrays: Sequence[Any], opset: int) -> Any:
    a, b = arrays
    if np.issubdtype(a.dtype, np.integer):
        return (np.sign(a) * np.sign(b) * (abs(a) // abs(b))).astype(a.dtype)
    return a / b


def _constant_of_shape(node: Node, arrays: Sequence[Any], opset: int) -> Any:
    shape = _small(arrays[0]).tolist()
    from onnx import numpy_helper

    value = node.get("value", None)
    fill = np.zeros(1, np.float32) if value is None else numpy_helper.to_array(value)
    return np.full(shape, fill.reshape(-1)[0], dtype=fill.dtype)


def _range(node: Node, arrays: Sequence[Any], opset: int) -> Any:
    start, stop, step = (array.item() for array in arrays)
    if step == 0:
        raise ValueError("a range of steps of 0")
    if (stop - start) / step > MOST_ELEMENTS:
        raise TooLarge
    return np.arange(start, stop, step, dtype=arrays[0].dtype)


def _expand(node: Node, arrays: Sequence[Any], opset: int) -> Any:
    x, shape = arrays
    wanted = np.broadcast_shapes(x.shape, tuple(_small(shape).tolist()))
    return np.broadcast_to(x, wanted)


def _tile(node: Node, arrays: Sequence[Any], opset: int) -> Any:
    x, times = arrays
    if x.size * prod(_small(times).tolist()) > MOST_ELEMENTS:
        raise TooLarge
    return np.tile(x, times.tolist())


def _small(shape: Any) -> Any:
    """Sizes, as far as they are those of a constant."""
    if prod(max(1, abs(n)) for n in shape.tolist()) > MOST_ELEMENTS:
        raise TooLarge
    return shape


def _gather_nd(node: Node, arrays: Sequence[Any], opset: int) -> Any:
    if node.get("batch_dims", 0):
        raise ValueError("positions of its own for each sample")
    x, at = arrays
    return x[tuple(np.moveaxis(at, -1, 0))]


def _reduce(act: Callable[..., Any]) -> Callable[..., Any]:
    def run(node: Node, arrays: Sequence[Any], opset: int) -> Any:
        axes = axes_of(node, arrays)
        keep = bool(node.get("keepdims", 1))
        result = act(arrays[0], axis=None if axes is None else tuple(axes), keepdims=keep)
        return np.asarray(result).astype(arrays[0].dtype)

    return run


def _plain(act: Callable[..., Any]) -> Callable[..., Any]:
    return lambda node, arrays, opset: act(*arrays)


ACTS: dict[str, Callable[..., Any]] = {
    **fold_more.ACTS,
    "Identity": _plain(lambda x: x),
    "Cast": _cast,
    "CastLike": _plain(lambda x, like: x.astype(like.dtype)),
    "Gather": lambda node, a, opset: np.take(a[0], a[1], axis=node.get("axis", 0)),
    "GatherND": _gather_nd,
    "Concat": lambda node, a, opset: np.concatenate(a, axis=node.get("axis", 1)),
    "Slice": _slice,
    "Split": _split,
    "Squeeze": _squeeze,
    "Unsqueeze": _unsqueeze,
    "Reshape": _reshape,
    "Transpose": lambda node, a, opset: np.transpose(a[0], node.get("perm", None)),
    "ConstantOfShape": _constant_of_shape,
    "Range": _range,
    "Add": _plain(np.add),
    "Sub": _plain(np.subtract),
    "Mul": _plain(np.multiply),
    "Div": _divide,
    "Mod": lambda node, a, opset: (np.fmod if node.get("fmod", 0) else np.mod)(*a),
    "Min": lambda node, a, opset: np.minimum.reduce(np.broadcast_arrays(*a)),
    "Max": lambda node, a, opset: np.maximum.reduce(np.broadcast_arrays(*a)),
    "Pow": _plain(np.power),
    "Sqrt": _plain(np.sqrt),
    "Neg": _plain(np.negative),
    "Abs": _plain(np.abs),
    "Floor": _plain(np.floor),
    "Ceil": _plain(np.ceil),
    "Round": _plain(np.round),
    "Exp": _plain(np.exp),
    "Log": _plain(np.log),
    "Reciprocal": _plain(np.reciprocal),
    "Clip": _plain(lambda x, low=None, high=None: np.clip(x, low, high)),
    "Sign": _plain(np.sign),
    "Xor": _plain(np.logical_xor),
    "NonZero": _plain(lambda x: np.stack(np.nonzero(x))),
    "Equal": _plain(np.equal),
    "Less": _plain(np.less),
    "LessOrEqual": _plain(np.less_equal),
    "Greater": _plain(np.greater),
    "GreaterOrEqual": _plain(np.greater_equal),
    "Not": _plain(np.logical_not),
    "And": _plain(np.logical_and),
    "Or": _plain(np.logical_or),
    "Where": _plain(np.where),
    "Expand": _expand,
    "Tile": _tile,
    "ReduceProd": _reduce(np.prod),
    "ReduceSum": _reduce(np.sum),
    "ReduceMax": _reduce(np.max),
    "ReduceMin": _reduce(np.min),
    "ReduceMean": _reduce(np.mean),
}
