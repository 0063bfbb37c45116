"""Holes of dilated stacks against sums of taps, one by one."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convcost.analysis.rf.dilation import stacks
from convcost.analysis.rf.rates import MOST_TRIED, distances, field_of, holes_of, repaired

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import convcost

    Parsed = Callable[..., convcost.Network]


def positions(taps: Sequence[int], rates: Sequence[int]) -> set[int]:
    """Positions that a unit reads, from its first one on: sums of one tap of each layer."""
    every = [[tap * rate for tap in range(n)] for n, rate in zip(taps, rates, strict=True)]
    return {sum(choice) for choice in product(*every)}


layers = st.lists(st.tuples(st.integers(2, 4), st.integers(1, 6)), min_size=1, max_size=4)


@given(layers)
def test_holes_are_what_no_sum_of_taps_reaches(stack: list[tuple[int, int]]):
    taps, rates = zip(*stack, strict=True)
    read = positions(taps, rates)
    assert field_of(taps, rates) == max(read) + 1
    assert holes_of(taps, rates) == max(read) + 1 - len(read)


# Wang et al. 2017, section 3.2: [1, 2, 5] has M_2 = 2, [1, 2, 9] has 5; [2, 4, 6] passes neither
# rule. And by hand: 2, 2, 2: M_3 = 2, M_2 = max(2 - 4, 4 - 2, 2).
@pytest.mark.parametrize(
    ("rates", "expected"),
    [
        ([1, 2, 5], (2, 5)),
        ([1, 2, 9], (5, 9)),
        ([2, 4, 6], (4, 6)),
        ([2, 2, 2], (2, 2)),
        ([1, 2, 5, 1, 2, 5], (5, 9, 1, 2, 5)),
        ([2, 3], (3,)),
    ],
)
def test_distances_of_the_literature(rates: list[int], expected: tuple[int, ...]):
    assert distances(rates) == expected


def test_both_rules_together_do_not_rule_out_holes():
    assert distances([2, 3]) == (3,)  # at most 3 taps, and no common divisor
    assert positions([3, 3], [2, 3]) == set(range(11)) - {1, 9}
    assert holes_of([3, 3], [2, 3]) == 2


def nearest(taps: Sequence[int], rates: Sequence[int], free: Sequence[bool]) -> int | None:
    """The smallest sum of differences of rates that leave no holes, among all up to a size."""
    wanted = max(positions(taps, rates)) + 1
    most = max(*rates, wanted) + 1
    choices = [range(1, most) if f else [r] for r, f in zip(rates, free, strict=True)]
    good = [
        sum(abs(a - b) for a, b in zip(rates, other, strict=True))
        for other in product(*choices)
        if len(read := positions(taps, other)) == max(read) + 1 >= wanted
    ]
    return min(good, default=None)


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(st.integers(2, 3), st.integers(1, 4), st.sampled_from([True, True, False])),
        min_size=1,
        max_size=3,
    )
)
def test_a_repair_is_the_nearest_there_is(stack: list[tuple[int, int, bool]]):
    taps, rates, free = zip(*stack, strict=True)
    if not holes_of(taps, rates):
        return
    found = repaired(taps, rates, free)
    expected = nearest(taps, rates, free)
    if expected is None:
        assert found is None
        return
    assert found is not None
    assert sum(abs(a - b) for a, b in zip(rates, found, strict=True)) == expected
    read = positions(taps, found)
    assert len(read) == max(read) + 1 >= field_of(taps, rates)
    assert all(f or a == b for a, b, f in zip(rates, found, free, strict=True))


def test_repairs_of_the_literature():
    assert repaired([3] * 3, [2, 2, 2], [True] * 3) == (1, 2, 3)  # what the paper changes it to
    assert repaired([3] * 3, [1, 2, 9], [True] * 3) == (1, 3, 9)  # all 27 sums of taps differ
    assert repaired([3] * 3, [2, 4, 6], [True] * 3) == (1, 3, 8)


def test_a_search_ends():
    rates = [40] * 8
    assert holes_of([3] * 8, rates)
    assert repaired([3] * 8, rates, [True] * 8) is None
    assert MOST_TRIED < 10**6


CONV = "{{op: conv, name: {}, out_channels: 2, kernel_size: 3, dilation: {}, padding: {}}}"


def conv(name: str, rate: int) -> str:
    return CONV.format(name, rate, rate)


def test_a_stack_goes_through_what_reads_position_by_position(parsed: Parsed):
    network = parsed(f"""
        input: [2, 64]
        layers:
          - {{op: conv, name: halve, out_channels: 2, kernel_size: 3, stride: 2, padding: 1}}
          - {conv("a", 2)}
          - batch_norm
          - relu
          - {{op: conv, name: point, out_channels: 2, kernel_size: 1}}
          - {conv("b", 4)}
          - {{op: max_pool, name: again, kernel_size: 2}}
          - {conv("c", 1)}
    """)
    (stack,) = stacks(network)
    assert stack.layers == ("a", "b")
    assert (stack.start.name, stack.end.name) == ("halve", "b")
    assert stack.holes
    assert stack.alone
    (along,) = stack.rates
    assert (along.axes, along.taps, along.rates) == ((2,), (3, 3), (2, 4))
    assert (along.distances, along.divisor, along.field, along.holes) == ((4,), 2, 13, 6)
    assert (along.most, along.repair) == (9, None)  # 13 positions cannot be filled by 9 sums
    assert stack.maps[0].touched == 7
    # Of the input each of the 7 reads 3, every other one of them shared with its neighbour.
    read = {2 * (2 * i + 4 * j) + t for i in range(-1, 2) for j in range(-1, 2) for t in (-1, 0, 1)}
    assert stack.on_input == {("input", 2): (len(read), max(read) - min(read) + 1)}


def test_residual_blocks_are_one_stack(parsed: Parsed):
    blocks = "\n".join(
        f"          - {{op: residual, name: r{n}, body: [{conv(f'c{n}', rate)}]}}"
        for n, rate in enumerate((1, 2, 5))
    )
    network = parsed(f"input: [2, 40]\nlayers:\n{blocks}")
    (stack,) = stacks(network)
    assert [name.rpartition(".")[2] for name in stack.layers] == ["c0", "c1", "c2"]
    assert stack.rates[0].rates == (1, 2, 5)
    assert stack.alone
    assert not stack.holes
    assert stack.maps[0].paths == 4**3  # three taps and the way around


def test_branches_beside_a_stack_are_part_of_what_is_read(parsed: Parsed):
    network = parsed(f"""
        input: [2, 40, 40]
        layers:
          - op: branches
            name: pyramid
            paths:
              one: [{conv("one", 1)}]
              two: [{conv("two", 2)}]
              three: [{conv("three", 3)}]
              all: [global_avg_pool, {{op: upsample, size: [40, 40], mode: nearest}}]
    """)
    (stack,) = stacks(network)
    assert stack.rates[0].rates == (3,)
    assert not stack.alone
    assert stack.holes
    star = {(0, 0)}
    for rate in (1, 2, 3):
        star |= set(product((-rate, 0, rate), repeat=2))
    (found,) = stack.maps
    assert found.sizes == (7, 7)
    assert {
        (y - 3, x - 3) for y, row in enumerate(found.counts) for x, n in enumerate(row) if n
    } == star


def test_stacks_that_begin_on_different_maps_are_joined_and_stay_two(parsed: Parsed):
    """One reaches further than the other; what the other leaves out is still left out."""
    network = parsed(f"""
        input: [2, 64]
        layers:
          - {{op: conv, name: left, from: input, out_channels: 2, kernel_size: 2, stride: 2}}
          - {conv("a", 2)}
          - {conv("b", 2)}
          - {{op: max_pool, name: right, from: input, kernel_size: 2}}
          - {conv("c", 4)}
          - {conv("d", 4)}
          - {{op: add, name: sum, from: [b, d]}}
    """)
    found = {stack.start.name: (stack.layers, stack.end.name) for stack in stacks(network)}
    assert found == {"left": (("a", "b"), "b"), "right": (("c", "d"), "sum")}


@pytest.mark.parametrize("turned", [False, True])
def test_a_stack_ends_wherever_one_of_its_readers_has_no_window(parsed: Parsed, turned: bool):
    heads = [
        "{op: conv, name: plain, from: b, out_channels: 2, kernel_size: 3, padding: 1}",
        "{op: conv, name: point, from: b, out_channels: 2, kernel_size: 1}",
    ]
    entries = [conv("a", 2), conv("b", 2), *(heads[::-1] if turned else heads)]
    listed = "".join(f"\n  - {entry}" for entry in entries)
    network = parsed(f"input: [2, 40]\noutputs: [plain, point]\nlayers:{listed}")
    found = {stack.end.name: stack.holes for stack in stacks(network)}
    assert found == {"plain": False, "point": True}


def test_axes_may_differ_and_a_volume_has_a_map_for_each_pair(parsed: Parsed):
    network = parsed("""
        input: [1, 30, 30, 30]
        layers:
          - {op: conv, out_channels: 1, kernel_size: 3, dilation: [1, 2, 3]}
          - {op: conv, out_channels: 1, kernel_size: [3, 3, 2], dilation: [1, 1, 3]}
    """)
    (stack,) = stacks(network)
    assert [(along.axes, along.rates, along.distances) for along in stack.rates] == [
        ((3,), (2, 1), (1,)),
        ((4,), (3, 3), None),  # kernels of 3 and 2: the rule is not meant for them
    ]
    assert [found.axes for found in stack.maps] == [(2, 3), (2, 4), (3, 4)]
    assert [found.holes for found in stack.maps] == [0, 5 * 6, 7 * 6]


def test_a_network_without_dilation_has_no_stack(parsed: Parsed):
    layers = ", ".join(["{op: conv, out_channels: 1, kernel_size: 3}"] * 3)
    assert stacks(parsed(f"{{input: [1, 20], layers: [{layers}]}}")) == []


def test_layers_that_sample_where_data_say_are_no_stack(parsed: Parsed):
    network = parsed("""
        input: [2, 20, 20]
        layers:
          - {op: conv, name: offsets, out_channels: 18, kernel_size: 3, padding: 1}
          - {op: deform_conv, from: [input, offsets], out_channels: 2, kernel_size: 3, padding: 2,
             dilation: 2}
    """)
    assert stacks(network) == []


def test_a_map_too_large_is_judged_along_each_axis(parsed: Parsed):
    network = parsed("""
        input: [1, 4000, 4000]
        layers: [{op: conv, out_channels: 1, kernel_size: 3, dilation: 1500}]
    """)
    (stack,) = stacks(network)
    assert stack.maps == ()
    assert stack.without == "its map would have more than 2,097,152 positions"
    assert stack.holes
    assert stack.rates[0].holes == 2998
