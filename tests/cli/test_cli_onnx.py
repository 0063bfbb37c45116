"""The importer's answers: shapes asked for, operators not known, weights in unusual places."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from onnx_text import save_text
from running import ROOT

import convcost
from convcost.errors import ConvcostError
from convcost.execution.verification import verify

if TYPE_CHECKING:
    from collections.abc import Callable

    from convcost.network import Network

    Patch = pytest.MonkeyPatch
    Run = Callable[..., tuple[int, str, str]]

CONV = """
<ir_version: 8, opset_import: ["" : 17, "mine" : 1]>
net (float[N, 3, H, W] x) => (float[N, 4, A, B] y)
<float[4, 3, 3, 3] w, float[4] b>
{ y = Conv (x, w, b) }
"""


@pytest.fixture
def saved(tmp_path: Path) -> Callable[[str], Path]:
    """Save a model without its weights."""
    return lambda text: Path(save_text(text, tmp_path / "net.onnx"))


def test_open_sizes_are_asked_for(saved: Callable[[str], Path]) -> None:
    path = str(saved(CONV))
    with pytest.raises(ConvcostError, match=r"input 'x' leaves sizes open \(3x\?x\?\): give them"):
        convcost.load(path)
    network = convcost.load(path, inputs={"": (3, 8, 9)}, batch=5)
    (tensor,) = network.outputs.values()
    assert (tensor.shape, tensor.batch_axis) == ((5, 4, 6, 7), 0)
    with pytest.raises(ConvcostError, match="2 sizes are given, and the model has 3"):
        convcost.load(path, inputs={"x": (3, 8)})
    with pytest.raises(ConvcostError, match="the model has no input `z`"):
        convcost.load(path, inputs={"z": (3, 8, 8)})
    with pytest.raises(ConvcostError, match="an exported model has no vars"):
        convcost.load(path, settings={"a": "1"})


def test_what_is_not_known_is_listed_and_never_zero_in_silence(
    saved: Callable[[str], Path], run: Run
) -> None:
    text = CONV.replace(
        "{ y = Conv (x, w, b) }",
        "{ c = Conv (x, w, b)\n d = mine.Fancy (c)\n e = Relu (d)\n y = Sum (c, e) }",
    )
    path = saved(text)
    given = ("analyze", path, "--input", "3x8x8")
    code, out, err = run(*given, "--format", "json")
    found = json.loads(out)
    assert (code, err, found["complete"]) == (0, "", False)
    assert found["unknown"] == [
        "d (mine.Fancy): convcost does not know this operator",
        "output y: it is not known",
        "2 nodes that read what those make",
    ]
    assert [layer["op"] for layer in found["layers"]] == ["conv"]
    code, out, _ = run(*given, "--strict")
    assert code == 1
    assert "incomplete: d (mine.Fancy): convcost does not know this operator\n" in out


def test_channels_last_are_followed(saved: Callable[[str], Path]) -> None:
    path = saved("""
<ir_version: 8, opset_import: ["" : 17]>
keras (float[N, 8, 9, 3] x) => (float[N, 4, 5, 4] y)
<float[4, 3, 3, 3] w>
{
  t = Transpose <perm = [0, 3, 1, 2]> (x)
  c = Conv <strides = [2, 2], auto_pad = "SAME_UPPER"> (t, w)
  y = Transpose <perm = [0, 2, 3, 1]> (c)
}
""")
    found = convcost.analyze(convcost.load(str(path)))
    assert found.layers[-1].output_shapes == ((4, 5, 4),)
    assert [axis.size for axis in found.layers[-1].receptive_fields["x"]] == [3, 3]
    assert not verify(found.network).broken


def test_the_batch_is_followed_through_folds(saved: Callable[[str], Path]) -> None:
    path = saved("""
<ir_version: 8, opset_import: ["" : 17]>
net (float[N, 6, 4] x) => (float[A, B] y)
<int64[2] rows = {-1, 4}>
{
  t = Transpose <perm = [1, 0, 2]> (x)
  u = Transpose <perm = [1, 2, 0]> (t)
  y = Reshape (u, rows)
}
""")
    network = convcost.load(str(path), batch=2)
    assert [layer.outputs[0].batch_axis for layer in network.layers] == [1, 0, None]
    assert [layer.outputs[0].shape for layer in network.layers] == [(6, 2, 4), (2, 4, 6), (12, 4)]


def test_weights_are_counted_once_wherever_they_are(saved: Callable[[str], Path]) -> None:
    path = saved("""
