"""Timing in turns: what every benchmark here shares."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def in_turns(
    runs: Mapping[str, Callable[[], object]],
    rounds: int,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, list[float]]:
    """Seconds of each run, by name: one warm-up each, then ``rounds`` rounds in turn."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    for round_ in range(rounds + 1):
        for name, run in runs.items():
            start = clock()
            run()
            if round_:
                times[name].append(clock() - start)
    return times


def of_children() -> float:
    """Seconds of processors that processes which have ended took: other programs do not count."""
    spent = os.times()
    return spent.children_user + spent.children_system


def process(command: Sequence[str], stdin: bytes = b"") -> Callable[[], int]:
    """A run of a whole process, its output thrown away."""

    def run() -> int:
        done = subprocess.run(command, input=stdin, capture_output=True, check=False)
        return done.returncode

    return run


def report(times: Mapping[str, Sequence[float]], base: str, unit: float = 1e-3) -> None:
    """Print medians (in milliseconds unless said) and the ratio of each to ``base``."""
    reference = statistics.median(times[base])
    width = max(map(len, times))
    for name, seconds in times.items():
        median = statistics.median(seconds)
        spread = f"{min(seconds) / unit:.1f} to {max(seconds) / unit:.1f}"
        print(f"{name:<{width}}  {median / unit:9.1f}  ({spread})  x {median / reference:.2f}")
