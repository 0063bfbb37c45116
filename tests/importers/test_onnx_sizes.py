"""Open sizes of inputs: what is asked for, what may be given, and what it binds."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx_text import save_text

import convcost
from convcost.errors import ConvcostError, OpenSizes
from convcost.given import shape_of

HEAD = '<ir_version: 8, opset_import: ["" : 17]>\n'
CHANNELS_LAST = """net (float[N, h, w, 3] x) => (float[N, h, w, 8] y) <float[8, 3, 3, 3] k>
{
  t = Transpose <perm = [0, 3, 1, 2]> (x)
  c = Conv <pads = [1, 1, 1, 1]> (t, k)
  y = Transpose <perm = [0, 2, 3, 1]> (c)
}"""
GREY = """net (float[N, 1, 64, W] img) => (float[N, 4, 62, V] y) <float[4, 1, 3, 3] k>
{ y = Conv (img, k) }"""
MASKED = """net (float[N, 3, H, W] x, float[N, 1, H, W] mask) => (float[N, 3, H, W] y)
{ y = Mul (x, mask) }"""
TOKENS = """net (float[batch, seq] a, float[batch, seq] b) => (float[batch, seq] y)
{ y = Add (a, b) }"""
NAMELESS = """net (float[N, 3, 8, 8] x) => (float[N, 4, A, B] y) <float[4, 3, 3, 3] k>
{ y = Conv (x, k) }"""

STATES = """net (float[N, 5] x, float[2, N, 4] state) => (float[N, 3] y, float[2, N, 4] next)
<float[9, 3] w, int64 first = {0}>
{
  h = Gather <axis = 0> (state, first)
  c = Concat <axis = 1> (x, h)
  y = MatMul (c, w)
  next = Neg (state)
}"""


def saved(text: str, folder: Path) -> str:
    return save_text(HEAD + text, folder / "net.onnx")


def model_at(path: str) -> onnx.ModelProto:
    return onnx.ModelProto.FromString(Path(path).read_bytes())


def nameless(folder: Path, size: int | str | None) -> str:
    """A convolution whose input has a number, a word or nothing for its open sizes."""
    path = saved(NAMELESS, folder)
    model = model_at(path)
    for axis in (0, 2, 3):
        dim = model.graph.input[0].type.tensor_type.shape.dim[axis]
        dim.Clear()
        if isinstance(size, int):
            dim.dim_value = size
        elif size is not None:
            dim.dim_param = size
    Path(path).write_bytes(model.SerializeToString())
    return path


def by_onnxruntime(path: str, shapes: dict[str, tuple[int, ...]]) -> tuple[int, ...]:
    """The output's shape of a model, with weights of zeros, on zeros."""
    model = model_at(path)
    for tensor in model.graph.initializer:
        zeros = np.zeros(tuple(tensor.dims), np.float32)
        tensor.CopyFrom(onnx.numpy_helper.from_array(zeros, tensor.name))
    session = onnxruntime.InferenceSession(model.SerializeToString())
    feeds = {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}
    return np.asarray(session.run(None, feeds)[0]).shape


def sizes_of(network: convcost.Network) -> dict[str, tuple[int, ...]]:
    return {name: tensor.shape for name, tensor in network.inputs.items()}


def output_of(network: convcost.Network) -> tuple[int, ...]:
    (tensor,) = network.outputs.values()
    return tensor.shape


ASKED = {  # graph: what is said of it
    CHANNELS_LAST: (
        "input 'x' leaves sizes open (?x?x3): give them, as in --input x=224x224x3, or --dim h=224 "
        "--dim w=224"
    ),
    GREY: (
        "input 'img' leaves sizes open (1x64x?): give them, as in --input img=1x64x224, or "
        "--dim W=224"
    ),
    MASKED: (
        "inputs leave sizes open: 'x' (3x?x?), 'mask' (1x?x?): give them, as in "
        "--input x=3x224x224 --input mask=1x224x224, or --dim H=224 --dim W=224"
    ),
    TOKENS: (
        "inputs leave sizes open: 'a' (?), 'b' (?): give them, as in --input a=128 "
        "--input b=128, or --dim seq=128"
    ),
}


@pytest.mark.parametrize("text", ASKED)
def test_all_that_is_open_is_asked_for_at_once(text: str, tmp_path: Path) -> None:
    path = saved(text, tmp_path)
    with pytest.raises(OpenSizes) as caught:
        convcost.load(path)
    assert str(caught.value) == f"{path}: {ASKED[text]}"


@pytest.mark.parametrize("text", ASKED)
def test_the_example_is_one_that_works(text: str, tmp_path: Path) -> None:
    """Both forms of it, in which onnxruntime finds the same output."""
    path = saved(text, tmp_path)
    with pytest.raises(OpenSizes) as caught:
        convcost.load(path)
    message = str(caught.value)
    inputs = {n: shape_of(s) or () for n, s in re.findall(r"--input (\w+)=([\dx]+)", message)}
    dims = {n: int(s) for n, s in re.findall(r"--dim (\w+)=(\d+)", message)}
    network = convcost.load(path, inputs=inputs)
    assert sizes_of(convcost.load(path, dims=dims)) == sizes_of(network)
    assert output_of(network) == by_onnxruntime(path, sizes_of(network))


