"""Faults planted in formulas and kernels: verification reports each as a disagreement."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from doubles import always, then
from op_examples import network_of
from test_verify import one_layer

import convcost
from convcost.analysis.analyze import memory
from convcost.execution.verification import WHOLE, arrays, verify
from convcost.executor.kernels import KERNELS, STORED
from convcost.network import Edges
from convcost.ops import OPS, op_class, op_name
from convcost.ops.op import Reads
from convcost.samples import Samples

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from convcost.execution.verification import Verification
    from convcost.network import Layer
    from convcost.tensor import Tensor

counted, graph = map(
    import_module,
    ("convcost.execution.verification.counted", "convcost.execution.verification.graph"),
)
WITH_WEIGHTS = [op for op in OPS if network_of(op).layers[0].weights]
IN_PLACE = "peak_activation_bytes --inplace"


def loaded(text: str, batch: int = 2) -> convcost.Network:
    return convcost.load("faulty.yaml", batch=batch, read=lambda _: text.encode())


def two_samples(op: str) -> convcost.Network:
    network = network_of(op)
    if op == "view":  # its shape names the batch
        return network
    from convcost.execution.transform import rebuilt

    return rebuilt(network, shapes={n: (2, *t.shape[1:]) for n, t in network.inputs.items()})


def broken(found: Verification) -> set[tuple[str, str]]:
    return {(check.layer, check.metric) for check in found.broken}


Shapes = dict[str, tuple[int, ...]]


def spurious(shapes: Shapes) -> Shapes:
    return {**shapes, "spurious": (3,)}


def missing(shapes: Shapes) -> Shapes:
    return dict(list(shapes.items())[1:])


def longer(shapes: Shapes) -> Shapes:
    return {role: (*shape[:-1], shape[-1] + 1) for role, shape in shapes.items()}


def turned(shapes: Shapes) -> Shapes:
    """As many numbers in another shape."""
    return {role: (1, *shape) for role, shape in shapes.items()}


def _faults() -> Iterator[tuple[str, str, Callable[[Shapes], Shapes]]]:
    for op in WITH_WEIGHTS:
        (layer,) = network_of(op).layers
        for kind in ("weights", "buffers"):
            yield op, kind, spurious
            if getattr(layer.op, kind)(*layer.input_shapes):
                yield from ((op, kind, change) for change in (missing, longer, turned))


@pytest.mark.parametrize(("op", "kind", "change"), [*_faults()])
def test_wrong_weights_are_reported(
    op: str, kind: str, change: Callable[[Shapes], Shapes], monkeypatch: pytest.MonkeyPatch
):
    right: Any = getattr(op_class(op), kind)
    monkeypatch.setattr(op_class(op), kind, then(right, change))
    assert (f"{op}1", "weights") in broken(verify(network_of(op)))


@pytest.mark.parametrize("op", ["relu", "max_pool", "matmul"])
def test_a_weight_of_an_op_that_has_none_is_reported(op: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(op_class(op), "weights", always({"bias": (4,)}))
    found = broken(verify(network_of(op)))
    assert found >= {(f"{op}1", "weights"), (f"{op}1", "params"), (f"{op}1", "weight_bytes")}


def test_what_is_learned_is_told_from_what_is_stored(monkeypatch: pytest.MonkeyPatch):
    norm: Any = op_class("batch_norm")
    learned, stored = norm.weights, norm.buffers
    monkeypatch.setattr(norm, "weights", stored)
    monkeypatch.setattr(norm, "buffers", learned)
    assert ("batch_norm1", "weights") in broken(verify(network_of("batch_norm")))


def test_a_model_may_hold_as_a_buffer_what_an_op_would_learn() -> None:
    network = loaded("input: [4, 8, 8]\nlayers: [{op: conv, out_channels: 6, kernel_size: 3}]\n")
    network.layers[0].weights["weight"].learned = False  # as a file says of a fixed filter
    found = verify(network)
    assert not found.broken
    sizes = [check.executed for check in found.checks if check.metric in ("params", "buffers")]
    assert sorted(str(one) for one in sizes) == ["216", "216", "6", "6"]  # the bias is learned


def test_weights_that_are_inputs_are_not_learned_besides(monkeypatch: pytest.MonkeyPatch):
    text = """
