"""Whole processes that end with an error beside one that ends well."""

from __future__ import annotations

import sys
from pathlib import Path

from timing import in_turns, process, report

SPECS = Path(__file__).parent.parent / "specs"
CONVCOST = str(Path(sys.executable).parent / "convcost")


def bomb() -> str:
    """Nine lists, each ten times the one before."""
    lines = ["a: &a [x,x,x,x,x,x,x,x,x,x]"]
    for before, name in zip("abcdefgh", "bcdefghi", strict=True):
        lines.append(f"{name}: &{name} [{','.join([f'*{before}'] * 10)}]")
    return "\n".join(lines)


def spec(layer: str) -> str:
    return f"input: [8, 32, 32]\nlayers:\n  - {layer}\n"


BAD = {
    "unknown op": spec("{op: cnov, out_channels: 8, kernel_size: 3}"),
    "ten mistakes": "input: [8, 32, 32]\nlayers:\n" + "  - {op: conv, kernel: 3, strid: 2}\n" * 10,
    "alias bomb": bomb(),
    "100,000 brackets": "[" * 100_000,
    "a repeat of a billion": spec("{op: relu, repeat: 1000000000}"),
    "nested repeats": spec(
        "{repeat: 100000, layers: [{repeat: 100000, layers: [{op: relu, repeat: 100000}]}]}"
    ),
    "a kernel of a billion": spec("{op: conv, out_channels: 8, kernel_size: 1000000000}"),
    "a huge power": spec("{op: conv, out_channels: 9**9**9**9, kernel_size: 3}"),
    "5,000 brackets": spec("{op: conv, out_channels: '" + "(" * 5000 + "1" + ")" * 5000 + "'}"),
    "binary": "\0\1\2",
    "resnet50 with a slip": (SPECS / "resnet50.yaml").read_text().replace("max_pool", "maxpool"),
}

if __name__ == "__main__":
    good = [CONVCOST, "analyze", str(SPECS / "resnet50.yaml")]
    runs = {"a good run (resnet50)": process(good)}
    for name, text in BAD.items():
        run = process([CONVCOST, "analyze", "-"], text.encode())
        if run() != 2:
            sys.exit(f"{name}: the exit code is not 2")
        runs[name] = run
    print("whole processes, median milliseconds (range), ratio to the first")
    report(in_turns(runs, rounds=7), "a good run (resnet50)")
