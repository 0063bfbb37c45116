"""Words that are written as docstrings and shown to users, also where Python drops docstrings."""

from __future__ import annotations

import sys
from functools import cache
from typing import TYPE_CHECKING

from convcost.errors import ConvcostError

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator, Mapping
    from types import FunctionType

DROPPED = 2
"""The level of optimisation from which Python drops docstrings: ``-OO``, ``PYTHONOPTIMIZE=2``."""


def docstring(of: type | FunctionType) -> str:
    """The docstring of a class or a function; empty where it has none.

    Raises:
        ConvcostError: Python dropped it, and the source, which has it, is not there.
    """
    if sys.flags.optimize < DROPPED:
        return of.__doc__ or ""
    return _written(of.__module__).get(of.__qualname__, "")


@cache
def _written(module: str) -> Mapping[str, str]:
    """The docstrings in the source of a module, by qualified name."""
    import ast
    import inspect

    try:
        source = inspect.getsource(sys.modules[module])
    except OSError:
        raise ConvcostError(
            "explanations and help are docstrings, which Python drops with -OO or "
            "PYTHONOPTIMIZE=2, and the source is not there to read them from\n"
            f"  run it without, or install the source of {module} as well"
        ) from None
    return dict(_docstrings(ast.parse(source).body, ""))


def _docstrings(body: list[ast.stmt], within: str) -> Iterator[tuple[str, str]]:
    import ast

    for node in body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            name = f"{within}{node.name}"
            yield name, ast.get_docstring(node, clean=False) or ""
            inner = "." if isinstance(node, ast.ClassDef) else ".<locals>."
            yield from _docstrings(node.body, f"{name}{inner}")
