"""``lint --add-ignore``: what is found today is silenced where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from running import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from running import Ran

    Run = Callable[..., Ran]

MODEL = ROOT / "tests" / "data" / "onnx" / "resnet18__ts17.onnx"
HEAD = "input: [64, 32, 32]\nlayers:\n"
DOWN = "{op: conv, out_channels: 60, kernel_size: 1, stride: 2}"
LAST = "  - relu\n  - {op: conv, out_channels: 8, kernel_size: 3}\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("  - DOWN\n", "  - DOWN  # convcost: ignore[CC104,CC301]\n"),
        ("  - DOWN   # why\n", "  - DOWN   # why  # convcost: ignore[CC104,CC301]\n"),
        (
            "  - DOWN # convcost: ignore[CC301]\n",
            "  - DOWN # convcost: ignore[CC301,CC104]\n",
        ),
        (
            "  # convcost: ignore[CC301]\n  - DOWN\n",
            "  # convcost: ignore[CC301]\n  - DOWN  # convcost: ignore[CC104]\n",
        ),
        (
            '  - {op: conv, name: "a\n      b", out_channels: 60, kernel_size: 1}\n',
            None,
        ),
        (
            '  - {"op": conv, out_channels: "30\n     * 2", kernel_size: 1, stride: 2}\n',
            "  # convcost: ignore[CC104,CC301]\n"
            '  - {"op": conv, out_channels: "30\n     * 2", kernel_size: 1, stride: 2}\n',
        ),
    ],
)
def test_comments(run: Run, net: Path, before: str, after: str | None):
    text = (HEAD + before + LAST).replace("DOWN", DOWN)
    net.write_bytes(text.encode())
    ran = run("lint", "net.yaml", "--add-ignore")
    if after is None:
        assert ran.code == 2
        assert net.read_text() == text
        return
    assert (ran.code, ran.out) == (0, "nothing found in 1 spec\n")
    assert net.read_text() == (HEAD + after + LAST).replace("DOWN", DOWN)
    assert run("lint", "net.yaml", "--strict") == (0, "nothing found in 1 spec\n", "")


def test_only_what_is_selected(run: Run, net: Path):
    net.write_text(f"{HEAD}  - {DOWN}\n{LAST}")
    ran = run("lint", "net.yaml", "--select", "CC1", "--add-ignore")
    assert ran.err == "net.yaml: 1 change made\n"
    assert f"  - {DOWN}  # convcost: ignore[CC104]\n" in net.read_text()
    assert "\n1 note in 1 spec;" in run("lint", "net.yaml").out


def test_a_line_that_others_include(run: Run, net: Path):
    blocks = net.with_name("blocks.yaml")
    blocks.write_text(f"blocks:\n  down:\n    layers:\n      - {DOWN}\n")
    for name in ("net.yaml", "other.yaml"):
        net.with_name(name).write_text(f"include: blocks.yaml\n{HEAD}  - down\n{LAST}")
    assert run("lint", ".", "--add-ignore").err == "blocks.yaml: 1 change made\n"
    assert blocks.read_text().endswith(f"{DOWN}  # convcost: ignore[CC104,CC301]\n")
    assert run("lint", ".", "--strict").out == "nothing found in 3 specs\n"


def test_diff(run: Run, net: Path):
    text = f"{HEAD}  - {DOWN}\n{LAST}"
    net.write_text(text)
    ran = run("lint", "net.yaml", "--add-ignore", "--diff")
    assert (ran.code, ran.err) == (1, "")
    assert f"+  - {DOWN}  # convcost: ignore[CC104,CC301]\n" in ran.out
    assert net.read_text() == text


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("convcost.toml", None, '[lint.per-file-ignores]\n"ENTRY" = ["CC104"]\n'),
        (
            "convcost.toml",
            '# ours\nexclude = ["old/*"]',
            '# ours\nexclude = ["old/*"]\n\n[lint.per-file-ignores]\n"ENTRY" = ["CC104"]\n',
        ),
        (
            "convcost.toml",
            '[lint]\nselect = ["CC1"]\n\n[lint.per-file-ignores] # why\n"a" = ["CC3"]\n[budget]\n',
            '[lint]\nselect = ["CC1"]\n\n[lint.per-file-ignores] # why\n"ENTRY" = ["CC104"]\n'
            '"a" = ["CC3"]\n[budget]\n',
        ),
        (
            "convcost.toml",
            '[lint.per-file-ignores]\n"ENTRY" = ["CC3"] # it is old\n',
            '[lint.per-file-ignores]\n"ENTRY" = ["CC3", "CC104"] # it is old\n',
        ),
        (
            "pyproject.toml",
            '[project]\nname = "ours"\n[tool.convcost.lint]\nignore = ["CC3"]\n',
            '[project]\nname = "ours"\n[tool.convcost.lint]\nignore = ["CC3"]\n\n'
            '[tool.convcost.lint.per-file-ignores]\n"ENTRY" = ["CC104"]\n',
        ),
    ],
)
def test_a_model_without_lines(run: Run, net: Path, name: str, before: str | None, after: str):
    net.with_name("convcost.toml").unlink()
    folder, config = net.parent / "models", net.with_name(name)
    folder.mkdir()
    (folder / "a[1].onnx").write_bytes(MODEL.read_bytes())
    entry = "models/a[[]1].onnx"
    if before is not None:
        config.write_text(before.replace("ENTRY", entry))
    ran = run("lint", "models", "--add-ignore", "--select", "CC104")
    assert (ran.code, ran.out) == (0, "nothing found in 1 spec\n")
    assert config.read_text() == after.replace("ENTRY", entry)
    assert run("lint", "models", "--select", "CC1").out == "nothing found in 1 spec\n"


def test_a_configuration_that_cannot_be_added_to(run: Run, net: Path):
    config = net.with_name("convcost.toml")
    text = 'lint = {per-file-ignores = {"a.onnx" = ["CC1"]}}\n'
    config.write_text(text)
    net.with_name("net.onnx").write_bytes(MODEL.read_bytes())
    ran = run("lint", "net.onnx", "--add-ignore")
    assert ran == (
        2,
        "",
        "convcost.toml: `per-file-ignores` is written in a way that cannot be added to: write\n"
        '    "net.onnx" = ["CC104"]\n',
    )
    assert config.read_text() == text
