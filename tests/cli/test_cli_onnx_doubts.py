"""Models of which a part is not known, or is taken for granted, on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from onnx import helper
from onnx_text import save_text

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., tuple[int, str, str]]

HEAD = """<ir_version: 8, opset_import: ["" : 17, "acme" : 1]>
net (float[N, 3, 8, 8] x{more}) => (float[N, 4, 6, 6] y)
<float[4, 3, 3, 3] w, float[4, 3, 3, 3] v, float[3, 5] m>
"""
OPAQUE = "{ a = Relu (x)\n s = acme.Swirl (a, m)\n y = Conv (s, w) }"
CHOICE = (
    "{ y = If (c) <then_branch = g () => (float[N, 4, 6, 6] b) { b = Conv (x, w) }, "
    "else_branch = h () => (float[N, 4, 6, 6] d) { d = Conv (x, v) }> }"
)


def saved(tmp_path: Path) -> str:
    path = save_text(HEAD.format(more="") + OPAQUE, tmp_path / "net.onnx")
    model = onnx.ModelProto.FromString(Path(path).read_bytes())
    described = helper.make_tensor_value_info("s", 1, ["N", 3, 8, 8])
    model.graph.value_info.append(described)
    Path(path).write_bytes(model.SerializeToString())
    return path


@pytest.mark.parametrize("form", ["json", "csv", "text"])
def test_what_is_not_known_is_not_zero(form: str, tmp_path: Path, run: Run) -> None:
    code, out, _ = run("analyze", saved(tmp_path), "--format", form)
    assert code == 0
    if form == "json":
        layer = json.loads(out)["layers"][1]
        unknown = ("macs", "flops", "adds", "multiplies", "transcendentals")
        assert [layer[metric] for metric in unknown] == [None] * 5
        assert layer["params"] == 15
    elif form == "csv":
        head, rows = out.splitlines()[0].split(","), [r.split(",") for r in out.splitlines()[1:]]
        assert rows[1][head.index("macs")] == ""
        assert rows[1][head.index("params")] == "15"
    else:
        assert "Swirl?" in out
        (row,) = (line for line in out.splitlines() if line.startswith("swirl"))
        assert row.split()[3:6] == ["15", "?", "?"]
        assert "1 opaque layer of 3 (swirl), with 12.2% of the params" in out.replace("\n", " ")


def test_it_is_not_run(tmp_path: Path, run: Run) -> None:
    np.save(tmp_path / "x.npy", np.zeros((1, 3, 8, 8), np.float32))
    code, _, err = run("run", saved(tmp_path), "--input", tmp_path / "x.npy")
    assert code == 2
    assert "cannot be computed" in err


def test_strict_refuses_what_is_lacking(tmp_path: Path, run: Run) -> None:
    assert run("analyze", saved(tmp_path), "--strict")[0] == 1


def test_strict_refuses_an_assumption(tmp_path: Path, run: Run) -> None:
    path = save_text(HEAD.format(more=", bool c") + CHOICE, tmp_path / "net.onnx")
    code, out, _ = run("analyze", path)
    assert code == 0
    assert "assumes the then-branch of y (If)" in out
    assert json.loads(run("analyze", path, "--format", "json")[1])["assumes"] != []
    assert run("analyze", path, "--strict")[0] == 1
    assert run("verify", path, "--strict")[0] == 1
    assert run("verify", path)[0] == 0


def test_strict_fails_a_model_that_is_checked_by_an_assumption(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    save_text(HEAD.format(more=", bool c") + CHOICE, tmp_path / "net.onnx")
    (tmp_path / "convcost.toml").write_text('models = ["*.onnx"]\n[budget]\nmacs = "1G"\n')
    assert run("check")[0] == 0
    assert run("check", "--strict")[0] == 1
