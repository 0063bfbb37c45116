"""Figures of the page of questions, each made from an analysis (run by cog)."""

from __future__ import annotations

import csv
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import convcost

if TYPE_CHECKING:
    from collections.abc import Callable

    from convcost.analysis.analyze.cost import Analysis

ROOT = Path(__file__).parent.parent
SHOWN = ("mobilenet_v2", "resnet50")
CALLED = ("densenet121", "mobilenet_v2")  # their last pool is a function, and no module


class Terms(NamedTuple):
    """Parts of a network that one tool or another counts, from convcost's figures of the layers."""

    macs: int
    norms: int  # outputs of batch norms
    pools_in: int  # inputs of the last pool, over the whole map
    pools_out: int  # outputs of all averages
    pool_modules: int  # inputs and outputs of that pool where it is a module, outputs of the others
    biases: int  # outputs that have a bias added
    norm_params: int


class Tool(NamedTuple):
    """Another counter: its rule in words, and as a sum of parts."""

    says: str
    total: Callable[[Terms], int]


TOOLS = {
    "calflops": Tool("MACs", lambda t: t.macs),
    "deepspeed": Tool("MACs", lambda t: t.macs),
    "FlopCounterMode": Tool("2 x MACs", lambda t: 2 * t.macs),
    "ptflops": Tool(  # by its backend aten
        "MACs + 1 for each output with a bias", lambda t: t.macs + t.biases
    ),
    "torchinfo": Tool(
        "MACs + 1 for each output with a bias + parameters of batch norms",
        lambda t: t.macs + t.biases + t.norm_params,
    ),
    "thop": Tool(
        "MACs + 4 x outputs of batch norms + inputs and outputs of the last pool, if it is a "
        "module (in MobileNetV2 it is a function call) + outputs of other average pools",
        lambda t: t.macs + 4 * t.norms + t.pool_modules,
    ),
    "torchprofile": Tool(
        "MACs + outputs of batch norms + outputs of average pools",
        lambda t: t.macs + t.norms + t.pools_out,
    ),
    "fvcore": Tool(
        "MACs + 2 x outputs of batch norms + inputs of the global pool",
        lambda t: t.macs + 2 * t.norms + t.pools_in,
    ),
}


def load(model: str, batch: int = 1) -> Analysis:
    """The analysis of a model of the repository."""
    return convcost.analyze(convcost.load(str(ROOT / model), batch=batch))


def terms(analysis: Analysis, called: bool) -> Terms:
    """The parts of a network of convolutions, linear layers, batch norms and pools."""

    def elements(*ops: str) -> int:
        return sum(prod(layer.output_shapes[0]) for layer in analysis.layers if layer.op in ops)

    last = ("global_avg_pool", "adaptive_avg_pool")
    pools_in = sum(prod(e.input_shapes[0]) for e in analysis.layers if e.op in last)
    return Terms(
        macs=analysis.totals["macs"],
        norms=elements("batch_norm"),
        pools_in=pools_in,
        pools_out=elements("avg_pool", *last),
        pool_modules=elements("avg_pool") + (0 if called else pools_in + elements(*last)),
        biases=sum(
            prod(layer.output_shapes[0])
            for layer in analysis.layers
            if layer.op in ("conv", "linear") and "bias" in layer.layer.weights
        ),
        norm_params=sum(
            layer.counts["params"] for layer in analysis.layers if layer.op == "batch_norm"
        ),
    )


def totals(models: dict[str, str], *metrics: str) -> str:
    """A row a model, by what to call it: totals, a metric a column."""
    rows = [[name, *_figures(load(model), metrics)] for name, model in models.items()]
    return _table(["", *(f"`{metric}`" for metric in metrics)], rows)


def batches(model: str, *metrics: str) -> str:
    """A row a metric: totals of one sample and of eight."""
    one, eight = (_figures(load(model, batch), metrics) for batch in (1, 8))
    rows = [list(row) for row in zip([f"`{m}`" for m in metrics], one, eight, strict=True)]
    return _table(["", "1 sample", "8 samples"], rows)


def _figures(analysis: Analysis, metrics: tuple[str, ...]) -> list[str]:
    found = analysis.totals
    return [f"{sum(found[part] for part in metric.split(' + ')):,}" for metric in metrics]


def _table(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines)


def tool_totals() -> str:
    """A row a tool: its rule, and its totals of two networks.

    Raises:
        ValueError: a tool prints another total than our figures add up to, for any network.
    """
    with (ROOT / "tests" / "data" / "tool_totals.csv").open() as file:
        printed = {row["network"]: row for row in csv.DictReader(file)}
    specs = {network: load(f"specs/{network}.yaml") for network in printed}
    parts = {network: terms(of, network in CALLED) for network, of in specs.items()}
    rows: list[list[str]] = []
    for name, tool in TOOLS.items():
        for network, of in parts.items():
            if tool.total(of) != int(printed[network][name]):
                raise ValueError(f"{name} prints {printed[network][name]} of {network}")
        rows.append([name, tool.says, *(f"{tool.total(parts[network]):,}" for network in SHOWN)])
    return _table(["tool", "counts", *(specs[network].network.name for network in SHOWN)], rows)
