"""The requirement of a margin: a text that must be at least 0, said of its names."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from convcost.parsing import parsed

if TYPE_CHECKING:
    from collections.abc import Iterator

_ATOM = re.compile(r"\w+")


def requirement(margin: str) -> str:
    """The condition that a margin is at least 0, as a person writes it: ``a % b == 0``, ``a == b``,
    ``a >= b``. Empty where it always holds."""
    return _condition(parsed(margin))


def _condition(node: ast.expr) -> str:
    match node:
        case ast.Constant():
            return ""
        case ast.BinOp(ast.Constant(), ast.Sub(), ast.Call(ast.Name("min"), [*_, ast.Constant()])):
            return ""  # 1 - min(size, 1): one of two is 1, and repeated along the other
        case ast.UnaryOp(ast.USub(), ast.BinOp(_, ast.Mod(), _) as rest):
            return f"{ast.unparse(rest)} == 0"
        case ast.Call(ast.Name("max"), [a, b]):
            either = (_condition(a), _condition(b))
            return " or ".join(either) if all(either) else ""
        case _:
            if sides := _equal_sides(node):
                return " == ".join(sides)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
        return f"{ast.unparse(node.left)} >= {ast.unparse(node.right)}"
    return f"{ast.unparse(node)} >= 0"


def equal_names(margin: str) -> Iterator[tuple[str, str]]:
    """Names (or numbers) that must be equal where a margin is at least 0, or may be repeated along
    each other: either first, the later input's before the earlier's."""
    match parsed(margin):
        case ast.Call(ast.Name("max"), [equal, ast.BinOp(ast.Constant(1), ast.Sub(), _)]):
            sides = _equal_sides(equal)
        case node:
            sides = _equal_sides(node)
    if sides is None:
        return
    a, b = (side.removeprefix("max(").removesuffix(", 1)") for side in sides)
    if _ATOM.fullmatch(a) and _ATOM.fullmatch(b):
        yield from ((b, a), (a, b))


def _equal_sides(margin: ast.expr) -> tuple[str, str] | None:
    """The two numbers that are equal where ``min(a, b) - max(a, b)`` is at least 0; None for
    another margin."""
    match margin:
        case ast.BinOp(
            ast.Call(ast.Name("min"), [a, b]), ast.Sub(), ast.Call(ast.Name("max"), [c, d])
        ) if (ast.unparse(a), ast.unparse(b)) == (ast.unparse(c), ast.unparse(d)):
            return ast.unparse(a), ast.unparse(b)
        case _:
            return None
