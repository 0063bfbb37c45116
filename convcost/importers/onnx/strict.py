"""Files that can be parsed and still mean nothing, or may mean something else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.errors import ConvcostError, quoted
from convcost.importers.onnx.order import described, subgraphs

if TYPE_CHECKING:
    from collections.abc import Iterable

    import onnx

VALUE = dict(zip(range(1, 15), (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 22, 23, 14, 15), strict=True))
"""The numbers of AttributeProto's fields that hold a value, by AttributeProto.AttributeType."""
FIELDS = frozenset(VALUE.values())


def refuse_attributes(model: onnx.ModelProto) -> None:
    """Raise a ConvcostError where an attribute of a node could be read in several ways."""
    _refuse(model.graph.node, inside_function=False)
    for function in model.functions:
        _refuse(function.node, inside_function=True)


def _refuse(nodes: Iterable[onnx.NodeProto], *, inside_function: bool) -> None:
    for node in nodes:
        seen: set[str] = set()
        for attribute in node.attribute:
            said = _wrong(attribute, seen, inside_function)
            if said:
                raise ConvcostError(f"the {described(node)} {said}: export the model again")
            seen.add(attribute.name)
        for graph in subgraphs(node):
            _refuse(graph.node, inside_function=inside_function)


def _wrong(attribute: onnx.AttributeProto, seen: set[str], inside_function: bool) -> str | None:
    """The fault of an attribute, as words that follow its node, or None if it has none."""
    name = attribute.name
    if not name:
        return "has an attribute without a name"
    if name in seen:
        return f"has two attributes {quoted(name)}"
    if attribute.ref_attr_name:
        return None if inside_function else f"takes {quoted(name)} from a function, and is in none"
    if attribute.type not in VALUE:
        return f"has an attribute {quoted(name)} without a type"
    held = {field.number for field, _ in attribute.ListFields()} & FIELDS
    if held - {VALUE[attribute.type]}:
        return f"has an attribute {quoted(name)} with a value that is not of the type that it names"
    return None


def doubts(model: onnx.ModelProto) -> list[str]:
    """Reasons why a file may mean something else than what is read of it, as sentences."""
    from onnx import IR_VERSION, defs

    found: list[str] = []
    known = defs.onnx_opset_version()
    opset = max((o.version for o in model.opset_import if o.domain in ("", "ai.onnx")), default=0)
    if opset > known:
        found.append(
            f"it is of operator set {opset}, and the newest that the onnx package here knows is "
            f"{known}: its nodes are read as of that one"
        )
    if model.ir_version > IR_VERSION:
        found.append(
            f"it is of IR version {model.ir_version}, and the newest that the onnx package here "
            f"knows is {IR_VERSION}: what is new in its format is not seen"
        )
    return found
