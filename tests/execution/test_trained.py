"""Formulas of the backward pass against backward passes that are run on numbers which remember what
they were made of."""

from __future__ import annotations

import random
import tracemalloc
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from op_examples import layers, made
from random_graphs import grown
from verify_examples import MORE

import convcost
from convcost.analysis.analyze.cost import analyze
from convcost.analysis.training.backward import fixed
from convcost.analysis.training.beside import beside
from convcost.execution.transform import thinned
from convcost.execution.verification.needed import step_needed
from convcost.execution.verification.trained import trained
from convcost.executor.tape import Traced
from convcost.network import Network
from convcost.ops import OPS, op_class
from convcost.ops.conv import Conv
from convcost.ops.fields import build
from convcost.ops.op import Op
from convcost.ops.opaque import Opaque
from convcost.tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.execution.verification import Check

SPECS = Path(__file__).parent.parent.parent / "specs"
MOST_MACS = 200_000


def _checks(network: Network) -> list[Check]:
    with np.errstate(all="ignore"):
        checks, _ = trained(beside(analyze(network)), (), 0)
    return checks


def _disagreeing(network: Network) -> list[Check]:
    return [check for check in _checks(network) if not check.agrees]


def _with_learned_inputs(network: Network, only: int | None = None) -> Network:
    """The network of one layer, with learned numbers added to each of its inputs that may have a
    gradient, or to one of them."""
    (layer,) = network.layers
    without = (*layer.op.undifferentiated, layer.op.choice_input)
    found = Network(network.name)
    found.inputs = network.inputs
    given: list[Tensor] = []
    for number, tensor in enumerate(layer.inputs):
        if number in without or only not in (None, number):
            given.append(tensor)
            continue
        op: Op = build(op_class("parameter"), 0, {"shape": [*tensor.shape], "batch": False})
        (own,) = found.add(f"own{number}", op, []).outputs
        (moved,) = found.add(f"moved{number}", build(op_class("add"), 0, {}), [tensor, own]).outputs
        given.append(moved)
    added = found.add(layer.name, layer.op, given)
    found.outputs = {tensor.name: tensor for tensor in added.outputs}
    return found


def _alone(op: Op, shapes: Sequence[tuple[int, ...]]) -> Network:
    """A network of one layer."""
    network = Network("alone")
    network.inputs = {f"x{n}": Tensor(f"x{n}", shape) for n, shape in enumerate(shapes)}
    layer = network.add("layer", op, [*network.inputs.values()])
    network.outputs = {tensor.name: tensor for tensor in layer.outputs}
    return network


@pytest.mark.parametrize("name", OPS)
def test_every_op_multiplies_what_its_formulas_say(name: str) -> None:
    for fields, shapes in layers(name):
        network = _alone(made(name, (fields, shapes)), shapes)
        if analyze(network).totals["macs"] < MOST_MACS:
            assert not _disagreeing(network), fields
            assert not _disagreeing(_with_learned_inputs(network)), fields


@pytest.mark.parametrize("name", [name for name in OPS if op_class(name).macs is not Op.macs])
def test_only_wanted_gradients_are_counted(name: str) -> None:
    """Weights that are frozen, and one input alone that something learned comes through."""
    for fields, shapes in layers(name):
        network = _alone(made(name, (fields, shapes)), shapes)
        if analyze(network).totals["macs"] >= MOST_MACS:
            continue
        for only in (None, *range(len(shapes))):
            whole = _with_learned_inputs(network, only)
            for frozen in ((), ("layer",)) if whole.layers[-1].weights else ((),):
                found, _ = trained(beside(analyze(whole), frozen=frozen), fixed(whole, frozen), 0)
                assert not [check for check in found if not check.agrees], (fields, only, frozen)


