"""``[lint]`` of a configuration, as ruff has it.

```toml
[lint]
select = ["CC1", "CC2"]
ignore = ["CC103"]

[lint.per-file-ignores]
"models/old/*" = ["CC2"]
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convcost.analysis.lint import require_known
from convcost.analysis.lint.selection import Selection
from convcost.errors import ConvcostError, quoted
from convcost.gate.patterns import matches
from convcost.spec.nodes import List, Scalar, described

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from convcost.spec.nodes import Node
    from convcost.spec.reader import Reader

KEYS = ("select", "ignore", "per-file-ignores")
EXAMPLE = 'as in ["CC104", "CC3"]'


class LintConfig(NamedTuple):
    """The codes that a configuration asks for and ignores, None where it says nothing of them, and
    those that it ignores in files by pattern."""

    select: Sequence[str] | None = None
    ignore: Sequence[str] | None = None
    per_file: Mapping[str, Sequence[str]] = {}

    def ignored_in(self, seen: Sequence[str]) -> list[str]:
        """The codes that are ignored in files, by their paths as patterns see them."""
        return [
            code
            for pattern, codes in self.per_file.items()
            if any(matches(pattern, path) for path in seen)
            for code in codes
        ]


def selection_of(tables: Sequence[LintConfig]) -> Selection:
    """The codes that configurations ask for, the nearest first: of each key that of the nearest
    which has it."""
    select = next((table.select for table in tables if table.select is not None), ())
    return Selection(select, next((t.ignore for t in tables if t.ignore is not None), ()))


def read_lint(reader: Reader, node: Node | None) -> LintConfig:
    """The table of a configuration; a complaint for each mistake."""
    table = reader.mapping(node, "lint")
    if table is None:
        return LintConfig()
    reader.known_keys(table, KEYS, "lint", "key")
    select, ignore = (
        list(_codes(reader, key, codes)) if codes is not None else None
        for key, codes in ((key, table.get(key)) for key in KEYS[:2])
    )
    by_pattern = reader.mapping(table.get(KEYS[2]), KEYS[2])
    entries = by_pattern.entries.values() if by_pattern else ()
    per_file = {key.text: list(_codes(reader, quoted(key.text), of)) for key, of in entries}
    return LintConfig(select, ignore, per_file)


def _codes(reader: Reader, key: str, node: Node | None) -> Iterator[str]:
    if node is None:
        return
    if not isinstance(node, List):
        message = f"{key} is a list of codes, and here is {described(node)}"
        reader.complain(message, node, EXAMPLE)
        return
    for item in node.items:
        if not isinstance(item, Scalar) or item.plain:
            message = f"{key} has {described(item)}, and a code or its beginning is wanted"
            reader.complain(message, item, EXAMPLE)
            continue
        try:
            require_known([item.text])
        except ConvcostError as error:
            message, *notes = str(error).split("\n  ")
            reader.complain(message, item, *notes)
        else:
            yield item.text
