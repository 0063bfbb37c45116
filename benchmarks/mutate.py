"""Faults planted one at a time, and those that no test notices.

A copy of the checkout is what is changed. One run with coverage says which tests run which line;
of a fault those tests are asked, the most particular first, until one fails. A line that runs only
when its module is imported is asked of all tests that run something of the module.
"""

from __future__ import annotations

import argparse
import hashlib
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
    "formulas": ("convcost/ops", "convcost/number.py", "convcost/analysis/analyze/cost.py"),
    "windows": ("convcost/window.py", "convcost/pow2.py"),
    "fields": ("convcost/field.py", "convcost/analysis"),
    "budgets": ("convcost/budget/limit.py", "convcost/budget/verdict.py", "convcost/gate/check.py"),
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


class Tests:
    """The tests that run each line, and the seconds that each test takes.

    ``lines`` has the numbers of tests by path and line; ``seconds`` are those of all, by name.
    """

    def __init__(self, lines: dict[str, dict[str, list[int]]], seconds: dict[str, float]) -> None:
        self.lines = lines
        self.seconds = seconds
        self.names = list(seconds)
        self.breadth = Counter(n for of in lines.values() for some in of.values() for n in some)

    def of(self, path: str, mutant: Mutant, source: bytes) -> list[str]:
        """The tests that would notice a fault, short and particular ones first."""
        lines = self.lines.get(path, {})
        last = mutant.line + source.count(b"\n", mutant.start, mutant.end)
        numbers = range(mutant.line, last + 1)
        found = {test for n in numbers for test in lines.get(str(n), ())}
        if not found:
            found = {test for some in lines.values() for test in some}
        cost = {n: self.breadth[n] * self.seconds[self.names[n]] for n in found}
        return [self.names[n] for n in sorted(found, key=lambda n: (cost[n], n))]


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
    """Faults of all rooms in turns, until there are enough or a room has no more."""
    draw = random.Random(seed)
    rooms: dict[str, list[Fault]] = {}
    for fault in found:
        rooms.setdefault(fault.room, []).append(fault)
    for there in rooms.values():
        draw.shuffle(there)
    rows = max(map(len, rooms.values()), default=0)
    turns = (there[n] for n in range(rows) for there in rooms.values() if n < len(there))
    stand = (f for f in turns if f.mutant.stands((root / f.path).read_bytes()))
    return list(islice(stand, count))


class Copy:
    """A copy of a checkout, in which tests are run: those of some files and folders, or all."""

    def __init__(self, root: Path, folder: Path, among: Sequence[str]) -> None:
        self.folder = folder
        self.among = among
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

    def tests(self, kept: str) -> Tests:
        """The tests with their lines and seconds: from a file if it is of the same code and tests,
        else from a run."""
        file = Path(kept or self.folder / "tests.json")
        digest = self.digest()
        if not file.exists() or json.loads(file.read_text())["digest"] != digest:
            lines, seconds = self.covered()
            file.write_text(json.dumps({"digest": digest, "lines": lines, "seconds": seconds}))
        found = json.loads(file.read_text())
        return Tests(found["lines"], found["seconds"])

    def digest(self) -> str:
        """A name for the code and its tests as they are."""
        result = hashlib.sha256(" ".join(self.among).encode())
        for part in (*tops(self.root), "tests"):
            for file in sorted((self.root / part).rglob("*.py")):
                result.update(file.read_bytes())
        return result.hexdigest()

    def covered(self) -> tuple[dict[str, dict[str, list[int]]], dict[str, float]]:
        """One run of the tests, with coverage: those of each line, and the time of each."""
        import coverage

        times, data_file = self.folder / "times.json", self.folder / "coverage"
        cover = [f"--cov={self.root / part}" for part in tops(self.root)]
        report = ("--cov-context=test", "--cov-report=", "--hypothesis-seed=0")
        asked = (*cover, *report, *self.among)
        self.pytest(*asked, MUTATE_TIMES=str(times), COVERAGE_FILE=str(data_file))
        if not times.exists():
            raise SystemExit("mutate: the tests cannot be run: is pytest-cov installed?")
        seconds: dict[str, float] = json.loads(times.read_text())
        number = {name: n for n, name in enumerate(seconds)}
        data = coverage.CoverageData(str(data_file))
        data.read()
        lines: dict[str, dict[str, list[int]]] = {}
        for file in data.measured_files():
            of = lines.setdefault(Path(file).relative_to(self.root.resolve()).as_posix(), {})
            for line, contexts in data.contexts_by_lineno(file).items():
                names = {name.rpartition("|")[0] for name in contexts}
                of[str(line)] = sorted(number[name] for name in names if name in number)
        return lines, seconds

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
        patience = 20 + 3 * sum(tests.seconds[name] for name in chosen)
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
        copy = Copy(root, Path(folder), arguments.among)
        try:
            tests = copy.tests(arguments.tests)
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
    parser.add_argument("--seconds", type=float, default=30, help="of tests that a fault is shown")
    parser.add_argument("--tests", default="", help="a file for what tests run, to use again")
    parser.add_argument(
        "--among", nargs="+", default=[], help="files and folders of tests, where not all are asked"
    )
    parser.add_argument("--list", action="store_true", help="show the faults and run nothing")
    parser.add_argument("--root", default=str(Path(__file__).parent.parent), help="the checkout")
    run(parser.parse_args())
