"""Archives whose list of contents is bounded: the zip module reads it whole, however long it is."""

from __future__ import annotations

import io
import zipfile
from typing import IO

MOST_ENDING = 1 << 17  # bytes behind the list: a comment, and where the list is


class LongList(zipfile.BadZipFile):
    """An archive lists more than anyone has use for."""


class Listed(io.RawIOBase):
    """A file of which no longer list of contents is read than is allowed.

    ``most`` is set to None once the list is read: the zip module reads what is in members by small
    parts.
    """

    def __init__(self, file: IO[bytes], most: int) -> None:
        self.file = file
        self.most: int | None = most + MOST_ENDING

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes.

        Raises:
            LongList: they are too many.
        """
        wanted = size
        if size < 0:
            at = self.file.tell()
            wanted = self.file.seek(0, io.SEEK_END) - at
            self.file.seek(at)
        if self.most is not None and wanted > self.most:
            raise LongList
        return self.file.read(size)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a place."""
        return self.file.seek(offset, whence)

    def tell(self) -> int:
        """The place."""
        return self.file.tell()

    def seekable(self) -> bool:
        """It is."""
        return True