inputs: {x: [4, 8, 8]}
layers:
  - {op: parameter, name: w, shape: [6, 4, 3, 3], batch: false}
  - {op: conv, name: c, from: [x, w], out_channels: 6, kernel_size: 3}
"""
    assert not verify(loaded(text)).broken
    conv: Any = op_class("conv")

    def of_its_base(self: Any, *inputs: Any) -> Any:
        return conv.__mro__[1].weights(self, *inputs)

    monkeypatch.setattr(conv, "weights", of_its_base)
    assert broken(verify(loaded(text))) >= {("c", "weights"), ("c", "params")}


@pytest.mark.parametrize("op", [op for op in OPS if not network_of(op).layers[0].op.view])
def test_a_wrong_output_shape_is_reported(op: str, monkeypatch: pytest.MonkeyPatch):
    right: Any = op_class(op).outputs

    def longer(*inputs: Any) -> Any:
        return tuple((*shape[:-1], shape[-1] + 1) for shape in right(*inputs))

    monkeypatch.setattr(op_class(op), "outputs", longer)
    found = broken(verify(network_of(op)))
    name = network_of(op).layers[0].name
    assert found >= {(name, "output_shape"), (name, "full_shape")}


def test_what_follows_a_wrong_shape_is_judged_by_its_own_formulas(monkeypatch: pytest.MonkeyPatch):
    text = """
input: [4, 8, 8]
layers:
  - {op: max_pool, kernel_size: 2}
  - {op: conv, out_channels: 6, kernel_size: 3}
"""
    pool: Any = op_class("max_pool")

    def fixed(_: Any, x: tuple[int, ...]) -> tuple[int, ...]:
        return (*x[:2], 5, 5)

    monkeypatch.setattr(pool, "output", fixed)
    found = broken(verify(loaded(text)))
    assert ("max_pool", "output_shape") in found
    assert not {metric for layer, metric in found if layer == "conv1"}


def test_an_axis_that_is_taken_for_the_batch_is_reported():
    network = loaded("input: [4, 8, 8]\nlayers:\n  - relu\n")
    network.layers[0].outputs[0].samples = Samples(1)
    found = verify(network)
    assert broken(found) == {("relu", "output_shape")}


def first_sample_only(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """A kernel that works out the first sample and takes it for all."""

    def faulty(xp: Any, x: Any, *others: Any, **fields: Any) -> Any:
        one = kernel(xp, x[:1], *(other[:1] for other in others), **fields)
        return np.repeat(one, len(x), axis=0)

    faulty.__signature__ = __import__("inspect").signature(kernel)  # type: ignore[attr-defined]
    return faulty


COUNTED = ["conv", "conv_transpose", "max_pool", "avg_pool", "batch_norm", "group_norm", "relu"]


@pytest.mark.parametrize("op", [*COUNTED, "softmax", "upsample", "adaptive_avg_pool"])
def test_a_lost_sample_is_reported(op: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(KERNELS, op, first_sample_only(KERNELS[op]))
    assert verify(two_samples(op)).broken


def test_a_kernel_that_fails_is_reported(monkeypatch: pytest.MonkeyPatch):
    def fails(*_: Any) -> Any:
        raise ValueError("shapes do not fit")

    monkeypatch.setitem(KERNELS, "relu", fails)
    (check,) = (c for c in verify(network_of("relu")).broken if c.metric == "runs")
    assert check.executed == "ValueError: shapes do not fit"


WRITTEN_OVER = """
input: [4, 8, 8]
layers:
  - {op: conv, out_channels: 8, kernel_size: 3, padding: 1}
  - relu
  - {op: channel_shuffle, groups: 2}
  - {op: max_pool, kernel_size: 3, stride: 1, padding: 1}
  - {op: softmax, dim: 1}
