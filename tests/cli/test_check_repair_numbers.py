"""The number that is named as the one to repair, among those that a spec holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from convcost.budget.limit import Bound, Limit
from convcost.budget.verdict import Status, verdicts
from convcost.gate.judge import analysed
from convcost.gate.repair import repair

ONNX = Path(__file__).parent.parent / "data" / "onnx"

# `long` weights, and 3 `wide`: a step of `wide` saves as much as three of `long`.
TWO = """\
input: [1, 8]
vars: {{long: {long}, wide: {wide}}}
layers:
  - {{op: conv, out_channels: 1, kernel_size: 1, bias: false, repeat: long}}
  - {{op: conv, out_channels: 1, kernel_size: 3, padding: 1, bias: false, repeat: wide}}
budget: {{params: {most}}}
"""

# A weight for each of 30 - |2 width - turn| channels.
TURNING = """\
input: [1, 8]
vars: {{width: {width}}}
layers:
  - op: conv
    out_channels: "30 - max(2 * width - {turn}, {turn} - 2 * width)"
    kernel_size: 1
    bias: false
  - {{op: slice, dims: [1], starts: [0], ends: [1]}}
budget: {{params: {most}}}
"""


def found(folder: Path, text: str) -> tuple[str, str, str, int] | None:
    """The name of the repaired number, its values before and after, and its line."""
    path = folder / "a.yaml"
    path.write_text(text)
    now = analysed(path, str(path))
    named = repair(now, verdicts(now.analysis.figures, now.analysis.network.budget), None)
    return named and (named.what, named.before, named.after, named.source.line)


@pytest.mark.parametrize(
    ("long", "wide", "over", "expected"),
    [
        (30, 10, 3, ("long", "30", "27", 2)),  # a tenth of each: the first
        (27, 10, 3, ("wide", "10", "9", 2)),  # a ninth or a tenth
        (33, 10, 3, ("long", "33", "30", 2)),  # an eleventh or a tenth
        (41, 31, 9, ("wide", "31", "28", 2)),  # 9 of 41 or 3 of 31
        (10, 1, 5, ("long", "10", "5", 2)),  # half of it is as far as is looked
        (10, 1, 6, None),
    ],
)
def test_it_is_the_number_that_moves_least(
    tmp_path: Path, long: int, wide: int, over: int, expected: tuple[str, str, str, int] | None
) -> None:
    most = long + 3 * wide - over
    assert found(tmp_path, TWO.format(long=long, wide=wide, most=most)) == expected


@pytest.mark.parametrize(
    ("width", "turn", "most", "after"),
    [
        (8, 16, 28, "7"),  # one step down or one up: down
        (8, 17, 27, "7"),  # one down or two up
        (9, 17, 27, "10"),  # two down or one up
        (8, 18, 26, "7"),  # one down or three up
        (9, 16, 26, "10"),  # three down or one up
    ],
)
def test_it_may_move_up_or_down(
    tmp_path: Path, width: int, turn: int, most: int, after: str
) -> None:
    text = TURNING.format(width=width, turn=turn, most=most)
    assert found(tmp_path, text) == ("width", str(width), after, 2)


ENDING = "  - {op: conv, out_channels: 1, kernel_size: 1, bias: false}\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "layers:\n  - op: residual\n    body:\n"
            "      - {op: conv, out_channels: 20, kernel_size: 1, bias: false}\n"
            "      - {op: conv, out_channels: 1, kernel_size: 1, bias: false}\n"
            "budget: {params: 36}\n",
            ("out_channels", "20", "18", 5),
            id="in a structure",
        ),
        pytest.param(
            "layers:\n  - op: table\n    columns: [channels]\n    rows: [[20], [10]]\n"
            "    layers:\n"
            "      - {op: conv, out_channels: channels, kernel_size: 1, bias: false}\n"
            f"{ENDING}budget: {{params: 209}}\n",
            ("channels", "20", "18", 5),
            id="a cell of a table",
        ),
        pytest.param(
            "layers:\n  - {op: conv, out_channels: 1, kernel_size: 1, bias: false, repeat: 20}\n"
            "budget: {params: 18}\n",
            ("repeat", "20", "18", 3),
            id="repeat",
        ),
        pytest.param(
            "layers:\n  - {op: conv, out_channels: 1, kernel_size: [5, 20], padding: same}\n"
            "budget: {params: 91}\n",
            ("kernel_size", "20", "18", 3),
            id="in a list",
        ),
        pytest.param(
            "blocks:\n  two:\n    args: {width: 20}\n    layers:\n"
            "      - {op: conv, out_channels: width, kernel_size: 1, bias: false}\n"
            f"layers:\n  - two\n{ENDING}budget: {{params: 36}}\n",
            ("width", "20", "18", 4),
            id="the default of an argument",
        ),
        pytest.param(
            "blocks:\n  two:\n    layers:\n"
            "      - {op: conv, out_channels: 20, kernel_size: 1, bias: false}\n"
            f"layers:\n  - two\n{ENDING}budget: {{params: 36}}\n",
            ("out_channels", "20", "18", 5),
            id="in a block",
        ),
        pytest.param(
            "vars: {more: 0, width: 20}\nlayers:\n"
            "  - {op: conv, out_channels: width + more, kernel_size: 1, bias: false}\n"
            f"{ENDING}budget: {{params: {{min: 42}}}}\n",
            ("width", "20", "21", 2),
            id="no number that is 0",
        ),
        pytest.param(
            "vars: {width: 20.5 - 1 / 2, more: 10}\nlayers:\n"
            "  - {op: conv, out_channels: width + more, kernel_size: 1, bias: false}\n"
            f"{ENDING}budget: {{params: 56}}\n",
            ("more", "10", "8", 2),
            id="no expression",
        ),
        pytest.param(
            'vars: {width: 20}\nlayers:\n  - {op: conv, out_channels: "width // (width // 17)", '
            f"kernel_size: 1, bias: false}}\n{ENDING}budget: {{params: 36}}\n",
            ("width", "20", "18", 2),
            id="steps of 10 and 5 make no network",
        ),
        pytest.param(
            'vars: {width: 20}\nlayers:\n  - {op: conv, out_channels: "width // (width // 13)", '
            f"kernel_size: 1, bias: false}}\n{ENDING}budget: {{params: 30}}\n",
            ("width", "20", "15", 2),
            id="steps of 10 make no network, and those below 5 are too small",
        ),
        pytest.param(
            "vars: {width: 20}\nlayers:\n  - op: conv\n"
            '    out_channels: "width // (1 - width // 14 + width // 20)"\n'
            f"    kernel_size: 1\n    bias: false\n{ENDING}budget: {{params: 36}}\n",
            ("width", "20", "13", 2),
            id="steps below 7 make no network",
        ),
        pytest.param(
            "vars: {width: 1}\nlayers:\n"
            "  - {op: conv, out_channels: 10 * width, kernel_size: 1, bias: false}\n"
            f"{ENDING}budget: {{params: {{min: 60}}}}\n",
            None,
            id="no more than one step from 1",
        ),
        pytest.param(
            "vars: {width: &w 20}\nlayers:\n"
            "  - {op: conv, out_channels: width, kernel_size: 1, bias: false}\n"
            f"{ENDING}budget: {{params: 36}}\n",
            None,
            id="no number with an anchor",
        ),
        pytest.param(
            "vars: {width: 0.2}\nlayers:\n"
            "  - {op: conv, out_channels: ceil(100 * width), kernel_size: 1, bias: false}\n"
            f"{ENDING}budget: {{params: 36}}\n",
            ("width", "0.2", "0.18", 2),
            id="hundredths",
        ),
        pytest.param(
            "vars: {width: 2.25}\nlayers:\n"
            "  - {op: conv, out_channels: floor(8 * width), kernel_size: 1, bias: false}\n"
            f"{ENDING}budget: {{params: 32}}\n",
            ("width", "2.25", "2.12", 2),
            id="digits before the point",
        ),
        pytest.param(
            "vars: {width: 2.125}\nlayers:\n"
            "  - {op: conv, out_channels: floor(8 * width), kernel_size: 1, bias: false}\n"
            f"{ENDING}budget: {{params: 32}}\n",
            ("width", "2.125", "2.124", 2),
            id="as many digits as there are",
        ),
    ],
)
def test_every_number_that_a_spec_holds_is_tried(
    tmp_path: Path, text: str, expected: tuple[str, str, str, int] | None
) -> None:
    assert found(tmp_path, f"input: [1, 8{', 8' * ('[5,' in text)}]\n{text}") == expected


def test_a_file_without_numbers_of_its_own_is_not_repaired() -> None:
    path = ONNX / "conv3d__dy18_dynb.onnx"
    now = analysed(path, str(path))
    held = verdicts(now.analysis.figures, [Limit("params", Bound.MAX, 1)])
    assert [verdict.status for verdict in held] == [Status.BROKEN]
    assert repair(now, held, None) is None


def test_a_number_of_another_file_is_not_taken_for_what_stands_there_here(tmp_path: Path) -> None:
    block = "blocks: {c: {layers: [{op: conv, out_channels: 9, kernel_size: 1}]}}\n"
    (tmp_path / "b.yaml").write_text(block)
    here = "input: [".ljust(block.index("9"))
    text = f"{here}9, 8]\ninclude: b.yaml\nlayers: [c]\nbudget: {{params: 85}}\n"
    assert found(tmp_path, text) is None
