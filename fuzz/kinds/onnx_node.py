"""The models of one node that the onnx package tests runtimes with, changed."""

from __future__ import annotations

import warnings
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fuzz.kinds.onnx import MOST_BYTES, changed
from fuzz.kinds.onnx import lines as lines

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from fuzz.case import Input


@cache
def seeds() -> Sequence[bytes]:
    """Those models; some seconds, where the package makes them anew, as newer ones do."""
    from onnx.backend.test.loader import load_model_tests

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        cases: list[Any] = load_model_tests(kind="node")
    found = [
        Path(case.model_dir, "model.onnx").read_bytes()
        if case.model is None
        else case.model.SerializeToString()
        for case in cases
    ]
    return [data for data in found if len(data) <= MOST_BYTES]


def generated(rng: Random) -> Input:
    """One of them, with something wrong."""
    return changed(rng, "onnx_node", seeds())
