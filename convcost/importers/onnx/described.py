"""Shapes that a file states of the values in its graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.importers.building.values import Made
from convcost.importers.onnx.dtypes import DTYPES
from convcost.ops.kinds import LARGEST_SIZE

if TYPE_CHECKING:
    from collections.abc import Mapping

    import onnx


class Described:
    """The shapes that a file states, with its named sizes as they are here."""

    def __init__(self, graph: onnx.GraphProto, sizes: Mapping[str, int]) -> None:
        self._values = {v.name: v for v in (*graph.value_info, *graph.output)}
        self._sizes = sizes

    def of(self, name: str) -> Made | None:
        """The stated shape and type of a value, or None if a size is left open."""
        value = self._values.get(name)
        return None if value is None else made(value, self._sizes)


def made(value: onnx.ValueInfoProto, named: Mapping[str, int]) -> Made | None:
    """The shape and type in a description, None where a size is open."""
    kind = value.type.tensor_type
    if not value.type.HasField("tensor_type") or not kind.HasField("shape"):
        return None
    sizes = [d.dim_value or named.get(d.dim_param, 0) for d in kind.shape.dim]
    if not all(0 < size <= LARGEST_SIZE for size in sizes):
        return None
    return Made(tuple(sizes), DTYPES.get(kind.elem_type, "float32"))
