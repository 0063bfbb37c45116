"""Sizes and values of ONNX files on the command line, for every command that reads one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime
import pytest
from onnx.parser import parse_model

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from running import Ran

    Run = Callable[..., Ran]

OPEN = """<ir_version: 8, opset_import: ["" : 17]>
net (float[N, 2, H, W] x, float scale) => (float[N, 2, H, W] y)
<int64[4] shape = {2, 2, 3, 3}> {
  w = ConstantOfShape (shape)
  c = Conv <pads = [1, 1, 1, 1]> (x, w)
  r = Relu (c)
  y = Mul (r, scale)
}
"""
GIVEN = ("--dim", "H=8", "--dim", "W=9", "--value", "scale=3")
MACS = 8 * 9 * 2 * 2 * 9


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "net.onnx"
    path.write_bytes(parse_model(OPEN).SerializeToString())
    return path


@pytest.mark.parametrize(
    "arguments",
    [
        ("analyze", "NET"),
        ("rf", "NET"),
        ("compare", "NET", "NET"),
        ("compare", "NET@H=8", "@H=4"),
        ("explain", "NET", "conv"),
        ("lint", "NET"),
        ("alternatives", "NET"),
        ("verify", "NET"),
        ("expand", "NET"),
    ],
    ids=lambda arguments: " ".join(arguments),
)
def test_every_command_takes_them(model: Path, run: Run, arguments: tuple[str, ...]) -> None:
    command = [word.replace("NET", str(model)) for word in arguments]
    code, out, err = run(*command)
    assert (code if code == 2 else 0, "leaves sizes open (2x" in err) == (2, True)
    code, out, err = run(*command, *GIVEN)
    assert (code, err) == (0, "")
    assert out


def test_they_are_those_of_the_network(model: Path, run: Run) -> None:
    def found(*arguments: str) -> dict[str, int]:
        ran = run("analyze", model, "--format", "json", *arguments)
        assert (ran.code, ran.err) == (0, "")
        return json.loads(ran.out)["totals"]

    assert found(*GIVEN)["macs"] == MACS
    assert found("--input", "x=2x8x9")["macs"] == MACS
    assert found("--input", "2x8x9", "--value", "scale=1")["macs"] == MACS
    assert found("--dim", "N=3", *GIVEN) == found("--batch", "3", *GIVEN)
    assert found("--dim", "N=3", *GIVEN)["macs"] == 3 * MACS


def test_a_design_has_sizes_of_its_own(model: Path, run: Run) -> None:
    ran = run("compare", f"{model}@H=8", "@H=4", "--dim", "W=9", "--dim", "H=5", "--format", "json")
    assert (ran.code, ran.err) == (0, "")
    (macs,) = (row for row in json.loads(ran.out)["totals"] if row["metric"] == "macs")
    assert macs["values"] == [MACS, MACS // 2]


def test_run_takes_the_sizes_of_what_it_is_given(model: Path, run: Run, tmp_path: Path) -> None:
    product = OPEN[: OPEN.index("<int64[4]")] + "{ y = Mul (x, scale) }"
    model.write_bytes(parse_model(product).SerializeToString())
    x, y = tmp_path / "x.npy", tmp_path / "y.npy"
    np.save(x, np.arange(2 * 8 * 9, dtype=np.float32).reshape(2, 8, 9))
    code, out, err = run("run", model, "--input", x, "--value", "scale=3", "-o", y)
    assert (code, out.split("  ")[:2], err) == (0, ["y", "2x8x9"], "")
    feeds = {"x": np.load(x)[None], "scale": np.array(3, np.float32)}
    (theirs,) = onnxruntime.InferenceSession(model.read_bytes()).run(None, feeds)
    np.testing.assert_array_equal(np.load(y), np.asarray(theirs))
    code, out, err = run("run", model, "--input", x)
    assert (code, out) == (2, "")
    assert err == f"{model}: --input is wanted for each input: x=FILE and scale=FILE\n"
    np.save(x, np.ones((3, 8, 9), np.float32))
    code, out, err = run("run", model, "--input", x, "--value", "scale=3")
    assert err == f"{model}: --input x=3x8x9: it contradicts the file, which has 2x?x?\n"
    np.save(x, np.ones(9, np.float32))
    code, out, err = run("run", model, "--input", x, "--value", "scale=3")
    assert err == f"{x}: its shape is [9], and one such as [2, H, W] is wanted\n"


@pytest.mark.parametrize(
    ("option", "text", "message"),
    [
        ("--dim", "320", "'320' is not NAME=SIZE, such as height=320"),
        ("--dim", "H=3x4", "'H=3x4' is not NAME=SIZE, such as height=320"),
        ("--dim", "H=-1", "'H=-1' is not NAME=SIZE"),
        ("--value", "scale", "'scale' is not NAME=NUMBERS, such as sr=16000 or size=640,480"),
        ("--value", "scale=nan", "'scale=nan' is not NAME=NUMBERS"),
        ("--value", "scale=1,,2", "'scale=1,,2' is not NAME=NUMBERS"),
    ],
)
def test_texts_that_say_nothing(
    model: Path, run: Run, option: str, text: str, message: str
) -> None:
    code, out, err = run("analyze", model, option, text)
    assert (code, out) == (2, "")
    assert message in " ".join(err.split())


def test_they_need_a_model(run: Run) -> None:
    layer = ("--input", "8x6x6", "--out", "4", "--kernel", "3")
    for option, text in (("--dim", "H=3"), ("--value", "s=1")):
        code, _, err = run("alternatives", *layer, option, text)
        assert (code, "it is for exported models, and none is given" in err) == (2, True)


def test_what_is_doubtful_is_said_once(model: Path, run: Run) -> None:
    model.write_bytes(parse_model(OPEN.replace('"" : 17', '"" : 999')).SerializeToString())
    for command in ("analyze", "verify", "expand", "lint"):
        code, _, err = run(command, model, *GIVEN)
        assert code == 0
        assert err.count(f"warning: {model}: it is of operator set 999, and the newest") == 1
