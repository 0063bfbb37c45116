"""XLA's cost analysis against what it prints of the same layers written in jax.

``tests/data/xla_totals.csv`` has totals of networks: the sum over their operations, each counted by
itself, and that of the whole program, which XLA adds up in single precision. ``xla_layers.csv`` has
networks of a few layers, whose totals are too small to be rounded.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

import convcost
from convcost.conventions.read import convention
from convcost.ops import OPS, op_class
from convcost.ops.op import Op

DATA = Path(__file__).parent.parent / "data"
with (DATA / "xla_totals.csv").open() as file:
    NETWORKS = {row["network"]: row for row in csv.DictReader(file)}
with (DATA / "xla_layers.csv").open() as file:
    LAYERS = [(row["input"], row["layers"], int(row["printed"])) for row in csv.DictReader(file)]
ROUNDED = 2e-5  # of a total: a thousand sums of 24 bits


@pytest.mark.parametrize("name", NETWORKS)
def test_totals_of_networks(name: str) -> None:
    (found,) = convcost.reconcile(convcost.load(name), "xla").tools
    assert (found.total, found.unknown) == (int(NETWORKS[name]["by_operation"]), [])
    assert int(NETWORKS[name]["whole"]) == pytest.approx(found.total, rel=ROUNDED)


@pytest.mark.parametrize(("shape", "layers", "printed"), LAYERS)
def test_totals_of_layers(tmp_path: Path, shape: str, layers: str, printed: int) -> None:
    lines = "".join(f"  - {layer}\n" for layer in layers.split("; "))
    spec = tmp_path / "small.yaml"
    spec.write_text(f"name: small\ninput: [{shape.replace('x', ', ')}]\nlayers:\n{lines}")
    (found,) = convcost.reconcile(convcost.load(spec), "xla").tools
    assert (found.total, found.unknown) == (printed, [])


def test_every_operation_is_counted_or_unknown() -> None:
    """XLA leaves no arithmetic out, so an op that computes and has no term is not known."""
    xla = convention("xla")
    named = {*xla.by_op, *xla.products, *xla.unknown}
    counts = ("adds", "multiplies", "divides", "comparisons")
    ops = {name: op_class(name) for name in OPS}
    computing = {
        name for name, op in ops.items() if any(getattr(op, c) != getattr(Op, c) for c in counts)
    }
    with_products = {name for name, op in ops.items() if op.macs != Op.macs}
    missing = computing - named - with_products
    assert not missing, f"convcost/conventions/tools/xla.yaml: says nothing of {sorted(missing)}"


def test_a_way_of_counting_that_is_not_known() -> None:
    net = convcost.load("deeplabv3_head")
    (found,) = convcost.reconcile(net, "xla").tools
    assert [layer.cost.op for layer in found.unknown] == ["upsample"]


def test_what_xla_was_run() -> None:
    """The convention names the version whose figures these are."""
    (found,) = convcost.reconcile(convcost.load("m5"), "xla").tools
    with (DATA / "xla_layers.csv").open() as file:
        versions = {row["jax"] for row in csv.DictReader(file)}
    versions |= {row["jax"] for row in NETWORKS.values()}
    assert {found.convention.tool} == {f"XLA's cost analysis of jax {one}" for one in versions}
