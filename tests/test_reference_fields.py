"""Receptive fields against figures from outside (see tests/data/README.md)."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import pytest

import convcost

ROOT = Path(__file__).parent.parent
DATA = ROOT / "tests" / "data"


def read(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(newline="") as file:
        return list(csv.DictReader(file))


@cache
def slim(name: str) -> convcost.Analysis:
    return convcost.analyze(convcost.load(str(DATA / "slim" / f"{name}.yaml")))


def endpoint(found: convcost.Analysis, name: str) -> convcost.LayerCost:
    """The last layer of what is called ``name``."""
    word = name.rpartition("/")[2]
    return [layer for layer in found.layers if word in layer.name.split(".")][-1]


@pytest.mark.parametrize(
    "row", read("receptive_fields.csv"), ids=lambda row: f"{row['network']}-{row['endpoint']}"
)
def test_a_field_is_as_published(row: dict[str, str]):
    fields = endpoint(slim(row["network"]), row["endpoint"]).receptive_fields["input"]
    assert len(fields) == 2
    for field in fields:
        assert (field.size, field.stride) == (int(row["size"]), int(row["stride"]))
        assert field.flags == ()
        if row["effective_padding"]:
            assert field.start == -int(row["effective_padding"])


@pytest.mark.parametrize("row", read("measured_fields.csv"), ids=lambda row: row["network"])
def test_a_unit_sees_what_gradients_say(row: dict[str, str]):
    size, unit = int(row["input"]), int(row["unit"])
    first, last = int(row["first"]), int(row["last"])
    path = str(ROOT / "specs" / f"{row['network']}.yaml")
    network = convcost.load(path, inputs={"": (3, size, size)})
    classifier = ("adaptive_avg_pool", "global_avg_pool")
    found = convcost.analyze(network).layers
    layer = found[next(i for i, layer in enumerate(found) if layer.op in classifier) - 1]

    for field in layer.receptive_fields["input"]:
        assert field.size == int(row["size"])
        assert isinstance(field.stride, int)
        assert field.start is not None
        assert field.start + unit * field.stride == first
    seen = convcost.positions_read(network, layer.layer.outputs[0], {2: unit, 3: unit})
    assert seen == {("input", axis): set(range(first, last + 1)) for axis in (2, 3)}


@pytest.mark.parametrize(
    ("name", "sizes"), [("unet_original", (188, 204)), ("dcgan_generator", (5, 6))]
)
def test_upsampled_units_have_fields_of_several_sizes(name: str, sizes: tuple[int, ...]):
    found = convcost.analyze(convcost.load(str(ROOT / "specs" / f"{name}.yaml")))
    for field in found.layers[-1].receptive_fields["input"]:
        assert field.sizes == sizes
        assert field.size == sizes[-1]
