"""Recurrent layers of quantised models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.importers.onnx.recurrent import LSTM, layer

if TYPE_CHECKING:
    from collections.abc import Callable

    from convcost.importers.onnx.builder import Builder
    from convcost.importers.onnx.node import Node


def lstm(b: Builder, node: Node) -> None:
    """DynamicQuantizeLSTM: its weights are whole numbers, and lie the other way round."""
    layer(b, node, LSTM, turned=True, input_forget=bool(node.get("input_forget", 0)))
    b.differ(node, "its products are those of floats, and quantising its inputs is not counted")


ACTS: dict[str, Callable[[Builder, Node], None]] = {"DynamicQuantizeLSTM": lstm}
