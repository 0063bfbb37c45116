"""The RTX 3090 against what timm measured on one, from the features that the benchmark keeps."""

from __future__ import annotations

import csv
from statistics import mean

import pytest
from devices import BOUNDS, FEATURES, fitted

from convcost.devices.read import device

with FEATURES.open() as file:
    ROWS = [*csv.DictReader(file)]
MEASURED = [float(row["measured_ns"]) for row in ROWS]


@pytest.mark.parametrize("bound", BOUNDS)
def test_the_bound_is_below_what_was_measured(bound: str) -> None:
    above = [row["model"] for row in ROWS if int(row[bound]) > int(row["measured_ns"])]
    assert not above


def test_the_calibration_is_that_of_the_measurements() -> None:
    fit = fitted([float(row["roofline_ns"]) for row in ROWS], MEASURED)
    said = device("rtx3090").calibration
    assert said is not None
    assert float(said.factor) == pytest.approx(fit.factor, rel=0.001)
    assert float(said.error or 0) == pytest.approx(mean(fit.errors), abs=0.0005)
    assert said.least == min(MEASURED)
    assert str(len(ROWS)) in said.source, "rtx3090.yaml: the number of networks is another"


def test_the_estimate_is_near_for_networks_that_it_was_not_fitted_on() -> None:
    """Each of ten random halves within 10 % (median), and networks in their order."""
    fit = fitted([float(row["roofline_ns"]) for row in ROWS], MEASURED)
    assert max(fit.errors) < 0.1
    assert fit.ranks > 0.98


def test_the_estimate_is_better_than_counts_alone() -> None:
    roofline, *others = (
        fitted([float(row[name]) for row in ROWS], MEASURED)
        for name in ("roofline_ns", "macs", "activation_bytes", "traffic_bytes")
    )
    assert all(mean(roofline.errors) < 0.7 * mean(other.errors) for other in others)
    assert all(roofline.ranks > other.ranks for other in others)
