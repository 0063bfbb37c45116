"""Specs that would take all the memory and time there is: refused."""

from __future__ import annotations

import pytest
from spec_support import mistakes

HEAD = "input: [3, 8, 8]\n"


def conv(out_channels: str) -> str:
    return f'{HEAD}layers:\n  - op: conv\n    kernel_size: 1\n    out_channels: "{out_channels}"\n'


def aliases(levels: int) -> str:
    """Ten lists of ten lists of ten ... of ten words."""
    lines = [f"a0: &a0 [{', '.join(['x'] * 10)}]"]
    for level in range(1, levels):
        lines.append(f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]")
    return "\n".join(lines) + "\n"


def doubling(levels: int, leaf: str) -> str:
    """Blocks that call the next one twice."""
    blocks = [f"  b{n}: {{layers: [b{n + 1}, b{n + 1}]}}" for n in range(levels)]
    return "\n".join(
        [HEAD + "blocks:", *blocks, f"  b{levels}: {{layers: [{leaf}]}}", "layers: [b0]\n"]
    )


def marked(number: int, text: str, column: int, width: int = 1) -> str:
    """A line as a message shows it: of a long one, 160 characters."""
    return f"\n{number:>5} | {text[:160]}\n      | {' ' * (column - 1)}{'^' * width}"


REPEATS = """\
input: [3, 8, 8]
vars: {n: 1000}
blocks:
  inner:
    args: {times: 1}
    layers:
      - {op: relu, repeat: times}
  outer:
    args: {times: 1}
    layers:
      - {op: inner, repeat: times, times: times}
layers:
  - {op: outer, times: n}
"""

