"""A node of a graph that another program wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from convcost.errors import Source


class NotUnderstood(Exception):  # noqa: N818 - it says why a node is not counted
    """Why a node cannot be made a layer."""


def axis_of(axis: int, rank: int) -> int:
    """An axis counted from the front; NotUnderstood where a tensor of that rank has none such."""
    if not -rank <= axis < rank:
        raise NotUnderstood(f"axis {axis} is none of the {rank} of its input")
    return axis % rank


class Node:
    """An operator with the names of what it reads and makes, and the rest of its arguments.

    ``path`` is that of the module that the node belongs to, "" where none is known; ``source`` the
    line of the program that made it, ``module`` that module's class, ``around`` those of all
    modules that it is in, and ``function`` the function that is called. ``in_place``: it writes
    over its first input.
    """

    path = ""
    module = ""
    function = ""
    in_place = False
    around: Sequence[str] = ()
    source: Source | None = None

    def __init__(
        self,
        op: str,
        domain: str,
        name: str,
        inputs: Sequence[str],
        outputs: Sequence[str],
        fields: Mapping[str, Any],
    ) -> None:
        self.op = op
        self.domain = domain
        self.name = name
        self.inputs = inputs
        self.outputs = outputs
        self.fields = fields

    def get(self, name: str, default: Any) -> Any:
        """An argument, or what it is where it is not given."""
        return self.fields.get(name, default)

    def has(self, number: int) -> bool:
        """Whether an input is given."""
        return number < len(self.inputs) and self.inputs[number] != ""

    def reads(self) -> Iterable[str]:
        """The names that it reads, those in graphs inside of it included."""
        return self.inputs

    @property
    def operator(self) -> str:
        """The name of its operator, with the domain where there is one."""
        return f"{self.domain}.{self.op}" if self.domain else self.op

    @property
    def made(self) -> str:
        """The name of the first tensor that it makes."""
        return next(filter(None, self.outputs), "")

    def __str__(self) -> str:
        return f"{self.name or self.made or '?'} ({self.operator})"
