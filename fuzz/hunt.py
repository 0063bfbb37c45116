"""Cases for hours, in processes that are killed where they take too long or too much memory."""

from __future__ import annotations

import multiprocessing
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from fuzz.commands import run
from fuzz.oracles import Broken
from fuzz.worker import made, reduce, work

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fuzz.case import Input, Line

MOST_SECONDS = 5.0  # of a processor that takes USUAL for a good run
USUAL = 0.05
MOST_BYTES = 2**30
CASES_A_WORKER = 200
REDUCING = 40.0
EVERY = 0.05
ROOT = Path(__file__).parent.parent

_context = multiprocessing.get_context("spawn")


class Find(NamedTuple):
    """A fault, and the smallest input known for it."""

    given: Input
    found: Broken


class Hunt:
    """One run of the fuzzer: ``finds`` by their cause."""

    def __init__(self, kinds: Sequence[str], seed: int, corpus: Path) -> None:
        self.kinds, self.seed, self.corpus = kinds, seed, corpus
        self.finds: dict[str, Find] = {}
        self.cases = self.lines = 0
        self.most_seconds = MOST_SECONDS * slowness()

    def until(self, end: float) -> None:
        """Play cases until a time of ``time.monotonic``."""
        while time.monotonic() < end:
            self._one_worker(end)

    def _one_worker(self, end: float) -> None:
        """Cases of one process, to its end or that of the case that it hangs in."""
        pipe, other = _context.Pipe()
        told = (other, self.kinds, self.seed, self.cases, CASES_A_WORKER)
        process = _context.Process(target=work, args=told, daemon=True)
        process.start()
        other.close()
        current: tuple[str, int, Line] | None = None
        began = 0.0
        while time.monotonic() < end:
            try:
                said: Any = pipe.recv() if pipe.poll(EVERY) else None
            except EOFError:
                self._died(current, "killed_itself", "the process ended")
                break
            if said is None:
                reason = self._over(process.pid or 0, began) if current else ""
                if reason:
                    self._died(current, *reason.split(": ", 1))
                    break
            elif said[0] == "case":
                current = None  # what making an input takes is not a command's
            elif said[0] == "line":
                current, began = said[1:], _seconds(process.pid or 0)
                self.cases, self.lines = max(self.cases, said[2]), self.lines + 1
            elif said[0] == "broken":
                self._found(*said[1:])
            else:
                self.cases = said[1]
                break
        process.kill()
        process.join()

    def _over(self, pid: int, began: float) -> str:
        """The limit that a process exceeds, or ""."""
        took = _seconds(pid) - began
        if took > self.most_seconds:
            return f"slow: more than {self.most_seconds:.0f} seconds"
        return "memory: more than 1 GiB" if _bytes(pid) > MOST_BYTES else ""

    def _died(self, current: tuple[str, int, Line] | None, what: str, said: str) -> None:
        if current:
            kind, number, line = current
            given = made(kind, self.seed, number)
            self._save(given, Broken(what, line, said, f"{what} {kind} {line[0]} {number}"))
            self.cases = number + 1

    def _found(self, given: Input, found: Broken) -> None:
        if found.cause not in self.finds:
            self._save(_reduced(given, found), found)

    def _save(self, given: Input, found: Broken) -> None:
        """Write a find to the corpus, beside what is known of it."""
        self.finds[found.cause] = Find(given, found)
        reason = re.sub(r"[^a-z0-9]+", "_", found.cause.lower()).strip("_")[:80]
        self.corpus.mkdir(parents=True, exist_ok=True)
        path = self.corpus / f"{given.kind}_{reason}_{len(self.finds)}{given.suffix}"
        path.write_bytes(given.data)
        line = " ".join(map(repr, found.line))
        print(f"{path}: {found.cause}\n  convcost {line}\n  {found.said[:300]!r}", flush=True)


def _reduced(given: Input, found: Broken) -> Input:
    """A smaller input, as far as a process of some seconds comes."""
    pipe, other = _context.Pipe()
    process = _context.Process(target=reduce, args=(other, given, found), daemon=True)
    process.start()
    other.close()
    try:
        return pipe.recv() if pipe.poll(REDUCING) else given
    except EOFError:
        return given
    finally:
        process.kill()
        process.join()


def slowness() -> float:
    """How much longer than usual a good run takes here, at least 1."""
    took: list[float] = []
    line = ("analyze", str(ROOT / "specs" / "resnet50.yaml"))
    for _ in range(5):
        began = time.process_time()
        run(line, ROOT)
        took.append(time.process_time() - began)
    return max(1.0, min(took) / USUAL)


def _seconds(pid: int) -> float:
    """The processor time of a process."""
    import os

    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _bytes(pid: int) -> int:
    """The memory of a process that is in use."""
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0
    return int(found[1]) * 1024 if found else 0
