"""Budgets in a test suite."""

from __future__ import annotations

from pathlib import Path

from convcost.gate.base import NONE, base_of
from convcost.gate.check import check, find
from convcost.render.check.text import lines


def assert_budget(
    *paths: str,
    base: str = NONE,
    baseline: str | None = None,
    config: str | None = None,
    strict: bool = False,
) -> None:
    """Hold models against their budgets, as ``convcost check`` does.

    Args:
        paths: files, folders and patterns; those of the configuration unless given.
        base: a git revision to compare with.
        baseline: a saved baseline to compare with.
        config: a configuration in place of the closest one.
        strict: what could not be counted breaks its limit.

    Raises:
        AssertionError: with the report, where a limit or an expectation is broken.
        ConvcostError: a model, configuration or baseline cannot be read.
    """
    __tracebackhide__ = True  # pytest then shows the test
    found = find(paths, config, Path.cwd())
    before = base_of(None if baseline else base, baseline, found.here, {})
    try:
        report = check(found, before, strict=strict)
    finally:
        if before is not None:
            before.close()
    if report.failures:
        raise AssertionError("\n".join(line.text for line in lines(report, None)))
