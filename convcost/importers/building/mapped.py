"""The bytes of a file, of which only those are read that are looked at."""

from __future__ import annotations

import mmap
from contextlib import contextmanager
from os import SEEK_END
from typing import TYPE_CHECKING

from convcost.errors import ConvcostError
from convcost.files.opened import IsDirectory, NotRegular, opened, system

if TYPE_CHECKING:
    from collections.abc import Generator


@contextmanager
def mapped(path: str) -> Generator[mmap.mmap]:
    """The bytes of a file.

    Raises:
        ConvcostError: it is not a regular file, is empty or cannot be read; without its path.
    """
    try:
        with opened(path) as file:
            if not file.seekable():
                raise NotRegular
            if not file.seek(0, SEEK_END):
                raise ConvcostError("the file is empty")
            with system():
                data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except IsDirectory:
        raise ConvcostError("this is a directory: name the file of a model in it") from None
    except NotRegular:
        raise ConvcostError("this is not a regular file: save the model in one first") from None
    with data:
        yield data
