"""The layers of a network as its author named them: in groups, and groups of groups."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, TypeAlias

from convcost.exporters.torch.words import identifier
from convcost.ops import op_name
from convcost.render.spec_names import inputs_of, is_unnamed, paths_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from convcost.exporters.torch.said import Said
    from convcost.network import Layer, Network
    from convcost.tensor import Tensor


class Leaf:
    """A layer under a word; ``own`` where that is not its own, but that of its op. ``same`` is the
    leaf beside it whose module it uses, too."""

    def __init__(self, word: str, layer: Layer, said: Said, *, own: bool) -> None:
        self.word = word
        self.layer = layer
        self.said = said
        self.own = own
        self.same: Leaf | None = None

    def leaves(self) -> Iterator[Leaf]:
        """Itself."""
        yield self


class Group:
    """Layers and groups under a word; ``same`` is the group beside it whose module it uses, too."""

    def __init__(self, word: str, children: list[Node]) -> None:
        self.word = word
        self.children = children
        self.same: Group | None = None

    def leaves(self) -> Iterator[Leaf]:
        """All layers in it, in order."""
        for child in self.children:
            yield from child.leaves()

    def groups(self) -> Iterator[Group]:
        """All groups in it, those inside of others before them, and itself."""
        for child in self.children:
            if isinstance(child, Group):
                yield from child.groups()
        yield self

    def dissolve(self, groups: AbstractSet[Node]) -> None:
        """Take what some groups of it hold in the place of these."""
        kept = [child for child in self.children if child not in groups]
        taken = {child.word for child in kept}
        children: list[Node] = []
        for group in self.children:
            if isinstance(group, Leaf) or group not in groups:
                children.append(group)
                continue
            for child in group.children:
                child.word = _word(group, child, taken)
                taken.add(child.word)
            children += group.children
        self.children = children


def _word(group: Group, child: Node, taken: AbstractSet[str]) -> str:
    """The word of a child in the place of its group: that of the group, where it is the one that
    the group is called after, or both."""
    alone = len(group.children) == 1
    bare = alone or (isinstance(child, Leaf) and not child.own)
    both = f"{group.word}_{child.word}"
    word = group.word if bare and group.word not in taken else both
    number = 2
    while word in taken:
        word, number = f"{both}_{number}", number + 1
    return word


Node: TypeAlias = Leaf | Group


def tree_of(network: Network, said: Mapping[Layer, Said]) -> Group:
    """The groups of a network by the names of its layers."""
    paths = paths_of(network, inputs_of(network).values())
    leaves = [
        (path, Leaf(path[-1], layer, said[layer], own=not is_unnamed(layer, path)))
        for path, layer in zip(paths, network.layers, strict=True)
    ]
    for path, leaf in leaves:
        if not leaf.own:
            leaf.word = op_name(type(leaf.layer.op)) if len(path) > 1 else leaf.word
    return Group(identifier(network.name), _grouped(leaves, 0))


def _grouped(leaves: Sequence[tuple[tuple[str, ...], Leaf]], depth: int) -> list[Node]:
    found: list[Node] = []
    for word, some in groupby(leaves, lambda pair: pair[0][depth]):
        inside = list(some)
        if len(inside[0][0]) == depth + 1:
            found += [leaf for _, leaf in inside]
        else:
            found.append(Group(word, _grouped(inside, depth + 1)))
    return found


def above(root: Group) -> dict[Group, Group]:
    """The group that each one stands in."""
    found: dict[Group, Group] = {}
    for group in root.groups():
        found |= {child: group for child in group.children if isinstance(child, Group)}
    return found


class Uses:
    """The tensors that go into groups and come out of them."""

    def __init__(self, network: Network, root: Group) -> None:
        self.root = root
        self.wanted = list(network.outputs.values())
        self.given = list(network.inputs.values())
        self.made = {t: n for n, layer in enumerate(network.layers) for t in layer.outputs}
        self.place = {layer: number for number, layer in enumerate(network.layers)}
        self.last = {t: n for n, layer in enumerate(network.layers) for t in layer.inputs}
        self.last |= dict.fromkeys(network.outputs.values(), len(network.layers))

    def inputs(self, node: Node) -> list[Tensor]:
        """The tensors that a node reads from other nodes, in order; for the root, the inputs of the
        network."""
        if node is self.root:
            return self.given
        found: dict[Tensor, None] = {}
        first: int | None = None
        for leaf in node.leaves():
            first = self.place[leaf.layer] if first is None else first
            found |= dict.fromkeys(t for t in leaf.layer.inputs if self.made.get(t, -1) < first)
        return list(found)

    def outputs(self, node: Node) -> list[Tensor]:
        """The tensors that other nodes read from a node, in order; all outputs of a layer or of the
        network. If nobody reads any, the first output of its last layer."""
        if node is self.root:
            return self.wanted
        if isinstance(node, Leaf):
            return list(node.layer.outputs)
        leaves = list(node.leaves())
        end = self.place[leaves[-1].layer]
        made = (t for leaf in leaves for t in leaf.layer.outputs)
        read = [tensor for tensor in made if self.last.get(tensor, -1) > end]
        return read or list(leaves[-1].layer.outputs[:1])
