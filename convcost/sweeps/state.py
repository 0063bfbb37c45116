"""A sweep that may be interrupted: its rows so far, in a file beside the one that it writes."""

from __future__ import annotations

import json
import os
import time
from hashlib import sha256
from typing import TYPE_CHECKING

from convcost import __version__
from convcost.errors import ConvcostError, plural, printable
from convcost.files.opened import Unreadable, content
from convcost.files.written import keep, remove
from convcost.sweeps.kept import Kept
from convcost.sweeps.stored import Stored

if TYPE_CHECKING:
    from convcost.sweeps.asked import Asked
    from convcost.sweeps.subject import Subject

SUFFIX, ROWS = ".sweep", ".sweep.rows"
FIRST, SECONDS = 0.5, 5.0
"""To the first saving, and from one to the next, so that saving takes a small part of the time."""

LARGEST = 2**32


class State:
    """The file of an interrupted sweep: which candidates are done, and what was kept of them.

    Rows of a front, or the first ones, are saved as numbers of candidates, and priced again. All
    others are in a second file beside it. Without ``out`` there is neither.
    """

    def __init__(self, subject: Subject, asked: Asked, out: str | None, *, resume: bool) -> None:
        self.path = None if out is None else f"{out}{SUFFIX}"
        self.rows = None if out is None else f"{out}{ROWS}"
        self.asked = asked
        self.print = _fingerprint(subject, asked)
        self.kept = self._read(self.path) if resume and self.path else Kept(asked, self._store())
        self.save_at = time.monotonic() + FIRST
        self.written = resume

    def _store(self, length: int = 0, rows: int = 0) -> Stored | None:
        """The place of rows that no others can displace."""
        if self.asked.pareto or self.asked.top is not None:
            return None
        return Stored(self.asked, self.rows, length, rows)

    def _read(self, path: str) -> Kept:
        try:
            found = json.loads(content(path, LARGEST, input_=False))
            if found["sweep"] != self.print:
                raise ConvcostError(
                    f"{printable(path)}: belongs to another sweep\n"
                    "  the spec, the axes and all options must be those of the sweep that was "
                    "interrupted: without --resume it begins anew"
                )
            store = self._store(int(found["length"]), int(found["stored"]))
            if store is not None:
                store.check()
            return Kept.of(self.asked, found, store)
        except Unreadable as error:
            raise ConvcostError(
                f"{printable(path)}: {error}: there is no sweep to continue"
            ) from None
        except (ValueError, KeyError, TypeError, OverflowError):
            raise ConvcostError(
                f"{printable(path)}: is not an interrupted sweep: without --resume it begins anew"
            ) from None

    def save(self, kept: Kept) -> None:
        """Write what there is so far, unless that was done a moment ago."""
        if self.path is None or time.monotonic() < self.save_at:
            return
        self.written = True
        keep(json.dumps({"sweep": self.print, **kept.state()}).encode(), self.path)
        self.save_at = time.monotonic() + SECONDS

    def say(self) -> None:
        """Tell whoever interrupts the sweep how it goes on, if anything was saved."""
        if self.written:
            done, of = self.kept.next, self.asked.grid.number
            said = f"interrupted: {done:,} of {plural(of, 'candidate')} are done\n"
            os.write(2, f"{said}  the same command with --resume goes on from there\n".encode())

    def remove(self) -> None:
        """The sweep is done."""
        store = self.kept.store
        if store is not None:
            store.close()
        for path in (self.path, self.rows):
            if path is not None and (self.written or (store is not None and store.length)):
                remove(path)


def _fingerprint(subject: Subject, asked: Asked) -> str:
    """The fingerprint that tells a sweep from others."""
    parts = [
        __version__,
        subject.text.hex(),
        sorted(subject.settings.items()),
        sorted((name, [*shape]) for name, shape in subject.inputs.items()),
        [subject.batch, subject.dtype],
        [[axis.name, [*axis.texts]] for axis in asked.grid.axes],
        [asked.grid.sample, asked.grid.seed, [*asked.metrics]],
        [asked.where.text if asked.where else None, asked.top],
        [[one.name, one.most] for one in (*asked.pareto, *([asked.by] if asked.by else ()))],
    ]
    return sha256(json.dumps(parts).encode()).hexdigest()
