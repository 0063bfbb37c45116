"""Resize and Upsample: the layers that make axes longer or shorter."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING, Any

from convcost.importers.building.borders import bordered
from convcost.importers.building.make import make
from convcost.importers.building.node import NotUnderstood
from convcost.importers.building.resampled import LINEAR, Places, cubic, resampled, windows
from convcost.importers.onnx.places import Along, exact, line, nearest, placement, resized

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.importers.onnx.builder import Builder
    from convcost.importers.onnx.node import Node
    from convcost.ops.op import Op
    from convcost.tensor import Tensor

MODES = {1: "linear", 2: "bilinear", 3: "trilinear"}
MOST_PICKED = 1 << 14  # positions that a layer names one by one
SHARPNESS = -0.75  # of the cubic weights of `upsample`


def resize(b: Builder, node: Node) -> None:
    """Resize and Upsample."""
    x = b.tensor(node, 0)
    axes = resized(b, node, x.shape)
    word = node.get("mode", "nearest")
    if word == "nearest":
        y = _nearest(b, node, x, axes)
    elif word not in ("linear", "bilinear", "cubic"):  # the second is Upsample's of opset 1
        raise NotUnderstood(f"its mode is `{word}`, which no version of ONNX has")
    elif not _weighs_as_ours(b, node, axes):
        y = _weighed(b, node, x, axes)
    else:
        y = (_cubic if word == "cubic" else _linear)(b, node, x, axes)
    b.give(node, y)


def _nearest(b: Builder, node: Node, x: Tensor, axes: Sequence[Along]) -> Tensor:
    """One layer where each unit reads what that of ``upsample`` does, else positions picked axis by
    axis."""
    lead = _first_changed(b, node, axes)
    whole = _upsample("nearest", axes[lead:])
    if max(along.m for along in axes) > MOST_PICKED:
        b.differ(node, "it is resized by `nearest` as PyTorch does it, if that is another way")
        return _between(b, node, x, axes, lead, whole)
    picked = [nearest(b, node, along) for along in axes]
    if all(
        at == [unit * n // m for unit in range(m)]
        for at, (n, m, *_) in zip(picked, axes, strict=True)
    ):
        return _between(b, node, x, axes, lead, whole)
    for axis, (along, at) in enumerate(zip(axes, picked, strict=True)):
        if len(at) != along.n or at != list(range(along.n)):
            x = _picked(b, node, x, axis, at)
    return x


def _picked(b: Builder, node: Node, x: Tensor, axis: int, at: Sequence[int | None]) -> Tensor:
    """Positions along an axis, one after the other; None is one of the node's
    ``extrapolation_value``, which is put at the end."""
    n = x.shape[axis]
    if None in at:
        border = tuple((0, int(a == axis)) for a in range(len(x.shape)))
        x = bordered(b, node, x, border, value=node.get("extrapolation_value", 0.0))
    indices = tuple(n if place is None else place for place in at)
    return b.add(node, make("gather", dim=axis, indices=indices), (x,)).outputs[0]


def _linear(b: Builder, node: Node, x: Tensor, axes: Sequence[Along]) -> Tensor:
    """A layer of as many spatial axes as there are from the first one that changes on, channels
    and samples among them if need be."""
    lead = _first_changed(b, node, axes)
    mode = MODES.get(len(axes) - lead, "linear")
    return _between(b, node, x, axes, lead, _interpolating(b, node, axes[lead:], mode))


def _first_changed(b: Builder, node: Node, axes: Sequence[Along]) -> int:
    """The number of axes, 2 at most, that stay what they are."""
    return min(2, *_changed(b, node, axes), len(axes) - 1)


def _changed(b: Builder, node: Node, axes: Sequence[Along]) -> list[int]:
    """The axes on which units are other than positions."""
    how = placement(b, node)
    return [
        axis
        for axis, along in enumerate(axes)
        if along.n != along.m or not _lies(how, along, "asymmetric", 1.0)
    ]


def _between(b: Builder, node: Node, x: Tensor, axes: Sequence[Along], lead: int, op: Op) -> Tensor:
    """An op on the axes after the first ``lead``, which are made two if they are fewer."""
    sizes = [along.m for along in axes]
    x = _viewed(b, node, x, (*x.shape[:lead], *(1,) * (2 - lead), *x.shape[lead:]))
    return _viewed(b, node, b.add(node, op, (x,)).outputs[0], tuple(sizes))


def _viewed(b: Builder, node: Node, x: Tensor, shape: tuple[int, ...]) -> Tensor:
    if shape == x.shape:
        return x
    return b.add(node, make("view", shape=shape), (x,)).outputs[0]


def _cubic(b: Builder, node: Node, x: Tensor, axes: Sequence[Along]) -> Tensor:
    """A layer for the two axes that change, which become the last ones."""
    rank = len(axes)
    changed = _changed(b, node, axes)
    others = [axis for axis in range(rank) if axis not in changed]
    while len(changed) < 2 and len(others) > 2:
        changed = sorted((others.pop(), *changed))
    order = (*others, *changed)
    moved = order != tuple(range(rank))
    if moved:
        x = b.add(node, make("transpose", dims=order), (x,)).outputs[0]
    maps = [axes[axis] for axis in changed]
    kept = x.shape[: len(others)]
    both = [*[Along(1, 1)] * (2 - len(maps)), *maps]
    x = _viewed(b, node, x, (*(kept[:1] or (1,)), prod(kept[1:]), *(along.n for along in both)))
    y = b.add(node, _interpolating(b, node, both, "bicubic"), (x,)).outputs[0]
    y = _viewed(b, node, y, (*kept, *(along.m for along in maps)))
    if not moved:
        return y
    back = tuple(order.index(axis) for axis in range(rank))
    return b.add(node, make("transpose", dims=back), (y,)).outputs[0]


def _weighed(b: Builder, node: Node, x: Tensor, axes: Sequence[Along]) -> Tensor:
    """The axes that change, one after the other, their weights written out."""
    how, cut = placement(b, node), bool(node.get("exclude_outside", 0))
    kernel = cubic(exact(_sharpness(node))) if node.get("mode", "") == "cubic" else LINEAR
    _say_of_crops(b, node, axes)
    for axis in reversed(_changed(b, node, axes)):
        along = axes[axis]
        shrinks = node.get("antialias", 0) and along.scale < 1
        wider = 1 / exact(along.scale) if shrinks else Fraction(1)
        places = Places(along.n, along.m, *line(how, along), wider, cut)
        x = resampled(b, node, x, axis, windows(places, kernel))
    return x


def _say_of_crops(b: Builder, node: Node, axes: Sequence[Along]) -> None:
    """Say so where a crop reaches over an edge: values are others there."""
    how = placement(b, node)
    if how == "tf_crop_and_resize" and not all(_inside(a, line(how, a)) for a in axes):
        b.differ(node, "beyond the edge of its input it repeats that edge, not extrapolation_value")


def _interpolating(b: Builder, node: Node, axes: Sequence[Along], mode: str) -> Op:
    """The op whose units lie where those of the node do."""
    how = placement(b, node)
    lines = [line(how, along) for along in axes]
    _say_of_crops(b, node, axes)
    if all(_lies(how, along, "half_pixel", along.m / along.n) for along in axes):
        return _upsample(mode, axes)
    if all(_lies(how, along, "align_corners", 1.0) for along in axes):
        return _upsample(mode, axes, align_corners=True)
    if all(_lies(how, along, "half_pixel", along.scale) for along in axes):
        factors = tuple(exact(along.scale) for along in axes)
        op = make("upsample", len(axes), scale_factor=factors, mode=mode)
        sizes = (along.n for along in axes)
        if op.output((1, 1, *sizes))[2:] == tuple(along.m for along in axes):
            return op
    start, step = zip(*lines, strict=True)
    return _upsample(mode, axes, step=step, start=start)


def _lies(how: str, along: Along, ours: str, scale: float) -> bool:
    """Whether the units of an axis lie where others would: all lie along lines."""
    return line(how, along) == line(ours, along._replace(scale=scale))


def _weighs_as_ours(b: Builder, node: Node, axes: Sequence[Along]) -> bool:
    """Whether what lies around a unit is weighed as ``upsample`` does it, along no more axes."""
    if node.get("antialias", 0) and any(along.scale < 1 for along in axes):
        return False
    if node.get("mode", "") != "cubic":
        return True
    usual = not node.get("exclude_outside", 0) and abs(_sharpness(node) - SHARPNESS) < 1e-6
    return usual and len(_changed(b, node, axes)) <= 2


def _sharpness(node: Node) -> float:
    return node.get("cubic_coeff_a", SHARPNESS)


def _inside(along: Along, places: tuple[Fraction, Fraction]) -> bool:
    """Whether no unit lies outside of its axis, where it would be of another value."""
    start, step = places
    return all(0 <= start + unit * step <= along.n - 1 for unit in (0, along.m - 1))


def _upsample(mode: str, axes: Sequence[Along], **fields: Any) -> Op:
    return make("upsample", len(axes), size=tuple(along.m for along in axes), mode=mode, **fields)


ACTS = {"Resize": resize, "Upsample": resize}
