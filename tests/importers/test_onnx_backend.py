"""The one-node models that the onnx package tests runtimes with: which are run rightly here.

The others stand in ``backend_not_right.txt``, each with what comes of it; ``UPDATE_GOLDEN=1``
writes that again. Models that only some versions of the package have are held to it where they are.
"""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from backend import cases, outcome

if TYPE_CHECKING:
    import pytest

VARIES = "varies"  # from one version of the package to another, which mended its own outputs
NOT_RIGHT = Path(__file__).parent / "backend_not_right.txt"


def test_models_of_the_onnx_package(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A model that was right stays right; one that becomes right is taken off the list."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the package's own models
        found = {case.name: outcome(case, tmp_path) for case in cases()}
    right = sum(result == "right" for result in found.values())
    with capsys.disabled():
        print(f"\nmodels of the onnx package that are run rightly: {right} of {len(found)}")
    listed = dict(line.split(" | ") for line in NOT_RIGHT.read_text().splitlines())
    if os.environ.get("UPDATE_GOLDEN"):
        varying = {name: VARIES for name, result in listed.items() if result == VARIES}
        known = listed | found | varying
        kept = {name: result for name, result in known.items() if result != "right"}
        lines = [f"{name} | {result}\n" for name, result in sorted(kept.items())]
        NOT_RIGHT.write_text("".join(lines))
        return
    expected = {name: listed.get(name, "right") for name in found}
    assert found == {n: found[n] if result == VARIES else result for n, result in expected.items()}
