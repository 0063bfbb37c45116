"""One window on one axis, against loops over positions and taps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import brute
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies import Along, along_an_axis

from convcost.window import (
    FIRST,
    MOST_PHASES,
    SAME,
    Pairs,
    Step,
    Window,
    same_padding,
    step,
    step_adaptive,
    step_nearest,
    step_transposed,
    windows,
)

if TYPE_CHECKING:
    from collections.abc import Callable

many = settings(max_examples=400)


def window(axis: Along) -> Window:
    return Window(axis.kernel, axis.stride, axis.before, axis.after, axis.dilation)


def read(relation: Step | None, unit: int) -> list[int]:
    """Positions that a unit reads, according to Step."""
    assert relation is not None
    assert len(relation.reads) == relation.period
    periods, phase = divmod(unit, relation.period)
    return [position + periods * relation.shift for position in relation.reads[phase]]


@many
@given(along_an_axis)
def test_length_counts_the_windows_that_fit(axis: Along) -> None:
    found = brute.starts(*axis)
    slack = window(axis).slack(axis.size)
    assert isinstance(slack, int)
    assert (slack >= 0) == bool(found)
    if found:
        assert window(axis).length(axis.size) == len(found)
        last_tap = found[-1] + (axis.kernel - 1) * axis.dilation
        assert window(axis).span == last_tap - found[-1] + 1


@many
@given(along_an_axis)
def test_length_in_ceil_mode_counts_a_last_window_that_hangs_over(axis: Along) -> None:
    assume(axis.after < (axis.kernel - 1) * axis.dilation + 1)
    found = brute.starts_ceil(*axis)
    assume(found)
    assert window(axis).length_ceil(axis.size) == len(found)


# PyTorch 2.13: torch.nn.functional.max_pool1d of that many positions, ceil_mode=True.
@pytest.mark.parametrize(
    ("size", "kernel", "stride", "padding", "length"),
    [
        (112, 3, 2, 0, 56),
        (111, 3, 2, 0, 55),
        (7, 2, 2, 1, 4),
        (6, 2, 2, 1, 4),
        (2, 3, 2, 0, 1),
        (5, 3, 4, 1, 2),
        (5, 2, 3, 0, 2),
        (4, 2, 3, 0, 2),
        (3, 2, 3, 0, 1),
        (3, 2, 4, 1, 1),
    ],
)
def test_length_in_ceil_mode_as_pytorch_measures_it(
    size: int, kernel: int, stride: int, padding: int, length: int
) -> None:
    assert Window(kernel, stride, padding, padding).length_ceil(size) == length


@many
@given(along_an_axis, st.integers(0, 3))
def test_transposed_length_counts_what_is_left_of_the_scattered(axis: Along, extra: int) -> None:
    size, kernel, stride, before, after, dilation = axis
    written = brute.scattered(size, kernel, stride, dilation)
    left = len(written) + extra - before - after
    assert window(axis).length_transposed(size, extra) == left
    assume(left > 0)
    assert left == len(brute.cropped(written, before, after, extra))


@given(along_an_axis)
def test_a_transposed_window_undoes_the_length_of_a_window(axis: Along) -> None:
    units = window(axis).length(axis.size)
    assume(isinstance(units, int) and units > 0)
    assert window(axis).length(window(axis).length_transposed(units)) == units


@many
@given(along_an_axis)
def test_same_padding_is_the_least_that_reaches_the_end(axis: Along) -> None:
    size, kernel, stride, _, _, dilation = axis
    padded = same_padding(size, kernel, stride, dilation)
    assert (padded.before, padded.after) == brute.same_padding(size, kernel, stride, dilation)
    assert padded.length(size) == len(range(0, size, stride))
    assert (padded.kernel, padded.stride, padded.dilation) == (kernel, stride, dilation)


@many
@given(along_an_axis, st.integers(0, 5))
def test_pairs_in_bounds_meet_a_real_input(axis: Along, positions: int) -> None:
    """For any number of windows, whether or not they fit."""
    meeting = [
        place
        for unit in range(positions)
        for place in brute.taps(unit, axis.kernel, axis.stride, axis.before, axis.dilation)
        if 0 <= place < axis.size
    ]
    assert window(axis).pairs_in_bounds(axis.size, positions) == len(meeting)


@many
@given(along_an_axis, st.integers(0, 3))
def test_pairs_in_bounds_of_a_transposed_window_land_in_the_output(axis: Along, extra: int) -> None:
    size, kernel, stride, before, after, dilation = axis
    kept = brute.cropped(brute.scattered(size, kernel, stride, dilation), before, after, extra)
    pairs = window(axis).pairs_in_bounds(len(kept), size)
    assert pairs == sum(map(len, kept))


def test_pairs_in_bounds_of_the_textbook() -> None:
    """8 to 12 channels of 16x16, kernel 4, stride 2, padding 1, transposed."""
    up = Window(4, 2, 1, 1)
    assert up.length_transposed(16) == 32
    assert up.pairs_in_bounds(32, 16) == 62  # of 16 x 4
    assert 62**2 * 8 * 12 == 369024


def test_windows_take_one_value_an_axis() -> None:
    pair: Pairs = ((1, 2), (3, 4))
    assert windows((3, 5), (1, 2), pair, (1, 4)) == (Window(3, 1, 1, 2, 1), Window(5, 2, 3, 4, 4))
    with pytest.raises(ValueError, match="shorter"):
        windows((3, 5), (1, 2), pair, (1,))


units = st.integers(-20, 40)
strides = st.integers(1, 8)
borders = st.integers(-6, 6)  # below 0: crops


@given(units, st.integers(1, 5), strides, borders, st.integers(1, 6))
def test_step(unit: int, kernel: int, stride: int, before: int, dilation: int) -> None:
    found = read(step(kernel, stride, before, dilation), unit)
    assert found == brute.taps(unit, kernel, stride, before, dilation)


@many
@given(units, st.integers(1, 5), strides, borders, st.integers(1, 6))
def test_step_transposed(unit: int, kernel: int, stride: int, before: int, dilation: int) -> None:
    found = read(step_transposed(kernel, stride, before, dilation), unit)
    assert found == brute.transposed_window(kernel, stride, before, dilation)(unit)


def test_a_transposed_step_is_the_step_read_backwards() -> None:
    down, up = step(3, 4, 1, 6), step_transposed(3, 4, 1, 6)
    for position in range(-30, 30):
        readers = [unit for unit in range(-30, 30) if position in read(down, unit)]
        assert read(up, position) == readers


@given(units, st.integers(1, 9), st.integers(1, 9))
def test_step_nearest(unit: int, numerator: int, denominator: int) -> None:
    found = read(step_nearest(numerator, denominator), unit)
    assert found == brute.nearest(numerator, denominator)(unit)


@given(units, st.integers(1, 12), st.integers(1, 12))
def test_step_adaptive(unit: int, size: int, outputs: int) -> None:
    found = read(step_adaptive(size, outputs), unit)
    assert found == brute.adaptive(size, outputs)(unit)


def test_a_window_is_plain_unless_it_says_otherwise() -> None:
    assert Window(3) == Window(3, 1, 0, 0, 1)
    assert step(3) == step(3, 1, 0, 1)


def test_steps_of_one_position() -> None:
    assert [read(SAME, unit) for unit in (-1, 0, 5)] == [[-1], [0], [5]]
    assert [read(FIRST, unit) for unit in (-1, 0, 5)] == [[0], [0], [0]]


def test_steps_with_too_many_phases_are_not_followed() -> None:
    most = MOST_PHASES
    follows: list[Callable[[int], Step | None]] = [
        lambda phases: step_transposed(3, phases, 1, 1),
        lambda phases: step_nearest(phases, 1),
        lambda phases: step_adaptive(1, phases),
    ]
    for follow in follows:
        assert follow(most) is not None
        assert follow(most + 1) is None
        assert follow(10**9) is None
    assert step_nearest(10**12, 10**12 // 2) == step_nearest(2, 1)
    assert step_adaptive(10**12, 10**12 // 2) == step_adaptive(2, 1)
    assert step(3, 10**9, 1, 10**9) == Step(1, 10**9, (range(-1, 3 * 10**9 - 1, 10**9),))
