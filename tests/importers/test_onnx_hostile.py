"""Graphs that no exporter writes: an answer at once, and never a wrong one in silence."""

from __future__ import annotations

import random
from contextlib import suppress
from pathlib import Path

import onnx
import pytest
from onnx import helper
from onnx_text import save_text, soon

import convcost
from convcost.errors import ConvcostError
from convcost.importers.onnx import load

EXPORTS = sorted((Path(__file__).parent.parent / "data" / "onnx").glob("*.onnx"))
HEAD = '<ir_version: 8, opset_import: ["" : 18]>\nnet (float[1, 4, 8, 8] x) => (float[N] y)\n'

LISTED = {  # graph: what is said of its node
    "<float[4,4,1099511627776,3] w> { y = Conv (x, w) }": "kernel_size is 1099511627776, which is",
    "<float[4,4,3,3] w> { y = Conv <strides=[0,0]> (x, w) }": "stride is 0, which is below 1",
    "<float[4,4,3,3] w> { y = Conv <dilations=[0,1]> (x, w) }": "dilation is 0, which is below 1",
    "<float[4,4,3,3] w> { y = Conv <group=0> (x, w) }": "groups is 0, which is below 1",
    "<float[4,4,3,3] w> { y = Conv <group=2> (x, w) }": "its weights would be weight [4, 2, 3, 3]",
    "<float[4,4,3] w> { y = Conv (x, w) }": "padding has 2 values, and the input has 1",
    "<float[4,4,3,3] w> { y = Conv <pads=[1,1]> (x, w) }": "its pads are 2 numbers, and 4 are",
    "<float[4,4,3,3] w> { y = ConvTranspose <strides=[0,1]> (x, w) }": "stride is 0",
    "{ y = MaxPool <kernel_shape=[1000000000,3]> (x) }": "kernel_size is 1000000000, which is more",
    "{ y = MaxPool <kernel_shape=[2]> (x) }": "kernel_size has 1 value, and the input has 2",
    "{ y = MaxPool (x) }": "its inputs and attributes do not fit together ('kernel_shape')",
    "{ y = Relu () }": "its input 0 is missing",
    "{ y = Softmax <axis=99> (x) }": "axis 99 is none of the 4 of its input",
    "<int64[1] a={77}> { y = ReduceMean (x,a) }": "axis 77 is none of the 4 of its input",
    '{ y = Concat <axis="a"> (x, x) }': "its inputs and attributes do not fit together",
    "{ y = Transpose <perm=[0,9,1,2]> (x) }": "its perm [0, 9, 1, 2] is not an order of 4 axes",
    "<int64[2] a={0,-5}> { y = Reshape (x,a) }": "cannot become",
    "<int64[2] a={-1,7}> { y = Reshape (x,a) }": "cannot become",
    "<int64[1] a={1}> { y = Squeeze (x,a) }": "cannot become",
    "<int64[1] a={1000000000}> { y = Unsqueeze (x,a) }": "axis 1000000000 is none of the 5",
    "<int64[1] k={0}> { y, i = TopK (x, k) }": "k is 0, which is below 1",
    "<int64[2] a={0,99}> { y = Gather <axis=1> (x,a) }": "indices go from 0 to 99",
    "<int64[1] a={0},int64[1] b={8},int64[1] c={2}> { y = Slice (x,a,b,c,a) }": "a step of 0",
    "<int64[4] s={1,1,1000000000000,1}> { y = Tile (x, s) }": "is impossible",
    "<float r={1}, float[4] s={1,1,1e30,1}> { y = Resize (x, r, s) }": "are impossible",
    "<float r={1}, float[4] s={1,1,0,1}> { y = Resize (x, r, s) }": "are impossible",
    "{ y = LRN <size=0> (x) }": "size is 0, which is below 1",
    "{ y = DepthToSpace <blocksize=0> (x) }": "block_size is 0, which is below 1",
    "{ y = SpaceToDepth <blocksize=-3> (x) }": "block_size is -3, which is below 1",
    "<float[4] s> { y = GroupNormalization <num_groups=0> (x,s,s) }": "num_groups is 0",
    '{ y = Einsum <equation="aabc,abcd->ad"> (x,x) }': "has 64 elements",
    "<float[3] w> { y = BatchNormalization (x,w,w,w,w) }": "its weights would be weight [4]",
    "<float[3] w> { y = PRelu (x,w) }": "do not broadcast",
    "<int64[3] s={100000,100000,100000}, float[1] o={1}> { z = Expand (o, s)\n y = Add (x, z) }": (
        "do not broadcast"
    ),
    "<int64[1] s={100000000000}, float[1] o={1}> { z = Tile (o, s)\n y = Add (x, z) }": (
        "do not broadcast"
    ),
    "<int64 a={0},int64 b={9223372036854775807},int64 c={1}> { z = Range (a,b,c) y = Add (x,z) }": (
        "z (Range)"
    ),
    "<int64[2] a={-1,5}> { z = ConstantOfShape (a)\n y = Add (x, z) }": "do not fit",
    "<int64[1] a={10},int64[1] b={0}> { d = Div (a,b)\n y = Reshape (x,d) }": "cannot become",
}


