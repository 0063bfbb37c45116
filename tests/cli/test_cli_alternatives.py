"""``alternatives``: what it prints, what it writes, and what it says of mistakes.

``UPDATE_GOLDEN=1 python3 -m pytest tests/cli/test_cli_alternatives.py`` writes the files anew.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
from running import ROOT

import convcost

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., tuple[int, str, str]]

GOLDEN = ROOT / "tests" / "golden"
ONNX = ROOT / "tests" / "data" / "onnx"
LAYER = ["alternatives", "--input", "192x28x28", "--out", "256", "--kernel", "3"]
SEVERAL = ["alternatives", "plain.yaml", "stage", "--between", "same"]


def golden(file: str, out: str) -> None:
    if os.environ.get("UPDATE_GOLDEN"):
        (GOLDEN / file).write_bytes(out.encode())
    assert out.encode() == (GOLDEN / file).read_bytes()


@pytest.mark.parametrize(
    ("arguments", "file"),
    [
        (LAYER, "alternatives.txt"),
        ([*LAYER, "--format", "json"], "alternatives.json"),
        ([*LAYER, "--format", "markdown"], "alternatives.md"),
        ([*LAYER, "--format", "csv"], "alternatives.csv"),
        (SEVERAL, "alternatives_several.txt"),
        ([*SEVERAL, "--format", "markdown"], "alternatives_several.md"),
        ([*SEVERAL, "--format", "csv"], "alternatives_several.csv"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_output_is_the_golden_file(
    run: Run, monkeypatch: pytest.MonkeyPatch, arguments: list[str], file: str
):
    monkeypatch.chdir(GOLDEN)
    code, out, err = run(*arguments)
    assert (code, err) == (0, "")
    golden(file, out)


@pytest.mark.parametrize(
    ("arguments", "file"),
    [(LAYER, "alternatives_80.txt"), (SEVERAL, "alternatives_several_80.txt")],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_it_fits_a_terminal(on_terminal: Callable[..., str], arguments: list[str], file: str):
    shown = on_terminal(*arguments, "--all", cwd=GOLDEN, NO_COLOR="1")
    assert max(map(len, shown.splitlines())) <= 80
    assert "…" not in shown  # every word is whole, so that it can be typed
    golden(file, shown)


def test_a_low_terminal_has_the_rows_of_the_answer(on_terminal: Callable[..., str]):
    shown = on_terminal(*LAYER, cwd=GOLDEN, NO_COLOR="1")
    whole = on_terminal(*LAYER, "--all", cwd=GOLDEN, NO_COLOR="1")
    assert len(shown.splitlines()) < 24 < len(whole.splitlines())
    assert shown.splitlines()[-1].endswith("left out; --all shows everything")
    table = shown.partition("ratio: ")[0]
    answer = shown.partition("ratio: ")[2]
    rows = {line.split()[0] for line in whole.partition("ratio: ")[0].splitlines()[5:] if line}
    named = {word.strip(",:") for word in answer.split()} & rows
    assert {"standard", "depthwise_separable"} <= named
    assert all(f"\n{word} " in table for word in named)


def test_colours_mark_what_halves_it(on_terminal: Callable[..., str]):
    table = on_terminal(*LAYER, "--all").partition("ratio: ")[0].splitlines()
    by_word = {line.split()[0].rpartition("m")[2]: line for line in table if line.split()}
    assert by_word["grouped_2"].startswith("\x1b[32m")
    assert by_word["standard"].startswith("\x1b[1m")
    assert not by_word["spatially_separable"].startswith("\x1b[32m")


def test_json_has_exact_counts(run: Run):
    document = json.loads(run(*LAYER, "--format", "json")[1])
    rows = {row["name"]: row for row in document["alternatives"]}
    assert rows["standard"]["multiplies"] == 346_816_512
    assert rows["depthwise_separable"]["multiplies"] == 39_889_920
    assert rows["depthwise_separable"]["ratio"] == 0.115017
    assert rows["depthwise_separable"]["formula"] == "1/N + 1/k^2"


@pytest.mark.parametrize(
    ("sort", "first"),
    [
        ("macs", "grouped_64"),
        ("params", "grouped_64"),
        ("traffic_bytes", "grouped_64"),
        ("kind", "standard"),
    ],
)
def test_rows_are_sorted(run: Run, sort: str, first: str):
    out = run(*LAYER, "--format", "csv", "--sort", sort)[1].splitlines()
    head, rows = out[0].split(","), [line.split(",") for line in out[1:]]
    assert rows[0][0] == first
    if sort != "kind":
        counts = [int(row[head.index(sort)]) for row in rows]
        assert counts == sorted(counts)


def test_a_mobilenet_comes_out_of_a_plain_network(run: Run, tmp_path: Path):
    """4,231,976 parameters and 568,740,352 MACs, of 29,294,088 and 4,867,293,184."""
    path = tmp_path / "mobile.yaml"
    code, out, err = run(
        *("alternatives", GOLDEN / "plain.yaml", "stage.*", "--between", "same"),
        *("--apply", "depthwise_separable", "-o", path),
    )
    assert (code, out) == (0, "")
    assert err == (
        "13 layers replaced by depthwise_separable; parameters 29,294,088 -> 4,231,976 (0.1445), "
        "MACs 4,867,293,184 -> 568,740,352 (0.1168)\n"
    )
    made = convcost.analyze(convcost.load(str(path)))
    paper = convcost.analyze(convcost.load(str(ROOT / "specs" / "mobilenet_v1.yaml")))
    assert made.totals == paper.totals
    assert [(c.op, c.output_shapes) for c in made.layers] == [
        (c.op, c.output_shapes) for c in paper.layers
    ]
    again = run("alternatives", GOLDEN / "plain.yaml", "stage", "--format", "csv")[1]
    without = {line.split(",")[0]: line.split(",") for line in again.splitlines()}
    assert without["depthwise_separable"][5] == "568740352"


def test_the_words_between_may_be_given(run: Run):
    same = run("alternatives", GOLDEN / "plain.yaml", "stage.*", "--between", "same")[1]
    words = ("--between", "batch_norm, relu6")
    assert run("alternatives", GOLDEN / "plain.yaml", "stage.*", *words)[1] == same


@pytest.mark.parametrize(
    "word", ["depthwise_separable", "bottleneck", "inception", "grouped_4", "fully_connected"]
)
def test_what_is_written_costs_what_the_table_says(
    run: Run, parsed: Callable[..., convcost.Network], word: str
):
    spec = (GOLDEN / "small.yaml", "again")  # whose weights another layer shares
    rows = json.loads(run("alternatives", *spec, "--format", "json")[1])["alternatives"]
    (row,) = (row for row in rows if row["name"] == word)
    code, text, err = run("alternatives", *spec, "--apply", word)
    assert code == 0, err
    before = convcost.analyze(convcost.load(str(GOLDEN / "small.yaml")))
    after = convcost.analyze(parsed(text))
    was = next(layer for layer in before.layers if layer.name == "again")
    assert after.totals["macs"] == before.totals["macs"] - was.counts["macs"] + row["macs"]
    shapes = [[tensor.shape for tensor in a.network.outputs.values()] for a in (before, after)]
    assert shapes[0] == shapes[1]


def test_a_convolution_by_flags_can_be_written_too(run: Run, parsed: Callable[..., object]):
    code, text, err = run(*LAYER, "--apply", "depthwise_separable")
    assert (code, text) == (
        0,
        """convcost: 1
