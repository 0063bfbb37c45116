"""Shapes, ops and receptive fields in few letters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convcost.analysis.analyze.layer_cost import BLOCK
from convcost.field import DATA_DEPENDENT, GLOBAL, MISALIGNED
from convcost.ops import op_name
from convcost.ops.fields import declared

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convcost.analysis.analyze.layer_cost import LayerCost
    from convcost.analysis.rf.receptive_field import AxisField
    from convcost.ops.op import Op


def shape(sizes: Sequence[int]) -> str:
    """A shape without the batch: ``64x112x112``."""
    return "x".join(map(str, sizes))


def shapes(several: Sequence[Sequence[int]]) -> str:
    """The shapes of several tensors: ``2 of 58x28x28`` where they agree."""
    texts = [shape(sizes) for sizes in several]
    if len(texts) > 1 and len(set(texts)) == 1:
        return f"{len(texts)} of {texts[0]}"
    return " ".join(texts)


def described(layer: LayerCost) -> str:
    """The op and what tells it from its like: ``conv 3x3 /2 g32``; a block's number of layers, and
    how many such blocks there are: ``11 layers x5``."""
    what = f"{layer.layers} layers" if layer.op == BLOCK else described_op(layer.layer.op)
    return f"{what} x{layer.times}" if layer.times > 1 else what


def described_op(of: Op) -> str:
    """An op and what tells it from its like: ``conv 3x3 /2 g32``."""
    op: Any = of
    if of.opaque:
        return op.operator if of.costed else f"{op.operator}?"
    fields, words = declared(type(of)), [op_name(type(of))]
    if "kernel_size" in fields:
        words.append(shape(op.kernel_size))
        if op.stride is not None and set(op.stride) != {1}:
            words.append("/" + joined(op.stride))
    if "dilation" in fields and op.dilation is not None and set(op.dilation) != {1}:
        words.append("d" + joined(op.dilation))
    if "groups" in fields and op.groups != 1:
        words.append(f"g{op.groups}")
    if "offset_groups" in fields and op.offset_groups != 1:
        words.append(f"o{op.offset_groups}")
    return " ".join(words)


def joined(axes: Sequence[object]) -> str:
    """The value that all axes agree on, or each."""
    texts = list(map(str, axes))
    return texts[0] if len(set(texts)) == 1 else "x".join(texts)


def field(layer: LayerCost) -> str:
    """The receptive field: ``35``; ``35x11`` where axes differ, ``5-6`` where units do, and
    ``rgb 3, flow 5`` where inputs do."""
    return field_text(layer.receptive_fields)


def field_text(fields: Mapping[str, Sequence[AxisField]]) -> str:
    """A receptive field as :func:`field` writes it."""
    texts = {name: axes_field(axes) for name, axes in fields.items()}
    if len(set(texts.values())) > 1:
        return ", ".join(f"{name} {text}" for name, text in texts.items())
    return next(iter(texts.values()), "")


def axes_field(axes: Sequence[AxisField]) -> str:
    """The receptive field on one input: as :func:`field` writes it."""
    flags = {flag for axis in axes for flag in axis.flags}
    text = joined([_sizes(axis) for axis in axes])
    if DATA_DEPENDENT in flags and text != GLOBAL:
        text += "~"
    return text + ("!" if MISALIGNED in flags else "")


def _sizes(axis: AxisField) -> str:
    if GLOBAL in axis.flags:
        return GLOBAL
    if axis.size is None:
        return "?"
    return str(axis.size) if len(axis.sizes) == 1 else f"{axis.sizes[0]}-{axis.sizes[-1]}"
