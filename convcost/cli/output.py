"""Where results and messages go."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from convcost.cli.streams import UNENCODABLE
from convcost.errors import inert, printable
from convcost.files import written
from convcost.files.stopping import when_stopped

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable
    from contextlib import AbstractContextManager

    from convcost.render.report import Medium, Report

WIDEST_PROGRESS = 200
"""Columns of a bar: rich fills as many as it is told there are, be they a thousand million."""


MOST_HELD = 2**20
"""Characters of a result that are held, so that a mistake in them leaves nothing of it behind."""


def warn(message: str) -> None:
    """A message that is not part of the result."""
    print(f"warning: {inert(printable(message))}", file=sys.stderr)


def error(message: str) -> None:
    """Why a result is missing, in as many lines as that takes."""
    print(inert(message), file=sys.stderr)


def note(message: str) -> None:
    """A note on something that was done besides."""
    print(inert(printable(message)), file=sys.stderr)


def write(text: str, path: str | None) -> None:
    """Print a result, or write it to a file: whole or not at all."""
    write_pieces([text], path)


def write_pieces(pieces: Iterable[str], path: str | None) -> None:
    """As :func:`write`, piece by piece."""
    if path is not None:
        with written.saving(path) as file:
            for piece in pieces:
                file.write(piece.encode(errors=UNENCODABLE))
        return
    held: list[str] = []
    for piece in pieces:
        held.append(piece)
        if sum(map(len, held)) > MOST_HELD:
            sys.stdout.write("".join(held))
            held.clear()
    sys.stdout.write("".join(held))
    sys.stdout.flush()  # a full disk shows here, not on exit


def write_file(data: bytes, path: str) -> None:
    """Write a result that is not text to a file: whole or not at all."""
    written.save(data, path)


def saving(path: str) -> AbstractContextManager[BinaryIO]:
    """As :func:`write_file`, of what is written piece by piece."""
    return written.saving(path)


def append(found: Report, format_: str, path: str) -> None:
    """Add a report to a file that others write to as well."""
    from convcost.render.formats import write as in_format

    written.append(in_format(found, format_, medium(path)).encode(errors=UNENCODABLE), path)


def report(found: Report, format_: str, path: str | None, *, plain: bool = False) -> None:
    """Print a report, or write it to a file.

    Args:
        found: the report.
        format_: the name of one of its formats.
        path: the file; None for standard output, which is fitted and coloured on a terminal.
        plain: whether to draw without blocks.
    """
    from convcost.render.formats import pieces

    write_pieces(pieces(found, format_, medium(path, plain=plain)), path)


def medium(path: str | None, *, plain: bool = False) -> Medium:
    """Where a file, or standard output, is read; without blocks where ``plain``."""
    from convcost.render.parts.bar import NEEDED
    from convcost.render.parts.plot_chars import ASCII, BLOCKS
    from convcost.render.report import Medium

    width: int | None = None
    height: int | None = None
    terminal = path is None and sys.stdout.isatty()
    if terminal:
        from shutil import get_terminal_size

        width, height = get_terminal_size()  # obeys COLUMNS and LINES
    forced = path is None and bool(os.environ.get("FORCE_COLOR"))
    dumb = os.environ.get("TERM") in ("dumb", "unknown")
    styled = (terminal or forced) and not (dumb or os.environ.get("NO_COLOR"))
    blocks = not plain and _may_hold(NEEDED + "".join(BLOCKS), path)
    chars = BLOCKS if blocks else ASCII
    return Medium(width, _painted if styled else None, chars=chars, height=height)


def _painted(text: str, style: str) -> str:
    from rich.style import Style  # without rich's console, which takes 20 ms of start-up

    return Style.parse(style).render(text)


def _may_hold(text: str, path: str | None) -> bool:
    encoding = "utf-8" if path is not None else getattr(sys.stdout, "encoding", None)
    try:
        text.encode(encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True


def _show_cursor() -> None:
    """Leave the line of a bar, which has hidden the cursor."""
    os.write(sys.stderr.fileno(), b"\x1b[?25h\r\n")


@contextmanager
def progress(what: str) -> Generator[Callable[[int, int], None]]:
    """A bar for long work, on a terminal only. Call the result with what is done, of how much."""
    if not sys.stderr.isatty():
        yield lambda _done, _of: None
        return
    from shutil import get_terminal_size

    from rich.console import Console
    from rich.progress import Progress

    width = min(get_terminal_size().columns, WIDEST_PROGRESS)
    bar = Progress(console=Console(stderr=True, width=width), transient=True)
    with when_stopped(_show_cursor), bar:
        task = bar.add_task(what, total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)
