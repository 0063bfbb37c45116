"""Numbers that a spec gives for what a layer stores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.exporters.torch.said import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcost.network import Layer


def given_values(layer: Layer, name: str, *, module: bool) -> Iterator[tuple[str, str]]:
    """The attributes of a layer whose numbers are given, and these in Python.

    Args:
        layer: the layer.
        name: of its attribute.
        module: whether that is a module, which has its arrays by their roles.
    """
    for role, weight in layer.weights.items():
        if weight.values is not None:
            where = f"{name}.{role}" if module else name
            yield where, literal(weight.values)
