"""The operators that the importer claims, and the parts of each that lines must show.

A part is an opset at which the operator became another, an attribute given or left out, or an
optional input or output given or left out. ``lines/`` has models of a line, see ``conformance.py``.
"""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import onnx
from onnx import defs
from onnx.parser import ParseError, parse_graph
from onnxruntime.capi.onnxruntime_pybind11_state import get_all_operator_schema

from convcost.importers.onnx.fold import ACTS
from convcost.importers.onnx.translate import TRANSLATE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Operator = tuple[str, str]

NEWEST = defs.onnx_opset_version()
OLDEST = 7  # the first opset that onnxruntime runs
LINES: Mapping[str, Sequence[str]] = {
    path.stem: path.read_text().splitlines()
    for path in sorted((Path(__file__).parent / "lines").glob("*.txt"))
}
"""Lines by family."""
LAST = max(int(line.partition("|")[0]) for lines in LINES.values() for line in lines)
"""The last opset that lines are of: older packages know less."""


def known(line: str) -> bool:
    """Whether the installed onnx package knows the opset of a line, and can read it: old ones read
    no list whose first name is left out."""
    if int(line.partition("|")[0]) > NEWEST:
        return False
    try:
        graph_of(line)
    except ParseError:
        return False
    return True


def graph_of(line: str) -> onnx.GraphProto:
    """The graph of a line; its outputs are left out."""
    _, inputs, arrays, nodes = (part.strip() for part in line.split("|"))
    return parse_graph(f"g ({inputs}) => () <{arrays}> {{ {nodes} }}")


class Use(NamedTuple):
    """A node of a line."""

    opset: int
    node: onnx.NodeProto


@cache
def uses(*, folded: bool = False) -> Mapping[Operator, Sequence[Use]]:
    """The nodes of all lines, by operator: of those that constants are worked out by, or of the
    others."""
    found: dict[Operator, list[Use]] = {}
    for family, lines in LINES.items():
        for line in lines if family.startswith("constants") == folded else ():
            opset = int(line.partition("|")[0])
            for node in graph_of(line).node:
                use = Use(opset if not node.domain else 1, node)
                found.setdefault((node.domain, node.op_type), []).append(use)
    return found


class Version(NamedTuple):
    """An operator as it is from an opset on, until the next of these."""

    first: int
    last: int
    schema: Any

    def has(self, use: Use) -> bool:
        """Whether a node is of this version."""
        return self.first <= use.opset <= self.last


@cache
def _schemas() -> Mapping[Operator, Sequence[Any]]:
    """All versions of all operators, oldest first; those of onnxruntime's own domains as it has
    them."""
    found: dict[Operator, list[Any]] = {}
    theirs: list[Any] = get_all_operator_schema()
    for schema in (
        *defs.get_all_schemas_with_history(),
        *(s for s in theirs if s.domain.startswith("com.microsoft")),
    ):
        found.setdefault((schema.domain, schema.name), []).append(schema)
    return {key: sorted(some, key=lambda s: s.since_version) for key, some in found.items()}


def versions(operator: Operator) -> Iterator[Version]:
    """An operator's versions that runtimes have, without those that only take more types."""
    schemas = [s for s in _schemas().get(operator, ()) if not s.deprecated]
    kept = [s for n, s in enumerate(schemas) if not n or _form(s) != _form(schemas[n - 1])]
    ends = [*(s.since_version - 1 for s in kept[1:]), 1 << 30]
    for schema, last in zip(kept, ends, strict=False):
        if last >= OLDEST or schema.domain:
            yield Version(schema.since_version, last, schema)


def _form(schema: Any) -> object:
    """An operator's inputs, outputs and attributes; not the types of its tensors."""
    attributes = {
        name: (str(a.type), a.required, str(getattr(a, "default_value", "")))
        for name, a in schema.attributes.items()
    }
    sides = [[(p.name, str(p.option)) for p in side] for side in (schema.inputs, schema.outputs)]
    return sides, sorted(attributes.items())


def defaults(use: Use) -> Mapping[str, onnx.AttributeProto]:
    """The attributes of a node's operator that have a default, with it."""
    schemas = _schemas().get((use.node.domain, use.node.op_type), ())
    own = [s for s in schemas if s.since_version <= use.opset]
    found: dict[str, onnx.AttributeProto] = {}
    for name, attribute in own[-1].attributes.items() if own else ():
        default = onnx.AttributeProto.FromString(attribute._default_value)
        if default.type:
            found[name] = default
    return found


def missing() -> Iterator[str]:
    """The parts of claimed operators that no line shows, as words of a sentence."""
    for name in ACTS:
        if ("", name) not in uses(folded=True):
            yield f"{name} of constants"
    for operator in TRANSLATE:
        title = ".".join(filter(None, operator))
        some = uses().get(operator, ())
        if not some:
            yield title
            continue
        parts: dict[str, None] = {}
        for version in versions(operator):
            own = [use for use in some if version.has(use)]
            if not own:
                parts[f"of opset {version.first}"] = None
            parts |= dict.fromkeys(_unshown(version.schema, own, some))
        yield from (f"{title} {part}" for part in parts)


def _unshown(schema: Any, own: Sequence[Use], every: Sequence[Use]) -> Iterator[str]:
    """Parts of a version that no line shows. One may be given in any version, since it means the
    same in all; it is left out in this version too, since what that means changes. Of a runtime's
    own operators, whose parts change with its versions, only what is left out is asked for."""
    for part, give, optional in _parts(schema):
        if not any(map(give, every)) and not schema.domain:
            yield f"with {part}"
        if own and optional and all(map(give, own)):
            yield f"without {part}"


def _parts(schema: Any) -> Iterator[tuple[str, Callable[[Use], bool], bool]]:
    """The parts that a node of a schema may have: the name of each, whether a node has it, and
    whether it may be left out."""
    for name, attribute in schema.attributes.items():
        yield name, partial(_has_attribute, name), not attribute.required
    for side, formal in (("input", schema.inputs), ("output", schema.outputs)):
        for number, parameter in enumerate(formal):
            if str(parameter.option).endswith("Optional"):
                part = f"its {side} {parameter.name}"
                yield part, partial(_has_tensor, side, number), True


def _has_attribute(name: str, use: Use) -> bool:
    return any(a.name == name for a in use.node.attribute)


def _has_tensor(side: str, number: int, use: Use) -> bool:
    names: Sequence[str] = getattr(use.node, side)
    return number < len(names) and bool(names[number])
