# pyright: basic
# A table of small functions over whatever arrays a graph has, as that of ``fold.py``.
"""More constants worked out: masks, places, and what transforms of sound are made with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from convcost.importers.onnx.node import Node

MOST_POSITIONS = 1 << 16


def _each(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda node, arrays, opset: np.asarray(function(*arrays)).astype(arrays[0].dtype)


def _trilu(node: Node, arrays: Sequence[Any], opset: int) -> Any:
    diagonal = int(arrays[1]) if len(arrays) > 1 and arrays[1] is not None else 0
    return (np.triu if node.get("upper", 1) else np.tril)(arrays[0], diagonal)


def _one_hot(node: Node, arrays: Sequence[Any], opset: int) -> Any:
    at, (depth, *_), (cold, hot) = arrays[0], np.ravel(arrays[1]).tolist(), arrays[2]
    if depth * at.size > MOST_POSITIONS:
        raise ValueError("a constant of that size")
    places = np.where(at < 0, at + depth, at)[..., None] == np.arange(depth)
    axis = node.get("axis", -1)
    return np.moveaxis(np.where(places, hot, cold).astype(arrays[2].dtype), -1, axis)


def _window(*weights: float) -> Callable[..., Any]:
    """A sum of cosines over one period, as the windows of signals are."""

    def make(node: Node, arrays: Sequence[Any], opset: int) -> Any:
        size = int(arrays[0])
        if size > MOST_POSITIONS:
            raise ValueError("a window of that length")
        period = size if node.get("periodic", 1) else size - 1
        at = 2 * np.pi * np.arange(size) / period
        values = sum(weight * np.cos(n * at) for n, weight in enumerate(weights))
        return np.asarray(values).astype(_type(node))

    return make


def _type(node: Node) -> Any:
    kinds = {1: np.float32, 10: np.float16, 11: np.float64, 6: np.int32, 7: np.int64}
    return kinds.get(node.get("output_datatype", 1), np.float32)


def _mel(node: Node, arrays: Sequence[Any], opset: int) -> Any:
    """Triangles that are equally wide in mel, as the operator is defined."""
    bands, length, rate, low, high = (array.item() for array in arrays)
    if (length // 2 + 1) * bands > MOST_POSITIONS:
        raise ValueError("a matrix of that size")
    ends = [2595 * np.log10(1 + hertz / 700) for hertz in (low, high)]
    mels = np.arange(bands + 2) * ((ends[1] - ends[0]) / (bands + 2)) + ends[0]
    bins = ((length + 1) * (700 * (np.power(10, mels / 2595) - 1))) // rate
    first, middle, last = (bins[n : n + bands].astype(int) for n in range(3))
    at = np.arange(length // 2 + 1)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        rising = np.where(middle > first, (at - first) / (middle - first), at == middle)
        falling = np.where(last > middle, (last - at) / (last - middle), 0)
    rises = (at <= middle) & (at >= first)
    falls = (at >= middle) & (at < last)
    return np.where(falls, falling, np.where(rises, rising, 0)).astype(_type(node))


def _gather_elements(node: Node, arrays: Sequence[Any], opset: int) -> Any:
    x, at = arrays
    return np.take_along_axis(x, at, axis=node.get("axis", 0))


ANGLES = {
    **{name: name.lower() for name in ("Sin", "Cos", "Tan", "Sinh", "Cosh", "Tanh")},
    **{f"A{name}": f"arc{name}" for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
}

ACTS: dict[str, Callable[..., Any]] = {
    **{name: _each(getattr(np, function)) for name, function in ANGLES.items()},
    "Trilu": _trilu,
    "OneHot": _one_hot,
    "GatherElements": _gather_elements,
    "Compress": lambda node, a, opset: np.compress(a[1], a[0], node.fields.get("axis")),
    "IsNaN": lambda node, a, opset: np.isnan(a[0]),
    "IsInf": lambda node, a, opset: (
        (a[0] == np.inf) * bool(node.get("detect_positive", 1))
        | (a[0] == -np.inf) * bool(node.get("detect_negative", 1))
    ),
    "BitwiseAnd": lambda node, a, opset: np.bitwise_and(*a),
    "BitwiseOr": lambda node, a, opset: np.bitwise_or(*a),
    "BitwiseXor": lambda node, a, opset: np.bitwise_xor(*a),
    "BitwiseNot": lambda node, a, opset: np.bitwise_not(a[0]),
    "BitShift": lambda node, a, opset: (
        np.left_shift(*a) if node.get("direction", "") == "LEFT" else np.right_shift(*a)
    ),
    "HannWindow": _window(0.5, -0.5),
    "HammingWindow": _window(25 / 46, -21 / 46),
    "BlackmanWindow": _window(0.42, -0.5, 0.08),
    "MelWeightMatrix": _mel,
}
