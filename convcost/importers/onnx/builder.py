"""The builder of a Network, with what only ONNX files have."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from convcost.importers.building.builder import Builder as BuildingBuilder
from convcost.importers.building.node import NotUnderstood
from convcost.importers.building.values import Stored, as_weight
from convcost.importers.onnx.dtypes import DTYPES, MAKES
from convcost.importers.onnx.infer import inferred
from convcost.importers.onnx.names import lifted, of_array
from convcost.importers.onnx.node import Node
from convcost.importers.onnx.payload import small_array
from convcost.tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import onnx

    from convcost.given import Rule
    from convcost.importers.building.builder import Ways
    from convcost.importers.building.node import Node as BuildingNode
    from convcost.importers.building.values import Made
    from convcost.importers.onnx.described import Described
    from convcost.network import Network


class Builder(BuildingBuilder):
    """The Network as far as it is made, of a graph of some version of ONNX's operators."""

    def __init__(
        self, network: Network, opset: int, ways: Ways, operators: Mapping[str, Rule]
    ) -> None:
        super().__init__(network, ways, operators)
        self.opset = opset
        self.shipped: set[str] = set()  # the initializers
        self.tried = 0  # branches that were read to compare them
        self.described: Described | None = None

    def store(self, tensor: onnx.TensorProto, *, learned: bool) -> Stored:
        """An array of the file."""
        shape = tuple(tensor.dims)
        if any(n < 0 for n in shape) or prod(shape) >= 1 << 62:
            raise NotUnderstood(f"its shape {list(shape)} is not valid")
        dtype = DTYPES.get(tensor.data_type, "float32")
        learned = learned and dtype.startswith(("float", "bfloat"))  # others are positions
        learned = learned and not lifted(tensor.name)
        return Stored(tensor.name, shape, dtype, small_array(tensor), learned)

    def passed_out(self, value: Stored) -> Tensor | None:
        """A constant that the graph gives as an output; None for one without elements, or of no
        known size."""
        try:
            made = self.looked_at(value, self.passed(value), value.shape)
        except NotUnderstood:
            return None
        if value.name not in self.shipped and value.known is not None:
            whole = value.whole or value.shape or (1,)
            self.weight(value, whole).values = as_weight(value.known.reshape(whole))
        return made

    def of_array(self, name: str) -> str:
        """The name of a layer that passes an array on."""
        return of_array(name)

    def made_by(self, node: BuildingNode) -> Sequence[Made] | None:
        """The shapes that onnx infers for a node, or that the file states."""
        assert isinstance(node, Node)
        known = (node.domain, node.op) in self.ways.translate
        # What is refused of operators that are known is as wrong for onnx.
        found: Mapping[str, Made] = {} if known else inferred(node, self.values, self.opset)
        described = self.described
        every = [found.get(n) or (described and described.of(n)) for n in node.outputs if n]
        made = [one for one in every if one is not None]
        return made if made and len(made) == len(node.outputs) else None

    def _act(self, node: BuildingNode) -> None:
        """The layers of a node, whose outputs have the types that ONNX gives them."""
        super()._act(node)
        for name, dtype in zip(node.outputs, MAKES.get(node.op, ()), strict=False):
            value = self.values.get(name)
            if dtype is not None and isinstance(value, Tensor):
                value.dtype = dtype

    def run_proto(self, proto: onnx.NodeProto) -> None:
        """A node as the file has it."""
        self.run(Node(proto))
