"""Conventions against what the tools themselves print.

``tests/data/tool_totals.csv`` has their totals, one sample, as each reports it. The tools were run
on torchvision's networks (0.29), so exported programs of those, which say what is a module and what
a function, must agree to the unit; specs, which do not say it, within what they leave open.
``tool_layers.csv`` has what tools that read files print of networks of a layer or two.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

import convcost
from convcost.analysis.reconcile.says import readings
from convcost.analysis.reconcile.written import said
from convcost.conventions.read import convention, names
from convcost.files import known

DATA = Path(__file__).parent.parent / "data"
PRINTED = DATA / "tool_totals.csv"
with PRINTED.open() as file:
    PEERS = {
        row.pop("network"): {k: int(v) for k, v in row.items() if v} for row in csv.DictReader(file)
    }
OTHERS = {"unet"}  # the program of that name is another network than the spec
EXPORTED = [
    name for name in PEERS if name not in OTHERS and (DATA / "pt2" / f"{name}.pt2").exists()
]
WRITTEN = [name for name in PEERS if name in known.names()]
LAYERS = DATA / "tool_layers.csv"
with LAYERS.open() as file:
    OF_LAYERS = [tuple(row.values()) for row in csv.DictReader(file)]
APART = {
    # It scales queries, and the program as it is read scales their products with keys; a few sizes
    # are multiplied as it runs.
    ("swin_t", "torchprofile"): 759_672,
}


def test_every_tool_is_held_to_what_it_prints() -> None:
    of_their_own = {path.stem.removesuffix("_totals") for path in DATA.glob("*_totals.csv")}
    held = {tool for row in PEERS.values() for tool in row} | of_their_own | {"papers"}
    missing = {*names()} - held
    assert not missing, (
        f"tests/data/{PRINTED.name}: add a column of what the tool prints for {sorted(missing)}, "
        "or a file of its own, tests/data/TOOL_totals.csv"
    )


def test_conventions_name_the_versions_that_were_run() -> None:
    with (DATA / "tool_versions.csv").open() as file:
        versions = {row["convention"]: row["version"] for row in csv.DictReader(file)}
    for tool in {tool for row in PEERS.values() for tool in row}:
        (*_, said) = re.findall(r"\d+(?:\.\w+)+", convention(tool).tool)
        named = re.match(rf"{re.escape(said)}(?!\w)", versions[tool])
        assert named, f"tool_versions.csv: {tool} {versions[tool]}"


@pytest.mark.parametrize("model", EXPORTED)
def test_totals_of_exported_programs(model: str) -> None:
    network = convcost.load(DATA / "pt2" / f"{model}.pt2")
    found = convcost.reconcile(network, *PEERS[model])
    totals = {
        name: tool.total - APART.get((model, name), 0)
        for tool in found.tools
        for name in [tool.convention.name]
    }
    assert totals == PEERS[model]
    assert not any(tool.assumed or tool.unknown for tool in found.tools)


@pytest.mark.parametrize("model", WRITTEN)
def test_totals_of_specs(model: str) -> None:
    found = convcost.reconcile(convcost.load(model), *PEERS[model])
    for tool in found.tools:
        printed, open_ = PEERS[model][tool.convention.name], [c.value for _, c in tool.assumed]
        least = tool.total - sum(value for value in open_ if value > 0)
        most = tool.total - sum(value for value in open_ if value < 0)
        assert least <= printed <= most, tool.convention.name


@pytest.mark.parametrize(("tool", "shape", "layers", "printed"), OF_LAYERS)
def test_totals_of_layers(tmp_path: Path, tool: str, shape: str, layers: str, printed: str) -> None:
    lines = "".join(f"  - {layer}\n" for layer in layers.split("; "))
    spec = tmp_path / "small.yaml"
    spec.write_text(f"name: small\ninput: [{shape.replace('x', ', ')}]\nlayers:\n{lines}")
    (found,) = convcost.reconcile(convcost.load(spec), tool).tools
    assert (found.total, found.unknown) == (int(printed), [])


def test_what_was_meant_by_published_numbers() -> None:
    """MobileNetV2 x1.4 in fvcore and ptflops, and their totals that tests above hold."""
    wide = convcost.load("mobilenet_v2", settings={"width": "1.4"})
    assert _meant(wide, "601430480") == {("fvcore.flops", ""), ("mmengine.flops", "")}
    by_function = "if functions compute each global_avg_pool"
    assert _meant(wide, "610186408") == {("ptflops.macs", by_function)}
    googlenet = convcost.load("googlenet")
    assert _meant(googlenet, str(PEERS["googlenet"]["ptflops"])) == {
        ("ptflops.macs", "if functions compute each relu")
    }
    assert ("FLOPs", "") in _meant(convcost.load("resnet50"), "8.18G")


@pytest.mark.parametrize(
    ("model", "text", "first"),
    [
        ("mobilenet_v1", "569M", "MACs"),  # Howard et al., arXiv 1704.04861
        ("efficientnet_b0", "0.39B", "MACs"),  # Tan and Le, arXiv 1905.11946
        ("mobilenet_v2", "0.32 GMac", "ptflops.macs"),
        ("mobilenet_v2", "320 MMac", "ptflops.macs"),
        ("resnet50", "4.11G", "fvcore.flops"),
        ("resnet50", "4.134G", "thop.macs"),
        ("resnet50", "8.18 GFLOPs", "FLOPs"),
        ("resnet50", "8.21 GFLOPs", "calflops.flops"),
    ],
)
def test_what_is_named_first(model: str, text: str, first: str) -> None:
    network = convcost.load(model)
    assert readings(said(text), convcost.reconcile(network), None)[0].what == first


def _meant(network: convcost.Network, text: str) -> set[tuple[str, str]]:
    found = readings(said(text), convcost.reconcile(network), None)
    return {(one.what, one.remark) for one in found if one.exact}


@pytest.mark.parametrize("name", names())
def test_a_convention_says_where_it_is_from(name: str) -> None:
    found = convention(name)
    assert found.sources, f"convcost/conventions/tools/{name}.yaml: has no sources"
    assert found.says, f"convcost/conventions/tools/{name}.yaml: does not say what its total means"
    for term in found.terms:
        assert term.why, f"convcost/conventions/tools/{name}.yaml: {term.name} does not say why"
