"""Verification: it confirms what is true, and reports every formula that is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import convcost
from convcost.errors import ConvcostError
from convcost.executor.kernels import KERNELS
from convcost.ops import OPS, op_class
from convcost.ops.op import METRICS, Op
from convcost.probe import runs
from convcost.transform import thinned
from convcost.verify import verify

SPECS_FOLDER = Path(__file__).parent.parent / "specs"
SPECS = sorted(SPECS_FOLDER.rglob("*.yaml"))
THIN = 64

# Networks that take long at their own size; benchmarks/verify.py runs them whole.
SMALLER = {
    "c3d": (3, 8, 64, 64),
    "context_network": (21, 24, 24),
    "deeplabv3_head": (64, 17, 17),
    "fcn8s_vgg16": (3, 96, 96),
    "r2plus1d_18": (3, 4, 32, 32),
}

# One small network for each op, in which each of its metrics that can be is above 0.
EXAMPLES = {
    "conv": (
        "{op: conv, out_channels: 6, kernel_size: [3, 2], stride: [2, 1], padding: 1, groups: 2}"
    ),
    "conv_transpose": (
        "{op: conv_transpose, out_channels: 6, kernel_size: 3, stride: 2, padding: 1, "
        "output_padding: 1, groups: 2}"
    ),
    "deform_conv": (
        "{op: deform_conv, from: [x, offsets, mask], out_channels: 6, kernel_size: [3, 2], "
        "stride: [2, 1], padding: [[1, 1], [0, 1]], groups: 2, offset_groups: 2}"
    ),
    "deform_sample": "{op: deform_sample, from: [x, offsets]}",
    "grid_sample": "{op: grid_sample, from: [x, grid], padding_mode: border}",
    "linear": "{op: linear, out_features: 5}",
    "matmul": "{op: matmul, from: [input, input]}",
    "einsum": '{op: einsum, equation: "bchw,bdhw->bcd", from: [input, input]}',
    "max_pool": "{op: max_pool, kernel_size: 3, stride: 2, padding: 1, ceil_mode: true}",
    "avg_pool": "{op: avg_pool, kernel_size: 3, stride: 2, padding: 1, ceil_mode: true}",
    "adaptive_max_pool": "{op: adaptive_max_pool, output_size: [5, 3]}",
    "adaptive_avg_pool": "{op: adaptive_avg_pool, output_size: [5, 3]}",
    "global_max_pool": "global_max_pool",
    "global_avg_pool": "global_avg_pool",
    "batch_norm": "batch_norm",
    "local_response_norm": "{op: local_response_norm, size: 3}",
    "layer_norm": "layer_norm",
    "group_norm": "{op: group_norm, num_groups: 2}",
    "instance_norm": "{op: instance_norm, affine: true}",
    "rms_norm": "rms_norm",
    "lp_norm": "lp_norm",
    "relu": "relu",
    "relu6": "relu6",
    "leaky_relu": "leaky_relu",
    "prelu": "{op: prelu, num_parameters: in_channels}",
    "sigmoid": "sigmoid",
    "tanh": "tanh",
    "silu": "silu",
    "gelu": "{op: gelu, approximate: tanh}",
    "elu": "elu",
    "selu": "selu",
    "softplus": "{op: softplus, beta: 1/2}",
    "mish": "mish",
    "softsign": "softsign",
    "celu": "{op: celu, alpha: 1/2}",
    "thresholded_relu": "{op: thresholded_relu, alpha: 1/2}",
    "hard_sigmoid": "hard_sigmoid",
    "hard_swish": "hard_swish",
    "softmax": "softmax",
    "log_softmax": "log_softmax",
    "dropout": "dropout",
    "stochastic_depth": "stochastic_depth",
    "identity": "identity",
    "parameter": "{op: parameter, shape: [4, 1, 3]}",
    "add": "{op: add, from: [input, input, input]}",
    "multiply": "{op: multiply, from: [input, input, input]}",
    "sub": "{op: sub, from: [input, input]}",
    "div": "{op: div, from: [input, input]}",
    "minimum": "{op: minimum, from: [input, input, input]}",
    "maximum": "{op: maximum, from: [input, input, input]}",
    "pow": "{op: pow, exponent: 2}",
    "scale": "{op: scale, factor: 1/8}",
    "shift": "{op: shift, amount: -0.5}",
    "abs": "abs",
    "exp": "exp",
    "neg": "neg",
    "sqrt": "sqrt",
    "reciprocal": "reciprocal",
    "log": "log",
    "erf": "erf",
    "sin": "sin",
    "cos": "cos",
    "floor": "floor",
    "ceil": "ceil",
    "round": "round",
    "sign": "sign",
    "clip": "{op: clip, min: -1/2, max: 1}",
    "less": "{op: less, from: [input, input]}",
    "greater": "{op: greater, from: [input, input]}",
    "equal": "{op: equal, from: [input, input]}",
    "logical_and": "{op: logical_and, from: [input, input]}",
    "logical_or": "{op: logical_or, from: [input, input]}",
    "logical_not": "logical_not",
    "sum": "{op: sum, dim: 1}",
    "mean": "{op: mean, dim: [2, -1], keepdim: true}",
    "amax": "{op: amax, dim: -1}",
    "amin": "{op: amin, dim: -1}",
    "prod": "{op: prod, dim: -1}",
    "l1": "{op: l1, dim: -1}",
    "l2": "{op: l2, dim: -1}",
    "sum_square": "{op: sum_square, dim: -1}",
    "log_sum_exp": "{op: log_sum_exp, dim: -1}",
    "argmax": "{op: argmax, dim: 1}",
    "argmin": "{op: argmin, dim: 1}",
    "topk": "{op: topk, k: 2}",
    "cumsum": "{op: cumsum, dim: 1}",
    "concat": "{op: concat, from: [input, input]}",
    "split": "{op: split, parts: 2}",
    "channel_shuffle": "{op: channel_shuffle, groups: 2}",
    "flatten": "flatten",
    "reshape": "{op: reshape, shape: [2, 16, 8]}",
    "permute": "{op: permute, dims: [2, 3, 1]}",
    "view": "{op: view, shape: [1, 2, 128]}",
    "transpose": "{op: transpose, dims: [3, 0, 1, 2]}",
    "slice": "{op: slice, dims: [2, 3], starts: [1, -1], ends: [7, -9], steps: [2, -1]}",
    "expand": "{op: expand, shape: [3, 1, 4, 8, 8]}",
    "tile": "{op: tile, repeats: [1, 2, 1, 3]}",
    "gather": "{op: gather, dim: 2, indices: [6, 4, -6]}",
    "scatter": "{op: scatter, dim: 1, from: [input, input, input]}",
    "where": "{op: where, from: [input, input, input]}",
    "pixel_shuffle": "{op: pixel_shuffle, upscale_factor: 2}",
    "pixel_unshuffle": "{op: pixel_unshuffle, downscale_factor: [2, 4]}",
    "depth_to_space": "{op: depth_to_space, block_size: [1, 4]}",
    "space_to_depth": "{op: space_to_depth, block_size: 2}",
    "crop": "{op: crop, size: [5, 4]}",
    "pad": "{op: pad, padding: [[1, 2], 0]}",
    "upsample": "{op: upsample, scale_factor: 2, mode: bilinear}",
}
INPUTS = {
    "deform_conv": "inputs: {x: [4, 8, 8], offsets: [24, 4, 8], mask: [12, 4, 8]}",
    "deform_sample": "inputs: {x: [4, 8, 8], offsets: [8, 8, 8]}",
    "grid_sample": "inputs: {x: [4, 8, 8], grid: [5, 6, 2]}",
}
# Layers besides, of ops that do other things in other modes and ranks.
MORE = [
    ("input: [4, 8, 8]", "{op: upsample, scale_factor: 2}"),
    ("input: [2, 9]", "{op: upsample, scale_factor: 3/2, mode: linear}"),
    ("input: [2, 9]", "{op: upsample, size: 25, mode: linear, align_corners: true}"),
    ("input: [2, 9, 8]", "{op: upsample, size: [17, 5], mode: bilinear, align_corners: true}"),
    ("input: [2, 9, 8]", "{op: upsample, size: [1, 24], mode: bicubic, align_corners: true}"),
    ("input: [2, 9, 12]", "{op: upsample, scale_factor: [2, 2/3], mode: bicubic}"),
    ("input: [1, 6, 5, 4]", "{op: upsample, scale_factor: [2, 1, 3], mode: trilinear}"),
    ("input: [8, 3, 4, 2]", "{op: pixel_shuffle, upscale_factor: 2}"),
    ("input: [2, 12]", "{op: space_to_depth, block_size: 3}"),
    (
        "inputs: {x: [2, 9], offsets: [3, 9]}",
        "{op: deform_conv, from: [x, offsets], out_channels: 2, kernel_size: 3, padding: same}",
    ),
    (
        "inputs: {x: [2, 6, 5, 4], offsets: [36, 5, 6, 5], mask: [12, 5, 6, 5]}",
        "{op: deform_conv, from: [x, offsets, mask], out_channels: 2, kernel_size: [3, 2, 2], "
        "padding: [[0, 1], 1, 1]}",
    ),
    ("inputs: {x: [2, 9], offsets: [2, 9]}", "{op: deform_sample, from: [x, offsets]}"),
]


# Fields on which a formula branches, the other way.
VARIANTS = [
    "{op: batch_norm, affine: false}",
    "{op: layer_norm, dim: -1, bias: false}",
    "{op: layer_norm, dim: [1, 3], elementwise_affine: false}",
    "{op: group_norm, num_groups: 4, affine: false}",
    "instance_norm",
    "prelu",
    "gelu",
    "{op: pow, from: [input, input]}",
    "{op: pow, exponent: -1/2}",
    '{op: einsum, equation: "abcd,ebcf->fad", from: [input, input]}',
    '{op: einsum, equation: "abcd,abcd->dcba", from: [input, input]}',
    "{op: prod, dim: [1, 3], keepdim: true}",
    "{op: log_sum_exp, dim: [1, 2, 3]}",
    "{op: argmin, dim: 3, keepdim: true}",
    "{op: topk, k: 3, dim: 3, largest: false}",
    "{op: cumsum, dim: 2, exclusive: true}",
    "{op: rms_norm, dim: [1, 3], elementwise_affine: false}",
    "{op: lp_norm, dim: -1, p: 1}",
    "{op: gather, dim: 3, from: [input, input]}",
    "{op: gather, dim: 2, indices: [0, 5, 3]}",
    "{op: slice, dims: [1, -1], starts: [-1, 3], ends: [-9, 9], steps: [-1, 2]}",
    "{op: slice, dims: [2], starts: [6], ends: [0], steps: [-3]}",
    "{op: tile, repeats: [2, 1, 2, 1]}",
    "{op: transpose, dims: [1, 0, 3, 2]}",
    "{op: view, shape: [4, 8, 8]}",
    "{op: clip, min: 0}",
    "{op: clip, max: 1/2}",
    "{op: log_softmax, dim: 3}",
    "{op: sum, dim: [1, 3], keepdim: true}",
    "{op: mean, dim: 3}",
    "{op: amax, dim: [2, 3]}",
]


def network_of(op: str) -> convcost.Network:
    return one_layer(INPUTS.get(op, "input: [4, 8, 8]"), EXAMPLES[op])


def one_layer(inputs: str, layer: str) -> convcost.Network:
    text = f"{inputs}\nlayers:\n  - {layer}\n"
    return convcost.load("example.yaml", read=lambda _: text.encode())


def metrics_of(op: str) -> list[str]:
    """The metrics that an op has a formula of its own for, or takes from one."""
    (layer,) = network_of(op).layers
    return [metric for metric in METRICS if getattr(layer.op, metric)(*layer.input_shapes)]


PERTURBED = [
    (op, metric) for op in OPS if op in EXAMPLES for metric in (*metrics_of(op), "transcendentals")
]


def test_every_op_has_a_kernel_and_an_example():
    assert list(KERNELS) == list(OPS) == list(EXAMPLES)


@pytest.mark.parametrize("scalar", [False, True])
@pytest.mark.parametrize("op", OPS)
def test_every_op_is_confirmed(op: str, scalar: bool):
    found = verify(network_of(op), scalar=scalar)
    # Roots and logarithms of what is negative are no numbers, with or without a NaN in the input.
    real = op not in ("sqrt", "log")
    assert not [check for check in found.broken if real or check.metric in METRICS]
    counted = {check.metric for check in found.checks}
    wanted = {"output_shape", "params", "buffers", *METRICS}
    assert counted >= (wanted - {"macs", "macs_in_bounds"} if scalar else wanted)


@pytest.mark.parametrize("scalar", [False, True])
@pytest.mark.parametrize(("inputs", "layer"), MORE)
def test_every_mode_is_confirmed(inputs: str, layer: str, scalar: bool):
    found = verify(one_layer(inputs, layer), scalar=scalar)
    assert not found.broken
    assert any(check.metric.startswith("field") for check in found.checks) == ("1, 24" not in layer)


GRIDS = [
    ("inputs: {x: [2, 9], grid: [5, 1]}", "mode: bilinear"),
    ("inputs: {x: [2, 6, 5, 4], grid: [5, 2, 3, 3]}", "align_corners: true"),
    ("inputs: {x: [4, 8, 8], grid: [5, 6, 2]}", "mode: nearest"),
    ("inputs: {x: [4, 8, 8], grid: [5, 6, 2]}", "mode: nearest, padding_mode: border"),
]


@pytest.mark.parametrize("scalar", [False, True])
@pytest.mark.parametrize(("inputs", "fields"), GRIDS)
def test_every_grid_is_confirmed(inputs: str, fields: str, scalar: bool):
    network = one_layer(inputs, f"{{op: grid_sample, from: [x, grid], {fields}}}")
    assert not verify(network, scalar=scalar, layer="grid_sample1").broken


@pytest.mark.parametrize("layer", VARIANTS)
def test_every_variant_counts_what_it_does(layer: str):
    broken = verify(one_layer("input: [4, 8, 8]", layer)).broken
    # Powers of what is negative are no numbers, with or without a NaN in the input.
    assert not [check for check in broken if "pow" not in layer or check.metric in METRICS]


@pytest.mark.parametrize(("op", "metric"), PERTURBED)
@pytest.mark.parametrize("change", [1, -1])
def test_a_wrong_formula_is_reported(
    op: str, metric: str, change: int, monkeypatch: pytest.MonkeyPatch
):
    network = network_of(op)
    right: Any = getattr(op_class(op), metric)
    monkeypatch.setattr(op_class(op), metric, lambda *inputs: right(*inputs) + change)
    assert metric in {check.metric for check in verify(network).broken}


@pytest.mark.parametrize("op", [op for op in OPS if network_of(op).layers[0].weights])
@pytest.mark.parametrize("sizes", ["weights", "buffers"])
def test_a_wrong_weight_is_reported(op: str, sizes: str, monkeypatch: pytest.MonkeyPatch):
    """Counts of parameters come from the arrays really made: a kernel that is handed others fails
    or says so."""
    right: Any = getattr(op_class(op), sizes)
    if not right(network_of(op).layers[0].op, *network_of(op).layers[0].input_shapes):
        return

    def longer(*inputs: Any) -> Any:
        return {role: (*shape[:-1], shape[-1] + 1) for role, shape in right(*inputs).items()}

    monkeypatch.setattr(op_class(op), sizes, longer)
    try:
        broken = verify(network_of(op)).broken
    except ValueError:  # NumPy: shapes do not fit
        return
    assert broken


@pytest.mark.parametrize(
    "op", ["conv", "conv_transpose", "max_pool", "upsample", "crop", "pad", "pixel_shuffle"]
)
def test_a_wrong_output_shape_is_reported(op: str, monkeypatch: pytest.MonkeyPatch):
    right: Any = op_class(op).output

    def longer(*inputs: Any) -> Any:
        shape = right(*inputs)
        return (*shape[:-1], shape[-1] + 1)

    monkeypatch.setattr(op_class(op), "output", longer)
    assert "output_shape" in {check.metric for check in verify(network_of(op)).broken}


@pytest.mark.parametrize(
    "op",
    [
        *("conv", "conv_transpose", "max_pool", "avg_pool", "upsample", "crop"),
        *("pixel_unshuffle", "space_to_depth", "deform_conv"),
        *("group_norm", "instance_norm", "mean"),
    ],
)
def test_a_wrong_receptive_field_is_reported(op: str, monkeypatch: pytest.MonkeyPatch):
    """A kernel read position by position, as if it were none."""
    monkeypatch.setattr(op_class(op), "reads", Op.reads)
    broken = {check.metric.split()[0] for check in verify(network_of(op)).broken}
    assert broken & {"reads", "field", "start"}


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_spec_is_confirmed_with_thinned_channels(path: Path):
    inputs = {"": SMALLER[path.stem]} if path.stem in SMALLER else None
    network, _ = thinned(convcost.load(str(path), inputs=inputs), THIN)
    found = verify(network)
    assert not found.broken
    assert {check.metric.split()[0] for check in found.checks} >= {"macs", "reads", "adds"}


def test_groups_of_a_norm_are_thinned_with_its_channels():
    text = """
