"""Verification: it confirms what is true, and reports every formula that is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from doubles import then
from op_examples import network_of
from verify_examples import GLOBAL, GRIDS, MORE, RECURRENT, VARIANTS

import convcost
from convcost.errors import ConvcostError
from convcost.execution.probe.rows import runs
from convcost.execution.transform import thinned
from convcost.execution.verification import verify
from convcost.executor.kernels import KERNELS
from convcost.metrics import OF_OPS
from convcost.ops import OF_IMPORTERS, OPS, op_class
from convcost.ops.op import Op
from convcost.ops.reshape import Split
from convcost.tensor import Tensor

SPECS_FOLDER = Path(__file__).parent.parent.parent / "specs"
SPECS = sorted(SPECS_FOLDER.rglob("*.yaml"))
THIN = 64

# Networks that take long at their own size; benchmarks/verify.py runs them whole.
SMALLER = {
    "c3d": (3, 8, 64, 64),
    "context_network": (21, 24, 24),
    "convnext_tiny": (3, 96, 96),
    "deeplabv3_head": (64, 17, 17),
    "deeplabv3plus": (3, 129, 129),
    "densenet121": (3, 96, 96),
    "esrgan": (3, 16, 16),
    "fcn8s_vgg16": (3, 96, 96),
    "inception_v3": (3, 139, 139),
    "r2plus1d_18": (3, 4, 32, 32),
    "vit_b_16": (3, 64, 64),
}
SETTINGS = {  # what goes with a smaller input; attention is not thinned
    "vit_b_16": {"tokens": "16", "features": "48", "heads": "3"}
}


def one_layer(inputs: str, layer: str) -> convcost.Network:
    text = f"{inputs}\nlayers:\n  - {layer}\n"
    return convcost.load("example.yaml", read=lambda _: text.encode())


def metrics_of(op: str) -> list[str]:
    """The metrics that an op has a formula of its own for, or takes from one."""
    (layer,) = network_of(op).layers
    return [metric for metric in OF_OPS if getattr(layer.op, metric)(*layer.input_shapes)]


PERTURBED = [(op, metric) for op in OPS for metric in (*metrics_of(op), "transcendentals")]


def test_every_op_has_a_kernel():
    without = [op for op in OPS if op not in KERNELS]
    assert not without, f"give {without} lines in KERNELS of convcost/executor/kernels.py"
    assert list(KERNELS) == [*OPS, *OF_IMPORTERS]


@pytest.mark.parametrize("scalar", [False, True])
@pytest.mark.parametrize("op", OPS)
def test_every_op_is_confirmed(op: str, scalar: bool):
    found = verify(network_of(op), scalar=scalar)
    # Roots and logarithms of what is negative are not numbers, with or without a NaN in the input.
    real = op not in ("sqrt", "log", "asin", "acos", "acosh", "atanh")
    assert not [check for check in found.broken if real or check.metric in OF_OPS]
    counted = {check.metric for check in found.checks}
    wanted = {"output_shape", "params", "buffers", *OF_OPS}
    assert counted >= (wanted - {"macs", "macs_in_bounds"} if scalar else wanted)


@pytest.mark.parametrize("scalar", [False, True])
@pytest.mark.parametrize(("inputs", "layer"), RECURRENT)
def test_recurrent_layers_are_confirmed(inputs: str, layer: str, scalar: bool):
    found = verify(one_layer(inputs, layer), scalar=scalar)
    assert not found.broken
    assert any(check.metric.startswith("reads") for check in found.checks)


@pytest.mark.parametrize("scalar", [False, True])
@pytest.mark.parametrize(("inputs", "layer"), MORE)
def test_every_mode_is_confirmed(inputs: str, layer: str, scalar: bool):
    found = verify(one_layer(inputs, layer), scalar=scalar)
    assert not found.broken
    assert any(check.metric.startswith("field") for check in found.checks) == ("1, 24" not in layer)


@pytest.mark.parametrize("scalar", [False, True])
@pytest.mark.parametrize(("inputs", "layer"), GLOBAL)
def test_layers_that_read_whole_axes_are_confirmed(inputs: str, layer: str, scalar: bool):
    assert not verify(one_layer(inputs, layer), scalar=scalar).broken


@pytest.mark.parametrize(("times", "strides"), [(2, []), (4, ["0"])])
def test_units_that_repeat_on_a_longer_input_after_as_many_more_are_confirmed(
    times: int, strides: list[str]
):
    text = f"""
input: [3, 3, 5]
layers:
  - {{op: slice, dims: [2], starts: [1], ends: [3], steps: [2]}}
  - {{op: tile, name: repeated, repeats: [1, 1, {times}, 1]}}
  - {{op: linear, name: beside, from: input, out_features: 2}}
