"""A node of an ONNX graph, with its attributes as plain values."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from convcost.importers.building.node import Node as BuildingNode
from convcost.importers.onnx.names import path_of
from convcost.importers.onnx.order import subgraphs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import onnx


def _text(value: Any) -> Any:
    """Bytes as the text that they are of, where they are of one: exporters also store messages."""
    return value.decode(errors="replace") if isinstance(value, bytes) else value


class Node(BuildingNode):
    """The parts of a node that the importer reads."""

    def __init__(self, proto: onnx.NodeProto) -> None:
        from onnx.helper import get_attribute_value

        self.proto = proto
        domain = "" if proto.domain == "ai.onnx" else proto.domain
        fields: dict[str, Any] = {}
        for attribute in proto.attribute:
            try:
                value = get_attribute_value(attribute)
            except ValueError:
                continue
            fields[attribute.name] = _text(value)
        inputs, outputs = [*proto.input], [*proto.output]
        super().__init__(proto.op_type, domain, proto.name, inputs, outputs, fields)

    @cached_property
    def path(self) -> str:  # pyright: ignore[reportIncompatibleVariableOverride] - worked out late
        """The path of the module that it belongs to."""
        entries = {entry.key: entry.value for entry in self.proto.metadata_props}
        return path_of(self.name, self.inputs, entries)

    def reads(self) -> Iterable[str]:
        """The names that it reads, those in graphs inside of it included."""
        return (*self.inputs, *_captured(self.proto))


def _captured(node: onnx.NodeProto) -> Iterator[str]:
    for graph in subgraphs(node):
        for inner in graph.node:
            yield from inner.input
            yield from _captured(inner)
