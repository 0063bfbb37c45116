"""Exit codes of every command, line by line as the table in ``docs/commands.md`` has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from onnx_text import save_text

from convcost.errors import ConvcostError, NothingMatched
from convcost.gate.mistakes import refuse, together

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from running import Ran

    Run = Callable[..., Ran]

NET = """input: [3, 8, 8]
vars: {width: 8}
layers:
  - {op: conv, name: c, out_channels: width, kernel_size: 3}
  - relu
  - {op: conv, out_channels: 8, kernel_size: 3}
"""
NOTED = """input: [8, 9, 9]
layers: [{op: conv, out_channels: 8, kernel_size: 3, groups: 8}]
"""
FILES = {
    "good.yaml": NET,
    "other.yaml": NET.replace("width: 8", "width: 16"),
    "bad.yaml": NET.replace("kernel_size", "kernel_sise"),
    "warned.yaml": NET.replace("  - relu", "  - batch_norm"),
    "wrong.yaml": f"{NET}expect: {{params: 1}}\n",
    "over.yaml": f"{NET}budget: {{params: 1}}\n",
    "flat.yaml": "input: [3, 8, 8]\nlayers: [relu]\n",
    "blocks/blocks.yaml": "blocks: {b: {layers: [relu]}}\n",
    "noted.yaml": NOTED,
    "folder/good.yaml": NET,
    "models/good.yaml": NET,
    "unread/good.yaml": NET,
    "unread/bad.yaml": NET.replace("kernel_size", "kernel_sise"),
    "few.csv": "model,batch,time_ms\nresnet18,1,1\n",
}
HEAD = '<ir_version: 8, opset_import: ["" : 17, "acme" : 1]>\nnet (float[1, 3, 8, 8] x{more})'
LACKING = (
    HEAD.format(more="")
    + """ => (float[1, 4, 6, 6] y, float[1, 3, 8, 8] z)
