"""The meaning of expressions: a closed list of Python's syntax, each kind turned into a function.

Whatever is not on the list is refused before anything is evaluated.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from convcost.dtype import DTYPES
from convcost.errors import plural
from convcost.ops.kinds import shown
from convcost.spec.functions import FUNCTIONS, Exact, UnlikeLists, exact, fraction, on_each
from convcost.traced import is_traced

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from fractions import Fraction

    from convcost.spec.nodes import Node

DEEPEST = 100  # brackets, and levels of the syntax tree
LARGEST_EXPONENT = 64
MOST_BITS = 1024

WORDS = frozenset(
    {
        *("same", "valid"),  # padding
        *("add", "multiply", "concat"),  # joins
        *("nearest", "linear", "bilinear", "trilinear", "bicubic"),  # modes of upsample
        *("constant", "reflect", "replicate", "circular"),  # modes of pad
        *DTYPES,
        *("none", "tanh"),  # approximations
        *("zeros", "border"),  # edges of a grid_sample
    }
)
"""Words that fields accept: constants of every expression, so that they can travel through
arguments."""

FALL_BACK = frozenset(
    {
        *("sigmoid", "relu", "leaky_relu", "thresholded_relu", "hard_sigmoid", "elu"),
        *("softsign", "softplus", "affine", "scaled_tanh"),  # functions of recurrent layers
        *("torch", "onnx"),  # whose layout
        "causal",  # padding, too
        *("sum", "prod", "amax", "amin"),  # how updates are brought together
    }
)
"""More such words, which stand for themselves where nothing of the user's has the name."""

Value: TypeAlias = "int | Fraction | bool | str | list[Value]"
Names: TypeAlias = "Callable[[str], Value]"
Evaluate: TypeAlias = "Callable[[Names], Value]"


