"""Inputs whose values are given: constants of the graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime
import pytest
from onnx.parser import parse_model

import convcost
from convcost.errors import ConvcostError
from convcost.execution.forward import execute
from convcost.execution.forward import given as arrays_of
from convcost.execution.verification import verify
from convcost.executor.namespace import Running

if TYPE_CHECKING:
    from pathlib import Path

HEAD = '<ir_version: 8, opset_import: ["" : 17]>\n'
RATES = """net (float[1, 3, 8, 8] x, int64 sr) => (float[1, 4, A, B] y)
<int64 k = {16000}, int64[4] wide = {4, 3, 3, 3}, int64[4] narrow = {4, 3, 1, 1}> {
  c = Equal (sr, k)
  y = If (c) <then_branch = t () => (float[1, 4, 6, 6] a) {
    wa = ConstantOfShape (wide)
    a = Conv (x, wa)
  }, else_branch = e () => (float[1, 4, 8, 8] b) {
    wb = ConstantOfShape (narrow)
    b = Conv (x, wb)
  }>
}"""
SHAPED = "net (float[N, 6] x, int64[n] s) => (float[A, B] y) { y = Reshape (x, s) }"
WORDS = RATES.replace("int64 sr", "string sr")
LARGE = RATES.replace("1, 3, 8, 8] x", "1, 3, 999, 999] x")
EVERY = "is given for every input, and one must remain: without any there is nothing to compute"
MOST = "which is more than 65,536 numbers"


def scaled(kind: str) -> str:
    """A product of two inputs, of which the second is of a type and a shape."""
    return f"net (float[N, 2, 3] x, {kind} s) => (float[N, 2, 3] y) {{ y = Mul (x, s) }}"


def saved(text: str, folder: Path) -> str:
    path = folder / "net.onnx"
    path.write_bytes(parse_model(HEAD + text).SerializeToString())
    return str(path)


@pytest.mark.parametrize("rate", [16000, 8000])
def test_the_value_of_an_input_decides_a_branch(rate: int, tmp_path: Path) -> None:
    path = saved(RATES, tmp_path)
    network = convcost.load(path, values={"sr": rate})
    found = convcost.analyze(network)
    feeds = {"x": np.zeros((1, 3, 8, 8), np.float32), "sr": np.array(rate)}
    theirs = np.asarray(onnxruntime.InferenceSession(path).run(None, feeds)[0]).shape
    assert [tensor.shape for tensor in network.outputs.values()] == [theirs]
    assert list(network.inputs) == ["x"]
    taps = {16000: 27, 8000: 3}[rate]
    assert found.complete
    assert found.totals["macs"] == np.prod(theirs) * taps
    assert not verify(network).broken


def test_the_sizes_of_a_reshape_may_be_given(tmp_path: Path) -> None:
    path = saved(SHAPED, tmp_path)
    network = convcost.load(path, values={"s": [2, 3]})
    feeds = {"x": np.zeros((1, 6), np.float32), "s": np.array([2, 3])}
    (theirs,) = onnxruntime.InferenceSession(path).run(None, feeds)
    assert [tensor.shape for tensor in network.outputs.values()] == [np.asarray(theirs).shape]


@pytest.mark.parametrize(
    ("shape", "numbers", "batch"),
    [
        ("1, 1, 3", [1, 2, 3], 1),
        ("N, 1, 3", [1, 2, 3], 1),
        ("N, 1, 3", [1, 2, 3], 2),  # those of a sample are those of each
        ("N, 1, 3", [1, 2, 3, 4, 5, 6], 2),
        ("N, 1, m", [1, 2, 3], 1),  # the open size follows
        ("N, 2, 3", 7, 2),  # one for all
        ("", 7, 2),
        ("1", 7, 1),
    ],
)
def test_numbers_fill_an_input_as_onnxruntime_is_fed(
    shape: str, numbers: Any, batch: int, tmp_path: Path
) -> None:
    path = saved(scaled(f"float[{shape}]" if shape else "float"), tmp_path)
    network = convcost.load(path, values={"s": numbers}, batch=batch)
    assert list(network.inputs) == ["x"]
    assert network.unknown == []
    assert [tensor.shape for tensor in network.outputs.values()] == [(batch, 2, 3)]
    found = convcost.analyze(network)
    assert found.totals["params"] == 0
    assert found.totals["multiplies"] == batch * 6


def test_the_default_of_an_input_gives_way_to_a_value(tmp_path: Path) -> None:
    model = parse_model(HEAD + RATES)
    default = model.graph.initializer.add()
    default.name, default.data_type = "sr", 7
    default.int64_data.append(8000)
    path = tmp_path / "net.onnx"
    path.write_bytes(model.SerializeToString())
    assert convcost.analyze(convcost.load(str(path))).totals["macs"] == 768
    given = convcost.load(str(path), values={"sr": 16000})
    assert convcost.analyze(given).totals["macs"] == 3888


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    (RATES, {"sr": 0.5}, "--value sr=0.5: the input is of int64 numbers"),
    (RATES, {"sr": 1 << 70}, f"--value sr={1 << 70}: the input is of int64 numbers"),
    (RATES, {"sr": [1, 2]}, "--value sr=1,2: 2 numbers for an input of one number"),
    (RATES, {"x": [1, 2]}, "--value x=1,2: 2 numbers for an input of shape 1x3x8x8"),
    (RATES, {"x": 1, "sr": 1}, f"--value {EVERY}"),
    (RATES, {"rate": 1}, "--value: the model has no input `rate`\n  inputs: x, sr"),
    (WORDS, {"sr": 1}, "--value sr=1: the input is of what is not a number"),
    (LARGE, {"x": 1}, f"--value x=1: its shape is 1x3x999x999, {MOST}"),
    (
        scaled("float[N, p, q]"),
        {"s": 3},
        "--value s=3: its shape is open (1x?x?): --dim or --input gives the sizes",
    ),
    (
        scaled("float[2, 3]"),
        {"s": [1, 2, 3]},
        "--value s=1,2,3: 3 numbers for an input of shape 2x3",
    ),
    (scaled("uint8[1]"), {"s": -1}, "--value s=-1: the input is of uint8 numbers"),
    (scaled("bool[1]"), {"s": 2}, "--value s=2: the input is of bool numbers"),
]


@pytest.mark.parametrize(("text", "values", "message"), REFUSED)
def test_numbers_that_do_not_fit_are_refused(
    text: str, values: dict[str, Any], message: str, tmp_path: Path
) -> None:
    path = saved(text, tmp_path)
    with pytest.raises(ConvcostError) as caught:
        convcost.load(path, values=values)
    assert str(caught.value) == f"{path}: {message}"


def test_the_shape_of_a_value_may_be_given_too(tmp_path: Path) -> None:
    path = saved(scaled("float[N, p, q]"), tmp_path)
    for given in ({"dims": {"p": 2, "q": 3}}, {"inputs": {"s": (2, 3)}}):
        network = convcost.load(path, values={"s": 7}, **given)  # pyright: ignore - two calls
        assert network.unknown == []
        assert list(network.inputs) == ["x"]


def test_constants_are_outputs_with_their_numbers(tmp_path: Path) -> None:
    text = """net (float[N, 2, 3] x) => (float[N, 2, 3] y, int64[3] s, int64 n, float[2] k)
