"""Budgets in a test suite."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from convcost import arguments
from convcost.errors import ConvcostError, listed
from convcost.files.written import save
from convcost.gate import asserted
from convcost.gate.base import NONE
from convcost.gate.check import check
from convcost.importers.pt2.module import from_torch
from convcost.network import Network
from convcost.render.formats import write
from convcost.render.report import Medium
from convcost.render.reports.check.report import report

if TYPE_CHECKING:
    from collections.abc import Mapping


def assert_budget(
    *what: Any,
    base: str = NONE,
    baseline: Any = None,
    config: Any = None,
    strict: bool = False,
    run_code: bool = False,
    name: str | None = None,
    **limits: str | int | Mapping[str, str | int],
) -> None:
    """Fail where ``convcost check`` would, or where it would have held nothing.

    Or hold a module of PyTorch or a network to limits, which are written as in budgets:
    ``assert_budget(module, inputs, params="5M", macs={"max": "600M", "max_increase": "+2%"})``.

    Args:
        what: paths of models; or a module and what it is called with, an input or a tuple of them;
            or a network.
        base: what models in files are compared with, as for :func:`convcost.check`; a module or a
            network with a file that :func:`save_baseline` or ``convcost baseline`` wrote.
        baseline: as for :func:`convcost.check`.
        config: as for :func:`convcost.check`.
        strict: as for :func:`convcost.check`.
        run_code: as for :func:`convcost.check`.
        name: of the module or network in the baseline; that of its class, or its own, unless given.
        limits: of a module or network, by metric: the most that it may be, growth such as ``+2%``,
            or a mapping of bounds.

    Raises:
        AssertionError: with the report, where a limit or an expectation is broken; or there is
            none that could be.
        ConvcostError: a model, configuration or baseline cannot be read, or a module cannot be
            exported.
        TypeError: an argument is of another type than it is declared with.
    """
    __tracebackhide__ = True  # pytest then shows the test
    if what and not _is_path(what[0]):
        network = _network(*what)
        file = baseline if baseline is not None else None if base == NONE else base
        file = None if file is None else arguments.path("base", file)
        said = asserted.broken(network, limits, file, network.name if name is None else name)
        if said:
            raise AssertionError("\n".join(said))
        return
    if limits or name is not None:
        words = [*limits, *(["name"] if name is not None else [])]
        raise ConvcostError(f"{listed(words)}: limits of files are written in their budgets")
    checks = check(
        *what, base=base, baseline=baseline, config=config, strict=strict, run_code=run_code
    )
    if checks.is_failed:
        raise AssertionError(write(report(checks), "text", Medium()).removesuffix("\n"))
    idle = asserted.not_held(checks, tuple(map(str, what)))
    if idle:
        raise AssertionError("\n".join(idle))


def save_baseline(path: Any, *what: Any, name: str | None = None) -> None:
    """Save what a module or a network costs, for ``assert_budget(..., base=path)``. A file that is
    there keeps what it has of others.

    Args:
        path: the file.
        what: a module and what it is called with, or a network.
        name: its name there; that of its class, or its own, unless given.

    Raises:
        ConvcostError: the file cannot be written, or the module cannot be exported.
        TypeError: an argument is of another type than it is declared with.
    """
    file = arguments.path("path", path)
    network = _network(*what)
    save(asserted.saved(network, Path(file), network.name if name is None else name), file)


def _is_path(thing: Any) -> bool:
    return not isinstance(thing, Network) and not hasattr(thing, "named_parameters")


def _network(*what: Any) -> Network:
    """The network of a module with its inputs; a network as it is."""
    first, *rest = what or (None,)
    if isinstance(first, Network):
        if rest:
            raise TypeError("a network has its inputs: it is given alone")
        return first
    if len(rest) != 1:
        raise TypeError("a module is given with what it is called with: an input, or a tuple")
    (inputs,) = rest
    return from_torch(first, *inputs) if type(inputs) is tuple else from_torch(first, inputs)
