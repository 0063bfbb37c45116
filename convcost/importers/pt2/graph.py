"""An exported program, its parts looked up by name."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any, NamedTuple

from convcost.importers.building.values import Made
from convcost.importers.pt2.dtypes import DTYPES
from convcost.importers.pt2.shared import first_names, on_meta
from convcost.importers.pt2.symbols import OpenSize, symbol_of, value_of
from convcost.ops.kinds import LARGEST_SIZE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from convcost.given import Declared
    from convcost.importers.building.values import Known


class Array(NamedTuple):
    """An array that the program stores: its name in the graph, and its own.

    ``kind`` is ``parameter``, ``buffer`` or ``tensor_constant``.
    """

    value: str
    name: str
    kind: str


class Program:
    """The graph of a program and its signature.

    Raises:
        KeyError, TypeError, AttributeError, ValueError: it is damaged.
    """

    def __init__(
        self,
        program: Mapping[str, Any],
        weights: Mapping[str, Any],
        positions: Mapping[str, Known],
    ) -> None:
        """``weights`` has what the archive says of stored arrays, by their names, and
        ``positions`` the values of those constants that others may pick by."""
        module = program["graph_module"]
        self._graph = module["graph"]
        self._signature = module["signature"]
        self._tensors: Mapping[str, Any] = self._graph["tensor_values"]
        self._sizes: Mapping[str, Any] = self._graph["sym_int_values"]
        self.first_names = first_names(weights)
        self.on_meta = on_meta(weights)
        self.positions = positions

    def inside(self, graph: Mapping[str, Any]) -> Program:
        """The program as a graph inside of a node sees it."""
        program = copy(self)
        program._graph, program._tensors = graph, graph["tensor_values"]
        program._sizes = {**self._sizes, **graph["sym_int_values"]}
        return program

    @property
    def nodes(self) -> Sequence[Mapping[str, Any]]:
        """The nodes, in an order in which each comes after those that it reads."""
        return self._graph["nodes"]

    def arrays(self) -> Iterator[Array]:
        """The arrays that it stores."""
        for spec in self._signature["input_specs"]:
            ((kind, one),) = spec.items()
            if kind in ("parameter", "buffer", "tensor_constant"):
                yield Array(text(one["arg"]["name"]), text(one[f"{kind}_name"]), kind)

    def inputs(self) -> Mapping[str, Declared]:
        """The tensors that a user gives, with their shapes as they are declared."""
        found: dict[str, Declared] = {}
        for spec in self._signature["input_specs"]:
            given = spec.get("user_input", {}).get("arg", {})
            if "as_tensor" in given:
                name = text(given["as_tensor"]["name"])
                found[name] = tuple(map(_declared, self._tensors[name]["sizes"]))
        return found

    def outputs(self) -> Iterator[str]:
        """The names of the tensors that a user gets."""
        for spec in self._signature["output_specs"]:
            given = spec.get("user_output", {}).get("arg", {})
            if "as_tensor" in given:
                yield text(given["as_tensor"]["name"])

    def made(self, name: str, sizes: Mapping[str, int]) -> Made | None:
        """The shape and type of a tensor by its name, where sizes have these values; None where one
        is open, or the tensor is not of numbers that convcost knows.

        Raises:
            ValueError: a size in it is none.
        """
        meta = self._tensors.get(name)
        if meta is None or meta["dtype"] not in DTYPES:
            return None
        try:
            shape = tuple(_size(size, sizes) for size in meta["sizes"])
        except OpenSize:
            return None
        if not all(0 <= size <= LARGEST_SIZE for size in shape):
            return None
        return Made(shape, DTYPES[meta["dtype"]])

    def in_rows(self, name: str) -> bool:
        """Whether the elements of a tensor lie in memory in the order of its axes."""
        strides = self._tensors[name].get("strides")
        sizes = self._tensors[name]["sizes"]
        if strides is None:
            return True
        row = 1
        for size, stride in zip(reversed(sizes), reversed(strides), strict=True):
            if size["as_int"] != 1 and stride["as_int"] != row:
                return False
            row *= _whole(size["as_int"])
        return True

    def open_size(self, name: str, axis: int, sizes: Mapping[str, int]) -> str | None:
        """The symbol that a size of a tensor is, where it has no value among ``sizes``."""
        declared = _declared(self._tensors[name]["sizes"][axis])
        return declared if isinstance(declared, str) and declared not in sizes else None

    def size(self, name: str, sizes: Mapping[str, int]) -> int | None:
        """A size that the program computes, by its name; None where it is open."""
        found = self._sizes.get(name)
        if found is None:
            return None
        try:
            return _size(found, sizes)
        except OpenSize:
            return None


def text(name: object) -> str:
    """A name, which is one; TypeError where it is something else."""
    if not isinstance(name, str):
        raise TypeError(f"{name!r:.60} is not a name")
    return name


def _size(size: Mapping[str, Any], known: Mapping[str, int]) -> int:
    ((kind, value),) = size.items()
    return value_of(value["expr_str"], known) if kind == "as_expr" else _whole(value)


def _declared(size: Mapping[str, Any]) -> int | str | None:
    ((kind, value),) = size.items()
    return symbol_of(value["expr_str"]) if kind == "as_expr" else _whole(value)


def _whole(size: object) -> int:
    if type(size) is not int:  # nor is it a yes or no
        raise TypeError(f"{size!r:.60} is not a size")
    return size
