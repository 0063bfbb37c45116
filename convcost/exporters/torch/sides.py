"""The tensors that go into groups and come out of them, and how groups of one class agree on them.

Inputs that are one tensor in all groups of a class are one; others stay apart, though they may be
one in some. What comes out is all that is read of any of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convcost.exporters.torch.tree import Group

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.exporters.torch.bodies import Body, Ref
    from convcost.exporters.torch.tree import Node, Uses
    from convcost.tensor import Tensor


class Inside(NamedTuple):
    """The tensors that the children of a group read, and those of its own that others read: once
    for each reading."""

    reads: list[tuple[Ref, ...]]
    others: list[Tensor]
    made: dict[Tensor, Ref]


class Side(NamedTuple):
    """The inputs and outputs of a class: for each reading of what others make an input."""

    inputs: tuple[int, ...]
    outputs: tuple[Ref, ...]

    def of(self, body: Body) -> Body:
        """A body with these inputs and outputs."""
        steps = tuple(
            step._replace(
                reads=tuple((-1, self.inputs[n]) if at < 0 else (at, n) for at, n in step.reads)
            )
            for step in body.steps
        )
        return body._replace(
            inputs=len({*self.inputs}), steps=steps, outputs=tuple(map(self.moved, self.outputs))
        )

    def moved(self, ref: Ref) -> Ref:
        """An output, which may be an input as it came."""
        return (-1, self.inputs[ref[1]]) if ref[0] < 0 else ref


class Sides:
    """Inputs and outputs of each group, as far as they are known."""

    def __init__(self, uses: Uses) -> None:
        self.uses = uses
        self._reads: dict[Group, list[Tensor]] = {}
        self._made: dict[Group, list[Tensor]] = {}

    def reads(self, node: Node) -> Sequence[Tensor]:
        """The arguments of a child."""
        return self._reads[node] if isinstance(node, Group) else node.layer.inputs

    def made(self, node: Node) -> Sequence[Tensor]:
        """The values that a child makes."""
        return self._made[node] if isinstance(node, Group) else node.layer.outputs

    def of_row(self, group: Group) -> None:
        """Note what a row reads and makes: one tensor each."""
        self._reads[group] = self.uses.inputs(group)
        self._made[group] = self.uses.outputs(group)

    def inside(self, group: Group) -> Inside:
        """The values that the children of a group read."""
        others: list[Tensor] = []
        made: dict[Tensor, Ref] = {}
        reads: list[tuple[Ref, ...]] = []
        root = group is self.uses.root
        if root:
            others = list(self.uses.given)
            made = {tensor: (-1, number) for number, tensor in enumerate(others)}
        for number, child in enumerate(group.children):
            refs: list[Ref] = []
            for tensor in self.reads(child):
                if tensor not in made:
                    refs.append((-1, len(others)))
                    others.append(tensor)
                else:
                    refs.append(made[tensor])
            reads.append(tuple(refs))
            made |= {tensor: (number, part) for part, tensor in enumerate(self.made(child))}
        return Inside(reads, others, made)

    def agreed(
        self, body: Body, groups: Sequence[Group], *, strict: bool
    ) -> Iterator[tuple[Sequence[Group], Side]]:
        """Groups that hold the same, in lots that make the same, and their common side.

        Args:
            body: of all of them.
            groups: those of one body.
            strict: whether none may make more than is read of it.
        """
        inside = {group: self.inside(group) for group in groups}
        wanted = {
            group: tuple(inside[group].made[tensor] for tensor in self.uses.outputs(group))
            for group in groups
        }
        lots: dict[object, list[Group]] = {}
        for group in groups:
            lots.setdefault(wanted[group] if strict else None, []).append(group)
        for lot in lots.values():
            side = Side(
                _inputs([inside[group].others for group in lot], body.inputs),
                _outputs([wanted[group] for group in lot]),
            )
            for group in lot:
                self._note(group, inside[group], side)
            yield lot, side

    def _note(self, group: Group, inside: Inside, side: Side) -> None:
        first = {number: at for at, number in reversed([*enumerate(side.inputs)])}
        self._reads[group] = [inside.others[first[number]] for number in sorted(first)]
        at = {ref: tensor for tensor, ref in inside.made.items()}
        self._made[group] = [at[ref] for ref in side.outputs]


def _inputs(others: Sequence[Sequence[Tensor]], count: int) -> tuple[int, ...]:
    """The input of each reading, those being one that are one tensor in all groups."""
    columns = [tuple(each[number] for each in others) for number in range(count)]
    known: dict[tuple[Tensor, ...], int] = {}
    return tuple(known.setdefault(column, len(known)) for column in columns)


def _outputs(wanted: Sequence[tuple[Ref, ...]]) -> tuple[Ref, ...]:
    """All that is read of any; of one group in its own order."""
    if len(wanted) == 1:
        return wanted[0]
    return tuple(sorted({ref for each in wanted for ref in each}))
