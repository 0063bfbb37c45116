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


def parameters(
    groups: Sequence[Sequence[Slot]],
) -> tuple[tuple[Parameter, ...], tuple[object, ...]]:
    """The arguments that groups of one class differ in, and for each slot a value or expression.

    Args:
        groups: of each group the slots, in one order.
    """
    found: list[Parameter] = []
    written: list[object] = []
    seen: dict[tuple[object, ...], str] = {}
    names: set[str] = set()
    for number, slot in enumerate(groups[0]):
        column = tuple(group[number].value for group in groups)
        if all(_same(value, column[0]) for value in column):
            written.append(column[0])
            continue
        said = seen.get(column) or _multiple(column, seen) or _half(slot, column, seen)
        if said is None:
            name = _free(slot, names)
            found.append(Parameter(name, number, _default(slot, column)))
            said = seen[column] = name
        written.append(Raw(said))
    return tuple(found), tuple(written)


def _same(one: object, other: object) -> bool:
    """Whether values are equal, and of one type: True is no 1."""
    return type(one) is type(other) and one == other


def _multiple(column: tuple[object, ...], seen: dict[tuple[object, ...], str]) -> str | None:
    """An expression that is a whole multiple or part of an argument in all groups."""
    for other, name in seen.items():
        for a, b, sign in ((column, other, "*"), (other, column, "//")):
            factor = _factor(a, b)
            if factor is not None:
                return f"{factor} * {name}" if sign == "*" else f"{name} // {factor}"
    return None


def _factor(column: tuple[object, ...], other: tuple[object, ...]) -> int | None:
    found: set[int] = set()
    for a, b in zip(column, other, strict=True):
        if type(a) is not int or type(b) is not int or b == 0 or a % b or a == b:
            return None
        found.add(a // b)
    return found.pop() if len(found) == 1 else None


def _half(
    slot: Slot, column: tuple[object, ...], seen: dict[tuple[object, ...], str]
) -> str | None:
    """An expression for padding that keeps the size under kernels of odd sizes."""
    for other, name in seen.items():
        pairs = zip(column, other, strict=True)
        odd = all(type(b) is int and b % 2 and a == b // 2 for a, b in pairs)
        if odd and slot.name == "padding" and name.endswith("kernel_size"):
            return f"{name} // 2"
    return None


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
