"""Time a sweep of MobileNetV2, with analysing as many designs in a loop, and how it grows.

Ratios are of one run: designs in a loop and swept ones take turns. The processor time and the peak
memory of the largest sweep stand beside them, and the time of following fields, which is apart.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time
from typing import TYPE_CHECKING

from timing import in_turns

import convcost
from convcost.sweeps.asked import USUAL

if TYPE_CHECKING:
    from collections.abc import Callable

SPEC = "mobilenet_v2"
LOOPED = 20


def swept(widths: int, sides: int = 1000, metrics: tuple[str, ...] = USUAL) -> None:
    last = f"{0.25 + (widths - 1) / 1000:.3f}"
    axes = [f"width=0.25:{last}:0.001", f"side=32:{31 + sides}:1"]
    convcost.sweep(SPEC, axes, metrics=metrics)


def looped() -> None:
    for number in range(LOOPED):
        side = 128 + number
        network = convcost.load(
            SPEC, settings={"width": f"0.{30 + number}"}, inputs={"": (3, side, side)}
        )
        convcost.analyze(network)


def seconds(call: Callable[[], None]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--widths", type=int, default=1000, help="of 1,000 sizes each")
    widths = options.parse_args().widths
    times = in_turns({"loop": looped, "sweep": lambda: swept(100)}, rounds=3)
    one = statistics.median(times["loop"]) / LOOPED
    many = statistics.median(times["sweep"]) / 100_000
    print(f"a design in a loop: {one * 1e6:9.1f} microseconds")
    print(f"a design of 10^5:   {many * 1e6:9.1f} microseconds  x {one / many:.0f}")
    tenth, whole = seconds(lambda: swept(widths // 10)), seconds(lambda: swept(widths))
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{widths * 1000:,} designs: {whole:.2f} s of a processor, {most:.0f} MiB")
    print(f"ten times the designs take {whole / tenth:.1f} times as long")
    fields = seconds(lambda: swept(100, 10, ("receptive_field",)))
    print(f"the fields of 1,000 designs, 10 sizes: {fields:.2f} s")
