"""Exports of PyTorch beside the same networks in YAML: whatever is counted is the same.

`ts` are those of the exporter that traces, `dy` those of the other; large arrays are left out.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import convcost
from convcost.analysis.analyze.depth import depth
from convcost.analysis.analyze.figures import ratios
from convcost.execution.verification import verify
from convcost.given import Given
from convcost.importers.onnx import load
from convcost.importers.recompose import recomposed
from convcost.metrics import DEPTH, FIELD, METRICS, OF_LAYERS
from convcost.ops import op_name

if TYPE_CHECKING:
    from convcost.network import Network

HERE = Path(__file__).parent.parent / "data" / "recomposed"
EXPORTS = sorted(path.stem for path in HERE.glob("*.onnx"))


def spec_of(name: str) -> Network:
    return convcost.load(str(HERE / f"{name.partition('__')[0]}.yaml"))


def figures(network: Network) -> dict[str, object]:
    """Every metric of a network."""
    found = convcost.analyze(network)
    assert found.complete
    known = {**found.totals, **ratios(found.totals), DEPTH: depth(found), FIELD: found.sizes}
    return {metric: known[metric] for metric in METRICS}


@pytest.mark.parametrize("name", EXPORTS)
def test_every_metric_is_that_of_the_spec(name: str) -> None:
    assert figures(load(str(HERE / f"{name}.onnx"))) == figures(spec_of(name))


@pytest.mark.parametrize("name", EXPORTS)
def test_layers_are_those_of_the_spec(name: str) -> None:
    def layers(network: Network) -> Counter[object]:
        """The ops of a network and the costs of their layers; views cost nothing."""
        every = convcost.analyze(network).layers
        return Counter(
            (one.op, *(one.counts[metric] for metric in OF_LAYERS))
            for one in every
            if not one.layer.op.view
        )

    assert layers(load(str(HERE / f"{name}.onnx"))) == layers(spec_of(name))


@pytest.mark.parametrize("name", EXPORTS)
def test_what_runs_agrees(name: str) -> None:
    assert not verify(load(str(HERE / f"{name}.onnx"))).broken


@pytest.mark.parametrize("name", EXPORTS)
def test_what_is_recomposed_stays_so(name: str) -> None:
    network = load(str(HERE / f"{name}.onnx"))
    assert recomposed(network) is network


@pytest.mark.parametrize("name", EXPORTS)
def test_the_network_that_was_given_stays(name: str) -> None:
    network = load(str(HERE / f"{name}.onnx"), given=Given(as_written=True))
    before = [(layer.name, layer.op, layer.inputs, layer.outputs) for layer in network.layers]
    outputs = dict(network.outputs)
    assert len(recomposed(network).layers) < len(before)
    assert [(x.name, x.op, x.inputs, x.outputs) for x in network.layers] == before
    assert network.outputs == outputs


def test_names_are_those_of_the_modules() -> None:
    def named(name: str, *ops: str) -> list[str]:
        layers = load(str(HERE / f"{name}.onnx")).layers
        return [layer.name for layer in layers if op_name(type(layer.op)) in ops]

    assert named("convnext__ts14", "gelu", "linear")[:3] == [
        "features.1.0.block.3",
        "features.1.0.block.4",
        "features.1.0.block.5",
    ]
    assert named("efficientnet__ts14", "silu")[:2] == ["features.0.2", "features.1.0.block.0.2"]
    assert named("group_norms__ts14", "group_norm", "gelu", "hard_swish") == (
        ["n", "gelu", "m", "hardswish"]
    )
    attention = "encoder.layers.encoder_layer_0.self_attention"
    assert named("vit__ts14", "linear")[:4] == [
        f"{attention}.{word}" for word in ("query", "key", "value", "gemm")
    ]


@pytest.mark.parametrize("name", EXPORTS)
def test_tensors_are_named_after_their_layers(name: str) -> None:
    for layer in load(str(HERE / f"{name}.onnx")).layers:
        if len(layer.outputs) == 1:
            assert layer.outputs[0].name == layer.name