name: convolution
input: [192, 28, 28]
layers:
  - name: conv
    layers:
      - {op: conv, name: depthwise, out_channels: 192, kernel_size: 3, padding: 1, groups: 192, bias: false}
      - {op: conv, name: pointwise, out_channels: 256, kernel_size: 1, bias: false}
""",  # noqa: E501
    )
    assert err == (
        "1 layer replaced by depthwise_separable; parameters 442,368 -> 50,880 (0.1150), "
        "MACs 346,816,512 -> 39,889,920 (0.1150)\n"
    )
    parsed(text)


def test_layers_that_shared_weights_share_those_of_their_parts(
    run: Run, parsed: Callable[..., convcost.Network], tmp_path: Path
):
    path = tmp_path / "net.yaml"
    path.write_text(
        """input: [8, 9, 9]
layers:
  - {op: conv, name: a, out_channels: 8, kernel_size: 3, padding: 1, bias: false}
  - {op: conv, name: b, out_channels: 8, kernel_size: 3, padding: 1, bias: false, share: a}
"""
    )
    text = run("alternatives", path, "*", "--apply", "depthwise_separable")[1]
    totals = convcost.analyze(parsed(text)).totals
    assert totals["params"] == 8 * 9 + 8 * 8
    assert totals["macs"] == 2 * 81 * (8 * 9 + 8 * 8)


def test_the_convolution_of_most_macs_is_looked_at(run: Run):
    out = run("alternatives", ROOT / "specs" / "vgg16.yaml")[1].splitlines()
    assert out[0] == ("features.0.1   64x224x224 -> 64x224x224   conv 3x3, bias")
    assert out[1] == (
        "1,849,688,064 MACs, 12.0% of VGG-16: 3,211,264 outputs, each of 64 channels x 3x3 taps "
        "= 576 products"
    )


def test_models_in_onnx_files(run: Run, parsed: Callable[..., convcost.Network]):
    path = ONNX / "resnet18__ts17.onnx"
    code, text, err = run("alternatives", path, "*", "--apply", "grouped_2")
    assert (code, err.partition(";")[0]) == (
        0,
        "19 layers replaced by grouped_2, 1 layer left that cannot be",
    )
    totals = convcost.analyze(parsed(text)).totals
    assert f"-> {totals['macs']:,} (" in err
    code, _, err = run("alternatives", ONNX / "smallcnn__qdq.onnx", "*", "--apply", "grouped_2")
    assert (code, err) == (
        2,
        "'smallcnn__qdq' cannot be written as a spec: "
        "layer 'f.0' makes float32 and stores int32, int8\n",
    )


@pytest.mark.parametrize("path", sorted(ONNX.glob("*.onnx")), ids=lambda path: path.stem)
def test_every_model_has_an_answer(run: Run, path: Path):
    code, out, _ = run("alternatives", path)
    assert code == 0 or (code, out) == (3, "")


SPEC = GOLDEN / "small.yaml"
USAGE = (
    "Usage: convcost alternatives [OPTIONS] [SPEC [LAYER]]\n"
    "Try 'convcost alternatives -h' for help.\n\nError: Invalid value for "
)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ([], 2, "SPEC: give one, or a layer by --input, --out and --kernel"),
        (["--kernel", "3"], 2, "SPEC: give one, or a layer by --input, --out and --kernel"),
        (
            [*LAYER[1:], "--kernel", "3x3x3"],
            2,
            "--kernel: kernel_size has 3 values, and the input has 2 spatial axes",
        ),
        ([*LAYER[1:], "--out", "0"], 2, "--out: out_channels is 0, which is below 1"),
        (
            [*LAYER[1:], "--stride", "two"],
            2,
            "--stride: 'two' is not a number, or one for each axis, such as 3 or 1x7",
        ),
        (
            [*LAYER[1:], "--input", "192"],
            2,
            "--input: '192' is not the one input of a layer, such as 192x28x28",
        ),
        (
            [*LAYER[1:], "--kernel", "99", "--padding", "valid"],
            2,
            "--kernel: the window spans 99 positions of spatial axis 0, and the padded input has "
            "28",
        ),
        ([*LAYER[1:], "--set", "a=1"], 2, "--set: vars belong to a SPEC, and none is given"),
        ([SPEC, "--kernel", "3"], 2, "--kernel: describes a layer where there is no SPEC"),
        (
            [SPEC, "--apply", "grouped_2", "--format", "csv"],
            2,
            "--format: --apply writes a spec: leave out --format",
        ),
    ],
)
def test_usage(run: Run, arguments: list[str], code: int, says: str):
    if arguments.count("--input") == 2:  # the last one is meant
        arguments = arguments[2:]
    assert run("alternatives", *arguments) == (code, "", f"{USAGE}{says}\n")


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (
            ["classes"],
            2,
            "layer 'classes': alternatives are known of convolutions, and it is a linear",
        ),
        (
            ["stme"],
            3,
            "'small | net' has no standard convolution `stme`\n"
            "  a layer or block with a similar name exists: `stem`",
        ),
        (
            ["x.*"],
            3,
            "'small | net' has no standard convolution `x.*`\n  names of layers are such as `stem`",
        ),
        (
            ["again", "--apply", "depthwize"],
            2,
            "there is no alternative `depthwize` here\n"
            "  one with a similar name exists: `depthwise`",
        ),
        (
            ["aside", "--apply", "stack"],
            2,
            "there is no alternative `stack` here\n  words: standard, reduced, fully_connected",
        ),
        (
            ["again", "--between", "relu7"],
            2,
            "--between: `relu7` is not a norm or activation that can stand there\n"
            "  a word with a similar name exists: `relu`",
        ),
        (
            ["again", "--between", "group_norm"],
            2,
            "--between: `group_norm` needs fields, so it can only be repeated, by `same`",
        ),
    ],
)
def test_mistakes(run: Run, arguments: list[str], code: int, says: str):
    assert run("alternatives", SPEC, *arguments) == (code, "", f"{says}\n")


def test_a_norm_that_does_not_fit_the_parts(run: Run, tmp_path: Path):
    path = tmp_path / "net.yaml"
    path.write_text(
        """input: [8, 9, 9]
