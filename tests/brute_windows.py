"""Ops that slide a window, by plain loops over arrays whose elements know what they came from."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import brute
import numpy as np
from brute import CannotRunError
from brute_sets import NOTHING, Array, Index, Ran, filled, union

if TYPE_CHECKING:
    from collections.abc import Iterator


def spots(f: dict[str, Any], x: Array) -> Iterator[tuple[Index, list[list[int]]]]:
    """Each output position of a window of any rank, and the positions its taps read an axis."""
    sizes = x.shape[2:]
    if f["padding"] == "same":
        axes = zip(sizes, f["kernel_size"], f["stride"], f["dilation"], strict=True)
        padding = [brute.same_padding(*axis) for axis in axes]
    else:
        padding = f["padding"]
    slide = brute.starts_ceil if f.get("ceil_mode") else brute.starts
    starts: list[list[int]] = []
    axes = zip(sizes, f["kernel_size"], f["stride"], padding, f["dilation"], strict=True)
    for size, kernel, stride, (before, after), dilation in axes:
        starts.append(slide(size, kernel, stride, before, after, dilation))
        if not starts[-1]:
            raise CannotRunError("no window fits")
    for unit in product(*(range(len(axis)) for axis in starts)):
        firsts = (axis[u] for axis, u in zip(starts, unit, strict=True))
        dilated = zip(firsts, f["kernel_size"], f["dilation"], strict=True)
        yield unit, [[first + tap * d for tap in range(k)] for first, k, d in dilated]


def at(x: Array, n: int, channel: int, positions: Index) -> frozenset[Any]:
    """An element, or nothing where the position lies in padding."""
    inside = all(0 <= p < size for p, size in zip(positions, x.shape[2:], strict=True))
    return x[(n, channel, *positions)] if inside else NOTHING


def group_members(channels: int, out_channels: int, groups: int) -> list[tuple[int, int]]:
    """The (input, output) channels that a grouped convolution connects."""
    if channels % groups or out_channels % groups:
        raise CannotRunError("groups do not divide channels")
    inputs = np.split(np.arange(channels), groups)
    outputs = np.split(np.arange(out_channels), groups)
    both = zip(inputs, outputs, strict=True)
    return [(int(c), int(o)) for cs, os in both for c, o in product(cs, os)]


def conv(f: dict[str, Any], x: Array) -> Ran:
    members = group_members(x.shape[1], f["out_channels"], f["groups"])
    units = list(spots(f, x))
    lengths = [last + 1 for last in units[-1][0]]
    out = filled((x.shape[0], f["out_channels"], *lengths))
    macs = real = 0
    for n, (c, o), (unit, taps) in product(range(x.shape[0]), members, units):
        for positions in product(*taps):
            element = at(x, n, c, positions)
            out[(n, o, *unit)] |= element
            macs += 1
            real += bool(element)
    taps = list(product(*map(range, f["kernel_size"])))
    return Ran([out], macs, real, len(members) * len(taps))


def conv_transpose(f: dict[str, Any], x: Array) -> Ran:
    members = group_members(x.shape[1], f["out_channels"], f["groups"])
    axes = zip(
        x.shape[2:],
        f["kernel_size"],
        f["stride"],
        f["padding"],
        f["dilation"],
        f["output_padding"],
        strict=True,
    )
    kept: list[list[list[tuple[int, int]]]] = [
        brute.cropped(brute.scattered(size, k, s, d), before, after, extra)
        for size, k, s, (before, after), d, extra in axes
    ]
    if not all(kept):
        raise CannotRunError("nothing is left")
    out = filled((x.shape[0], f["out_channels"], *map(len, kept)))
    real = 0
    for n, (c, o), unit in product(range(x.shape[0]), members, np.ndindex(*out.shape[2:])):
        met = [axis[int(u)] for axis, u in zip(kept, unit, strict=True)]
        for pairs in product(*met):
            out[(n, o, *unit)] |= x[(n, c, *(i for i, _ in pairs))]
            real += 1
    taps = list(product(*map(range, f["kernel_size"])))
    scattered = len(list(product(np.ndindex(*x.shape[2:]), taps)))
    return Ran([out], x.shape[0] * len(members) * scattered, real, len(members) * len(taps))


def deform_conv(f: dict[str, Any], x: Array, offsets: Array, mask: Array | None = None) -> Ran:
    """As long as all offsets are 0. Where a product meets the map is for the data to say."""
    ran = conv(f, x)
    (out,) = ran.outputs
    taps = list(product(*map(range, f["kernel_size"])))
    if x.shape[1] % f["offset_groups"]:
        raise CannotRunError("offset groups do not divide channels")
    channels: int = x.shape[1]
    parts = np.split(np.arange(channels), f["offset_groups"])
    axes = range(x.ndim - 2)
    if offsets.shape[1:] != (len(list(product(parts, taps, axes))), *out.shape[2:]):
        raise CannotRunError("there are other places to move")
    if mask is not None and mask.shape[1:] != (len(list(product(parts, taps))), *out.shape[2:]):
        raise CannotRunError("there are other places to weigh")
    steering = [a for a in (offsets, mask) if a is not None]
    for n, (c, o), unit in product(
        range(x.shape[0]),
        group_members(x.shape[1], f["out_channels"], f["groups"]),
        np.ndindex(*out.shape[2:]),
    ):
        (own,) = (g for g, part in enumerate(parts) if c in part)
        for a in steering:
            of_groups = np.split(a[(n, slice(None), *unit)], len(parts))
            out[(n, o, *unit)] |= union(of_groups[own])
    return ran._replace(macs_in_bounds=ran.macs)


def deform_sample(_: dict[str, Any], x: Array, offsets: Array) -> Ran:
    """As long as all offsets are 0."""
    if x.ndim < 3 or offsets.shape != (x.shape[0], x.shape[1] * (x.ndim - 2), *x.shape[2:]):
        raise CannotRunError("there are other places to move")
    out = x.copy()
    for n, c, *at_ in np.ndindex(*x.shape):
        for axis in range(x.ndim - 2):
            out[(n, c, *at_)] |= offsets[(n, c * (x.ndim - 2) + axis, *at_)]
    return Ran([out])


def pool(f: dict[str, Any], x: Array) -> Ran:
    f = {"dilation": (1,) * (x.ndim - 2), **f, "stride": f["stride"] or f["kernel_size"]}
    units = list(spots(f, x))
    out = filled((*x.shape[:2], *(last + 1 for last in units[-1][0])))
    for n, c, (unit, taps) in product(range(x.shape[0]), range(x.shape[1]), units):
        out[(n, c, *unit)] = union(at(x, n, c, positions) for positions in product(*taps))
    return Ran([out] * (1 + f.get("return_indices", False)))


def adaptive_pool(f: dict[str, Any], x: Array) -> Ran:
    out = filled((*x.shape[:2], *f["output_size"]))
    for index in np.ndindex(*out.shape):
        axes = zip(index[2:], x.shape[2:], out.shape[2:], strict=True)
        shares = [brute.adaptive(n, m)(unit) for unit, n, m in axes]
        out[index] = union(x[(*index[:2], *positions)] for positions in product(*shares))
    return Ran([out])


def global_pool(_: dict[str, Any], x: Array) -> Ran:
    return adaptive_pool({"output_size": (1,) * (x.ndim - 2)}, x)