input: [3, 8, 8]
layers:
  - {op: conv, out_channels: 64, kernel_size: 3}
  - {op: group_norm, num_groups: 32}
  - {op: prelu, num_parameters: 64}
  - {op: conv, out_channels: 64, kernel_size: 3}
"""
    thin, by = thinned(convcost.load("groups.yaml", read=lambda _: text.encode()), THIN)
    assert by == THIN
    assert [layer.outputs[0].shape[1] for layer in thin.layers] == [1, 1, 1, 1]
    assert not verify(thin).broken


def test_thinning_keeps_the_graph_and_its_fields():
    network = convcost.load(str(SPECS_FOLDER / "mobilenet_v2.yaml"))
    thin, by = thinned(network, THIN)
    assert by > 1
    whole, part = convcost.analyze(network), convcost.analyze(thin)
    assert part.totals["macs"] * by < whole.totals["macs"]
    assert [(a.name, a.op, a.receptive_fields) for a in whole.layers] == [
        (a.name, a.op, a.receptive_fields) for a in part.layers
    ]


def test_shared_weights_are_made_once():
    text = """
input: [4, 8, 8]
layers:
  - {op: conv, name: first, out_channels: 4, kernel_size: 3, padding: 1}
  - {op: conv, name: again, out_channels: 4, kernel_size: 3, padding: 1, share: first}
