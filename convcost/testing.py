"""Budgets in a test suite."""

from __future__ import annotations

import os
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from convcost import arguments
from convcost.analysis.analyze.cost import analyze
from convcost.errors import ConvcostError, listed
from convcost.files.written import save
from convcost.gate import asserted
from convcost.gate.asserted_base import NAMED, Original
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
    python: Any = None,
    name: str | None = None,
    factory: Any = None,
    **limits: str | int | Mapping[str, str | int],
) -> None:
    """Fail where ``convcost check`` would, or where it would have held nothing.

    Or hold a module of PyTorch or a network to limits, which are written as in budgets:
    ``assert_budget(module, inputs, params="5M", macs={"max": "600M", "max_increase": "+2%"})``.

    Args:
        what: paths of models; or a module and what it is called with, an input or a tuple of them;
            or a network.
        base: what models in files are compared with, as for :func:`convcost.check`; a module or a
            network with a file that :func:`save_baseline` or ``convcost baseline`` wrote, or with
            a git revision, whose own code is run to make it there.
        baseline: as for :func:`convcost.check`.
        config: as for :func:`convcost.check`.
        strict: as for :func:`convcost.check`.
        run_code: as for :func:`convcost.check`.
        python: as for :func:`convcost.check`.
        name: of the module or network in the baseline; that of its class, or its own, unless given.
        factory: the function that makes the module or network at a revision, or its name, such as
            ``detector.models:build``; the class of the module unless given. It takes no arguments
            and returns what factories return.
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
        own = network.name if name is None else name
        is_revision = file is not None and not os.path.lexists(file)
        original = _original(network, what, factory) if is_revision else None
        said = asserted.broken(network, limits, file, own, original)
        if said:
            raise AssertionError("\n".join(said))
        return
    of_modules = {"name": name, "factory": factory}
    words = [*limits, *(word for word, given in of_modules.items() if given is not None)]
    if words:
        raise ConvcostError(f"{listed(words)}: limits of files are written in their budgets")
    how: dict[str, Any] = {"config": config, "strict": strict}
    checks = check(*what, base=base, baseline=baseline, run_code=run_code, python=python, **how)
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


def _original(network: Network, what: tuple[Any, ...], factory: Any) -> Original | None:
    """The source that a network can be built from again: the factory, or else the class of a
    module."""
    module, *inputs = what
    if isinstance(module, Network):
        return None if factory is None else Original(factory)
    if factory is None:
        factory = module.__class__
        _refuse_other(network, factory, *inputs)
    return Original(factory, _examples(module, *inputs))


def _refuse_other(network: Network, kind: Any, given: Any) -> None:
    """Raise where a class, called with nothing, does not make the like of a module of it."""
    try:
        again = analyze(_network(kind(), given)).totals
    except Exception:  # of the user's code: most often it takes arguments
        again = None
    if again != analyze(network).totals:
        raise ConvcostError(
            f"base: `{kind.__name__}()` does not make this module, so nothing tells how it was "
            f"made at the revision\n  {NAMED}"
        )


def _examples(module: Any, given: Any) -> Mapping[str, tuple[tuple[int, ...], str]]:
    """The shapes and types of the inputs of a module, by the names that its ``forward`` has; none
    where they are more than tensors, and its factory must return them."""
    inputs = cast("tuple[Any, ...]", given) if type(given) is tuple else (given,)
    names = signature(module.forward).bind(*inputs).arguments
    if not all(hasattr(one, "shape") and hasattr(one, "dtype") for one in names.values()):
        return {}
    return {
        name: (tuple(map(int, one.shape)), str(one.dtype).removeprefix("torch."))
        for name, one in names.items()
    }


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
