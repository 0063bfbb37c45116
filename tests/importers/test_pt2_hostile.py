"""Files that are not an exported program, or damaged ones: a sentence, at once, and exit code 2."""

from __future__ import annotations

import io
import json
import random
import zipfile
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from one_aten import HERE, archived
from onnx_text import soon

import convcost
from convcost.errors import ConvcostError
from convcost.importers.pt2 import load

if TYPE_CHECKING:
    from collections.abc import Callable


@cache
def text_of(name: str) -> str:
    with zipfile.ZipFile(HERE / f"{name}.pt2") as archive:
        return archive.read(archive.namelist()[0]).decode()


def program() -> dict[str, Any]:
    return json.loads(text_of("unet"))


def members(**contents: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in contents.items():
            archive.writestr(name, text)
    return file.getvalue()


WHOLE = (HERE / "unet.pt2").read_bytes()
FILES: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "is not a zip archive, as torch.export.save writes: it may be cut off"),
    "no zip": (b"\x80\x02}q\x00." * 9, "is not a zip archive"),
    "cut off": (WHOLE[:-30], "is not a zip archive"),
    "empty": (members(), "holds no exported program"),
    "compiled": (
        members(**{"m/data/aotinductor/model/a.so": ""}),
        "is a package of compiled code (AOTInductor), which holds no graph",
    ),
    "older": (
        members(**{"serialized_exported_program.json": "{}"}),
        "has the format of torch.export before PyTorch 2.8",
    ),
    "script": (members(**{"m/data.pkl": "", "m/code/a.py": ""}), "is a TorchScript module"),
    "pickle": (members(**{"m/data.pkl": "", "m/data/0": ""}), "is pickled by torch.save"),
    "two": (
        members(**{"m/models/a.json": "{}", "m/models/b.json": "{}"}),
        "holds 2 exported programs, and one is read",
    ),
    "no JSON": (
        members(**{"m/models/a.json": "{"}),
        "is damaged: models/a.json in it is not JSON",
    ),
    "deep JSON": (members(**{"m/models/a.json": "[" * 200_000}), "in it is not JSON"),
    "a list": (members(**{"m/models/a.json": "[]"}), "in it is not a JSON object"),
    "no version": (members(**{"m/models/a.json": "{}"}), "has version None of the schema"),
    "newer": (
        members(**{"m/models/a.json": '{"schema_version": {"major": 9}}'}),
        "has version 9 of the schema of exported programs, and convcost reads version 8",
    ),
    "no graph": (
        members(**{"m/models/a.json": '{"schema_version": {"major": 8}}'}),
        "its graph is not as PyTorch's schema has it (KeyError: 'graph_module')",
    ),
    "bad data": (WHOLE.replace(b"PK\x03\x04", b"PK\x03\x05", 1), "cannot be read"),
}


@pytest.mark.parametrize("name", FILES)
def test_what_is_no_program(name: str) -> None:
    assert FILES[name][1] in _refused(FILES[name][0])


def test_what_is_no_program_once_it_is_inflated() -> None:
    """Made here: reading this file would take seconds of every run, whatever it asks for."""
    bomb = members(**{"m/models/a.json": " " * (300 << 20)})
    assert "has a graph of more than 256 MiB" in _refused(bomb)


def _refused(data: bytes) -> str:
    with soon(), pytest.raises(ConvcostError) as caught:
        load("model.pt2", read=lambda _: data)
    assert str(caught.value).startswith("model.pt2: ")
    return str(caught.value)


def _nodes(p: dict[str, Any]) -> Any:
    return p["graph_module"]["graph"]["nodes"]


def _rename(p: dict[str, Any]) -> None:
    """The first node reads what the last one makes."""
    _nodes(p)[0]["inputs"][0]["arg"] = {"as_tensor": {"name": "conv2d_2"}}


def _no_node_field(p: dict[str, Any]) -> None:
    del _nodes(p)[0]["target"]


def _wrong_type(p: dict[str, Any]) -> None:
    _nodes(p)[0]["inputs"] = 7


def _no_signature(p: dict[str, Any]) -> None:
    del p["graph_module"]["signature"]


def _huge(p: dict[str, Any]) -> None:
    p["graph_module"]["graph"]["tensor_values"]["x"]["sizes"][2] = {"as_int": 1 << 70}


DAMAGED: dict[Callable[[dict[str, Any]], None], str] = {
    _no_node_field: "its graph is not as PyTorch's schema has it (KeyError: 'target')",
    _wrong_type: "its graph is not as PyTorch's schema has it (TypeError",
    _no_signature: "its graph is not as PyTorch's schema has it (KeyError: 'signature')",
    _huge: "model.pt2: ",
}


@pytest.mark.parametrize("damage", DAMAGED, ids=lambda d: d.__name__)
def test_damaged_graphs(damage: Callable[[dict[str, Any]], None]) -> None:
    written = program()
    damage(written)
    with soon(), pytest.raises(ConvcostError) as caught:
        load("model.pt2", read=lambda _: archived(written))
    assert DAMAGED[damage] in str(caught.value)


def test_a_circle_is_listed() -> None:
    written = program()
    _rename(written)
    network = load("model.pt2", read=lambda _: archived(written))
    assert "its input 0 is missing" in network.unknown[0]


@pytest.mark.parametrize("name", ["unet", "lstm", "open", "shared"])
def test_changed_anywhere(name: str) -> None:
    """A value, a key or a list taken away or exchanged: a network or a sentence."""
    rng = random.Random(name)
    text = text_of(name)
    for _ in range(60):
        written = json.loads(text)
        _changed(written["graph_module"], rng)
        data = archived(written)
        with soon(), suppress(ConvcostError):
            network = load("model.pt2", read=lambda _, data=data: data)
            convcost.analyze(network)


def _changed(part: Any, rng: random.Random) -> None:
    """Change something in a part of a program, in place."""
    keys: list[Any] = [*part] if isinstance(part, dict) else [*range(len(part))]
    if not keys:
        return
    key: Any = rng.choice(keys)
    if isinstance(part[key], dict | list) and rng.random() > 0.05:
        _changed(part[key], rng)
    else:
        part[key] = rng.choice([None, -1, 0, 1 << 70, "", "x", [], {}, [1], {"as_int": 3}])
