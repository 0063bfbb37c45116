"""Files that describe one thing each, as the tools and the devices that convcost knows: some come
with it, others are a user's own."""

from __future__ import annotations

import os
import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from convcost.errors import ConvcostError, Problem, printable, quoted, similar
from convcost.files.opened import Unreadable, content
from convcost.spec.compose import compose
from convcost.spec.nodes import LARGEST_FILE, File, Mapping, decode
from convcost.spec.problems import Problems
from convcost.spec.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Sequence

SUFFIX = ".yaml"

_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")


class Entry(NamedTuple):
    """A file of a catalogue: the name that it gives, its top level, and who reads it."""

    name: str
    root: Mapping
    reader: Reader

    def refuse(self) -> None:
        """Raise a SpecError where there are mistakes."""
        self.reader.problems.refuse()


class Catalogue(NamedTuple):
    """Files of a folder of the package. ``noun`` is the word for what one describes, ``key`` that
    of its first line."""

    folder: str
    noun: str
    key: str

    def names(self) -> Sequence[str]:
        """Those that come with convcost."""
        return _names(self.folder)

    def entry(self, name: str) -> Entry:
        """A file by its name, or a user's own by its path.

        Raises:
            ConvcostError: there is none, or it cannot be read.
        """
        known = self.names()
        if name in known:
            shown = f"{name}{SUFFIX}"
            return self._read(os.path.join(self.folder, shown), shown, input_=False)
        if name.endswith((SUFFIX, ".yml")):
            return self._read(name, name)
        notes = similar(name, known, self.noun) or (f"{self.noun}s: {', '.join(known)}",)
        raise ConvcostError("\n  ".join((f"there is no {self.noun} {quoted(name)}", *notes)))

    def named(self, path: str, shown: str) -> str:
        """The name that a file gives.

        Raises:
            ConvcostError: it cannot be one.
        """
        name, _, ending = os.path.basename(path).rpartition(".")
        if not _NAME.fullmatch(name) or f".{ending}" not in (SUFFIX, ".yml"):
            raise ConvcostError(
                f"{printable(shown)}: the file names the {self.noun} in small letters, digits and "
                f"_, such as mine{SUFFIX}"
            )
        return name

    def _read(self, path: str, shown: str, *, input_: bool = True) -> Entry:
        name = self.named(path, shown)
        try:
            data = content(path, LARGEST_FILE, input_=input_)
        except Unreadable as error:
            raise ConvcostError(f"{printable(shown)}: {error}") from None
        file = File(shown, decode(data, shown))
        problems = Problems(file)
        root = compose(file, problems)
        if not isinstance(root, Mapping):
            said = f"{printable(shown)}: a {self.noun} is a mapping with `{self.key}`"
            problems.stop(Problem(said))
        return Entry(name, root, Reader(problems))


@cache
def _names(folder: str) -> Sequence[str]:
    files = (name for name in os.listdir(folder) if name.endswith(SUFFIX))
    return sorted(name.removesuffix(SUFFIX) for name in files)
