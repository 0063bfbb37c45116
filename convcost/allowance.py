"""The work and memory that a question may take, counted: no input is answered without a bound.

Loops and arrays whose size an input decides ask before they begin: :func:`work` for steps,
:func:`memory` for bytes held at once. Steps are counted, not seconds, so the same input ends in the
same way on every machine. A question is a command or a call of a function that the package exports;
those that it asks on the way are part of it, so that sums add up. Whoever goes through layers does
so :func:`at_each`, and an error names the layer.
"""

from __future__ import annotations

from collections.abc import Sized
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import TYPE_CHECKING, NamedTuple, ParamSpec, Protocol, TypeVar

from convcost.errors import ConvcostError, Problem, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    from convcost.errors import Source

MOST_WORK = 10_000_000  # steps of a loop in Python: a few seconds
WORK_A_LAYER = 500  # more, for each layer: large networks are honest
MOST_MEMORY = 2**30  # bytes held at once by what is not a layer
SMALLER = "smaller sizes take less: those of the layer's fields, or of the input"


class Placed(Protocol):
    """A layer, as far as an error needs it."""

    @property
    def name(self) -> str:
        """The name that it has in its file."""
        ...

    @property
    def origin(self) -> Source | None:
        """Where it is written, if that has lines."""
        ...


Item = TypeVar("Item", bound=Placed)
Given = ParamSpec("Given")
Answer = TypeVar("Answer")


class Place(NamedTuple):
    """Where a question has got to: a file, and a layer of it."""

    path: str = ""
    layer: Placed | None = None

    def problem(self, message: str, fix: str) -> str:
        """The sentence about what went wrong here, with the place before it."""
        if self.layer is not None:
            message = f"layer '{printable(self.layer.name)}': {message}"
            if self.layer.origin is not None:
                return str(Problem(message, self.layer.origin, notes=(fix,)))
        said = f"{printable(self.path)}: {message}" if self.path else message
        return str(Problem(said, notes=(fix,)))


class TooMuch(ConvcostError):  # noqa: N818 - it names what happened
    """An answer would take more work or memory than is allowed.

    ``doing`` says in words what would have begun, ``needed`` and ``allowed`` are steps or bytes,
    ``place`` is what was being looked at.
    """

    def __init__(
        self, doing: str, needed: int, allowed: int, unit: str, place: Place | None = None
    ) -> None:
        self.doing, self.needed, self.allowed, self.unit = doing, needed, allowed, unit
        self.place = place or Place()
        self.says = f"{doing} takes {needed:,} {unit}, more than the {allowed:,} allowed"
        super().__init__(self.place.problem(self.says, SMALLER))

    def about(self, what: str) -> TooMuch:
        """The same of a node of the file that has no layer yet."""
        doing = self.doing if what in self.doing else f"{what}: {self.doing}"
        return TooMuch(doing, self.needed, self.allowed, self.unit, self.place)


class Exhausted(ConvcostError):  # noqa: N818 - it names what happened
    """Python ran out of memory, or of depth."""


class Allowance:
    """The rest of what one question may take: ``steps`` of work, and ``most`` bytes at once."""

    def __init__(self, steps: int = MOST_WORK, most: int = MOST_MEMORY) -> None:
        self.allowed, self.steps, self.most = steps, steps, most
        self.place = Place()

    def work(self, steps: int, doing: str) -> None:
        """Take steps of what is left; TooMuch where there are fewer."""
        steps = getattr(steps, "value", steps)  # those of the candidate, where it is traced
        if steps > self.steps:
            needed = self.allowed - self.steps + steps
            raise TooMuch(doing, needed, self.allowed, "steps", self.place)
        self.steps -= steps

    def affords(self, steps: int) -> bool:
        """Whether steps are taken that an answer can do without: never the last half."""
        steps = getattr(steps, "value", steps)  # those of the candidate, where it is traced
        enough = steps <= self.steps - self.allowed // 2
        self.steps -= steps if enough else 0
        return enough

    def memory(self, size: int, doing: str) -> None:
        """Have bytes held at once approved; TooMuch where they are too many."""
        if size > self.most:
            raise TooMuch(doing, size, self.most, "bytes", self.place)

    def answer(self, ask: Callable[[], Answer]) -> Answer:
        """Return what ``ask`` returns, then go back to the place where the work stood before."""
        before = self.place
        try:
            found = ask()
        except ConvcostError:
            self.place = before
            raise
        self.place = before
        return found

    def grow(self, steps: int) -> None:
        """Allow more steps."""
        self.allowed += steps
        self.steps += steps