<ir_version: 8, opset_import: ["" : 17]>
net (float[N, 4, 8, 8] x) => (float[N, 4, 8, 8] y)
<float[4, 4, 1, 1] w, float[4, 4] square, int64[4] sizes = {4, 4, 1, 1}, float half = {0.5},
 float[4, 1, 1] gain>
{
  same = Identity (w)
  a = Conv (x, w)
  b = Conv (a, same)
  made = Reshape (square, sizes)
  c = Conv (b, made)
  scaled = Mul (made, half)
  d = Conv (c, scaled)
  y = Mul (d, gain)
}
""")
    found = convcost.analyze(convcost.load(str(path)))
    assert found.complete
    assert found.totals["params"] == 16 + 16 + 4
    assert found.totals["macs"] == 4 * 16 * 64
    assert not verify(found.network).broken


def test_a_convolution_takes_a_weight_that_layers_make(saved: Callable[[str], Path]) -> None:
    """Weight standardisation, left in the graph."""
    path = saved("""
<ir_version: 8, opset_import: ["" : 17]>
net (float[N, 3, 8, 8] x) => (float[N, 4, 6, 6] y)
<float[4, 3, 3, 3] w, float[4] b>
{
  mean = ReduceMean <axes = [1, 2, 3]> (w)
  centred = Sub (w, mean)
  y = Conv (x, centred, b)
}
""")
    found = convcost.analyze(convcost.load(str(path)))
    assert found.complete
    assert found.totals["params"] == 4 * 27 + 4
    assert found.totals["macs"] == 36 * 4 * 27
    assert found.totals["macs_in_bounds"] == 36 * 4 * 27
    assert not verify(found.network).broken


def test_shapes_are_worked_out(saved: Callable[[str], Path]) -> None:
    path = saved("""
<ir_version: 8, opset_import: ["" : 17]>
net (float[N, 6, 8, 8] x) => (float[N, 3, 8, 8] y)
<int64 one = {1}, int64 two = {2}, int64[1] zero = {0}, int64[1] first = {1}>
{
  shape = Shape (x)
  channels = Gather (shape, one)
  half = Div (channels, two)
  end = Unsqueeze (half, zero)
  y = Slice (x, zero, end, first)
}
""")
    network = convcost.load(str(path))
    assert network.unknown == []
    assert [layer.outputs[0].shape for layer in network.layers] == [(1, 3, 8, 8)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (CONV.replace("3, H, W] x", "3, 8, 1099511627777] x"), "has an impossible size"),
        (
            CONV.replace("N, 3, H, W] x", "1, 3, 8, 8] x").replace(
                "float[4, 3, 3, 3] w", "float[4, 3, 9223372036854775807, 3] w"
            ),
            "tensor 'w': its shape [4, 3, 9223372036854775807, 3] is not valid",
        ),
    ],
)
def test_sizes_that_no_network_has(
    saved: Callable[[str], Path], text: str, message: str, run: Run
) -> None:
    code, out, err = run("analyze", saved(text))
    assert (code, out) == (2, "")
    assert message in err


def test_the_batch_that_a_file_fixes(saved: Callable[[str], Path]) -> None:
    path = str(saved(CONV.replace("N, 3, H, W] x", "6, 3, 8, 8] x")))
    assert next(iter(convcost.load(path).inputs.values())).shape == (6, 3, 8, 8)
    assert next(iter(convcost.load(path, batch=2).inputs.values())).shape == (2, 3, 8, 8)


def test_nodes_that_no_output_needs_are_left_out(saved: Callable[[str], Path]) -> None:
    path = saved("""
<ir_version: 8, opset_import: ["" : 17]>
net (float[1, 3, 8, 8] x) => (float[N, 3, 8, 8] y)
<float[3, 3, 1, 1] w, float[3, 1, 1] g>
{
  y = Mul (x, g)
  z = Conv (x, w)
  shape = Shape (z)
}
""")
    found = convcost.analyze(convcost.load(str(path)))
    assert [layer.op for layer in found.layers] == ["parameter", "multiply"]
    assert found.totals["params"] == 3


def test_factors_of_a_gemm_are_counted(saved: Callable[[str], Path]) -> None:
    path = saved("""
