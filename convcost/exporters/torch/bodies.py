"""Parts of classes: the steps of a group, and how groups that are alike may differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convcost.exporters.torch.arguments import Parameter, Slot, parameters

if TYPE_CHECKING:
    from convcost.exporters.torch.tree import Group

Ref = tuple[int, int]
"""An input, ``(-1, number)``; or an output of a child, ``(child, number)``."""


class Step(NamedTuple):
    """A child of a group: what runs, on what, and how many tensors it makes."""

    name: str  # of the attribute, or of what is made where there is none
    reads: tuple[Ref, ...]
    makes: int
    run: str  # an expression; empty for the call of a module


class Made(NamedTuple):
    """An attribute of a module: a call, or what stands for a class or for several in a row."""

    name: str
    call: object  # Call, Class or Row, without their values
    slots: tuple[Slot, ...]


class Body(NamedTuple):
    """A group without the values of its slots: what makes groups alike."""

    inputs: int
    steps: tuple[Step, ...]
    outputs: tuple[Ref, ...]
    attributes: tuple[tuple[str, object], ...]
    stored: frozenset[str]
    values: tuple[tuple[str, str], ...]
    helpers: tuple[str, ...]


class Class:
    """Groups of one body: their slots, and of these the arguments."""

    def __init__(self, body: Body) -> None:
        self.body = body
        self.name = ""
        self.is_network = False
        self.groups: list[Group] = []
        self.slots: list[tuple[Slot, ...]] = []  # of each group
        self.parameters: tuple[Parameter, ...] = ()
        self.written: tuple[object, ...] = ()  # for each slot a value, or an expression
        self._slots: dict[Group, tuple[Slot, ...]] = {}

    def settle(self) -> None:
        """Work out the arguments, when all groups are known."""
        self._slots = dict(zip(self.groups, self.slots, strict=True))
        self.parameters, self.written = parameters(self.slots)

    def given(self, group: Group) -> tuple[Slot, ...]:
        """The arguments that make a group, as slots of what holds it."""
        slots = self._slots[group]
        return tuple(
            Slot(parameter.name, slots[parameter.slot].value, parameter.default)
            for parameter in self.parameters
        )


class Run(NamedTuple):
    """A module, or several in a row that are alike or grow evenly: by how much, value by value."""

    call: object
    growth: tuple[int, ...] | None  # None where it is one


class Row(NamedTuple):
    """Modules one after the other, each on what the one before makes."""

    runs: tuple[Run, ...]
    names: tuple[tuple[str, ...], ...]  # of the slots of each; the first of several is their number
