"""A pytest plugin for ``mutate.py``: notes what tests take, and runs chosen ones only.

``MUTATE_TIMES`` names the file that gets the seconds of each test that passed, ``MUTATE_CHOSEN`` a
file with the tests to run, in their order.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

TIMES: dict[str, float] = {}
FAILED: set[str] = set()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    TIMES[report.nodeid] = TIMES.get(report.nodeid, 0.0) + report.duration
    if report.failed or report.skipped:
        FAILED.add(report.nodeid)


def pytest_sessionfinish() -> None:
    if "MUTATE_TIMES" in os.environ:
        passed = {name: seconds for name, seconds in TIMES.items() if name not in FAILED}
        Path(os.environ["MUTATE_TIMES"]).write_text(json.dumps(passed))


def pytest_collection_modifyitems(items: list[pytest.Item], config: pytest.Config) -> None:
    if "MUTATE_CHOSEN" not in os.environ:
        return
    order: list[str] = json.loads(Path(os.environ["MUTATE_CHOSEN"]).read_text())
    rank = {name: number for number, name in enumerate(order)}
    config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in rank])
    items[:] = sorted(
        (item for item in items if item.nodeid in rank), key=lambda item: rank[item.nodeid]
    )
