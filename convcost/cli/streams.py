"""The standard streams of the process: whatever they are, the right exit code and the right stream.

Results that cannot be written end the command with a sentence; messages that cannot be written are
lost, and change nothing.
"""

from __future__ import annotations

import io
import os
import select
import signal
import sys
from typing import TYPE_CHECKING

from convcost.errors import ConvcostError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn, TextIO

# What an encoding lacks is escaped as in Python, which JSON and YAML read back.
UNENCODABLE = "backslashreplace"


def prepare() -> None:
    """Put streams in place that fail as documented; called once, before anything is written."""
    _fill_gaps()
    sys.stdout = _over(sys.stdout, _refuse)
    sys.stderr = _over(sys.stderr, _forget)


def _fill_gaps() -> None:
    """Give closed streams their numbers back: the next file to be opened would have them, and what
    native code says on standard error would be written into it."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            lowest = os.open(os.devnull, os.O_RDWR)
            os.set_inheritable(lowest, True)  # as standard streams are


def _refuse(error: OSError) -> NoReturn:
    """End where the reader of a result went away, as programs in a pipe do; else say why not."""
    if isinstance(error, BrokenPipeError) and hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGPIPE)
    reason = error.strerror or error
    raise ConvcostError(f"standard output: cannot be written: {reason}") from None


def _forget(error: OSError) -> None:
    """Lose a message: there is nowhere to say so."""


def _over(stream: TextIO | None, failed: Callable[[OSError], None]) -> TextIO:
    """A stream in the place of one of Python's, which is None where it was closed."""
    buffer = getattr(stream, "buffer", None)
    raw = getattr(buffer, "raw", buffer)  # without a buffer where Python runs unbuffered
    guarded = io.BufferedWriter(_Guarded(raw, failed))
    encoding = getattr(stream, "encoding", None) or "utf-8"
    # Where Python runs unbuffered, messages and results keep their order too.
    lines = getattr(stream, "line_buffering", True) or getattr(stream, "write_through", False)
    return io.TextIOWrapper(guarded, encoding, UNENCODABLE, line_buffering=lines)


class _Guarded(io.RawIOBase):
    """Bytes to another stream. At the first failure ``failed`` is told; what comes later is lost,
    so that Python, which flushes streams when it ends, does not fail once more."""

    def __init__(self, raw: Any, failed: Callable[[OSError], None]) -> None:
        self._raw, self._failed, self._lost = raw, failed, False

    def write(self, data: Any, /) -> int:
        """Write what can be written, and say that all was."""
        if self._lost:
            return len(data)
        try:
            if self._raw is None:
                raise OSError(None, "it is closed")
            while (written := self._raw.write(data)) is None:  # not now: it would have to wait
                select.select([], [self._raw], [])
            return written
        except OSError as error:
            self._lost = True
            self._failed(error)
        return len(data)

    def writable(self) -> bool:
        """So it is."""
        return True

    def isatty(self) -> bool:
        """Whether the other stream is a terminal."""
        return self._raw is not None and self._raw.isatty()

    def fileno(self) -> int:
        """The number of the other stream; OSError where it has none."""
        return super().fileno() if self._raw is None else self._raw.fileno()
