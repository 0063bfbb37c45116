"""Meanings of a name of a graph, besides a tensor that a layer makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, cast

if TYPE_CHECKING:
    from fractions import Fraction

    import numpy as np

    from convcost.importers.building.node import Node
    from convcost.tensor import Tensor, Values

    Known: TypeAlias = np.ndarray[Any, np.dtype[Any]]


class Made(NamedTuple):
    """An output that nothing is computed of: its shape and type."""

    shape: tuple[int, ...]
    dtype: str


class Stored(NamedTuple):
    """An array in the file: its shape and type; ``known`` are its values where they were read.

    ``name`` is that of the file's array, which several of these share if the graph only looks at it
    in other shapes. ``learned`` is false for constants of the graph itself. ``maker`` is the node
    that makes it of learned arrays: its values are known, and as a tensor it is that node's layer.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    known: Known | None = None
    learned: bool = True
    whole: tuple[int, ...] | None = None  # its shape in the file, where this is another
    maker: Node | None = None

    @property
    def number(self) -> Fraction | None:
        """Its only number, where that is known and finite."""
        from fractions import Fraction
        from math import isfinite

        if self.known is None or self.known.size != 1:
            return None
        number = float(self.known.reshape(-1)[0])
        return Fraction(number) if isfinite(number) else None

    def reshaped(self, shape: tuple[int, ...]) -> Stored:
        """The same array in another shape."""
        known = None if self.known is None else self.known.reshape(shape)
        return self._replace(shape=shape, known=known, whole=self.whole or self.shape)


class Unknown(NamedTuple):
    """A value that nothing can be said of, because of a node that is listed; or a sequence of
    ``parts``, not a tensor."""

    because: str
    parts: tuple[Tensor | Stored, ...] | None = None


Value: TypeAlias = "Tensor | Stored | Unknown"


def as_weight(array: Known) -> Values | None:
    """The numbers of an array as a weight has them; None where some are not finite."""
    import numpy as np

    return _nested(array.tolist()) if np.isfinite(array).all() else None


def _nested(numbers: Any) -> Values:
    from fractions import Fraction

    if isinstance(numbers, list):
        return tuple(map(_nested, cast("list[Any]", numbers)))
    return Fraction(numbers)


def of_values(name: str, array: Known, *, learned: bool) -> Stored:
    """An array whose values are known."""
    import numpy as np

    known = np.asarray(array)
    kinds = {np.dtype(t): t for t in ("float32", "float16", "float64", "int64", "int32", "int8")}
    return Stored(name, tuple(known.shape), kinds.get(known.dtype, "float32"), known, learned)
