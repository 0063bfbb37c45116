"""``convcost explain`` byte by byte, and what it says where it cannot.

``UPDATE_GOLDEN=1 python3 -m pytest tests/cli/test_cli_explain.py`` writes the files anew.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from running import ROOT

import convcost
from convcost.analysis.explain.blocks import blocks
from convcost.metrics import METRICS
from convcost.ops import OPS

if TYPE_CHECKING:
    from collections.abc import Callable

    from running import Ran

GOLDEN = Path(__file__).parent.parent / "golden"
ASKED = [
    (["conv"], "explain_conv"),
    (["small.yaml", "up"], "explain_layer"),
    (["squeeze_excite"], "explain_block"),
    (["macs"], "explain_metric"),
]
ENDINGS = {"text": "txt", "markdown": "md", "latex": "tex", "json": "json"}


def compare(out: str, file: str) -> None:
    if os.environ.get("UPDATE_GOLDEN"):
        (GOLDEN / file).write_bytes(out.encode())
    assert out.encode() == (GOLDEN / file).read_bytes()


@pytest.mark.parametrize("form", ENDINGS)
@pytest.mark.parametrize(("asked", "file"), ASKED, ids=lambda part: part if part in ASKED else "")
def test_output_is_the_golden_file(
    run: Callable[..., Ran],
    monkeypatch: pytest.MonkeyPatch,
    asked: list[str],
    file: str,
    form: str,
) -> None:
    monkeypatch.chdir(GOLDEN)
    code, out, err = run("explain", *asked, "--format", form)
    assert (code, err) == (0, "")
    compare(out, f"{file}.{ENDINGS[form]}")


@pytest.mark.parametrize(("asked", "file"), ASKED[:2], ids=["op", "layer"])
def test_a_terminal_gets_lines_that_fit(
    on_terminal: Callable[..., str], asked: list[str], file: str
) -> None:
    shown = on_terminal("explain", *asked, "--all", cwd=GOLDEN, NO_COLOR="1")
    assert max(map(len, shown.split("\n"))) <= 80
    compare(shown, f"{file}_80.txt")


def test_json_has_the_numbers_of_a_layer(run: Callable[..., Ran]) -> None:
    spec = ROOT / "specs/resnet50.yaml"
    found = json.loads(run("explain", spec, "classifier", "--format", "json").out)
    costs = {formula["name"]: formula for formula in found["arithmetic"]}
    assert costs["macs"]["worked"] == [{"axis": "", "numbers": "2048 * 1000", "value": 2048000}]
    assert found["op"] == "linear"
    assert found["source"].endswith("specs/resnet50.yaml:24")


def test_options_of_a_spec_are_obeyed(run: Callable[..., Ran]) -> None:
    spec = ROOT / "specs/mobilenet_v1.yaml"
    asked = (
        "explain",
        spec,
        "stem.conv_bn1.conv1",
        "--batch",
        "2",
        "--set",
        "width=0.5",
        "--input",
        "3x64x64",
    )
    code, out, _ = run(*asked)
    assert code == 0
    assert "macs = batch * out_channels * out_positions * taps * (in_channels // groups)" in out
    assert "= 2 * 16 * 1024 * 9 * (3 // 1)" in out


def test_an_onnx_file_is_explained_as_a_spec_is(run: Callable[..., Ran]) -> None:
    out = run("explain", ROOT / "tests/data/onnx/dcgan__ts13.onnx", "m.3").out
    assert "conv_transpose" in out
    assert "zero_insertion = " in out


def test_a_name_from_a_file_does_not_command_the_terminal(run: Callable[..., Ran]) -> None:
    spec = "input: [1, 2]\nlayers:\n  - {op: relu, name: a}\n"
    code, out, err = run("explain", "-", "a\x1b[31m", stdin=spec)
    assert (code, out) == (2, "")
    assert err.startswith("no layer is named `a�[31m`\n")


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (
            ["cnov"],
            "there is nothing to explain named `cnov`\n"
            "  an op with a similar name exists: `conv`\n",
        ),
        (
            ["squeeze_exite"],
            "there is nothing to explain named `squeeze_exite`\n"
            "  a block with a similar name exists: `squeeze_excite`\n",
        ),
        (
            ["maccs"],
            "there is nothing to explain named `maccs`\n"
            "  an op with a similar name exists: `acos`\n"
            "  a metric with a similar name exists: `MACs`\n"
            "  a word with a similar name exists: `MACs/B`\n",
        ),
        (
            ["specs/resnet50.yaml"],
            "there is nothing to explain named `specs/resnet50.yaml`\n"
            "  of a spec one layer is explained: give its name as well\n",
        ),
        (
            ["specs/resnet50.yaml", "clasifier"],
            "no layer is named `clasifier`\n  a layer with a similar name exists: `classifier`\n",
        ),
        (
            ["specs/vgg16.yaml", "max_pool1"],
            "`max_pool1` may be any of 5 layers: give more of the name\n"
            "  `features.0.max_pool`\n  `features.1.max_pool`\n  `features.2.max_pool`\n"
            "  `features.3.max_pool`\n  `features.4.max_pool`\n",
        ),
        (
            ["specs/vgg16.yaml", "group1.0.linear1"],
            "no layer is named `group1.0.linear1`\n  names of layers are such as `features.0.0`\n",
        ),
        (
            ["specs/resnet50.yaml", "project.conv1"],
            "`project.conv1` may be any of 4 layers: give more of the name\n"
            "  `stage.0.0.shortcut`\n  `stage.1.0.shortcut`\n  `stage.2.0.shortcut`\n"
            "  `stage.3.0.shortcut`\n",
        ),
        (
            ["conv", "a"],
            "conv: there is no such file\n"
            "  `convcost specs` lists the networks that come with convcost\n",
        ),
    ],
)
def test_what_is_not_there_is_said(
    run: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, asked: list[str], message: str
) -> None:
    monkeypatch.chdir(ROOT)
    assert run("explain", *asked) == (2, "", message)


def test_options_of_a_spec_need_one(run: Callable[..., Ran]) -> None:
    code, out, err = run("explain", "conv", "--batch", "2")
    assert (code, out) == (2, "")
    assert "--set, --input, --dim, --value and --batch are for a layer of a SPEC" in err


def test_names_mean_one_thing() -> None:
    assert not set(OPS) & set(blocks())
    assert not {*OPS, *blocks()} & set(METRICS)


@pytest.mark.parametrize(
    "path", sorted((ROOT / "tests/data/onnx").glob("*.onnx")), ids=lambda p: p.stem
)
def test_layers_of_models_are_explained(run: Callable[..., Ran], path: Path) -> None:
    """Also those with fields that no spec may have."""
    layers = convcost.load(str(path)).layers
    for layer in (layers[0], layers[len(layers) // 2], layers[-1]):
        code, out, err = run("explain", path, layer.name)
        assert (code, err) == (0, "")
        assert "output" in out


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("max pooling", "max_pool"),
        ("Batch Normalization", "batch_norm"),
        ("global average pooling", "global_avg_pool"),
        ("stride of the stem", "stride"),
    ],
)
def test_what_is_explained_in_place_of_a_phrase_is_said(
    run: Callable[..., Ran], asked: str, name: str
) -> None:
    code, out, err = run("explain", asked)
    assert code == 0
    assert out.startswith(name)
    assert err == f"nothing is named `{asked}`: what is explained is `{name}`\n"
