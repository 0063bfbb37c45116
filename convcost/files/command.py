"""The files that one command reads and writes: no output replaces an input, or another output."""

from __future__ import annotations

import os
import stat
import sys
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from convcost.errors import ConvcostError, printable
from convcost.files.root import given_root

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    Identity = tuple[int, int] | str


class Overwritten(ConvcostError):  # noqa: N818 - it names what is so
    """An output would replace an input, or another output."""


class _Command:
    """The inputs and outputs so far, each under what identifies a file whatever its name."""

    def __init__(self) -> None:
        self.inputs: dict[Identity, str] = {}
        self.wanted: dict[Identity, str] = {}
        self.written: set[Identity] = set()


_current: ContextVar[_Command | None] = ContextVar("command", default=None)


@contextmanager
def command() -> Generator[None]:
    """One command: its files are remembered as long as it runs, and so is ``--root``."""
    token = _current.set(_Command())
    try:
        with given_root(None):
            yield
    finally:
        _current.reset(token)


def noted(path: str | Path, file: int | None = None) -> None:
    """Remember an input, by its path or its open file.

    Raises:
        Overwritten: an output is to replace it.
    """
    now, same = _current.get(), _identity(path if file is None else file)
    if now is not None and same is not None:
        now.inputs[same] = str(path)
        if same in now.wanted:
            raise _is_input(now.wanted[same], str(path))


def inputs_read() -> set[str]:
    """The paths of the files that this command has read so far."""
    now = _current.get()
    return set() if now is None else {*now.inputs.values()}


def intended(path: str | None) -> None:
    """Announce an output before anything is done for it; None: standard output.

    Raises:
        Overwritten: an input or another output is the same file.
    """
    now, same = _current.get(), _output(path)
    if now is None or same is None:
        return
    if same in now.inputs:
        raise _is_input(path or "standard output", now.inputs[same])
    if same in now.wanted:
        raise _is_output(path or now.wanted[same])
    now.wanted[same] = path or "standard output"


def refuse_input(path: str | Path) -> None:
    """Raise Overwritten where writing a file would replace an input."""
    now, same = _current.get(), _identity(path)
    if now is not None and same in now.inputs:
        raise _is_input(str(path), now.inputs[same])


def refuse_written(path: str | Path) -> None:
    """Raise Overwritten where writing a file would replace another output."""
    now, same = _current.get(), _identity(path)
    if now is not None and same in now.written:
        raise _is_output(str(path))


def wrote(path: str | Path) -> None:
    """Remember an output."""
    now, same = _current.get(), _identity(path)
    if now is not None and same is not None:
        now.written.add(same)


def _is_input(path: str, known: str) -> Overwritten:
    other = "" if path == known else f" as {printable(known)}"
    return Overwritten(
        f"{printable(path)}: this command reads it{other}, so it is not written over: name another "
        "file"
    )


def _is_output(path: str) -> Overwritten:
    return Overwritten(
        f"{printable(path)}: two outputs would be written to it: give each a file of its own"
    )


def _identity(path: str | Path | int) -> Identity | None:
    """The identity of a regular file; None where there is none."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    return (status.st_dev, status.st_ino) if stat.S_ISREG(status.st_mode) else None


def _output(path: str | None) -> Identity | None:
    """The identity of an output, of a new file too; None where any number may share it."""
    try:
        status = os.stat(sys.stdout.fileno() if path is None else path)
        null = os.path.samestat(status, os.stat(os.devnull))
    except FileNotFoundError:
        return path and _whole(path)
    except (AttributeError, OSError, ValueError):  # writing it says so
        return None
    return None if null else (status.st_dev, status.st_ino)


def _whole(path: str) -> str:
    """The whole path of a new file; where the working folder is gone, what is left of it."""
    try:
        return os.path.normcase(os.path.realpath(path))
    except FileNotFoundError:
        return path
