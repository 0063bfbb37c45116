"""Layers that use what others store: the same module is called again."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from convcost.errors import printable
from convcost.exporters.torch.tree import Group, Leaf, Node

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convcost.network import Layer


Inside: TypeAlias = "dict[Node, Group]"
"""The group that each group or leaf stands in."""


class Tie(NamedTuple):
    """An array of a leaf that is another's: its role here, and there."""

    leaf: Leaf
    role: str
    owner: Leaf
    owned: str


class Otherwise(Exception):  # noqa: N818 - it names what happened
    """A layer looks at what another stores in another shape."""

    def __init__(self, layer: Layer, owner: Layer) -> None:
        name = printable(owner.name)
        super().__init__(f"it looks at what layer '{name}' stores in another shape")
        self.layer = layer


def share(root: Group) -> list[Tie]:
    """Mark groups and leaves that use all that others store; groups that do so in part are
    dissolved until layers of one array stand beside each other.

    Returns:
        The arrays of layers that store others of their own.

    Raises:
        Otherwise: one looks at another's array in another shape.
    """
    owned, ties = _owners(root)
    while True:
        inside: Inside = {}
        for group in root.groups():
            for child in group.children:
                inside[child], child.same = group, None
        apart: set[Group] = set()
        for leaf, owner in owned.items():
            apart |= _mark(leaf, owner, owned, inside)
        if not apart:
            return ties
        for parent in dict.fromkeys(inside[group] for group in apart):
            parent.dissolve(apart)


def _owners(group: Group) -> tuple[dict[Leaf, Leaf], list[Tie]]:
    """The leaf whose arrays each one uses that has none of its own; and single arrays."""
    first: dict[str, tuple[Leaf, str]] = {}
    found: dict[Leaf, Leaf] = {}
    ties: list[Tie] = []
    for leaf in group.leaves():
        weights = leaf.layer.weights
        owners = {first[weight.name][0] for weight in weights.values() if weight.name in first}
        whole = [owner for owner in owners if _stored(owner.layer) == _stored(leaf.layer)]
        if whole:
            found[leaf] = whole[0]
            continue
        for role, weight in weights.items():
            owner, owned = first.setdefault(weight.name, (leaf, role))
            if owner.layer.weights[owned].shape != weight.shape:
                raise Otherwise(leaf.layer, owner.layer)
            if (owner, owned) != (leaf, role):
                ties.append(Tie(leaf, role, owner, owned))
    return found, ties


def _stored(layer: Layer) -> dict[str, str]:
    return {role: weight.name for role, weight in layer.weights.items()}


def _mark(leaf: Leaf, owner: Leaf, owned: Mapping[Leaf, Leaf], inside: Inside) -> set[Group]:
    """Mark what stands beside each other; the groups in which leaves do not."""
    one, other = _apart(leaf, owner, inside)
    if isinstance(one, Leaf) and isinstance(other, Leaf):
        one.same = other
        return set()
    if isinstance(one, Group) and isinstance(other, Group):
        if one.same is other:
            return set()
        if _alike(one, other, owned):
            one.same = other
            return set()
    return {node for node in (one, other) if isinstance(node, Group)}


def _apart(leaf: Leaf, owner: Leaf, inside: Inside) -> tuple[Node, Node]:
    """Of the innermost group that holds two leaves, its children with each."""
    one, other = _upwards(leaf, inside), _upwards(owner, inside)
    while one[-1] is other[-1]:
        one.pop()
        other.pop()
    return one[-1], other[-1]


def _upwards(leaf: Leaf, inside: Inside) -> list[Node]:
    """A leaf, and all that it is in."""
    found: list[Node] = [leaf]
    while found[-1] in inside:
        found.append(inside[found[-1]])
    return found


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
