"""``lint --fix``: one value changes, all else of a file stays, and nothing else goes wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from running import Ran

    Run = Callable[..., Ran]

HEAD = "input: [64, 32, 32]\nlayers:\n"
NORM = "  - batch_norm\n"
CONV = "{op: conv, out_channels: 64, kernel_size: 3"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            f"# kept\n{HEAD}  - {CONV}}}   # and this\n{NORM}",
            f"# kept\n{HEAD}  - {CONV}, bias: false}}   # and this\n{NORM}",
            id="flow",
        ),
        pytest.param(
            f"{HEAD}  - {CONV}, bias: true}}\n{NORM}",
            f"{HEAD}  - {CONV}, bias: false}}\n{NORM}",
            id="written",
        ),
        pytest.param(
            f"{HEAD}  - {{op: conv, kernel_size: 3, out_channels: 64, padding: [1, 1]}}\n{NORM}",
            f"{HEAD}  - {{op: conv, kernel_size: 3, out_channels: 64, bias: false, "
            f"padding: [1, 1]}}\n{NORM}",
            id="a list last",
        ),
        pytest.param(
            f"{HEAD}  - op: conv\n    out_channels: 64  # many\n    kernel_size: 3\n{NORM}",
            f"{HEAD}  - op: conv\n    out_channels: 64  # many\n    kernel_size: 3\n"
            f"    bias: false\n{NORM}",
            id="block",
        ),
        pytest.param(
            f"{HEAD}  -   name: stem\n      op: conv\n      kernel_size: 3\n"
            f"      out_channels: 64\n{NORM}",
            f"{HEAD}  -   name: stem\n      op: conv\n      kernel_size: 3\n"
            f"      out_channels: 64\n      bias: false\n{NORM}",
            id="block, not first",
        ),
        pytest.param(
            f"{HEAD}  - {CONV}}}\n{NORM}".replace("\n", "\r\n"),
            f"{HEAD}  - {CONV}, bias: false}}\n{NORM}".replace("\n", "\r\n"),
            id="line ends of Windows",
        ),
        pytest.param(
            f"\ufeff{HEAD}  - {CONV}}}\n{NORM}",
            f"\ufeff{HEAD}  - {CONV}, bias: false}}\n{NORM}",
            id="mark of UTF-8",
        ),
        pytest.param(
            f"{HEAD}  - {CONV}}}\n{NORM}  - {CONV}}}\n{NORM}  - relu\n  - {CONV}}}\n",
            f"{HEAD}  - {CONV}, bias: false}}\n{NORM}  - {CONV}, bias: false}}\n{NORM}"
            f"  - relu\n  - {CONV}}}\n",
            id="two",
        ),
        pytest.param(
            f"input: [1, 3, 32, 32]  # RGB\nlayers:\n  - {CONV}}}\n",
            f"input: [3, 32, 32]  # RGB\nlayers:\n  - {CONV}}}\n",
            id="batch",
        ),
        pytest.param(
            f"vars: {{c: 3}}\ninput: [ 32, 32,c ]\nlayers:\n  - {CONV}}}\n",
            f"vars: {{c: 3}}\ninput: [c, 32, 32]\nlayers:\n  - {CONV}}}\n",
            id="channels last",
        ),
        pytest.param(
            "input: [16, 32, 32]\nlayers:\n  - repeat: 4\n    layers:\n"
            "      - {op: conv, name: new, out_channels: 16, kernel_size: 3, padding: 1}\n"
            "      - {op: concat, from: [input, new]}\n",
            "input: [16, 32, 32]\nlayers:\n  - repeat: 4\n    layers:\n"
            "      - {op: conv, name: new, out_channels: 16, kernel_size: 3, padding: 1}\n"
            "      - {op: concat, from: [group.input, new]}\n",
            id="input of a group",
        ),
        pytest.param(
            f"# convcost: ignore[CC104]\n{HEAD}  - {CONV}}}  # convcost: ignore[CC104, CC201]\n"
            f"{NORM}  - relu  # the last; # convcost: ignore[CC301]\n",
            f"{HEAD}  - {CONV}}}  # convcost: ignore[CC201]\n{NORM}  - relu  # the last;\n",
            id="comments",
        ),
    ],
)
def test_one_value_changes(run: Run, net: Path, before: str, after: str):
    net.write_bytes(before.encode())
    assert run("lint", "net.yaml", "--fix").code == 0
    assert net.read_bytes().decode() == after
    ran = run("lint", "net.yaml", "--fix")
    assert (ran.code, ran.err) == (0, "")  # nothing is left to do
    assert net.read_bytes().decode() == after


def test_what_is_said(run: Run, net: Path):
    net.write_text(f"{HEAD}  - {CONV}}}\n{NORM}")
    assert run("lint", "net.yaml").out.endswith("has the reasons, and `--fix` may mend 1\n")
    ran = run("lint", "net.yaml", "--fix")
    assert ran == (0, "nothing found in 1 spec\n", "net.yaml: 1 change made\n")


@pytest.mark.parametrize(
    "text",
    [
        f"{HEAD}  - {CONV}, bias: false}}\n{NORM}",
        f"{HEAD}  - {CONV}, bias: norm}}\n{NORM}vars: {{norm: true}}\n",
        f"{HEAD}  - {CONV}}}\n{NORM}expect: {{params: 37056}}\n",
        "vars: {shape: [1, 3, 32, 32]}\ninput: shape\nlayers: [relu]\n",
        "input: [8, 3, 32, 32]\nlayers: [relu]\n",
        "blocks:\n  unit:\n    layers:\n      - {op: conv, out_channels: 64, kernel_size: 3}\n"
        f"{HEAD}  - unit\n  - batch_norm\n  - unit\n",
        f"{HEAD}  - relu # convcost: ignore\n",
    ],
    ids=["nothing", "expression", "expected", "a var", "of eight", "used otherwise", "no code"],
)
def test_what_is_left_alone(run: Run, net: Path, text: str):
    net.write_text(text)
    ran = run("lint", "net.yaml", "--fix")
    assert (ran.code, ran.err) == (0, "")
    assert net.read_text() == text


def test_an_expectation_that_was_broken_before_keeps_nothing(run: Run, net: Path):
    net.write_text(f"{HEAD}  - {CONV}}}\n{NORM}expect: {{params: 1}}\n")
    assert run("lint", "net.yaml", "--fix").code == 1
    assert "bias: false" in net.read_text()


def test_diff_changes_nothing(run: Run, net: Path):
    text = f"{HEAD}  - {CONV}}}\n{NORM}  - relu  # convcost: ignore[CC301]\n"
    net.write_text(text)
    for options in (["--diff"], ["--fix", "--diff"]):
        ran = run("lint", ".", *options)
        assert (ran.code, ran.err) == (1, "")
        assert ran.out == (
            "--- net.yaml\n+++ net.yaml\n@@ -1,5 +1,5 @@\n input: [64, 32, 32]\n layers:\n"
            f"-  - {CONV}}}\n+  - {CONV}, bias: false}}\n   - batch_norm\n"
            "-  - relu  # convcost: ignore[CC301]\n+  - relu\n"
        )
        assert net.read_text() == text
    net.write_text(f"{HEAD}  - relu\n")
    assert run("lint", "net.yaml", "--diff") == (0, "", "")


BLOCKS = f"blocks:\n  unit:\n    layers:\n      - {CONV}}}\n      - NORM\n"
CALLS = f"include: blocks.yaml\n{HEAD}  - unit\n"


@pytest.mark.parametrize(
    ("paths", "changed"), [(["."], True), (["net.yaml"], False), (["blocks.yaml"], False)]
)
def test_a_file_of_blocks_changes_with_all_that_include_it(
    run: Run, net: Path, paths: list[str], changed: bool
):
    blocks = net.with_name("blocks.yaml")
    blocks.write_text(BLOCKS.replace("NORM", "batch_norm"))
    for name in ("net.yaml", "other.yaml"):
        net.with_name(name).write_text(CALLS)
    assert run("lint", *paths, "--fix").code == 0
    assert ("bias: false" in blocks.read_text()) is changed


def test_a_file_of_blocks_stays_where_one_spec_needs_it_so(run: Run, net: Path):
    blocks = net.with_name("blocks.yaml")
    blocks.write_text(
        f"blocks:\n  unit:\n    args: {{norm: true}}\n    layers:\n      - {CONV}}}\n"
        "      - {op: batch_norm, when: norm}\n"
    )
    net.write_text(CALLS)
    net.with_name("other.yaml").write_text(CALLS.replace("- unit", "- {op: unit, norm: false}"))
    ran = run("lint", ".", "--fix")
    assert "blocks.yaml:5:14: CC201" in ran.out
    assert "bias" not in blocks.read_text()


def test_one_of_two_changes_that_breaks_something(run: Run, net: Path):
    """The comment goes; the bias stays, since 64 * 64 * 9 weights, 64 biases and 128 of the norm
    are expected."""
    text = (
        f"{HEAD}  - {CONV}}}\n{NORM}  - relu # convcost: ignore[CC3]\nexpect: {{params: 37056}}\n"
    )
    net.write_text(text)
    ran = run("lint", "net.yaml", "--fix")
    assert (ran.code, ran.err) == (0, "net.yaml: 1 change made\n")
    assert net.read_text() == text.replace(" # convcost: ignore[CC3]", "")


def test_a_link_stays_one(run: Run, net: Path):
    net.with_name("real.yaml").write_text(f"{HEAD}  - {CONV}}}\n{NORM}")
    net.symlink_to("real.yaml")
    assert run("lint", "net.yaml", "--fix").code == 0
    assert net.is_symlink()
    assert "bias: false" in net.with_name("real.yaml").read_text()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["-", "--fix"], "--fix: it changes your own files, and - is not one"),
        (["resnet50", "--add-ignore"], "it changes your own files, and resnet50 is not one"),
        (["net.yaml", "--fix", "--set", "a=1"], "--fix: it changes specs as they are written"),
        (["net.yaml", "--diff", "--format", "json"], "--diff: it prints a diff, and --format"),
        (["net.yaml", "--fix", "--add-ignore"], "--add-ignore: run --fix first, then this"),
    ],
)
def test_what_is_refused(run: Run, net: Path, options: list[str], said: str):
    net.write_text(f"{HEAD}  - relu\n")
    ran = run("lint", *options, stdin=net.read_text())
    assert (ran.code, ran.out) == (2, "")
    assert said in " ".join(ran.err.split())
