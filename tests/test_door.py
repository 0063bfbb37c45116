"""The door of the API: whatever is given, together and from several threads, ends as documented,
and what comes back can be pickled."""

from __future__ import annotations

import pickle
import traceback
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_arguments import CALLS, WRONG, names_of

from convcost.errors import ConvcostError

OTHERS: list[Any] = [
    *(np.int64(-1), np.uint8(1), np.float64("nan"), np.float32(1), np.bool_(True), np.str_("x")),
    *(np.array(1), np.array([1, 2]), np.zeros((2, 2)), np.array(["nope"]), np.array([], object)),
    *(Decimal("NaN"), Decimal(1), Fraction(1, 3), date(2026, 1, 1), slice(None), ...),
    *(bytearray(b"x"), memoryview(b"x"), np.datetime64("2026-01-01"), np.array([None, 1], object)),
    *({np.int64(2): np.int64(0)}, {"a": np.array([1, 2])}, {None: None}, {("a",): 1}, {2: -1}),
]


def ended(call: str, given: dict[str, Any]) -> str:
    """How a call ended: what it raised, or the type of what it gave, which is pickled."""
    function, good = CALLS[call]
    try:
        found = function(**{**good, **given})
    except TypeError as error:  # at the door, not of something deep inside
        where = Path(traceback.extract_tb(error.__traceback__)[-1].filename)
        assert where.name == "arguments.py", (call, given)
        return "TypeError"
    except ConvcostError as error:
        return str(error)
    pickle.loads(pickle.dumps(found))
    return type(found).__name__


@pytest.mark.parametrize("call", CALLS)
def test_things_of_other_libraries_end_as_documented(
    call: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in names_of(call):
        for value in OTHERS:
            ended(call, {name: value})


@st.composite
def calls(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """A function, and several wrong arguments of it at once."""
    call = draw(st.sampled_from(sorted(call for call in CALLS if len(names_of(call)) > 1)))
    names = draw(st.sets(st.sampled_from(names_of(call)), min_size=2))
    return call, {name: draw(st.sampled_from([*WRONG, *OTHERS])) for name in sorted(names)}


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(drawn=st.lists(calls(), min_size=4, max_size=4))
def test_several_wrong_arguments_end_alike_in_threads(
    drawn: list[tuple[str, dict[str, Any]]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    alone = [ended(*each) for each in drawn]
    names, given = [name for name, _ in drawn], [each for _, each in drawn]
    with ThreadPoolExecutor(4) as pool:
        assert [*pool.map(ended, names, given)] == alone
