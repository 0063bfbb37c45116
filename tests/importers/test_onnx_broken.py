"""Files that are not ONNX models, or broken ones: each gets its sentence."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import onnx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import helper
from onnx_models import call, function, model_of, node, refusal, value, weights

from convcost.errors import ConvcostError
from convcost.importers.onnx import read
from convcost.importers.onnx.read import read_model, small_array

LIGHT = Path(onnx.__file__).parent / "backend/test/data/light"
AGAIN = "copy or download it again"


POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
FOREIGN = {
    "lfs": (
        POINTER,
        "this is a Git LFS pointer, not the model itself: `git lfs pull` fetches it",
    ),
    "png": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "this is a PNG picture, not an ONNX model"),
    "jpeg": (b"\xff\xd8\xff\xe0\0\x10JFIF", "this is a JPEG picture, not an ONNX model"),
    "zip": (
        b"PK\x03\x04\x14\0",
        "this is a zip archive, as PyTorch writes: unpack it, or use torch.onnx.export",
    ),
    "html": (
        b"\n<!DOCTYPE html>\n<html><body>Sign in</body></html>",
        "this is an HTML page, not an ONNX model: download the file itself",
    ),
    "tflite": (
        b"\x1c\0\0\0TFL3\0\0",
        "this is a TensorFlow Lite model: tf2onnx converts it",
    ),
    "yaml": (b"input: [3, 224, 224]\nlayers:\n- conv: 64\n", "this is text, not an ONNX model"),
    "json": (b'{"layers": []}', "this is text, not an ONNX model"),
    "umlauts": (("#" + "ß" * 600).encode(), "this is text, not an ONNX model"),
    "empty": (b"", "the file is empty"),
    "no graph": (
        b"\x08\x0a\x12\x01p",
        "it holds no graph, so it is not an ONNX model, or a part of one",
    ),
    "endless number": (
        b"\x08" + b"\xff" * 12,
        "the file is corrupted, or not an ONNX model: at byte 1: the number there has no end: "
        f"{AGAIN}",
    ),
    "field 0": (
        b"\x08\x0a\x00\x00",
        "the file is corrupted, or not an ONNX model: at byte 2: the part there has no number that "
        f"a part can have: {AGAIN}",
    ),
    "group": (
        b"\x08\x0a\x0b\x00",
        "the file is corrupted, or not an ONNX model: at byte 2: the part there is of type 3, "
        f"which no ONNX file has: {AGAIN}",
    ),
    "no text": (
        b"\x08\x0a\x12\x02\xff\xfe\x3a\x00",
        r"the file is corrupted: onnx.ModelProto.producer_name holds b'\xff\xfe', which is not "
        f"text: {AGAIN}",
    ),
    "truncated": (
        b"\x08\x0a\x3a\xff\xff\xff\xff\x07\x0a",
        "the file is truncated, or corrupted at byte 2: the part there should have 2,147,483,647 "
        f"bytes, and the file ends at byte 9: {AGAIN}",
    ),
    "truncated number": (
        b"\x08\x0a\x3a\xff",
        "the file is truncated, or corrupted at byte 3: the number there has no end, and the file "
        f"ends at byte 4: {AGAIN}",
    ),
    "huge length": (
        b"\x08\x0a\x3a" + b"\xff" * 9 + b"\x01",
        "the file is truncated, or corrupted at byte 2: the part there should have "
        f"18,446,744,073,709,551,615 bytes, and the file ends at byte 13: {AGAIN}",
    ),
    "a length in a small part": (
        b"\x08\x0a\x3a\x04\x0a\x09ab",
        "the file is truncated, or corrupted at byte 4: the part there should have 9 bytes, and "
        f"the file ends at byte 8: {AGAIN}",
    ),
    "a length inside": (
        b"\x08\x0a\x3a\x04\x0a\x03ab\x08\x0a",
        "the file is corrupted, or not an ONNX model: at byte 4: the part there should have 3 "
        f"bytes, and what holds it ends at byte 8: {AGAIN}",
    ),
}


@pytest.mark.parametrize("case", FOREIGN)
def test_files_that_are_no_model(case: str, tmp_path: Path) -> None:
    content, message = FOREIGN[case]
    assert refusal(content, tmp_path) == message


def test_a_truncated_model_says_where(tmp_path: Path) -> None:
    data = model_of([node("Add", "x w", "y")], [weights("w", 5000)]).SerializeToString()
    assert refusal(data[:10_000], tmp_path).endswith(f"the file ends at byte 10,000: {AGAIN}")


def test_places_that_are_no_files(tmp_path: Path) -> None:
    def said(path: str) -> str:
        with pytest.raises(ConvcostError) as caught:
            read_model(path)
        return str(caught.value)

    assert said("none.onnx") == "none.onnx: there is no such file"
    assert said("no\x1bne.onnx") == "no�ne.onnx: there is no such file"
    assert said("no\0ne.onnx") == "no�ne.onnx: it cannot be read: no file has such a name"
    folder = str(tmp_path)
    assert said(folder) == f"{folder}: this is a directory: name the file of a model in it"
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        assert said(f"{folder}/pipe") == (
            f"{folder}/pipe: this is not a regular file: save the model in one first"
        )


def test_the_package_is_an_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = model_of([node("Relu", "x", "y")])
    monkeypatch.setitem(sys.modules, "onnx", None)
    assert refusal(model, tmp_path) == (
        "ONNX models need the onnx package: pip install 'convcost[onnx]'"
    )
    assert refusal(POINTER, tmp_path).startswith("this is a Git LFS pointer")


def test_out_of_memory_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> bytes:
        raise MemoryError

    monkeypatch.setattr(read, "without_payloads", fail)
    model = model_of([node("Relu", "x", "y")])
    assert refusal(model, tmp_path) == "the model is too large to read"


def everything() -> bytes:
    """A small model with a bit of everything."""
    branch = helper.make_graph([node("Relu", "x", "t")], "b", [], [value("t")])
    body = function("f", [node("Add", "a a", "k"), node("Relu", "k", "b")])
    nodes = [
        node("If", "x", "r", then_branch=branch),
        node("Conv", "r w", "c"),
        call("f", "c", "y"),
    ]
    return model_of(
        nodes, [weights("w", 3, 3, 1, 1), weights("v", 1100)], [body]
    ).SerializeToString()


SEEDS = [
    everything(),
    (LIGHT / "light_bvlc_alexnet.onnx").read_bytes(),
    (LIGHT / "light_squeezenet.onnx").read_bytes(),
]


@given(st.data())
@settings(deadline=None, max_examples=400, suppress_health_check=[HealthCheck.too_slow])
def test_broken_files_are_sentences(tmp_path_factory: pytest.TempPathFactory, data: Any) -> None:
    content = bytearray(data.draw(st.sampled_from(SEEDS)))
    places = st.integers(0, len(content) - 1)
    for place in data.draw(st.lists(places, max_size=6)):
        content[place] = data.draw(st.integers(0, 255))
    if data.draw(st.booleans()):
        del content[data.draw(places) :]
    path = tmp_path_factory.getbasetemp() / "fuzz.onnx"
    path.write_bytes(content)
    start = time.perf_counter()
    said: str | None = None
    try:
        model = read_model(str(path))
        assert isinstance(model, onnx.ModelProto)
        for tensor in model.graph.initializer:
            with suppress(ConvcostError):
                small_array(tensor)
    except ConvcostError as error:
        said = str(error)
    assert said is None or (said.startswith(f"{path}: ") and said.isprintable())
    assert time.perf_counter() - start < 5


@given(st.binary(max_size=200))
def test_noise_is_a_sentence(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "noise.onnx"
    path.write_bytes(content)
    with pytest.raises(ConvcostError):
        read_model(str(path))