<float[2] k = {0.5, 7.25}> { y = Relu (x) s = Shape (x) n = Size (x) }"""
    path = saved(text, tmp_path)
    network = convcost.load(path, batch=4)
    feeds = {"x": np.ones((4, 2, 3), np.float32)}
    session = onnxruntime.InferenceSession(path)
    with arrays_of(network, None, 0) as (arrays, drawn):
        ours = execute(network, feeds, arrays, Running())
    assert convcost.analyze(network).complete
    assert drawn == ["k"]  # an array of the file, which is never read
    for name in "ysn":
        np.testing.assert_array_equal(ours[name], session.run([name], feeds)[0])


def test_questions_about_nan_have_answers_in_a_run(tmp_path: Path) -> None:
    text = "net (float[N, 3] x) => (bool[N, 3] y, bool[N, 3] z) { y = IsNaN (x) z = IsInf (x) }"
    path = saved(text, tmp_path)
    feeds = {"x": np.array([[np.nan, 1, np.inf]], np.float32)}
    with arrays_of(network := convcost.load(path), None, 0) as (arrays, _):
        ours = [*execute(network, feeds, arrays, Running()).values()]
    session = onnxruntime.InferenceSession(path)
    for made, own in zip(session.run(None, feeds), ours, strict=True):
        np.testing.assert_array_equal(made, own)