_current: ContextVar[Allowance | None] = ContextVar("allowance", default=None)


def work(steps: int, doing: str) -> None:
    """Charge steps that are about to be taken; ``doing`` says in words for what.

    Raises:
        TooMuch: more than the question that is being answered has left.
    """
    (_current.get() or Allowance()).work(steps, doing)


def affords(steps: int) -> bool:
    """Whether there is work left for what is answered by *unknown* otherwise; it is then charged.
    Half of the allowance is kept for the rest of the answer."""
    return (_current.get() or Allowance()).affords(steps)


def memory(size: int, doing: str) -> None:
    """Ask for bytes that are about to be held at once; ``doing`` says in words for what.

    Raises:
        TooMuch: more than the question that is being answered may hold.
    """
    (_current.get() or Allowance()).memory(size, doing)


def layer_added() -> None:
    """Allow the work of one more layer."""
    allowance = _current.get()
    if allowance is not None:
        allowance.grow(WORK_A_LAYER)


def reading(path: str) -> None:
    """Have errors that are about no layer name a file."""
    allowance = _current.get()
    if allowance is not None:
        allowance.place = Place(path)


def at_each(layers: Iterable[Item], path: str | None = None) -> Iterator[Item]:
    """The layers, each being the place of errors while it is looked at.

    Args:
        layers: to go through.
        path: the file that they are of; the one read last unless given.
    """
    allowance = _current.get() or Allowance()
    before = allowance.place
    for layer in layers:
        allowance.place = Place(before.path if path is None else path, layer)
        yield layer
    # Where a loop is left the place stays until its question is answered. A loop that an error ends
    # is left before anyone sees the error, and that must still find its place.
    allowance.place = before


@contextmanager
def at(layer: Placed) -> Generator[None]:
    """A layer is the place of errors while something is worked out of it."""
    allowance = _current.get() or Allowance()
    before = allowance.place
    try:
        with allowing(allowance):
            allowance.place = Place(before.path, layer)
            yield
    finally:
        allowance.place = before


@contextmanager
def allowing(allowance: Allowance) -> Generator[Allowance]:
    """Answer what is inside with an allowance of its own.

    Raises:
        TooMuch: there is more to do than it allows.
        Exhausted: Python itself could not go on.
    """
    token = _current.set(allowance)
    try:
        yield allowance
    except MemoryError:
        message = "there is not enough memory"
        raise Exhausted(allowance.place.problem(message, SMALLER)) from None
    except RecursionError:
        message = "what is written here is nested too deeply"
        fix = "fewer structures, brackets and blocks inside of each other"
        raise Exhausted(allowance.place.problem(message, fix)) from None
    finally:
        _current.reset(token)


def answering(ask: Callable[Given, Answer]) -> Callable[Given, Answer]:
    """A function that answers as part of the question that is being answered, or else as one by
    itself, whose allowance grows with the layers that it is given."""

    @wraps(ask)
    def answered(*args: Given.args, **options: Given.kwargs) -> Answer:
        current = _current.get()
        if current is not None:
            return current.answer(lambda: ask(*args, **options))
        held = (getattr(given, "layers", None) for given in (*args, *options.values()))
        layers = sum(len(each) for each in held if isinstance(each, Sized))  # a class has none
        with allowing(Allowance(MOST_WORK + WORK_A_LAYER * layers)):
            return ask(*args, **options)

    return answered
