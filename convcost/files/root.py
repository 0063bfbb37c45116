"""How far the files that a file names may reach: includes and weights stay inside a root.

Whoever sends a spec decides what it includes, and what is wrong with that is printed into a log.
So what a spec names is opened only inside the root; what a person types on a command line is not
limited.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from convcost.errors import ConvcostError, printable

if TYPE_CHECKING:
    from collections.abc import Generator

CONFIG = "convcost.toml"
GIT = ".git"  # its configuration may hold credentials, so nothing in it is opened

_given: ContextVar[str | None] = ContextVar("root", default=None)


class Root(NamedTuple):
    """A folder, without links in its path, and its name in a sentence."""

    folder: str
    name: str

    def refusal(self, path: str | Path) -> str | None:
        """Why a path, of a file that may not exist, is not opened, as words after it: where it
        leads once its links are resolved. None where it stays inside."""
        try:
            real = os.path.realpath(path)
        except ValueError:  # no file has such a name: opening it says so
            return None
        if not _is_inside(real, self.folder):
            return f"leads outside of {self.name}"
        if GIT in map(str.casefold, os.path.relpath(real, self.folder).split(os.sep)):
            return f"leads into {GIT}, where git keeps what is its own"
        return None


def _is_inside(path: str, folder: str) -> bool:
    try:
        return os.path.commonpath((path, folder)) == folder
    except ValueError:  # on another drive
        return False


def root_of(folder: str | Path) -> Root:
    """The root of what is in a folder.

    That is the folder of ``--root``; else the top of its git work tree; else the closest folder
    with a ``convcost.toml``, going up; else the folder itself. No git is started.
    """
    given = _given.get()
    if given is not None:
        return Root(given, "the folder of --root")
    real = Path(os.path.realpath(folder))
    top = git_top(real)
    if top is not None:
        return Root(str(top), "its git repository")
    for above in (real, *real.parents):
        if (above / CONFIG).is_file():
            return Root(str(above), f"the folder of its {CONFIG}")
    return Root(str(real), "its folder")


def git_top(folder: Path) -> Path | None:
    """The top of the git work tree that a folder is in. A worktree and a submodule, where ``.git``
    is a file, have tops of their own."""
    return next((above for above in (folder, *folder.parents) if (above / GIT).exists()), None)


def give_root(folder: str | None) -> None:
    """Have files reach as far as a folder, and no further, from now on in this context.

    Raises:
        ConvcostError: there is no such folder.
    """
    if folder is not None and not os.path.isdir(folder):
        raise ConvcostError(f"--root: {printable(folder)} is not a folder")
    _given.set(None if folder is None else os.path.realpath(folder))


@contextmanager
def given_root(folder: str | None) -> Generator[None]:
    """Have files reach as far as a folder inside of this; None: as far as outside of it.

    Raises:
        ConvcostError: there is no such folder.
    """
    token = _given.set(_given.get())
    try:
        if folder is not None:
            give_root(folder)
        yield
    finally:
        _given.reset(token)
