"""Receptive fields of models from files: published ones, and those of the networks as specs."""

from __future__ import annotations

import csv
import os
from math import prod
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx.parser import parse_model
from onnx_text import save_text, soon

import convcost
from convcost.execution.forward import execute, seeded
from convcost.execution.verification import verify
from convcost.executor.namespace import Plain
from convcost.importers.onnx import load
from convcost.ops import op_name

ROOT = Path(__file__).parent.parent.parent
DATA = ROOT / "tests" / "data"
LIGHT = Path(os.path.dirname(onnx.__file__)) / "backend" / "test" / "data" / "light"

# Models, and a network of measured_fields.csv (gradients of torchvision's) with its last op.
MEASURED = [
    (LIGHT / "light_bvlc_alexnet.onnx", "alexnet", "max_pool"),
    (LIGHT / "light_resnet50.onnx", "resnet50", "relu"),
    (DATA / "onnx" / "mobilenet_v2__keras15.onnx", "mobilenet_v2", "relu6"),
]
SPECS = [
    (DATA / "onnx" / "resnet18__ts17.onnx", "resnet18", "relu"),
    (LIGHT / "light_densenet121.onnx", "densenet121", "relu"),
    (LIGHT / "light_squeezenet.onnx", "squeezenet1_1", "relu"),
    (DATA / "onnx" / "dcgan__ts13.onnx", "dcgan_generator", "tanh"),
]


def last(
    network: convcost.Network, op: str
) -> list[convcost.analysis.rf.receptive_field.AxisField]:
    """The fields of the last layer of an op that has local ones."""
    for layer in reversed(convcost.analyze(network).layers):
        fields = [field for axes in layer.receptive_fields.values() for field in axes]
        if layer.op == op and not any(field.flags for field in fields):
            return fields
    raise AssertionError(op)


@pytest.mark.parametrize(
    ("path", "name", "op"), MEASURED, ids=lambda part: getattr(part, "stem", "")
)
def test_a_field_is_as_published(path: Path, name: str, op: str) -> None:
    rows = csv.DictReader((DATA / "measured_fields.csv").read_text().splitlines())
    sizes = {row["network"]: int(row["size"]) for row in rows}
    assert [(field.size, field.stride) for field in last(load(str(path)), op)] == [
        (sizes[name], 32)
    ] * 2


@pytest.mark.parametrize(("path", "name", "op"), SPECS, ids=lambda part: getattr(part, "stem", ""))
def test_a_field_is_that_of_the_spec(path: Path, name: str, op: str) -> None:
    spec = convcost.load(str(ROOT / "specs" / f"{name}.yaml"))
    assert last(load(str(path)), op) == last(spec, op)


def saved(tmp_path: Path, text: str) -> str:
    path = tmp_path / "net.onnx"
    path.write_bytes(parse_model(text).SerializeToString())
    return str(path)


def test_a_group_norm_in_pieces_reads_the_whole_map(tmp_path: Path) -> None:
    """As exports before opset 18 have it: groups of channels beside each other, normalised."""
    network = load(
        saved(
            tmp_path,
            """
            <ir_version: 8, opset_import: ["" : 13]>
            net (float[N, 8, 6, 5] x) => (float[N, 8, 6, 5] y)
            <int64[3] apart = {0, 4, -1}, int64[4] whole = {0, 8, 6, 5},
             float[4] ones = {1, 1, 1, 1}, float[4] zeros = {0, 0, 0, 0}>
            { a = Reshape (x, apart)\n b = InstanceNormalization (a, ones, zeros)
              y = Reshape (b, whole) }
            """,
        )
    )
    last_layer = convcost.analyze(network).layers[-1]
    assert [field.flags for field in last_layer.receptive_fields["x"]] == [("global",)] * 2
    assert [field.size for field in last_layer.receptive_fields["x"]] == [6, 5]


