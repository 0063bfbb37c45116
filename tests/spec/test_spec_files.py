"""Files: where they come from, how they are encoded, and what the command line may change."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, Any

import pytest
from spec_support import layers, mistakes, names, network

from convcost.errors import SpecError
from convcost.spec import load

if TYPE_CHECKING:
    from pathlib import Path

GOOD = "input: [3, 8, 8]\nlayers: [relu]\n"


def said_of(path: str) -> str:
    with pytest.raises(SpecError) as caught:
        load(path)
    return str(caught.value)


def test_a_file(tmp_path: Path) -> None:
    path = tmp_path / "some_net.yaml"
    path.write_text(GOOD)
    net = load(str(path))
    assert net.name == "some_net"
    assert str(net.source) == f"{path}:1"
    assert str(net.layers[0].source) == f"{path}:2"


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    def stdin(data: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))

    stdin(GOOD.encode())
    assert load("-").name == "stdin"
    stdin(b"")
    assert said_of("-").startswith("<stdin>: the file is empty\n")
    stdin(b"layers: [rellu]")
    assert (
        said_of("-").splitlines()[0] == "<stdin>:1:1: a spec needs `input:`, such as [3, 224, 224]"
    )


def test_a_missing_file(tmp_path: Path) -> None:
    path = str(tmp_path / "nothing.yaml")
    assert said_of(path) == f"{path}: there is no such file"


def test_a_directory(tmp_path: Path) -> None:
    assert said_of(str(tmp_path)) == f"{tmp_path}: this is a directory, and a spec is a file"


def test_a_path_through_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    path = str(tmp_path / "file" / "net.yaml")
    assert said_of(path) == f"{path}: it cannot be read: Not a directory"


def test_paths_that_cannot_be() -> None:
    assert said_of("a\0b") == "a�b: it cannot be read: no file has such a name"
    assert said_of("x" * 5000).endswith(": it cannot be read: File name too long")


def test_a_path_that_would_command_a_terminal() -> None:
    with pytest.raises(SpecError) as caught:
        load("\x1b[31mnet.yaml", read=lambda _: b"layers: [rellu]\ninput: [3, 8, 8]\n")
    assert str(caught.value).startswith("�[31mnet.yaml:1:10: unknown op or block `rellu`\n")


@pytest.mark.parametrize(
    "data",
    [
        GOOD.encode("utf-8-sig"),
        GOOD.replace("\n", "\r\n").encode(),
        GOOD.replace("\n", "\r").encode(),
        GOOD.rstrip().encode(),
        b"---\n" + GOOD.encode() + b"...\n",
        b"%YAML 1.1\n---\n" + GOOD.encode(),
        b"# \xc3\xa4 comment\n\n\n" + GOOD.encode() + b"\n# end\n",
    ],
    ids=["BOM", "Windows", "old Mac", "no line end", "marked", "directive", "comments"],
)
def test_a_file_that_is_read(data: bytes) -> None:
    assert names(network(data)) == ["relu1"]


BROKEN = {
    "UTF-16": (GOOD.encode("utf-16"), "net.yaml: is UTF-16 or UTF-32 text: save it as UTF-8"),
    "UTF-16 without a mark": (
        GOOD.encode("utf-16-le"),
        "net.yaml: is UTF-16 or UTF-32 text: save it as UTF-8",
    ),
    "UTF-32": (GOOD.encode("utf-32"), "net.yaml: is UTF-16 or UTF-32 text: save it as UTF-8"),
    "a binary file": (
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        "net.yaml: is a binary file, and a spec is YAML text",
    ),
    "null bytes": (b"\0" * 100, "net.yaml: is a binary file, and a spec is YAML text"),
    "Latin-1": (
        "input: [3, 8, 8]\nname: Größe\n".encode("latin-1"),
        "net.yaml:2:9: the byte 0xf6 is not UTF-8 text: save the file as UTF-8\n"
        "    2 | name: Gr��e\n"
        "      |         ^",
    ),
    "bytes that are cut": (
        "name: é".encode()[:-1],
        "net.yaml:1:7: the byte 0xc3 is not UTF-8 text: save the file as UTF-8\n"
        "    1 | name: �\n"
        "      |       ^",
    ),
    "a control character": (
        b"input: [3, 8, 8]\r\nlayers: [\x1b[31mrelu]\r\n",
        "net.yaml:2:10: the control character U+001B is not allowed in YAML\n"
        "    2 | layers: [�[31mrelu]\n"
        "      |          ^",
    ),
    "a form feed": (
        b"input: [3, 8, 8]\n\x0clayers: [relu]\n",
        "net.yaml:2:1: the control character U+000C is not allowed in YAML\n"
        "    2 | �layers: [relu]\n"
        "      | ^",
    ),
    "too large": (b"#" * (4 * 2**20 + 1), "net.yaml: is larger than 4 MiB, too large for a spec"),
    "Windows line ends": (
        b"input: [3, 8, 8]\r\nlayers:\r\n  - rellu\r\n",
        "net.yaml:3:5: unknown op or block `rellu`\n"
        "    3 |   - rellu\n"
        "      |     ^^^^^\n"
        "  a word with a similar name exists: `relu`",
    ),
    "Unicode line ends": (
        "input: [3, 8, 8]\u2028name: x\x85layers:\u2029- rellu\n".encode(),
        "net.yaml:4:3: unknown op or block `rellu`\n"
        "    4 | - rellu\n"
        "      |   ^^^^^\n"
        "  a word with a similar name exists: `relu`",
    ),
    "a byte order mark and a mistake": (
        "\ufefflayers: [rellu]\ninput: [3, 8, 8]\n".encode(),
        "net.yaml:1:10: unknown op or block `rellu`\n"
        "    1 | layers: [rellu]\n"
        "      |          ^^^^^\n"
        "  a word with a similar name exists: `relu`",
    ),
    "tabs before a mistake": (
        b"input:\t[3, 8, 8]\nlayers:\t[\trellu\t]\n",
        "net.yaml:2:11: unknown op or block `rellu`\n"
        "    2 | layers: [   rellu   ]\n"
        "      |             ^^^^^\n"
        "  a word with a similar name exists: `relu`",
    ),
    "wide characters before a mistake": (
        "input: [3, 8, 8]\nlayers: [{name: α, op: rellu}]\n".encode(),
        "net.yaml:2:24: unknown op or block `rellu`\n"
        "    2 | layers: [{name: α, op: rellu}]\n"
        "      |                        ^^^^^\n"
        "  a word with a similar name exists: `relu`",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("data", "says"), BROKEN.values(), ids=BROKEN)
def test_a_file_that_is_refused(data: bytes, says: str) -> None:
    assert str(mistakes(data)) == says


# What the command line may change

NET = """\
input: [3, 32, 32]
vars: {width: 1.0, deep: true, sizes: [3, 5], mode: same}
layers:
  - op: conv
    out_channels: 8 * width
    kernel_size: sizes
    padding: mode
    bias: deep
