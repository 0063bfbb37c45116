"""Numbers that a spec gives for what a layer stores, and where a module stores it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.exporters.torch.said import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcost.exporters.torch.tree import Leaf


def array_of(leaf: Leaf, role: str, name: str) -> str:
    """The attribute of a class that is a stored array of a layer.

    Args:
        leaf: the layer.
        role: which of its arrays.
        name: the layer's attribute.
    """
    if role in leaf.said.make:
        return f"{name}_{role}"
    return name if leaf.said.run == "{self}" else f"{name}.{role}"


def given_values(leaf: Leaf, name: str) -> Iterator[tuple[str, str]]:
    """The attributes of a layer whose numbers are given, and these in Python."""
    for role, weight in leaf.layer.weights.items():
        if weight.values is not None:
            yield array_of(leaf, role, name), literal(weight.values)
