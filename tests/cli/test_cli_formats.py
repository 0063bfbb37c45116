"""Content of every format; no name can harm any of them."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from in_format import in_format, lines_of

import convcost
from convcost.render.reports.analyze import report
from convcost.render.spec import to_spec

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., tuple[int, str, str]]

NAMES = [
    "a|b||c",
    "`code` ``two``",
    "line\nbreak",
    "tab\tand\x1b[31mescape",
    "<b>bold</b> &amp; co",
    "comma, semi; colon: end",
    "quo\"te's",
    "中文字 😀 ｗｉｄｅ",
    "back\\slash \\| \\n",
    "*star* _under_ in_word __dunder__ ~~gone~~",
    "[link](http://x) ![image](y)",
    "# hash",
    "- dash",
    "key: value # comment",
    "{flow: [1]}",
    "$x^2$",
    "&anchor",
    "!tag",
    "%x",
    "@y",
    "true",
    "Null",
    "~",
    "no",
    "1e3",
    "010",
    "-1",
    "0x1f",
    "\x85 next \u2028 line \ufeff",
    "é\u0301 combining",
    "=1+1",
    "n" * 300,
]


@pytest.fixture
def named() -> convcost.Analysis:
    """A network with names that a spec may not have, but that of another tool may."""
    layers = ", ".join(["{op: conv, out_channels: 4, kernel_size: 1}"] * len(NAMES))
    text = f"{{input: [3, 8, 8], layers: [{layers}]}}".encode()
    network = convcost.load("net.yaml", read=lambda _: text)
    network.name = " ".join(NAMES[:8])
    for layer, name in zip(network.layers, NAMES, strict=True):
        layer.name = layer.outputs[0].name = name
    return convcost.analyze(network)


def visible(name: str) -> str:
    return "".join(c if c.isprintable() else "�" for c in name)


def output(ran: tuple[int, str, str]) -> str:
    code, out, err = ran
    assert (code, err) == (0, "")
    return out


def test_json_keeps_names(named: convcost.Analysis):
    text = in_format(report(named, named.layers), "json")
    assert text.isascii()
    document = json.loads(text)
    assert [layer["name"] for layer in document["layers"]] == NAMES
    assert document["network"]["name"] == named.network.name


def test_csv_keeps_names(named: convcost.Analysis):
    rows = list(
        csv.DictReader(io.StringIO(in_format(report(named, named.layers), "csv"), newline=""))
    )
    assert [row["layer"] for row in rows] == NAMES
    assert all(row["receptive_field"] == "1" for row in rows)


def test_a_flat_spec_of_such_names_loads(named: convcost.Analysis):
    """A spec's names are letters and digits, so layers get others, each its own."""
    text = to_spec(named.network)
    again = convcost.analyze(convcost.load("flat.yaml", read=lambda _: text.encode()))
    assert again.totals == named.totals
    assert again.network.name == visible(named.network.name)
    assert len({layer.name for layer in again.layers}) == len(NAMES)


@pytest.mark.parametrize("width", [None, 200])
def test_text_keeps_names_but_commands_no_terminal(named: convcost.Analysis, width: int | None):
    shown = lines_of(report(named, named.layers), width)
    table = shown[4 : 4 + len(NAMES)]
    for name, row in zip(NAMES, table, strict=True):
        if width is None or len(name) < 100:
            assert row.startswith(f"{visible(name)}  ")
    assert "\x1b" not in "".join(shown)


def test_markdown_keeps_names_and_columns(named: convcost.Analysis):
    text = in_format(report(named, named.layers), "markdown")
    assert "\x1b" not in text
    assert "<" not in text
    rows = [re.split(r"(?<!\\)\|", row) for row in text.split("\n") if row.startswith("| ")]
    assert {len(row) for row in rows} == {10}
    shown = [html.unescape(re.sub(r"\\(\W|_)", r"\1", row[1][1:-1])) for row in rows[2:-1]]
    assert shown == [name if "\n" in name else visible(name) for name in NAMES]


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
@pytest.mark.parametrize("format_", ["text", "json", "markdown", "csv"])
def test_an_encoding_that_lacks_characters_is_no_failure(
    spawn: Run, tmp_path: Path, encoding: str, format_: str
):
    path = tmp_path / "中文 é 😀.yaml"
    text = "name: 中文 é 😀\ninput: [1, 8]\nlayers: [relu]\n"
    path.write_text(text, encoding="utf-8")
    code, out, err = spawn("analyze", path, "--format", format_, PYTHONIOENCODING=encoding)
    assert (code, err) == (0, "")
    if format_ == "json":
        assert json.loads(out)["network"]["name"] == "中文 é 😀"
        assert json.loads(out)["network"]["source"] == str(path)
    code, out, err = spawn("expand", path, PYTHONIOENCODING=encoding)
    assert (code, err) == (0, "")
    assert yaml.safe_load(out)["name"] == "中文 é 😀"


