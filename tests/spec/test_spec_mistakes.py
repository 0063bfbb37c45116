"""Every mistake gets a sentence, its place, and its answer at once: the whole message is tested.

The table is in ``mistakes/*.txt``, spec and message side by side.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from spec_support import Case, cases, mistakes

HERE = Path(__file__).parent / "mistakes"
CASES = [
    pytest.param(case, id=f"{file.stem}: {case.title}")
    for file in sorted(HERE.glob("*.txt"))
    for case in cases(file)
]
LIMIT = 0.05  # seconds: as fast as a good spec


@pytest.mark.parametrize("case", CASES)
def test_message(case: Case) -> None:
    error = mistakes(case.spec)
    assert str(error) == case.says
    places = [problem.source for problem in error.problems]
    assert places == sorted(
        places, key=lambda place: (place is not None and place.path != "net.yaml", place)
    )
    assert len({(problem.source, problem.message) for problem in error.problems}) == len(places)


@pytest.mark.parametrize("case", CASES)
def test_answers_at_once(case: Case) -> None:
    seconds: list[float] = []
    for _ in range(3):  # the best of three: the machine may be busy
        start = time.perf_counter()
        mistakes(case.spec)
        seconds.append(time.perf_counter() - start)
        if seconds[-1] < LIMIT:
            break
    assert min(seconds) < LIMIT


def test_titles_are_unique() -> None:
    titles = [param.id for param in CASES]
    assert len(set(titles)) == len(titles)
