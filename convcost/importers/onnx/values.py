"""Meanings of a name of an ONNX graph, besides a tensor that a layer makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from fractions import Fraction

    import numpy as np

    from convcost.importers.onnx.node import Node
    from convcost.network import Tensor

    Known: TypeAlias = np.ndarray[Any, np.dtype[Any]]

DTYPES = {  # TensorProto.DataType
    1: "float32",
    2: "uint8",
    3: "int8",
    4: "uint16",
    5: "int16",
    6: "int32",
    7: "int64",
    9: "bool",
    10: "float16",
    11: "float64",
    12: "uint32",
    13: "uint64",
    16: "bfloat16",
    17: "float8_e4m3fn",
    18: "float8_e4m3fnuz",
    19: "float8_e5m2",
    20: "float8_e5m2fnuz",
    21: "uint4",
    22: "int4",
    23: "float4_e2m1fn",
    25: "uint2",
    26: "int2",
}


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
    """A value that nothing can be said of, because of a node that is listed."""

    because: str


Value: TypeAlias = "Tensor | Stored | Unknown"
