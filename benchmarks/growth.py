"""How processor time and memory of commands grow with the layers of networks of several shapes.

Each figure is of a process of its own, less what the same command takes for ten layers. Exponents
are fitted to all sizes: 1 is linear.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import sys
import tempfile
from math import log
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from growing import COMMANDS, MOST, SHAPES

if TYPE_CHECKING:
    from collections.abc import Sequence

CONVCOST = [sys.executable, "-m", "convcost"]
SIZES = (1_000, 4_000, 16_000, 64_000)
FEWEST = 10  # layers, whose costs are those of starting


class Taken(NamedTuple):
    """The resources that a process took: CPU seconds, and peak bytes."""

    seconds: float
    bytes: int


def measured(arguments: Sequence[str], limit: int) -> Taken | None:
    """The costs of a command; None where it failed, or took more than ``limit`` seconds."""
    actions = [(os.POSIX_SPAWN_OPEN, to, os.devnull, os.O_WRONLY, 0) for to in (1, 2)]
    command = ["sh", "-c", f'ulimit -t {limit}; exec "$@"', "sh", *CONVCOST, *arguments]
    child = os.posix_spawnp("sh", command, os.environ, file_actions=actions)
    _, status, usage = os.wait4(child, 0)
    if status:
        return None
    return Taken(usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def write(spec: Path, shape: str, size: int) -> None:
    """Write a spec in a process of its own: what this one held would count for those it starts."""
    child = os.fork()
    if not child:
        spec.write_text(SHAPES[shape](size), "utf-8")
        os._exit(0)
    os.waitpid(child, 0)


def exponent(sizes: Sequence[int], costs: Sequence[float]) -> float:
    """The slope of the straight line through the logarithms."""
    return statistics.linear_regression([*map(log, sizes)], [*map(log, costs)]).slope


def growth(command: str, shape: str, sizes: Sequence[int], limit: int) -> str:
    """A row of the table."""
    sizes = [size for size in sizes if size <= MOST.get(shape, size)]
    with tempfile.TemporaryDirectory() as folder:
        found: list[Taken | None] = []
        for size in (FEWEST, *sizes):
            spec = Path(folder) / f"{size}.yaml"
            write(spec, shape, size)
            words = [word.replace("SPEC", str(spec)) for word in COMMANDS[command]]
            found.append(measured(words, limit))
            if found[-1] is None:
                return f"failed, or above {limit} seconds, at {size:,} layers"
    start, *rest = (one for one in found if one)
    seconds = [max(0.001, one.seconds - start.seconds) for one in rest]
    held = [max(2**17, one.bytes - start.bytes) for one in rest]
    each = "  ".join(f"{s:7.2f} s {b / 2**20:6.0f} MB" for s, b in zip(seconds, held, strict=True))
    time, memory = exponent(sizes, seconds), exponent(sizes, held)
    return f"{time:5.2f} {memory:7.2f}   {each}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=SIZES[-1], help="the largest size")
    parser.add_argument("--commands", nargs="*", default=[*COMMANDS], choices=[*COMMANDS])
    parser.add_argument("--shapes", nargs="*", default=[*SHAPES], choices=[*SHAPES])
    parser.add_argument("--limit", type=int, default=300, help="seconds that a process may take")
    asked = parser.parse_args()
    sizes = [size for size in SIZES if size <= asked.most]
    heads = "".join(f"{size:>19,}" for size in sizes)
    print(f"{'exponents of':<25}  time  memory{heads} layers")
    for command in asked.commands:
        for shape in asked.shapes:
            row = growth(command, shape, sizes, asked.limit)
            print(f"{command:<8} {shape:<16}  {row}", flush=True)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
