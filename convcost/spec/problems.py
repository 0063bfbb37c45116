"""Mistakes found so far."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

from convcost.errors import Problem, Source, SpecError, printable

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from convcost.spec.nodes import File, Node
    from convcost.spec.scope import Scope

MOST = 100
MOST_CALLS = 4  # shown with a mistake


class Problems:
    """Mistakes of one file (and of the library blocks that it calls)."""

    def __init__(self, file: File) -> None:
        self.file = file
        self.found: dict[tuple[Source | None, str], Problem] = {}
        self.places: set[Source | None] = set()

    def add(self, problem: Problem) -> None:
        """Note a mistake; SpecError where there are too many to go on."""
        if len(self.found) >= MOST:
            message = f"{printable(self.file.path)}: there are more mistakes: reading ended here"
            raise SpecError([*self.in_order(), Problem(message)])
        self.found.setdefault((problem.source, problem.message), problem)
        self.places.add(problem.source)

    @contextmanager
    def attempt(self, failure: type[Exception]) -> Generator[None]:
        """Where what is done ends in such a failure, forget it and what was found on the way."""
        found, places = self.found.copy(), self.places.copy()
        try:
            yield
        except failure:
            self.found, self.places = found, places

    def at(self, node: Node, message: str, scope: Scope, notes: Iterable[str] = ()) -> None:
        """Note a mistake at a node, and the block calls that led there."""
        self.once(node.problem(message, tuple(notes)), scope)

    def once(self, problem: Problem, scope: Scope) -> None:
        """Note a mistake and the calls that led there, unless one is known at its place: a block
        with a mistake in it may be called many times."""
        if problem.source is None or problem.source not in self.places:
            self.add(_with_calls(problem, scope))

    def stop(self, problem: Problem, scope: Scope | None = None) -> NoReturn:
        """Note a mistake after which there is no going on."""
        self.add(problem if scope is None else _with_calls(problem, scope))
        self.refuse()
        raise AssertionError  # there is a problem

    def refuse(self) -> None:
        """Raise what was found, if anything was."""
        if self.found:
            raise SpecError(self.in_order())

    def in_order(self) -> list[Problem]:
        """All mistakes: those of the file by line, then those of other files."""
        nowhere = Source("")

        def place(problem: Problem) -> tuple[bool, Source]:
            source = problem.source or nowhere
            return (source.path not in ("", self.file.path), source)

        return sorted(self.found.values(), key=place)


def _with_calls(problem: Problem, scope: Scope) -> Problem:
    """The problem with a note for each block call around it, innermost first; of a long chain its
    ends."""
    calls = [
        f"in block `{call.word}`, called at {call.source}:{call.source.column}"
        for call in reversed(scope.calls)
    ]
    if len(calls) > MOST_CALLS:
        calls[MOST_CALLS - 1 : -1] = ["..."]
    return problem._replace(notes=(*problem.notes, *calls))
