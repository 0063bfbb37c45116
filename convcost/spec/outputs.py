"""The outputs of layers by path, and how names find them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.allowance import work
from convcost.errors import quoted, similar
from convcost.ops.kinds import shown
from convcost.spec.evaluate import evaluate
from convcost.spec.scope import Flow, Scope, SeenWord, joined

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.spec.model import Reference, References
    from convcost.spec.problems import Problems
    from convcost.spec.syntax import Value

PREVIOUS = "prev"
"""The word for the layer before, unless a layer has that name."""

ENTRY = "group.input"
"""The word for what the innermost group, residual, path or row reads."""

ANY = "*"
"""The part of a name that stands for all passes of a repeat, or rows of a table."""


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
        self.passes: dict[str, list[str]] = {}
        """The segments of the passes and rows that are done, by the path of the repeat or table."""

    def find(self, reference: Reference, scope: Scope) -> str | None:
        """The path that a name means, innermost list first, or None with a complaint."""
        path = self._path(reference.text, scope)
        if path is not None:
            return path
        value = self.value(reference, scope)
        if isinstance(value, str):
            path = self._path(value, self._seen_from(value, scope))
        if path is None:
            self._complain(reference, scope)
        return path

    def value(self, reference: Reference, scope: Scope) -> Value | None:
        """What a name, or a part of a list, has as its value; None where it has none."""
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
        found = self._of_word(reference.text, scope, before)
        if found is not None:
            self._refuse_many(reference, scope)
            return found[0]
        value = self.value(reference, scope)
        if value is None and (reference.template or reference.text in scope.names):
            return None  # it is unknown, as is said already
        words = value if isinstance(value, list) else [value]
        flows: list[Flow] = []
        for word in words:
            named = isinstance(word, str) and self._of_word(word, self._seen_from(word, scope))
            if not named:
                self._complain(reference, scope, word)
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
        return None

    def _paths(self, text: str, scope: Scope) -> list[str] | None:
        """The paths of a name in all passes; None where there is no such repeat, or no such layer
        in a pass."""
        head, *parts = text.split(f".{ANY}")
        for prefix in scope.prefixes:
            start = joined(prefix, head)
            if start in self.passes:
                paths = [start]
                for part in parts:
                    if any(path not in self.passes for path in paths):
                        return None
                    paths = [f"{p}.{each}{part}" for p in paths for each in self.passes[p]]
                return paths if all(path in self.known for path in paths) else None
        return None

    def _complain(self, reference: Reference, scope: Scope, word: Value | None = None) -> None:
        text = reference.text
        head, _, part = text.partition(".")
        segments = [item.segment for items in scope.lists for item in items if item.segment]
        owner = self._path(head, scope)
        notes: tuple[str, ...] = ()
        if word is not None:
            message = f"{quoted(text)} is {shown(word)} here, and there is no such layer"
        elif text in scope.inputs:
            message = f"{quoted(text)} is an input, and a layer is wanted"
        elif part.startswith(ANY):
            message = f"{quoted(head)} has no passes with such a layer"
            notes = (f"`{ANY}` stands for the passes of a repeat, or the rows of a table",)
        elif part and owner is not None:
            if part.isdigit() and self.known[owner] is None:  # it was refused, as is said already
                return
            message = f"{quoted(head)} has no layer {quoted(part)} in it"
            notes = similar(part, self._inside(owner), "layer")
        elif head in segments:
            message = f"{quoted(head)} does not come before this layer, and so cannot be read here"
            if any(prefix == head or prefix.endswith(f".{head}") for prefix in scope.prefixes):
                notes = (f"`{ENTRY}` is what the group around this layer reads",)
        else:
            message = f"there is no layer {quoted(text)} here"
            notes = similar(text, (*segments, *scope.inputs), "layer")
        self.problems.at(reference.node, message, scope, notes)

    def _inside(self, owner: str) -> Iterator[str]:
        start = f"{owner}."
        return (path[len(start) :] for path in self.known if path.startswith(start))


def _together(flows: Sequence[Flow]) -> Flow:
    """All tensors, one after the other; None where some are unknown."""
    present = [flow for flow in flows if flow is not None]
    if len(present) < len(flows):
        return None
    return tuple(tensor for flow in present for tensor in flow)
