"""Arrays in files, channels first: NumPy's ``.npy``, archives of them, and pictures.

A file says what it holds before it is read, and that is compared with what is wanted: so reading
takes the memory of what a network needs, whatever a file holds or claims to.
"""

from __future__ import annotations

import io
import os
import warnings
from math import prod
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, cast

import numpy as np

from convcost.errors import ConvcostError, printable
from convcost.execution.pictures import encoded_picture, read_picture
from convcost.files.opened import Unreadable, opened, system

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from convcost.executor.namespace import Array

NPY = b"\x93NUMPY"
LONGEST_HEADER = 1 << 14
PART = 1 << 18  # numbers that are read at a time


class Reading(Protocol):
    """Bytes in order."""

    def read(self, size: int = -1, /) -> bytes:
        """The next ones, up to so many."""
        ...


class Wrong(ConvcostError):  # noqa: N818 - it names what is so
    """An array cannot be read: the reason, as words after its name."""


class Header(NamedTuple):
    """The beginning of an array: its shape, the type and order of its numbers, and how many bytes
    say so."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    by_columns: bool
    size: int

    @property
    def whole(self) -> int:
        """The bytes of the whole array."""
        return self.size + prod(self.shape) * self.dtype.itemsize


def header_of(file: Reading) -> Header:
    """The header of an array of real numbers.

    Raises:
        Wrong: it is none, with the reason.
    """
    start = io.BytesIO(file.read(LONGEST_HEADER))
    by_version: dict[object, Any] = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            read = by_version[np.lib.format.read_magic(start)]
            shape, by_columns, dtype = read(start)
    except Exception:  # whatever its parser stumbles over
        raise Wrong("it cannot be read: it holds no arrays of numbers") from None
    if dtype.kind not in "biuf":
        raise Wrong("this is not an array of real numbers")
    if any(size < 0 for size in shape) or len(shape) > 32:
        raise Wrong("it cannot be read: it has no shape")
    return Header(tuple(map(int, shape)), dtype, by_columns, start.tell())


def refuse_lies(header: Header, size: int) -> None:
    """Raise Wrong where a header is of an array of another size in bytes."""
    if header.whole != size:
        raise Wrong(
            f"it cannot be read: an array of {list(header.shape)} takes {header.whole:,} bytes, "
            f"and it has {size:,}"
        )


def numbers(file: Reading, header: Header) -> Array:
    """The numbers that follow a header, as float32.

    Raises:
        Wrong: there are fewer.
    """
    flat = np.empty(prod(header.shape), np.float32)
    at = 0
    while at < len(flat):
        part = file.read(min(PART, len(flat) - at) * header.dtype.itemsize)
        count = len(part) // header.dtype.itemsize
        if not count:
            raise Wrong("it cannot be read: it is truncated")
        whole = memoryview(part)[: count * header.dtype.itemsize]
        with np.errstate(all="ignore"):
            flat[at : at + count] = np.frombuffer(whole, header.dtype)
        at += count
    return flat.reshape(header.shape[::-1]).T if header.by_columns else flat.reshape(header.shape)


class ArrayFile(NamedTuple):
    """A file that holds an array: its shape, and what reads it as float32."""

    shape: tuple[int, ...]
    read: Callable[[], Array]


def array_file(path: str, channels: int | None = None, pixels: int = 0) -> ArrayFile:
    """The array of an ``.npy`` file or a picture, whose values are from 0 to 1.

    Args:
        path: the file.
        channels: of which a picture shall have this many, 1 (grey) or 3 (RGB).
        pixels: of the network's own input; a picture may have more.

    Raises:
        ConvcostError: the file cannot be read or holds no such array.
    """
    if PurePath(path).suffix.lower() != ".npy":
        picture = read_picture(path, channels, pixels)
        return ArrayFile(picture.shape, lambda: picture)
    shape = _read(path, None).shape
    return ArrayFile(shape, lambda: _read(path, shape))


def _read(path: str, shape: tuple[int, ...] | None) -> Array:
    """The array of an ``.npy`` file; where no shape is given, an empty one of its shape."""
    try:
        with opened(path) as file, system():
            header = header_of(file)
            refuse_lies(header, os.fstat(file.fileno()).st_size)
            if 0 in header.shape:
                raise Wrong(f"its shape is {list(header.shape)}, so it holds no number")
            if shape is None:
                return np.broadcast_to(np.float32(0), header.shape)
            if header.shape != shape:
                raise Wrong("it has changed since its shape was read")
            file.seek(header.size)
            return numbers(file, header)
    except (Unreadable, Wrong) as error:
        raise ConvcostError(f"{printable(path)}: {error}") from None


def encoded(arrays: Mapping[str, Array], path: str) -> bytes:
    """The content of a file with arrays, in the format that its name says.

    Args:
        arrays: by name; an ``.npz`` file takes any number, the others one.
        path: ends in ``.npz``, ``.npy`` or as pictures do; a picture's values are cut to 0 to 1.

    Raises:
        ConvcostError: the format cannot hold them.
    """
    suffix = PurePath(path).suffix.lower()
    out = io.BytesIO()
    if suffix == ".npz":
        np.savez(out, **cast("Any", arrays))
        return out.getvalue()
    if len(arrays) > 1:
        raise ConvcostError(
            f"{printable(path)}: the network has {len(arrays)} outputs: write an .npz file"
        )
    array = next(iter(arrays.values()))
    if suffix != ".npy":
        return encoded_picture(array, path)
    np.save(out, array)
    return out.getvalue()


def mean(array: Array) -> float:
    """The mean of an array: NaN, without a warning, where it holds both infinities."""
    with np.errstate(invalid="ignore", over="ignore"):
        return float(array.mean())
