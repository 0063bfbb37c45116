"""Functions, order and names of the nodes that an ONNX file comes back with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import onnx
import pytest
from onnx import helper
from onnx_models import call, function, model_of, node, refusal, through, value, weights

from convcost.importers.onnx import functions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def test_functions_are_inlined_even_if_they_are_not_in_order(tmp_path: Path) -> None:
    inner = function("f", [node("Neg", "t", "b"), node("Relu", "a", "t")])
    outer = function("g", [call("f", "a", "u"), call("f", "u", "b")])
    found = through(model_of([call("g", "x", "y")], bodies=[inner, outer]), tmp_path)
    assert [n.op_type for n in found.graph.node] == ["Relu", "Neg", "Relu", "Neg"]
    assert not found.functions


def test_functions_of_other_operator_versions_stay(tmp_path: Path) -> None:
    model = model_of([call("f", "x", "y")], bodies=[function("f", [node("Relu", "a", "b")], 13)])
    assert through(model, tmp_path) == model


def test_functions_that_cannot_be_inlined(tmp_path: Path) -> None:
    def said(bodies: Sequence[onnx.FunctionProto], inputs: str = "x") -> str:
        return refusal(model_of([call("f0", inputs, "y")], bodies=bodies), tmp_path)

    relu = function("f0", [node("Relu", "a", "b")])
    assert said([function("f0", [call("f0", "a", "b")])]) == "the function `f0` calls itself"
    assert said([relu, relu]) == "there are two functions `f0`"
    assert said([function("f0", [node("Relu", "z", "b")])]) == (
        "the function `f0` reads `z`, which is neither an input nor a node's output in it"
    )
    assert said([relu], "x x").startswith("its functions cannot be inlined: ")

    bomb = [
        function(f"f{i}", [call(f"f{i + 1}", "a", "t"), call(f"f{i + 1}", "t", "b")])
        for i in range(40)
    ]
    last = function("f40", [node("Relu", "a", "b")])
    assert said([*bomb, last]) == "the model has more than 1,000,000 nodes"
    row = [function(f"f{i}", [call(f"f{i + 1}", "a", "b")]) for i in range(100)]
    last = function("f100", [node("Relu", "a", "b")])
    too_long = "more than 64 functions call each other in a row: `f"
    assert said([*row, last]).startswith(too_long)
    assert said([last, *reversed(row)]).startswith(too_long)


def test_a_row_of_functions_that_is_just_short_enough(tmp_path: Path) -> None:
    last = functions.MOST_CALLS - 1
    row = [function(f"f{i}", [call(f"f{i + 1}", "a", "b")]) for i in range(last)]
    model = model_of(
        [call("f0", "x", "y")], bodies=[*row, function(f"f{last}", [node("Relu", "a", "b")])]
    )
    assert [n.op_type for n in through(model, tmp_path).graph.node] == ["Relu"]


@pytest.mark.parametrize("more", [0, 1])
def test_rows_of_functions_are_as_long_if_their_ends_are_called_first(
    more: int, tmp_path: Path
) -> None:
    last = functions.MOST_CALLS - 1 + more
    row = [function(f"f{i}", [call(f"f{i + 1}", "a", "b")]) for i in range(last)]
    row.append(function(f"f{last}", [node("Relu", "a", "b")]))
    calls = [call(f"f{i}", "x", f"v{i}" if i else "y") for i in range(last, -1, -1)]
    model = model_of(calls, bodies=row)
    if more:
        assert refusal(model, tmp_path) == "more than 64 functions call each other in a row: `f0`"
    else:
        assert len(through(model, tmp_path).graph.node) == last + 1


def test_nodes_are_sorted_stably(tmp_path: Path) -> None:
    branch = helper.make_graph([node("Relu", "late", "z")], "b", [], [value("z")])
    nodes = [
        node("Add", "p q", "y"),
        node("If", "x", "p", then_branch=branch),
        node("Neg", "x", "q"),
        node("Abs", "x", "late"),
        node("Exp", "x", "unused"),
    ]
    found = through(model_of(nodes), tmp_path)
    assert [n.op_type for n in found.graph.node] == ["Neg", "Abs", "If", "Add", "Exp"]
    assert sorted(map(str, found.graph.node)) == sorted(map(str, nodes))


def test_subgraphs_are_sorted_too(tmp_path: Path) -> None:
    branch = helper.make_graph(
        [node("Neg", "t", "z"), node("Relu", "x", "t")], "b", [], [value("z")]
    )
    found = through(model_of([node("If", "x", "y", then_branch=branch)]), tmp_path)
    assert [n.op_type for n in found.graph.node[0].attribute[0].g.node] == ["Relu", "Neg"]


def test_a_long_chain_backwards(tmp_path: Path) -> None:
    count = 3000
    nodes = [node("Relu", f"v{i}" if i else "x", f"v{i + 1}") for i in range(count)]
    found = through(model_of(nodes[::-1], outputs=[f"v{count}"]), tmp_path)
    assert list(found.graph.node) == nodes


def branching(*inner: onnx.NodeProto) -> onnx.NodeProto:
    return node("If", "x", "y", "if", then_branch=helper.make_graph(inner, "b", [], [value("z")]))


NAMES: dict[str, tuple[list[onnx.NodeProto], str]] = {
    "missing": (
        [node("Conv", "x w", "y", "conv1")],
        "the node `conv1` (`Conv`) reads `w`, which is not an input, an initializer or a node's "
        "output",
    ),
    "missing without a name": (
        [node("Conv", "x w", "y")],
        "the `Conv` node that makes `y` reads `w`, which is not an input, an initializer or a "
        "node's output",
    ),
    "missing inside": (
        [branching(node("Relu", "w", "z"))],
        "the node `if` (`If`) reads `w`, which is not an input, an initializer or a node's output",
    ),
    "missing output": (
        [node("Relu", "x", "z")],
        "the graph has the output `y`, which is not an input, an initializer or a node's output",
    ),
    "twice": (
        [node("Relu", "x", "y", "a"), node("Abs", "x", "y", "b")],
        "the node `b` (`Abs`) makes `y`, and so does the node `a` (`Relu`)",
    ),
    "an input again": (
        [node("Relu", "x", "x"), node("Relu", "x", "y")],
        "the `Relu` node that makes `x` makes `x`, which is an input or an initializer",
    ),
    "itself": (
        [node("Add", "x y", "y", "a")],
        "the nodes form a cycle: the node `a` (`Add`) waits for itself",
    ),
    "cycle": (
        [
            node("Abs", "x", "d", "before"),
            node("Relu", "b", "y", "after"),
            node("Add", "d b", "a", "one"),
            node("Relu", "a", "b", "two"),
        ],
        "the nodes form a cycle: the node `two` (`Relu`) and the node `one` (`Add`) wait for each "
        "other",
    ),
    "cycle through a subgraph": (
        [branching(node("Relu", "q", "z")), node("Relu", "y", "q", "back")],
        "the nodes form a cycle: the node `if` (`If`) and the node `back` (`Relu`) wait for each "
        "other",
    ),
    "empty": ([], "its graph has no nodes"),
}


@pytest.mark.parametrize("case", NAMES)
def test_names(case: str, tmp_path: Path) -> None:
    nodes, message = NAMES[case]
    assert refusal(model_of(nodes), tmp_path) == message


def test_a_long_cycle_is_named_in_part(tmp_path: Path) -> None:
    nodes = [node("Relu", f"v{(i + 1) % 9}", f"v{i}", f"n{i}") for i in range(9)]
    assert refusal(model_of(nodes, outputs=["v0"]), tmp_path) == (
        "the nodes form a cycle: the node `n0` (`Relu`), the node `n1` (`Relu`), the node `n2` "
        "(`Relu`), the node `n3` (`Relu`) and others wait for each other"
    )


def test_two_initializers_of_a_name(tmp_path: Path) -> None:
    model = model_of([node("Add", "x w", "y")], [weights("w", 1), weights("w", 1)])
    assert refusal(model, tmp_path) == "the graph has two initializers of the name `w`"
    model = model_of([node("Add", "x x", "y")])
    model.graph.input.append(value("x"))
    assert refusal(model, tmp_path) == "the graph has two inputs of the name `x`"


def test_inputs_may_have_initializers_and_be_left_out(tmp_path: Path) -> None:
    model = model_of([helper.make_node("Clip", ["x", "", "m"], ["y"])], [weights("m")])
    model.graph.input.append(value("m", ()))
    assert through(model, tmp_path) == model


def test_outputs_may_be_left_out(tmp_path: Path) -> None:
    model = model_of([helper.make_node("Dropout", ["x"], ["y", "", ""])])
    assert through(model, tmp_path) == model


def test_versions(tmp_path: Path) -> None:
    model = model_of([node("Relu", "x", "y")])
    model.opset_import[0].version = 0
    assert refusal(model, tmp_path) == ("it names an operator set (opset_import) without a version")
    del model.opset_import[0]
    assert refusal(model, tmp_path) == (
        "it names no version of ONNX's own operators (opset_import)"
    )
    del model.opset_import[0]
    assert refusal(model, tmp_path) == (
        "it names no operator set (opset_import), so its nodes mean nothing"
    )
    model.ir_version = 3  # the first that has operator sets
    assert refusal(model, tmp_path).startswith("it names no operator set")
    model.ir_version = 2
    assert through(model, tmp_path) == model
    model.ClearField("ir_version")
    assert refusal(model, tmp_path) == (
        "it states no IR version, so it is not an ONNX model, or a part of one"
    )
