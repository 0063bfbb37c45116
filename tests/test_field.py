"""Receptive fields against sets of positions, unit by unit."""

from __future__ import annotations

import time
from fractions import Fraction
from functools import reduce
from math import lcm
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import brute
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from convcost.field import (
    DATA_DEPENDENT,
    GLOBAL,
    MISALIGNED,
    MOST_UNITS,
    UNKNOWN,
    Field,
    Map,
)
from convcost.window import (
    MOST_PHASES,
    Step,
    step,
    step_adaptive,
    step_joined,
    step_nearest,
    step_transposed,
)

if TYPE_CHECKING:
    from collections.abc import Callable


class Layer(NamedTuple):
    """The same layer twice: as the package has it and as loops have it; and how many units go into
    one of its own on average."""

    step: Step | None
    reads: brute.Layer
    stride: Fraction


LENGTH = 10**9  # of an input on which nothing is clipped
UNITS = 10**6  # of a layer: only tables ask how many there are


def itself() -> Field:
    """The field of the input itself."""
    return Field(LENGTH)


Tree = Any
"""What units see: ``()`` the input, ``(layer, tree)`` a layer after it, ``(tree, tree)`` a join."""


def layer(kind: str, *sizes: int) -> Layer:
    steps: dict[str, Callable[..., Step | None]] = {
        "window": step,
        "transposed": step_transposed,
        "nearest": step_nearest,
        "adaptive": step_adaptive,
    }
    loops: dict[str, Callable[..., brute.Layer]] = {
        "window": brute.window,
        "transposed": brute.transposed_window,
        "nearest": brute.nearest,
        "adaptive": brute.adaptive,
    }
    strides = {
        "window": lambda: Fraction(sizes[1]),
        "transposed": lambda: Fraction(1, sizes[1]),
        "nearest": lambda: Fraction(sizes[1], sizes[0]),
        "adaptive": lambda: Fraction(sizes[0], sizes[1]),
    }
    return Layer(steps[kind](*sizes), loops[kind](*sizes), strides[kind]())


small = st.integers(1, 4)
layers = st.one_of(
    st.tuples(st.just("window"), small, small, st.integers(-3, 3), small),
    st.tuples(st.just("transposed"), small, small, st.integers(0, 3), small),
    st.tuples(st.just("nearest"), small, small),
    st.tuples(st.just("adaptive"), small, small),
).map(lambda sizes: layer(*cast("tuple[str, int]", sizes)))
trees: st.SearchStrategy[Tree] = st.recursive(
    st.just(()), lambda inner: st.tuples(layers, inner) | st.tuples(inner, inner), max_leaves=3
)
stacks: st.SearchStrategy[Tree] = st.lists(layers, max_size=4).map(
    lambda several: reduce(lambda tree, one: (one, tree), several, ())
)


def field(tree: Tree) -> Field:
    match tree:
        case ():
            return itself()
        case (Layer() as top, before):
            return field(before).after(top.step, UNITS)
        case (a, b):
            return field(a).joined(field(b))
        case _:
            raise AssertionError(tree)


def positions(tree: Tree, unit: int) -> set[int]:
    """The input positions that a unit reads."""
    match tree:
        case ():
            return {unit}
        case (Layer() as top, before):
            return set[int]().union(*(positions(before, one) for one in top.reads(unit)))
        case (a, b):
            return positions(a, unit) | positions(b, unit)
        case _:
            raise AssertionError(tree)


def strides(tree: Tree) -> set[Fraction]:
    """The strides at which the branches of a tree move."""
    match tree:
        case ():
            return {Fraction(1)}
        case (Layer() as top, before):
            return {top.stride * stride for stride in strides(before)}
        case (a, b):
            return strides(a) | strides(b)
        case _:
            raise AssertionError(tree)


def phases(tree: Tree) -> int:
    """At least as many as a map of the tree can need."""
    match tree:
        case ():
            return 1
        case (Layer() as top, before):
            return phases(before) * (top.step.period if top.step else 1)
        case (a, b):
            return lcm(phases(a), phases(b))
        case _:
            raise AssertionError(tree)


def size(read: set[int]) -> int:
    return max(read) - min(read) + 1 if read else 0


@settings(max_examples=800)
@given(stacks | trees, st.integers(-6, 12))
def test_the_span_of_a_unit_is_that_of_the_positions_it_reads(tree: Tree, first: int) -> None:
    assume(phases(tree) <= 300)
    found = field(tree)
    assert UNKNOWN not in found.flags
    for unit in range(first, first + 5):
        read = positions(tree, unit)
        assert found.span(unit) == ((min(read), max(read)) if read else None)


@given(stacks, st.integers(1, 12))
def test_sizes_and_stride_of_a_stack(stack: Tree, units: int) -> None:
    found = field(stack)
    (stride,) = strides(stack)
    assert found.flags == frozenset()
    assert found.stride() == (int(stride) if stride.denominator == 1 else str(stride))
    seen = [size(positions(stack, unit)) for unit in range(units)]
    period = found.maps[0].period
    assert set(seen) <= set(found.sizes(units))
    if units <= period:
        assert found.sizes(units) == sorted(set(seen))
    assert found.sizes(10**9) == found.sizes(period)


