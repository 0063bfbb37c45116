"""Networks folded into boxes: every layer and every edge is there, and no box is what it is not."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest
from drawn_networks import op, repeated, wired

import convcost
from convcost.network import Network
from convcost.render.graph.folded import folded
from convcost.render.graph.parts import MOST_INSIDE
from convcost.tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcost.render.graph.folded import Folded, Graph
    from convcost.render.graph.parts import Part

Pairs = set[tuple[tuple[int, ...], int, int]]
"""Edges by the boxes that their graph is in, and its boxes that they join."""


def graph_of(network: Network, most: int = 10, depth: int | None = None) -> Folded:
    return folded(convcost.analyze(network), most, depth)


def parts_of(graph: Graph) -> Iterator[Part]:
    for box in graph.boxes:
        yield box.part
        if box.inside is not None:
            yield from parts_of(box.inside)


def named(network: Network, most: int = 10) -> list[tuple[str, int]]:
    graph = graph_of(network, most).graph
    return [(part.name, part.times) for part in graph.leaves()]


def joined(folded: Folded) -> Pairs:
    """The pairs that the edges of a network join in a drawing, edge by edge."""
    found: Pairs = set()
    for place, cost in enumerate(folded.layers.costs):
        for tensor in cost.layer.inputs:
            if tensor in folded.layers.made:
                _join(folded.graph, (), folded.layers.made[tensor][0], place, found)
    return found


def _join(graph: Graph, path: tuple[int, ...], source: int, target: int, found: Pairs) -> None:
    first, last = _box(graph, source), _box(graph, target)
    if first != last:
        found.add((path, first, last))
        return
    part, inside = graph.boxes[first]
    source, target = source - part.start, target - part.start
    if inside is not None and source // part.size == target // part.size:
        places = part.start + source % part.size, part.start + target % part.size
        _join(inside, (*path, first), *places, found)


def _box(graph: Graph, place: int) -> int:
    parts = (box.part for box in graph.boxes)
    return next(number for number, part in enumerate(parts) if part.start <= place < part.end)


def drawn(graph: Graph, path: tuple[int, ...] = ()) -> Pairs:
    """The pairs that the edges of a drawing join."""
    found: Pairs = {
        (path, edge.source, edge.target)
        for edge in graph.edges
        if edge.source is not None and edge.target is not None
    }
    for number, box in enumerate(graph.boxes):
        found |= drawn(box.inside, (*path, number)) if box.inside else set()
    return found


def has_ends(graph: Graph) -> None:
    """Check that edges into an open box continue inside of it, and that edges out of it start
    inside."""
    for number, box in enumerate(graph.boxes):
        if box.inside is None:
            continue
        came = {edge.read for edge in graph.edges if edge.target == number}
        went = {edge.made for edge in graph.edges if edge.source == number}
        assert came == {edge.made for edge in box.inside.edges if edge.source is None}
        assert went <= {edge.read for edge in box.inside.edges if edge.target is None}
        has_ends(box.inside)


@pytest.mark.parametrize("seed", range(60))
def test_every_layer_and_every_edge_is_drawn(seed: int) -> None:
    rng = Random(seed)
    network = repeated(rng, rng.randrange(2, 6)) if seed % 3 == 0 else wired(rng, 24)
    for most in (1, 8, 100):
        found = graph_of(network, most)
        boxes = found.graph.boxes
        assert [box.part.start for box in boxes] == [0, *(box.part.end for box in boxes[:-1])]
        assert boxes[-1].part.end == len(network.layers)
        assert drawn(found.graph) == joined(found)
        has_ends(found.graph)


@pytest.mark.parametrize("seed", range(30))
def test_no_edge_leads_back(seed: int) -> None:
    for _, source, target in drawn(graph_of(wired(Random(seed), 30), 12).graph):
        assert source < target


def test_blocks_that_are_alike_are_one() -> None:
    network = repeated(Random(0), 4)
    parts = {part.name: part for part in parts_of(graph_of(network).graph)}
    assert parts["b.0"].times == 4
    assert parts["b.0.c"].times == 1
    assert parts["b.0.c.0"].times == 2  # its two convolutions


def test_branches_that_read_another_tensor_are_no_repeats() -> None:
    """The last convolution of a bottleneck and that of its shortcut have the same costs."""
    network = convcost.load("resnet50")
    found = [part.name for part in parts_of(graph_of(network, 60).graph)]
    assert "stage.0.0.expand" in found
    assert "stage.0.0.shortcut" in found


def test_blocks_that_read_another_layer_of_the_one_before_are_no_repeats() -> None:
    network = Network("skips")
    network.inputs = {name: Tensor(name, (1, 2, 4, 4)) for name in "xyz"}
    last, always, beside = network.inputs.values()
    for number in range(3):
        first = network.add(f"b.{number}.a", op("conv"), [last]).outputs[0]
        second = network.add(f"b.{number}.b", op("conv"), [first]).outputs[0]
        last = network.add(f"b.{number}.c", op("add"), [second, always]).outputs[0]
        last = network.add(f"b.{number}.d", op("add"), [last, beside]).outputs[0]
        beside = first if number == 0 else second
    network.outputs = {"y": last}
    parts = {part.name: part.times for part in parts_of(graph_of(network, 20).graph)}
    assert {name: parts[name] for name in ("b.0", "b.2")} == {"b.0": 2, "b.2": 1}


def test_repeats_of_a_network() -> None:
    network = convcost.load("resnet50")
    times = {part.name: part.times for part in parts_of(graph_of(network, 60).graph)}
    assert [times[f"stage.{n}.1"] for n in range(4)] == [2, 3, 5, 2]  # of [3, 4, 6, 3] in the paper


def test_norms_and_activations_are_in_the_box_of_their_layer() -> None:
    network = Network("small")
    network.inputs = {"x": Tensor("x", (1, 2, 4, 4))}
    conv = network.add("conv", op("conv"), [network.inputs["x"]])
    act = network.add("act", op("relu"), conv.outputs)
    other = network.add("other", op("relu"), conv.outputs)
    last = network.add("last", op("relu"), other.outputs)
    network.outputs = {"a": act.outputs[0], "b": last.outputs[0]}
    # two read the convolution, so neither is a part of it; `last` alone reads `other`
    assert named(network) == [("conv", 1), ("act", 1), ("other", 1)]


def test_depth_keeps_blocks_closed() -> None:
    network = convcost.load("resnet50")
    assert [p.name for p in graph_of(network, 60, 1).graph.leaves()] == [
        *("conv1", "max_pool", "stage", "global_avg_pool", "classifier")
    ]


def test_many_layers_without_blocks() -> None:
    network = Network("flat")
    network.inputs = {"x": Tensor("x", (1, 2, 4, 4))}
    last = network.inputs["x"]
    for number in range(2000):
        last = network.add(f"n{number}", op(("conv", "add")[number % 2]), [last] * (1 + number % 2))
        last = last.outputs[0]
    network.outputs = {"last": last}
    boxes = graph_of(network, 100).graph.boxes
    assert 50 < len(boxes) <= MOST_INSIDE
    assert [box.part.size for box in boxes[:-1]] == [34] * (len(boxes) - 1)  # 2000 / 60, rounded up
    assert boxes[0].part.name == "n0 ... n33"


def test_a_network_of_nothing() -> None:
    network = Network("empty")
    network.inputs = {"x": Tensor("x", (1, 2, 4, 4))}
    network.outputs = {"x": network.inputs["x"]}
    assert list(graph_of(network).graph.leaves()) == []
