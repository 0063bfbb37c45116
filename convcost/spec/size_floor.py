"""A lower bound of the layers in a list: enough to refuse a bomb before it goes off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.spec.model import Apply, Call, Item, Residual, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Fewest:
    """Counts what is sure without numbers; each item is looked at once."""

    def __init__(self) -> None:
        self._passes: dict[Item, int] = {}  # layers of one pass

    def of_all(self, items: Iterable[Item]) -> int:
        """The layers of a list."""
        return sum(map(self.of, items))

    def of(self, item: Item) -> int:
        """The layers of an item: none where `when:` may drop it or `repeat:` is not a number."""
        if item.when is not None:
            return 0
        if item.repeat is None:
            return self.of_pass(item)
        times = item.repeat.expression and item.repeat.expression.constant
        return self.of_pass(item) * times if isinstance(times, int) and times > 0 else 0

    def of_pass(self, item: Item) -> int:
        """The layers of an item that is there, once."""
        if item not in self._passes:
            self._passes[item] = 0  # in work: what a block calls of itself may be none
            self._passes[item] = self._count(item)
        return self._passes[item]

    def _count(self, item: Item) -> int:
        if isinstance(item, Apply):
            return 1
        lists = item.lists
        if isinstance(item, Residual) and item.skip is not None:
            lists = [item.body]
        layers = sum(map(self.of_all, lists))
        return layers * len(item.rows) if isinstance(item, Table) else layers

    def largest(self, items: Sequence[Item], more_than: int) -> Item:
        """The item to blame for a list of more layers than that: the innermost that has so many."""
        item = max(items, key=self.of)
        for inner in item.lists:
            if not isinstance(item, Call) and self.of_all(inner) > more_than:
                return self.largest(inner, more_than)
        return item
