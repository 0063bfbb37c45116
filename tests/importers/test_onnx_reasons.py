"""Why a node is not understood: the first line of each pair in ``reasons.txt``, of the model that
is the second (see ``conformance.py``)."""

from __future__ import annotations

from pathlib import Path

import pytest
from claims import known
from conformance import model_of

from convcost.importers.onnx import load

LINES = Path(__file__).with_name("reasons.txt").read_text().splitlines()
PAIRS = [(reason, line.strip()) for reason, line in zip(LINES[::2], LINES[1::2], strict=True)]


@pytest.mark.parametrize(("reason", "line"), [pair for pair in PAIRS if known(pair[1])])
def test_the_reason_is_said(reason: str, line: str, tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(model_of(line).SerializeToString())
    assert load(str(path)).unknown[0].partition(": ")[2].partition(";")[0] == reason