layers:
  - {op: conv, name: a, out_channels: 12, kernel_size: 3, padding: 1}
  - {op: group_norm, num_groups: 6}
"""
    )
    code, _, err = run("alternatives", path, "a", "--between", "same")
    assert code == 2
    assert err.startswith("layer 'a' as depthwise_separable: num_groups (6) does not divide")


def test_a_network_without_convolutions(run: Run, tmp_path: Path):
    path = tmp_path / "net.yaml"
    path.write_text("input: [8, 9, 9]\nlayers: [relu]\n")
    assert run("alternatives", path) == (3, "", "'net' has no convolution\n")


def test_formulas_that_are_not_what_was_counted_say_so(run: Run):
    says = "formulas are for a stride of 1 and padding that keeps the size"
    layer = ("alternatives", "--input", "3x224x224", "--out", "64", "--kernel", "7")
    assert says not in run(*layer)[1]
    assert says in run(*layer, "--stride", "2")[1]
    assert says in run(*layer, "--stride", "2", "--format", "markdown")[1]


def test_layers_that_a_part_of_a_name_may_mean_are_listed(run: Run):
    _, out, _ = run("alternatives", ROOT / "specs" / "vgg16.yaml", "2.0")
    assert out.startswith("features.2.0   128x56x56 -> 256x56x56")
    code, out, err = run("alternatives", ROOT / "specs" / "vgg16.yaml", "conv1")
    first, second, *_, last = err.splitlines()
    assert (code, out) == (2, "")
    assert first == "`conv1` may be any of 13 layers: give more of the name"
    assert (second, last) == ("  `features.0.0`", "  and 3 more")
