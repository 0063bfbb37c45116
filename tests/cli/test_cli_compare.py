"""``convcost compare``: every format byte by byte, designs as they are written, and mistakes.

``UPDATE_GOLDEN=1 python3 -m pytest tests/cli/test_cli_compare.py`` writes the golden files anew.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
from collections.abc import Callable
from typing import TYPE_CHECKING

import onnx
import pytest
from onnx.parser import parse_model
from running import ROOT, Ran

from convcost.cli.designs import Design, labels, parsed

if TYPE_CHECKING:
    from pathlib import Path

GOLDEN = ROOT / "tests" / "golden"
MOBILENET = ROOT / "specs" / "mobilenet_v1.yaml"
Run = Callable[..., Ran]


def golden(text: str, file: str) -> None:
    if os.environ.get("UPDATE_GOLDEN"):
        (GOLDEN / file).write_bytes(text.encode())
    assert text.encode() == (GOLDEN / file).read_bytes()


@pytest.mark.parametrize(
    ("options", "file"),
    [
        ([], "compare.txt"),
        (["--format", "json"], "compare.json"),
        (["--format", "markdown"], "compare.md"),
        (["--format", "csv"], "compare.csv"),
        (["--by", "stage", "--metric", "params", "--all"], "compare_stages.txt"),
        (["base.yaml@width=32", "@3x64x64", "--by", "op"], "compare_four.txt"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_output_is_the_golden_file(
    run: Run, monkeypatch: pytest.MonkeyPatch, options: list[str], file: str
):
    monkeypatch.chdir(GOLDEN)
    code, out, err = run("compare", "base.yaml", "head.yaml", *options)
    assert (code, err) == (0, "")
    golden(out, file)


@pytest.mark.parametrize(
    ("options", "width"), [([], 80), ([], 40), (["@width=8", "@width=32", "@3x64x64"], 80)]
)
def test_output_fits_a_terminal(on_terminal: Callable[..., str], options: list[str], width: int):
    arguments = ("compare", "base.yaml", "head.yaml", *options)
    shown = on_terminal(*arguments, width=width, cwd=GOLDEN, NO_COLOR="1", LINES="200")
    *tables, _notes = shown.split("\n\n")
    assert all(len(line) <= width for table in tables for line in table.splitlines())
    golden(shown, f"compare_{width}_{len(options)}.txt")


def test_colours_of_a_terminal_are_those_of_marks(on_terminal: Callable[..., str]):
    shown = on_terminal("compare", "base.yaml", "head.yaml", cwd=GOLDEN, LINES="200")
    for mark, colour in (("+", 32), ("-", 31), ("~", 33)):
        assert f"\x1b[{colour}m{mark} " in shown


def test_a_terminal_shows_what_differs_most(on_terminal: Callable[..., str], run: Run):
    """As many rows as it has lines for, in the order of the network; `--all` lists each."""
    designs = [ROOT / "specs" / f"{name}.yaml" for name in ("resnet18", "resnet50")]
    rows = json.loads(run("compare", *designs, "--format", "json").out)["rows"]
    changes = sorted((abs(row["differences"][0]) for row in rows), reverse=True)
    for lines, most in (("24", 6), ("60", 36)):
        shown = on_terminal("compare", *designs, LINES=lines, NO_COLOR="1")
        listed = [row for row in shown.splitlines() if row[:2] in ("+ ", "- ", "~ ")]
        assert most <= len(listed) < len(rows)
        assert len(shown.splitlines()) < int(lines)
        assert f"{len(rows) - len(listed)} layers more, with smaller differences" in shown
        bars = [row.count("█") + row.count("▌") for row in listed]
        assert (min(bars) > 0) == (changes[len(listed) - 1] > 0)
    everything = on_terminal("compare", *designs, "--all", LINES="24", NO_COLOR="1")
    assert len(everything.splitlines()) > len(rows)


def test_mobilenet_beside_itself_of_standard_convolutions(run: Run):
    code, out, err = run("compare", MOBILENET, "@separable=false", "--format", "json")
    assert (code, err) == (0, "")
    totals = {total["metric"]: total for total in json.loads(out)["totals"]}
    # Howard et al. 2017, table 4: 569 and 4866 million (without the classifier), 4.2 and 29.3.
    assert totals["macs"] == {
        "metric": "macs",
        "values": [568_740_352, 4_867_293_184],
        "differences": [4_298_552_832],
        "ratios": [8.55802],
    }
    assert totals["params"]["values"] == [4_231_976, 29_294_088]
    out = run("compare", MOBILENET, "@separable=false").out
    assert "568,740,352     4,867,293,184  +4,298,552,832   +756%   8.56x\n" in out


def test_json_has_what_differs_and_where(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(GOLDEN)
    document = json.loads(run("compare", "base.yaml", "head.yaml", "--format", "json").out)
    rows = {(row["designs"][0] or row["designs"][1])["name"]: row for row in document["rows"]}
    assert rows["bend"]["changes"] == [{"negative_slope": [0.2, 0.1]}]
    assert rows["pool"]["marks"] == ["-"]
    assert rows["pool"]["designs"][1] is None
    assert [design["origin"] for design in rows["last"]["designs"]] == [
        "base.yaml:15",
        "head.yaml:15",
    ]


def test_csv_has_a_line_a_design_and_row(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(GOLDEN)
    out = run("compare", "base.yaml", "head.yaml", "--all", "--format", "csv").out
    lines = list(csv.DictReader(io.StringIO(out)))
    totals, rows = lines[:2], lines[2:]
    for total in totals:
        macs = [
            int(row["macs"]) for row in rows if row["design"] == total["design"] and row["macs"]
        ]
        assert sum(macs) == int(total["macs"])
    assert {row["mark"] for row in rows} == {"", "+", "-", "~", "="}


def test_rows_with_the_largest_differences_come_first(run: Run):
    out = run("compare", MOBILENET, "@separable=false", "--sort", "difference", "--top", "3").out
    rows = [line for line in out.splitlines() if line.startswith(("+ ", "- ", "~ "))]
    assert len(rows) == 3
    assert all("+411,041,792" in row for row in rows)
    assert "\n49 layers more: --top\n" in out


def test_standard_input_may_be_several_designs(spawn: Run):
    out = spawn("compare", "-", "@width=0.5", "@width=0.25", stdin=MOBILENET.read_text()).out
    assert out.startswith("-            MobileNet   3x224x224 -> 1000\n@width=0.5 ")


def test_bars_are_ascii_where_the_encoding_has_no_blocks(spawn: Run):
    out = spawn("compare", "base.yaml", "head.yaml", cwd=GOLDEN, PYTHONIOENCODING="ascii").out
    assert "  50.0%  ########  head.yaml:11\n" in out


def test_settings_for_all_give_way_to_those_of_a_design(run: Run):
    arguments = ("compare", MOBILENET, "@width=0.5", "--set", "width=0.25", "--format", "json")
    totals = json.loads(run(*arguments).out)["totals"]
    alone = [
        json.loads(run("analyze", MOBILENET, "--set", f"width={w}", "--format", "json").out)
        for w in ("0.25", "0.5")
    ]
    assert totals[0]["values"] == [document["totals"]["params"] for document in alone]


def test_a_model_beside_the_spec_of_the_same_network(run: Run):
    model = ROOT / "tests" / "data" / "onnx" / "resnet18__ts17.onnx"
    code, out, err = run("compare", ROOT / "specs" / "resnet18.yaml", model)
    assert (code, err) == (0, "")
    assert re.search(r"^MACs +1,814,073,344 +1,814,073,344 +1x$", out, re.MULTILINE)
    assert re.search(r"^depth +18 +18 +1x$", out, re.MULTILINE)


def test_incomplete_networks_say_so(run: Run, tmp_path: Path):
    text = """
    <ir_version: 8, opset_import: ["" : 17, "mine" : 1]>
    net (float[1, 3, 8, 8] x) => (float[1, 3, 8, 8] y) { z = Relu (x) y = mine.Odd (z) }
    """
    path = tmp_path / "odd.onnx"
    path.write_bytes(onnx.ModelProto.SerializeToString(parse_model(text)))
    code, out, _ = run("compare", path, f"{GOLDEN}/base.yaml@3x8x8")
    assert code == 0
    assert "\nodd is incomplete: " in out
    document = json.loads(run("compare", path, path, "--format", "json").out)
    assert document["complete"] is False
    assert [design["complete"] for design in document["designs"]] == [False, False]


def test_an_expectation_that_fails_is_a_warning(run: Run, tmp_path: Path):
    path = tmp_path / "net.yaml"
    path.write_text("{input: [3, 8, 8], layers: [flatten], expect: {params: 1}}")
    code, _, err = run("compare", path, GOLDEN / "base.yaml")
    assert (code, err) == (0, "warning: net: expect: params is 1, and the network has 0\n")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            ["base.yaml"],
            "Error: Invalid value: a second design is wanted: another file, or base.yaml with "
            "other settings, such as @width=0.5",
        ),
        (
            ["@width=8", "base.yaml"],
            "Error: Invalid value: '@width=8' has no file before it whose settings these could be; "
            "a first design is such as net.yaml@width=0.5 or net.yaml@3x160x160",
        ),
        (
            ["base.yaml", "@wide"],
            "Error: Invalid value: '@wide': 'wide' is neither VAR=VALUE nor a shape, as in "
            "net.yaml@width=0.5 or net.yaml@3x160x160",
        ),
        (
            ["base.yaml", "@wdith=8"],
            "base.yaml@wdith=8: --set: the spec has no var `wdith`\n"
            "  a var with a similar name exists: `width`",
        ),
        (["base.yaml", "heed.yaml@width=8"], "heed.yaml: there is no such file"),
        (["base.yaml", "heed@wide.yaml"], "heed@wide.yaml: there is no such file"),
        (
            ["base.yaml", "--format", "json", "--by", "row"],
            "Error: Invalid value for '--by': 'row' is not one of 'layer', 'stage', 'op'.",
        ),
    ],
    ids=lambda value: None if isinstance(value, str) else value[-1],
)
def test_mistakes_are_answered(
    run: Run, monkeypatch: pytest.MonkeyPatch, arguments: list[str], says: str
):
    monkeypatch.chdir(GOLDEN)
    code, out, err = run("compare", *arguments)
    assert (code, out) == (2, "")
    assert err.endswith(f"{says}\n")


@pytest.mark.parametrize(
    ("arguments", "designs"),
    [
        (["a.yaml", "b.yaml"], [("a.yaml", ()), ("b.yaml", ())]),
        (["a.yaml@w=2@3x8x8", "@w=3"], [("a.yaml", ("w=2", "3x8x8")), ("a.yaml", ("w=3",))]),
        (["a.yaml", "@w=min(2, 3)"], [("a.yaml", ()), ("a.yaml", ("w=min(2, 3)",))]),
        (["@2x.yaml", "a@b@w=1"], [("@2x.yaml", ()), ("a@b", ("w=1",))]),
        (["here@w=1", "here@w=1@w=2"], [("here@w=1", ()), ("here@w=1", ("w=2",))]),
        (["-", "-@rgb=3x8x8"], [("-", ()), ("-", ("rgb=3x8x8",))]),
    ],
)
def test_designs_are_files_with_settings(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    designs: list[tuple[str, tuple[str, ...]]],
):
    monkeypatch.chdir(tmp_path)
    for name in ("@2x.yaml", "here", "here@w=1"):
        (tmp_path / name).touch()
    assert parsed(arguments) == [Design(*design) for design in designs]


def test_a_design_sets_vars_and_shapes():
    design = Design("a.yaml", ("w=2", "3x8x8", "rgb=3x8x8", "name=3x"))
    assert (design.settings, design.inputs) == (["w=2", "name=3x"], ["3x8x8", "rgb=3x8x8"])


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["d/a.yaml", "d/b.onnx"], ["a", "b"]),
        (["d/a.yaml", "@w=2"], ["a", "@w=2"]),
        (["d/a.yaml", "d/b.yaml@w=2"], ["a", "b@w=2"]),
        (["d/a.yaml", "e/a.yaml"], ["d/a.yaml", "e/a.yaml"]),
        (["d/a.yaml", "d/a.yaml"], ["d/a.yaml", "d/a.yaml"]),
    ],
)
def test_labels_are_short_where_they_tell_designs_apart(arguments: list[str], wanted: list[str]):
    assert labels(parsed(arguments)) == wanted


def test_lines_of_another_file_have_its_name_on_a_terminal(
    on_terminal: Callable[..., str], tmp_path: Path
):
    block = "blocks:\n  twice:\n    args: {n: ~}\n    layers: [{op: linear, out_features: n}]\n"
    (tmp_path / "shared.yaml").write_text(block)
    (tmp_path / "net.yaml").write_text(
        "input: [4]\ninclude: shared.yaml\nvars: {n: 2}\nlayers:\n"
        "  - {op: twice, n: n}\n  - {op: linear, out_features: n}\n"
    )
    shown = on_terminal("compare", "net.yaml", "@n=3", cwd=tmp_path, NO_COLOR="1")
    rows = [line for line in shown.splitlines() if line.startswith("~ ")]
    assert [row.split()[-1] for row in rows] == ["shared.yaml:4", "6"]


def test_figures_of_a_convention_of_ones_own(run: Callable[..., Ran], tmp_path: Path) -> None:
    theirs = ROOT / "convcost" / "conventions" / "tools" / "thop.yaml"
    mine = shutil.copy(theirs, tmp_path / "mine.yaml")
    ran = run("compare", "resnet18", "resnet50", "--convention", mine, "--metric", "mine.macs")
    assert (ran.code, ran.err) == (0, "")
    assert "share: of all differences in mine.macs" in ran.out


@pytest.mark.parametrize(
    ("figure", "said"),
    [
        ("thop.foo", "there is no figure 'thop.foo', but thop.macs"),
        ("rtx3090.foo", "there is no figure 'rtx3090.foo', but rtx3090.bound, rtx3090.estimate"),
        ("stm32h743.estimate", "there is no figure 'stm32h743.estimate', but stm32h743.bound"),
    ],
)
def test_a_figure_that_a_tool_or_a_device_lacks(
    figure: str, said: str, run: Callable[..., Ran]
) -> None:
    ran = run("compare", "resnet18", "resnet50", "--dtype", "int8", "--metric", figure)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.endswith(f"Invalid value for --metric: {said}\n")
