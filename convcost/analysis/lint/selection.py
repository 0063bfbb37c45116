"""The codes that are asked for, and those that are not."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class Selection(NamedTuple):
    """Codes or their beginnings: the longer one decides, and of two alike the one to ignore. Where
    nothing is selected, everything is: of those ``below``, if there are any."""

    select: Sequence[str] = ()
    ignore: Sequence[str] = ()
    below: Selection | None = None

    def wants(self, code: str) -> bool:
        """Whether findings of a code are asked for."""
        if not self.select and self.below is not None and not self.below.wants(code):
            return False
        return _longest(self.select or ("",), code) > _longest(self.ignore, code)

    def over(self, other: Selection) -> Selection:
        """Both, where what this one selects is in place of all that the other says, and what it
        ignores is ignored besides."""
        return self._replace(below=other)


def _longest(beginnings: Sequence[str], code: str) -> int:
    """The length of the longest of them that a code has; -1 where it has none."""
    return max((len(text) for text in beginnings if code.startswith(text)), default=-1)