<ir_version: 8, opset_import: ["" : 17]>
net (float[2, 6] x) => (float[2, 4] y)
<float[6, 4] w, float[4] b>
{ y = Gemm <alpha = 2.0, beta = 3.0> (x, w, b) }
""")
    found = convcost.analyze(convcost.load(str(path)))
    assert found.totals["params"] == 28
    assert found.totals["multiplies"] == 2 * 24 + 8 + 4
    assert not verify(found.network).broken


def test_commands_take_models(run: Run) -> None:
    model = ROOT / "tests" / "data" / "onnx" / "resnet18__ts17.onnx"
    code, out, err = run("analyze", model, "--depth", "1", "--sort", "macs", "--top", "1")
    assert (code, err) == (0, "")
    assert out.splitlines()[4].split()[:3] == ["layer1", "10", "layers"]
    code, out, err = run("verify", model, "--shrink", "16", "--summary")
    assert (code, err) == (0, "")
    code, out, err = run("analyze", model, "--set", "a=1")
    assert (code, out) == (2, "")
    code, out, _ = run("analyze", model, "--dtype", "int8", "--format", "json")
    assert json.loads(out)["totals"]["weight_bytes"] == 11_684_712


def test_run_says_which_values_are_not_quite_those_of_the_model(
    saved: Callable[[str], Path], run: Run, tmp_path: Path
) -> None:
    x = tmp_path / "x.npy"
    np.save(x, np.ones((1, 2, 4), dtype=np.float32))
    text = """
        <ir_version: 8, opset_import: ["" : 18]>
        net (float[1, 2, 4] x) => (float[1, 2, 2] y)
        <float[6] r = {0, 0, 0, 1, 1, 2}, int64[3] s = {1, 2, 2}>
        { y = Resize <mode = "linear", coordinate_transformation_mode = PLACED> (x, r, , s) }
    """
    path = saved(text.replace("PLACED", '"tf_crop_and_resize"'))
    code, _, err = run("run", path, "--input", x)
    assert code == 0
    said = f"warning: {path}: the values of 1 layer are not quite the model's, such as y (Resize): "
    assert err.startswith(said)
    code, out, err = run("run", saved(text.replace("PLACED", '"half_pixel"')), "--input", x)
    assert (code, out, err) == (0, "y  2x2  1 to 1, mean 1\n", "")


GATE = """
<ir_version: 8, opset_import: ["" : 17]>
net (float[1, 3, 8, 8] x) => (float[1, 3, 8, 8] y) { s = Sigmoid (x) y = Mul (x, s) }
"""


@pytest.mark.parametrize(
    "command",
    [
        "analyze NET",
        "alternatives NET *",
        "compare NET NET",
        "expand NET",
        "explain NET mul",
        "lint NET",
        "rf NET",
        "run NET --input X",
        "verify NET",
    ],
)
def test_every_command_takes_a_file_as_it_is_written(
    command: str, run: Run, saved: Callable[[str], Path], tmp_path: Path, monkeypatch: Patch
) -> None:
    asked: list[bool] = []
    original = convcost.load

    def load(path: str, *, as_written: bool, **others: Any) -> Network:
        asked.append(as_written)
        return original(path, as_written=as_written, **others)

    monkeypatch.setattr("convcost.loading.load", load)
    np.save(tmp_path / "x.npy", np.zeros((3, 8, 8), np.float32))
    files = {"NET": str(saved(GATE)), "X": str(tmp_path / "x.npy")}
    words = [files.get(word, word) for word in command.split()]
    run(*words, "--as-written")
    assert asked
    assert all(asked)
    run(*words)
    assert not all(asked)


def test_a_gate_is_two_layers_as_it_is_written(run: Run, saved: Callable[[str], Path]) -> None:
    path = str(saved(GATE))
    assert "op: silu" in run("expand", path, "--flat")[1]
    written = run("expand", path, "--flat", "--as-written")[1]
    assert "op: sigmoid" in written
    assert "op: multiply" in written