"""


@pytest.mark.parametrize("op", ["channel_shuffle", "max_pool", "softmax"])
def test_writing_over_what_is_still_read_is_reported(op: str, monkeypatch: pytest.MonkeyPatch):
    right = memory.same_places

    def wrong(layer: Layer) -> bool:
        return op_name(type(layer.op)) == op or right(layer)

    monkeypatch.setattr(memory, "same_places", wrong)
    assert IN_PLACE in {metric for _, metric in broken(verify(loaded(WRITTEN_OVER)))}


def test_writing_over_what_a_later_layer_reads_is_reported(monkeypatch: pytest.MonkeyPatch):
    right = memory.alive_bytes

    def wrong(network: convcost.Network, *, inplace: bool = False) -> Sequence[int]:
        with monkeypatch.context() as fault:
            fault.setattr(Edges, "reads", property(lambda _: _one_each(network)))
            return right(network, inplace=inplace)

    monkeypatch.setattr(arrays, "alive_bytes", wrong)
    text = "input: [4, 8, 8]\nlayers:\n  - {op: relu, name: a}\n  - {op: neg, name: b}\n"
    text += "  - {op: add, from: [a, b]}\n"
    assert IN_PLACE in {metric for _, metric in broken(verify(loaded(text)))}


def _one_each(network: convcost.Network) -> Mapping[Tensor, int]:
    return {t: 1 for layer in network.layers for t in (*layer.inputs, *layer.outputs)}


def test_layers_that_could_write_over_their_input_and_do_not_are_reported(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(memory, "same_places", always(False))
    assert IN_PLACE in {metric for _, metric in broken(verify(loaded(WRITTEN_OVER)))}


def test_a_learned_array_is_not_written_over():
    text = """
input: [4, 8, 8]
layers:
  - {op: parameter, name: p, shape: [4, 1, 1]}
  - {op: relu, name: r}
  - {op: add, from: [input, r]}
"""
    found = verify(loaded(text))
    assert not found.broken
    peaks = {c.layer: c.executed for c in found.checks if c.metric == IN_PLACE}
    assert peaks["r"] == 4 * (2 * 4 * 8 * 8 + 4)


@pytest.mark.parametrize(
    "layer",
    [
        "{op: conv, out_channels: 4, kernel_size: 3}",
        "{op: max_pool, kernel_size: 2}",
        "{op: adaptive_avg_pool, output_size: 3}",
        "{op: upsample, scale_factor: 2}",
        "{op: pixel_shuffle, upscale_factor: 2}",
        "{op: slice, dims: [2], starts: [1], ends: [7]}",
        "{op: cumsum, dim: 2}",
        "{op: add, from: [input, input]}",
        '{op: einsum, equation: "abcd,aecd->abcd", from: [input, input]}',
        "relu",
    ],
)
@pytest.mark.parametrize("axis", [2, 3])
def test_a_field_that_is_falsely_global_is_reported(
    layer: str, axis: int, monkeypatch: pytest.MonkeyPatch
):
    network = one_layer("input: [4, 8, 8]", layer)
    op: Any = type(network.layers[0].op)

    def sees_all(reads: Any) -> Any:
        return tuple((*of[:axis], Reads(None), *of[axis + 1 :]) for of in reads)

    monkeypatch.setattr(op, "reads", then(op.reads, sees_all))
    metrics = {metric for _, metric in broken(verify(network))}
    assert f"reads of input axis {axis - 1}" in metrics


@pytest.mark.parametrize("reading", ["zero_insertion", "matrix"])
def test_a_wrong_reading_is_reported(reading: str, monkeypatch: pytest.MonkeyPatch):
    network = network_of("conv_transpose")
    op: Any = op_class("conv_transpose")
    right = getattr(op, reading)
    assert any(c.metric == reading and c.agrees for c in verify(network).checks)
    monkeypatch.setattr(op, reading, then(right, lambda count: count + 1))
    assert broken(verify(network)) == {("conv_transpose1", reading)}


def test_readings_of_large_layers_are_run_on_fewer_channels_or_said_not_to_be():
    layer = "{op: conv_transpose, out_channels: 64, kernel_size: 2, stride: 2}"
    checks = verify(one_layer("input: [64, 24, 24]", layer)).checks
    metrics = [c.metric for c in checks if c.agrees and "channels /" in c.metric]
    assert metrics == ["matrix, channels / 16"]
    found = verify(one_layer("input: [2, 80, 80]", layer.replace("64", "2")))
    assert [why for why in found.unconfirmed if why.startswith("conv_transpose: matrix")]


BLOCKS = {"residual blocks", "blocks on paths"}
RESIDUAL = """
input: [4, 8, 8]
layers:
  - {op: conv, out_channels: 4, kernel_size: 3, padding: 1}
  - op: residual
    repeat: 3
    body:
      - {op: conv, out_channels: 4, kernel_size: 3, padding: 1}
      - relu
      - {op: conv, out_channels: 4, kernel_size: 3, padding: 1}
