"""Pictures as arrays: plain formats, of a size that is bounded before anything is decoded."""

from __future__ import annotations

import io
import warnings
from importlib import import_module
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import numpy as np

from convcost.errors import ConvcostError, listed, printable
from convcost.files.opened import Unreadable, opened

if TYPE_CHECKING:
    from typing import BinaryIO

    from convcost.executor.namespace import Array

FORMATS = {
    ".bmp": "BMP",
    ".gif": "GIF",
    ".jpeg": "JPEG",
    ".jpg": "JPEG",
    ".pgm": "PPM",
    ".png": "PNG",
    ".ppm": "PPM",
    ".webp": "WEBP",
}
"""Pillow's names of formats that are read, whatever a file is called, and written, by what it is
called. Others run programs, are rarely used, or are parsed by code that few have looked at."""

PLUGINS = ("Bmp", "Gif", "Jpeg", "Png", "Ppm", "WebP")

MOST_PIXELS = 1 << 25  # 8K
MOST_TIMES = 16  # or this many times those of the network's own input

DEEP = {"I;16": 65535, "I;16B": 65535, "I": 65535, "F": 1}
"""Pillow's modes of more than 8 bits, and their white."""


def read_picture(path: str, channels: int | None, pixels: int = 0) -> Array:
    """``[channels or 1, height, width]`` of a picture, or of its first frame, upright, as stored.

    Args:
        path: the file.
        channels: that it shall have, 1 (grey) or 3 (RGB).
        pixels: those of the network's own input.

    Raises:
        ConvcostError: the file is no such picture.
    """
    if channels not in (1, 3):
        wanted = "an image has 1 or 3 channels" if channels else "a picture is an image"
        raise ConvcostError(
            f"{printable(path)}: {wanted}, and the network's input is none: give it an .npy file"
        )
    image, most = _pillow(), max(MOST_PIXELS, MOST_TIMES * pixels)
    try:
        with opened(path) as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _decoded(image, file, channels, most)
    except (Unreadable, _TooLarge) as error:
        raise ConvcostError(f"{printable(path)}: {error}") from None
    except Exception:  # a decoder may fail in any way
        wanted = listed(sorted({*FORMATS.values()}), "or")
        raise ConvcostError(
            f"{printable(path)}: it is not a picture that can be read: {wanted} is wanted"
        ) from None


class _TooLarge(ConvcostError):  # noqa: N818 - it names what is so
    """A picture has more pixels than are decoded."""


def _decoded(image: Any, file: BinaryIO, channels: int, most: int) -> Array:
    from PIL import ImageOps

    try:
        found = image.open(file, formats=tuple(dict.fromkeys(FORMATS.values())))
    except image.DecompressionBombError:
        raise _TooLarge(_advice(f"more than {most:,}")) from None
    with found:
        width, height = found.size
        if width * height > most:
            raise _TooLarge(_advice(f"{width * height:,}"))
        upright = ImageOps.exif_transpose(found)
        if upright.mode not in DEEP:
            upright = upright.convert("L" if channels == 1 else "RGB")
        pixels = np.asarray(upright)
    white = np.float32(DEEP.get(upright.mode, 255))
    planes = pixels[None] if pixels.ndim == 2 else np.moveaxis(pixels, -1, 0)
    result = np.empty((channels, *planes.shape[1:]), np.float32)
    return np.divide(planes, white, out=result, casting="same_kind")


def _advice(size: str) -> str:
    return f"it has {size} pixels, too many for this network: make it smaller"


def encoded_picture(array: Array, path: str) -> bytes:
    """The content of a picture; values are cut to 0 to 1.

    Args:
        array: ``[channels, height, width]``, or that with an axis for one sample.
        path: whose ending names the format.

    Raises:
        ConvcostError: it names none, or a picture cannot hold the array.
    """
    image = _pillow()
    format_ = FORMATS.get(PurePath(path).suffix.lower())
    if format_ is None:
        raise ConvcostError(f"{printable(path)}: end it in .png, .npy or .npz")
    planes = array[0] if array.ndim == 4 and len(array) == 1 else array
    if planes.ndim != 3 or planes.shape[0] not in (1, 3) or not planes.size:
        raise ConvcostError(
            f"{printable(path)}: a picture has 1 or 3 channels, height and width, and the output "
            f"is {list(array.shape)}: write an .npy file"
        )
    pixels = np.nan_to_num(np.clip(planes, 0, 1) * 255).round().astype(np.uint8)
    picture = image.fromarray(pixels[0] if len(pixels) == 1 else np.moveaxis(pixels, 0, -1))
    out = io.BytesIO()
    try:
        picture.save(out, format_)
    except (OSError, ValueError) as error:
        raise ConvcostError(f"{printable(path)}: {error}") from None
    return out.getvalue()


def _pillow() -> Any:
    """Pillow with the formats above alone: its others are never loaded."""
    try:
        from PIL import Image
    except ImportError:
        raise ConvcostError(
            "pictures need Pillow: pip install 'convcost[image]' (an .npy file needs nothing)"
        ) from None
    for plugin in PLUGINS:
        import_module(f"PIL.{plugin}ImagePlugin")
    return Image
