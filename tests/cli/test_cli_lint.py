"""``convcost lint``: what it prints, and how it ends.

``UPDATE_GOLDEN=1 python3 -m pytest tests/cli/test_cli_lint.py`` writes the golden files anew.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import jsonschema
import onnx
import pytest
from running import ROOT

from convcost.analysis.lint import RULES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from running import Ran

    Run = Callable[..., Ran]

GOLDEN = ROOT / "tests" / "golden"
ONNX = ROOT / "tests" / "data" / "onnx"
SARIF = ROOT / "tests" / "data" / "sarif-schema-2.1.0.json"
FINE = "input: [64, 32, 32]\nlayers:\n  - {op: conv, out_channels: 64, kernel_size: 3}\n"
WARNED = FINE + "  - batch_norm\n"
WRONG = FINE + "expect: {params: 1}\n"


def golden(file: str, shown: str) -> None:
    if os.environ.get("UPDATE_GOLDEN"):
        (GOLDEN / file).write_bytes(shown.encode())
    assert shown.encode() == (GOLDEN / file).read_bytes()


@pytest.mark.parametrize("format_", ["text", "json", "github", "sarif"])
def test_every_format(run: Run, monkeypatch: pytest.MonkeyPatch, format_: str):
    monkeypatch.chdir(GOLDEN)
    ran = run("lint", "lint.yaml", "--format", format_)
    assert (ran.code, ran.err) == (1, "")
    golden(f"lint.{'txt' if format_ == 'text' else format_}", ran.out)


def test_a_terminal_of_80_columns(on_terminal: Callable[..., str]):
    shown = on_terminal("lint", "lint.yaml", "--ignore", "CC504", cwd=GOLDEN, NO_COLOR="1")
    assert max(map(len, shown.splitlines())) <= 80
    golden("lint_80.txt", shown)


def test_levels_have_colours(on_terminal: Callable[..., str]):
    shown = on_terminal("lint", "lint.yaml", "--ignore", "CC504", cwd=GOLDEN)
    heads = [line for line in shown.splitlines() if "lint.yaml:" in line]
    assert len(heads) == 6
    for head in heads:
        assert head.startswith("\x1b[36m" if " note" in head else "\x1b[33m")


def test_sarif_is_valid(run: Run):
    document = json.loads(run("lint", GOLDEN / "lint.yaml", "--format", "sarif").out)
    jsonschema.validate(document, json.loads(SARIF.read_text()))
    rules = document["runs"][0]["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [rule.code for rule in RULES]


@pytest.mark.parametrize(
    ("text", "options", "code"),
    [
        (FINE, [], 0),
        (WARNED, [], 0),
        (WARNED, ["--strict"], 1),
        (WARNED, ["--strict", "--ignore", "CC2"], 0),
        (WARNED, ["--strict", "--select", "CC1,CC201"], 1),
        (WARNED, ["--strict", "--select", "CC1", "--select", "cc3"], 0),
        (WRONG, [], 1),
        (WRONG, ["--ignore", "CC504"], 0),
        (WRONG, ["--format", "json"], 1),
        (FINE.replace("conv,", "conf,"), [], 2),
    ],
)
def test_exit_codes(run: Run, text: str, options: list[str], code: int):
    assert run("lint", "-", *options, stdin=text).code == code


def test_nothing_found(run: Run):
    ran = run("lint", "-", stdin=FINE)
    assert (ran.out, ran.err) == ("nothing found in 1 spec\n", "")
    ran = run("lint", "-", "--format", "json", stdin=FINE)
    assert json.loads(ran.out) == {
        "convcost": 1,
        "totals": {"error": 0, "warning": 0, "note": 0},
        "findings": [],
    }
    assert run("lint", "-", "--format", "github", stdin=FINE).out == ""


def test_several_specs_of_which_one_cannot_be_read(run: Run, tmp_path: Path):
    paths = [tmp_path / name for name in ("warned.yaml", "broken.yaml", "wrong.yaml")]
    for path, text in zip(paths, (WARNED, "input: [1", WRONG), strict=True):
        path.write_text(text)
    ran = run("lint", *paths)
    assert ran.code == 2
    assert ran.err.startswith(f"{paths[1]}:1:8: the bracket is not closed\n")
    assert f"{paths[0]}:3:10: CC201 warning conv: " in ran.out
    assert f"{paths[2]}:4:18: CC504 error: params is expected to be 1" in ran.out
    assert ran.out.endswith(
        "1 error and 1 warning in 2 specs, and 1 file cannot be read; `convcost lint --explain "
        "CC504` has the reasons, and `--fix` may mend 1\n"
    )


def test_nothing_is_said_of_specs_that_cannot_be_read(run: Run, tmp_path: Path):
    broken = tmp_path / "broken.yaml"
    broken.write_text("input: [1")
    ran = run("lint", broken)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"{broken}:1:8: the bracket is not closed\n")


def test_other_vars_and_inputs(run: Run):
    spec = ROOT / "specs" / "mobilenet_v1.yaml"
    ran = run("lint", spec, "--input", "3x32x32", "--select", "CC106")
    assert ran.out.startswith(f"{spec}:")
    assert ran.out.partition(":13: ")[2] == (  # the column; lines of the spec come and go
        "CC106 warning stage.4.0.depthwise: 5 of its 9 taps meet "
        "nothing but padding on a map of 2x2: 2,560 of its 4,608 params change no output (and 1 "
        "layer more of this line)\n"
        "    fix: kernel_size 2 for the taps that are left, less dilation, or a larger map\n\n"
        "1 warning in 1 spec; `convcost lint --explain CC106` has the reasons\n"
    )


def test_an_onnx_file_has_layers_and_no_lines(run: Run):
    model = ONNX / "resnet18__ts17.onnx"
    ran = run("lint", model)
    assert ran.out.splitlines()[0] == (
        f"{model}: CC104 note layer2.0.downsample.0: a 1x1 window at stride 2 skips 75 % of its "
        "input, and other layers read it"
    )
    found = json.loads(run("lint", model, "--format", "json").out)["findings"][0]
    assert (found["path"], found["line"], found["layer"]) == (None, None, "layer2.0.downsample.0")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["-", "--select", "CC9"],
            "no rule has the code `CC9`\n"
            "  `convcost lint --explain all` lists all: CC001 to CC505\n",
        ),
        (
            ["-", "--ignore", "CC104,"],
            "no rule has the code ``\n  `convcost lint --explain all` lists all: CC001 to CC505\n",
        ),
        (
            ["--explain", "CC1044"],
            "no rule has the code `CC1044`\n  a code with a similar name exists: `CC104`\n",
        ),
        (["nowhere.yaml"], "nowhere.yaml: there is no such file\n"),
    ],
)
def test_bad_usage(run: Run, arguments: list[str], message: str):
    ran = run("lint", *arguments, stdin=FINE)
    assert (ran.code, ran.err) == (2, message)


def test_pages(run: Run):
    ran = run("lint", "--explain", "cc102")
    assert ran.code == 0
    assert ran.out.startswith("# CC102: checkerboard of a transposed layer\n\n*warning*: a ")
    listed = run("lint", "--explain", "all").out
    assert [line.split()[0] for line in listed.splitlines()[2:-2]] == [r.code for r in RULES]


def test_what_cannot_be_read_is_said(run: Run, tmp_path: Path):
    helper, float32 = onnx.helper, onnx.TensorProto.FLOAT
    shape = [1, 8, 16, 16]
    graph = helper.make_graph(
        [
            helper.make_node("Relu", ["x"], ["lost"]),
            helper.make_node("Odd", ["lost"], ["y"], name="odd", domain="of.another"),
        ],
        "net",
        [helper.make_tensor_value_info("x", float32, shape)],
        [helper.make_tensor_value_info("y", float32, shape)],
    )
    path = tmp_path / "net.onnx"
    path.write_bytes(helper.make_model(graph).SerializeToString())
    ran = run("lint", path)
    assert ran.code == 0
    assert ran.err.startswith(f"warning: {path}: incomplete, so findings may be missing: ")
    assert ran.out == "nothing found in 1 spec\n"  # the relu is no dead layer: who knows
