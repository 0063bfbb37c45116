"""Names of layers: the path of the module that each belongs to, where it is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from convcost.importers.building.node import Node

MOVES = frozenset(("transpose",))  # which must not take the name of a module's own layer


class Names:
    """Gives each layer a name of its own."""

    def __init__(self) -> None:
        self.moves = MOVES
        self.taken: set[str] = set()
        self._next: dict[str, int] = {}  # the number that a further one of a name is to try

    def new(self, node: Node) -> str:
        """A name for a layer that a node becomes; for a further one with a number."""
        word = node.op.lower()
        path = node.path
        own = path not in self.taken and word not in self.moves
        if path and (own or path.rpartition(".")[2] == word.strip("_")):
            return self.unique(path)
        return self.unique(f"{path}.{word}" if path else word)

    def unique(self, base: str) -> str:
        """A name that nothing has yet: with a number where it must."""
        name, number = base, self._next.get(base, 2)
        while name in self.taken:
            name, number = f"{base}{number}", number + 1
        self._next[base] = number
        self.taken.add(name)
        return name