@given(trees, st.integers(1, 8))
def test_branches_of_different_stride_are_misaligned_and_not_averaged(
    tree: Tree, units: int
) -> None:
    assume(phases(tree) <= 300)
    found = field(tree)
    moving = strides(tree)
    assert (MISALIGNED in found.flags) == (len(moving) > 1)
    assert (found.stride() is None) == (len(moving) > 1)
    if len(moving) > 1:
        seen = {size(positions(tree, unit)) for unit in range(units)}
        assert found.sizes(units) == sorted(seen)


@given(stacks, stacks)
def test_a_join_does_not_care_who_is_first(a: Tree, b: Tree) -> None:
    one, other = field((a, b)), field((b, a))
    assert one.flags == other.flags
    assert [one.span(unit) for unit in range(9)] == [other.span(unit) for unit in range(9)]


CONV, HALVE, POOL = (3, 1, 1), (3, 2, 1), (2, 2, 0)  # kernel, stride, padding


# Araujo, Norris, Sim, Distill 2019, table 1: size, stride and padding of the last map. (Its ResNet
# is TensorFlow slim's: the last unit of each block has the stride; pools have no padding before.)
@pytest.mark.parametrize(
    ("layers", "size", "stride", "start"),
    [
        ([CONV, CONV, POOL] * 2 + [CONV, CONV, CONV, POOL] * 3, 212, 32, -90),
        (
            [(7, 2, 3), (3, 2, 0), *[CONV] * 2, HALVE, *[CONV] * 3, HALVE, *[CONV] * 5, HALVE]
            + [CONV] * 3,
            *(483, 32, -239),
        ),
    ],
    ids=["vgg16", "resnet50"],
)
def test_networks_of_the_literature(
    layers: list[tuple[int, int, int]], size: int, stride: int, start: int
) -> None:
    found = itself()
    for kernel, by, before in layers:
        found = found.after(step(kernel, by, before), UNITS)
    assert (found.sizes(7), found.stride()) == ([size], stride)
    assert found.span(0) == (start, start + size - 1)
    assert found.span(3) == (start + 3 * stride, start + size - 1 + 3 * stride)


def test_units_that_read_nothing() -> None:
    found = itself().after(step_transposed(1, 2, 0, 1), UNITS)
    assert [found.span(unit) for unit in range(4)] == [(0, 0), None, (1, 1), None]
    assert found.sizes(4) == [0, 1]
    assert found.sizes(1) == [1]
    assert found.stride() == "1/2"
    over = found.after(step(2, 2, 3), UNITS)  # reads units -3 and -2, -1 and 0 ...
    assert [over.span(unit) for unit in range(3)] == [(-1, -1), (0, 0), (1, 1)]
    holes = found.after(step(2, 1, 1, 2), UNITS)  # reads units -1 and 1: both read nothing
    assert holes.span(0) is None
    assert found.joined(itself().after(step_nearest(2, 1), UNITS)).sizes(4) == [1]


def test_what_all_units_read_alike_is_global_where_it_is_everything() -> None:
    whole = Field.of_set(8, range(8))
    part = Field.of_set(8, frozenset((0, 1, 2, 5, 6, 7)))
    assert (whole.span(0), whole.span(99), whole.sizes(5), whole.stride()) == (
        (0, 7),
        (0, 7),
        [8],
        0,
    )
    assert (whole.flags, part.flags) == ({GLOBAL}, frozenset())
    assert (part.span(3), part.sizes(5), part.stride()) == ((0, 7), [8], 0)
    local = Field(8).after(step(3, 1, 1), 8)
    unknown = Field(8).after(None, 8)
    for found in (
        whole.joined(local),
        local.joined(whole),
        whole.joined(unknown),
        unknown.joined(whole),
        whole.after(None, 8),
        part.joined(Field.of_set(8, range(2, 6))),
    ):
        assert found.flags == {GLOBAL}
        assert [found.span(unit) for unit in range(3)] == [(0, 7)] * 3
    assert part.joined(unknown).flags == {UNKNOWN}
    assert part.joined(Field.of_set(8, range(2, 4))).flags == frozenset()
    assert part.joined(local).flags == {MISALIGNED}
    assert Field.of_set(8, None).flags == {UNKNOWN}


