"""Faults that a person could have made: one change of one place of a module each."""

from __future__ import annotations

import ast
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

OPERATORS: dict[type[ast.AST], tuple[str, str]] = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "+"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "*"),
    ast.Mod: ("%", "//"),
    ast.Pow: ("**", "*"),
    ast.BitOr: ("|", "&"),
    ast.BitAnd: ("&", "|"),
    ast.LShift: ("<<", ">>"),
    ast.RShift: (">>", "<<"),
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
    ast.And: ("and", "or"),
    ast.Or: ("or", "and"),
}
EXCHANGED = {"min": "max", "max": "min", "any": "all", "all": "any", "floor": "ceil"}
DROPPED = (ast.AugAssign, ast.Raise, ast.Continue, ast.Break)


class Mutant(NamedTuple):
    """A fault: from byte ``start`` to ``end`` of a module stands ``new``."""

    line: int
    start: int
    end: int
    new: str

    def stands(self, source: bytes) -> bool:
        """Whether the module with the fault is Python: brackets around what goes may stay."""
        try:
            ast.parse(self.planted(source))
        except SyntaxError:
            return False
        return True

    def planted(self, source: bytes) -> bytes:
        """The module with the fault."""
        return source[: self.start] + self.new.encode() + source[self.end :]


def mutants(source: bytes) -> list[Mutant]:
    """The faults of a module: every operator, comparison, number, word, condition and statement."""
    tree = ast.parse(source)
    module = _Module(source)
    found = [module.place(*change) for node in _walk(tree) for change in module.of(node)]
    return sorted({m for m in found if source[m.start : m.end] != m.new.encode()})


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes that do something: no docstrings, annotations, or imports for types."""
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "type_params"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _idle(child) and child is not _type_in(node):
                yield child
                yield from _walk(child)


def _type_in(node: ast.AST) -> ast.AST | None:
    """The type that a cast names, for the type checker alone."""
    match node:
        case ast.Call(func=ast.Name(id="cast"), args=[named, _]):
            return named
    return None


def _idle(node: ast.AST) -> bool:
    match node:
        case ast.Expr(value=ast.Constant()) | ast.JoinedStr() | ast.Assert() | ast.Import():
            return True
        case ast.ImportFrom() | ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
        case ast.keyword(arg="strict"):
            return True
        case ast.Assign(targets=[ast.Name(id="__all__" | "__slots__")]):
            return True
    return False


Change = tuple[int, int, str]
"""First byte, the byte after the last, and what stands there instead."""


class _Module:
    def __init__(self, source: bytes) -> None:
        self.source = source
        lengths = map(len, source.splitlines(keepends=True))
        self.lines = [0]
        for length in lengths:
            self.lines.append(self.lines[-1] + length)

    def place(self, start: int, end: int, new: str) -> Mutant:
        line = next(n for n, after in enumerate(self.lines) if after > start)
        return Mutant(line, start, end, new)

    def span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return (
            self.lines[node.lineno - 1] + node.col_offset,
            self.lines[node.end_lineno - 1] + node.end_col_offset,
        )

    def text(self, node: ast.expr) -> str:
        start, end = self.span(node)
        return self.source[start:end].decode()

    def of(self, node: ast.AST) -> Iterator[Change]:
        """The changes of a node by itself."""
        match node:
            case ast.BinOp():
                yield from self._between(node.left, node.right, node.op)
            case ast.Compare():
                terms = [node.left, *node.comparators]
                for (a, b), op in zip(pairwise(terms), node.ops, strict=True):
                    yield from self._between(a, b, op)
            case ast.BoolOp():
                for a, b in pairwise(node.values):
                    yield from self._between(a, b, node.op)
                for value in node.values:  # without a condition
                    yield (*self.span(value), str(isinstance(node.op, ast.And)))
            case ast.UnaryOp(op=ast.Not() | ast.USub()):
                start = self.span(node)[0]
                yield start, start + len("not" if isinstance(node.op, ast.Not) else "-"), " "
            case ast.Constant():
                yield from self._constant(node)
            case ast.Call():
                yield from self._call(node)
            case ast.If() | ast.IfExp() | ast.While():
                for word in ("True", "False") if not isinstance(node, ast.While) else ("False",):
                    yield (*self.span(node.test), word)
            case ast.comprehension():
                for condition in node.ifs:
                    yield (*self.span(condition), "True")
            case ast.Expr(value=ast.Call() | ast.Yield() | ast.YieldFrom()):
                yield (*self.span(node), "pass")
            case _ if isinstance(node, DROPPED):
                yield (*self.span(node), "pass")
            case _:
                pass

    def _between(self, a: ast.expr, b: ast.expr, op: ast.AST) -> Iterator[Change]:
        old, new = OPERATORS.get(type(op), ("", ""))
        start, end = self.span(a)[1], self.span(b)[0]
        at = self.source.find(old.encode(), start, end)
        if old and at >= 0:
            yield at, at + len(old), new

    def _constant(self, node: ast.Constant) -> Iterator[Change]:
        match node.value:
            case bool():
                yield (*self.span(node), str(not node.value))
            case int() | float():
                yield (*self.span(node), repr(node.value + 1))
                if node.value == 1:
                    yield (*self.span(node), "0")
            case str() if node.value and not any(map(str.isspace, node.value)):
                yield (*self.span(node), repr(f"{node.value}_"))
            case _:
                pass

    def _call(self, node: ast.Call) -> Iterator[Change]:
        if isinstance(node.func, ast.Name) and node.func.id in EXCHANGED:
            yield (*self.span(node.func), EXCHANGED[node.func.id])
        elif (
            len(node.args) == 2
            and not _type_in(node)
            and not any(isinstance(a, ast.Starred) for a in node.args)
        ):
            first, second = node.args
            yield self.span(first)[0], self.span(second)[1], self._swapped(first, second)

    def _swapped(self, first: ast.expr, second: ast.expr) -> str:
        return f"{self.text(second)}, {self.text(first)}"


def shown(source: bytes, mutant: Mutant) -> str:
    """The lines of a fault, without it and with it."""
    first = source.rfind(b"\n", 0, mutant.start) + 1
    last = source.find(b"\n", mutant.end)
    old = source[first : last if last >= 0 else len(source)]
    new = source[first : mutant.start] + mutant.new.encode() + source[mutant.end : last]
    return "\n".join([*_marked("-", old), *_marked("+", new)])


def _marked(sign: str, text: bytes) -> Iterable[str]:
    return (f"    {sign} {line.strip()}" for line in text.decode().splitlines())