def test_what_many_inputs_leave_open_is_said_in_short(tmp_path: Path) -> None:
    """A decoder with its past: by the names of sizes, where shapes would be dozens."""
    states = [f"float[batch, 8, past, 64] key{number}" for number in range(20)]
    adds = "".join(f"s{n + 1} = Add (s{n}, key{n + 1})\n" for n in range(19))
    head = f"net ({', '.join(states)}) => (float[batch, 8, past, 64] s19)"
    text = f"{head} {{ s0 = Neg (key0)\n{adds} }}"
    with pytest.raises(OpenSizes) as caught:
        convcost.load(saved(text, tmp_path))
    said = str(caught.value)
    assert said.endswith("'key7' (8x?x64), and 12 more: give them, as in --dim past=224")
    assert "--input" not in said


@pytest.mark.parametrize("size", [-1, None, "?", "-1", "None"])
def test_a_size_without_a_name_is_open(size: int | str | None, tmp_path: Path) -> None:
    path = nameless(tmp_path, size)
    with pytest.raises(OpenSizes, match=r"'x' leaves sizes open \(3x\?x\?\).* x=3x224x224$"):
        convcost.load(path)
    network = convcost.load(path, inputs={"x": (3, 8, 9)}, batch=2)
    assert sizes_of(network) == {"x": (2, 3, 8, 9)}
    assert output_of(network) == by_onnxruntime(path, sizes_of(network)) == (2, 4, 6, 7)


def test_names_alone_are_no_advice_where_a_size_has_none(tmp_path: Path) -> None:
    path = saved(NAMELESS.replace("3, 8, 8] x", "3, H, ?] x"), tmp_path)
    with pytest.raises(OpenSizes, match=r"\(3x\?x\?\): give them, as in --input x=3x224x224$"):
        convcost.load(path)


def test_a_first_axis_of_another_name_than_the_batch_has_its_own_size(tmp_path: Path) -> None:
    text = "net (float[N, 5] x, float[R, 5] r) => (float[N, R] y) { y = Gemm <transB = 1> (x, r) }"
    path = saved(text, tmp_path)
    network = convcost.load(path, dims={"R": 7}, batch=2)
    assert sizes_of(network) == {"x": (2, 5), "r": (7, 5)}
    assert output_of(network) == by_onnxruntime(path, sizes_of(network))


def test_a_name_that_is_that_of_every_axis_is_not_taken_for_the_batch(tmp_path: Path) -> None:
    path = nameless(tmp_path, "dynamic")
    with pytest.raises(OpenSizes, match=r"\(3x\?x\?\)"):
        convcost.load(path)
    assert sizes_of(convcost.load(path, inputs={"": (3, 8, 8)})) == {"x": (1, 3, 8, 8)}


def test_an_input_without_a_shape_needs_one(tmp_path: Path) -> None:
    path = saved(NAMELESS, tmp_path)
    model = model_at(path)
    model.graph.input[0].type.tensor_type.ClearField("shape")
    Path(path).write_bytes(model.SerializeToString())
    with pytest.raises(OpenSizes, match=r"\(it names no shape\): give them, as in --input x=3x224"):
        convcost.load(path)
    assert sizes_of(convcost.load(path, inputs={"x": (3, 8, 8)})) == {"x": (1, 3, 8, 8)}


def test_sizes_of_one_name_are_one_size(tmp_path: Path) -> None:
    path = saved(MASKED, tmp_path)
    wanted = {"x": (1, 3, 6, 7), "mask": (1, 1, 6, 7)}
    assert sizes_of(convcost.load(path, dims={"H": 6, "W": 7})) == wanted
    assert sizes_of(convcost.load(path, inputs={"x": (3, 6, 7)})) == wanted
    assert sizes_of(convcost.load(path, inputs={"mask": (1, 6, 7)})) == wanted
    with pytest.raises(OpenSizes, match=r"'x' \(3x6x\?\), 'mask' \(1x6x\?\).* or --dim W=224$"):
        convcost.load(path, dims={"H": 6})


def test_the_name_of_the_batch_gives_the_batch(tmp_path: Path) -> None:
    path = saved(TOKENS, tmp_path)
    named = convcost.load(path, dims={"batch": 4, "seq": 5})
    assert sizes_of(named) == {"a": (4, 5), "b": (4, 5)}
    assert sizes_of(convcost.load(path, dims={"seq": 5}, batch=4)) == sizes_of(named)
    assert convcost.load(path, dims={"batch": 4, "seq": 5}, batch=4)
    with pytest.raises(ConvcostError, match="--batch 3 and --dim batch=4 are the same size: give"):
        convcost.load(path, dims={"batch": 4, "seq": 5}, batch=3)


