"""Time a layer of long chains of convolutions: reading, counting and fields, in one process."""

from __future__ import annotations

import statistics

from timing import in_turns

import convcost

CHAIN = """
input: [8, 64, 64]
layers:
  - {{op: conv, out_channels: 8, kernel_size: 3, padding: 1, repeat: {layers}}}
"""
SHORT, LONG = 1_000, 100_000


def analyse(layers: int) -> None:
    data = CHAIN.format(layers=layers).encode()
    convcost.analyze(convcost.load("chain.yaml", read=lambda _: data))


def many_short() -> None:
    for _ in range(20):
        analyse(SHORT)


if __name__ == "__main__":
    times = in_turns({"short": many_short, "long": lambda: analyse(LONG)}, rounds=5)
    short = statistics.median(times["short"]) / 20 / SHORT
    long = statistics.median(times["long"]) / LONG
    print(f"a layer of {SHORT:>7,}: {short * 1e6:6.1f} microseconds")
    print(f"a layer of {LONG:>7,}: {long * 1e6:6.1f} microseconds  x {long / short:.2f}")
