"""Reading single values: what every part of a spec is made of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

from convcost.errors import closest, quoted, with_article
from convcost.ops.kinds import NULL
from convcost.spec.expression import (
    MARKS,
    RESERVED,
    TRUTHS,
    ExpressionError,
    Literal,
    can_be_name,
    parse,
    parse_path,
)
from convcost.spec.model import Reference, References, Template
from convcost.spec.nodes import List, Mapping, Node, Scalar, described

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from convcost.errors import Problem
    from convcost.spec.expression import Expression
    from convcost.spec.problems import Problems

_NAME = re.compile(r"[\w-]{1,100}\Z")
_INSIDE = r"\[(?P<inside>(?:[^\[\]]|\[[^\[\]]*\])+)\]"  # brackets, and some in them
_PARTS = re.compile(rf"(?P<name>[\w.*-]+)|{_INSIDE}")
_SUBSCRIPTED = re.compile(
    r"\.?[\w-]+(\.[\w*-]+)*(\[([^\[\]]|\[[^\[\]]*\])+\](\.[\w*-]+)*)+", re.ASCII
)
_Found = TypeVar("_Found")


class Reader:
    """Reads values from nodes; mistakes go to ``problems``, and reading goes on. ``words`` are all
    names that may turn out to be words: values of vars, arguments and cells."""

    def __init__(self, problems: Problems, words: set[str] | None = None) -> None:
        self.problems = problems
        self.words = set[str]() if words is None else words
        self.value_names = set[str]()  # of vars, arguments and columns, as far as they are read

    def complain(self, message: str, node: Node, *notes: str) -> None:
        """Report a mistake at a node."""
        self.problems.add(node.problem(message, notes))

    def mapping(self, node: Node | None, what: str) -> Mapping | None:
        """The node as a mapping; None with a complaint, or for None."""
        if node is None or isinstance(node, Mapping):
            return node
        self.complain(f"{what} is a mapping, and here is {described(node)}", node)
        return None

    def known_keys(
        self, node: Mapping, known: Sequence[str], what: str, noun: str = "field"
    ) -> bool:
        """Complain of keys that are not known, and read on as if they were spelt right.

        Returns:
            whether all are known.
        """
        unknown = [entry for entry in node.entries.values() if entry[0].text not in known]
        for key, value in unknown:
            guess, note = _meant(key.text, known, noun)
            self.complain(f"{what} has no {noun} {quoted(key.text)}", key, note)
            if guess:
                node.entries.setdefault(guess, (key, value))
        return not unknown

    # Values

    def argument(self, node: Node) -> Template | None:
        """As :meth:`template`, of a var, an argument or a cell: it may be the name of a layer, or
        any other word."""
        path = parse_path(node.text) if isinstance(node, Scalar) else None
        if path is not None:
            return Template(node, path)
        if isinstance(node, List):
            items = self._all([self.argument(item) for item in node.items])
            return None if items is None else Template(node, None, items)
        template = self.template(node)
        if template and template.expression and template.expression.word:
            self.words.add(template.expression.word)
        return template

    def cell(self, node: Node) -> Template | None:
        """As :meth:`argument`, of a table: it may be a tick, or a dash where there is nothing."""
        if isinstance(node, Scalar) and node.text in MARKS:
            return Template(node, parse(str(MARKS[node.text])))
        return self.argument(node)

    def template(self, node: Node) -> Template | None:
        """A value to be evaluated, or None with a complaint."""
        if isinstance(node, List):
            items = self._all([self._element(item) for item in node.items])
            return None if items is None else Template(node, None, items)
        if isinstance(node, Scalar):
            expression = self._expression(node)
            return expression and Template(node, expression)
        self.complain("a mapping stands where a value is wanted", node)
        return None

    def _element(self, node: Node) -> Template | None:
        if isinstance(node, Scalar) and node.empty and node.text:
            return Template(node, Literal(NULL))
        return self.template(node)

    def _expression(self, node: Scalar) -> Expression | None:
        if node.cut is not None:
            message = "inside { } and [ ] a comma ends a value"
            self.complain(message, node, _instead(node.cut))
            return None
        if node.empty:
            self.complain("a value is missing", node)
            return None
        text = node.text
        if node.plain and text.lower() in TRUTHS:
            text = str(TRUTHS[text.lower()])
        try:
            return parse(text)
        except ExpressionError as error:
            self.problems.add(expression_problem(node, error))
            return None

    def reference(self, node: Node, what: str = "a layer") -> Reference | None:
        """The name of a layer, or None with a complaint."""
        if not isinstance(node, Scalar) or node.empty:
            self.complain(f"the name of {what} is wanted, and here is {described(node)}", node)
            return None
        if "[" not in node.text:
            return Reference(node)
        if not _SUBSCRIPTED.fullmatch(node.text):
            template = self.template(node)
            return template and Reference(node, template)
        pieces = self._pieces(node)
        if pieces is None:
            return None
        head, *rest = pieces
        if any(isinstance(piece, str) for piece in rest) or not can_be_name(str(head)):
            return Reference(node, None, pieces)
        template = self.template(node)  # the first may be a list, as in `levels[i]`
        return template and Reference(node, template, pieces)

    def _pieces(self, node: Scalar) -> list[str | Template] | None:
        """The parts of ``down[3 - i].skip``: texts, and templates of what stands in brackets; None
        with a complaint."""
        pieces: list[str | Template] = []
        quotes = 0 if node.plain else 1
        for part in _PARTS.finditer(node.text):
            name, inside = part["name"], part["inside"]
            if name is not None:
                pieces.append(name.removeprefix(".") if pieces else name)
                continue
            column = node.column + quotes + part.start("inside")
            text = Scalar(node.file, inside, True, node.line, column, len(inside))
            template = self.template(text)
            if template is None:
                return None
            pieces.append(template)
        return pieces

    def references(self, node: Node, what: str = "a layer") -> References | None:
        """One name or a list of names."""
        nodes = node.items if isinstance(node, List) else [node]
        if not nodes:
            self.complain(f"the name of {what} is wanted, and here is an empty list", node)
            return None
        names = self._all([self.reference(item, what) for item in nodes])
        return None if names is None else References(node, names)

    def _all(self, found: Iterable[_Found | None]) -> list[_Found] | None:
        """All that was found, or None where one is missing."""
        found = list(found)
        present = [one for one in found if one is not None]
        return present if len(present) == len(found) else None

    # Names

    def name(self, node: Node, what: str) -> str | None:
        """A name that becomes part of paths, or None with a complaint."""
        if not isinstance(node, Scalar) or node.empty or not node.text:
            self.complain(f"the name of {what} is wanted, and here is {described(node)}", node)
        elif not _NAME.match(node.text):
            notes = ("dots join names into paths",) if "." in node.text else ()
            message = f"{quoted(node.text)} cannot name {what}"
            self.complain(message, node, *notes, "names are up to 100 letters, digits, _ and -")
        else:
            return node.text
        return None

    def value_name(self, node: Node, what: str) -> str | None:
        """A name that expressions can read, or None with a complaint."""
        if not isinstance(node, Scalar) or node.empty or not node.text:
            self.complain(f"the name of {what} is wanted, and here is {described(node)}", node)
        elif node.text in RESERVED or node.text.lower() in TRUTHS:
            self.complain(f"`{node.text}` cannot name {what}: it means something already", node)
        elif not can_be_name(node.text):
            message = f"{quoted(node.text)} cannot name {what}: expressions could not read it"
            self.complain(message, node, "names are letters, digits and _, and begin with a letter")
        else:
            self.value_names.add(node.text)
            return node.text
        return None


def _instead(cut: str) -> str:
    """The way to write a text that a comma cut: ``(3, 3)`` is a list, all else an expression."""
    numbers = re.fullmatch(r"\(([\d\s,]+)\)", cut)
    if numbers:
        return f"a size for each axis is a list: [{numbers[1].strip(' ,')}]"
    return f'quote the expression: "{quoted(cut)[1:-1]}"'


def _meant(word: str, known: Sequence[str], noun: str) -> tuple[str | None, str]:
    """The key that an unknown one stands for, where one can be guessed, and what to say of it."""
    from convcost.spec.other_words import about_field, field_meant, follows_from_input

    if word == "padding_mode":
        return None, "what is padded otherwise than with zeros is the input of a window over it"
    if word == "normalized_shape" and "dim" in known:
        return None, "its axes are told by `dim`: -1 is the last, 1 the channels"
    if word == "weights" and noun == "argument":
        return None, "`share: NAME` uses the weights of another call"
    if word in ("mask", "mask_type"):
        return None, "a mask over the taps leaves dense counts as they are: the layer without it"
    if follows_from_input(word):
        return None, "it is not written: it follows from the input"
    if meant := field_meant(word, known):
        return meant, f"here it is {about_field(meant)}"
    guess = closest(word, known)
    if guess:
        return guess, f"{with_article(noun)} with a similar name exists: `{guess}`"
    return None, f"{noun}s: {', '.join(known)}"


def expression_problem(node: Node, error: ExpressionError, notes: tuple[str, ...] = ()) -> Problem:
    """The mistake inside an expression's text."""
    notes = notes or error.notes
    if isinstance(node, Scalar) and node.plain and node.width == len(node.text):
        return node.problem(error.message, notes, error.offset, error.width)
    return node.problem(error.message, notes)
