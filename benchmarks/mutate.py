"""Faults planted one at a time, and those that no test notices.

A copy of the checkout is what is changed. One run with coverage says which tests run which line;
of a fault those tests are asked, the most particular first, until one fails. A line that runs only
when its module is imported is asked of all tests that run something of the module.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mutants import Mutant, mutants, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ROOMS = {  # a place belongs to the first room that it is in
    "formulas": ("convcost/ops", "convcost/number.py", "convcost/analysis/cost.py"),
    "windows": ("convcost/window.py", "convcost/powers.py"),
    "fields": ("convcost/field.py", "convcost/analysis"),
    "budgets": ("convcost/budget.py", "convcost/analysis/budget.py", "convcost/gate/check.py"),
    "base": ("convcost/gate",),
    "importers": ("convcost/importers",),
    "renders": ("convcost/render",),
    "exit codes": ("convcost/cli",),
    "specs": ("convcost/spec",),
    "execution": ("convcost",),
}
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "venv", "node_modules", "__pycache__", ".*_cache", ".hypothesis", ".coverage*"
)
QUIET = ("-q", "-p", "no:cacheprovider", "-p", "chosen_tests")


class Fault(NamedTuple):
    """A mutant of a file of the checkout."""

    room: str
    path: str
    mutant: Mutant


class Tests(NamedTuple):
    """Which tests run which lines, the seconds that each takes, and how many lines it runs."""

    by_line: dict[str, dict[int, set[str]]]
    seconds: dict[str, float]
    breadth: Counter[str]

    def of(self, path: str, mutant: Mutant, source: bytes) -> list[str]:
        """The tests that would notice a fault, the most particular first."""
        lines = self.by_line.get(path, {})
        last = mutant.line + source.count(b"\n", mutant.start, mutant.end)
        found = set[str]().union(*(lines.get(n, ()) for n in range(mutant.line, last + 1)))
        if not found:
            found = set[str]().union(*lines.values())
        return sorted(found & self.seconds.keys(), key=lambda name: (self.breadth[name], name))


def room_of(path: str) -> str:
    """The room with the longest name of a place that a path is in."""
    places = [(place, room) for room, of in ROOMS.items() for place in of]
    inside = [
        (len(place), room)
        for place, room in places
        if path == place or path.startswith(f"{place}/")
    ]
    return max(inside, default=(0, "all"))[1]


def faults(root: Path, only: Sequence[str]) -> list[Fault]:
    """All faults of files and folders of a checkout."""
    found: list[Fault] = []
    for place in only:
        start = root / place
        for file in sorted(start.rglob("*.py")) if start.is_dir() else [start]:
            path = file.relative_to(root).as_posix()
            found += (Fault(room_of(path), path, mutant) for mutant in mutants(file.read_bytes()))
    return found


def sampled(root: Path, found: Sequence[Fault], count: int, seed: int) -> list[Fault]:
    """As many of each room as there are, up to an equal share; then more of the larger rooms."""
    draw = random.Random(seed)
    rooms: dict[str, list[Fault]] = {}
    for fault in found:
        rooms.setdefault(fault.room, []).append(fault)
    for there in rooms.values():
        draw.shuffle(there)
    rows = max(map(len, rooms.values()), default=0)
    turns = (there[n] for n in range(rows) for there in rooms.values() if n < len(there))
    stand = (f for f in turns if f.mutant.stands((root / f.path).read_bytes()))
    return sorted(islice(stand, count))


class Copy:
    """A copy of a checkout, in which tests are run."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "checkout"
        shutil.copytree(root, self.root, ignore=LEFT_OUT)

    def pytest(self, *arguments: str, seconds: float | None = None, **names: str) -> int | None:
        """The exit code of pytest, None where it takes longer."""
        beside = os.pathsep.join([str(self.root), str(Path(__file__).parent)])
        process = subprocess.Popen(
            [sys.executable, "-m", "pytest", *QUIET, *arguments],
            cwd=self.root,
            env={**os.environ, "PYTHONPATH": beside, "PYTHONDONTWRITEBYTECODE": "1", **names},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        finally:
            if process.poll() is None:  # it is too slow, or the user has seen enough
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def tests(self) -> Tests:
        """One run of all tests, with coverage."""
        import coverage

        times, data_file = self.folder / "times.json", self.folder / "coverage"
        cover = [f"--cov={self.root / part}" for part in tops(self.root)]
        report = ("--cov-context=test", "--cov-report=", "--hypothesis-seed=0")
        self.pytest(*cover, *report, MUTATE_TIMES=str(times), COVERAGE_FILE=str(data_file))
        if not times.exists():
            raise SystemExit("mutate: the tests cannot be run: is pytest-cov installed?")
        data = coverage.CoverageData(str(data_file))
        data.read()
        by_line: dict[str, dict[int, set[str]]] = {}
        breadth: Counter[str] = Counter()
        for file in data.measured_files():
            path = Path(file).relative_to(self.root.resolve()).as_posix()
            lines = by_line.setdefault(path, {})
            for line, contexts in data.contexts_by_lineno(file).items():
                lines[line] = {name.rpartition("|")[0] for name in contexts if name}
                breadth.update(lines[line])
        return Tests(by_line, json.loads(times.read_text()), breadth)

    def notices(self, fault: Fault, tests: Tests, most: float) -> bool:
        """Whether some test fails with a fault."""
        file = self.root / fault.path
        source = file.read_bytes()
        chosen: list[str] = []
        budget = most
        for name in tests.of(fault.path, fault.mutant, source):
            budget -= tests.seconds[name]
            if budget < 0 and chosen:
                break
            chosen.append(name)
        if not chosen:
            return False
        asked = self.folder / "chosen.json"
        asked.write_text(json.dumps(chosen))
        files = sorted({name.partition("::")[0] for name in chosen})
        patience = 30 + 5 * sum(tests.seconds[name] for name in chosen)
        try:
            file.write_bytes(fault.mutant.planted(source))
            ended = self.pytest(
                *("-x", "--hypothesis-seed=0", *files), seconds=patience, MUTATE_CHOSEN=str(asked)
            )
        finally:
            file.write_bytes(source)
        return ended != 0


def tops(root: Path) -> list[str]:
    """The packages of a checkout."""
    return sorted(p.parent.name for p in root.glob("*/__init__.py") if p.parent.name != "tests")


def summary(planted: Iterable[Fault], survived: Iterable[Fault]) -> str:
    """How many were killed, by room."""
    all_, left = Counter(f.room for f in planted), Counter(f.room for f in survived)
    rows = [f"{room:12} {n - left[room]:5} of {n:5} killed" for room, n in sorted(all_.items())]
    total, killed = all_.total(), all_.total() - left.total()
    share = f"  ({killed / total:.0%})" if total else ""
    return "\n".join([*rows, f"{'together':12} {killed:5} of {total:5} killed{share}"])


def bar(done: int, of: int, left: int) -> None:
    """How far it is, on terminals only."""
    if sys.stderr.isatty():
        cells = "#" * (30 * done // of)
        ending = "" if done < of else "\n"
        print(f"\r[{cells:30}] {done} of {of}, {left} left", end=ending, file=sys.stderr)


def run(arguments: argparse.Namespace) -> None:
    """Plant the faults."""
    root = Path(arguments.root).resolve()
    chosen = sampled(
        root, faults(root, arguments.only or tops(root)), arguments.sample, arguments.seed
    )
    if arguments.list:
        for fault in chosen:
            source = (root / fault.path).read_bytes()
            print(f"{fault.path}:{fault.mutant.line}\n{shown(source, fault.mutant)}")
        return
    planted: list[Fault] = []
    survived: list[Fault] = []
    with tempfile.TemporaryDirectory(prefix="mutate-") as folder:
        copy = Copy(root, Path(folder))
        try:
            tests = copy.tests()
            for fault in chosen:
                bar(len(planted), len(chosen), len(survived))
                noticed = copy.notices(fault, tests, arguments.seconds)
                planted.append(fault)
                if not noticed:
                    survived.append(fault)
                    source = (copy.root / fault.path).read_bytes()
                    where = f"{fault.path}:{fault.mutant.line} [{fault.room}]"
                    print(f"{where}\n{shown(source, fault.mutant)}", flush=True)
            bar(len(planted), max(1, len(chosen)), len(survived))
        except KeyboardInterrupt:
            print(f"interrupted after {len(planted)} of {len(chosen)}", file=sys.stderr)
    print(summary(planted, survived))


def interrupted(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, interrupted)
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--sample", type=int, default=300, help="how many faults")
    parser.add_argument("--seed", type=int, default=0, help="which ones")
    parser.add_argument("--only", action="append", help="a file or folder, as convcost/ops")
    parser.add_argument("--seconds", type=float, default=60, help="of tests that a fault is shown")
    parser.add_argument("--list", action="store_true", help="show the faults and run nothing")
    parser.add_argument("--root", default=str(Path(__file__).parent.parent), help="the checkout")
    run(parser.parse_args())
