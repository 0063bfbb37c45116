"""Every mistake gets a sentence, its place, and its answer at once: the whole message is tested.

The table is in ``mistakes/*.txt``, spec and message side by side.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from spec_support import Case, cases, mistakes

HERE = Path(__file__).parent / "mistakes"
CASES = [
    pytest.param(case, id=f"{file.stem}: {case.title}")
    for file in sorted(HERE.glob("*.txt"))
    for case in cases(file)
]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.usefixtures("parser")
def test_message(case: Case) -> None:
    error = mistakes(case.spec)
    assert str(error) == case.says
    places = [problem.source for problem in error.problems]
    assert places == sorted(
        places, key=lambda place: (place is not None and place.path != "net.yaml", place)
    )
    assert len({(problem.source, problem.message) for problem in error.problems}) == len(places)


def test_titles_are_unique() -> None:
    titles = [param.id for param in CASES]
    assert len(set(titles)) == len(titles)