"""


def test_paths_are_those_of_the_binomial_theorem():
    checks = {c.metric: c.executed for c in verify(loaded(RESIDUAL)).checks}
    assert (checks["depth"], checks["paths"], checks["residual blocks"]) == (7, 8, 3)
    assert "(1: 1, 3: 3, 5: 3, 7: 1)" in str(checks["layers on paths"])
    assert "(0: 1, 1: 3, 2: 3, 3: 1)" in str(checks["blocks on paths"])


def _first(spreads: Sequence[Any]) -> Any:
    return spreads[0]


def _first_of_two(spread: Any, _: Any) -> Any:
    return spread


@pytest.mark.parametrize(
    ("name", "wrong", "metrics"),
    [
        ("_added", _first, {"paths", "layers on paths", "blocks on paths"}),
        ("Spread.longer", _first_of_two, {*BLOCKS, "layers on paths"}),
        ("_residual", always(None), BLOCKS),
    ],
)
def test_wrong_paths_are_reported(
    name: str, wrong: Any, metrics: set[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(f"convcost.analysis.rf.layer_paths.{name}", wrong)
    assert {metric for _, metric in broken(verify(loaded(RESIDUAL)))} == metrics


def test_wrong_totals_depth_and_intensity_are_reported(monkeypatch: pytest.MonkeyPatch):
    right = convcost.analyze(loaded(RESIDUAL))
    for metric in right.totals:
        wrong = right._replace(totals={**right.totals, metric: right.totals[metric] + 1})
        monkeypatch.setattr("convcost.execution.verification.analyze", always(wrong))
        assert (WHOLE, metric) in broken(verify(right.network))
    monkeypatch.setattr("convcost.execution.verification.analyze", always(right))
    monkeypatch.setattr(graph, "depth", always(8))
    monkeypatch.setattr(counted, "ratios", always({"intensity": 1.0}))
    found = broken(verify(right.network))
    assert {layer for layer, metric in found if metric == "depth"} == {WHOLE}
    assert len([layer for layer, metric in found if metric == "intensity"]) == 14


def test_a_wrong_width_of_a_type_is_reported(monkeypatch: pytest.MonkeyPatch):
    text = "input: [4, 8, 8]\ndtype: bfloat16\nlayers:\n  - {op: linear, out_features: 3}\n"
    assert not verify(loaded(text)).broken
    monkeypatch.setitem(convcost.dtype.DTYPES, "bfloat16", 32)
    assert {"weight_bytes", "activation_bytes", "traffic_bytes"} <= {
        metric for _, metric in broken(verify(loaded(text)))
    }


def test_every_kernel_that_takes_arrays_says_which():
    from inspect import Parameter, signature

    for op in OPS:
        kernel = KERNELS[op]
        arrays = {
            name
            for name, parameter in signature(kernel).parameters.items()
            if parameter.kind is Parameter.KEYWORD_ONLY and "Array" in str(parameter.annotation)
        }
        assert not arrays or op in STORED, (
            f"convcost/executor/kernels.py: the kernel of `{op}` takes {sorted(arrays)}: its line "
            "in STORED is missing"
        )
        if op in STORED:
            layer = network_of(op).layers[0]
            from convcost.execution.forward import stored

            kinds = [parameter.kind for parameter in signature(kernel).parameters.values()]
            every = Parameter.VAR_KEYWORD in kinds
            assert every or stored(layer, layer.input_shapes).keys() <= arrays | {"value"}, op