DOCUMENT = {
    "convcost",
    "convention",
    "network",
    "complete",
    "totals",
    "peak",
    "unmet",
    "layers",
    "unknown",
    "assumes",
}
COUNTS = [
    *("params", "buffers", "macs", "macs_in_bounds"),
    *("multiplies", "adds", "divides", "comparisons", "transcendentals", "flops"),
    *("weight_bytes", "activation_bytes", "traffic_bytes", "peak_activation_bytes"),
]
LAYER = {
    "name",
    "op",
    "inputs",
    "input_shapes",
    "output_shape",
    *COUNTS,
    "intensity",
    "weights",
    "receptive_field",
    "source",
}


def document(run: Run, path: Path, text: str, *arguments: str) -> dict[str, Any]:
    path.write_text(text)
    return json.loads(output(run("analyze", path, "--format", "json", *arguments)))


def test_the_keys_of_the_json_document(run: Run, tmp_path: Path):
    path = tmp_path / "net.yaml"
    text = "name: net\ninput: [3, 8, 8]\nlayers:\n  - {op: conv, out_channels: 4, kernel_size: 3}\n"
    found = document(run, path, text, "--batch", "2")
    assert set(found) == DOCUMENT
    assert (found["convcost"], found["convention"], found["complete"]) == (1, "dense", True)
    assert (found["unmet"], found["unknown"]) == ([], [])
    assert found["network"] == {
        "name": "net",
        "input_shape": [3, 8, 8],
        "output_shape": [4, 6, 6],
        "batch": 2,
        "source": str(path),
    }
    macs = 2 * 36 * 4 * 27
    counts = {
        "params": 112,
        "buffers": 0,
        "macs": macs,
        "macs_in_bounds": macs,
        "multiplies": macs,
        "adds": macs,  # one less than products, one more for the bias
        "divides": 0,
        "comparisons": 0,
        "transcendentals": 0,
        "flops": 2 * macs,
        "weight_bytes": 4 * 112,
        "activation_bytes": 4 * 2 * 4 * 36,
        "traffic_bytes": 4 * (112 + 2 * 4 * 36 + 2 * 3 * 64),
        "peak_activation_bytes": 4 * (2 * 4 * 36 + 2 * 3 * 64),
        "intensity": round(macs / (4 * (112 + 2 * 4 * 36 + 2 * 3 * 64)), 5),
    }
    assert found["totals"] == counts
    assert list(found["totals"]) == [*COUNTS, "intensity"]
    assert found["peak"] == "conv"
    (layer,) = found["layers"]
    assert set(layer) == LAYER
    assert layer == {
        "name": "conv",
        "op": "conv",
        "inputs": ["input"],
        "input_shapes": [[3, 8, 8]],
        "output_shape": [4, 6, 6],
        "weights": {"weight": [4, 3, 3, 3], "bias": [4]},
        **counts,
        "receptive_field": [{"size": 3, "stride": 1, "start": 0, "flags": []}] * 2,
        "source": f"{path}:4",
    }
    for value in (*(found["totals"][m] for m in COUNTS), *(layer[metric] for metric in COUNTS)):
        assert type(value) is int


def test_counts_beyond_any_float_are_exact(run: Run, tmp_path: Path):
    text = """
input: [1048575, 1048575]
layers: [{op: conv, out_channels: 1048575, kernel_size: 4095, padding: 2047}]
"""
    found = document(run, tmp_path / "huge.yaml", text)
    assert found["totals"]["macs"] == 1048575**3 * 4095
    assert found["totals"]["params"] == 1048575**2 * 4095 + 1048575


