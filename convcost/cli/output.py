"""Where results and messages go."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from convcost.errors import ConvcostError, inert, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from pathlib import Path

    from convcost.render.plot_chars import Glyphs
    from convcost.render.table import Line

# What an encoding lacks is escaped as in Python, which JSON and YAML read back.
UNENCODABLE = "backslashreplace"


def warn(message: str) -> None:
    """A message that is not part of the result."""
    print(f"warning: {inert(printable(message))}", file=sys.stderr)


def note(message: str) -> None:
    """What was done besides, for a person to know."""
    print(inert(printable(message)), file=sys.stderr)


def write(text: str, path: str | None) -> None:
    """Print a result, or write it to a file: whole or not at all."""
    if path is not None:
        save(text.encode(errors=UNENCODABLE), path)
        return
    with _writing("standard output"):
        _print(text)


def save(data: bytes, path: str) -> None:
    """Write a file: whole or not at all."""
    with _writing(printable(path)):
        _save(data, path)


def append(text: str, path: str) -> None:
    """Add to a file that others write to as well."""
    from pathlib import Path

    with _writing(printable(path)), Path(path).open("ab") as file:
        file.write(text.encode(errors=UNENCODABLE))


@contextmanager
def _writing(where: str) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise ConvcostError(f"{where}: cannot be written: {error.strerror or error}") from None


def _print(text: str) -> None:
    if sys.stdout is None:  # closed by `>&-`
        raise ConvcostError("standard output: cannot be written: it is closed")
    if reconfigure := getattr(sys.stdout, "reconfigure", None):
        reconfigure(errors=UNENCODABLE)
    try:
        sys.stdout.write(text)
        sys.stdout.flush()  # a full disk shows here, not on exit
    except OSError:
        # What the buffer still holds goes nowhere: Python would fail once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise


def _save(data: bytes, path: str) -> None:
    import tempfile
    from pathlib import Path

    target = Path(path)
    if target.exists() and not target.is_file():  # a device or a pipe is written as it is
        target.write_bytes(data)
        return
    target = target.resolve()  # a link stays a link
    with tempfile.NamedTemporaryFile(
        dir=target.parent, prefix=f".{target.name}.", delete=False
    ) as file:
        part = Path(file.name)
        try:
            file.write(data)
            file.flush()
            part.chmod(_mode(target))
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)


def _mode(target: Path) -> int:
    """The permissions of a file, or those that a new one gets."""
    try:
        return target.stat().st_mode & 0o7777
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask


def show(render: Callable[[int | None], Sequence[Line]], path: str | None) -> None:
    """Print lines: fitted and coloured on a terminal, plain and whole anywhere else."""
    terminal = path is None and sys.stdout is not None and sys.stdout.isatty()
    width: int | None = None
    if terminal:
        from shutil import get_terminal_size

        width = get_terminal_size().columns  # obeys COLUMNS
    lines = render(width)
    forced = path is None and bool(os.environ.get("FORCE_COLOR"))
    dumb = os.environ.get("TERM") in ("dumb", "unknown")
    if dumb or os.environ.get("NO_COLOR") or not (terminal or forced):
        write("".join(f"{line.text}\n" for line in lines), path)
        return
    from rich.style import Style  # without rich's console, which takes 20 ms of start-up

    write("".join(f"{Style.parse(line.style).render(line.text)}\n" for line in lines), path)


def has_blocks(path: str | None) -> bool:
    """Whether what is written there may hold the blocks that bars are made of."""
    from convcost.render.bar import NEEDED

    return _may_hold(NEEDED, path)


def glyphs(path: str | None, *, plain: bool) -> Glyphs:
    """What to plot with where something is written: blocks, or ASCII where it may hold no blocks,
    or where ``plain`` is asked for."""
    from convcost.render.plot_chars import ASCII, BLOCKS

    return ASCII if plain or not _may_hold("".join(BLOCKS), path) else BLOCKS


def _may_hold(text: str, path: str | None) -> bool:
    try:
        text.encode("utf-8" if path is not None else sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True


@contextmanager
def progress(what: str) -> Generator[Callable[[int, int], None]]:
    """A bar for long work, on a terminal only. Call the result with what is done, of how much."""
    if not sys.stderr.isatty():
        yield lambda _done, _of: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)
