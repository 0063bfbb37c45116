"""Optimisers by what they keep of each learned array from one step to the next."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, NamedTuple

from convcost.dtype import DTYPES, bytes_of
from convcost.errors import ConvcostError, quoted, similar
from convcost.further_metrics import STATE

if TYPE_CHECKING:
    from convcost.tensor import Weight

FLOAT32 = "float32"


class Optimizer(NamedTuple):
    """An optimiser.

    Attributes:
        name: on a command line and in limits.
        says: what it keeps.
        source: where that is known from.
        states: numbers that are kept of each element.
        steps: whether the number of steps is kept for each array, as a float32.
        factored: whether one state of a matrix is kept as the means of its rows and of its columns.
        mixed: whether states are float32 whatever the weights are, and copies of weights in float32
            are kept where they are of fewer bits.
    """

    name: str
    says: str
    source: str
    states: int = 0
    steps: bool = False
    factored: bool = False
    mixed: bool = False

    @property
    def metric(self) -> str:
        """The bytes of what it keeps, as a count: ``adam.state_bytes``."""
        return f"{self.name}{STATE}"

    def kept(self, weight: Weight) -> int:
        """The bytes that it keeps of a learned array."""
        elements = prod(weight.shape)
        numbers = elements * self.states
        if self.factored:
            matrix = len(weight.shape) > 1
            numbers += _means(weight.shape) if matrix else elements
        dtype = FLOAT32 if self.mixed else weight.dtype
        copied = self.mixed and DTYPES[weight.dtype] < DTYPES[FLOAT32]
        copies = bytes_of(elements, FLOAT32) if copied else 0
        return bytes_of(numbers, dtype) + copies + bytes_of(self.steps, FLOAT32)


def _means(shape: tuple[int, ...]) -> int:
    """Means along the last axis, and along the one before."""
    elements = prod(shape)
    return sum(elements // size if size else 0 for size in shape[-2:])


_TORCH = "https://github.com/pytorch/pytorch/tree/v2.14.1/torch/optim"
_ZERO = "Rajbhandari et al., ZeRO, arXiv 1910.02054, section 3.1"

OPTIMIZERS = {
    one.name: one
    for one in (
        Optimizer("sgd", "nothing", f"{_TORCH}/sgd.py"),
        Optimizer("momentum", "a velocity", f"{_TORCH}/sgd.py", states=1),
        Optimizer("rmsprop", "a mean of squares", f"{_TORCH}/rmsprop.py", states=1, steps=True),
        Optimizer("adagrad", "a sum of squares", f"{_TORCH}/adagrad.py", states=1, steps=True),
        Optimizer(
            "adadelta", "two means of squares", f"{_TORCH}/adadelta.py", states=2, steps=True
        ),
        Optimizer("adam", "two moments", f"{_TORCH}/adam.py", states=2, steps=True),
        Optimizer("adamw", "two moments", f"{_TORCH}/adamw.py", states=2, steps=True),
        Optimizer(
            "amsgrad",
            "two moments, and the largest of the second",
            f"{_TORCH}/adam.py",
            states=3,
            steps=True,
        ),
        Optimizer(
            "adafactor",
            "means of squares along the rows and the columns of a matrix",
            f"{_TORCH}/_adafactor.py; Shazeer and Stern, arXiv 1804.04235",
            steps=True,
            factored=True,
        ),
        Optimizer("lion", "a momentum", "Chen et al., arXiv 2302.06675, program 1", states=1),
        Optimizer(
            "momentum_mixed", "a velocity and a copy of weights, in float32", _ZERO, 1, mixed=True
        ),
        Optimizer(
            "adam_mixed", "two moments and a copy of weights, in float32", _ZERO, 2, mixed=True
        ),
    )
}
"""The optimisers that are known, by name."""


def optimizer(name: str) -> Optimizer:
    """The optimiser of a name.

    Raises:
        ConvcostError: there is none.
    """
    found = OPTIMIZERS.get(name)
    if found is None:
        notes = similar(name, OPTIMIZERS, "optimiser") or (f"there are: {', '.join(OPTIMIZERS)}",)
        raise ConvcostError("\n  ".join((f"there is no optimiser {quoted(name)}", *notes)))
    return found
