"""The base of a network of this process: made by the code of a revision of its repository.

What makes it there is a function of a module, as in a configuration. Other than there nothing asks
whether code may be run: a test suite is code.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from os.path import relpath
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from convcost.analysis.counted import counting
from convcost.errors import ConvcostError, Source, printable, quoted
from convcost.files.root import git_top
from convcost.gate.base import Incomparable, Now
from convcost.gate.bases import base_of
from convcost.gate.factory import Factory, is_name
from convcost.gate.working_folder import working_folder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.budget.limit import Limit
    from convcost.budget.verdict import Figures

NAMED = 'factory= names the function that makes it, as in factory="detector.models:build"'


class Original(NamedTuple):
    """The source that a network can be built from again: a function, or its name, and the shapes
    and types of the model's inputs by name."""

    factory: Any
    examples: Mapping[str, tuple[tuple[int, ...], str]] = MappingProxyType({})


def before(
    ref: str, original: Original, analysis: Analysis, limits: Sequence[Limit]
) -> Figures | None:
    """The figures of a network as it was at a revision; None where nothing made it there.

    Args:
        ref: the revision.
        original: what makes the network.
        analysis: of the network as it is.
        limits: that it is held to.

    Raises:
        ConvcostError: there is no such revision, or what makes the network there fails.
    """
    factory = _factory(original)
    base = base_of(ref, None, factory.folder, {})
    assert base is not None
    try:
        found = base.before(Now(factory.name, factory.where, analysis, {}, factory=factory))
    except Incomparable as error:
        raise ConvcostError(f"at the base {base.label}:\n{error}") from None
    finally:
        base.close()
    if found is None or found.analysis is None:
        return None
    return counting(found.analysis, limits).figures


def _factory(original: Original) -> Factory:
    name = _name(original.factory)
    module = name.partition(":")[0]
    file = _file(module)
    levels = module.count(".") + (file.name == "__init__.py")
    folder = file.parents[levels]
    top = git_top(folder)
    if top is None:
        raise ConvcostError(
            f"factory: {quoted(name)} is in {printable(str(file))}, which is in no git repository"
        )
    line = getattr(getattr(original.factory, "__code__", None), "co_firstlineno", 1)
    source = Source(relpath(file, working_folder()), line)
    path = (relpath(folder, top),)
    return Factory(name, source, top, path=path, examples=original.examples)


def _name(factory: Any) -> str:
    """The name of a function, which another process can find it by."""
    if isinstance(factory, str):
        if is_name(factory):
            return factory
        raise ConvcostError(f"factory: {quoted(factory)} is not a name of a function\n  {NAMED}")
    module, own = (str(getattr(factory, part, "")) for part in ("__module__", "__qualname__"))
    name = f"{module}:{own}"
    if is_name(name) and module != "__main__":
        return name
    raise ConvcostError(
        f"factory: {printable(repr(factory))} cannot be found by its name in another process\n"
        "  it is a function of a module, not one inside another function"
    )


def _file(module: str) -> Path:
    try:
        found = find_spec(module)
    except (ImportError, ValueError):
        found = None
    if found is None or not found.origin or not os.path.exists(found.origin):
        raise ConvcostError(f"factory: there is no file of a module {quoted(module)}")
    return Path(os.path.realpath(found.origin))