class ExpressionError(Exception):
    """A mistake in an expression, ``offset`` characters into its text."""

    def __init__(
        self, message: str, offset: int = 0, width: int = 0, notes: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.width = width
        self.notes = notes


class UnknownNameError(ExpressionError):
    """A name that nothing here has."""

    def __init__(self, name: str, offset: int = 0, width: int = 0) -> None:
        super().__init__(f"unknown name `{name}`", offset, width)
        self.name = name


class Translation:
    """Turns the syntax tree of one text into functions; ``names`` are those they read, and
    ``compared`` those that stand alone on a side of ``==`` or ``!=``."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.names: set[str] = set()
        self.compared: set[str] = set()

    def of(self, node: ast.expr, depth: int = 0) -> Evaluate:
        """The meaning of a tree; ExpressionError for syntax that expressions do not have."""
        if depth > DEEPEST:
            raise self.error(node, f"nested more than {DEEPEST} levels deep")
        inner = [self.of(child, depth + 1) for child in _operands(node)]
        match node:
            case ast.Constant():
                return self._constant(node)
            case ast.Name(id=name):
                return self._name(node, name)
            case ast.BinOp(op=op) if type(op) in _ARITHMETIC:
                return self._arithmetic(node, _ARITHMETIC[type(op)], *inner)
            case ast.UnaryOp(op=ast.USub()):
                return lambda names: -self._number(node.operand, inner[0](names))
            case ast.UnaryOp(op=ast.UAdd()):
                return lambda names: self._number(node.operand, inner[0](names))
            case ast.UnaryOp(op=ast.Not()):
                return lambda names: not self._truth(node.operand, inner[0](names))
            case ast.BoolOp(op=op, values=nodes):
                every = all if isinstance(op, ast.And) else any
                parts = list(zip(nodes, inner, strict=True))
                return lambda names: every(self._truth(part, f(names)) for part, f in parts)
            case ast.IfExp(test=test):
                condition, then, other = inner
                return lambda names: (then if self._truth(test, condition(names)) else other)(names)
            case ast.Compare(ops=ops) if all(type(op) in _COMPARISONS for op in ops):
                return self._comparison(node, inner)
            case ast.Call(func=ast.Name(id=name), keywords=[]) if name in FUNCTIONS:
                return self._call(node, name, inner)
            case ast.Subscript() if inner:
                return self._subscript(node, *inner)
            case _:
                raise self._refused(node)

    def error(self, node: ast.expr, message: str, *notes: str) -> ExpressionError:
        """An error at a piece of the text."""
        start, end = self._span(node)
        return ExpressionError(message, start, end - start, notes)

    def _span(self, node: ast.expr) -> tuple[int, int]:
        """The first character of a node and the one after its last; the tree counts bytes."""
        line = self.text.encode()
        start, end = node.col_offset, node.end_col_offset or node.col_offset
        return len(line[:start].decode()), len(line[:end].decode())

    def _refused(self, node: ast.expr) -> ExpressionError:
        match node:
            case ast.Call(func=ast.Name(id=name), keywords=[]) if name not in FUNCTIONS:
                known = ", ".join(FUNCTIONS)
                return self.error(node, f"there is no function `{name}`", f"functions: {known}")
            case ast.Call(keywords=[_, *_]):
                return self.error(node, "arguments are given without their names here")
            case ast.Tuple():
                return self.error(node, "one value is wanted", "a list is written in [ ]")
            case ast.BinOp(op=ast.BitXor()):
                return self.error(node, "`^` is not part of expressions", "a power is written **")
            case _:
                what = _SYNTAX.get(type(node), "this")
                return self.error(node, f"{what} is not part of expressions")

    def _constant(self, node: ast.Constant) -> Evaluate:
        value: Value
        match node.value:
            case bool() | int():
                value = node.value
            case float():
                value = self._decimal(node)
            case str():
                raise self.error(
                    node, "a text is not part of expressions", "words stand without quotes in them"
                )
            case _:
                raise self.error(node, "this is not part of expressions")
        return lambda _: value

    def _decimal(self, node: ast.Constant) -> Exact:
        written = self.text[slice(*self._span(node))].replace("_", "")
        exponent = re.search(r"[eE]([-+]?\d+)\Z", written)
        if exponent and abs(int(exponent[1])) > LARGEST_EXPONENT:
            raise self.error(node, f"an exponent is at most {LARGEST_EXPONENT}")
        return exact(fraction(written))

    def _name(self, node: ast.Name, name: str) -> Evaluate:
        if name in ("true", "false"):
            return lambda _: name == "true"
        if name in WORDS:
            return lambda _: name
        self.names.add(name)

        def read(names: Names) -> Value:
            try:
                return names(name)
            except UnknownNameError:
                if name in FALL_BACK:
                    return name
                place = self.error(node, "")
                raise UnknownNameError(name, place.offset, place.width) from None
            except ExpressionError as error:
                raise self.error(node, error.message) from None

        return read

    def _arithmetic(
        self,
        node: ast.BinOp,
        operator: Callable[[Exact, Exact], Exact],
        left: Evaluate,
        right: Evaluate,
    ) -> Evaluate:
        def of_two(left: Value, right: Value) -> Value:
            a, b = self._number(node.left, left), self._number(node.right, right)
            try:
                value = operator(a, b)
            except ZeroDivisionError:
                raise self.error(node, "this divides by zero") from None
            except ExponentError:
                message = f"an exponent is a whole number, at most {LARGEST_EXPONENT}"
                raise self.error(node.right, message) from None
            if _is_beyond(value):
                raise self.error(node, "this number is beyond all sizes")
            return exact(value)

        def result(names: Names) -> Value:
            try:
                return cast("Value", on_each(of_two, left(names), right(names)))
            except UnlikeLists as unlike:
                message = f"lists go value by value, and these have {unlike}"
                raise self.error(node, message) from None

        return result

    def _comparison(self, node: ast.Compare, inner: list[Evaluate]) -> Evaluate:
        operands = [node.left, *node.comparators]
        if all(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops):
            self.compared |= {one.id for one in operands if isinstance(one, ast.Name)}
        steps = [(_COMPARISONS[type(op)], type(op) in _ORDERS) for op in node.ops]

        def holds(names: Names) -> bool:
            left = inner[0](names)
            for place, (compare, orders) in enumerate(steps, start=1):
                right = inner[place](names)
                if orders:
                    self._number(operands[place - 1], left)
                    self._number(operands[place], right)
                if not compare(left, right):
                    return False
                left = right
            return True

        return holds

    def _call(self, node: ast.Call, name: str, inner: list[Evaluate]) -> Evaluate:
        fewest, most, function = FUNCTIONS[name]
        if len(inner) < fewest or (most is not None and len(inner) > most):
            wanted = plural(fewest, "argument")
            wanted = wanted if fewest == most else f"at least {wanted}"
            notes = ("`make_divisible(value, divisor)` rounds to multiples",)
            notes = notes if name == "round" and len(inner) == 2 else ()
            raise self.error(node, f"{name} takes {wanted}, not {len(inner)}", *notes)
        arguments = list(zip(node.args, inner, strict=True))
        if name == "len":
            return lambda names: len(self._list(node.args[0], inner[0](names)))

        def result(names: Names) -> Value:
            values = [self._number(argument, f(names)) for argument, f in arguments]
            if name == "make_divisible" and values[1] < 1:
                raise self.error(node.args[1], "the divisor is a number from 1 up")
            if name == "sqrt" and values[0] < 0:
                raise self.error(node.args[0], "the root is of a number from 0 up")
            return exact(function(*values))

        return result

    def _subscript(self, node: ast.Subscript, of: Evaluate, at: Evaluate) -> Evaluate:
        def result(names: Names) -> Value:
            values, number = self._list(node.value, of(names)), at(names)
            if isinstance(number, bool) or not isinstance(number, int):
                raise self.error(
                    node.slice, f"a whole number is wanted, and this is {shown(number)}"
                )
            if not -len(values) <= number < len(values):
                raise self.error(
                    node.slice,
                    f"there is no value {number} in a list of {plural(len(values), 'value')}",
                    "the first is number 0, and the last one -1",
                )
            return values[number]

        return result

    def _list(self, node: ast.expr, value: Value) -> list[Value]:
        if not isinstance(value, list):
            raise self._unwanted(node, "a list", value)
        return value

    def _number(self, node: ast.expr, value: Value) -> Exact:
        if isinstance(value, (bool, str, list)):
            raise self._unwanted(node, "a number", value)
        return value

    def _truth(self, node: ast.expr, value: Value) -> bool:
        if not isinstance(value, bool):
            raise self._unwanted(node, "a yes or no", value)
        return value

    def _unwanted(self, node: ast.expr, wanted: str, value: Value) -> ExpressionError:
        if isinstance(value, Word) and value.node:
            return MisplacedWord(value)
        notes = (OF_LISTS,) if wanted == "a number" and isinstance(value, list) else ()
        return self.error(node, f"{wanted} is wanted, and this is {shown(value)}", *notes)


OF_LISTS = "`k[0]` is the first value of a list `k`; `0 - k` and its like work on every value"


class Word(str):
    """The value of a var, argument or cell that is a word: ``relu``, or the name of a layer;
    written at ``node``, if it may be a name with a slip in it."""

    node: Node | None

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle the text alone."""
        return str, (str(self),)


class MisplacedWord(ExpressionError):  # noqa: N818 - it names what is wrong
    """A word where something else is wanted: a name with a slip in it."""

    def __init__(self, word: Word) -> None:
        super().__init__(f"unknown name `{word}`")
        self.word = word


def _operands(node: ast.expr) -> list[ast.expr]:
    """The expressions in a node that are evaluated; none where the node itself is refused."""
    match node:
        case ast.BinOp(op=op) if type(op) in _ARITHMETIC:
            return [node.left, node.right]
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() | ast.Not()):
            return [node.operand]
        case ast.BoolOp():
            return node.values
        case ast.IfExp():
            return [node.test, node.body, node.orelse]
        case ast.Compare(ops=ops) if all(type(op) in _COMPARISONS for op in ops):
            return [node.left, *node.comparators]
        case ast.Call(func=ast.Name(id=name), keywords=[]) if name in FUNCTIONS:
            return node.args
        case ast.Subscript(slice=at) if not isinstance(at, ast.Slice | ast.Tuple):
            return [node.value, at]
        case _:
            return []