BLOCKS = [  # shape of the input, shape between, order, shape of the output, the op
    ((2, 3, 4, 6), (2, 3, 2, 2, 3, 2), (0, 1, 3, 5, 2, 4), (2, 12, 2, 3), "pixel_unshuffle"),
    ((2, 3, 4, 6), (2, 3, 2, 2, 3, 2), (0, 3, 5, 1, 2, 4), (2, 12, 2, 3), "space_to_depth"),
    ((1, 12, 2, 3), (1, 3, 2, 2, 2, 3), (0, 1, 4, 2, 5, 3), (1, 3, 4, 6), "pixel_shuffle"),
    ((1, 12, 2, 3), (1, 2, 2, 3, 2, 3), (0, 3, 4, 1, 5, 2), (1, 3, 4, 6), "depth_to_space"),
    ((1, 6, 5), (1, 2, 3, 5), (0, 1, 3, 2), (1, 2, 15), "pixel_shuffle"),
    ((1, 2, 15), (1, 2, 5, 3), (0, 3, 1, 2), (1, 6, 5), "space_to_depth"),
    ((1, 1, 4, 4), (1, 1, 2, 2, 2, 2), (0, 3, 5, 1, 2, 4), (1, 4, 2, 2), "pixel_unshuffle"),
    ((1, 3, 4, 6), (1, 3, 4, 3, 2), (0, 1, 4, 2, 3), (1, 6, 4, 3), "pixel_unshuffle"),
    ((1, 3, 4, 6), (1, 3, 2, 2, 3, 2), (0, 1, 5, 3, 2, 4), (1, 12, 2, 3), None),  # crosswise
    ((1, 3, 4, 4), (1, 3, 2, 2, 2, 2), (0, 1, 2, 4, 3, 5), (1, 12, 2, 2), None),  # windows
    ((1, 6, 4, 4), (1, 2, 3, 4, 4), (0, 2, 1, 3, 4), (1, 6, 4, 4), None),  # a shuffle of channels
]


@pytest.mark.parametrize(("before", "between", "order", "after", "op"), BLOCKS)
def test_blocks_that_a_graph_moves_in_three_steps_are_one_layer(
    tmp_path: Path,
    before: tuple[int, ...],
    between: tuple[int, ...],
    order: tuple[int, ...],
    after: tuple[int, ...],
    op: str | None,
) -> None:
    def ints(values: tuple[int, ...]) -> str:
        return ", ".join(map(str, values))

    text = f"""
        <ir_version: 8, opset_import: ["" : 13]>
        net (float[{ints(before)}] x) => (float[{ints(after)}] y)
        <int64[{len(between)}] s = {{{ints(between)}}}, int64[{len(after)}] t = {{{ints(after)}}}>
        {{ a = Reshape (x, s)\n b = Transpose <perm = [{ints(order)}]> (a)\n y = Reshape (b, t) }}
    """
    network = load(saved(tmp_path, text))
    found = [op_name(type(layer.op)) for layer in network.layers]
    assert found == [op] if op else len(found) == 3
    x = np.arange(prod(before), dtype=np.float32).reshape(before)
    (y,) = execute(network, {"x": x}, seeded(0), Plain()).values()
    np.testing.assert_array_equal(y, x.reshape(between).transpose(order).reshape(after))
    assert not verify(network).broken

    again = text.replace("=> (", f"=> (float[{ints(between)}] a, ")  # what lies between is wanted
    assert len(load(saved(tmp_path, again)).layers) == 3


SHIFTED = """
 {p}s1 = Slice({before}, c3, c8, c1)
 {p}s2 = Slice({before}, c0, c3, c1)
 {p}r = Concat<axis=1>({p}s1, {p}s2)
 {p}t1 = Slice({p}r, c3, c8, c2)
 {p}t2 = Slice({p}r, c0, c3, c2)
 {p}u = Concat<axis=2>({p}t1, {p}t2)
 {p}v = Reshape({p}u, parts)
 {p}w = Transpose<perm=[0,1,3,2,4,5]>({p}v)
 {p}x = Reshape({p}w, tokens)
 {p}y = Transpose<perm=[0,2,1]>({p}x)
 {p}z = MatMul({p}x, {p}y)
 {p}o = MatMul({p}z, {p}x)
 {p}b = Reshape({p}o, back)
 {p}c = Transpose<perm=[0,1,3,2,4,5]>({p}b)
 {p}d = Reshape({p}c, whole)
 {p}out = Add({before}, {p}d)
"""


def test_shifted_windows_are_followed_in_linear_time(tmp_path: Path) -> None:
    """As Swin has them: the number of ways that are followed does not grow from block to block."""
    blocks = 24
    names = ["x", *(f"n{block}_out" for block in range(blocks))]
    nodes = "".join(SHIFTED.format(p=f"n{n}_", before=names[n]) for n in range(blocks))
    text = f"""<ir_version: 8, opset_import: ["" : 17]>
net (float[1,8,8,4] x) => (float[1,8,8,4] {names[-1]})
<int64[1] c0={{0}}, int64[1] c1={{1}}, int64[1] c2={{2}}, int64[1] c3={{3}}, int64[1] c8={{8}},
 int64[6] parts={{1,2,4,2,4,4}}, int64[3] tokens={{4,16,4}}, int64[6] back={{1,2,2,4,4,4}},
 int64[4] whole={{1,8,8,4}}>
{{{nodes}}}"""
    path = save_text(text, tmp_path / "net.onnx")
    with soon(20):
        found = convcost.analyze(load(path))
    assert len(found.layers) == 16 * blocks
