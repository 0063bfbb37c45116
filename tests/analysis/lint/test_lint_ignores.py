"""Comments that silence findings."""

from __future__ import annotations

import pytest
from lint_support import codes, findings

import convcost
from convcost.analysis.lint import lint
from convcost.errors import Source

STRIDED = "{op: conv, out_channels: 60, kernel_size: 1, stride: 2}"
LAST = "  - relu\n  - {op: conv, out_channels: 8, kernel_size: 3}\n"


def spec(behind: str = "", above: str = "", top: str = "") -> str:
    return f"{top}\ninput: [64, 32, 32]\nlayers:\n{above}\n  - {STRIDED}{behind}\n{LAST}"


def test_without_one():
    assert codes(spec()) == ["CC104", "CC301"]


@pytest.mark.parametrize(
    ("comment", "left"),
    [
        ("# convcost: ignore[CC104]", ["CC301"]),
        ("#convcost:ignore[CC104]", ["CC301"]),
        ("# the paper has it so; # convcost: ignore[CC104]", ["CC301"]),
        ("# convcost: ignore[CC104, CC301]", []),
        ("# convcost: ignore[CC1,CC3]", []),
        ("# convcost: ignore[CC]", []),
        ("# convcost: ignore-file[CC104]", ["CC301"]),
        ("# convcost: ignored[CC104]", ["CC104", "CC301"]),
        ("#convcost is not mentioned: ignore[CC104]", ["CC104", "CC301"]),
    ],
)
def test_behind_and_above(comment: str, left: list[str]):
    assert codes(spec(behind=f"  {comment}")) == left
    assert codes(spec(above=f"  {comment}\n\n  # and another comment")) == left


def test_on_top_of_a_file_only_the_whole_file_is_meant():
    assert codes(spec(top="# convcost: ignore-file[CC104]")) == ["CC301"]
    assert codes(spec(top="# convcost: ignore[CC104]")) == ["CC505", "CC104", "CC301"]


@pytest.mark.parametrize(
    ("comment", "message", "fix"),
    [
        (
            "# convcost: ignore[CC201]",
            "nothing is found here that `CC201` would silence",
            "remove it",
        ),
        ("# convcost: ignore[CC999]", "`CC999` is not a code of a finding", "remove it"),
        ("# convcost: ignore[E501]", "`E501` is not a code of a finding", "remove it"),
        (
            "# convcost: ignore",
            "this comment names no code, and so silences nothing",
            "write one, as in `# convcost: ignore[CC104]`",
        ),
        (
            "# convcost: ignore[]",
            "this comment names no code, and so silences nothing",
            "write one, as in `# convcost: ignore[CC104]`",
        ),
    ],
)
def test_a_comment_that_silences_nothing(comment: str, message: str, fix: str):
    (found,) = [f for f in findings(spec(behind=f"  {comment}")) if f.code == "CC505"]
    assert (found.message, found.fix) == (message, fix)
    assert found.source == Source("net.yaml", 5, 6 + len(STRIDED) + 2 - 1)


def test_vars_and_figures_are_silenced_too():
    assert (
        codes("""
input: [64, 32, 32]
vars:
  later: 1    # convcost: ignore[CC501]
layers:
  - {op: conv, out_channels: 64, kernel_size: 3}
expect:
  params: 1   # convcost: ignore[CC504]
""")
        == []
    )


def test_other_vars_are_not_what_a_comment_was_written_for():
    text = """
input: [64, 32, 32]
vars: {stride: 2}
layers:
  - {op: conv, out_channels: 64, kernel_size: 1, stride: stride}  # convcost: ignore[CC104]
"""
    network = convcost.load("net.yaml", settings={"stride": "1"}, read=lambda _: text.encode())
    assert lint(network, "net.yaml") == []


def test_an_included_file_has_its_own_comments():
    files = {
        "net.yaml": "include: common.yaml\ninput: [64, 32, 32]\nlayers:\n  - down\n",
        "common.yaml": "blocks:\n  down:\n    layers:\n"
        f"      - {STRIDED}  # convcost: ignore[CC1]\n"
        "  spare:\n    layers:\n      - relu  # convcost: ignore[CC1]\n",
    }
    network = convcost.load("net.yaml", read=lambda path: files[path].encode())
    assert lint(network, "net.yaml") == []


@pytest.mark.parametrize(
    ("select", "ignore", "left"),
    [
        ([], [], ["CC104", "CC301"]),
        (["CC3"], [], ["CC301"]),
        ([], ["CC3"], ["CC104"]),
        (["CC"], ["CC1"], ["CC301"]),
        (["CC1"], ["CC"], ["CC104"]),
        (["CC104"], ["CC1", "CC3"], ["CC104"]),
        (["CC1"], ["CC104"], []),
        (["CC", "CC104"], ["CC1"], ["CC104", "CC301"]),
        (["CC1"], ["CC", "CC104"], []),
        (["CC1"], ["CC1"], []),
    ],
)
def test_the_longer_of_codes_that_are_asked_for_and_not_decides(
    select: list[str], ignore: list[str], left: list[str]
):
    network = convcost.load("net.yaml", read=lambda _: spec().encode())
    assert [f.code for f in lint(network, select=select, ignore=ignore)] == left
