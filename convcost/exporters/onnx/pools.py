"""Pooling."""

from __future__ import annotations

from itertools import product
from math import ceil, prod
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from convcost.allowance import work
from convcost.exporters.onnx.products import pads, window_attributes
from convcost.exporters.refused import CannotSay

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convcost.exporters.onnx.graph import Act, Graph
    from convcost.network import Layer
    from convcost.window import Window


NODE = 200
"""Steps of work that a node is."""


def _windows(layer: Layer, *, only_ceil: bool = False) -> tuple[dict[str, Any], bool]:
    """The attributes of a pool's windows, and whether the last one may hang over the end.

    Where ONNX would put a last window into the padding after, which there is none of here, the
    border is grown to just what windows reach, unless ``only_ceil``.
    """
    op: Any = layer.op
    given = dict(window_attributes(op.windows))
    if not op.ceil_mode:
        return given, False
    sizes, made = layer.input_shapes[0][2:], layer.outputs[0].shape[2:]
    each = list(zip(op.windows, sizes, made, strict=True))
    usual = all(ceil(w.slack(n) / w.stride) + 1 == m for w, n, m in each)
    if usual:
        return given, True
    if only_ceil:
        raise CannotSay("its last window would begin in the padding, where ONNX counts it")
    given["pads"] = pads(w._replace(after=max(0, _reach(w, n, m))) for w, n, m in each)
    return given, False


def _reach(window: Window, size: int, units: int) -> int:
    """The positions after the map that windows read."""
    kernel, stride, before, _, dilation = cast("tuple[int, ...]", window)
    return (units - 1) * stride + dilation * (kernel - 1) + 1 - size - before


def max_pool(g: Graph, layer: Layer) -> Sequence[str]:
    """MaxPool, whose positions count through all maps; those of a map are what is left of them."""
    op: Any = layer.op
    (x,) = g.numbers(layer)
    given, ceil_mode = _windows(layer)
    given["ceil_mode"] = int(ceil_mode)
    if not op.return_indices:
        return [g.node("MaxPool", x, **given)]
    y, at = g.nodes_of("MaxPool", x, makes=(g.dtypes[x], "int64"), **given)
    if op.indices_of_all:
        return [y, at]
    size = prod(layer.input_shapes[0][2:])
    g.absolute[layer.outputs[1]] = at, size
    return [y, g.node("Mod", at, g.positions(size))]


def max_unpool(g: Graph, layer: Layer) -> str:
    """MaxUnpool, whose positions count through all maps."""
    op: Any = layer.op
    out = layer.outputs[0].shape
    given = window_attributes(op.windows)
    attributes = {name: given[name] for name in ("kernel_shape", "strides", "pads")}
    shape = g.positions(*out)
    return g.node("MaxUnpool", g.number(layer.inputs[0]), _absolute(g, layer), shape, **attributes)


def _absolute(g: Graph, layer: Layer) -> str:
    """Positions that count through all maps of the output."""
    at, out = layer.inputs[1], layer.outputs[0].shape
    size = prod(out[2:])
    if (known := g.absolute.get(at)) is not None and known[1] == size:
        return known[0]
    work(prod(out[:2]), "writing where each map begins")
    own = g.node("Mod", g.position(at), g.positions(size))
    maps = np.arange(prod(out[:2])).reshape(*out[:2], *(1 for _ in out[2:])) * size
    return g.node("Add", own, g.constant(maps, "int64"))


def avg_pool(g: Graph, layer: Layer) -> str:
    """AveragePool."""
    op: Any = layer.op
    given, ceil_mode = _windows(layer, only_ceil=op.count_include_pad)
    given["ceil_mode"], given["count_include_pad"] = int(ceil_mode), int(op.count_include_pad)
    return g.node("AveragePool", *g.numbers(layer), **given)


def lp_pool(g: Graph, layer: Layer) -> str:
    """LpPool."""
    op: Any = layer.op
    given, ceil_mode = _windows(layer)
    return g.node("LpPool", *g.numbers(layer), p=op.norm_type, ceil_mode=int(ceil_mode), **given)


def plain(name: str) -> Act:
    """An operator without attributes."""

    def act(g: Graph, layer: Layer) -> str:
        return g.node(name, *g.numbers(layer))

    return act


def adaptive(pool: str, whole: str, reduce: str) -> Act:
    """Windows of one size where the input divides into them; else each window by itself."""

    def act(g: Graph, layer: Layer) -> str:
        op: Any = layer.op
        (x,) = g.numbers(layer)
        size = layer.input_shapes[0][2:]
        if all(m == 1 for m in op.output_size):
            return g.node(whole, x)
        if not any(n % m for n, m in zip(size, op.output_size, strict=True)):
            each = [n // m for n, m in zip(size, op.output_size, strict=True)]
            return g.node(pool, x, kernel_shape=each, strides=each)
        work(NODE * prod(op.output_size), "writing each window of an adaptive pool")
        return _pooled(g, x, reduce, size, op.output_size)

    return act


def _pooled(g: Graph, x: str, reduce: str, size: Sequence[int], units: Sequence[int]) -> str:
    """Write the reduction of each window, side by side."""
    axes = g.positions(*range(2, len(size) + 2))
    made: list[str] = []
    for unit in product(*map(range, units)):
        each = list(zip(unit, size, units, strict=True))
        starts = g.positions(*(o * n // m for o, n, m in each))
        ends = g.positions(*(-(-(o + 1) * n // m) for o, n, m in each))
        part = g.node("Slice", x, starts, ends, axes)
        made.append(g.node(reduce, part, axes, keepdims=1))
    for axis in range(len(units) + 1, 1, -1):
        count = units[axis - 2]
        rows = [made[at : at + count] for at in range(0, len(made), count)]
        made = [row[0] if count == 1 else g.node("Concat", *row, axis=axis) for row in rows]
    return made[0]


ACTS: Mapping[str, Act] = {
    "max_pool": max_pool,
    "max_unpool": max_unpool,
    "avg_pool": avg_pool,
    "lp_pool": lp_pool,
    "global_max_pool": plain("GlobalMaxPool"),
    "global_avg_pool": plain("GlobalAveragePool"),
    "adaptive_max_pool": adaptive("MaxPool", "GlobalMaxPool", "ReduceMax"),
    "adaptive_avg_pool": adaptive("AveragePool", "GlobalAveragePool", "ReduceMean"),
}
