"""Arrays, archives and pictures that lie about what they hold, or are broken."""

from __future__ import annotations

import io
import os
import struct
import tracemalloc
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pytest
from PIL import Image

from convcost.errors import ConvcostError
from convcost.execution.array_files import array_file, encoded
from convcost.execution.pictures import FORMATS, read_picture
from convcost.execution.weight_files import weight_file

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from convcost.executor.namespace import Array

Found = TypeVar("Found")
WANTED = {"c.weight": (2, 3, 1, 1), "c.bias": (2,)}
LITTLE = 1 << 20  # bytes


@pytest.fixture(autouse=True)
def _there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    monkeypatch.chdir(tmp_path)


def npy(array: Array) -> bytes:
    out = io.BytesIO()
    np.save(out, array, allow_pickle=True)
    return out.getvalue()


def header(descr: str, shape: str, order: str = "False", version: bytes = b"\1\0") -> bytes:
    text = f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}\n".encode()
    size = struct.pack("<H" if version == b"\1\0" else "<I", len(text))
    return b"\x93NUMPY" + version + size + text


def archive(members: Mapping[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return out.getvalue()


def weights(data: bytes, wanted: Mapping[str, tuple[int, ...]] = WANTED) -> dict[str, Array]:
    Path("w.npz").write_bytes(data)
    with weight_file("w.npz", wanted) as found:
        return {name: found.array(name) for name in found.entries}


def refused(function: Callable[[], object]) -> str:
    """The message of a refusal, which takes little memory."""
    tracemalloc.start()
    try:
        with pytest.raises(ConvcostError) as caught:
            function()
        assert tracemalloc.get_traced_memory()[1] < 16 * LITTLE
    finally:
        tracemalloc.stop()
    return str(caught.value)


def outcome(function: Callable[[], Found]) -> Found | str:
    """The result of a function, or the message of its refusal."""
    try:
        return function()
    except ConvcostError as error:
        return str(error)


GOOD = np.arange(6).reshape(2, 3, 1, 1)


@pytest.mark.parametrize(
    "array",
    [
        GOOD.astype("<f4"),
        GOOD.astype(">f8"),
        GOOD.astype(np.float16),
        GOOD.astype(np.int8),
        GOOD.astype(np.longdouble),
        np.asfortranarray(GOOD.astype(np.float32)),
    ],
    ids=lambda array: f"{array.dtype.str}{array.flags.c_contiguous}",
)
def test_numbers_of_every_kind_and_order(array: Array) -> None:
    found = weights(archive({"c.weight.npy": npy(array)}))["c.weight"]
    np.testing.assert_array_equal(found, GOOD.astype(np.float32))
    assert found.dtype == np.float32
    Path("x.npy").write_bytes(npy(array))
    np.testing.assert_array_equal(array_file("x.npy").read(), found)
    assert array_file("x.npy").shape == GOOD.shape


def test_large_arrays_are_read_whole() -> None:
    array = np.random.default_rng(0).random((700, 1000))
    Path("x.npy").write_bytes(npy(np.asfortranarray(array)))
    np.testing.assert_array_equal(array_file("x.npy").read(), array.astype(np.float32))
    found = weights(archive({"w.npy": npy(array)}), {"w": (700, 1000)})
    np.testing.assert_array_equal(found["w"], array.astype(np.float32))


HUGE = header("'<f4'", "(1000000000000,)") + bytes(100)
LIES = {
    "a huge shape": (HUGE, "it cannot be read: an array of [1000000000000] takes"),
    "a negative size": (header("'<f4'", "(-3,)"), "it cannot be read"),
    "a huge product": (header("'<f4'", "(9999999999, 9999999999)"), "it cannot be read"),
    "a digit of nonsense": (header("'<f4'", f"({'9' * 9000},)"), "it cannot be read"),
    "no shape": (header("'<f4'", "'abc'"), "it cannot be read"),
    "deep": (header("'<f4'", "(" * 2000), "it cannot be read"),
    "code": (header("'<f4'", "__import__('os').getpid()"), "it cannot be read"),
    "truncated": (npy(np.ones((2, 3, 1, 1)))[:-8], "it cannot be read: an array of [2, 3, 1, 1]"),
    "too long": (npy(np.ones((2, 3, 1, 1))) + b"x", "it cannot be read: an array of [2, 3, 1, 1]"),
    "objects": (npy(np.array([{}], dtype=object)), "not an array of real numbers"),
    "a structure": (npy(np.zeros(2, dtype=[("a", "f4"), ("b", "f4")])), "not an array of real"),
    "words": (npy(np.array(["a"])), "not an array of real numbers"),
    "complex": (npy(np.ones(2, dtype=complex)), "not an array of real numbers"),
    "dates": (npy(np.zeros(2, dtype="M8[s]")), "not an array of real numbers"),
    "no type": (header("'<q17'", "(2,)") + bytes(8), "it cannot be read"),
    "a type of types": (header("[('a', '<f4', (10**9,))]", "(2,)"), "it cannot be read"),
    "a long header": (header("'<f4'", "(2,)" + " " * 30_000) + bytes(8), "it cannot be read"),
    "a header without end": (b"\x93NUMPY\2\0\xff\xff\xff\xff{", "it cannot be read"),
    "another version": (header("'<f4'", "(2,)", version=b"\x09\0") + bytes(8), "cannot be read"),
    "nothing": (b"", "it cannot be read"),
    "text": (b"hello", "it cannot be read"),
    "a pickle": (b"\x80\x04\x95cos\nsystem\n(S'touch owned'\ntR.", "it cannot be read"),
}


@pytest.mark.parametrize(("data", "said"), LIES.values(), ids=LIES)
def test_arrays_that_lie(data: bytes, said: str) -> None:
    Path("x.npy").write_bytes(data)
    message = refused(lambda: array_file("x.npy"))
    assert message.startswith("x.npy: ")
    assert said in message
    for how in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        message = refused(lambda how=how: weights(archive({"c.weight.npy": data}, how)))
        assert message.startswith("w.npz: c.weight: ")
        assert said in message
    assert not Path("owned").exists()


def test_an_array_without_numbers_is_no_input() -> None:
    np.save("x.npy", np.ones((0, 3, 16, 16)))
    said = refused(lambda: array_file("x.npy"))
    assert said == "x.npy: its shape is [0, 3, 16, 16], so it holds no number"


def test_what_changes_meanwhile_is_said() -> None:
    np.save("x.npy", np.ones(3))
    found = array_file("x.npy")
    np.save("x.npy", np.ones(4))
    assert refused(found.read) == "x.npy: it has changed since its shape was read"


def edited(data: bytes, edit: Callable[[bytearray], None]) -> bytes:
    changed = bytearray(data)
    edit(changed)
    return bytes(changed)


def flip(data: bytes, at: bytes, offset: int, value: int, which: int = 0) -> bytes:
    """A byte behind a mark of a zip file, as another."""
    start = -1
    for _ in range(which + 1):
        start = data.index(at, start + 1)
    return edited(data, lambda changed: changed.__setitem__(start + offset, value))


LOCAL, LISTED, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
ARRAY = npy(np.random.default_rng(0).random((2, 3, 1, 1)))
WHOLE = archive({"c.weight.npy": ARRAY})
PLAIN = archive({"c.weight.npy": ARRAY}, zipfile.ZIP_STORED)


def doubled() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("c.weight.npy", ARRAY)
        with pytest.warns(UserWarning, match="Duplicate"):
            file.writestr("c.weight.npy", ARRAY)
    return out.getvalue()


def crowded() -> bytes:
    return archive({f"{'x' * 200}{n}.npy": b"" for n in range(3000)})


BROKEN = {
    "encrypted": (flip(flip(WHOLE, LOCAL, 6, 1), LISTED, 8, 1), "it is encrypted"),
    "bytes of zlib": (
        edited(WHOLE, lambda data: data.__setitem__(slice(60, 90), b"\xff" * 30)),
        "it cannot be read",
    ),
    "a checksum": (edited(PLAIN, lambda data: data.__setitem__(200, 77)), "it cannot be read"),
    "another method": (archive({"c.weight.npy": ARRAY}, zipfile.ZIP_LZMA), "NumPy does not use"),
    "no such method": (flip(WHOLE, LISTED, 10, 77), "NumPy does not use"),
    "no list": (WHOLE[: WHOLE.index(LISTED)], "it is not a whole archive"),
    "half": (WHOLE[: len(WHOLE) // 2], "it is not a whole archive"),
    "an end that leads nowhere": (flip(WHOLE, END, 18, 0xEE), "it cannot be read"),
    "a long list": (flip(WHOLE, END, 15, 0x7F), "it cannot be read"),
    "more than is wanted": (crowded(), "it lists more than the network has weights"),
    "two of a name": (doubled(), "it holds two arrays `c.weight`"),
    "another shape": (archive({"c.bias.npy": npy(np.ones(3))}), "c.bias is [3], and [2] is wanted"),
    "another name": (archive({"c.wait.npy": ARRAY}), "the network has no weight `c.wait`"),
    "a way out": (archive({"../../c.weight.npy": ARRAY}), "has no weight `../../c.weight`"),
    "escapes": (archive({"\x1b[31m.npy": ARRAY}), "has no weight `�[31m`"),
    "something else": (archive({"Top Secret": b"words"}), "w.npz: it cannot be read"),
    "an array": (ARRAY, "w.npz: this is not an .npz file"),
    "nothing": (b"", "w.npz: this is not an .npz file"),
}


@pytest.mark.parametrize(("data", "said"), BROKEN.values(), ids=BROKEN)
def test_archives_that_are_broken(data: bytes, said: str) -> None:
    message = refused(lambda: weights(data))
    assert message.startswith("w.npz: ")
    assert said in message
    assert "Secret" not in message
    assert "\x1b" not in message


def test_every_byte_of_an_archive_may_be_wrong() -> None:
    """Each is another number, in turn: it is read as it was, or refused in a sentence."""
    want = weights(PLAIN)["c.weight"]
    for data in (PLAIN, WHOLE):
        for at in range(len(data)):
            for value in (0, 0xFF, data[at] ^ 1):
                changed = edited(data, lambda b, at=at, value=value: b.__setitem__(at, value))
                found = outcome(lambda changed=changed: weights(changed))
                if isinstance(found, str):
                    assert found.startswith("w.npz: ")
                else:
                    assert not found or np.array_equal(found["c.weight"], want)


def test_a_bomb_is_not_inflated() -> None:
    """A gigabyte of zeros, in a megabyte."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    first = header("'<f4'", "(2,)")
    parts = [packer.compress(first)]
    zeros = bytes(LITTLE)
    parts += [packer.compress(zeros) for _ in range(256)]
    packed = b"".join([*parts, packer.flush()])
    data = archive({"c.bias.npy": packed}, zipfile.ZIP_STORED)
    size = len(first) + 256 * LITTLE
    for mark, method, whole in ((LOCAL, 8, 22), (LISTED, 10, 24)):
        data = flip(data, mark, method, 8)
        for n, byte in enumerate(struct.pack("<I", size)):
            data = flip(data, mark, whole + n, byte)
    assert "an array of [2] takes" in refused(lambda: weights(data))
    for mark, whole in ((LOCAL, 22), (LISTED, 24)):  # and it says that it is small
        for n, byte in enumerate(struct.pack("<I", len(first) + 8)):
            data = flip(data, mark, whole + n, byte)
    assert "it cannot be read" in refused(lambda: weights(data))


def test_large_archives_are_read() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file, file.open("c.bias.npy", "w", force_zip64=True) as one:
        one.write(npy(np.ones(2)))
    np.testing.assert_array_equal(weights(out.getvalue())["c.bias"], np.ones(2))


def picture(
    how: str = "PNG", size: tuple[int, int] = (5, 4), mode: str = "RGB", **asked: Any
) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, asked.pop("color", 0)).save(out, how, **asked)
    return out.getvalue()


@pytest.mark.parametrize("how", sorted({*FORMATS.values()}))
def test_plain_formats_are_read_by_what_is_in_them(how: str) -> None:
    Path("p.any").write_bytes(picture(how, color=(255, 255, 255)))
    found = read_picture("p.any", 3)
    assert found.shape == (3, 4, 5)
    assert found.min() > 0.98
    assert read_picture("p.any", 1).shape == (1, 4, 5)


@pytest.mark.parametrize("how", ["TIFF", "DDS", "EPS", "PDF", "ICO", "TGA", "PCX", "JPEG2000"])
def test_other_formats_are_not(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does anything run: a PostScript file is drawn by a program."""
    monkeypatch.setattr("subprocess.Popen", None)
    Path("p.png").write_bytes(picture(how))
    said = refused(lambda: read_picture("p.png", 3))
    assert said.startswith("p.png: it is not a picture that can be read: BMP, GIF, ")


def test_a_texture_that_crashes_a_decoder_is_none() -> None:
    data = (
        b"DDS |\0\0\0\x0f\x10\0\0\x10\0\0\0\x10\0\0\x55"
        + bytes(56)
        + b" \0\0\0\0 \0\0"
        + bytes(400)
    )
    Path("bad.dds").write_bytes(data)
    assert refused(lambda: read_picture("bad.dds", 3)).startswith("bad.dds: it is not a picture")


def bomb(width: int, height: int) -> bytes:
    """A PNG of its header and nothing else."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        whole = kind + data
        return struct.pack(">I", len(data)) + whole + struct.pack(">I", zlib.crc32(whole))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(999)))


@pytest.mark.parametrize("size", [(30_000, 30_000), (2_000_000_000, 1), (8000, 8000)])
def test_pictures_that_are_too_large_are_not_decoded(size: tuple[int, int]) -> None:
    Path("p.png").write_bytes(bomb(*size))
    said = refused(lambda: read_picture("p.png", 3))
    assert "pixels, too many for this network: make it smaller" in said


def test_a_large_network_takes_large_pictures() -> None:
    Path("p.png").write_bytes(bomb(6000, 6000))
    assert "too many" in refused(lambda: read_picture("p.png", 3, pixels=1000))
    assert "not a picture that can be read" in refused(lambda: read_picture("p.png", 3, 3_000_000))


@pytest.mark.parametrize("how", ["PNG", "JPEG", "GIF", "BMP", "WEBP", "PPM"])
def test_pictures_that_end_early(how: str) -> None:
    data = picture(how, (64, 64))
    for end in range(0, len(data) - 8, max(1, len(data) // 40)):
        Path("p.png").write_bytes(data[:end])
        found = outcome(lambda: read_picture("p.png", 3))
        if isinstance(found, str):
            assert found.startswith("p.png: it is not a picture that can be read")
        else:
            assert found.shape == (3, 64, 64)


def test_the_first_frame_is_the_picture() -> None:
    frames = [Image.new("L", (3, 2), color) for color in (255, 0, 0)]
    for how in ("GIF", "PNG", "WEBP"):
        frames[0].save("p", how, save_all=True, append_images=frames[1:], lossless=True)
        np.testing.assert_array_equal(read_picture("p", 1), np.ones((1, 2, 3)))


def test_pictures_stand_upright() -> None:
    """A camera held on its side."""
    image = Image.new("RGB", (6, 4))
    image.putpixel((0, 0), (255, 0, 0))
    exif = image.getexif()
    exif[0x0112] = 6  # turn it a quarter clockwise
    image.save("p.png", exif=exif)
    found = read_picture("p.png", 3)
    assert found.shape == (3, 6, 4)
    assert found[0, 0, 3] == 1


@pytest.mark.parametrize("mode", ["P", "LA", "RGBA", "CMYK", "1", "I;16"])
def test_colours_of_other_kinds(mode: str) -> None:
    how = "JPEG" if mode == "CMYK" else "PNG"
    Image.new(mode, (3, 2)).save("p", how)
    assert read_picture("p", 3).shape == (3, 2, 3)


@pytest.mark.parametrize("name", ["x.npy", "x.png"])
def test_what_is_no_file_is_refused_at_once(name: str) -> None:
    os.mkfifo(name)
    os.mkdir(f"folder-{name}")
    assert refused(lambda: array_file(name, 3)) == f"{name}: this is not a regular file"
    assert refused(lambda: array_file(f"folder-{name}", 3)) == f"folder-{name}: this is a directory"
    os.symlink("/dev/zero", f"zero-{name}")
    said = refused(lambda: array_file(f"zero-{name}", 3))
    assert said == f"zero-{name}: this is not a regular file"


def test_formats_that_are_written_are_those_that_are_read() -> None:
    array = np.full((1, 3, 4, 5), 0.5, np.float32)
    for suffix in FORMATS:
        Path(f"y{suffix}").write_bytes(encoded({"y": array}, f"y{suffix}"))
        channels = 1 if suffix == ".pgm" else 3
        assert abs(read_picture(f"y{suffix}", channels) - 0.5).max() < 0.02
    for suffix in (".eps", ".pdf", ".tiff", ".dds"):
        with pytest.raises(ConvcostError, match=r"end it in \.png, \.npy or \.npz"):
            encoded({"y": array}, f"y{suffix}")
