"""The models of one node that the onnx package tests runtimes with, changed."""

from __future__ import annotations

import warnings
from functools import cache
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
    """Those models; some seconds, since the package makes them anew."""
    from onnx.backend.test.loader import load_model_tests

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        cases: list[Any] = load_model_tests(kind="node")
    found = [case.model.SerializeToString() for case in cases if case.model is not None]
    return [data for data in found if len(data) <= MOST_BYTES]


def generated(rng: Random) -> Input:
    """One of them, with something wrong."""
    return changed(rng, "onnx_node", seeds())
