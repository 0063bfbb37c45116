"""Expressions: what may stand wherever a spec wants a number, a word, or a yes or no.

Python's own parser reads the text; the closed list of syntax in ``syntax.py`` is all that gets a
meaning. Numbers are exact: ints, and fractions where a division or a decimal point makes them.
"""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from convcost.errors import quoted
from convcost.ops.kinds import EQUATION
from convcost.parsing import parsed
from convcost.spec.functions import FUNCTIONS
from convcost.spec.syntax import (
    DEEPEST,
    WORDS,
    Evaluate,
    ExpressionError,
    Names,
    Translation,
    UnknownNameError,
    Value,
)

if TYPE_CHECKING:
    from typing import NoReturn

LONGEST = 1000  # characters

SIZES = ("in_channels", "in_features", "in_length", "in_depth", "in_height", "in_width")
"""The sizes of a layer's input, by name."""

TRUTHS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
"""Texts without quotes that mean yes or no, in any case."""

MARKS = {
    **dict.fromkeys(("✓", "✔"), True),
    **dict.fromkeys(("✗", "✘", "-", "–", "—"), False),
}
"""Cells of tables that mean yes or no, as papers print them."""

RESERVED = frozenset({"i", "input", *SIZES, *WORDS, *TRUTHS, *FUNCTIONS}) - {"len"}
"""Names that mean something everywhere, and so cannot be given to a var, argument or column."""


class Expression:
    """A parsed expression: ``names`` it reads, its ``constant`` value if it reads none.

    ``compared`` are the names that stand alone on a side of ``==`` or ``!=``; ``word`` is its whole
    text where that is one name.
    """

    __slots__ = ("_meaning", "_text", "compared", "constant", "names", "word")

    def __init__(
        self,
        text: str,
        meaning: Evaluate,
        names: frozenset[str],
        constant: Value | None,
        compared: frozenset[str] = frozenset(),
    ) -> None:
        self._text = text
        self._meaning = meaning
        self.names = names
        self.constant = constant
        self.compared = compared
        self.word = text if text in names else None

    @property
    def size(self) -> int:
        """The number of its characters."""
        return len(self._text)

    def evaluate(self, names: Names) -> Value:
        """The value, with ``names`` answering for each name (or raising UnknownNameError).

        Raises:
            ExpressionError: it has no value: a division by zero, a word in arithmetic ...
        """
        return self._meaning(names) if self.constant is None else self.constant

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle the text alone, since the meaning of an expression is a function."""
        return parse, (self._text,)


@lru_cache(maxsize=10_000)
def parse(text: str) -> Expression:
    """Parse an expression; ExpressionError says what is not part of the language."""
    text = text.strip()
    if EQUATION.fullmatch(text):  # a word like any other
        return Expression(text, lambda _: text, frozenset(), text)
    _refuse_traps(text)
    translation = Translation(text)
    meaning = translation.of(_tree(text))
    names = frozenset(translation.names)
    constant = None if names else meaning(_no_names)
    return Expression(text, meaning, names, constant, frozenset(translation.compared))


_PATH = re.compile(r"[A-Za-z_][\w-]*(\.[\w*-]+)+")


class Literal(Expression):
    """A word that is not an expression: the name of a layer with dots in it, or the size `null`."""

    __slots__ = ()

    def __init__(self, text: str) -> None:
        super().__init__(text, lambda _: text, frozenset(), text)

    def __reduce__(self) -> tuple[object, ...]:
        return Literal, (self._text,)


def parse_path(text: str) -> Literal | None:
    """The name of a layer with dots in it; None for any other text."""
    return Literal(text.strip()) if _PATH.fullmatch(text.strip()) else None


def can_be_name(text: str) -> bool:
    """Whether expressions can read a name."""
    try:
        tree = parsed(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return isinstance(tree, ast.Name) and tree.id == text


def _no_names(name: str) -> NoReturn:
    raise UnknownNameError(name)


_OCTAL = re.compile(r"[-+]?0[0-9_]+\Z")
_SPECIAL = re.compile(r"[-+]?\.?(nan|inf|infinity)\Z", re.IGNORECASE)


def _refuse_traps(text: str) -> None:
    """Refuse what no parser should see, and what YAML 1.1 or Python would read as a surprise."""
    if not text:
        raise ExpressionError("a value is missing")
    if len(text) > LONGEST:
        raise ExpressionError(
            f"an expression has at most {LONGEST:,} characters, not {len(text):,}"
        )
    if _OCTAL.match(text):
        meant = text.lstrip("+-0_") or "0"
        sign = "-" if text.startswith("-") and meant != "0" else ""
        raise ExpressionError(
            f"{quoted(text)} begins with a zero, octal for some readers: write {sign}{meant}"
        )
    if _SPECIAL.match(text):
        raise ExpressionError(f"`{text}` is not a size: numbers are finite here")
    depth = deepest = 0
    for character in text:
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(character, 0)
        deepest = max(deepest, depth)
    if deepest > DEEPEST:
        raise ExpressionError(f"brackets go {deepest} deep here, and at most {DEEPEST} are read")
    if depth > 0:
        raise ExpressionError("a bracket is not closed")


def _tree(text: str) -> ast.expr:
    line = " ".join(text.splitlines())
    try:
        return parsed(line)
    except SyntaxError as error:
        offset = min(max(0, (error.offset or 1) - 1), len(text) - 1)
        raise ExpressionError("this is not an expression", offset, 1, _hints(text)) from None
    except (RecursionError, MemoryError):
        raise ExpressionError("this is too deep to be read") from None
    except ValueError:  # a null byte, or a number of thousands of digits
        raise ExpressionError("this is not an expression") from None


_HINTS = {
    r"(?<![\w.])0\d": "a whole number does not begin with 0",
    r"\d\s*:\s*\d": "a ratio is written with /, as in 16/9",
    r"[\d.]\s*%\Z": "a share is written as a number, as in 0.1",
    r"\A[\d._]+\s*[kKMGT]\Z": "units are for budgets: numbers are written out, as in 4_000_000",
    r"&&|\|\||!(?!=)": "`and`, `or` and `not` are written as words",
    r"(?<![=!<>])=(?!=)": "`==` compares",
    r"\d\s*x\s*\d": "a product is written with *, a size for each axis as a list",
}


def _hints(text: str) -> tuple[str, ...]:
    return next(((hint,) for slip, hint in _HINTS.items() if re.search(slip, text)), ())
