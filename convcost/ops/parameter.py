"""Learned arrays that are layers of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from convcost.ops import fields, kinds
from convcost.ops.example import Example
from convcost.ops.op import Op
from convcost.ops.saved import NOTHING

if TYPE_CHECKING:
    from convcost.number import Shape


class Parameter(Op):
    """An array for layers that take it as an input: a factor of each channel, an embedding of
    positions. It reads nothing, and its memory is that of what is stored. With ``learned``, it is
    learned. Without ``learned``, it is a constant."""

    keeps = NOTHING
    widens = True
    examples = (Example({"shape": [64, 1, 1]}, ()),)
    fewest_inputs: ClassVar[int] = 0
    most_inputs: ClassVar[int | None] = 0

    shape: Shape = fields.declare(
        kinds.Counts("a list of sizes without the batch"),
        "its sizes",
    )
    batch: bool = fields.yes_no("whether an axis of size 1 for the batch is put before", True)
    learned: bool = fields.yes_no("whether it is learned, or a stored constant", True)

    def output(self, *inputs: Shape) -> Shape:
        """With ``batch``, ``(1, *shape)``. Without ``batch``, ``shape``."""
        return (1, *self.shape) if self.batch else self.shape

    def weights(self, *inputs: Shape) -> dict[str, Shape]:
        """``value``."""
        return {"value": self.shape} if self.learned else {}

    def buffers(self, *inputs: Shape) -> dict[str, Shape]:
        """``value``, where it is not learned."""
        return {} if self.learned else {"value": self.shape}

    def reads(self, *inputs: tuple[int, ...]) -> tuple[()]:
        """Nothing."""
        return ()
