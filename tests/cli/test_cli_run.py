"""``run``: a network with given weights on pictures and arrays."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image
from running import ROOT
from scipy import ndimage

from convcost.execution.pictures import FORMATS, MOST_PIXELS, MOST_TIMES

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., tuple[int, str, str]]

KERNELS = ROOT / "specs" / "kernels"
SCALE = """
input: [3, 2, 2]
layers:
  - {op: conv, name: c, out_channels: 3, groups: 3, kernel_size: 1, bias: false}
"""


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    y, x = np.mgrid[0:40, 0:60]
    planes = (128 + 100 * np.sin(x / 5), y * 6, ((x - 30) ** 2 + (y - 20) ** 2 < 100) * 255)
    Image.fromarray(np.stack(planes, -1).astype(np.uint8)).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


def arrays(path: Path, by_name: dict[str, Any]) -> None:
    np.savez(path, **by_name)


def planes(path: Path, mode: str = "RGB") -> np.ndarray:
    pixels = np.asarray(Image.open(path).convert(mode), dtype=np.float64) / 255
    return np.moveaxis(pixels.reshape(*pixels.shape[:2], -1), -1, 0)


def blurred(plane: np.ndarray) -> np.ndarray:
    taps = np.array([1, 4, 6, 4, 1]) / 16
    return ndimage.convolve(plane, np.outer(taps, taps), mode="constant")


def sharpened(plane: np.ndarray) -> np.ndarray:
    return plane - ndimage.laplace(plane, mode="constant")


def edges(plane: np.ndarray) -> np.ndarray:
    across, down = (ndimage.sobel(plane, axis, mode="constant") for axis in (1, 0))
    return (abs(across) + abs(down)) / 4


@pytest.mark.parametrize(
    ("kernel", "mode", "by_hand"),
    [("blur", "RGB", blurred), ("sharpen", "RGB", sharpened), ("sobel", "L", edges)],
)
def test_classical_kernels_do_to_a_picture_what_scipy_does(
    run: Run,
    photo: Path,
    tmp_path: Path,
    kernel: str,
    mode: str,
    by_hand: Callable[..., np.ndarray],
) -> None:
    expected = np.stack([by_hand(plane) for plane in planes(photo, mode)])
    spec = KERNELS / f"{kernel}.yaml"
    code, out, err = run("run", spec, "--input", photo, "--output", tmp_path / "out.npy")
    assert (code, err) == (0, "")
    assert out.split()[1] == f"{len(expected)}x40x60"
    np.testing.assert_allclose(np.load(tmp_path / "out.npy")[0], expected, atol=1e-5)
    run("run", spec, "--input", photo, "--output", tmp_path / "out.png")
    np.testing.assert_allclose(
        planes(tmp_path / "out.png", mode), expected.clip(0, 1), atol=0.5 / 255 + 1e-5
    )


def test_arrays_go_through_and_samples_stay_apart(run: Run, tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(SCALE)
    x = np.arange(2 * 3 * 4 * 5).reshape(2, 3, 4, 5)
    np.save(tmp_path / "x.npy", x)
    arrays(tmp_path / "w.npz", {"c.weight": np.array([1, -2, 0.5]).reshape(3, 1, 1, 1)})
    code, _, err = run(
        *("run", tmp_path / "net.yaml", "--input", tmp_path / "x.npy"),
        *("--weights", tmp_path / "w.npz", "-o", tmp_path / "y.npz"),
    )
    assert (code, err) == (0, "")
    y = np.load(tmp_path / "y.npz")["c"]
    np.testing.assert_array_equal(y, x * np.array([1, -2, 0.5]).reshape(3, 1, 1))


@pytest.mark.parametrize("name", ["c.weight", "c.conv1.weight"])
def test_weights_are_given_by_names_or_paths(run: Run, tmp_path: Path, name: str) -> None:
    conv = "{op: conv, out_channels: 1, kernel_size: 1, bias: false}"
    (tmp_path / "net.yaml").write_text(f"input: [1, 2, 2]\nlayers: [{{name: c, layers: [{conv}]}}]")
    arrays(tmp_path / "w.npz", {name: np.full((1, 1, 1, 1), 3.0)})
    np.save(tmp_path / "x.npy", np.ones((1, 2, 2)))
    given = ("--input", tmp_path / "x.npy", "--weights", tmp_path / "w.npz")
    assert run("run", tmp_path / "net.yaml", *given) == (0, "c  1x2x2  3 to 3, mean 3\n", "")


def test_the_spec_names_its_file_of_weights(run: Run, tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(f"weights: sub/w.npz{SCALE}")
    (tmp_path / "sub").mkdir()
    arrays(tmp_path / "sub" / "w.npz", {"c.weight": np.full((3, 1, 1, 1), 3.0)})
    np.save(tmp_path / "x.npy", np.ones((3, 2, 2)))
    code, out, err = run("run", tmp_path / "net.yaml", "--input", f"input={tmp_path / 'x.npy'}")
    assert (code, out, err) == (0, "c  3x2x2  3 to 3, mean 3\n", "")


def test_weights_that_are_not_given_are_drawn_and_said(run: Run, tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(SCALE)
    np.save(tmp_path / "x.npy", np.ones((3, 2, 2)))
    given = ("run", tmp_path / "net.yaml", "--input", tmp_path / "x.npy")
    code, first, err = run(*given)
    assert code == 0
    assert err.endswith("net.yaml: 1 weight not given, drawn by --seed 0\n")
    assert run(*given)[1] == first
    assert run(*given, "--seed", "1")[1] != first


@pytest.mark.parametrize(
    ("mode", "white"), [("L", 255), ("1", 1), ("I;16", 65535), ("RGBA", (255, 255, 255, 9))]
)
def test_pictures_of_all_depths_reach_from_0_to_1(
    run: Run, tmp_path: Path, mode: str, white: object
) -> None:
    net = "input: [3, 1, 1]\nlayers: [identity]"
    (tmp_path / "net.yaml").write_text(net)
    picture = Image.new(mode, (5, 4))
    picture.putpixel((0, 0), white)  # pyright: ignore[reportArgumentType]
    picture.save(tmp_path / "p.png")
    _, out, err = run("run", tmp_path / "net.yaml", "--input", tmp_path / "p.png")
    assert err == ""
    assert out == "identity  3x4x5  0 to 1, mean 0.05\n"


MISTAKES = [
    (("--input", "no.png"), "no.png: there is no such file"),
    (("--input", "no.npy"), "no.npy: there is no such file"),
    (("--input", "net.yaml"), "net.yaml: it is not a picture that can be read"),
    (("--input", "text.npy"), "text.npy: it cannot be read: it holds no arrays of numbers"),
    (("--input", "words.npy"), "words.npy: this is not an array of real numbers"),
    (("--input", "flat.npy"), "its shape is [4], and one such as [3, 2, 2] is wanted"),
    (("--input", "rgb=x.npy"), "--input is wanted for each input: input=FILE"),
    (("--input", "x.npy", "-o", "y.pdq"), "y.pdq: end it in .png, .npy or .npz"),
    (("--input", "x.npy", "-o", "no/y.npy"), "no/y.npy: cannot be written: No such file"),
    (("--input", "x.npy", "--weights", "x.npy"), "x.npy: this is not an .npz file"),
    (("--input", "x.npy", "--weights", "wrong.npz"), "c.weight is [2], and [3, 1, 1, 1] is wanted"),
    (("--input", "x.npy", "--weights", "other.npz"), "the network has no weight `c.wait`"),
    (("--input", "x.npy", "--weights", "text.npz"), "text.npz: it cannot be read"),
    (("--input", "deep.npy"), "groups (3) does not divide the 4 input channels"),
]


@pytest.mark.parametrize(("arguments", "message"), MISTAKES, ids=lambda part: str(part)[:40])
def test_mistakes(
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(SCALE)
    (tmp_path / "text.npy").write_text("hello")
    (tmp_path / "text.npz").write_bytes(b"PK\x03\x04 and nothing of use")
    np.save("x.npy", np.ones((3, 2, 2)))
    np.save("flat.npy", np.ones(4))
    np.save("deep.npy", np.ones((4, 2, 2)))
    np.save("words.npy", np.array(["a", "b"]))
    arrays(Path("wrong.npz"), {"c.weight": np.ones(2)})
    arrays(Path("other.npz"), {"c.wait": np.ones(2)})
    before = {path.name for path in tmp_path.iterdir()}
    code, out, err = run("run", "net.yaml", *arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert {path.name for path in tmp_path.iterdir()} == before


def test_a_picture_has_one_or_three_channels(run: Run, tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text("input: [2, 4, 4]\nlayers: [relu]")
    np.save(tmp_path / "x.npy", np.ones((2, 4, 4)))
    given = ("run", tmp_path / "net.yaml", "--input", tmp_path / "x.npy")
    code, _, err = run(*given, "-o", tmp_path / "y.png")
    assert code == 2
    assert "y.png: a picture has 1 or 3 channels, height and width, and the output is" in err
    assert not (tmp_path / "y.png").exists()
    Image.new("RGB", (4, 4)).save(tmp_path / "p.png")
    code, _, err = run("run", tmp_path / "net.yaml", "--input", tmp_path / "p.png")
    assert code == 2
    assert "an image has 1 or 3 channels" in err


def test_the_documentation_has_the_bounds() -> None:
    page = (ROOT / "docs" / "commands.md").read_text("utf-8")
    said = " ".join(page.split())
    assert f"at most {MOST_PIXELS:,} pixels or {MOST_TIMES} times those" in said
    assert "a BMP, GIF (its first frame), JPEG, PNG, PPM or WebP" in said
    assert sorted({*FORMATS.values()}) == ["BMP", "GIF", "JPEG", "PNG", "PPM", "WEBP"]