outputs: [repeated, beside]
"""
    found = verify(convcost.load("net.yaml", batch=2, read=lambda _: text.encode()))
    assert not found.broken
    of_repeated = [c for c in found.checks if c.layer == "repeated"]
    assert [c.executed for c in of_repeated if c.metric == "stride on input axis 1"] == strides


@pytest.mark.parametrize("scalar", [False, True])
@pytest.mark.parametrize(("inputs", "fields"), GRIDS)
def test_every_grid_is_confirmed(inputs: str, fields: str, scalar: bool):
    network = one_layer(inputs, f"{{op: grid_sample, from: [x, grid], {fields}}}")
    assert not verify(network, scalar=scalar, layer="grid_sample1").broken


@pytest.mark.parametrize("layer", VARIANTS)
def test_every_variant_counts_what_it_does(layer: str):
    broken = verify(one_layer("input: [4, 8, 8]", layer)).broken
    # Powers of what is negative are not numbers, with or without a NaN in the input.
    assert not [check for check in broken if "pow" not in layer or check.metric in OF_OPS]


@pytest.mark.parametrize(("op", "metric"), PERTURBED)
@pytest.mark.parametrize("change", [1, -1])
def test_a_wrong_formula_is_reported(
    op: str, metric: str, change: int, monkeypatch: pytest.MonkeyPatch
):
    network = network_of(op)
    right: Any = getattr(op_class(op), metric)
    monkeypatch.setattr(op_class(op), metric, then(right, lambda count: count + change))
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
    network = network_of(op)
    if op == "mean":  # with as many axes as before
        network = one_layer("input: [4, 8, 8]", "{op: mean, dim: [2, 3], keepdim: true}")
    monkeypatch.setattr(op_class(op), "reads", Op.reads)
    broken = {check.metric.split()[0] for check in verify(network).broken}
    assert broken & {"reads", "field", "start"}


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_spec_is_confirmed_with_thinned_channels(path: Path):
    inputs = {"": SMALLER[path.stem]} if path.stem in SMALLER else None
    settings = SETTINGS.get(path.stem)
    network, _ = thinned(convcost.load(str(path), inputs=inputs, settings=settings), THIN)
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
    assert params == {"first": 4 * 4 * 9 + 4, "again": 0, "network": 4 * 4 * 9 + 4}
    assert not found.broken


@pytest.mark.filterwarnings("ignore:invalid value")
def test_what_cannot_be_written_over_is_found_where_values_are_lost_too():
    """NaN would be what it was, whatever is gone; deep networks with drawn weights overflow."""
    layers = "[{op: sub, from: [input, input], name: zero}, {op: div, from: [zero, zero]}, softmax]"
    text = f"input: [2]\nlayers: {layers}\n"
    assert verify(convcost.load("net.yaml", read=lambda _: text.encode(), batch=2)).agrees


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
    assert reads.executed == "30, 32, 34; 31, 33, 35"
    last = [check for check in found.checks if check.metric.startswith("reads")][-1]
    assert last.executed == "26, 28, 30, 32, 34, 36, 38; 27, 29, 31, 33, 35, 37, 39"


def measured(network: convcost.Network, layer: str | None = None) -> set[str]:
    found = verify(network, layer=layer)
    return {check.layer for check in found.checks if check.metric.startswith("reads")}


def test_every_field_on_the_way_is_measured_and_a_layer_by_name():
    network = convcost.load(str(SPECS_FOLDER / "m5.yaml"))
    changes: list[str] = []
    known: list[object] = []
    for layer in convcost.analyze(network).layers:
        (field,) = layer.receptive_fields["input"]
        if field not in known:
            changes.append(layer.name)
            known.append(field)
    assert len(changes) == 9
    changes.append(network.layers[-1].name)  # an output is, whatever its field
    assert measured(network) == {*changes}
    alike = next(layer.name for layer in network.layers if layer.name not in changes)
    assert measured(network, alike) == {*changes, alike}
    with pytest.raises(ConvcostError, match="no layer is named `cnov`"):
        verify(network, layer="cnov")


def test_a_network_too_large_says_what_it_would_need():
    text = "input: [64, 1000000, 1000000]\nlayers: [relu]\n"
    said = r"(?s)huge.yaml:2:\d+: verifying takes 1,216,000,000,131,072 bytes .*'relu'.*--shrink"
    with pytest.raises(ConvcostError, match=said):
        verify(convcost.load("huge.yaml", read=lambda _: text.encode()), memory=2**30)


@pytest.mark.parametrize(
    ("positions", "text"),
    [({0, 1, 2, 7, 9, 10}, "0..2, 7, 9..10"), (set[int](), "nothing"), ({5}, "5")],
)
def test_positions_are_written_as_runs(positions: set[int], text: str):
    assert runs(positions) == text


def test_a_split_into_one_part_is_tried_like_others() -> None:
    network = convcost.Network("split")
    x = network.inputs["x"] = Tensor("x", (1,))
    network.outputs["y"] = network.add("one", Split(parts=None, sizes=(1,), dim=0), (x,)).outputs[0]
    assert all(check.agrees for check in verify(network).checks)
