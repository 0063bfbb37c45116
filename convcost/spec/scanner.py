"""PyYAML's own parser, with the tabs that libyaml takes for blanks.

libyaml is many times faster, but not always there, and what it says of a text that is not YAML, and
which nesting it gives up at, changes with its version. So it reads what is right, and this parser
has the last word on all else: a text means the same, and is refused with the same sentence,
wherever it is read.
"""

# Types of the scanner's own methods, which PyYAML's stubs leave out:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

from typing import Any

import yaml


class Loader(yaml.SafeLoader):
    """Reads a tab between two tokens, or inside a text without quotes, as the blank that it is in
    YAML; one that indents a line stays an error."""

    flow_level: int
    allow_simple_key: bool

    def scan_to_next_token(self) -> None:
        """Go to where the next token begins."""
        super().scan_to_next_token()
        while self.peek() == "\t" and (self.flow_level or not self.allow_simple_key):
            self.forward(self._blanks())
            super().scan_to_next_token()

    def scan_plain_spaces(self, indent: int, start_mark: Any) -> Any:
        """The space between two words of a text: blanks, or what line breaks come to; None where
        a document ends."""
        blanks = self.prefix(self._blanks())
        if "\t" not in blanks:
            return super().scan_plain_spaces(indent, start_mark)
        self.forward(len(blanks))
        after = super().scan_plain_spaces(indent, start_mark)
        return [blanks] if after == [] else after

    def _blanks(self) -> int:
        """The number of blanks that come next."""
        count = 0
        while self.peek(count) in " \t":
            count += 1
        return count
