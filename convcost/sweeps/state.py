"""A sweep that may be interrupted: its rows so far, in a file beside the one that it writes."""

from __future__ import annotations

import json
import time
from hashlib import sha256
from typing import TYPE_CHECKING

from convcost.errors import ConvcostError, printable
from convcost.files.opened import Unreadable, content
from convcost.files.written import remove, replace
from convcost.sweeps.kept import Kept

if TYPE_CHECKING:
    from convcost.sweeps.asked import Asked
    from convcost.sweeps.subject import Subject

SUFFIX = ".sweep"
SECONDS = 5.0
"""From one saving to the next, so that saving takes a small part of the time."""

LARGEST = 2**32


class State:
    """The file of an interrupted sweep: which candidates are done, and what was kept of them.

    Rows are saved as numbers of candidates and priced again, so the file is small, and holds
    nothing that could be wrong of another version.
    """

    def __init__(self, subject: Subject, asked: Asked, out: str, *, resume: bool) -> None:
        self.path = f"{out}{SUFFIX}"
        self.asked = asked
        self.print = _fingerprint(subject, asked)
        self.kept = self._read() if resume else Kept(asked)
        self.saved_at = time.monotonic()
        self.written = resume

    def _read(self) -> Kept:
        try:
            found = json.loads(content(self.path, LARGEST))
            if found["sweep"] != self.print:
                raise ConvcostError(
                    f"{printable(self.path)}: is of another sweep\n"
                    "  the spec, the axes and all options must be those of the sweep that was "
                    "interrupted: without --resume it begins anew"
                )
            return Kept.of(self.asked, found)
        except Unreadable as error:
            raise ConvcostError(
                f"{printable(self.path)}: {error}: there is no sweep to go on with"
            ) from None
        except (ValueError, KeyError, TypeError):
            raise ConvcostError(
                f"{printable(self.path)}: is no interrupted sweep: without --resume it begins anew"
            ) from None

    def save(self, kept: Kept) -> None:
        """Write what there is so far, unless that was done a moment ago."""
        if time.monotonic() - self.saved_at < SECONDS:
            return
        replace(json.dumps({"sweep": self.print, **kept.state()}).encode(), self.path)
        self.saved_at, self.written = time.monotonic(), True

    def remove(self) -> None:
        """The sweep is done."""
        if self.written:
            remove(self.path)


def _fingerprint(subject: Subject, asked: Asked) -> str:
    """What tells a sweep from others."""
    parts = [
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
