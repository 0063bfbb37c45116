"""Findings mended where one value of a file does it.

A change is kept only if all files that it is part of can be read with it, what it was made for is
gone, and no error is new: an expectation that held, for one. What is found then may be mended in
its turn.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from convcost.finding import Level
from convcost.linter.edits import apart, edit_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from convcost.errors import Source
    from convcost.finding import Finding
    from convcost.linter.edits import Edit
    from convcost.linter.run import Linted
    from convcost.linter.trial import Trial

    Wanted = Mapping[Edit, Sequence[Finding]]

MOST_ROUNDS = 10


def fix(trial: Trial) -> int:
    """Mend what can be mended; nothing is written.

    Returns:
        how many changes were made.
    """
    refused: set[Edit] = set()
    made = 0
    for _ in range(MOST_ROUNDS):
        wanted = edits(trial.files, refused)
        if not wanted:
            break
        for path, ones in _by_path(apart(wanted)).items():
            made += _apply(trial, path, ones, wanted, refused)
    return made


def edits(files: Sequence[Linted], refused: Iterable[Edit] = ()) -> dict[Edit, list[Finding]]:
    """The changes that would mend something, with what that is. Only files that were asked about
    are changed."""
    own = {linted.target.shown for linted in files if linted.target.is_file}
    found: dict[Edit, list[Finding]] = {}
    for linted in files:
        for finding in linted.findings:
            place, document = finding.source, linted.document
            if finding.remedy is None or place is None or document is None:
                continue
            if place.path in own and _alike(files, finding.code, place):
                edit = edit_of(finding.remedy, place, document)
                if edit is not None and edit not in refused:
                    found.setdefault(edit, []).append(finding)
    return found


def _alike(files: Sequence[Linted], code: str, place: Source) -> bool:
    """Whether a line of a file that others include is found wrong in all that have layers of it."""
    users = [linted for linted in files if place in linted.places]
    return all(any(f.code == code and f.source == place for f in u.findings) for u in users)


def _apply(
    trial: Trial, path: str, ones: Sequence[Edit], wanted: Wanted, refused: set[Edit]
) -> int:
    """Make changes of a file, all or else each that can be made by itself; return how many."""
    if _kept(trial, path, ones, wanted):
        return len(ones)
    if len(ones) == 1:
        refused.update(ones)
        return 0
    made = 0
    for edit in reversed(ones):  # so that the places of the others stay
        if _kept(trial, path, [edit], wanted):
            made += 1
        else:
            refused.add(edit)
    return made


def _kept(trial: Trial, path: str, ones: Sequence[Edit], wanted: Wanted) -> bool:
    mended = [finding for edit in ones for finding in wanted[edit]]
    return trial.keep(path, ones, lambda before, after: _is_better(before, after, mended))


def _is_better(before: Linted, after: Linted, mended: Sequence[Finding]) -> bool:
    if after.mistakes:
        return False
    codes = {finding.code for finding in mended if finding.model == before.target.shown}
    then, now = (Counter(f.code for f in linted.findings) for linted in (before, after))
    errors = {f.code for f in after.findings if f.level is Level.ERROR}
    return all(now[code] < then[code] for code in codes) and all(
        now[code] <= then[code] for code in errors
    )


def _by_path(edits: Iterable[Edit]) -> dict[str, list[Edit]]:
    found: dict[str, list[Edit]] = {}
    for edit in edits:
        found.setdefault(edit.path, []).append(edit)
    return found
