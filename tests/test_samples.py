"""Samples followed through reshapes, against arrays in which every element says whose it is."""

from __future__ import annotations

import random
from math import prod

import numpy as np
import pytest

from convcost.samples import Samples


def owners(shape: tuple[int, ...], samples: Samples) -> np.ndarray:
    """The number of the sample that each element belongs to."""
    count = shape[samples.axis] // (samples.before * samples.after)
    along = np.arange(shape[samples.axis]) // samples.after % count
    return np.broadcast_to(
        along.reshape([-1 if a == samples.axis else 1 for a in range(len(shape))]), shape
    )


def holders(whose: np.ndarray, count: int) -> list[Samples]:
    """Each way in which the elements of an array may lie by their samples, tried out."""
    return [
        place
        for axis, size in enumerate(whose.shape)
        for after in range(1, size + 1)
        if size % (count * after) == 0
        for place in [Samples(axis, size // (count * after), after)]
        if np.array_equal(owners(whose.shape, place), whose)
    ]


def drawn(rng: random.Random) -> tuple[tuple[int, ...], Samples, tuple[int, ...]]:
    count = rng.choice((2, 3, 5))
    sizes = [rng.choice((1, 2, 3, 4, 6)) for _ in range(rng.randint(0, 3))]
    before, after = rng.choice((1, 1, 2, 3)), rng.choice((1, 1, 2, 3))
    axis = rng.randint(0, len(sizes))
    sizes.insert(axis, before * count * after)
    x = tuple(sizes)
    factors = [f for n in (*x, count) for f in range(2, n + 1) if n % f == 0]
    y, left = list[int](), prod(x)
    while left > 1 and len(y) < 5:
        size = rng.choice([f for f in (*factors, left) if left % f == 0])
        y.append(size)
        left //= size
    y += [left] if left > 1 else []
    for _ in range(rng.randint(0, 2)):
        y.insert(rng.randint(0, len(y)), 1)
    return x, Samples(axis, before, after), tuple(y)


def test_samples_are_where_their_elements_are():
    rng, found = random.Random(3), 0
    for _ in range(3000):
        x, samples, y = drawn(rng)
        count = x[samples.axis] // (samples.before * samples.after)
        places = holders(owners(x, samples).reshape(y), count)
        place = samples.regrouped(x, y)
        assert (place in places) if places else place is None, (x, samples, y)
        found += place is not None
    assert found > 1000


@pytest.mark.parametrize(
    ("x", "samples", "y"),
    [
        ((1, 3, 8, 8), (0, 1, 1), (1, 192)),  # a map made flat
        ((197, 1, 768), (1, 1, 1), (197, 12, 64)),  # heads, as PyTorch parts them
        ((12, 197, 64), (0, 1, 12), (1, 12, 197, 64)),
        ((16, 1, 4, 8), (1, 1, 1), (16, 32)),  # and joins them
        ((197, 768), (0, 197, 1), (197, 1, 768)),
        ((1, 197, 768), (0, 1, 1), (197, 768)),
        ((1, 56, 56, 96), (0, 1, 1), (8, 7, 8, 7, 96)),  # windows, as Swin has them
    ],
)
def test_one_sample_lies_where_two_would(
    x: tuple[int, ...], samples: tuple[int, int, int], y: tuple[int, ...]
):
    """The shapes for one sample, as exporters write them: in those for two the places are known."""
    place = Samples(*samples).regrouped(x, y)
    assert place is not None
    two = Samples(*samples).with_count(x, 2)
    assert Samples(*samples).regrouped(two, place.with_count(y, 2)) == place


def test_shapes_without_samples():
    assert Samples(0).without((4, 3, 8)) == (3, 8)
    assert Samples(1).without((6, 4, 8)) == (6, 8)
    assert Samples(1, 1, 12).without((197, 48, 64)) == (197, 12, 64)
