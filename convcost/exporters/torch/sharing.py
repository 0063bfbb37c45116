"""Layers that use what others store: the same module is called again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.errors import printable
from convcost.exporters.torch.tree import Group, Leaf, Node

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convcost.network import Layer


def owners(group: Group) -> dict[Leaf, Leaf]:
    """The leaf whose arrays each one uses that has none of its own.

    Raises:
        Partly: one uses some of what another stores, and not all.
    """
    first: dict[str, Leaf] = {}
    found: dict[Leaf, Leaf] = {}
    for leaf in group.leaves():
        names = [weight.name for weight in leaf.layer.weights.values()]
        of = {first[name] for name in names if name in first}
        if not of:
            first |= dict.fromkeys(names, leaf)
            continue
        (owner, *more) = of
        if more or _stored(owner.layer) != _stored(leaf.layer) or len({*names}) < len(names):
            raise Partly(leaf.layer, owner.layer)
        found[leaf] = owner
    return found


class Partly(Exception):  # noqa: N818 - it names what happened
    """A layer uses some of what another stores."""

    def __init__(self, layer: Layer, owner: Layer) -> None:
        name = printable(owner.name)
        super().__init__(f"it uses some of what layer '{name}' stores, and not all of it")
        self.layer = layer


def _stored(layer: Layer) -> dict[str, str]:
    return {role: weight.name for role, weight in layer.weights.items()}


def share(root: Group) -> None:
    """Mark groups and leaves that use what others store; groups that do so in part are dissolved
    until layers of one array stand beside each other.

    Raises:
        Partly: a layer uses some of what another stores, and not all.
    """
    owned = owners(root)
    while not all(_resolved(root, leaf, owner, owned) for leaf, owner in owned.items()):
        pass


def _resolved(root: Group, leaf: Leaf, owner: Leaf, owned: Mapping[Leaf, Leaf]) -> bool:
    """Mark what stands beside each other, or dissolve what does not; whether that is done."""
    parent, one, other = _apart(root, leaf, owner)
    if isinstance(one, Leaf) and isinstance(other, Leaf):
        one.same = other
        return True
    if isinstance(one, Group) and isinstance(other, Group) and _alike(one, other, owned):
        one.same = other
        return True
    for node in (one, other):
        if isinstance(node, Group):
            parent.dissolve(node)
            _unmark(parent)
    return False


def _unmark(group: Group) -> None:
    for child in group.children:
        child.same = None


def _apart(group: Group, leaf: Leaf, owner: Leaf) -> tuple[Group, Node, Node]:
    """The innermost group that holds two leaves, and its children with each."""
    one = _child(group, leaf)
    other = _child(group, owner)
    if one is other and isinstance(one, Group):
        return _apart(one, leaf, owner)
    return group, one, other


def _child(group: Group, leaf: Leaf) -> Node:
    return next(child for child in group.children if leaf in child.leaves())


def _alike(one: Group, other: Group, owned: Mapping[Leaf, Leaf]) -> bool:
    """Whether all that a group stores is what another stores in the same places."""
    pairs = list(zip(one.leaves(), other.leaves(), strict=False))
    if len(pairs) != len(list(one.leaves())) or len(pairs) != len(list(other.leaves())):
        return False
    if _exact(one) != _exact(other):
        return False
    return all(owned.get(a) is owned.get(b, b) for a, b in pairs if a.layer.weights)


def _exact(group: Group) -> object:
    """All that a group does: layers, fields, and which reads what; not what it reads of others."""
    known: dict[object, int] = {}

    def of(node: Node) -> object:
        if isinstance(node, Group):
            return node.word, [of(child) for child in node.children]
        layer = node.layer
        reads = tuple(known.get(tensor) for tensor in layer.inputs)
        known.update((tensor, len(known)) for tensor in layer.outputs)
        return node.word, layer.op, layer.input_shapes, reads

    return [of(child) for child in group.children]