_SYNTAX: dict[type[ast.expr], str] = {
    ast.Attribute: "a dot after a name",
    ast.Call: "a call like this",
    ast.Subscript: "a part of a list",
    ast.Lambda: "a lambda",
    ast.NamedExpr: "an assignment",
    ast.Starred: "a star before a value",
    ast.List: "a list",
    ast.Dict: "a mapping",
    ast.Set: "a set",
    ast.ListComp: "a comprehension",
    ast.SetComp: "a comprehension",
    ast.DictComp: "a comprehension",
    ast.GeneratorExp: "a comprehension",
    ast.JoinedStr: "a text",
    ast.BinOp: "this operator",
    ast.UnaryOp: "this operator",
    ast.Compare: "this comparison",
}


def _is_beyond(value: Exact) -> bool:
    """Whether a number has too many digits; of a traced one its column knows how many it has."""
    if is_traced(value):
        return False
    return max(value.numerator.bit_length(), value.denominator.bit_length()) > MOST_BITS


class ExponentError(Exception):
    """An exponent that is not a small whole number."""


def _power(a: Exact, b: Exact) -> Exact:
    if not isinstance(b, int) or abs(b) > LARGEST_EXPONENT:
        raise ExponentError
    return fraction(a) ** b


_ARITHMETIC: Mapping[type[ast.operator], Callable[[Exact, Exact], Exact]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: fraction(a) / b,
    ast.FloorDiv: lambda a, b: a // b,
    ast.Mod: lambda a, b: a % b,
    ast.Pow: _power,
}

_ORDERS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_COMPARISONS: Mapping[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: lambda a, b: a == b,
    ast.NotEq: lambda a, b: a != b,
    ast.Lt: lambda a, b: a < b,
    ast.LtE: lambda a, b: a <= b,
    ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b,
}