HOSTILE = {
    "aliases, ten times more on each of seven levels": (
        aliases(7),
        "net.yaml:6:5: holds more than 250,000 values, too many for a spec"
        + marked(6, "a5: &a5 [*a4, *a4, *a4, *a4, *a4, *a4, *a4, *a4, *a4, *a4]", 5)
        + "\n  an alias counts as often as it is used",
    ),
    "aliases of layers": (
        HEAD
        + "layers:\n  - &a0 {layers: [relu, relu, relu, relu, relu, relu, relu, relu]}\n"
        + "".join(
            f"  - &a{n} {{layers: [{', '.join([f'*a{n - 1}'] * 8)}]}}\n" for n in range(1, 9)
        ),
        "net.yaml:8:18: holds more than 250,000 values, too many for a spec"
        + marked(8, "  - &a5 {layers: [*a4, *a4, *a4, *a4, *a4, *a4, *a4, *a4]}", 18)
        + "\n  an alias counts as often as it is used",
    ),
    "100,000 brackets": (
        HEAD + "layers: " + "[" * 100_000,
        "net.yaml:2:72: nested more than 64 levels deep" + marked(2, "layers: " + "[" * 152, 72),
    ),
    "100,000 brackets, closed": (
        HEAD + "layers: " + "[" * 100_000 + "]" * 100_000,
        "net.yaml:2:72: nested more than 64 levels deep" + marked(2, "layers: " + "[" * 152, 72),
    ),
    "100,000 braces": (
        HEAD + "layers: " + "{" * 100_000,
        "net.yaml:2:72: nested more than 64 levels deep" + marked(2, "layers: " + "{" * 152, 72),
    ),
    "100,000 dashes": (
        HEAD + "layers:\n" + "- " * 100_000,
        "net.yaml:3:127: nested more than 64 levels deep"
        + marked(3, "- " * 80, 81).replace("- \n", "-\n"),
    ),
    "1,000 lines of growing indentation": (
        HEAD + "layers:\n" + "\n".join(" " * n + "a:" for n in range(1, 1000)),
        "net.yaml:66:65: nested more than 64 levels deep" + marked(66, " " * 64 + "a:", 65),
    ),
    "a billion repeats": (
        HEAD + "layers:\n  - {op: relu, repeat: 1000000000}\n",
        "net.yaml:3:24: the network would have more than 150,000 layers"
        + marked(3, "  - {op: relu, repeat: 1000000000}", 24, 10),
    ),
    "a billion repeats of nothing": (
        HEAD + "layers:\n  - repeat: 10 ** 9\n    layers:\n      - {op: relu, when: false}\n",
        "net.yaml:5:14: 5,001 steps of expanding have led to 0 layers only"
        + marked(5, "      - {op: relu, when: false}", 14, 4),
    ),
    "repeats in repeats": (
        HEAD + "layers:\n  - repeat: 1000\n    layers:\n      - {op: relu, repeat: 1000}\n",
        "net.yaml:3:13: the network would have more than 150,000 layers"
        + marked(3, "  - repeat: 1000", 13, 4),
    ),
    "repeats through blocks and their arguments": (
        REPEATS,
        "net.yaml:7:28: the network would have more than 150,000 layers"
        + marked(7, "      - {op: relu, repeat: times}", 28, 5)
        + "\n  in block `inner`, called at net.yaml:11:14"
        + "\n  in block `outer`, called at net.yaml:13:10",
    ),
    "a repeat of a long list": (
        HEAD + "vars: {n: 1000}\nlayers:\n  - repeat: n\n    layers:\n" + "      - relu\n" * 1000,
        "net.yaml:4:13: the network would have more than 150,000 layers"
        + marked(4, "  - repeat: n", 13),
    ),
    "a table of tables": (
        HEAD
        + "layers:\n  - op: table\n    columns: [a]\n    rows: &rows\n"
        + "      - [1]\n" * 500
        + "    layers:\n      - {op: table, columns: [b], rows: *rows, layers: [relu]}\n",
        "net.yaml:3:9: the network would have more than 150,000 layers"
        + marked(3, "  - op: table", 9, 5),
    ),
    "blocks that double 30 times": (
        doubling(30, "relu"),
        "net.yaml:34:10: the network would have more than 150,000 layers"
        + marked(34, "layers: [b0]", 10, 2),
    ),
    "blocks that double 30 times, with nothing in them": (
        doubling(30, "{op: relu, when: false}"),
        "net.yaml:27:23: 5,001 steps of expanding have led to 0 layers only"
        + marked(27, "  b24: {layers: [b25, b25]}", 23, 3)
        + "\n  in block `b24`, called at net.yaml:26:23"
        + "\n  in block `b23`, called at net.yaml:25:23"
        + "\n  in block `b22`, called at net.yaml:24:23"
        + "\n  ..."
        + "\n  in block `b0`, called at net.yaml:34:10",
    ),
    "100 blocks that call each other": (
        "\n".join(
            [
                HEAD + "blocks:",
                *(f"  b{n}: {{layers: [b{n + 1}]}}" for n in range(100)),
                "  b100: {layers: [relu]}",
                "layers: [b0]\n",
            ]
        ),
        "net.yaml:67:3: blocks call each other more than 64 deep"
        + marked(67, "  b64: {layers: [b65]}", 3, 3),
    ),
    "structures in blocks in structures": (
        "\n".join(
            [
                HEAD + "blocks:",
                *(f"  b{n}: {{layers: [{{layers: [{{layers: [b{n + 1}]}}]}}]}}" for n in range(40)),
                "  b40: {layers: [relu]}",
                "layers: [b0]\n",
            ]
        ),
        "net.yaml:24:29: structures and blocks are more than 64 deep here"
        + marked(24, "  b21: {layers: [{layers: [{layers: [b22]}]}]}", 29, 6)
        + "\n  in block `b21`, called at net.yaml:23:38"
        + "\n  in block `b20`, called at net.yaml:22:38"
        + "\n  in block `b19`, called at net.yaml:21:38"
        + "\n  ..."
        + "\n  in block `b0`, called at net.yaml:44:10",
    ),
    "an expression of 5,000 brackets": (
        conv("(" * 5000 + "3" + ")" * 5000),
        "net.yaml:5:19: an expression has at most 1,000 characters, not 10,001"
        + marked(5, '    out_channels: "' + "(" * 141, 19, 142),
    ),
    "an expression of 400 brackets": (
        conv("(" * 400 + "3" + ")" * 400),
        "net.yaml:5:19: brackets go 400 deep here, and at most 100 are read"
        + marked(5, '    out_channels: "' + "(" * 141, 19, 142),
    ),
    "10,000 minus signs": (
        conv("-" * 10_000 + "3"),
        "net.yaml:5:19: an expression has at most 1,000 characters, not 10,001"
        + marked(5, '    out_channels: "' + "-" * 141, 19, 142),
    ),
    "900 minus signs": (
        conv("-" * 900 + "3"),
        "net.yaml:5:19: nested more than 100 levels deep"
        + marked(5, '    out_channels: "' + "-" * 141, 19, 142),
    ),
    "a tower of powers": (
        conv("9**9**9"),
        "net.yaml:5:19: an exponent is a whole number, at most 64"
        + marked(5, '    out_channels: "9**9**9"', 19, 9),
    ),
    "a long tower of powers": (
        conv("**".join("2" * 300)),
        "net.yaml:5:19: nested more than 100 levels deep"
        + marked(5, '    out_channels: "' + "2**" * 47, 19, 142),
    ),
    "powers of powers": (
        conv("((((2**64)**64)**64)**64)**64"),
        "net.yaml:5:19: this number is beyond all sizes"
        + marked(5, '    out_channels: "((((2**64)**64)**64)**64)**64"', 19, 31),
    ),
    "lists that double 40 times": (
        HEAD
        + "vars:\n  a0: [1, 1]\n"
        + "".join(f"  a{n}: [a{n - 1}, a{n - 1}]\n" for n in range(1, 40))
        + "layers: [{op: conv, out_channels: a39, kernel_size: 1}]\n",
        "net.yaml:10:7: a list of more than 500 values" + marked(10, "  a7: [a6, a6]", 7, 8),
    ),
    "a kernel of 10^9": (
        HEAD + "layers:\n  - {op: conv, out_channels: 3, kernel_size: 1000000000}\n",
        "net.yaml:3:46: layer 'conv1': kernel_size is 1000000000, which is more than 65,536"
        + marked(3, "  - {op: conv, out_channels: 3, kernel_size: 1000000000}", 46, 10),
    ),
    "a line of 12,000 characters": (
        HEAD + "layers: [" + "relu, " * 2_000 + "rellu]\n",
        "net.yaml:2:12010: unknown op or block `rellu`"
        + marked(2, ", " + "relu, " * 13 + "rellu]", 81, 5)
        + "\n  a word with a similar name exists: `relu`",
    ),
    "a word of a million letters": (
        HEAD + "layers:\n  - " + "x" * 1_000_000 + "\n",
        f"net.yaml:3:5: unknown op or block `{'x' * 60}...`"
        + marked(3, "  - " + "x" * 156, 5, 156),
    ),
}


@pytest.mark.parametrize(("text", "says"), HOSTILE.values(), ids=HOSTILE)
@pytest.mark.usefixtures("parser")
def test_is_refused(text: str, says: str) -> None:
    assert str(mistakes(text)) == says
