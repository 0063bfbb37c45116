"""Tensors between layers, and the arrays that layers store."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from convcost.dtype import DEFAULT, bytes_of
from convcost.errors import cut
from convcost.samples import Samples
from convcost.slotted import Slotted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

Values: TypeAlias = "int | Fraction | tuple[Values, ...]"
"""Numbers of an array as a person wrote them: nested, and repeated along the axes that are missing
or of size 1."""


FIRST_AXIS = Samples(0)


class Tensor(Slotted):
    """A tensor between layers: its full shape, and where the samples lie in it."""

    __slots__ = ("dtype", "name", "samples", "shape")

    def __init__(
        self,
        name: str,
        shape: tuple[int, ...],
        samples: Samples | None = FIRST_AXIS,
        dtype: str = DEFAULT,
    ) -> None:
        self.name = name
        self.shape = shape
        self.samples = samples
        self.dtype = dtype

    @property
    def batch_axis(self) -> int | None:
        """The axis that holds the samples and nothing else, None where there is none."""
        return self.samples.axis if self.samples is not None and self.samples.alone else None

    @property
    def bytes(self) -> int:
        """The bytes that it takes to store it."""
        return bytes_of(prod(self.shape), self.dtype)

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """The shape without the batch."""
        return self.shape if self.samples is None else self.samples.without(self.shape)

    def __repr__(self) -> str:
        return f"Tensor({cut(self.name)!r}, {self.shape})"


class Weight(Slotted):
    """A stored array that layers refer to; those of one name are stored once, whatever the shapes
    in which layers look at it.

    ``values`` are its numbers where the spec gives them. ``turned``: a matrix whose axes a model's
    file has the other way round. ``beside`` is the bytes of what is stored with it and is not a
    number of its own: the scales of a quantised array, and what fills its blocks.
    """

    __slots__ = ("beside", "dtype", "learned", "name", "shape", "turned", "values")

    def __init__(
        self, name: str, shape: tuple[int, ...], learned: bool, dtype: str = DEFAULT
    ) -> None:
        self.name = name
        self.shape = shape
        self.learned = learned
        self.dtype = dtype
        self.values: Values | None = None
        self.turned = False
        self.beside = 0

    @property
    def bytes(self) -> int:
        """The bytes that it takes to store it."""
        return bytes_of(prod(self.shape), self.dtype) + self.beside

    def __repr__(self) -> str:
        return f"Weight({cut(self.name)!r}, {self.shape}, learned={self.learned})"


class Original(Protocol):
    """A model of another program, in this process, that a network was made of."""

    def cannot(self) -> str | None:
        """The reason why it cannot be run; None where it can."""
        ...

    def inputs(self, shapes: Mapping[str, tuple[int, ...]], seed: int) -> Mapping[str, Any]:
        """An array of NumPy for each input, of these shapes: the same for the same seed."""
        ...

    def outputs(self, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
        """The arrays that it makes of arrays, by the names of the network's outputs."""
        ...

    def array(self, name: str) -> Any:
        """A stored array of it.

        Raises:
            KeyError: it has none of the name.
        """
        ...
