"""The bytes of a file, of which only those are read that are looked at."""

from __future__ import annotations

import mmap
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from convcost.errors import ConvcostError

if TYPE_CHECKING:
    from collections.abc import Generator


@contextmanager
def mapped(path: str) -> Generator[mmap.mmap]:
    """The bytes of a file.

    Raises:
        ConvcostError: it is no regular file, is empty or cannot be read; without its path.
    """
    try:
        status = Path(path).stat()
        if stat.S_ISDIR(status.st_mode):
            raise ConvcostError("this is a directory: name the file of a model in it")
        if not stat.S_ISREG(status.st_mode):  # opening a pipe could wait for ever
            raise ConvcostError("this is no regular file: save the model in one first")
        if not status.st_size:
            raise ConvcostError("the file is empty")
        with Path(path).open("rb") as file:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except FileNotFoundError:
        raise ConvcostError("there is no such file") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it has no such name or size"
        raise ConvcostError(f"it cannot be read: {reason}") from None
    with data:
        yield data