"""
    found = verify(convcost.load("shared.yaml", read=lambda _: text.encode()))
    params = {c.layer: c.executed for c in found.checks if c.metric == "params"}
    assert params == {"first": 4 * 4 * 9 + 4, "again": 0}
    assert not found.broken


def test_holes_are_seen():
    text = """
input: [2, 64]
layers:
  - {op: conv, out_channels: 2, kernel_size: 3, dilation: 2, padding: 2}
  - {op: conv, out_channels: 2, kernel_size: 3, dilation: 4, padding: 4}
"""
    found = verify(convcost.load("holes.yaml", read=lambda _: text.encode()))
    reads = next(check for check in found.checks if check.metric.startswith("reads"))
    assert reads.agrees
    assert reads.executed == "26, 28, 30, 32, 34, 36, 38"


def test_a_layer_can_be_measured_by_name():
    network = convcost.load(str(SPECS_FOLDER / "m5.yaml"))
    first = network.layers[0].name
    assert {
        c.layer for c in verify(network, layer=first).checks if c.metric.startswith("field")
    } == {
        first,
        "features.3.max_pool1",
    }
    with pytest.raises(ConvcostError, match="'M5' has no layer `cnov`"):
        verify(network, layer="cnov")


def test_a_network_too_large_says_what_it_would_need():
    text = "input: [64, 1000000, 1000000]\nlayers: [relu]\n"
    with pytest.raises(
        ConvcostError, match=r"would need about 768,000,000,000,000 bytes.*--shrink"
    ):
        verify(convcost.load("huge.yaml", read=lambda _: text.encode()))


@pytest.mark.parametrize(
    ("positions", "text"),
    [({0, 1, 2, 7, 9, 10}, "0..2, 7, 9..10"), (set[int](), "nothing"), ({5}, "5")],
)
def test_positions_are_written_as_runs(positions: set[int], text: str):
    assert runs(positions) == text
