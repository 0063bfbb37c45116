"""LaTeX: ``align*`` environments of the package amsmath, with comments between.

A formula is a Python expression: what symbols print, and what the files of the library say. Names
of several letters are text, a division that rounds is a fraction between floor (or ceiling)
brackets, a condition that counts as 1 or 0 stands in Iverson's.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from convcost.parsing import parsed
from convcost.render.parts.numbers import exact

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.analysis.explain.formula import Formula
    from convcost.render.report import Formulas, Medium, Report

_SPECIAL = re.compile(r"[#$%&_{}]")
_WORDS = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
_COMPARE: dict[type[ast.cmpop], str] = {
    ast.Eq: "=",
    ast.NotEq: r"\neq",
    ast.GtE: r"\geq",
    ast.Lt: "<",
    ast.Gt: ">",
}
_SUM, _PRODUCT, _ATOM = range(3)  # how strongly a text binds
_Bound = tuple[str, int]


def write(report: Report, _: Medium) -> str:
    """The formulas of a report, one group after the other."""
    assert report.formulas is not None
    return "".join(f"{line}\n" for group in report.formulas() for line in _group(group))


def _group(group: Formulas) -> Iterator[str]:
    if group.comment:
        yield f"% {group.comment}"
    if group.source:
        yield group.source
    yield from align(group.formulas, worked=group.worked)


def plain(text: str) -> str:
    """Text that LaTeX takes literally."""
    return "".join(_WORDS.get(c) or _SPECIAL.sub(r"\\\g<0>", c) for c in text)


def name(word: str) -> str:
    """A name: a letter as it is, a word as text."""
    return word if len(word) == 1 else rf"\text{{{plain(word)}}}"


def number(value: int) -> str:
    """A number with its digits in groups of three."""
    return exact(value).replace(",", "{,}")


def expression(text: str) -> str:
    """A Python expression as LaTeX.

    Raises:
        ValueError: it has syntax that formulas do not.
    """
    return _node(parsed(text.strip()))[0]


def equation(formula: Formula, *, worked: bool) -> Iterator[str]:
    """The lines of an ``align*`` environment for a formula, and for its numbers."""
    yield rf"{name(formula.name)} &= {expression(formula.text)}"
    for axis, numbers, value in formula.worked if worked else ():
        left = rf"{name(formula.name)}_{{{name(axis)}}} " if axis else ""
        if numbers == str(value):
            yield f"{left}&= {number(value)}"
        else:
            yield f"{left}&= {expression(numbers)} = {number(value)}"


def align(formulas: Sequence[Formula], *, worked: bool) -> list[str]:
    """Formulas one under the other, their signs of equality aligned."""
    lines = [line for formula in formulas for line in equation(formula, worked=worked)]
    if not lines:
        return []
    *before, last = (f"  {line}" for line in lines)
    return [r"\begin{align*}", *(rf"{line} \\" for line in before), last, r"\end{align*}"]


def _node(node: ast.expr) -> _Bound:
    match node:
        case ast.Name(word):
            return name(word), _ATOM
        case ast.Constant(int(value)):
            return str(value), _ATOM
        case ast.UnaryOp(
            ast.USub(), ast.BinOp(ast.UnaryOp(ast.USub(), top), ast.FloorDiv(), below)
        ):
            return rf"\left\lceil \frac{{{_text(top)}}}{{{_text(below)}}} \right\rceil", _ATOM
        case ast.UnaryOp(ast.USub(), rest):
            return f"-{_within(rest, _PRODUCT)}", _SUM
        case ast.BinOp(left, operator, right):
            return _binary(left, operator, right)
        case ast.IfExp(test, body, orelse):
            otherwise = rf"{_text(orelse)} & \text{{otherwise}}"
            first = rf"{_text(body)} & \text{{if }} {_text(test)}"
            return rf"\begin{{cases}} {first} \\ {otherwise} \end{{cases}}", _ATOM
        case ast.Compare(left, [operator], [right]):
            sign = _COMPARE[type(operator)]
            return rf"\left[ {_text(left)} {sign} {_text(right)} \right]", _ATOM
        case ast.BoolOp(operator, parts):
            word = "or" if isinstance(operator, ast.Or) else "and"
            inner = rf" \text{{ {word} }} ".join(map(_text, parts))
            return rf"\left[ {inner} \right]", _ATOM
        case ast.Call():
            return _call(node)
        case _:
            raise ValueError(f"no formula: {ast.unparse(node)}")


def _binary(left: ast.expr, operator: ast.operator, right: ast.expr) -> _Bound:
    match operator:
        case ast.Add():
            return f"{_text(left)} + {_text(right)}", _SUM
        case ast.Sub():
            return f"{_text(left)} - {_within(right, _PRODUCT)}", _SUM
        case ast.Mult():
            return rf"{_within(left, _PRODUCT)} \cdot {_within(right, _PRODUCT)}", _PRODUCT
        case ast.FloorDiv():
            return rf"\left\lfloor \frac{{{_text(left)}}}{{{_text(right)}}} \right\rfloor", _ATOM
        case ast.Div():
            return rf"\frac{{{_text(left)}}}{{{_text(right)}}}", _ATOM
        case ast.Mod():
            return rf"{_within(left, _ATOM)} \bmod {_within(right, _ATOM)}", _SUM
        case ast.Pow():
            return f"{_within(left, _ATOM)}^{{{_text(right)}}}", _ATOM
        case _:
            raise ValueError(f"no operator of formulas: {type(operator).__name__}")


def _call(node: ast.Call) -> _Bound:
    match node:
        case ast.Call(ast.Name("min" | "max" as word), arguments):
            return rf"\{word}\left( {', '.join(map(_text, arguments))} \right)", _ATOM
        case ast.Call(ast.Name("floor"), [inner]):
            return rf"\left\lfloor {_text(inner)} \right\rfloor", _ATOM
        case ast.Call(
            ast.Name("sum"),
            [
                ast.GeneratorExp(
                    term,
                    [ast.comprehension(ast.Name(tap), ast.Call(ast.Name("range"), [end]))],
                )
            ],
        ):
            limits = rf"_{{{tap}=0}}^{{{_text(end)} - 1}}"
            return rf"\sum{limits} {_within(term, _PRODUCT)}", _SUM
        case _:
            raise ValueError(f"no function of formulas: {ast.unparse(node)}")


def _text(node: ast.expr) -> str:
    return _node(node)[0]


def _within(node: ast.expr, binds: int) -> str:
    """The text, in brackets if it binds less than what stands beside it."""
    text, own = _node(node)
    return text if own >= binds else rf"\left( {text} \right)"
