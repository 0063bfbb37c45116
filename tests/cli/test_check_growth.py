"""Limits of growth where there was nothing before, and where nothing is known of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from repository import Repository
    from running import Ran

    Run = Callable[..., Ran]

ONE = "input: [1, 1]\nlayers: [{op}]\nbudget: {{transcendentals: {{max_increase: {limit}}}}}\n"


@pytest.mark.parametrize(("limit", "code"), [("+0", 1), ("+5%", 1), ("+900%", 1), ("+1", 0)])
def test_growth_from_none(run: Run, repo: Repository, limit: str, code: int):
    """A sigmoid of one number takes one exponential, a relu none."""
    repo.commit(a_yaml=ONE.format(op="relu", limit=limit))
    repo.write("a.yaml", ONE.format(op="sigmoid", limit=limit))
    assert run("check", "--base", "HEAD").code == code


@pytest.mark.parametrize(
    ("before", "after", "is_told"),
    [("+5%", "+10%", True), ("+10%", "+5%", False), ("+5%", "+5%", False), ("+5%", "+900", False)],
)
def test_a_limit_of_growth_of_what_was_not_known(
    run: Run, repo: Repository, before: str, after: str, is_told: bool
):
    """Nothing tells what either limit comes to, so they are compared as they are written."""
    text = "input: [3, 9, 9]\nlayers: [{}]\nbudget: {{receptive_field: {{max_increase: {}}}}}\n"
    repo.commit(a_yaml=text.format("{op: unfold, kernel_size: 3}", before))  # is not followed
    repo.write("a.yaml", text.format("relu", after))
    ran = run("check", "--base", "HEAD", "--format", "json")
    assert bool(json.loads(ran.out)["weakened"]) == is_told
