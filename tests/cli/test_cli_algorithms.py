"""``explain --algorithms`` and ``--matrix``, byte by byte but for what rounding makes of floats.

``UPDATE_GOLDEN=1 python3 -m pytest tests/cli/test_cli_algorithms.py`` writes the files anew.
"""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING

import pytest
from running import ROOT, Ran

from convcost.analysis.explain import algorithms

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., Ran]

GOLDEN = ROOT / "tests" / "golden"
SPEC = "algorithms.yaml"
DIFFERENCE = re.compile(r"( +)(0|\de-\d\d)( +yes| \| yes)|(\"difference\": )([\d.e-]+)")


def steady(text: str) -> str:
    """The text with a sign for each difference, which another processor may round otherwise."""

    def sign(found: re.Match[str]) -> str:
        if found[4]:
            return f"{found[4]}0"
        room = 1 if "|" in found[3] else len(found[1] + found[2])
        return "~".rjust(room) + found[3]

    return DIFFERENCE.sub(sign, text)


@pytest.mark.parametrize(
    ("arguments", "file"),
    [
        (["plain", "--algorithms"], "algorithms_plain.txt"),
        (["plain", "--algorithms", "--format", "json"], "algorithms_plain.json"),
        (["plain", "--algorithms", "--batch", "4", "--format", "markdown"], "algorithms_plain.md"),
        (["strided", "--algorithms"], "algorithms_strided.txt"),
        (["back", "--algorithms", "--matrix"], "algorithms_back.txt"),
        (["back", "--algorithms", "--matrix", "--format", "markdown"], "algorithms_back.md"),
        (["back", "--matrix", "--format", "latex"], "algorithms_back.tex"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_output_is_the_golden_file(
    run: Run, monkeypatch: pytest.MonkeyPatch, arguments: list[str], file: str
) -> None:
    monkeypatch.chdir(GOLDEN)
    code, out, err = run("explain", SPEC, *arguments)
    assert (code, err) == (0, "")
    if os.environ.get("UPDATE_GOLDEN"):
        (GOLDEN / file).write_bytes(steady(out).encode())
    assert steady(out).encode() == (GOLDEN / file).read_bytes()


def test_on_a_terminal_it_fits(on_terminal: Callable[..., str]) -> None:
    shown = on_terminal(
        "explain", "specs/resnet18.yaml", "stage.1.1.residual1.body.second.conv1", "--algorithms"
    )
    lines = [re.sub(r"\x1b\[[\d;]*m", "", line) for line in shown.splitlines()]
    assert max(map(len, lines)) <= 80
    head = [steady(line).split() for line in lines[2:10]]
    assert " ".join(head[0]) == "algorithm multiplies adds ratio workspace differs confirmed"
    assert head[2] == ["direct", "116M", "116M", "1", "yes"]
    assert head[4] == ["winograd", "F(2x2,3x3)", "51.4M", "52.4M", "1/2.25", "3.21MB", "~", "yes"]


def test_a_matrix_that_is_too_wide_for_the_terminal(on_terminal: Callable[..., str]) -> None:
    arguments = ("explain", "tests/golden/algorithms.yaml", "strided", "--matrix")
    shown = on_terminal(*arguments, NO_COLOR="1", width=90)
    assert shown == (
        "strided   vec(output) = C . vec(input), C 4x108\n"
        "its rows take 681 columns, and the terminal has 90: pipe it\n"
    )


def test_published_readings_in_one_command(run: Run) -> None:
    spec = ROOT / "specs" / "examples" / "transposed_readings.yaml"
    code, out, _ = run("explain", spec, "scatter", "--algorithms", "--format", "json")
    assert code == 0
    found = {entry["algorithm"]: entry for entry in json.loads(out)["algorithms"]}
    assert found["scatter"]["multiplies"] == 393216
    assert found["zero insertion"]["multiplies"] == 1572864
    assert found["matrix"]["prepared_bytes"] == 4 * (12 * 32 * 32) * (8 * 16 * 16)
    assert all(entry["execution"]["confirmed"] for entry in found.values())


def test_a_layer_of_an_onnx_file(run: Run) -> None:
    model = ROOT / "tests" / "data" / "onnx" / "dcgan__ts13.onnx"
    code, out, _ = run("analyze", model, "--format", "json")
    assert code == 0
    name = next(x["name"] for x in json.loads(out)["layers"] if x["op"] == "conv_transpose")
    code, out, err = run("explain", model, name, "--algorithms")
    assert (code, err) == (0, "")
    assert "zero insertion" in out


def test_a_disagreement_ends_with_1(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = algorithms.F2._replace(inverse=algorithms.F2.inverse._replace(multiplies=1))
    ways = [
        way._replace(steps=wrong.steps) if way.key == "winograd_2" else way
        for way in algorithms.CONV
    ]
    monkeypatch.setattr(algorithms, "CONV", tuple(ways))
    code, out, err = run("explain", GOLDEN / SPEC, "plain", "--algorithms")
    assert (code, err) == (1, "")
    (line,) = (line for line in out.splitlines() if line.endswith("  NO"))
    assert line.startswith("winograd F(2x2,3x3)")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            [SPEC, "act", "--algorithms"],
            "`act` is a relu layer: there are algorithms for `conv` and `conv_transpose` layers\n",
        ),
        (
            [SPEC, "act", "--matrix"],
            "`act` is a relu layer: only `conv` and `conv_transpose` layers are written as a "
            "matrix\n",
        ),
        (
            [SPEC, "plain", "--matrix", "--input", "2x60x60"],
            "the matrix of `plain` has 10,800 rows and 7,200 columns: 77,760,000 elements, and "
            "one of at most 4,096 is written out\n",
        ),
    ],
)
def test_messages(
    run: Run, monkeypatch: pytest.MonkeyPatch, arguments: list[str], sentence: str
) -> None:
    monkeypatch.chdir(GOLDEN)
    assert run("explain", *arguments) == (2, "", sentence)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["conv", "--algorithms"],
            "Invalid value for --algorithms: give the name of a layer after the SPEC",
        ),
        (
            ["conv", "--matrix"],
            "Invalid value for --matrix: give the name of a layer after the SPEC",
        ),
        (
            [SPEC, "plain", "--algorithms", "--format", "latex"],
            "Invalid value for --format: --algorithms has no form in LaTeX",
        ),
    ],
)
def test_bad_usage(
    run: Run, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(GOLDEN)
    code, out, err = run("explain", *arguments)
    assert (code, out) == (2, "")
    assert err.endswith(f"Error: {said}\n")


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        ("--algorithms", "there are algorithms for `conv` and `conv_transpose` layers"),
        ("--matrix", "only `conv` and `conv_transpose` layers are written as a matrix"),
    ],
)
def test_a_deformable_layer_is_no_convolution(
    run: Run, tmp_path: Path, option: str, sentence: str
) -> None:
    """Its weights stand where its offsets say, which no matrix of weights alone does."""
    spec = tmp_path / "net.yaml"
    spec.write_text(
        "inputs: {x: [1, 3, 3], offsets: [8, 2, 2]}\n"
        "layers: [{op: deform_conv, name: d, from: [x, offsets], out_channels: 1, kernel_size: 2}]"
    )
    assert run("explain", str(spec), "d", option) == (
        *(2, ""),
        f"`d` is a deform_conv layer: {sentence}\n",
    )
