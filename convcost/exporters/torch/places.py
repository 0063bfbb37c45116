"""Where a module keeps the layers of a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.exporters.torch.bodies import Row
from convcost.exporters.torch.loops import loop_of
from convcost.exporters.torch.tree import Group

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcost.exporters.torch.classes import Classes
    from convcost.exporters.torch.tree import Leaf


def places(classes: Classes, group: Group, at: str = "") -> Iterator[tuple[Leaf, str]]:
    """The layers that have a module of their own, and their attributes: ``stage[0].conv``.

    Args:
        classes: of the tree.
        group: the whole tree, or what stands at an attribute.
        at: that attribute.
    """
    of = classes.of[group]
    for number, child in enumerate(group.children):
        if child.same is not None:
            continue
        if isinstance(of, Row) or (not of.is_network and loop_of(of.body)):
            place = f"{at}[{number}]"
        else:
            name = of.body.steps[number].name
            place = f"{at}.{name}" if at else name
        if isinstance(child, Group):
            yield from places(classes, child, place)
        else:
            yield child, place