def test_a_state_whose_batch_is_not_its_first_axis_has_the_sizes_of_the_names(
    tmp_path: Path,
) -> None:
    text = "net (float[N, 5] x, float[2, N, 5] h) => (float[2, N, 5] y) { y = Add (x, h) }"
    path = saved(text, tmp_path)
    for given in ({"batch": 3}, {"dims": {"N": 3}}):
        network = convcost.load(path, **given)  # pyright: ignore - a call for each
        assert sizes_of(network) == {"x": (3, 5), "h": (2, 3, 5)}
    assert output_of(network) == by_onnxruntime(path, sizes_of(network))


AGAINST = "it contradicts the file, which has 1x64x?"
RANK = "and the model has 3 besides the batch"
LIKE = "an input with a similar name exists: `img`"
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    (
        STATES,
        {"inputs": {"state": (1, 4)}, "batch": 8},
        "--input state=1x4: it contradicts --batch 8",
    ),
    (GREY, {"inputs": {"img": (3, 64, 9)}}, f"--input img=3x64x9: {AGAINST}"),
    (GREY, {"inputs": {"": (3, 64, 9)}}, f"--input img=3x64x9: {AGAINST}"),
    (GREY, {"inputs": {"img": (64, 9)}}, f"--input img=64x9: 2 sizes are given, {RANK}"),
    (GREY, {"inputs": {"img": (9,)}}, f"--input img=9: 1 size is given, {RANK}"),
    (GREY, {"inputs": {"img": (1, 64, 0)}}, "--input img=1x64x0: a size is at least 1"),
    (
        GREY,
        {"inputs": {"image": (1, 64, 9)}},
        f"--input: the model has no input `image`\n  inputs: img\n  {LIKE}",
    ),
    (
        MASKED,
        {"inputs": {"": (3, 8, 8)}},
        "--input: the model has several inputs\n  inputs: x, mask",
    ),
    (
        GREY,
        {"dims": {"w": 9}},
        "--dim: no size of the model's inputs has the name `w`\n  sizes: N, W",
    ),
    (GREY, {"dims": {"W": 0}}, "--dim W=0: a size is at least 1"),
    (
        GREY,
        {"dims": {"W": 9}, "inputs": {"img": (1, 64, 8)}},
        "--input img=1x64x8: it contradicts --dim W=9",
    ),
]


@pytest.mark.parametrize(("text", "given", "message"), REFUSED)
def test_what_does_not_fit_the_model_is_refused(
    text: str, given: dict[str, Any], message: str, tmp_path: Path
) -> None:
    path = saved(text, tmp_path)
    with pytest.raises(ConvcostError) as caught:
        convcost.load(path, **given)
    assert str(caught.value) == f"{path}: {message}"


def test_a_size_that_no_network_has_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConvcostError, match=r"^dims\['W'\]: at most 1,099,511,627,776 is possible"):
        convcost.load(saved(GREY, tmp_path), dims={"W": 1 << 41})


@pytest.mark.parametrize("named", [True, False])
def test_states_of_layers_have_their_samples_where_other_inputs_say(
    named: bool, tmp_path: Path
) -> None:
    """Axis 0 of the state is of two layers, not of two samples."""
    path = saved(STATES, tmp_path)
    if not named:
        model = model_at(path)
        for value, axis in ((model.graph.input[0], 0), (model.graph.input[1], 1)):
            value.type.tensor_type.shape.dim[axis].Clear()
        Path(path).write_bytes(model.SerializeToString())
    for batch in (1, 8):
        network = convcost.load(path, batch=batch)
        assert [tensor.shape for tensor in network.inputs.values()] == [(batch, 5), (2, batch, 4)]
        assert [t.sample_shape for t in network.outputs.values()] == [(3,), (2, 4)]
        assert convcost.analyze(network).totals["macs"] == batch * 27


def test_a_spec_has_no_open_sizes(tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text("input: [3, 8, 8]\nlayers: [relu]\n")
    for given, option in (({"dims": {"H": 3}}, "--dim"), ({"values": {"x": 3}}, "--value")):
        with pytest.raises(ConvcostError) as caught:
            convcost.load(str(path), **given)  # pyright: ignore - a call for each
        assert str(caught.value) == (
            f"{path}: {option} is for exported models: --input and --set change the sizes of a spec"
        )


STEPS = """<ir_version: 8, opset_import: ["" : 17]>
net (float[5, 1, 6] x) => (y)
<float[1, 32, 6] w, float[1, 32, 8] r, float[8, 3] m>
{ s = LSTM <hidden_size = 8> (x, w, r) q = Squeeze (s, one) y = MatMul (q, m) }
"""


def test_steps_that_come_before_samples_are_none(tmp_path: Path) -> None:
    """The batch of a sequence with steps first is its second axis, which the file fixes here."""
    text = STEPS.replace("float[8, 3] m>", "float[8, 3] m, int64[1] one = {1}>")
    path = save_text(text, tmp_path / "net.onnx")
    one, eight = convcost.load(path), convcost.load(path, batch=8)
    assert one.inputs["x"].sample_shape == (5, 6)
    assert one.batch == 1
    assert eight.inputs["x"].shape == (5, 8, 6)
    macs = [convcost.analyze(network).totals["macs"] for network in (one, eight)]
    assert macs == [5 * 32 * 14 + 5 * 24, 8 * (5 * 32 * 14 + 5 * 24)]
