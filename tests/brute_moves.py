"""Ops that only move elements, by NumPy on arrays whose elements know what they came from."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from brute import CannotRunError
from brute_sets import Array, Ran, filled, union

if TYPE_CHECKING:
    from collections.abc import Callable


def gather(f: dict[str, Any], x: Array, *indices: Array) -> Array:
    if (f["indices"] is None) == (not indices):
        raise ValueError("give either indices or a second input")
    if not indices:
        return np.take(x, f["indices"], axis=f["dim"])
    x, at = np.moveaxis(x, f["dim"], 0), indices[0]
    out = filled((*at.shape, *x.shape[1:]))  # any position of the axis
    for place in np.ndindex(*at.shape):
        for position in range(len(x)):
            out[place] = out[place] | x[position] | at[place]
    return np.moveaxis(out, range(at.ndim), range(f["dim"], f["dim"] + at.ndim))


def scatter(f: dict[str, Any], x: Array, at: Array, updates: Array) -> Array:
    """Each element may come from anywhere among the updates, and any index may say so."""
    if f["dim"] is not None and (at.ndim != x.ndim or at.shape != updates.shape):
        raise ValueError("as many indices as updates")
    out = x.copy()
    for index in np.ndindex(*out.shape):
        out[index] |= union(at.flat) | union(updates.flat)
    return out


def sliced(f: dict[str, Any], x: Array) -> Array:
    steps = f["steps"] or (1,) * len(f["dims"])
    for axis, start, end, step in zip(f["dims"], f["starts"], f["ends"], steps, strict=True):
        size = x.shape[axis]
        inside = range(size)
        first, past = (n + size if n < 0 else n for n in (start, end))
        if step > 0:
            kept = [
                p for p in inside if p >= first and p < past and (p - max(first, 0)) % step == 0
            ]
        else:
            top = min(first, size - 1)
            kept = [p for p in reversed(inside) if past < p <= top and (top - p) % -step == 0]
        if not kept:
            raise ValueError("nothing is left")
        x = np.take(x, kept, axis=axis)
    return x


def by_numpy(act: Callable[..., Array | list[Array]]) -> Callable[..., Ran]:
    """An op that NumPy has; what NumPy refuses cannot run."""

    def run(f: dict[str, Any], *arrays: Array) -> Ran:
        try:
            result = act(f, *arrays)
        except (ValueError, IndexError) as error:
            raise CannotRunError(str(error)) from None
        return Ran([*result] if isinstance(result, list) else [result])

    return run


def split(f: dict[str, Any], x: Array) -> list[Array]:
    if (f["parts"] is None) == (f["sizes"] is None):
        raise ValueError("give either parts or sizes")
    if f["parts"] is not None:
        return np.split(x, f["parts"], axis=f["dim"])
    *cuts, end = np.cumsum(f["sizes"])
    if end != x.shape[f["dim"]]:
        raise ValueError("sizes do not add up")
    return np.split(x, cuts, axis=f["dim"])


def shuffle(f: dict[str, Any], x: Array) -> Array:
    apart = np.stack(np.split(x, f["groups"], axis=1), axis=2)
    return apart.reshape(x.shape)


def flatten(f: dict[str, Any], x: Array) -> Array:
    axes = list(range(x.ndim))
    merged = axes[f["start_dim"] : None if f["end_dim"] == -1 else f["end_dim"] + 1]
    if not merged or f["end_dim"] >= x.ndim:
        raise ValueError("no such axes")
    size = len(list(product(*(range(x.shape[axis]) for axis in merged))))
    return x.reshape(*x.shape[: merged[0]], size, *x.shape[merged[-1] + 1 :])


def crop(f: dict[str, Any], x: Array) -> Array:
    for axis, size in enumerate(f["size"], start=2):
        kept = list(range(x.shape[axis]))
        if f["start"] is None:
            while len(kept) > size:  # one from the end, one from the start, until it fits
                kept.pop()
                if len(kept) > size:
                    kept.pop(0)
        else:
            kept = kept[f["start"][axis - 2] :][:size]
        if len(kept) < size:
            raise ValueError("the crop does not fit")
        x = np.take(x, kept, axis=axis)
    return x


def pad(f: dict[str, Any], x: Array) -> Array:
    for axis, (before, after) in enumerate(f["padding"], start=2):
        size = x.shape[axis]
        moved = np.moveaxis(x, axis, 0)
        layers: list[Array] = []
        for position in range(-before, size + after):
            if f["mode"] == "reflect":
                position = 2 * (size - 1) - position if position >= size else abs(position)
                if not 0 <= position < size:
                    raise ValueError("nothing there to reflect")
            elif f["mode"] == "replicate":
                position = min(max(position, 0), size - 1)
            elif f["mode"] == "circular":
                if not -size <= position < 2 * size:
                    raise ValueError("the map would go round twice")
                position %= size
            inside = 0 <= position < size
            layers.append(moved[position] if inside else filled(moved.shape[1:]))
        x = np.moveaxis(np.stack(layers), 0, axis)
    return x
