"""Budgets in a test suite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.gate.base import NONE
from convcost.gate.check import check
from convcost.render.formats import write
from convcost.render.report import Medium
from convcost.render.reports.check.report import report

if TYPE_CHECKING:
    from os import PathLike


def assert_budget(
    *paths: str | PathLike[str],
    base: str = NONE,
    baseline: str | PathLike[str] | None = None,
    config: str | PathLike[str] | None = None,
    strict: bool = False,
) -> None:
    """Fail where ``convcost check`` would; see :func:`convcost.check` for the arguments.

    Raises:
        AssertionError: with the report, where a limit or an expectation is broken.
        ConvcostError: a model, configuration or baseline cannot be read.
        TypeError: an argument is of another type than it is declared with.
    """
    __tracebackhide__ = True  # pytest then shows the test
    checks = check(*paths, base=base, baseline=baseline, config=config, strict=strict)
    if checks.failures:
        raise AssertionError(write(report(checks), "text", Medium()).removesuffix("\n"))
