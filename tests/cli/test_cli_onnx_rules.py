"""Rules for operators in ``convcost.toml``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from onnx_text import save_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., tuple[int, str, str]]

TEXT = """<ir_version: 8, opset_import: ["" : 17, "acme" : 1]>
net (float[N, 3, 8, 6] x) => (float[N, 5, 8, 6] y)
<float[5, 3, 1, 1] w>
{ s = acme.Swirl <turns = 4> (x)
  y = Conv (s, w) }
"""
RULE = """
[operators."acme.Swirl"]
shapes = [["batch", "in_channels", "in_height", "in_width"]]
macs = "turns * in_channels"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    save_text(TEXT, tmp_path / "net.onnx")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_rule_holds_for_all_commands(folder: Path, run: Run) -> None:
    budget = '[budget]\nmacs = "731"\n'
    (folder / "convcost.toml").write_text(f'models = ["net.onnx"]\n{budget}{RULE}')
    code, out, err = run("analyze", "net.onnx", "--strict")
    assert (code, err) == (0, "")
    assert "732" in out.split()  # 12 and 720
    assert "acme.Swirl" in out
    code, out, _ = run("check")
    assert code == 1
    assert "732" in out
    code, _, err = run("run", "net.onnx", "--input", "x.npy")
    assert code == 2


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (
            'macs = "filters"',
            "convcost.toml:3: the rule of the operator `acme.Swirl`: macs: unknown",
        ),
        ('adds = "1"', "says nothing of its macs"),
        ('macs = "1"\nshapes = "batch"', "shapes is a list of sizes for each output"),
        ('macs = "1"\nmax = "2"', "has no key `max`"),
        ('macs = "1 +"', "convcost.toml:4:8: this is not an expression"),
        ("macs = [1]", "an expression is wanted"),
    ],
)
def test_a_mistake_in_a_rule_is_said_where_it_stands(
    rule: str, said: str, folder: Path, run: Run
) -> None:
    shapes = "" if "shapes" in rule else 'shapes = [["batch", 3, 8, 6]]\n'
    text = f'models = ["net.onnx"]\n\n[operators."acme.Swirl"]\n{rule}\n{shapes}'
    (folder / "convcost.toml").write_text(text)
    code, _, err = run("analyze", "net.onnx")
    assert code == 2
    assert said in err


def test_a_configuration_with_mistakes_hinders_no_model_that_needs_no_rule(
    folder: Path, run: Run
) -> None:
    (folder / "convcost.toml").write_text("models = 3\n")
    plain = TEXT.replace("acme.Swirl <turns = 4>", "Relu")
    save_text(plain, folder / "plain.onnx")
    assert run("analyze", "plain.onnx")[0] == 0
