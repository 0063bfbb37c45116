"""Training steps as other tools count them, on the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from running import Ran

PRINTED = 12_279_700_992
"""What FlopCounterMode prints of a step of MobileNetV2."""


@pytest.mark.parametrize("train", [True, False])
def test_a_tool_has_a_count_of_a_step_where_there_is_one(
    run: Callable[..., Ran], train: bool
) -> None:
    options = ["--train"] if train else []
    found = run("analyze", "mobilenet_v2", "--convention", "torch", "--format", "json", *options)
    totals = json.loads(found.out)["totals"]
    assert totals.get("torch.train_flops") == (PRINTED if train else None)


def test_designs_are_compared_by_it(run: Callable[..., Ran]) -> None:
    line = ("compare", "mobilenet_v2", "@width=0.5", "--metric", "torch.train_flops")
    assert f"{PRINTED:,}" in run(*line).out
