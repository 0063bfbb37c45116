"""A command line run inside this process, with streams of its own."""

from __future__ import annotations

import io
import os
import signal
import sys
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from convcost.cli import app

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from fuzz.case import Line


class Ran(NamedTuple):
    """The exit code and output of a command; ``escaped`` names an exception that reached its
    caller."""

    code: int
    out: bytes
    err: bytes
    escaped: str = ""

    @property
    def said(self) -> str:
        """Standard error as text."""
        return self.err.decode("utf-8", "replace")


def run(line: Line, folder: Path, *, debug: bool = False) -> Ran:
    """Run ``convcost`` with these arguments in a folder; warnings are errors.

    What ends a case from outside, such as its allowance, is not caught.
    """
    out, err = _stream(), _stream()
    escaped, code = "", 0
    with _inside(folder, line, debug, out, err):
        try:
            app.main()
        except SystemExit as stopped:
            code = stopped.code if isinstance(stopped.code, int) else 1 if stopped.code else 0
        except Exception as error:
            code, escaped = 1, f"{type(error).__name__}: {error}"
    out.flush()
    err.flush()
    return Ran(code, out.buffer.getvalue(), err.buffer.getvalue(), escaped)


class _Stream(io.TextIOWrapper):
    """Text into memory."""

    buffer: io.BytesIO  # pyright: ignore[reportIncompatibleMethodOverride]


def _stream() -> _Stream:
    return _Stream(io.BytesIO(), encoding="utf-8", newline="")


@contextmanager
def _inside(folder: Path, line: Line, debug: bool, out: _Stream, err: _Stream) -> Generator[None]:
    """The process as a command finds it, and as it was afterwards."""
    before = os.getcwd(), sys.argv, sys.stdin, sys.stdout, sys.stderr
    pipe = signal.getsignal(signal.SIGPIPE)
    os.chdir(folder)
    sys.argv = ["convcost", *(["--debug"] if debug else []), *line]
    sys.stdin = io.TextIOWrapper(io.BytesIO())
    sys.stdout, sys.stderr = out, err
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            yield
    finally:
        os.chdir(before[0])
        sys.argv, sys.stdin, sys.stdout, sys.stderr = before[1:]
        signal.signal(signal.SIGPIPE, pipe)
