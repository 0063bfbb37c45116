"""What lines must show: every operator that is claimed, each of its versions, and each attribute,
optional input and optional output, given and left out."""

from __future__ import annotations

from pathlib import Path

import pytest
from claims import LINES, NEWEST, missing

UNSHOWN = Path(__file__).parent / "unshown.txt"
REASONS = dict(line.split(" | ") for line in UNSHOWN.read_text().splitlines())


def test_each_part_of_an_operator_has_a_line() -> None:
    unshown = [part for part in missing() if part not in REASONS]
    assert unshown == [], "add lines to tests/importers/lines, or say why not in unshown.txt"


def test_no_part_is_excused_that_has_a_line() -> None:
    opsets = [int(line.partition("|")[0]) for lines in LINES.values() for line in lines]
    if max(opsets) > NEWEST:
        pytest.skip("the installed onnx package does not know all of the parts")
    assert REASONS.keys() - {*missing()} == set()