@pytest.mark.parametrize(("inputs", "layer"), MORE)
def test_other_modes(inputs: str, layer: str, tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(f"{inputs}\nlayers:\n  - {layer}\n")
    network = convcost.load(path)
    assert not _disagreeing(network)
    assert not _disagreeing(_with_learned_inputs(network))


VIT = {"patch": "8", "features": "12", "heads": "2", "depth": "1", "tokens": "4", "classes": "3"}
NETWORKS: dict[str, tuple[tuple[int, ...] | None, int, dict[str, str]]] = {
    "resnet18": ((3, 33, 33), 32, {}),
    "mobilenet_v2": ((3, 32, 32), 16, {}),
    "squeezenet1_1": ((3, 31, 31), 8, {}),
    "dcn_v2_tiny": ((3, 16, 16), 8, {}),
    "unet": ((3, 16, 16), 16, {}),
    "vit_b_16": ((3, 16, 16), 1, VIT),
    "tcn": (None, 32, {}),
}


@pytest.mark.parametrize("spec", NETWORKS)
def test_networks(spec: str) -> None:
    shape, by, settings = NETWORKS[spec]
    inputs = {} if shape is None else {"": shape}
    network = convcost.load(SPECS / f"{spec}.yaml", inputs=inputs, settings=settings)
    checks = _checks(thinned(network, by)[0])
    assert not [check for check in checks if not check.agrees]
    assert "gradient" in {check.metric for check in checks}


FROZEN = """\
input: [2, 5, 5]
layers:
  - {op: conv, name: a, out_channels: 3, kernel_size: 3}
  - tanh
  - {op: conv, name: b, out_channels: 3, kernel_size: 1}
  - {op: batch_norm, name: norm}
  - {op: conv, name: c, out_channels: 2, kernel_size: 3}
  - {op: conv, name: side, out_channels: 2, kernel_size: 1, from: a}
  - {op: argmax, name: place, dim: 1}
outputs: [c, place]
"""


@pytest.mark.parametrize("count", range(5))
def test_every_choice_of_frozen_layers(count: int, tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(FROZEN)
    network = convcost.load(path)
    for frozen in combinations(("a", "b", "norm", "c"), count):
        analysis = beside(analyze(network), frozen=frozen)
        checks, _ = trained(analysis, fixed(network, frozen), 0)
        assert not [check for check in checks if not check.agrees], frozen


@pytest.mark.parametrize("kind", ["input", "weight"])
def test_a_wrong_formula_is_noticed(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(FROZEN)
    network = convcost.load(path)
    name = f"{kind}_gradient_macs"
    right = getattr(Conv, name)

    def wrong(*given: Any) -> int:
        return right(*given) + 1

    monkeypatch.setattr(Conv, name, wrong)
    broken = convcost.verify(network, train=True).broken
    assert {(check.layer, check.metric) for check in broken} == {
        (layer, f"train.{name}") for layer in ("a", "b", "c", "side", "network")
    }


def test_a_wrong_gradient_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(FROZEN)
    network = convcost.load(path)

    def wrong(x: Traced) -> Traced:
        return Traced(float(np.tanh(x.value)), ((x, 1.0),))

    monkeypatch.setattr(Traced, "tanh", wrong)
    (broken,) = convcost.verify(network, train=True).broken
    assert (broken.layer, broken.metric) == ("network", "gradient")


def test_a_network_that_is_too_large(tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(FROZEN.replace("[2, 5, 5]", "[2, 999, 999]"))
    with pytest.raises(convcost.ConvcostError) as caught:
        convcost.verify(convcost.load(path), train=True)
    assert str(caught.value) == (
        "a training step is run on numbers that remember what they are made of, for at most "
        "20,000,000 MACs, and this network has 122,047,971: `--shrink N` divides its channels by "
        "N, `--input` gives it a smaller input"
    )


def test_an_opaque_layer_is_said_to_be_unconfirmed() -> None:
    """Its output is not known, so nothing before it has a gradient that could be confirmed."""
    rest: dict[str, Any] = {"arrays": (), "constants": (), "batch": True, "costs": None}
    op = Opaque(operator="Mystery", makes=((1, 2),), **rest)
    network = _alone(op, [(1, 2)])
    checks, why = trained(beside(analyze(network)), (), 0)
    assert not checks
    assert why == ["a training step: 1 opaque layer, the first being layer, cannot be run"]


@pytest.mark.parametrize("spec", ["dcn_v2_tiny", "vit_b_16"])
def test_a_step_takes_no_more_than_it_is_said_to_need(spec: str) -> None:
    shape, by, settings = NETWORKS[spec]
    inputs = {} if shape is None else {"": shape}
    network = convcost.load(SPECS / f"{spec}.yaml", inputs=inputs, settings=settings)
    network, _ = thinned(network, by)
    analysis = beside(analyze(network))
    tracemalloc.start()
    try:
        trained(analysis, (), 0)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < step_needed(network).size


def test_more_memory_than_is_allowed(tmp_path: Path) -> None:
    """Numbers that remember are many times as large as floats, so that the step is refused where
    the rest of a verification is not."""
    path = tmp_path / "net.yaml"
    path.write_text("input: [3, 90, 90]\nlayers: [{op: relu, name: act}]\n")
    network = convcost.load(path)
    assert convcost.verify(network, memory=10**7).agrees
    with pytest.raises(convcost.ConvcostError) as caught:
        convcost.verify(network, train=True, memory=10**7)
    assert str(caught.value) == (
        f"{path}:2:15: verifying a training step takes 16,329,600 bytes of memory at layer 'act', "
        "and 10,000,000 are allowed by --memory\n"
        "  `--shrink N` runs it with its channels divided by N; a smaller `--input` needs less, too"
    )


@pytest.mark.parametrize("seed", range(150))
def test_random_graphs_with_random_layers_frozen(seed: int) -> None:
    rng = random.Random(f"trained {seed}")
    network = grown(rng, padded=rng.random() < 0.5)
    ends = rng.sample(network.layers, min(len(network.layers), rng.choice((1, 1, 2))))
    network.outputs = {layer.name: layer.outputs[0] for layer in ends}
    frozen = [layer.name for layer in network.layers if layer.weights and rng.random() < 0.3]
    if not network.layers:
        return
    checks, _ = trained(beside(analyze(network), frozen=frozen), fixed(network, frozen), seed)
    assert not [check for check in checks if not check.agrees]


def test_what_something_unknown_reads_is_trained(tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(FROZEN)
    network = convcost.load(path)
    network.outputs = {"place": network.outputs["place"]}
    assert not _disagreeing(network)
    assert analyze(network).layers
    assert beside(analyze(network)).totals["train.backward_macs"] == 0
    network.held = {network.layer("b").outputs[0]}
    assert not _disagreeing(network)
    assert beside(analyze(network)).totals["train.weight_gradient_macs"] == 9 * (54 + 9)


def test_what_cannot_be_run_number_by_number_is_said(tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(
        "input: [2, 3]\nlayers:\n  - {op: sub, from: [input, input], name: none}\n  - reciprocal\n"
    )
    found = convcost.verify(convcost.load(path), train=True)
    assert found.agrees
    assert "a training step: it cannot be run number by number (float division by zero)" in (
        found.unconfirmed
    )
