"""A job and its items: a function of one argument, which is pickled once for all of them.

What a job gives depends on its item alone, so an item may be worked on anywhere, and again.
"""

from __future__ import annotations

import pickle
from collections import deque
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from socket import gethostname
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

from convcost.errors import ConvcostError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Item = TypeVar("Item")
Result = TypeVar("Result")
Sent = TypeVar("Sent")

WINDOW = 4
"""Items that are in flight for each worker: some are ready to begin while results are fetched."""


class Workers(Protocol):
    """Processes that work on items."""

    def each(self, job: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """The results of items, in their order.

        Raises:
            ConvcostError: the job raises it for an item, or the workers cannot do it.
        """
        ...


class Here:
    """This process."""

    def each(self, job: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """The results of items, each made when it is asked for."""
        return map(job, items)


class Answer(NamedTuple):
    """The result of an item, or the mistake in its place. ``made_by`` tells what made it."""

    result: Any
    mistake: ConvcostError | None
    made_by: Maker

    def given(self) -> Any:
        """The result.

        Raises:
            ConvcostError: the mistake; or it was made by another convcost than this one.
        """
        self.made_by.refuse_unless(maker())
        if self.mistake is not None:
            raise self.mistake
        return self.result


class Maker(NamedTuple):
    """A convcost: its version, a digest of its source files, and the host that it runs on."""

    version: str
    sources: str
    host: str

    def refuse_unless(self, own: Maker) -> None:
        """Raise ConvcostError where it is not the same as another one."""
        if self.sources == own.sources and self.version == own.version:
            return
        theirs = f"has convcost {self.version}"
        if self.version == own.version:
            theirs = f"has a convcost {own.version} with other source files"
        raise ConvcostError(
            f"a worker on {self.host} {theirs}, and this is convcost {own.version}\n"
            "  install the same convcost for all workers"
        )


@lru_cache(1)
def maker() -> Maker:
    """The convcost of this process."""
    from hashlib import sha256

    folder = Path(__file__).parents[1]
    digest = sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(f"{path.relative_to(folder).as_posix()}\0".encode())
        digest.update(path.read_bytes())
    version = import_module("convcost").__version__  # which imports this
    return Maker(version, digest.hexdigest(), gethostname())


def packed(job: Callable[[Any], Any]) -> bytes:
    """A job, to be sent to processes."""
    return pickle.dumps(job)


def answered(packed: bytes, item: Any, sources: str) -> Answer:
    """Work on an item of a pickled job; ``sources`` are those of the convcost that sent it."""
    own = maker()
    if sources != own.sources:  # its pickles may mean something else here
        return Answer(None, None, own)
    with _ONE_AT_A_TIME:
        try:
            return Answer(_unpacked(packed)(item), None, own)
        except ConvcostError as mistake:
            return Answer(None, mistake, own)


_ONE_AT_A_TIME = Lock()
"""A worker may have several threads, and what a job has learned so far is not a thread's own."""


@lru_cache(2)
def _unpacked(packed: bytes) -> Callable[[Any], Any]:
    """A job, which keeps what it learns from one item for the next."""
    return pickle.loads(packed)


def in_order(
    items: Iterable[Item],
    send: Callable[[Item], Sent],
    fetch: Callable[[Sent], Result],
    most: Callable[[], int],
) -> Iterator[Result]:
    """The results of items in their order, so many of which are sent ahead."""
    sent: deque[Sent] = deque()
    for item in items:
        sent.append(send(item))
        while len(sent) >= most():
            yield fetch(sent.popleft())
    while sent:
        yield fetch(sent.popleft())
