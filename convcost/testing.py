"""Budgets in a test suite."""

from __future__ import annotations

from typing import Any

from convcost.analysis.analyze.cost import analyze
from convcost.budget.limit import Bound, Limit
from convcost.budget.verdict import Status, sentence, verdicts
from convcost.errors import ConvcostError, listed, quoted
from convcost.gate.base import NONE
from convcost.gate.check import check
from convcost.importers.pt2.module import from_torch
from convcost.metrics import LIMITABLE
from convcost.render.formats import write
from convcost.render.report import Medium
from convcost.render.reports.check.report import report
from convcost.spec import quantity


def assert_budget(
    *what: Any,
    base: str = NONE,
    baseline: Any = None,
    config: Any = None,
    strict: bool = False,
    **limits: str | int,
) -> None:
    """Fail where ``convcost check`` would; see :func:`convcost.check` for the arguments.

    Or hold a module of PyTorch to limits: ``assert_budget(module, inputs, params="5M")``.

    Args:
        what: paths of models, or a module and what it is called with, an input or a tuple of them.
        base: what models in files are compared with.
        baseline: as for :func:`convcost.check`.
        config: as for :func:`convcost.check`.
        strict: as for :func:`convcost.check`.
        limits: of a module, the most that a metric may be.

    Raises:
        AssertionError: with the report, where a limit or an expectation is broken.
        ConvcostError: a model, configuration or baseline cannot be read, or a module cannot be
            exported.
        TypeError: an argument is of another type than it is declared with.
    """
    __tracebackhide__ = True  # pytest then shows the test
    if what and hasattr(what[0], "named_parameters"):
        _hold(*what, limits=limits)
        return
    if limits:
        raise ConvcostError(f"{listed([*limits])}: limits of files are written in their budgets")
    checks = check(*what, base=base, baseline=baseline, config=config, strict=strict)
    if checks.is_failed:
        raise AssertionError(write(report(checks), "text", Medium()).removesuffix("\n"))


def _hold(module: Any, inputs: Any, *, limits: dict[str, str | int]) -> None:
    """Raise AssertionError where a module is over a limit, or not all of it is counted."""
    __tracebackhide__ = True
    several = type(inputs) is tuple
    network = from_torch(module, *inputs) if several else from_torch(module, inputs)
    figures = analyze(network).figures
    found = verdicts(figures, [_limit(metric, str(most)) for metric, most in limits.items()])
    broken = [sentence(verdict) for verdict in found if verdict.status is not Status.KEPT]
    if broken:
        raise AssertionError("\n".join((*broken, *figures.unknown)))


def _limit(metric: str, text: str) -> Limit:
    if metric not in LIMITABLE:
        known = listed(LIMITABLE)
        raise ConvcostError(f"{quoted(metric)} is no metric that can be limited: {known}")
    try:
        return Limit(metric, Bound.MAX, quantity.amount(text, metric), text=text)
    except ValueError as error:
        raise ConvcostError(f"{metric}: {quoted(text)} {error}") from None
