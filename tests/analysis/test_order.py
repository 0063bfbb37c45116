"""Orders of layers: the least peak by trying all of them, and what an order keeps to."""

from __future__ import annotations

import sys
from random import Random
from typing import TYPE_CHECKING

import pytest
from random_graphs import grown

import convcost
from convcost.allowance import Allowance, allowing
from convcost.analysis.analyze.memory import alive_bytes
from convcost.analysis.devices.chip import chip
from convcost.analysis.schedule import order as searched
from convcost.analysis.schedule.arena import arena
from convcost.analysis.schedule.deployed import buffers, deployed
from convcost.analysis.schedule.jobs import Job, Jobs, jobs_of
from convcost.analysis.schedule.order import best_order
from convcost.network import Network
from convcost.ops import op_class
from convcost.ops.fields import build
from convcost.tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.network import Layer


def every_order(network: Network) -> Iterator[list[Layer]]:
    """All orders in which each layer comes after those that it reads."""

    def further(done: list[Layer], there: set[Tensor]) -> Iterator[list[Layer]]:
        left = [layer for layer in network.layers if layer not in done]
        if not left:
            yield done
        for layer in left:
            if there.issuperset(layer.inputs):
                yield from further([*done, layer], there | {*layer.outputs})

    return further([], {*network.inputs.values()})


def peak(network: Network, layers: Sequence[Layer]) -> int:
    """The peak of an order, as it is counted for any network."""
    other = Network("in another order")
    other.inputs, other.outputs = network.inputs, network.outputs
    other.layers = [*layers]
    return max(alive_bytes(other), default=0)


def branching(rng: Random) -> Network:
    """A few layers that each read one or two tensors of any before them, of different sizes."""
    network = Network("random")
    network.inputs["x"] = Tensor("x", (1, 1, rng.choice((2, 4, 8))))
    there = [network.inputs["x"]]
    for number in range(rng.randrange(3, 8)):
        x = rng.choice(there[-4:])
        alike = [tensor for tensor in there if tensor.shape == x.shape]
        name = rng.choice(("upsample", "max_pool", "relu", "dropout", "add"))
        reads = [x, rng.choice(alike)] if name == "add" else [x]
        if name == "max_pool" and x.shape[2] < 2:
            name = "upsample"
        fields = {
            "upsample": {"scale_factor": rng.choice((2, 3))},
            "max_pool": {"kernel_size": 2},
        }
        op = build(op_class(name), 1, fields.get(name, {}))
        there += network.add(f"{name}{number}", op, reads).outputs
    unread = [tensor for tensor in there if not network.edges.reads[tensor]]
    kept = unread if rng.random() < 0.7 else [rng.choice(there)]
    network.outputs = {tensor.name: tensor for tensor in kept}
    return network


@pytest.mark.parametrize("seed", range(150))
def test_the_least_peak_of_all_orders(seed: int) -> None:
    rng = Random(seed)
    network = branching(rng) if seed % 3 else grown(rng, padded=False)
    found = best_order(jobs_of(network))
    layers = [network.layers[number] for number in found.jobs]
    assert {*layers} == {*network.layers}
    assert any(layers == one for one in every_order(network))
    assert found.peak == peak(network, layers)
    assert found.least
    assert found.peak == min(peak(network, one) for one in every_order(network))


@pytest.mark.parametrize("seed", range(60))
def test_an_order_that_is_not_searched_to_the_end_says_so(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searched, "MOST_SETS", 0)
    monkeypatch.setattr(searched, "KEPT", 1)
    network = branching(Random(seed))
    found = best_order(jobs_of(network))
    layers = [network.layers[number] for number in found.jobs]
    given = peak(network, network.layers)
    least = min(peak(network, one) for one in every_order(network))
    assert least <= found.peak == peak(network, layers) <= given
    assert not found.least or found.peak == least


