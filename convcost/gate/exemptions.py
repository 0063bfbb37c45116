"""Models that need not keep their limits until some day.

```toml
[[exemption]]
models = ["models/legacy.yaml"]
limits = ["macs"]            # all of them unless given
reason = "the customer's hardware is replaced in spring"
owner = "vision team"
expires = 2027-03-31         # the last day on which it holds
```
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from convcost.errors import listed, printable, quoted, similar
from convcost.further_metrics import is_of_a_tool
from convcost.gate.patterns import matches
from convcost.metrics import LIMITABLE
from convcost.spec.nodes import List, Scalar, described

if TYPE_CHECKING:
    from convcost.budget.limit import Limit
    from convcost.errors import Source
    from convcost.spec.nodes import Mapping, Node
    from convcost.spec.reader import Reader

KEY = "exemption"
WORDS = ("reason", "owner")
NEEDED = ("models", *WORDS, "expires")
KEYS = (*NEEDED, "limits")


class Exemption(NamedTuple):
    """Exemptions of models: limits of some metrics, of all where none is named. ``expires``
    is the last day, ``source`` where that is written."""

    patterns: tuple[str, ...]
    metrics: tuple[str, ...]
    reason: str
    owner: str
    expires: date
    source: Source

    def holds_for(self, seen: str) -> bool:
        """Whether it is for a model, by its path as seen from the configuration's folder."""
        return any(matches(pattern, seen) for pattern in self.patterns)

    def exempts(self, limit: Limit) -> bool:
        """Whether it is for a limit."""
        return not self.metrics or limit.metric in self.metrics

    def is_over(self, today: date) -> bool:
        """Whether it holds no more."""
        return today > self.expires

    @property
    def says(self) -> str:
        """Why, until when, and who answers for it."""
        reason, owner = printable(self.reason), printable(self.owner)
        return f"exempt until {self.expires.isoformat()}: {reason} ({owner})"


def read_exemption(
    reader: Reader, mapping: Mapping, patterns: tuple[str, ...] | None
) -> Exemption | None:
    """One table; None with a complaint where something of it is missing or wrong.

    Args:
        reader: of the file.
        mapping: the table.
        patterns: the models that it names.
    """
    reader.known_keys(mapping, KEYS, "an exemption", "key")
    missing = [key for key in NEEDED if mapping.get(key) is None]
    if missing:
        reader.complain(
            f"an exemption lacks {listed([quoted(key) for key in missing])}",
            mapping,
            'it is such as {models = ["a.yaml"], reason = "...", owner = "...", '
            "expires = 2027-03-31}",
        )
        return None
    reason, owner = (_text(reader, key, mapping.get(key)) for key in WORDS)
    expires = _date(reader, mapping.get("expires"))
    metrics = _metrics(reader, mapping.get("limits"))
    if not (patterns and reason and owner and expires) or metrics is None:
        return None
    source = mapping.entries["expires"][1].source
    return Exemption(patterns, metrics, reason, owner, expires, source)


def _text(reader: Reader, key: str, node: Node | None) -> str | None:
    if isinstance(node, Scalar) and not node.plain and node.text.strip():
        return node.text
    if node is not None:
        reader.complain(f"{key} is a text, and here is {described(node)}", node)
    return None


def _date(reader: Reader, node: Node | None) -> date | None:
    if isinstance(node, Scalar):
        try:
            return date.fromisoformat(node.text)
        except ValueError:
            pass
    if node is not None:
        reader.complain(f"expires is a day, as in 2027-03-31, and here is {described(node)}", node)
    return None


def _metrics(reader: Reader, node: Node | None) -> tuple[str, ...] | None:
    items = node.items if isinstance(node, List) else [node] if node is not None else []
    found: list[str] = []
    for item in items:
        if isinstance(item, Scalar) and (item.text in LIMITABLE or is_of_a_tool(item.text)):
            found.append(item.text)
            continue
        notes = similar(item.text, LIMITABLE, "figure") if isinstance(item, Scalar) else ()
        notes = notes or (f"figures: {', '.join(LIMITABLE)}",)
        reader.complain(f"limits are figures, and here is {described(item)}", item, *notes)
        return None
    return tuple(found)