def test_several_inputs_and_outputs_go_by_name(run: Run, tmp_path: Path):
    text = """
inputs: {rgb: [3, 8, 8], flow: [2, 8, 8]}
outputs: [sum, halves.0, halves.1]
layers:
  - {op: conv, name: a, from: rgb, out_channels: 4, kernel_size: 3, padding: 1}
  - {op: conv, name: b, from: flow, out_channels: 4, kernel_size: 1}
  - {op: add, name: sum, from: [a, b]}
  - {op: split, name: halves, sizes: [1, 3]}
  - {op: relu, name: nowhere, from: halves.1}
"""
    found = document(run, tmp_path / "many.yaml", text)
    network = found["network"]
    assert network["input_shape"] == [3, 8, 8]
    assert network["input_shapes"] == {"rgb": [3, 8, 8], "flow": [2, 8, 8]}
    assert network["output_shape"] == [4, 8, 8]
    assert network["output_shapes"] == {
        "sum": [4, 8, 8],
        "halves.0": [1, 8, 8],
        "halves.1": [3, 8, 8],
    }
    layers = {layer["name"]: layer for layer in found["layers"]}
    assert layers["sum"]["inputs"] == ["a", "b"]
    assert layers["sum"]["receptive_field"] == layers["a"]["receptive_field"]
    assert {name: axes[0]["size"] for name, axes in layers["sum"]["receptive_fields"].items()} == {
        "rgb": 3,
        "flow": 1,
    }
    assert layers["halves"]["output_shape"] == [1, 8, 8]
    assert layers["halves"]["output_shapes"] == [[1, 8, 8], [3, 8, 8]]
    assert {name for name, layer in layers.items() if "unused" in layer} == {"nowhere"}


def test_outputs_that_may_be_forgotten_are_told_of(run: Run, tmp_path: Path):
    path = tmp_path / "heads.yaml"
    spec = "input: [3, 8]\nlayers: [{op: relu, name: a}, tanh, {op: relu, name: b, from: input}]\n"
    says = "most layers lead to no output: a spec with several lists them under `outputs:`\n"
    for text, is_said in ((spec, True), (f"{spec}outputs: [tanh1, b]\n", False)):
        path.write_text(text)
        _, out, _ = run("analyze", str(path))
        assert (says in out) == is_said


def test_unused_layers_are_named_in_text_and_markdown(run: Run, tmp_path: Path):
    path = tmp_path / "unused.yaml"
    layers = "[{op: relu, name: a}, {op: relu, name: b, from: input}]"
    path.write_text(f"input: [3, 8]\noutputs: [b]\nlayers: {layers}\n")
    says = "counted, but no output needs them: a\n"
    assert says in output(run("analyze", path))
    assert says in output(run("analyze", path, "--format", "markdown"))
    rows = csv.DictReader(output(run("analyze", path, "--format", "csv")).splitlines())
    assert [row["unused"] for row in rows] == ["unused", ""]


def test_misaligned_fields_are_explained(run: Run, tmp_path: Path):
    path = tmp_path / "misaligned.yaml"
    path.write_text(
        "input: [1, 8]\nlayers:\n"
        "  - {op: branches, paths: [[{op: max_pool, kernel_size: 2}], [{op: crop, size: 4}]]}\n"
    )
    out = output(run("analyze", path))
    assert "  2-3!\n" in out
    assert "field !: it joins branches of different strides" in out


def test_deformed_fields_are_explained(run: Run, tmp_path: Path):
    path = tmp_path / "deformed.yaml"
    path.write_text(
        "inputs: {x: [1, 8, 8], offsets: [2, 8, 8]}\nlayers:\n"
        "  - {op: deform_sample, from: [x, offsets]}\n"
        "  - {op: conv, out_channels: 1, kernel_size: 3}\n"
    )
    out = output(run("analyze", path))
    assert "  x 3~, offsets 3\n" in out
    assert "field ~: before offsets deform it, which depend on the data\n" in out
    assert "deform it" in output(run("analyze", path, "--format", "markdown"))
