"""A node of an exported program, with its arguments as plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from convcost.importers.building.node import Node as BuildingNode
from convcost.importers.building.node import NotUnderstood
from convcost.importers.pt2.graph import text
from convcost.importers.pt2.origin import class_of, classes_of, function_of, module_of, source_of
from convcost.importers.pt2.symbols import OpenSize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

NOWHERE = 1 << 30  # the place of an argument that is not given

PREFIX = "torch.ops."


class Node(BuildingNode):
    """An operator of PyTorch, called with tensors by name and with values.

    ``inputs`` are the tensors among its arguments in order; :meth:`at` has where each stands.
    Arguments that have their default are not in the file; those without a name have the number of
    their place. ``graphs`` are those inside of the node.
    """

    def __init__(self, node: Mapping[str, Any], size: Callable[[str], int]) -> None:
        """``size`` has the value of a size that the program computes, an OpenSize while it has
        none: see :meth:`settle`."""
        self._size = size
        self._places: dict[str, list[int]] = {}
        self._later: dict[str, Mapping[str, Any]] = {}
        inputs: list[str] = []
        fields: dict[str, Any] = {}
        self.graphs: list[Mapping[str, Any]] = []
        for place, argument in enumerate(node["inputs"]):
            name, given = argument["name"] or str(place), argument["arg"]
            tensors = [*_tensors(given)]
            if "as_graph" in given:
                self.graphs.append(given["as_graph"]["graph"])
            elif tensors:
                self._places[name] = [*range(len(inputs), len(inputs) + len(tensors))]
                inputs += tensors
            else:
                self._settle(fields, name, given)
        domain, _, called = node["target"].removeprefix(PREFIX).partition(".")
        op, _, self.overload = called.partition(".")
        self.in_place = op.endswith("_") and not op.startswith("__")
        op = op.removesuffix("_") if self.in_place else op
        outputs = [name for made in node["outputs"] for name in _made(made)]
        super().__init__(op, domain, node.get("name") or "", inputs, outputs, fields)
        metadata = cast("Mapping[str, str]", node.get("metadata") or {})
        stack = metadata.get("nn_module_stack", "")
        self.path, self.module = module_of(stack, self.op), class_of(stack)
        trace = metadata.get("stack_trace", "")
        self.around, self.function = classes_of(stack), function_of(self.op, trace, called)
        self.source = source_of(trace)

    def settle(self) -> None:
        """Look up those sizes again that were open before."""
        for name, given in [*self._later.items()]:
            self._settle(cast("dict[str, Any]", self.fields), name, given)

    def must_be_settled(self) -> None:
        """Raise NotUnderstood where a size among its arguments is still open."""
        if self._later:
            name = next(iter(self._later))
            raise NotUnderstood(f"its argument `{name}` is only known when the network runs")

    def _settle(self, fields: dict[str, Any], name: str, given: Mapping[str, Any]) -> None:
        try:
            fields[name] = self._plain(given)
            self._later.pop(name, None)
        except OpenSize:
            self._later[name] = given

    def at(self, name: str) -> int:
        """The number of the input that an argument is; one that no input has where it is none."""
        return next(iter(self._places.get(name, ())), NOWHERE)

    def every(self, name: str) -> Sequence[int]:
        """The numbers of the inputs that an argument, a list of tensors, is."""
        return self._places.get(name, ())

    def gives(self, name: str) -> bool:
        """Whether an argument is a tensor."""
        return name in self._places

    def _plain(self, given: Mapping[str, Any]) -> Any:
        """The value of an argument that is not a tensor."""
        ((kind, value),) = given.items()
        if kind == "as_none":
            return None
        if kind in ("as_sym_int", "as_sym_float", "as_sym_bool"):
            return self._number(value)
        if kind in ("as_sym_ints", "as_sym_floats", "as_sym_bools"):
            return [self._number(one) for one in value]
        # Infinity and NaN are words in JSON.
        return float(value) if kind == "as_float" else value

    def _number(self, given: Mapping[str, Any]) -> Any:
        ((kind, value),) = given.items()
        return self._size(value) if kind == "as_name" else value


def _tensors(given: Mapping[str, Any]) -> Iterator[str]:
    """The names of the tensors in an argument, "" for those of a list that are left out."""
    ((kind, value),) = given.items()
    if kind == "as_tensor":
        yield text(value["name"])
    elif kind == "as_tensors":
        yield from (text(one["name"]) for one in value)
    elif kind == "as_optional_tensor":
        yield from (text(one["name"]) for key, one in value.items() if key == "as_tensor")
    elif kind == "as_optional_tensors":
        for one in value:
            yield text(one["as_tensor"]["name"]) if "as_tensor" in one else ""


def _made(made: Mapping[str, Any]) -> Iterator[str]:
    """The names of an output: several for a list, "" for what is not a tensor."""
    ((kind, value),) = made.items()
    if kind in ("as_tensor", "as_tensors"):
        yield from _tensors(made)
    elif kind == "as_sym_int":
        yield text(value.get("as_name", ""))
    else:
        yield ""
