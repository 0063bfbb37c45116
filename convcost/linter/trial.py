"""Changes tried on files before any is written."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from convcost.linter.edits import edited

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from convcost.linter.edits import Edit
    from convcost.linter.run import Linted, Linter


class Trial:
    """Files as they would be: ``files`` is what is found in them with the changes that were kept,
    ``before`` and ``changed`` are the old and the new bytes by path, ``made`` is how many changes
    there are in each."""

    def __init__(self, linter: Linter, files: Sequence[Linted]) -> None:
        self.linter = linter
        self.files = list(files)
        self.before = {path: data for linted in files for path, data in linted.read.items()}
        self.changed: dict[str, bytes] = {}
        self.made: Counter[str] = Counter()

    def keep(
        self, path: str, edits: Sequence[Edit], accept: Callable[[Linted, Linted], bool]
    ) -> bool:
        """Whether changes of a file were made.

        Args:
            path: the file.
            edits: the changes.
            accept: whether what is found in a file that reads it, before and after, is right.
        """
        users = [number for number, linted in enumerate(self.files) if path in linted.read]
        changed = {**self.changed, path: edited(self.files[users[0]].read[path], edits)}
        again: dict[int, Linted] = {}
        for number in users:
            before = self.files[number]
            instead = {p: data for p, data in changed.items() if p in before.read}
            again[number] = self.linter.one(before.target, instead)
            if not accept(before, again[number]):
                return False
        self.changed = changed
        self.made[path] += len(edits)
        for number, linted in again.items():
            self.files[number] = linted
        return True


def differences(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> Iterator[str]:
    """The lines of a unified diff of files that would change."""
    from difflib import unified_diff

    for path, data in sorted(after.items()):
        old, new = (text.decode("utf-8-sig") for text in (before.get(path, b""), data))
        lines = unified_diff(old.splitlines(), new.splitlines(), path, path, lineterm="")
        yield from lines