def saved(text: str, path: Path) -> str:
    return save_text(HEAD + text, path)


@pytest.mark.parametrize(("text", "reason"), LISTED.items())
def test_a_node_that_means_nothing_is_listed(text: str, reason: str, tmp_path: Path) -> None:
    with soon():
        found = convcost.analyze(load(saved(text, tmp_path / "net.onnx")))
    assert not found.complete
    assert reason in found.network.unknown[0]


def test_what_a_refused_node_began_is_taken_back(tmp_path: Path) -> None:
    """The sum is refused after its constant became a layer, which the next node needs as well."""
    bad = "<float[4, 1, 1] g> { a = Concat <axis=0> (g, x)\n b = Mul (x, g)\n y = Add (a, b) }"
    found = convcost.analyze(load(saved(bad, tmp_path / "net.onnx")))
    assert [layer.op for layer in found.layers] == ["parameter", "multiply"]
    assert len(found.network.unknown) == 3  # the node, the one that reads it, the output


@pytest.mark.parametrize("path", EXPORTS, ids=lambda path: path.stem)
def test_changed_attributes_and_sizes_end_soon(path: Path, tmp_path: Path) -> None:
    """Numbers of real graphs changed at random: a Network, or a sentence."""
    rng = random.Random(path.stem)
    values = (0, -1, 1, 2, 7, 1 << 20, 1 << 40, (1 << 63) - 1, -(1 << 63))
    for _ in range(25):
        model = onnx.ModelProto.FromString(path.read_bytes())
        for _ in range(rng.randint(1, 3)):
            node = rng.choice(model.graph.node)
            tensor = rng.choice(model.graph.initializer)
            if node.attribute and rng.random() < 0.6:
                attribute = rng.choice(node.attribute)
                if attribute.ints:
                    attribute.ints[rng.randrange(len(attribute.ints))] = rng.choice(values)
                elif attribute.type == onnx.AttributeProto.INT:
                    attribute.i = rng.choice(values)
            elif tensor.dims:
                tensor.dims[rng.randrange(len(tensor.dims))] = rng.choice(values)
        changed = tmp_path / "changed.onnx"
        changed.write_bytes(model.SerializeToString())
        with soon(), suppress(ConvcostError):
            convcost.analyze(load(str(changed)))


def test_an_input_that_is_added_to_itself_again_and_again(tmp_path: Path) -> None:
    """Ways from it to its last reader: 2^200."""
    nodes = [helper.make_node("Add", [f"x{i}", f"x{i}"], [f"x{i + 1}"]) for i in range(200)]
    ends = [helper.make_tensor_value_info(n, 1, [1, 4, 4, 3]) for n in ("x0", "x200")]
    graph = helper.make_graph(nodes, "g", ends[:1], ends[1:])
    path = tmp_path / "net.onnx"
    path.write_bytes(helper.make_model(graph).SerializeToString())
    assert len(load(str(path)).layers) == 200


def test_an_attribute_that_is_no_text(tmp_path: Path) -> None:
    x = helper.make_tensor_value_info("x", 1, [1, 3])
    y = helper.make_tensor_value_info("y", 1, [1, 3])
    node = helper.make_node("Fancy", ["x"], ["y"], domain="mine", message=b"\x82\xff")
    path = tmp_path / "net.onnx"
    path.write_bytes(
        helper.make_model(helper.make_graph([node], "g", [x], [y])).SerializeToString()
    )
    said = "y (mine.Fancy): convcost does not know this operator; it makes 1x3"
    assert load(str(path)).unknown[0] == said
