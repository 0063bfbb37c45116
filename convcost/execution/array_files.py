"""Arrays in files: NumPy's formats and pictures, channels first, values of pictures from 0 to 1."""

from __future__ import annotations

import io
import warnings
import zipfile
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from convcost.errors import ConvcostError, printable

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from convcost.executor.namespace import Array

DEEP = {"I;16": 65535, "I;16B": 65535, "I": 65535, "F": 1}
"""Pillow's modes of more than 8 bits, and their white."""


def load_array(path: str, channels: int | None = None) -> Array:
    """An array of float32 from an ``.npy`` file or a picture.

    Args:
        path: the file.
        channels: of which a picture shall have this many, 1 (grey) or 3 (RGB).

    Raises:
        ConvcostError: the file cannot be read or holds no such array.
    """
    if PurePath(path).suffix.lower() == ".npy":
        with _loaded(path) as array:
            return _numbers(array, path)
    return _picture(path, channels)


def load_arrays(path: str) -> dict[str, Array]:
    """The arrays of float32 of an ``.npz`` file, by name; ConvcostError where it cannot be read."""
    with _loaded(path) as archive:
        if not isinstance(archive, np.lib.npyio.NpzFile):
            raise ConvcostError(f"{printable(path)}: this is not an .npz file")
        return {name: _numbers(archive[name], f"{path}: {name}") for name in archive.files}


@contextmanager
def _loaded(path: str) -> Generator[Any]:
    try:
        with Path(path).open("rb") as file:
            yield np.load(file)
    except FileNotFoundError:
        raise ConvcostError(f"{printable(path)}: there is no such file") from None
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        reason = getattr(error, "strerror", None) or "it holds no arrays of numbers"
        raise ConvcostError(f"{printable(path)}: it cannot be read: {reason}") from None


def _numbers(array: Any, what: str) -> Array:
    if getattr(array, "dtype", np.dtype(object)).kind not in "biuf":
        raise ConvcostError(f"{printable(what)}: this is not an array of real numbers")
    return array.astype(np.float32)


def _picture(path: str, channels: int | None) -> Array:
    """``[channels, height, width]`` from 0 to 1."""
    image = _pillow()
    if channels not in (1, 3):
        wanted = "an image has 1 or 3 channels" if channels else "a picture is an image"
        raise ConvcostError(
            f"{printable(path)}: {wanted}, and the network's input is none: give it an .npy file"
        )
    from PIL import ImageOps

    try:
        with warnings.catch_warnings(), image.open(path) as opened:
            warnings.simplefilter("ignore", image.DecompressionBombWarning)
            upright = ImageOps.exif_transpose(opened)
            white = DEEP.get(upright.mode)
            if white is None:
                pixels = np.asarray(upright.convert("L" if channels == 1 else "RGB")) / 255
            else:
                pixels = np.asarray(upright) / white
    except FileNotFoundError:
        raise ConvcostError(f"{printable(path)}: there is no such file") from None
    except (OSError, ValueError, SyntaxError, image.DecompressionBombError) as error:
        reason = getattr(error, "strerror", None) or "it is no picture that can be read"
        raise ConvcostError(f"{printable(path)}: {reason}") from None
    planes = pixels[None] if pixels.ndim == 2 else np.moveaxis(pixels, -1, 0)
    return np.broadcast_to(planes, (channels, *planes.shape[1:])).astype(np.float32)


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
    if suffix == ".npy":
        np.save(out, array)
    else:
        _save_picture(array, path, out)
    return out.getvalue()


def _save_picture(array: Array, path: str, out: io.BytesIO) -> None:
    image = _pillow()
    format_ = image.registered_extensions().get(PurePath(path).suffix.lower())
    if format_ not in image.SAVE:
        raise ConvcostError(f"{printable(path)}: end it in .png, .npy or .npz")
    planes = array[0] if array.ndim == 4 and len(array) == 1 else array
    if planes.ndim != 3 or planes.shape[0] not in (1, 3) or not planes.size:
        raise ConvcostError(
            f"{printable(path)}: a picture has 1 or 3 channels, height and width, and the output "
            f"is {list(array.shape)}: write an .npy file"
        )
    pixels = np.nan_to_num(np.clip(planes, 0, 1) * 255).round().astype(np.uint8)
    picture = image.fromarray(pixels[0] if len(pixels) == 1 else np.moveaxis(pixels, 0, -1))
    try:
        picture.save(out, format_)
    except (OSError, ValueError) as error:
        raise ConvcostError(f"{printable(path)}: {error}") from None


def _pillow() -> Any:
    try:
        from PIL import Image
    except ImportError:
        raise ConvcostError(
            "pictures need Pillow: pip install 'convcost[image]' (an .npy file needs nothing)"
        ) from None
    return Image
