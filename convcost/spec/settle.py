"""Fields whose values follow from the input's size: paddings that are words, sizes that are left
open, and borders that do not hold zeros."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from convcost.ops import op_class
from convcost.ops.fields import declared
from convcost.ops.kinds import NULL, FieldError, Padding, PerAxis
from convcost.window import causal_padding, same_padding, transposed_same

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from convcost.ops.op import Op
    from convcost.spec.syntax import Value

MODE = "padding_mode"
"""The key for what a border holds, which all ops have that slide windows and pad."""


ZEROS, BORDERS = "zeros", ("reflect", "replicate", "circular")
"""What it may be: of the ordinary border, and of those that a `pad` before the layer makes."""


def may_pad_otherwise(op: type[Op]) -> bool:
    """Whether a layer of an op may have a border of other things than zeros."""
    return MODE not in declared(op) and not op.scatters and _padding(op) is not None


def settled(word: str, fields: Mapping[str, Value], shape: tuple[int, ...]) -> dict[str, Value]:
    """The fields of an op that have numbers in place of words.

    Args:
        word: the op.
        fields: their values as written.
        shape: of the input, the batch included.
    """
    found: dict[str, Value] = {}
    op = op_class(word)
    for name, field in declared(op).items():
        sizes = fields.get(name)
        own = isinstance(field.kind, PerAxis) and field.kind.own
        if own and isinstance(sizes, list) and len(sizes) == len(shape) - 2:
            pairs = zip(sizes, shape[2:], strict=True)
            found[name] = [here if size == NULL else size for size, here in pairs]
    padding = _padding(op)
    if padding and fields.get("padding") in padding.unsettled:
        found |= _padded(op, fields, shape)
    return found


def border_taken(word: str, fields: dict[str, Value], shape: tuple[int, ...]) -> Value:
    """The padding of an op, which its fields then have no more."""
    border = fields.get("padding", 0)
    if isinstance(border, str):
        border = 0 if border == "valid" else _padded(op_class(word), fields, shape)["padding"]
    fields["padding"] = 0
    return border


def _padding(op: type[Op]) -> Padding | None:
    field = declared(op).get("padding")
    return field.kind if field and isinstance(field.kind, Padding) else None


def _padded(op: type[Op], fields: Mapping[str, Value], shape: tuple[int, ...]) -> dict[str, Value]:
    """Padding before and after each axis in place of its word; 0 where another field is wrong."""
    try:
        windows = [
            _window(op, axis, causal=fields["padding"] == "causal")
            for axis in _axes(op, fields, shape)
        ]
    except FieldError:
        return {"padding": 0}
    found: dict[str, Value] = {"padding": [[int(w.before), int(w.after)] for w in windows]}
    lacking: list[Value] = [max(0, int(w.stride) - int(w.span)) for w in windows]
    if op.scatters and any(lacking) and "output_padding" not in fields:
        found["output_padding"] = lacking
    return found


def _window(op: type[Op], axis: Sequence[int], *, causal: bool) -> Any:
    size, *of_window = axis
    if op.scatters:
        return transposed_same(*of_window, causal=causal)
    return (causal_padding if causal else same_padding)(size, *of_window)


def _axes(
    op: type[Op], fields: Mapping[str, Value], shape: tuple[int, ...]
) -> Iterator[tuple[int, ...]]:
    """Size, kernel, stride and dilation of each axis; FieldError where one of them is wrong."""

    def each(name: str) -> tuple[int, ...]:
        field = declared(op)[name]
        value = fields.get(name, None if field.required else field.default)
        if value is None:
            return each("kernel_size")  # the stride of pools
        return cast("tuple[int, ...]", field.kind.normal(value, len(shape) - 2))

    yield from zip(shape[2:], each("kernel_size"), each("stride"), each("dilation"), strict=True)
