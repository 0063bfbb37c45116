"""``weights:`` of a layer: arrays written in the spec, for kernels that a person knows by heart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.errors import listed
from convcost.ops.kinds import shown

if TYPE_CHECKING:
    from collections.abc import Mapping as Dict

    from convcost.network import Layer
    from convcost.spec.model import Apply
    from convcost.spec.nodes import Mapping
    from convcost.spec.problems import Problems
    from convcost.spec.reader import Reader
    from convcost.spec.scope import Scope
    from convcost.spec.syntax import Value
    from convcost.tensor import Values, Weight


def read_weights(reader: Reader, item: Apply, node: Mapping) -> None:
    """The arrays that an entry gives, by role; a mistake in one breaks the item."""
    mapping = reader.mapping(node.get("weights"), "weights")
    item.broken |= mapping is None and "weights" in node.entries
    for key, value in mapping.entries.values() if mapping else ():
        template = reader.template(value)
        item.broken |= template is None
        if template is not None:
            item.weights[key.text] = template
    if mapping is not None and "share" in node.entries:
        reader.complain("give either `weights` or `share`", node.entries["weights"][0])
        item.broken = True


def give_weights(
    layer: Layer, item: Apply, values: Dict[str, Value], problems: Problems, scope: Scope
) -> None:
    """Put values into the weights of a layer, or report why they do not fit."""
    for role, value in values.items():
        template = item.weights[role]
        weight = layer.weights.get(role)
        if weight is None:
            roles = listed([f"`{name}`" for name in layer.weights]) if layer.weights else "none"
            message = f"layer '{layer.name}' has no weight `{role}`"
            problems.at(template.node, message, scope, (f"its weights: {roles}",))
        elif complaint := _misfit(value, weight):
            problems.at(template.node, f"layer '{layer.name}': {role} {complaint}", scope)
        else:
            weight.values = _frozen(value)


def _misfit(value: Value, weight: Weight) -> str | None:
    """Why a value cannot be repeated along leading axes into the weight's shape."""
    shape = _shape(value)
    if isinstance(shape, str):
        return shape
    wanted = weight.shape[len(weight.shape) - len(shape) :]
    if len(shape) <= len(weight.shape) and all(
        here in (1, there) for here, there in zip(shape, wanted, strict=True)
    ):
        return None
    return f"is {list(shape)}, and {list(weight.shape)} is wanted, or the last of these sizes"


def _shape(value: Value) -> tuple[int, ...] | str:
    """The sizes of nested lists of numbers, or what is wrong with them."""
    if not isinstance(value, list):
        if isinstance(value, (bool, str)):
            return f"is {shown(value)}, and a number is wanted"
        return ()
    parts = [_shape(part) for part in value]
    for part in parts:
        if isinstance(part, str):
            return part
    if not parts:
        return "has an empty list"
    if len(set(parts)) > 1:
        return "has lists of different lengths"
    first = parts[0]
    assert not isinstance(first, str)
    return (len(parts), *first)


def _frozen(value: Value) -> Values:
    if isinstance(value, list):
        return tuple(map(_frozen, value))
    assert not isinstance(value, str)
    return value