@pytest.mark.parametrize("seed", [89, 95, 188])
def test_the_order_that_is_given_stays_where_a_hasty_search_finds_a_worse_one(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The least bytes at each step lead to more at a later one."""
    monkeypatch.setattr(searched, "MOST_SETS", 0)
    monkeypatch.setattr(searched, "KEPT", 1)
    network = branching(Random(seed))
    found = best_order(jobs_of(network))
    assert [*found.jobs] == [*range(len(network.layers))]
    assert found.peak == peak(network, network.layers)


def test_an_input_that_nothing_reads_takes_nothing() -> None:
    network = branching(Random(1))
    network.inputs["unread"] = Tensor("unread", (1, 1, 1000))
    found = best_order(jobs_of(network))
    assert found.peak == peak(network, [network.layers[number] for number in found.jobs]) < 4_000


def test_stored_arrays_take_no_memory_of_an_order_and_what_is_made_of_them_does() -> None:
    network = Network("stored")
    network.inputs["x"] = Tensor("x", (1, 1, 8))
    (stored,) = network.add("p", build(op_class("parameter"), 0, {"shape": [1, 64]}), []).outputs
    (made,) = network.add("made", build(op_class("relu"), 1, {}), [stored]).outputs
    (small,) = network.add("small", build(op_class("mean"), 1, {"dim": 2}), [made]).outputs
    (first,) = network.add("first", build(op_class("relu"), 1, {}), [network.inputs["x"]]).outputs
    network.outputs = {"small": small, "first": first}
    found = best_order(jobs_of(network))
    assert found.least
    assert found.peak == min(peak(network, one) for one in every_order(network))


@pytest.mark.parametrize("seed", [163, 826, 1616])
def test_an_order_whose_tensors_leave_gaps_makes_no_arena_larger(seed: int) -> None:
    """Fewer bytes are alive at once, and more lie between them."""
    network = branching(Random(seed))
    found, jobs = chip(network, 1, 1), deployed(network).jobs
    better = best_order(jobs).jobs
    assert arena(buffers(jobs, better)) > arena(buffers(jobs, range(len(jobs.jobs))))
    assert found.alive < found.reordered == found.arena


BETTER = [("xception", 27_659_520, 24_931_328), ("regnet_y_400mf", 6_422_528, 5_419_008)]


@pytest.mark.parametrize(("name", "given", "better"), BETTER)
def test_networks_in_a_better_order(name: str, given: int, better: int) -> None:
    network = convcost.load(name)
    found = best_order(jobs_of(network))
    layers = [network.layers[number] for number in found.jobs]
    assert (peak(network, network.layers), peak(network, layers)) == (given, better)
    assert found.least


def test_many_branches_take_no_longer_than_is_allowed() -> None:
    """Two thousand layers that may come in any order: more sets than anyone can look at."""
    network = Network("wide")
    network.inputs["x"] = Tensor("x", (1, 1, 4))
    grow = build(op_class("upsample"), 1, {"scale_factor": 2})
    shrink = build(op_class("max_pool"), 1, {"kernel_size": 2})
    ends: list[Tensor] = []
    for number in range(1_000):
        layer = network.add(f"grow{number}", grow, [network.inputs["x"]])
        ends += network.add(f"shrink{number}", shrink, layer.outputs).outputs
    network.outputs = {tensor.name: tensor for tensor in ends}
    allowance = Allowance()
    with allowing(allowance):
        found = best_order(jobs_of(network))
    assert found.peak == peak(network, [network.layers[number] for number in found.jobs])
    assert found.peak <= peak(network, network.layers)


def test_the_peak_of_a_wide_graph_takes_steps_in_proportion_to_it():
    def calls(width: int) -> int:
        """Functions that are called, and generators that go on, where no order is searched."""
        branches = [Job((number,), (0,)) for number in range(1, width)]
        jobs = [*branches, Job((width,), (*range(1, width),))]
        needs = [*[frozenset[int]()] * (width - 1), frozenset(range(width - 1))]
        graph = Jobs(jobs, [2] * (width + 1), frozenset({0}), frozenset({width}), needs)
        count = 0

        def called(*_event: object) -> None:
            nonlocal count
            count += 1

        sys.setprofile(called)
        try:
            found = best_order(graph)
        finally:
            sys.setprofile(None)
        assert found == (range(width), 2 * width, True)
        return count

    assert calls(20_000) < 4.2 * calls(5_000)
