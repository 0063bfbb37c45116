"""Resize and Upsample: the layers that make axes longer or shorter."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from convcost.importers.building.borders import bordered
from convcost.importers.building.make import make
from convcost.importers.building.node import NotUnderstood
from convcost.importers.onnx.places import Along, exact, line, nearest, placement, resized

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

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
    elif word in ("linear", "bilinear"):  # the second is Upsample's of opset 1
        y = _linear(b, node, x, axes)
    elif word == "cubic":
        y = _cubic(b, node, x, axes)
    else:
        raise NotUnderstood(f"its mode is `{word}`, which no version of ONNX has")
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
    changed = [axis for axis, along in enumerate(axes) if _changes(b, node, along)]
    return min(2, *changed, len(axes) - 1)


def _changes(b: Builder, node: Node, along: Along) -> bool:
    return along.n != along.m or not _lies(placement(b, node), along, "asymmetric", 1.0)


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
    changed = [axis for axis, along in enumerate(axes) if _changes(b, node, along)]
    if len(changed) > 2:
        raise NotUnderstood("it is cubic along more than two axes")
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


def _interpolating(b: Builder, node: Node, axes: Sequence[Along], mode: str) -> Op:
    """The op whose units lie where those of the node do."""
    how = placement(b, node)
    lines = [line(how, along) for along in axes]
    if not _weighs_as_ours(node, axes, mode) or not (
        how != "tf_crop_and_resize" or all(map(_inside, axes, lines))
    ):
        b.differ(node, f"it is resized by `{mode}` as PyTorch does it")
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


def _weighs_as_ours(node: Node, axes: Sequence[Along], mode: str) -> bool:
    """Whether what lies around a unit is weighed as ``upsample`` does it."""
    if node.get("antialias", 0) and any(along.scale < 1 for along in axes):
        return False
    sharpness = node.get("cubic_coeff_a", SHARPNESS)
    plain = not node.get("exclude_outside", 0) and abs(sharpness - SHARPNESS) < 1e-6
    return mode != "bicubic" or plain


def _inside(along: Along, places: tuple[Fraction, Fraction]) -> bool:
    """Whether no unit lies outside of its axis, where it would be of another value."""
    start, step = places
    return all(0 <= start + unit * step <= along.n - 1 for unit in (0, along.m - 1))


def _upsample(mode: str, axes: Sequence[Along], **fields: Any) -> Op:
    return make("upsample", len(axes), size=tuple(along.m for along in axes), mode=mode, **fields)


ACTS = {"Resize": resize, "Upsample": resize}
