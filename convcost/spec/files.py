"""The files that a spec is made of, as bytes."""

from __future__ import annotations

import os.path
import sys
from functools import cached_property
from pathlib import PurePath
from typing import TYPE_CHECKING

from convcost.errors import Problem, SpecError, closest, printable, quoted
from convcost.files import known
from convcost.files.command import noted
from convcost.files.opened import IsDirectory, Unreadable, content
from convcost.files.root import Root, root_of
from convcost.spec.nodes import LARGEST_FILE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from convcost.spec.nodes import Scalar
    from convcost.spec.reader import Reader

STDIN = "-"


class Files:
    """Reads files of this machine, each once, by their paths as seen from where the command runs.

    What a spec names is read inside its root alone. Another function in the place of this one, for
    files of a revision or of a test, looks after that itself.
    """

    def __init__(self, instead: Mapping[str, bytes] | None = None) -> None:
        self.read: dict[str, bytes] = dict(instead or {})
        """The bytes of each path that was asked for."""

    def __call__(self, path: str) -> bytes:
        """The bytes of a file, or of standard input for ``-``.

        Raises:
            SpecError: it cannot be read.
        """
        if path not in self.read:
            self.read[path] = _bytes(path)
        return self.read[path]

    def spec(self, path: str) -> bytes:
        """The bytes of a spec that a person names: a file, or one that comes with convcost.

        Raises:
            SpecError: it cannot be read.
        """
        shipped = known.path_of(path) if known.is_known(path) else None
        if shipped is not None and path not in self.read:
            self.read[path] = content(shipped, LARGEST_FILE)
        try:
            return self(path)
        except SpecError as error:
            raise SpecError(
                [p._replace(notes=_known_alike(path)) for p in error.problems]
            ) from None


def noting(read: Callable[[str], bytes], noted: dict[str, bytes]) -> Callable[[str], bytes]:
    """A reader as another one, which notes the bytes of each path."""

    def reading(path: str) -> bytes:
        noted[path] = read(path)
        return noted[path]

    return reading


def held(files: Mapping[str, bytes]) -> Callable[[str], bytes]:
    """A reader of files that were read before, on another machine perhaps, and of no others."""

    def read(path: str) -> bytes:
        if path not in files:
            raise SpecError([Problem(f"{printable(path)}: there is no such file")])
        return files[path]

    return read


class Named:
    """The files that a spec names, by paths as seen from the file that names them."""

    def __init__(self, spec: str, read: Callable[[str], bytes]) -> None:
        self.spec = spec
        self.read = read

    @cached_property
    def _root(self) -> Root | None:
        """The folder that they stay in; None where others look after that."""
        return root_of(os.path.dirname(self.spec) or ".") if isinstance(self.read, Files) else None

    def path(self, reader: Reader, node: Scalar, beside: str) -> str | None:
        """The path of a file, or None with a complaint.

        Args:
            reader: told of what is wrong.
            node: the path as it is written.
            beside: the file that it is written in.
        """
        if PurePath(node.text).is_absolute():
            notes = ("it is written as seen from this file, so that it holds on every machine",)
            reader.complain(f"{quoted(node.text)} is an absolute path", node, *notes)
            return None
        path = os.path.normpath(PurePath(beside).parent / node.text)
        refusal = self._root and self._root.refusal(path)
        if refusal:
            note = "`--root DIR` lets files be anywhere in DIR"
            reader.complain(f"{quoted(node.text)} {refusal}", node, note)
            return None
        if self._root:
            noted(path)
        return path


def _is_missing(path: str) -> bool:
    """Whether a path could be that of a file, and there is none."""
    try:
        os.lstat(path)
    except FileNotFoundError:
        return True
    except (OSError, ValueError):
        return False
    return False


def _known_alike(path: str) -> tuple[str, ...]:
    """A note that names the spec of convcost that may be meant, or for a bare name the command
    that lists all."""
    if not _is_missing(path):
        return ()
    stem = PurePath(path).name.removesuffix(known.SUFFIX)
    name = stem if known.path_of(stem) else None
    if name is None and not PurePath(path).suffix:
        name = closest(path, known.names())
    if name:
        return (f"`{name}` comes with convcost: `convcost specs` lists all that do",)
    note = "`convcost specs` lists the networks that come with convcost"
    return (note,) if path.isidentifier() else ()


def _bytes(path: str) -> bytes:
    try:
        if path == STDIN:
            return _standard_input()
        return content(path, LARGEST_FILE)
    except Unreadable as error:
        said = f"{error}, and a spec is a file" if isinstance(error, IsDirectory) else error
        raise SpecError([Problem(f"{printable(path)}: {said}")]) from None


def _standard_input() -> bytes:
    reason = "it is closed"
    if sys.stdin is not None:  # as it is after `<&-`
        noted("<stdin>", _descriptor())
        try:
            return sys.stdin.buffer.read(LARGEST_FILE + 1)
        except OSError as error:
            reason = error.strerror or str(error)
    raise SpecError([Problem(f"standard input: cannot be read: {reason}")])


def _descriptor() -> int | None:
    try:
        return sys.stdin.fileno()
    except (OSError, ValueError):  # a test's
        return None
