"""Names of classes: those of blocks, or of where they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.exporters.torch.tree import Group, Leaf, above
from convcost.exporters.torch.words import class_name
from convcost.spec.model import Call, Document

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from convcost.errors import Source
    from convcost.exporters.torch.bodies import Class
    from convcost.exporters.torch.classes import Classes
    from convcost.network import Network
    from convcost.spec.model import Item


def name_classes(classes: Classes, root: Group, network: Network) -> None:
    """Give each class a name of its own."""
    names = _Names(root, network)
    top = class_name(network.name)
    taken = {top, "Tensor", "F"}
    for of in classes.all:
        if of.groups == [root]:
            of.name, of.is_network = top, True
            continue
        name = free = class_name(names.of(of))
        number = 2
        while free in taken:
            free, number = f"{name}{number}", number + 1
        taken.add(free)
        of.name = free


class _Names:
    """The words that classes are called by."""

    def __init__(self, root: Group, network: Network) -> None:
        self._above = above(root)
        document = network.document
        self._blocks: dict[Source, str] = {}
        if isinstance(document, Document):
            self._note(document.layers, "", set())

    def _note(self, items: Iterable[Item], block: str, seen: set[str]) -> None:
        """Note the block that items of it stand in."""
        for item in items:
            if isinstance(item, Call):
                if item.block.name not in seen:
                    seen.add(item.block.name)
                    self._note(item.block.layers, item.block.name, seen)
                continue
            if block:
                self._blocks[item.source] = block
            for inner in item.lists:
                self._note(inner, block, seen)

    def of(self, of: Class) -> str:
        """The block that groups are, or the innermost word of where the first stands that is no
        number."""
        at = group = of.groups[0]
        block = self._block(group)
        if block and (group not in self._above or self._block(self._above[group]) != block):
            return block
        while at.word.strip("0123456789_") == "" and at in self._above:
            at = self._above[at]
        return at.word

    def _block(self, group: Group) -> str:
        """The block whose layers a group holds; empty where that also holds a row."""
        inside = (child.children for child in group.children if isinstance(child, Group))
        if any(children[0].word == "0" for children in inside):
            return ""
        own = [child.layer.source for child in group.children if isinstance(child, Leaf)]
        known: Mapping[Source | None, str] = {**self._blocks}
        return next((known[source] for source in reversed(own) if source in known), "")