def test_units_of_a_table_end() -> None:
    """Two inputs laid one behind the other: what reads beyond an end reads nothing."""
    first = Field(4).after(step_joined(0, 4), 7)
    second = Field(4).after(step_joined(4, 3), 7)
    assert [first.span(unit) for unit in range(-1, 8)] == [
        *(None, (0, 0), (1, 1), (2, 2), (3, 3)),
        *(None,) * 4,
    ]
    both = first.joined(second)
    assert [both.span(unit) for unit in range(7)] == [(n, n) for n in (0, 1, 2, 3, 0, 1, 2)]
    assert (both.stride(), both.flags, both.sizes(7)) == (None, frozenset(), [1])
    windows = both.after(step(3, 2, 1), 4)  # units -1..1, 1..3, 3..5, 5..7
    assert [windows.span(unit) for unit in range(4)] == [(0, 1), (1, 3), (0, 3), (1, 2)]
    assert windows.sizes(4) == [2, 3, 4]


def test_flags_are_kept() -> None:
    bent = Field(LENGTH, deformed=True)
    assert bent.after(step(3), UNITS).flags == {DATA_DEPENDENT}
    assert bent.joined(itself()).flags == itself().joined(bent).flags == {DATA_DEPENDENT}
    assert bent.after(None, UNITS).flags == {DATA_DEPENDENT, UNKNOWN}
    odd, even = (
        itself().after(step_nearest(phases, 1), UNITS).after(step(1, phases), UNITS)
        for phases in (3, 5)
    )
    assert odd.joined(even).flags == frozenset()


def test_an_unknown_field_has_no_numbers() -> None:
    unknown = itself().after(None, UNITS)
    for found in (
        unknown,
        unknown.after(step(3), UNITS),
        unknown.joined(itself()),
        itself().joined(unknown),
    ):
        assert found == Field(LENGTH, (), unknown=True)
        assert (found.span(0), found.sizes(4), found.stride()) == (None, [], None)


def test_misaligned_maps_that_meet_again_are_joined_to_their_like() -> None:
    fine, coarse = itself().after(step(3, 1, 1), UNITS), itself().after(step(5, 2, 2), UNITS)
    both = fine.joined(coarse)
    assert both.joined(coarse) == both == both.joined(fine)
    assert both.after(step(3, 1, 1), UNITS).flags == {MISALIGNED}
    # -2..2 with -1..1; 0..4 with 0..2; 2..6 with 1..3; 4..8 with 2..4
    assert [both.span(unit) for unit in range(4)] == [(-2, 2), (0, 4), (1, 6), (2, 8)]
    assert both.sizes(4) == [5, 6, 7]


def test_misaligned_branches_on_a_long_axis_have_no_list_of_sizes() -> None:
    both = itself().after(step(3, 1, 1), UNITS).joined(itself().after(step(5, 2, 2), UNITS))
    assert both.sizes(MOST_UNITS)
    assert both.sizes(MOST_UNITS + 1) == []
    assert both.span(10**9) == (10**9 - 1, 2 * 10**9 + 2)


def test_too_many_phases_are_unknown_and_quickly_so() -> None:
    start = time.perf_counter()
    ups, tree = itself(), ()
    for _ in range(12):
        ups, tree = (
            ups.after(step_transposed(4, 2, 1, 1), UNITS),
            (layer("transposed", 4, 2, 1, 1), tree),
        )
    assert ups.flags == frozenset()
    assert (ups.stride(), ups.maps[0].period) == ("1/4096", MOST_PHASES)
    for unit in (0, 1, 2047, 2048, 4095, 4096):
        read = positions(tree, unit)
        assert ups.span(unit) == (min(read), max(read))
    for _ in range(8):
        ups = ups.after(step_transposed(4, 2, 1, 1), UNITS)
    assert ups.flags == {UNKNOWN}
    assert itself().after(step_transposed(3, 10**9, 1, 1), UNITS).flags == {UNKNOWN}
    assert (
        itself().after(step(3, 10**9, 1), UNITS).after(step(3, 10**9, 1), UNITS).stride() == 10**18
    )
    assert time.perf_counter() - start < 5


def test_too_many_reads_are_unknown_and_quickly_so() -> None:
    start = time.perf_counter()
    ups = itself().after(step_nearest(4096, 1), UNITS)
    assert ups.after(step(2**6), UNITS).flags == frozenset()
    assert ups.after(step(2**16), UNITS).flags == {UNKNOWN}
    assert itself().after(step(2**16), UNITS).sizes(5) == [2**16]  # one phase: two reads are enough
    assert time.perf_counter() - start < 5


def test_maps_have_no_more_phases_than_they_need() -> None:
    found = itself().after(step_nearest(12, 1), UNITS)
    periods = {
        stride: found.after(step(1, stride), UNITS).maps[0].period
        for stride in (1, 2, 8, 9, 12, 24)
    }
    assert periods == {1: 12, 2: 6, 8: 3, 9: 4, 12: 1, 24: 1}


def test_joins_of_too_many_phases_are_unknown() -> None:
    bent = Field(LENGTH, (Map(61, 61, ((0, 0),) * 61),), deformed=True)
    other = Field(LENGTH, (Map(71, 71, ((0, 0),) * 71),))
    assert MOST_PHASES < 61 * 71
    assert bent.joined(other).flags == other.joined(bent).flags == {DATA_DEPENDENT, UNKNOWN}
    assert bent.joined(bent) == bent
