"""Files opened for reading: regular ones, which end."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from convcost.errors import ConvcostError
from convcost.files.command import noted

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

OPEN_ALREADY = ("/dev/stdin", "/dev/fd/", "/proc/self/fd/")
"""Names of what a shell has opened, such as ``<(command)``."""

FLAGS = os.O_RDONLY | sum(
    getattr(os, name, 0) for name in ("O_BINARY", "O_CLOEXEC", "O_NONBLOCK", "O_NOCTTY")
)
"""A pipe that nobody writes to is opened at once; some systems lack some of them."""


class Unreadable(ConvcostError):  # noqa: N818 - it names what is so
    """A file cannot be read: the reason, as words after its name."""


class IsDirectory(Unreadable):
    """It is a directory."""


class NotRegular(Unreadable):
    """It is a pipe, a device or the like."""


@contextmanager
def opened(path: str | Path) -> Generator[BinaryIO]:
    """A regular file, which is noted as an input of the command.

    Pipes and devices are refused, unless they are named as what a shell has opened: opening a pipe
    waits for a writer, and reading a device may never end.

    Raises:
        Unreadable: with the reason.
    """
    with _file(path) as file:
        noted(path, file.fileno())
        yield file


def content(path: str | Path, most: int, *, input_: bool = True) -> bytes:
    """The first bytes of a file, one more than ``most`` where it has more.

    Args:
        path: the file.
        most: how many.
        input_: whether it is an input of the command, which no output replaces.

    Raises:
        Unreadable: with the reason.
    """
    with opened(path) if input_ else _file(path) as file, system():
        return file.read(most + 1)


@contextmanager
def _file(path: str | Path) -> Generator[BinaryIO]:
    with system():
        number = os.open(path, FLAGS)
    try:
        _refuse_endless(path, number)
        file = os.fdopen(number, "rb")
    except BaseException:
        os.close(number)
        raise
    with file:
        yield file


def _refuse_endless(path: str | Path, number: int) -> None:
    """Raise Unreadable where an open file is not a regular one."""
    mode = os.fstat(number).st_mode
    if stat.S_ISDIR(mode):
        raise IsDirectory("this is a directory")
    if not stat.S_ISREG(mode):
        if not str(path).startswith(OPEN_ALREADY):
            raise NotRegular("this is not a regular file")
        os.set_blocking(number, True)


@contextmanager
def system() -> Generator[None]:
    """Say in words why the system does not open or read a file.

    Raises:
        Unreadable: with the reason.
    """
    try:
        yield
    except FileNotFoundError:
        raise Unreadable("there is no such file") from None
    except IsADirectoryError:
        raise IsDirectory("this is a directory") from None
    except OSError as error:
        raise Unreadable(f"it cannot be read: {error.strerror or error}") from None
    except ValueError:
        raise Unreadable("it cannot be read: no file has such a name") from None
