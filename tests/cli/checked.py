"""Answers of ``check``, as its tests read them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from running import Ran

    Run = Callable[..., Ran]

GROWTH = "{macs: {max_increase: +5%}}"


def document(run: Run, *arguments: str) -> dict[str, Any]:
    """The JSON of a check that passes or fails."""
    ran = run("check", "--format", "json", *arguments)
    assert ran.code in (0, 1), ran.err
    return json.loads(ran.out)


def refused(ran: Ran) -> str:
    """The message of a check that ends as bad usage does."""
    assert (ran.code, ran.out) == (2, "")
    assert "defect" not in ran.err
    return ran.err


def states(found: dict[str, Any]) -> dict[str, str]:
    """The state of each model."""
    return {model["path"]: model["state"] for model in found["models"]}
