"""Calls of PyTorch's function for attention, which are several layers here."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.network import Layer

FUSED = "scaled_dot_product_attention"


def attentions(layers: Sequence[Layer]) -> Iterator[Sequence[Layer]]:
    """The runs of layers that are one call of PyTorch's function for attention."""
    run: list[Layer] = []
    products = 0
    for layer in layers:
        if layer.function != FUSED:
            continue
        run.append(layer)
        products += layer.op.attends == "product"
        if products == 2:
            yield run
            run, products = [], 0
