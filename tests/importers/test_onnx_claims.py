"""Requirements of the tested lines: every operator that is claimed, each of its versions, and each
attribute, optional input and optional output, given and left out."""

from __future__ import annotations

from pathlib import Path

import pytest
from claims import LAST, NEWEST, missing

UNSHOWN = Path(__file__).parent / "unshown.txt"
REASONS = dict(line.split(" | ") for line in UNSHOWN.read_text().splitlines())


pytestmark = pytest.mark.skipif(
    LAST > NEWEST, reason="the installed onnx package does not know all of the parts"
)


def test_each_part_of_an_operator_has_a_line() -> None:
    unshown = [part for part in missing() if part not in REASONS]
    assert unshown == [], "add lines to tests/importers/lines, or say why not in unshown.txt"


def test_no_part_is_excused_that_has_a_line() -> None:
    assert REASONS.keys() - {*missing()} == set()
