"""Files written: whole or not at all. All that the package writes goes through here."""

from __future__ import annotations

import os
import stat
import sys
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, BinaryIO, cast

from convcost.errors import ConvcostError, printable
from convcost.files.command import refuse_input, refuse_written, wrote
from convcost.files.stopping import undone

if TYPE_CHECKING:
    from collections.abc import Generator


@contextmanager
def writing(where: str) -> Generator[None]:
    """Say in a sentence where something cannot be written."""
    try:
        yield
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or error
        raise ConvcostError(f"{printable(where)}: cannot be written: {said}") from None


def save(data: bytes, path: str) -> None:
    """Write a file: whole or not at all.

    A file that is replaced keeps its permissions, and a link stays one. Pipes and devices, standard
    output among them, are written as they are.

    Raises:
        ConvcostError: it cannot be written, or is an input or another output of the command.
    """
    refuse_input(path)
    replace(data, path)


def replace(data: bytes, path: str) -> None:
    """As :func:`save`, of an input that is to be changed."""
    with replacing(path) as file:
        file.write(data)


@contextmanager
def saving(path: str) -> Generator[BinaryIO]:
    """As :func:`save`, of what is written piece by piece."""
    refuse_input(path)
    with replacing(path) as file:
        yield file


@contextmanager
def replacing(path: str) -> Generator[BinaryIO]:
    """As :func:`replace`, of what is written piece by piece."""
    refuse_written(path)
    with writing(path):
        status = _status(path)
        if status is not None and (stream := _stream(status)) is not None:
            with open(stream, "wb", closefd=False) as file:  # where it is: its file may hold more
                yield file
        elif status is not None and not stat.S_ISREG(status.st_mode):
            with open(path, "wb") as file:
                yield file
        else:
            with _beside(os.path.realpath(path), status) as file:
                yield file
    wrote(path)


def keep(data: bytes, path: str) -> None:
    """Write a file that the command keeps for itself, as often as it likes: whole or not at all."""
    refuse_input(path)
    with writing(path), _beside(os.path.realpath(path), _status(path)) as file:
        file.write(data)


def growing(path: str | None) -> BinaryIO:
    """Open a file of the command's own that grows, and is read again: a new one unless it is there;
    without a path one that ends with the command."""
    from tempfile import TemporaryFile

    if path is None:
        with writing("a temporary file"):
            return cast("BinaryIO", TemporaryFile())
    refuse_input(path)
    with writing(path):
        return open(path, "r+b" if os.path.lexists(path) else "w+b")


def own_folder() -> str:
    """A new folder for a file that nobody has named, which only this user can look into.

    Raises:
        ConvcostError: there is no place for one.
    """
    from tempfile import mkdtemp

    with writing("a folder for temporary files"):
        return mkdtemp(prefix="convcost-")


def append(data: bytes, path: str) -> None:
    """Add to a file that others write to as well."""
    refuse_input(path)
    with writing(path), open(path, "ab") as file:
        file.write(data)


@contextmanager
def _beside(target: str, status: os.stat_result | None) -> Generator[BinaryIO]:
    """A file beside the target, which is put in its place once it is written."""
    from tempfile import NamedTemporaryFile

    mode = _usual_mode() if status is None else stat.S_IMODE(status.st_mode)
    folder = os.path.dirname(target)
    with (
        NamedTemporaryFile(dir=folder, prefix=".convcost.", delete=False) as file,
        undone(partial(_unlink, file.name)),
    ):
        yield cast("BinaryIO", file)
        file.flush()
        os.chmod(file.name, mode)
        os.replace(file.name, target)


def _unlink(path: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(path)


def _usual_mode() -> int:
    """The permissions that a new file gets."""
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _status(path: str) -> os.stat_result | None:
    """The status of a file; None where it is new."""
    try:
        return os.stat(path)
    except FileNotFoundError:
        return None


def _stream(status: os.stat_result) -> int | None:
    """Standard output or error, where a file is what they go to."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if os.path.samestat(os.fstat(stream.fileno()), status):
                stream.flush()
                return stream.fileno()
        except (AttributeError, OSError, ValueError):  # closed, or of no file
            continue
    return None


def remove(path: str) -> None:
    """Remove a file of the command's own, if it is there."""
    with writing(path):
        _unlink(path)
