"""A node of an ONNX graph, with its attributes as plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import onnx


class NotUnderstood(Exception):  # noqa: N818 - it says why a node is not counted
    """Why a node cannot be made a layer."""


def axis_of(axis: int, rank: int) -> int:
    """An axis counted from the front; NotUnderstood where a tensor of that rank has none such."""
    if not -rank <= axis < rank:
        raise NotUnderstood(f"axis {axis} is none of the {rank} of its input")
    return axis % rank


def _text(value: Any) -> Any:
    """Bytes as the text that they are of, where they are of one: exporters also store messages."""
    return value.decode(errors="replace") if isinstance(value, bytes) else value


class Node:
    """The parts of a node that the importer reads."""

    def __init__(self, proto: onnx.NodeProto) -> None:
        from onnx import helper

        self.proto = proto
        self.op = proto.op_type
        self.domain = "" if proto.domain == "ai.onnx" else proto.domain
        self.name = proto.name
        self.inputs = list(proto.input)
        self.outputs = list(proto.output)
        self.metadata = {entry.key: entry.value for entry in proto.metadata_props}
        self.fields: dict[str, Any] = {}
        for attribute in proto.attribute:
            try:
                value = helper.get_attribute_value(attribute)
            except ValueError:
                continue
            self.fields[attribute.name] = _text(value)

    def get(self, name: str, default: Any) -> Any:
        """An attribute, or what it is where it is not given."""
        return self.fields.get(name, default)

    def has(self, number: int) -> bool:
        """Whether an input is given."""
        return number < len(self.inputs) and self.inputs[number] != ""

    @property
    def operator(self) -> str:
        """The name of its operator, with the domain where that is not ONNX's own."""
        return f"{self.domain}.{self.op}" if self.domain else self.op

    def __str__(self) -> str:
        made = next(filter(None, self.outputs), "?")
        return f"{self.name or made} ({self.operator})"
