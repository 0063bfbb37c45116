"""The outputs of layers by path, and how names find them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.allowance import work
from convcost.errors import quoted, similar
from convcost.spec.scope import Flow, Scope, joined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcost.spec.model import Reference, References
    from convcost.spec.problems import Problems


class Outputs:
    """The tensors that each layer, structure and block call passes on, once they are known."""

    def __init__(self, problems: Problems) -> None:
        self.problems = problems
        self.known: dict[str, Flow] = {}

    def find(self, reference: Reference, scope: Scope) -> str | None:
        """The path that a name means, innermost list first, or None with a complaint."""
        path = self._path(reference.text, scope)
        if path is None:
            self._complain(reference, scope)
        return path

    def of(self, reference: Reference, scope: Scope) -> Flow:
        """The outputs that a name means; None with a complaint."""
        path = self._path(reference.text, scope)
        if path is not None:
            return self.known[path]
        if reference.text in scope.inputs:
            return scope.inputs[reference.text]
        self._complain(reference, scope)
        return None

    def of_all(self, references: References, scope: Scope) -> Flow:
        """The outputs of several, one after the other."""
        work(len(references.names), "looking up what a layer reads")
        flows = [self.of(reference, scope) for reference in references.names]
        present = [flow for flow in flows if flow is not None]
        if len(present) < len(flows):
            return None
        return tuple(tensor for flow in present for tensor in flow)

    def _path(self, text: str, scope: Scope) -> str | None:
        for prefix in scope.prefixes:
            path = joined(prefix, text)
            if path in self.known:
                return path
        return None

    def _complain(self, reference: Reference, scope: Scope) -> None:
        text = reference.text
        head, _, part = text.partition(".")
        segments = [item.segment for items in scope.lists for item in items if item.segment]
        owner = self._path(head, scope)
        if text in scope.inputs:
            message = f"{quoted(text)} is an input, and a layer is wanted"
            notes: tuple[str, ...] = ()
        elif part and owner is not None:
            if part.isdigit() and self.known[owner] is None:  # it was refused, as is said already
                return
            message = f"{quoted(head)} has no layer {quoted(part)} in it"
            notes = similar(part, self._inside(owner), "layer")
        elif head in segments:
            message = f"{quoted(head)} does not come before this layer, and so cannot be read here"
            notes = ()
        else:
            message = f"there is no layer {quoted(text)} here"
            notes = similar(text, (*segments, *scope.inputs), "layer")
        self.problems.at(reference.node, message, scope, notes)

    def _inside(self, owner: str) -> Iterator[str]:
        start = f"{owner}."
        return (path[len(start) :] for path in self.known if path.startswith(start))
