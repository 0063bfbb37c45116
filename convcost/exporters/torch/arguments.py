"""The arguments of a class: the slots in which its groups differ."""

from __future__ import annotations

import re
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from convcost.exporters.torch.said import NO_DEFAULT, Raw

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Slot(NamedTuple):
    """A value that something is made with, under the name that it has there."""

    name: str
    value: object
    default: object = NO_DEFAULT
    where: str = ""  # the attribute that it is of


class Parameter(NamedTuple):
    """An argument of a class: a slot that says its values, and what it is where not given."""

    name: str
    slot: int
    default: object


NAMES = {
    "nn.Conv": ("in_channels", "out_channels", "kernel_size"),
    "nn.ConvTranspose": ("in_channels", "out_channels", "kernel_size"),
    "torchvision.ops.DeformConv": ("in_channels", "out_channels", "kernel_size"),
    "nn.Linear": ("in_features", "out_features"),
    "nn.BatchNorm": ("num_features",),
    "nn.InstanceNorm": ("num_features",),
    "nn.GroupNorm": ("num_groups", "num_channels"),
    "nn.LayerNorm": ("normalized_shape",),
    "nn.RMSNorm": ("normalized_shape",),
    "nn.LocalResponseNorm": ("size",),
    "nn.ZeroPad": ("padding",),
    "nn.ConstantPad": ("padding", "value"),
    "nn.MaxPool": ("kernel_size",),
    "nn.AvgPool": ("kernel_size",),
    "nn.MaxUnpool": ("kernel_size",),
    "nn.LPPool": ("norm_type", "kernel_size"),
    "nn.AdaptiveAvgPool": ("output_size",),
    "nn.AdaptiveMaxPool": ("output_size",),
    "nn.RNN": ("input_size", "hidden_size"),
    "nn.GRU": ("input_size", "hidden_size"),
    "nn.LSTM": ("input_size", "hidden_size"),
    "nn.ChannelShuffle": ("groups",),
    "nn.PixelShuffle": ("upscale_factor",),
    "nn.PixelUnshuffle": ("downscale_factor",),
    "nn.Threshold": ("threshold", "value"),
    "torchvision.ops.StochasticDepth": ("p", "mode"),
}
"""What PyTorch calls arguments that are given in order, by the function without its rank."""


def positional(function: str) -> Iterator[str]:
    """Names for the arguments of a call that are given in order."""
    base = re.sub(r"[123]d$", "", function)
    yield from NAMES.get(base, ())
    yield from (f"size{number}" for number in count())


CHANNELS = "channels"
KINDS = {
    **dict.fromkeys(("in_channels", "out_channels", "num_features", "num_channels"), CHANNELS),
    **dict.fromkeys(("in_features", "out_features", "normalized_shape"), CHANNELS),
    **dict.fromkeys(("input_size", "hidden_size", "num_parameters", "groups"), CHANNELS),
    "dilation": "padding",
}
"""By the end of an argument's name, what it is about, unless that is itself. Only what is about the
same thing is the same argument: a stride that happens to be as large as a number of groups is not.
"""


class _Said(NamedTuple):
    """An argument that there is, with its values in all groups."""

    name: str
    kind: str
    column: tuple[object, ...]


def parameters(
    groups: Sequence[Sequence[Slot]],
) -> tuple[tuple[Parameter, ...], tuple[object, ...]]:
    """The arguments that groups of one class differ in, and for each slot a value or expression.

    Args:
        groups: of each group the slots, in one order.
    """
    found: list[Parameter] = []
    written: list[object] = []
    known: list[_Said] = []
    for number, slot in enumerate(groups[0]):
        column = tuple(group[number].value for group in groups)
        if all(_same(value, column[0]) for value in column):
            written.append(column[0])
            continue
        kind = _kind(slot.name)
        said = next(filter(None, (_expressed(column, kind, one) for one in known)), None)
        if said is None:
            said = _free(slot, {one.name for one in known})
            found.append(Parameter(said, number, _default(slot, column)))
            known.append(_Said(said, kind, column))
        written.append(Raw(said))
    return tuple(found), tuple(written)


def _kind(name: str) -> str:
    ends = (end for end in (*KINDS, *_KERNEL) if name == end or name.endswith(f"_{end}"))
    end = next(ends, name)
    return KINDS.get(end, end)


_KERNEL = ("kernel_size", "padding", "stride")


def _expressed(column: tuple[object, ...], kind: str, one: _Said) -> str | None:
    """The expression that gives the values of a column from another argument in all groups, if
    there is one."""
    if kind == one.kind and all(map(_same, column, one.column)):
        return one.name
    if kind == one.kind == CHANNELS:
        return _multiple(column, one)
    if kind == "padding" and one.kind == "kernel_size":
        pairs = zip(column, one.column, strict=True)
        if all(type(size) is int and size % 2 and pad == size // 2 for pad, size in pairs):
            return f"{one.name} // 2"
    return None


def _same(one: object, other: object) -> bool:
    """Whether values are equal, and of one type: True is no 1."""
    return type(one) is type(other) and one == other


def _multiple(column: tuple[object, ...], one: _Said) -> str | None:
    """An expression that is a whole multiple or part of an argument in all groups."""
    times, parts = _factor(column, one.column), _factor(one.column, column)
    if times is not None:
        return f"{times} * {one.name}"
    return None if parts is None else f"{one.name} // {parts}"


def _factor(column: tuple[object, ...], other: tuple[object, ...]) -> int | None:
    found: set[int] = set()
    for a, b in zip(column, other, strict=True):
        if type(a) is not int or type(b) is not int or b == 0 or a % b or a == b:
            return None
        found.add(a // b)
    return found.pop() if len(found) == 1 else None


def _default(slot: Slot, column: Sequence[object]) -> object:
    """The usual value of an argument: that of what it is for, where most groups have it."""
    usual = sum(_same(value, slot.default) for value in column)
    return slot.default if 2 * usual >= len(column) else NO_DEFAULT


def _free(slot: Slot, taken: set[str]) -> str:
    name = f"{slot.where}_{slot.name}" if slot.name in taken and slot.where else slot.name
    free, number = name, 2
    while free in taken:
        free, number = f"{name}{number}", number + 1
    taken.add(free)
    return free
