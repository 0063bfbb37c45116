"""Resizing, sampling at places that are given, regions of detectors and Fourier transforms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from convcost.allowance import work
from convcost.exporters.refused import CannotSay

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

    from convcost.exporters.onnx.graph import Act, Graph
    from convcost.network import Layer


def upsample(g: Graph, layer: Layer) -> str:
    """Resize."""
    op: Any = layer.op
    return _nearest(g, layer) if op.mode == "nearest" else _between(g, layer)


def _nearest(g: Graph, layer: Layer) -> str:
    """Resize where its numbers of 32 bits lead to the same positions, else those picked."""
    op: Any = layer.op
    x, size, out = g.number(layer.inputs[0]), layer.input_shapes[0][2:], layer.outputs[0].shape[2:]
    work(2 * sum(out), "writing the positions that are nearest")
    ratios = [(m, n) for m, n in zip(out, size, strict=True)]
    if op.scale_factor is not None:
        ratios = [(scale.numerator, scale.denominator) for scale in op.scale_factor]
    picked = [
        [unit * down // up for unit in range(m)] for m, (up, down) in zip(out, ratios, strict=True)
    ]
    each = zip(picked, size, out, ratios, strict=True)
    if all(at == _rounded(m, n, *ratio, by=op.scale_factor) for at, n, m, ratio in each):
        how = {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
        return g.node("Resize", x, *_sized(g, layer), mode="nearest", axes=_axes(layer), **how)
    for axis, at in enumerate(picked, start=2):
        x = g.node("Gather", x, g.positions(*at), axis=axis)
    return x


def _rounded(m: int, n: int, up: int, down: int, *, by: object) -> list[int]:
    """The positions that a runtime finds."""
    scale = np.float32(up / down) if by is not None else np.float32(m) / np.float32(n)
    at = np.floor(np.arange(m, dtype=np.float32) / scale).astype(int)
    return np.minimum(at, n - 1).tolist()


def _sized(g: Graph, layer: Layer) -> tuple[str, ...]:
    """The inputs of a Resize after the first: scales, or sizes, of spatial axes."""
    op: Any = layer.op
    if op.scale_factor is not None:
        return "", g.constant([*map(float, op.scale_factor)])
    return "", "", g.positions(*layer.outputs[0].shape[2:])


def _axes(layer: Layer) -> list[int]:
    return list(range(2, len(layer.input_shapes[0])))


def _between(g: Graph, layer: Layer) -> str:
    """Resize with weights of what lies around a unit."""
    op: Any = layer.op
    (x,) = g.numbers(layer)
    mode = "cubic" if op.mode == "bicubic" else "linear"
    given: dict[str, Any] = {"mode": mode, "axes": _axes(layer)}
    if mode == "cubic":
        given["cubic_coeff_a"] = -0.75
    if op.step is not None:
        return _along_lines(g, layer, x, given)
    how = "align_corners" if op.align_corners else "half_pixel"
    return g.node("Resize", x, *_sized(g, layer), coordinate_transformation_mode=how, **given)


def _along_lines(g: Graph, layer: Layer, x: str, given: Mapping[str, Any]) -> str:
    """Units that lie at a start and steps from there: as a part of the map that is resized, with
    units on its corners. The part must lie inside, as what is outside has another value in ONNX."""
    op: Any = layer.op
    sizes, out = layer.input_shapes[0][2:], layer.outputs[0].shape[2:]
    if scales := _from_the_start(layer):
        how = {"coordinate_transformation_mode": "asymmetric"}
        return g.node("Resize", x, "", g.constant(scales), **how, **given)
    parts = [_part(*line) for line in zip(op.start, op.step, sizes, out, strict=True)]
    starts, ends = zip(*parts, strict=True)
    region = g.constant([*map(float, starts), *map(float, ends)])
    how = {"coordinate_transformation_mode": "tf_crop_and_resize", "extrapolation_value": 0.0}
    return g.node("Resize", x, region, "", g.positions(*out), **how, **given)


def _from_the_start(layer: Layer) -> list[float]:
    """The scales by which units lie so that the first is on the first position; none where they do
    not."""
    op: Any = layer.op
    sizes, out = layer.input_shapes[0][2:], layer.outputs[0].shape[2:]
    each = zip(op.start, op.step, sizes, out, strict=True)
    fits = all(start == 0 and int(n / step) == m for start, step, n, m in each)
    return [float(1 / step) for step in op.step] if fits else []


def _part(start: Fraction, step: Fraction, n: int, m: int) -> tuple[Fraction, Fraction]:
    """The part of an axis, from 0 to 1, on whose ends the first and the last unit lie."""
    last = start + (m - 1) * step
    if not 0 <= start <= last <= n - 1 or n == 1:
        raise CannotSay("its first or last unit lies beyond the map, where ONNX has another value")
    return start / (n - 1), last / (n - 1)


def grid_sample(g: Graph, layer: Layer) -> str:
    """GridSample; a map of one axis is one of two for it, whose other place is in the middle."""
    op: Any = layer.op
    x, grid = g.numbers(layer)
    shape, places = layer.input_shapes
    mode = {"bilinear": "linear", "bicubic": "cubic"}.get(op.mode, op.mode)
    given: dict[str, Any] = {"mode": mode, "padding_mode": op.padding_mode}
    given["align_corners"] = int(op.align_corners)
    if len(shape) > 3:
        return g.node("GridSample", x, grid, **given)
    x = g.reshaped(x, (*shape[:2], 1, *shape[2:]))
    grid = g.node("Pad", grid, g.positions(0, 0, 0, 0, 0, 1), g.constant(0, g.dtypes[grid]))
    grid = g.reshaped(grid, (places[0], 1, places[1], 2))
    return g.reshaped(g.node("GridSample", x, grid, **given), layer.outputs[0].shape)


def roi_align(g: Graph, layer: Layer) -> str:
    """RoiAlign, which is given the numbers of samples and the corners apart."""
    op: Any = layer.op
    if len(op.output_size) != 2:
        raise CannotSay("its map has not two spatial axes, and ONNX's regions are of such")
    x, boxes = g.numbers(layer)
    apart = [
        g.node("Slice", boxes, g.positions(start), g.positions(end), g.positions(1))
        for start, end in ((0, 1), (1, 5))
    ]
    samples = g.reshaped(g.cast(apart[0], "int64"), layer.input_shapes[1][:1])
    how = "half_pixel" if op.aligned else "output_half_pixel"
    return g.node(
        "RoiAlign",
        *(x, apart[1], samples),
        coordinate_transformation_mode=how,
        output_height=op.output_size[0],
        output_width=op.output_size[1],
        sampling_ratio=op.sampling_ratio,
        spatial_scale=op.spatial_scale,
    )


def nms(g: Graph, layer: Layer) -> str:
    """NonMaxSuppression, and rows of -1 after what it keeps."""
    op: Any = layer.op
    inputs = (*g.numbers(layer), g.positions(op.max_output_boxes), g.constant([op.iou_threshold]))
    least = [] if op.score_threshold is None else [g.constant([op.score_threshold])]
    centers = int(op.centers)
    kept = g.node("NonMaxSuppression", *inputs, *least, makes="int64", center_point_box=centers)
    return _filled_up(g, layer, kept, axis=0)


def nonzero(g: Graph, layer: Layer) -> str:
    """NonZero, and columns of -1 after what it finds."""
    found = g.node("NonZero", g.value(layer.inputs[0]), makes="int64")
    return _filled_up(g, layer, found, axis=1)


def _filled_up(g: Graph, layer: Layer, found: str, axis: int) -> str:
    """As many rows, or columns, as there may be."""
    shape = layer.outputs[0].shape
    both = g.node("Concat", found, g.filled(shape, -1, "int64"), axis=axis)
    return g.node("Slice", both, *(g.positions(number) for number in (0, shape[axis], axis)))


def dft(g: Graph, layer: Layer) -> str:
    """DFT."""
    op: Any = layer.op
    if op.onesided and op.inverse:
        raise CannotSay("it is inverse and onesided, which makes real numbers in ONNX")
    if op.onesided and layer.input_shapes[0][-1] == 2:
        raise CannotSay("it is onesided, which ONNX has for real numbers, and its are complex")
    (x,) = g.numbers(layer)
    length = "" if op.length is None else g.constant(op.length, "int64")
    axis = g.constant(op.dim, "int64")
    inverse, onesided = int(op.inverse), int(op.onesided)
    return g.node("DFT", x, length, axis, inverse=inverse, onesided=onesided)


ACTS: Mapping[str, Act] = {
    "upsample": upsample,
    "grid_sample": grid_sample,
    "roi_align": roi_align,
    "nms": nms,
    "nonzero": nonzero,
    "dft": dft,
}
