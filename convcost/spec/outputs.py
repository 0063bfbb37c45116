"""The outputs of layers by path, and how names find them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from convcost.allowance import work
from convcost.errors import listed, quoted, similar
from convcost.ops.kinds import shown
from convcost.spec.evaluate import evaluate
from convcost.spec.scope import Flow, Scope, SeenWord, joined

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.spec.model import Reference, References, Template
    from convcost.spec.problems import Problems
    from convcost.spec.syntax import Value

PREVIOUS = "prev"
"""The word for the layer before, unless a layer has that name."""

ENTRY = "group.input"
"""The word for what the innermost group, residual, path or row reads."""

ANY = "*"
"""The part of a name that stands for all passes of a repeat, or rows of a table."""


MOST_NAMED = 3
"""The most layers that a note names."""

MOST_COLLECTED = 200_000
"""The most layers that names of all passes stand for, in a whole spec."""


OUTERMOST = "."
"""The beginning of a name that is looked for in the outermost list of the file or block alone."""


class Outputs:
    """The tensors that each layer, structure and block call passes on, once they are known."""

    def __init__(self, problems: Problems) -> None:
        self.problems = problems
        self.top: Scope | None = None  # that of the file's own list of layers
        self.known: dict[str, Flow] = {}
        self.collected = 0  # layers that were read by names of all passes
        self.rows: dict[str, str] = {}
        """The paths of named rows, by where their names are known: in the list of their table."""
        self.passes: dict[str, list[str]] = {}
        """The segments of the passes and rows that are done, by the path of the repeat or table."""

    def find(self, reference: Reference, scope: Scope) -> str | None:
        """The path that a name means, innermost list first, or None with a complaint."""
        text = self._spelt(reference, scope)
        if text is None:
            return None
        path = self._path(text, scope)
        if path is not None:
            return path
        value = self.value(reference, scope)
        if isinstance(value, str):
            path = self._path(value, self._seen_from(value, scope))
        if path is None:
            self._complain(reference, text, scope)
        return path

    def _spelt(self, reference: Reference, scope: Scope) -> str | None:
        """A name with the numbers that its brackets come to in their places; None where one is not
        known. That of a part of a list stays as it is written."""
        if not reference.pieces:
            return reference.text
        head = str(reference.pieces[0])
        if reference.template and (head in scope.names or self._path(head, scope) is None):
            return reference.text
        text = ""
        for piece in reference.pieces:
            segment = piece if isinstance(piece, str) else self._number(piece, text, scope)
            if segment is None:
                return None
            text = joined(text, segment)
        return text

    def _number(self, template: Template, text: str, scope: Scope) -> str | None:
        """The segment of a pass, row or output of the layer ``text`` by its number; -1 is the
        last. None with a complaint."""
        number = evaluate(template, self.problems, scope)
        if number is None:
            return None
        if isinstance(number, bool) or not isinstance(number, int):
            message = f"a whole number is wanted, and this is {shown(number)}"
            self.problems.at(template.node, message, scope)
            return None
        path = self._path(text, scope)
        rows = [] if path is None else self.passes.get(path, self._outputs_of(path))
        return rows[number] if -len(rows) <= number < len(rows) else str(number)

    def _outputs_of(self, path: str) -> list[str]:
        """The numbers of the outputs of a layer that has several."""
        numbers = map(str, range(len(self.known[path] or ())))
        return [number for number in numbers if joined(path, number) in self.known]

    def value(self, reference: Reference, scope: Scope) -> Value | None:
        """The value of a name, or of a part of a list; None if it has none."""
        if reference.template is not None:
            return evaluate(reference.template, self.problems, scope)
        return scope.names.get(reference.text)

    def of(self, reference: Reference, scope: Scope, before: Flow = None) -> Flow:
        """The outputs that a name means; None with a complaint.

        Args:
            reference: the name, or that of a var, argument or column whose value it is.
            scope: where it stands.
            before: what the layer before passes on.
        """
        text = self._spelt(reference, scope)
        if text is None:
            return None
        found = self._of_word(text, scope, before)
        if found is not None:
            self._refuse_many(reference, scope)
            return found[0]
        is_value = text == reference.text and (reference.template or text in scope.names)
        value = self.value(reference, scope) if is_value else None
        if is_value and value is None:
            return None  # it is unknown, as is said already
        words = value if isinstance(value, list) else [value]
        flows: list[Flow] = []
        for word in words:
            named = isinstance(word, str) and self._of_word(word, self._seen_from(word, scope))
            if not named:
                self._complain(reference, text, scope, word)
                return None
            flows.append(named[0])
        self._refuse_many(reference, scope)
        return _together(flows)

    def of_all(self, references: References, scope: Scope, before: Flow = None) -> Flow:
        """The outputs of several, one after the other."""
        work(len(references.names), "looking up what a layer reads")
        flow = _together([self.of(name, scope, before) for name in references.names])
        if flow == ():
            message = "no pass is done here, so there is nothing to read"
            self.problems.at(references.node, message, scope)
            return None
        return flow

    def _of_word(self, text: str, scope: Scope, before: Flow = None) -> tuple[Flow] | None:
        """The outputs that a name means, in a tuple; None where nothing has the name."""
        path = self._path(text, scope)
        if path is not None:
            return (self.known[path],)
        if text in scope.inputs:
            return (scope.inputs[text],)
        if text == ENTRY and scope.entry != ():
            return (scope.entry,)
        if text == PREVIOUS and before != ():
            return (before,)
        paths = self._paths(text, scope) if ANY in text else None
        if paths is None:
            return None
        self.collected += len(paths)
        return (_together([self.known[path] for path in paths]),)

    def _refuse_many(self, reference: Reference, scope: Scope) -> None:
        if self.collected > MOST_COLLECTED:
            message = (
                f"names of all passes have been read {MOST_COLLECTED:,} times, and no more are"
            )
            self.problems.stop(reference.node.problem(message), scope)

    def _seen_from(self, word: str, scope: Scope) -> Scope:
        """Where a word is written: vars, which are before all layers, mean those of the file."""
        if not isinstance(word, SeenWord):
            return scope
        return word.scope if word.scope.inputs else self.top or scope

    def _path(self, text: str, scope: Scope) -> str | None:
        outermost = text.startswith(OUTERMOST)
        for prefix in scope.prefixes[-1:] if outermost else scope.prefixes:
            path = joined(prefix, text[1:] if outermost else text)
            if path in self.known:
                return path
            path = self._by_row(path, prefix) if self.rows else path
            if path in self.known:
                return path
        return None

    def _by_row(self, path: str, prefix: str) -> str:
        """The path of what begins with the name of a row, in the list of its table."""
        length = len(prefix) + 1 if prefix else 0
        end = path.find(".", length)
        head = path if end < 0 else path[:end]
        return self.rows.get(head, head) + path[len(head) :]

    def _paths(self, text: str, scope: Scope) -> list[str] | None:
        """The paths of a name in all passes; None where there is no such repeat, or no such layer
        in a pass."""
        head, *parts = text.split(f".{ANY}")
        for prefix in scope.prefixes:
            start = joined(prefix, head)
            if start not in self.passes:
                start = self._by_row(start, prefix)
            if start in self.passes:
                paths = [start]
                for part in parts:
                    if any(path not in self.passes for path in paths):
                        return None
                    paths = [f"{p}.{each}{part}" for p in paths for each in self.passes[p]]
                return paths if all(path in self.known for path in paths) else None
        return None

    def _complain(
        self, reference: Reference, text: str, scope: Scope, word: Value | None = None
    ) -> None:
        head, _, part = text.partition(".")
        segments = [item.segment for items in scope.lists for item in items if item.segment]
        owner = self._path(head, scope)
        notes: tuple[str, ...] = ()
        if word is not None:
            message = f"{quoted(text)} is {shown(word)} here, and there is no such layer"
            notes = self._deeper(str(word), scope)
        elif text in scope.inputs:
            message = f"{quoted(text)} is an input, and a layer is wanted"
        elif part.startswith(ANY):
            message = f"{quoted(head)} has no passes with such a layer"
            notes = (f"`{ANY}` stands for the passes of a repeat, or the rows of a table",)
        elif part and owner is not None:
            if part.isdigit() and self.known[owner] is None:  # it was refused, as is said already
                return
            message = f"{quoted(head)} has no layer {quoted(part)} in it"
            inside = [f"{head}.{path}" for path in self._inside(owner)]
            notes = _in_brackets(text) or similar(text, inside, "layer")
        elif head in segments:
            message = f"{quoted(head)} does not come before this layer, and so cannot be read here"
            if any(prefix == head or prefix.endswith(f".{head}") for prefix in scope.prefixes):
                notes = (f"`{ENTRY}` is what the group around this layer reads",)
        else:
            message = f"there is no layer {quoted(text)} here"
            known = (*segments, *scope.inputs)
            notes = _in_brackets(text) or self._deeper(text, scope) or similar(text, known, "layer")
        self.problems.at(reference.node, message, scope, notes)

    def _deeper(self, text: str, scope: Scope) -> tuple[str, ...]:
        """A note that names layers of that name in other lists."""
        start = joined(scope.prefixes[-1], "")
        start = f"{start}." if start else ""
        found = [
            f"`{path.removeprefix(start)}`"
            for path in self.known
            if path.startswith(start) and path.endswith(f".{text}")
        ]
        if not found:
            return ()
        return (f"that name is given in another list: {listed(found[:MOST_NAMED], 'or')}",)

    def _inside(self, owner: str) -> Iterator[str]:
        start = f"{owner}."
        return (path[len(start) :] for path in self.known if path.startswith(start))


def _in_brackets(text: str) -> tuple[str, ...]:
    """A note for a name with a number in braces: ``down.{3 - i}.skip``."""
    meant = re.sub(r"\.?\$?\{(.+?)\}", r"[\1]", text)
    return (f"a number that is worked out stands in brackets: `{meant}`",) if meant != text else ()


def _together(flows: Sequence[Flow]) -> Flow:
    """All tensors, one after the other; None where some are unknown."""
    present = [flow for flow in flows if flow is not None]
    if len(present) < len(flows):
        return None
    return tuple(tensor for flow in present for tensor in flow)
