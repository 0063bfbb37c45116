"""The commits of a branch, one after the other, with what each changed: its first parents, so that
a merge is one step and not the steps of what was merged."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcost.gate.git import Repository

_START = "\x01"
_FORMAT = f"{_START}%H%x00%cs%x00%s"


class Commit(NamedTuple):
    """A commit: its full name, the day on which it was made, and the first line of its message.

    ``changed`` are the paths that differ from the commit before, as seen from the root, and
    ``renamed`` has the old path of each new one.
    """

    name: str
    date: str
    subject: str
    changed: frozenset[str]
    renamed: dict[str, str]


def first_parents(repository: Repository, since: str | None) -> list[Commit]:
    """The commits from one on to HEAD, the oldest first; all that there are unless one is given.

    Where the given one is on another branch, they begin where that and HEAD's parted.

    Raises:
        ConvcostError: there is no such commit.
    """
    revision = since and repository.revision(since)
    found = list(_log(repository, *([f"{revision}..HEAD"] if revision else ["HEAD"])))
    if revision:
        start = repository.commit(f"{found[0].name}^1" if found else "HEAD")
        before = _log(repository, "--max-count=1", start) if start else ()
        found = [*before, *found]
    return found


def _log(repository: Repository, *which: str) -> Iterator[Commit]:
    """Commits as ``git log`` has them, from the oldest on."""
    said = repository.said(
        *("log", "--first-parent", "-m", "--reverse", "--encoding=UTF-8"),
        *("--no-show-signature", "--no-ext-diff"),
        *("--find-renames", "--name-status", "-z", f"--format={_FORMAT}", *which, "--"),
    )
    words = iter(said.split("\0"))
    head = next(words)
    while head.startswith(_START):
        date, subject = next(words), next(words)
        changed: set[str] = set()
        renamed: dict[str, str] = {}
        name, head = head.removeprefix(_START), ""
        for word in words:
            status = word.removeprefix("\n")
            if status.startswith(_START):
                head = status
                break
            if not status:
                continue
            path = next(words)
            changed.add(path)
            if status[0] in "RC":
                old, path = path, next(words)
                changed.add(path)
                if status[0] == "R":
                    renamed[path] = old
        yield Commit(name, date, subject, frozenset(changed), renamed)
