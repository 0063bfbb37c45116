"""A layer given by flags; and the ten questions of a textbook that nobody needs a file for."""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from running import Ran

    Run = Callable[..., Ran]


class Question(NamedTuple):
    """A question, the command that answers it, and its printed answer, by hand."""

    asked: str
    command: str
    answer: str


TEXTBOOK = [
    Question(
        "How large is the output of a 5x5 convolution of stride 2 and padding 2 on 32x32?",
        "analyze --op conv --input 3x32x32 kernel_size=5 stride=2 padding=2",
        r"3x32x32 -> 3x16x16",  # floor((32 + 4 - 5) / 2) + 1
    ),
    Question(
        "How many parameters has a depthwise separable 3x3 from 64 to 128 channels?",
        "analyze --op depthwise_separable_conv --input 64x56x56 out_channels=128",
        r"params +8,768 ",  # 64 x 9 + 64 x 128, without biases
    ),
    Question(
        "What do three 3x3 convolutions in a row see?",
        "rf --op conv --input 3x32x32 kernel_size=3 repeat=3",
        r"conv\.2 +conv 3x3 +7 ",
    ),
    Question(
        "How many MACs has a 3x3 convolution from 64 to 128 channels on 56x56?",
        "analyze --op conv --input 64x56x56 out_channels=128 kernel_size=3 padding=1",
        r"MACs +231,211,008 ",  # 56 x 56 x 9 x 64 x 128
    ),
    Question("What is `same`?", "explain same", r"ceil\(n /\sstride\)"),
    Question(
        "How large is the output of a 4x4 transposed convolution of stride 2, padding 1 on 7x7?",
        "analyze --op conv_transpose --input 64x7x7 kernel_size=4 stride=2 padding=1",
        r"64x7x7 -> 64x14x14",  # (7 - 1) 2 - 2 + 3 + 1
    ),
    Question(
        "What do 3x3 convolutions of rates 1, 2 and 4 see?",
        "rf --op conv --input 1x64x64 kernel_size=3 'dilation=2**i' repeat=3",
        r"field 15\b",  # 1 + 2 (1 + 2 + 4)
    ),
    Question("Are FLOPs MACs?", "explain FLOPs", r"2 x `macs`, a multiplication and an addition"),
    Question(
        "How many parameters has a batch norm of 64 channels?",
        "analyze --op batch_norm --input 64x56x56",
        r"params +128 +and 128 in buffers",
    ),
    Question(
        "What would a 1x1 cost in place of a 3x3?",
        "alternatives --op conv --input 64x56x56 out_channels=128 kernel_size=3 padding=1",
        r"pointwise .* 25,690,112 +0\.1111",  # a ninth
    ),
]


@pytest.mark.parametrize("question", TEXTBOOK, ids=lambda question: question.asked)
def test_questions_of_textbooks(run: Run, question: Question) -> None:
    code, out, _ = run(*shlex.split(question.command))
    assert code == 0
    assert re.search(question.answer, out)


@pytest.mark.parametrize("question", TEXTBOOK, ids=lambda question: question.asked)
def test_help_shows_how(run: Run, question: Question) -> None:
    """A command's help has its options, and an example of the same form."""
    command, *words = shlex.split(question.command)
    shown = run(command, "--help").out
    assert all(word in shown for word in words if word.startswith("--"))
    form = "--op" if "--op" in words else "MACs"
    assert re.search(rf"^    convcost {command} {form}", shown, re.MULTILINE)


FLAGS = "--op conv --input 3x9x9 out_channels=4 kernel_size=3x5 padding=same"
RELU = "--op relu --input 8x4x4 --batch 3 --dtype float16 --format json"
TRANSPOSED = "--op conv_transpose --input 64x7x7 kernel_size=4 stride=2"
BLOCK = "--op depthwise_separable_conv --input 3x8x8 out_channels=4"


def test_all_commands_read_a_layer_alike(run: Run) -> None:
    flags = shlex.split(FLAGS)
    analyzed = json.loads(run("analyze", *flags, "--format", "json").out)
    explained = json.loads(run("explain", *flags, "--format", "json").out)
    (layer,) = analyzed["layers"]
    assert layer["output_shape"] == [4, 9, 9]
    costs = {formula["name"]: formula["worked"][0]["value"] for formula in explained["arithmetic"]}
    assert costs["macs"] == layer["macs"] == 9 * 9 * 15 * 3 * 4
    sizes = json.loads(run("rf", *flags, "--format", "json").out)["layers"][0]["axes"]
    assert [axis["size"] for axis in sizes] == [3, 5]


def test_options_hold_as_for_a_spec(run: Run) -> None:
    out = run(
        "analyze",
        *[
            "--op",
            "relu",
            "--input",
            "8x4x4",
            "--batch",
            "3",
            "--dtype",
            "float16",
            "--format",
            "json",
        ],
    )
    totals = json.loads(out.out)["totals"]
    assert totals["activation_bytes"] == 3 * 8 * 4 * 4 * 2


def test_channels_are_those_that_are_read_unless_given(run: Run) -> None:
    code, out, err = run(
        "analyze", *["--op", "conv_transpose", "--input", "64x7x7", "kernel_size=4", "stride=2"]
    )
    assert (code, out.splitlines()[0]) == (0, "conv_transpose   64x7x7 -> 64x16x16")
    assert (
        err
        == "out_channels is 64, as many as `conv_transpose` reads, unless you say out_channels=N\n"
    )


MISTAKES = [
    (
        "--op conv --input 3x8x8 kernel_size=3 strid=2 out_channels=4",
        "<command line>:1:68: op `conv` has no field `strid`\n"
        "    1 | {name: conv, input: [3, 8, 8], layers: [{op: conv, kernel_size: 3, strid: 2, "
        "out_channels: 4}]}\n"
        f"      | {' ' * 67}^^^^^\n"
        "  a field with a similar name exists: `stride`\n",
    ),
    ("--op conv --input 3x2x2 kernel_size=5", "the window spans 5 positions"),
    ("--op cnov --input 3x8x8", "unknown op or block `cnov`"),
    ("--op conv --input 3x8x8 3x3", "'3x3' is not FIELD=VALUE, such as kernel_size=3"),
    ("--op conv kernel_size=3", "give the shape of what the layer reads"),
    ("--op conv --input a=3x8x8 kernel_size=3", "give the shape of what the layer reads"),
    ("--op add --input 3x8x8", "`add` reads 2 inputs, and --input is one: write a spec"),
    ("--op relu --input 3x8x8 --set a=1", "vars belong to a SPEC, and none is given"),
    ("--op relu --input 3x8x8 --dim a=1", "it is for exported models, and none is given"),
    ("--op re:lu --input 3x8x8", "'re:lu' is not an op or block"),
    ("", "Missing argument 'SPEC'"),
]


@pytest.mark.parametrize("command", ["analyze", "rf"])
@pytest.mark.parametrize(("flags", "message"), MISTAKES)
def test_mistakes_are_said_as_those_of_a_spec(
    run: Run, command: str, flags: str, message: str
) -> None:
    code, out, err = run(command, *flags.split())
    assert (code, out) == (2, "")
    assert message in " ".join(err.split()) or err == message


def test_a_block_has_no_single_layer(run: Run) -> None:
    code, _, err = run(
        "explain", *["--op", "depthwise_separable_conv", "--input", "3x8x8", "out_channels=4"]
    )
    assert code == 2
    assert "convcost analyze --op depthwise_separable_conv" in " ".join(err.split())
