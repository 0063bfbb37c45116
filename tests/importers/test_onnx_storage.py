"""One storage, once: parameters are what the file holds, however the graph looks at it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper
from onnx_text import save_text

import convcost
from convcost.importers.onnx import load

HEAD = '<ir_version: 8, opset_import: ["" : 17]>\nnet (float[1, 4, 8, 8] x) => (y)\n'

HELD = {  # nodes and arrays: parameters, MACs
    "<float[4,4,1,1] w> { v = Identity (w) a = Conv (x, w) y = Conv (a, v) }": (16, 2048),
    "<float[16] w, int64[4] s = {4,4,1,1}> "
    "{ v = Reshape (w, s) a = Conv (x, v) y = Conv (a, v) }": (16, 2048),
    "<float[4,1,1] w, int64[4] s = {1,4,8,8}> { v = Expand (w, s) y = Add (x, v) }": (4, 0),
    "<float[4,1,1] w, int64[3] s = {1,8,8}> { v = Tile (w, s) y = Add (x, v) }": (4, 0),
    "<float[2,4,1,1] w, int64[2] i = {1,0}> { v = Gather <axis = 0> (w, i) y = Conv (x, v) }": (
        8,
        512,
    ),
    "<float[6,4,1,1] w, int64[2] i = {4,2}> "
    "{ a, b = Split <axis = 0> (w, i) c = Conv (x, a) d = Conv (x, b) "
    "y = Concat <axis = 1> (c, d) }": (24, 1536),
    "<float[4,4,1,1] w, float two = {2}> { v = Mul (w, two) y = Conv (x, v) }": (16, 1024),
    "<float[4,4] w, int64[4] s = {4,4,1,1}> "
    "{ t = Transpose (w) v = Reshape (t, s) a = Conv (x, v) y = Conv (a, v) }": (16, 2048),
    "<float[4,4,1,1] v, float[4,1,1,1] g> { w = Mul (v, g) y = Conv (x, w) }": (20, 1024),
    "<float[4,4,1,1] v, float[4,4,1,1] u> { w = Concat <axis = 0> (v, u) y = Conv (x, w) }": (
        32,
        2048,
    ),
    "<float[3] w, int64[4] s = {1,4,8,8}> { k = Constant <value_float = 0.5> () "
    "v = Expand (k, s) y = Add (x, v) }": (0, 0),
}


@pytest.mark.parametrize(("text", "held"), HELD.items())
@pytest.mark.parametrize("known", [True, False], ids=["values", "shapes"])
def test_parameters_are_those_of_the_file(
    text: str, held: tuple[int, int], known: bool, tmp_path: Path
) -> None:
    """Whether their values are in the file or not."""
    path = save_text(HEAD + text, tmp_path / "net.onnx")
    if known:
        model = onnx.ModelProto.FromString(Path(path).read_bytes())
        for number, tensor in enumerate(model.graph.initializer):
            if tensor.data_location == onnx.TensorProto.EXTERNAL:
                values = np.full(tensor.dims, number + 1, np.float32)
                tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))
        Path(path).write_bytes(model.SerializeToString())
    found = convcost.analyze(load(path))
    assert found.network.unknown == []
    assert (found.totals["params"], found.totals["macs"]) == held


def test_a_fill_is_stored_nowhere(tmp_path: Path) -> None:
    """A constant of one number that is repeated is made by a layer."""
    text = (
        "<int64 n = {300}, int64[1] zero = {0}, int64[2] b = {1, 4}, float[4,4,3,3] w> "
        "{ m = Unsqueeze (n, zero) s = Concat <axis = 0> (b, m, m) "
        "v = ConstantOfShape (s) y = Conv (v, w) }"
    )
    found = convcost.analyze(load(save_text(HEAD + text, tmp_path / "net.onnx")))
    assert found.totals["macs"] == 4 * 298 * 298 * 36
    assert found.totals["params"] == 144
    assert found.totals["buffers"] == 1


LIFTED = "<float[4,1,1] val_3, float[4,4,1,1] val_4> {{ a = {op} y = Conv (a, val_4) }}"


@pytest.mark.parametrize(("op", "params"), [("Mul (x, val_3)", 16), ("PRelu (x, val_3)", 20)])
def test_what_an_exporter_lifted_is_learned_where_it_is_used_as_a_weight(
    op: str, params: int, tmp_path: Path
) -> None:
    path = save_text(HEAD + LIFTED.format(op=op), tmp_path / "net.onnx")
    assert convcost.analyze(load(path)).totals["params"] == params


def test_a_constant_is_learned_where_products_are_summed_with_it(tmp_path: Path) -> None:
    """As exporters write weights that they have put in another order."""
    text = (
        "{ k = Constant <value_float = 1.0> () t = Transpose <perm = [1, 0, 2, 3]> (k) "
        "y = Conv (x, t) }"
    )
    path = Path(save_text(HEAD + text, tmp_path / "net.onnx"))
    model = onnx.ModelProto.FromString(path.read_bytes())
    constant = helper.make_tensor("k", onnx.TensorProto.FLOAT, [4, 4, 1, 1], range(16))
    del model.graph.node[0].attribute[:]
    model.graph.node[0].attribute.append(helper.make_attribute("value", constant))
    path.write_bytes(model.SerializeToString())
    assert convcost.analyze(load(str(path))).totals["params"] == 16


def test_a_matrix_that_is_put_together_is_learned(tmp_path: Path) -> None:
    text = (
        "<float[4,2,1,1] val_1, float[4,2,1,1] val_2> "
        "{ w = Concat <axis = 1> (val_1, val_2) y = Conv (x, w) }"
    )
    assert (
        convcost.analyze(load(save_text(HEAD + text, tmp_path / "n.onnx"))).totals["params"] == 16
    )
