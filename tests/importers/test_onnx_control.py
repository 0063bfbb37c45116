"""If, Loop and Scan, beside the runtime, and what is said where only a run decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from conformance import compared
from onnx import helper
from onnx_text import save_text, soon

import convcost
from convcost.errors import ConvcostError
from convcost.importers.onnx import load

if TYPE_CHECKING:
    from pathlib import Path

HEAD = '<ir_version: 8, opset_import: ["" : 17]>\nnet (float[1, 3, 8, 8] x, {more}) => (y)\n'
SMALL, LARGE = "z{n} = Conv (x, w1)", "z{n} = Conv (x, w3)"
WEIGHTS = "<float[4, 3, 1, 1] w1, float[4, 3, 3, 3] w3>"


def chosen(then: str, other: str, condition: str = "bool c") -> str:
    branches = [
        f"{name} = g{n} () => (float[1, 4, P, P] z{n}) {{ {body.format(n=n)} }}"
        for n, (name, body) in enumerate((("then_branch", then), ("else_branch", other)))
    ]
    head = HEAD.format(more=condition).replace("=> (y)", "=> (float[1, 4, P, P] y)")
    return f"{head}{WEIGHTS}{{ y = If (c) <{', '.join(branches)}> }}"


@pytest.mark.parametrize(
    ("then", "other", "taken"), [(SMALL, LARGE, "else"), (LARGE, SMALL, "then")]
)
def test_the_branch_of_more_macs_stands_for_one_that_is_not_known(
    then: str, other: str, taken: str, tmp_path: Path
) -> None:
    found = convcost.analyze(load(save_text(chosen(then, other), tmp_path / "net.onnx")))
    assert found.totals["macs"] == 4 * 27 * 6 * 6
    assert found.totals["params"] == 12 + 108  # of both
    assert found.complete
    assert all(layer.needed for layer in found.layers)
    (assumed,) = found.network.assumes
    assert assumed.startswith(f"the {taken}-branch of y (If)")


def test_of_two_of_as_many_macs_it_is_the_first(tmp_path: Path) -> None:
    network = load(save_text(chosen(SMALL, SMALL), tmp_path / "net.onnx"))
    assert network.assumes == ["the then-branch of y (If)"]


BODY = (
    "body = b (int64 i, bool go, float[2,3,4,4] s) => (bool on, float[2,3,4,4] t, float[2,3] m) "
    "{ on = Identity (go) t = Conv <pads = [1, 1, 1, 1]> (s, w) m = ReduceMean <axes = [2, 3], "
    "keepdims = 0> (t) }"
)
LOOP = f"y, z = Loop (n, , x) <{BODY}>"
SCANNED = (
    "y, z = Scan (h, x) <num_scan_inputs = 1, {extra}body = b (float[3] s, float[3] a) => "
    "(float[3] t, float[3] o) {{ t = Add (s, a) o = Mul (t, a) }}>"
)


@pytest.mark.parametrize(
    ("line", "layers"),
    [
        (f"13 | float[2,3,4,4] x | int64 n = {{4}}, float[3,3,3,3] w | {LOOP}", 4),
        (f"13 | float[5,3] x, float[3] h | | {SCANNED.format(extra='')}", 5),
        (
            f"13 | float[5,3] x, float[3] h | | "
            f"{SCANNED.format(extra='scan_input_directions = [1], ')}",
            5,
        ),
        (
            f"13 | float[3,5] x, float[3] h | | "
            f"{SCANNED.format(extra='scan_input_axes = [1], scan_output_axes = [1], ')}",
            5,
        ),
        (
            f"13 | float[5,3] x, float[3] h | | "
            f"{SCANNED.format(extra='scan_output_directions = [1], ')}",
            5,
        ),
    ],
)
def test_passes_are_those_of_the_runtime(line: str, layers: int, tmp_path: Path) -> None:
    network, ours, theirs = compared(line, tmp_path)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
    done = [layer for layer in network.layers if type(layer.op).__name__ in ("Conv", "Multiply")]
    assert len(done) == layers


def test_the_weights_of_all_passes_are_stored_once(tmp_path: Path) -> None:
    line = f"13 | float[2,3,4,4] x | int64 n = {{4}}, float[3,3,3,3] w | {LOOP}"
    totals = convcost.analyze(compared(line, tmp_path).network).totals
    assert totals["params"] == 81
    assert totals["macs"] == 4 * 2 * 3 * 16 * 27


def test_a_number_of_passes_that_is_not_known_is_said(tmp_path: Path) -> None:
    text = HEAD.format(more="int64 n").replace("[1, 3, 8, 8]", "[2,3,4,4]")
    text = text.replace("=> (y)", "=> (float[2,3,4,4] y, float[K,2,3] z)")
    path = save_text(f"{text}<float[3,3,3,3] w>{{ {LOOP} }}", tmp_path / "net.onnx")
    network = load(path)
    assert "its input 0 is only known when the network runs" in network.unknown[0]
    assert convcost.analyze(network).totals["params"] == 81


def nested(depth: int) -> onnx.GraphProto:
    """A choice whose first branch is one, and so on."""
    made = f"z{depth}"
    node = helper.make_node("Relu", ["x"], [made])
    if depth:
        other = nested(0)
        other.node[0].output[0] = other.output[0].name = "e"
        node = helper.make_node(
            "If", ["c"], [made], then_branch=nested(depth - 1), else_branch=other
        )
    return helper.make_graph([node], f"g{depth}", [], [helper.make_tensor_value_info(made, 1, [1])])


def test_choices_inside_of_each_other_end_soon(tmp_path: Path) -> None:
    """Each is compared again for each one around it, so their number is bounded."""
    graph = nested(15)
    given = [helper.make_tensor_value_info("x", 1, [1]), helper.make_tensor_value_info("c", 9, [1])]
    graph.input.extend(given)
    path = tmp_path / "net.onnx"
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    path.write_bytes(model.SerializeToString())
    with soon():
        network = load(str(path))
    assert "at most 1,024 branches are compared" in network.unknown[0]


LOOPS = (
    '<ir_version: 8, opset_import: ["" : 17]>\nnet (float[1] x) => (float[1] y)\n'
    "<int64 n = {4096}, int64 s = {1}>\n"
    "{ q = Loop (n, , s) <body = b (int64 i, bool go, int64 t) => (bool on, int64 r) "
    "{ on = Identity (go) r = Loop (n, , t) <body = c (int64 j, bool h, int64 u) => "
    "(bool k, int64 v) { k = Identity (h) v = Add (u, u) }> }> g = Cast <to = 1> (q) "
    "y = Add (x, g) }"
)


def test_passes_in_passes_that_make_no_layer_are_bounded(tmp_path: Path) -> None:
    path = save_text(LOOPS, tmp_path / "net.onnx")
    with pytest.raises(ConvcostError) as refused:
        convcost.load(path)
    said = str(refused.value)
    assert said.startswith(f"{path}: q (Loop): ")
    assert " steps, more than the " in said


def test_constants_that_are_repeated_along_each_other_are_not_worked_out(tmp_path: Path) -> None:
    """2^15 rows and 2^15 columns: eight gigabytes if they were added up here."""
    text = (
        '<ir_version: 8, opset_import: ["" : 17]>\nnet (float[1] x) => (float[1] y)\n'
        "<int64 a = {32768}, int64 z = {0}, int64 o = {1}, int64[2] c = {-1, 1}, "
        "int64[2] d = {1, -1}> { r = Range (z, a, o) e = Reshape (r, c) f = Reshape (r, d) "
        "g = Add (e, f) m = ReduceMax <keepdims = 0> (g) h = Cast <to = 1> (m) y = Add (x, h) }"
    )
    network = convcost.load(save_text(text, tmp_path / "net.onnx"))
    assert (32768, 32768) in [layer.outputs[0].shape for layer in network.layers]
