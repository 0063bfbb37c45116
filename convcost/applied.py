"""An op applied to inputs of some shapes: whether it can be, and what follows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

from convcost.errors import ConvcostError, plural
from convcost.number import Must
from convcost.tensor import Weight
from convcost.traced import holds_traced, plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convcost.ops.op import Op, Reads


class BrokenCondition(ConvcostError):  # noqa: N818 - it names what happened
    """An op cannot be applied to these tensors."""

    def __init__(self, must: Must) -> None:
        super().__init__(must.sentence())
        self.must = must


class Applied(NamedTuple):
    """Facts that follow from an op and its input shapes, worked out once: networks repeat a lot.

    ``reads`` are those of each output.
    """

    op: Op
    reads: Sequence[Sequence[Sequence[Reads]]]
    outputs: tuple[tuple[int, ...], ...]
    learned: Mapping[str, tuple[int, ...]]
    stored: Mapping[str, tuple[int, ...]]

    @classmethod
    def of(cls, op: Op, shapes: tuple[tuple[int, ...], ...]) -> Applied:
        """Ask the op, whose formulas give ints for ints."""
        outputs, learned, stored = op.outputs(*shapes), op.weights(*shapes), op.buffers(*shapes)
        reads = _reads(op, shapes, len(outputs))
        return cls(op, reads, cast("Any", outputs), cast("Any", learned), cast("Any", stored))

    def weights(self, name: str, dtype: str) -> Mapping[str, Weight]:
        """New weights for a layer."""
        own = {
            role: Weight(f"{name}.{role}", shape, True, dtype)
            for role, shape in self.learned.items()
        }
        for role, shape in self.stored.items():
            own[role] = Weight(f"{name}.{role}", shape, False, dtype)
        return own

    def sharing(self, shared: Mapping[str, Weight]) -> Mapping[str, Weight]:
        """Weights of another layer; BrokenCondition if they do not have the shapes."""
        here = {**self.learned, **self.stored}
        there = {role: weight.shape for role, weight in shared.items()}
        if here != there:
            says = "its weights would be {here}, and those that it shares are {there}"
            values = {"here": _shapes(here), "there": _shapes(there)}
            raise BrokenCondition(Must(-1, says, "share", values))
        return shared


def _reads(
    op: Op, shapes: tuple[tuple[int, ...], ...], outputs: int
) -> Sequence[Sequence[Sequence[Reads]]]:
    """The elements that each output reads. The answer is only used to find the axis of the samples,
    which is the same for all sizes of a candidate; so nothing is decided about traced numbers
    here."""
    fields = op.values()
    if holds_traced((shapes, *fields.values())):
        op, shapes = (
            op.replaced(**{name: plain(value) for name, value in fields.items()}),
            plain(shapes),
        )
    if outputs == 1:
        return [op.reads(*shapes)]
    return [op.reads_of_output(number, *shapes) for number in range(outputs)]


def check(op: Op, shapes: tuple[tuple[int, ...], ...]) -> None:
    """Raise BrokenCondition unless the op can be applied to inputs of these shapes."""
    for must in _arity(op, len(shapes)):
        raise BrokenCondition(must)
    for must in op.conditions(*shapes):
        if cast("int", must.margin) < 0:
            raise BrokenCondition(must)


def _arity(op: Op, given: int) -> Sequence[Must]:
    fewest, most = op.fewest_inputs, op.most_inputs
    if given >= fewest and (most is None or given <= most):
        return ()
    wanted, number = "" if fewest == most else "at least ", fewest
    if most is not None and given > most > fewest:
        wanted, number = "at most ", most
    here = f"and here {'is' if given == 1 else 'are'} {given}"
    return (Must(-1, f"it takes {wanted}{plural(number, 'input')}, {here}", "from"),)


def _shapes(shapes: Mapping[str, tuple[int, ...]]) -> str:
    return " and ".join(f"{role} {list(shape)}" for role, shape in shapes.items()) or "none"
