"""Names of classes: those of blocks, or of where they stand."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from convcost.exporters.torch.tree import Group, Leaf, above
from convcost.exporters.torch.words import class_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convcost.exporters.torch.bodies import Class
    from convcost.exporters.torch.classes import Classes
    from convcost.network import Network

LIBRARY = "library/"


def name_classes(classes: Classes, root: Group, network: Network) -> None:
    """Give each class a name of its own."""
    inside = above(root)
    top = class_name(network.name)
    taken = {top, "Tensor", "F"}
    for of in classes.all:
        if of.groups == [root]:
            of.name = top
            continue
        name = free = class_name(_hint(of, inside))
        number = 2
        while free in taken:
            free, number = f"{name}{number}", number + 1
        taken.add(free)
        of.name = free


def _hint(of: Class, inside: Mapping[Group, Group]) -> str:
    """The block of the library that groups are, or the innermost word of where the first stands
    that is no number."""
    group = of.groups[0]
    block = _block(group)
    if block and (group not in inside or _block(inside[group]) != block):
        return block
    at = group
    while at.word.strip("0123456789_") == "" and at in inside:
        at = inside[at]
    return at.word


def _block(group: Group) -> str:
    """The block of the library whose layers a group holds; empty where that also holds a row."""
    rows = any(
        isinstance(child, Group) and child.children[0].word == "0" for child in group.children
    )
    own = [child.layer for child in group.children if isinstance(child, Leaf)]
    if rows:
        return ""
    sources = (layer.source for layer in reversed(own) if layer.source is not None)
    paths = (source.path for source in sources if source.path.startswith(LIBRARY))
    return PurePosixPath(next(paths, "")).stem
