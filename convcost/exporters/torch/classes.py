"""Groups that are alike are one class, with arguments for the numbers in which they differ.

Groups are alike where they hold layers and groups that are, under the same names and between the
same tensors. What is written in a class is its *slots*: the arguments of the modules that it makes.
A slot that has one value in all groups of a class is that value; those that always have the same,
or a multiple of it, share an argument.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.exporters.torch import rows
from convcost.exporters.torch.arguments import Slot, positional
from convcost.exporters.torch.bodies import Body, Class, Made, Row, Step
from convcost.exporters.torch.sides import Sides
from convcost.exporters.torch.tree import Group, Leaf, above
from convcost.exporters.torch.values import given_values
from convcost.exporters.torch.words import attribute

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from convcost.exporters.torch.said import Call
    from convcost.exporters.torch.tree import Node, Uses


class Classes:
    """The classes of a tree, those of inner groups first."""

    def __init__(self, root: Group, uses: Uses) -> None:
        self.root = root
        self.uses = uses
        self.of: dict[Group, Class | Row] = {}
        self.all: list[Class] = []
        self._above = above(root)
        self._sides = Sides(uses)
        self._slots: dict[Group, tuple[Slot, ...]] = {}  # of rows
        twins = _twins(root)
        for level in _levels(root):
            alike: dict[Body, list[Group]] = {}
            bodies: dict[Group, Body] = {}
            for group in level:
                if group is not root and self._is_row(group):
                    self._sides.of_row(group)
                    if group not in twins:
                        self.of[group] = self._row(group)
                    continue
                bodies[group] = self._body(group)
                alike.setdefault(bodies[twins.get(group, group)], []).append(group)
            for body, groups in alike.items():
                self._add(body, groups, twins)

    def _add(self, body: Body, groups: Sequence[Group], twins: Mapping[Group, Group]) -> None:
        """The classes of groups that hold the same; of several, where what they make has to
        differ, since those of a row make one tensor."""
        strict = any(self._is_row(self._above.get(group, self.root)) for group in groups)
        for some, side in self._sides.agreed(body, groups, strict=strict):
            known = Class(side.of(body))
            known.groups = [group for group in some if group not in twins]
            known.slots = [self._own_slots(group) for group in known.groups]
            known.settle()
            self.of |= dict.fromkeys(some, known)
            self.all.append(known)

    def slots(self, group: Group) -> tuple[Slot, ...]:
        """The slots that a group has in what holds it."""
        of = self.of[group]
        return self._slots[group] if isinstance(of, Row) else of.given(group)

    # Rows.

    def _is_row(self, group: Group) -> bool:
        numbered = [child.word for child in group.children] == [
            str(number) for number in range(len(group.children))
        ]
        return len(group.children) > 1 and numbered and self._is_chain(group)

    def _is_chain(self, group: Group) -> bool:
        if any(child.same for child in group.children) or len(self.uses.inputs(group)) != 1:
            return False
        before = self.uses.inputs(group)
        for child in group.children:
            if isinstance(child, Leaf) and not _is_module(child):
                return False
            made = self.uses.outputs(child)
            if self.uses.inputs(child) != before or len(made) != 1:
                return False
            before = made
        return self.uses.outputs(group) == before

    def _row(self, group: Group) -> Row:
        row, slots = rows.row_of([self._made(child) for child in group.children])
        self._slots[group] = slots
        return row

    # Bodies.

    def _made(self, node: Node) -> Made:
        """A child that is one module."""
        if isinstance(node, Group):
            return Made(attribute(node.word), self.of[node], self.slots(node))
        (call,) = node.said.make.values()
        return Made(attribute(node.word), *_split(call, node.word))

    def _body(self, group: Group) -> Body:
        """A group, each tensor of others that it reads being an input of its own."""
        names = _names(group)
        steps: list[Step] = []
        made: list[Made] = []
        stored: set[str] = set()
        values: list[tuple[str, str]] = []
        helpers: dict[str, None] = {}
        inside = self._sides.inside(group)
        for child, refs in zip(group.children, inside.reads, strict=True):
            name = names[child.same or child]
            run = _run(child, name) if isinstance(child, Leaf) else ""
            steps.append(Step(name, refs, len(self._sides.made(child)), run))
            if isinstance(child, Leaf):
                helpers |= dict.fromkeys(child.said.helpers)
            if child.same is None:
                made += self._attributes(child, name)
                if isinstance(child, Leaf):
                    stored |= {one.name for one in made[-1:] if child.said.stored}
                    values += given_values(child, name)
        return Body(
            len(inside.others),
            tuple(steps),
            (),
            tuple((one.name, one.call) for one in made),
            frozenset(stored),
            tuple(values),
            tuple(helpers),
        )

    def _own_slots(self, group: Group) -> tuple[Slot, ...]:
        names = _names(group)
        return tuple(
            slot
            for child in group.children
            if child.same is None
            for one in self._attributes(child, names[child])
            for slot in one.slots
        )

    def _attributes(self, child: Node, name: str) -> Iterable[Made]:
        if isinstance(child, Group):
            if child not in self.of:  # what stands in for another
                return []
            slots = (slot._replace(where=name) for slot in self.slots(child))
            return [Made(name, self.of[child], tuple(slots))]
        return [
            Made(f"{name}_{suffix}" if suffix else name, *_split(call, name))
            for suffix, call in child.said.make.items()
        ]


def _twins(root: Group) -> dict[Group, Group]:
    """For groups that others stand for, and all in them, the group in its place there."""
    found: dict[Group, Group] = {}
    for group in root.groups():
        if group.same is not None and group not in found:
            found |= dict(zip(group.groups(), group.same.groups(), strict=True))
    return found


def _levels(root: Group) -> list[list[Group]]:
    """Groups by how deep others stand in them."""
    height: dict[Group, int] = {}
    for group in root.groups():
        inner = (height[child] for child in group.children if isinstance(child, Group))
        height[group] = 1 + max(inner, default=0)
    levels: list[list[Group]] = [[] for _ in range(height[root] + 1)]
    for group, high in height.items():
        levels[high].append(group)
    return levels


def _split(call: Call, where: str) -> tuple[object, tuple[Slot, ...]]:
    """A call without its values, and these."""
    names = positional(call.function)
    slots = tuple(
        Slot(argument.name or next(names), argument.value, argument.default, where)
        for argument in call.arguments
    )
    return (call.function, tuple(argument.name for argument in call.arguments)), slots


def _names(group: Group) -> dict[Node, str]:
    """Names for the attributes of a group, in Python and each once."""
    taken: set[str] = set()
    found: dict[Node, str] = {}
    numbered = [child for child in group.children if child.word[:1].isdigit()]
    alone = sum(child.same is None for child in numbered) == 1
    for child in group.children:
        word = child.word
        if child in numbered:
            word = group.word if alone else f"{group.word}_{child.word}"
        name = free = attribute(word)
        number = 2
        while free in taken:
            free, number = f"{name}_{number}", number + 1
        taken.add(free)
        found[child] = free
    return found


def _is_module(leaf: Leaf) -> bool:
    """Whether a layer is a call of one module."""
    return leaf.said.run == "{self}({0})"


def _run(leaf: Leaf, name: str) -> str:
    """The expression of a layer, with the names of what it stores."""
    run = leaf.said.run.replace("{self}", f"self.{name}")
    for suffix in leaf.said.make:
        run = run.replace(f"{{self_{suffix}}}", f"self.{name}_{suffix}")
    return run
