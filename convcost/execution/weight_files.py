"""Weights in an ``.npz`` archive: what it holds is compared with a network before it is inflated,
and an array is read when its layer runs."""

from __future__ import annotations

import zipfile
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING

from convcost.errors import ConvcostError, printable, quoted, similar
from convcost.execution.array_files import Header, Wrong, header_of, numbers, refuse_lies
from convcost.files.listed import Listed, LongList
from convcost.files.opened import Unreadable, opened, system

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from convcost.executor.namespace import Array

ZIP = b"PK"
ENCRYPTED = 1
SUFFIX = ".npy"
MOST_LISTED = 512  # bytes of an entry of that list beside its name
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class WeightFile:
    """An archive whose arrays fit the weights of a network."""

    def __init__(
        self,
        archive: zipfile.ZipFile,
        path: str,
        wanted: Mapping[str, tuple[int, ...]],
        called: Mapping[str, str],
    ) -> None:
        self.archive = archive
        self.path = path
        self.entries: dict[str, tuple[zipfile.ZipInfo, Header]] = {}
        for entry in archive.infolist():
            name = entry.filename.removesuffix(SUFFIX)
            name = called.get(name, name)
            with _told(path, name if name in wanted else None):
                header = self._header(entry)
            self._refuse_misfit(name, header, wanted)
            self.entries[name] = entry, header

    def _header(self, entry: zipfile.ZipInfo) -> Header:
        if entry.flag_bits & ENCRYPTED:
            raise Wrong("it cannot be read: it is encrypted")
        if entry.compress_type not in METHODS:
            raise Wrong("it cannot be read: it is compressed in a way that NumPy does not use")
        with self.archive.open(entry) as file:
            header = header_of(file)
        refuse_lies(header, entry.file_size)
        return header

    def _refuse_misfit(
        self, name: str, header: Header, wanted: Mapping[str, tuple[int, ...]]
    ) -> None:
        path = printable(self.path)
        if name in self.entries:
            raise ConvcostError(f"{path}: it holds two arrays {quoted(name)}")
        if name not in wanted:
            help_ = similar(name, wanted, "weight") or (f"weights: {', '.join(wanted)}",)
            raise ConvcostError(f"{path}: the network has no weight {quoted(name)}\n  {help_[0]}")
        if header.shape != wanted[name]:
            raise ConvcostError(
                f"{path}: {name} is {list(header.shape)}, and {list(wanted[name])} is wanted"
            )

    def __contains__(self, name: str) -> bool:
        """Whether it has an array of the name of a weight."""
        return name in self.entries

    def array(self, name: str) -> Array:
        """One of its arrays, as float32.

        Raises:
            ConvcostError: it cannot be read.
        """
        entry, header = self.entries[name]
        with _told(self.path, name), self.archive.open(entry) as file:
            file.read(header.size)
            return numbers(file, header)  # at whose end the checksum is compared


@contextmanager
def weight_file(
    path: str, wanted: Mapping[str, tuple[int, ...]], called: Mapping[str, str] | None = None
) -> Generator[WeightFile]:
    """The arrays of an ``.npz`` file, as long as they may be read.

    Args:
        path: the file.
        wanted: the shapes of weights, by their names.
        called: the names of weights, by others that a file may have for them.

    Raises:
        ConvcostError: it cannot be read, or does not fit.
    """
    try:
        with opened(path) as file:
            with system():
                head = file.read(len(ZIP))
            if head != ZIP:
                raise Unreadable("this is not an .npz file")
            names = (*wanted, *(called or ()))
            listed = Listed(file, sum(MOST_LISTED + len(name.encode()) for name in names))
            with _told(path, None):
                archive = zipfile.ZipFile(listed)
            with archive:
                listed.most = None
                yield WeightFile(archive, path, wanted, called or {})
    except Unreadable as error:
        raise ConvcostError(f"{printable(path)}: {error}") from None


@contextmanager
def _told(path: str, name: str | None) -> Generator[None]:
    """Say in a sentence why an archive, or an array of it that the network has, cannot be read."""
    where = printable(path if name is None else f"{path}: {name}")
    try:
        yield
    except Wrong as error:
        raise ConvcostError(f"{where}: {error}") from None
    except zlib.error:
        raise ConvcostError(f"{where}: it cannot be read: its bytes are corrupted") from None
    except LongList:
        said = "it lists more than the network has weights"
        raise ConvcostError(f"{where}: it cannot be read: {said}") from None
    except (zipfile.BadZipFile, EOFError):
        raise ConvcostError(f"{where}: it cannot be read: it is not a whole archive") from None
    except OSError as error:
        raise ConvcostError(f"{where}: it cannot be read: {error.strerror or error}") from None
    except (ValueError, LookupError, RuntimeError, NotImplementedError, OverflowError):
        raise ConvcostError(f"{where}: it cannot be read: its list of contents is wrong") from None