expect: {params: 368}
"""


def shape(**asked: Any) -> tuple[int, ...]:
    return network(NET, **asked).layers[0].outputs[0].shape


def test_settings() -> None:
    assert shape() == (1, 8, 32, 32)
    assert shape(settings={"width": "0.5"}) == (1, 4, 32, 32)
    assert shape(settings={"width": "max(1, 1 + 0.5)"}) == (1, 12, 32, 32)
    assert shape(settings={"mode": "valid", "sizes": "[1, 3]"}) == (1, 8, 32, 30)
    assert shape(settings={"mode": "(width + 1) / 2"}) == (1, 8, 32, 30)
    assert list(network(NET, settings={"deep": "no"}).layers[0].weights) == ["weight"]


def test_inputs() -> None:
    assert shape(inputs={"": (3, 16, 8)}) == (1, 8, 16, 8)
    assert shape(inputs={"input": [3, 16, 8]}, batch=4) == (4, 8, 16, 8)


def test_expectations_hold_for_the_spec_as_it_is() -> None:
    assert network(NET).expect == {"params": 368}
    assert network(NET, settings={"width": "2"}).expect == {}
    assert network(NET, inputs={"": (3, 16, 16)}).expect == {}
    assert network(NET, batch=2).expect == {}


TWO = "inputs: {rgb: [3, 8, 8], flow: [2, 8, 8]}\nlayers: [{op: concat, from: [rgb, flow]}]\n"

ASKED = {
    "an unknown var with a similar name": (
        NET, {"settings": {"widht": "2"}},
        "--set: the spec has no var `widht`\n  a var with a similar name exists: `width`",
    ),
    "an unknown var": (
        NET, {"settings": {"x" * 100: "2"}},
        f"--set: the spec has no var `{'x' * 60}...`\n  vars of the spec: width, deep, sizes, mode",
    ),
    "a var where there is none": (
        GOOD, {"settings": {"width": "2"}},
        "--set: the spec has no var `width`\n  vars of the spec: none",
    ),
    "an expression that cannot be read": (
        NET, {"settings": {"width": "2 +"}}, "--set width=2 +: this is not an expression",
    ),
    "an unknown name": (
        NET, {"settings": {"width": "2 * widht"}},
        "--set width=2 * widht: unknown name `widht`\n  a name with a similar name exists: `width`",
    ),
    "itself": (
        NET, {"settings": {"width": "2 * width"}},
        "--set width=2 * width: vars go round in a circle: width -> width",
    ),
    "no value": (NET, {"settings": {"width": ""}}, "--set width=: a value is missing"),
    "a mapping": (
        NET, {"settings": {"width": "{a: 1}"}},
        "--set width={a: 1}: a mapping stands where a value is wanted",
    ),
    "no YAML": (
        NET, {"settings": {"width": "[1"}},
        "--set width=[1: the bracket is not closed\n  reading ended at 1:3",
    ),
    "control characters": (
        NET, {"settings": {"width": "\x1b[1m"}},
        "--set width=�[1m: the control character U+001B is not allowed in YAML",
    ),
    "a value that does not fit": (
        NET, {"settings": {"width": "0.3"}},
        "net.yaml:5:19: layer 'conv1': out_channels is 12/5, and a whole number is wanted\n"
        "    5 |     out_channels: 8 * width\n"
        "      |                   ^^^^^^^^^",
    ),
    "several mistakes": (
        NET, {"settings": {"width": "same", "x": "3"}},
        "--set: the spec has no var `x`\n  vars of the spec: width, deep, sizes, mode\n"
        "net.yaml:5:23: a number is wanted, and this is same\n"
        "    5 |     out_channels: 8 * width\n"
        "      |                       ^^^^^",
    ),
    "an unknown input": (
        TWO, {"inputs": {"depth": (3, 8, 8)}},
        "--input: there is no input `depth`\n  inputs: rgb=..., flow=...",
    ),
    "one of several inputs without its name": (
        TWO, {"inputs": {"": (3, 8, 8)}},
        "--input: the spec has several inputs\n  inputs: rgb=..., flow=...",
    ),
    "an input of another rank": (
        NET, {"inputs": {"": (3, 32)}},
        "--input input=3x32: the spec's input has 3 sizes, as in [3, 32, 32], and here are 2\n"
        "  channels come first, and the batch is not written",
    ),
    "an input with a size of zero": (
        NET, {"inputs": {"input": (3, 0, 32)}},
        "--input input=3x0x32: the input's shape is 0, which is below 1",
    ),
    "an empty input": (
        NET, {"inputs": {"input": ()}},
        "--input input=: the input's shape is [], and a list of whole numbers is wanted",
    ),
    "an input that is too small": (
        "input: [3, 32, 32]\nlayers: [{op: conv, out_channels: 8, kernel_size: 7}]\n",
        {"inputs": {"": (3, 32, 5)}},
        "net.yaml:2:51: layer 'conv1': the window spans 7 positions of spatial axis 1, and the "
        "padded input has 5\n"
        "    2 | layers: [{op: conv, out_channels: 8, kernel_size: 7}]\n"
        "      |                                                   ^\n"
        "  its input is 'input' [3, 32, 5]",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "asked", "says"), ASKED.values(), ids=ASKED)
def test_what_cannot_be_asked(text: str, asked: dict[str, Any], says: str) -> None:
    assert str(mistakes(text, **asked)) == says


ONE = "layers: [{op: conv, out_channels: c, kernel_size: 1}]\n"


def test_a_setting_mends_a_var() -> None:
    text = f"input: [3, 8, 8]\nvars: {{c: nothing}}\n{ONE}"
    assert network(text, settings={"c": "4"}).layers[0].outputs[0].shape == (1, 4, 8, 8)


def test_only_layers_are_at_fault() -> None:
    assert names(layers("  - relu")) == ["relu1"]