<float[4, 3, 3, 3] w> { y = Conv (x, w)\n z = acme.Swirl (x) }"""
)
ASSUMED = (
    HEAD.format(more=", bool c")
    + """ => (float[1, 3, 8, 8] y)
{ y = If (c) <then_branch = t () => (float[1, 3, 8, 8] a) { a = Relu (x) },
  else_branch = e () => (float[1, 3, 8, 8] b) { b = Neg (x) }> }"""
)
PART = (
    HEAD.format(more="")
    + """ => (float[A, B] y, float[1, 3, 8, 8] z)
{ a = acme.Swirl (x)\n y = Relu (a)\n z = Neg (x) }"""
)
OPAQUE = HEAD.format(more="") + " => (float[1, 3, 8, 8] y)\n{ y = acme.Swirl (x) }"


@pytest.fixture
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    for name, text in (("lacking", LACKING), ("assumed", ASSUMED), ("part", PART), ("o", OPAQUE)):
        save_text(text, tmp_path / f"{name}.onnx")
    save_text(LACKING, tmp_path / "models" / "lacking.onnx")
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("_folder")
@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("analyze good.yaml", 0),
        ("analyze good.yaml --strict", 0),
        ("analyze good.yaml other.yaml --strict", 0),
        ("analyze folder --strict", 0),
        ("analyze lacking.onnx", 0),
        ("analyze good.yaml lacking.onnx", 0),
        ("analyze models", 0),
        ("analyze over.yaml", 0),
        ("analyze lacking.onnx --strict", 1),
        ("analyze assumed.onnx --strict", 1),
        ("analyze good.yaml lacking.onnx --strict", 1),
        ("analyze lacking.onnx good.yaml --strict", 1),
        ("analyze models --strict", 1),
        ("analyze bad.yaml", 2),
        ("analyze good.yaml bad.yaml", 2),
        ("analyze unread", 2),
        ("analyze unread --strict", 2),
        ("analyze blocks", 3),
        ("verify good.yaml --strict", 0),
        ("verify lacking.onnx", 0),
        ("verify assumed.onnx", 0),
        ("verify lacking.onnx --strict", 1),
        ("verify assumed.onnx --strict", 1),
        ("verify part.onnx --strict", 1),
        ("verify bad.yaml", 2),
        ("expand good.yaml --strict", 0),
        ("expand part.onnx", 0),
        ("expand part.onnx --strict", 1),
        ("expand bad.yaml", 2),
        ("lint good.yaml --strict", 0),
        ("lint warned.yaml", 0),
        ("lint warned.yaml --fix --diff", 1),
        ("lint good.yaml --fix --diff", 0),
        ("lint warned.yaml --fix", 0),
        ("lint warned.yaml good.yaml --strict", 1),
        ("lint noted.yaml --strict", 0),
        ("lint wrong.yaml", 1),
        ("lint wrong.yaml --strict", 1),
        ("lint wrong.yaml good.yaml", 1),
        ("lint bad.yaml", 2),
        ("lint bad.yaml wrong.yaml", 2),
        ("lint models --explain CC101", 0),
        ("lint models --explain CC999", 2),
        ("lint blocks/none*", 3),
        ("check good.yaml --strict", 0),
        ("check over.yaml", 1),
        ("check wrong.yaml", 1),
        ("check good.yaml over.yaml", 1),
        ("check over.yaml --exit-zero", 0),
        ("check over.yaml bad.yaml", 2),
        ("check bad.yaml --exit-zero", 2),
        ("check blocks", 3),
        ("check over.yaml --base HEAD", 2),
        ("baseline good.yaml", 0),
        ("baseline bad.yaml", 2),
        ("baseline blocks", 3),
        ("init good.yaml", 0),
        ("init blocks", 3),
        ("sweep good.yaml width=1,2", 0),
        ("sweep good.yaml width=0,2", 0),
        ("sweep good.yaml width=0", 1),
        ("sweep good.yaml depth=1", 2),
        ("fit good.yaml --vars width=1,2 --budget params=1M", 0),
        ("fit good.yaml --vars width=1,2 --budget params=1", 1),
        ("fit good.yaml --vars depth=1 --budget params=1", 2),
        ("explain good.yaml c --algorithms", 0),
        ("explain good.yaml d", 2),
        ("explain no-such-word", 2),
        ("alternatives good.yaml", 0),
        ("alternatives flat.yaml", 3),
        ("alternatives good.yaml d", 3),
        ("alternatives good.yaml relu", 2),
        ("compare good.yaml other.yaml", 0),
        ("compare good.yaml bad.yaml", 2),
        ("rf good.yaml", 0),
        ("rf good.yaml d", 2),
        ("run bad.yaml", 2),
        ("export good.yaml -o good.onnx", 0),
        ("export o.onnx -o again.onnx", 2),
        ("reconcile good.yaml --says many", 2),
        ("analyze good.yaml --device t4", 0),
        ("analyze good.yaml --device t5", 2),
        ("calibrate few.csv --device t4", 2),
        ("history good.yaml", 2),
        ("schema", 0),
        ("specs", 0),
        ("badge over.yaml", 0),
        ("badge bad.yaml", 2),
    ],
)
def test_exit_codes(run: Run, line: str, code: int) -> None:
    ran = run(*line.split())
    assert ran.code == code, ran
    assert "defect" not in ran.err
    assert bool(ran.err) or code < 2, "what is wrong is said"


@pytest.mark.parametrize(
    ("errors", "code"),
    [
        ([NothingMatched("no model")], 3),
        ([NothingMatched("no model"), NothingMatched("no spec")], 3),
        ([NothingMatched("no model"), ConvcostError("a mistake")], 2),
        ([ConvcostError("a mistake"), NothingMatched("no model")], 2),
        ([ConvcostError("a mistake")], 2),
    ],
)
def test_what_is_wrong_counts_more_than_what_is_missing(
    errors: list[ConvcostError], code: int
) -> None:
    with pytest.raises(ConvcostError) as raised:
        refuse(together([("a.yaml", error) for error in errors]))
    assert raised.value.exit_code == code
