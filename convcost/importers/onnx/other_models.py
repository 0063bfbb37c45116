"""Models that are not networks of layers: trees, support vectors, tables of words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.errors import ConvcostError, printable

if TYPE_CHECKING:
    import onnx

OF_OTHERS = frozenset(("ai.onnx.ml", "ai.onnx.preview.training"))
OF_WORDS = frozenset(
    ("StringConcat", "StringNormalizer", "StringSplit", "RegexFullMatch", "TfIdfVectorizer")
)
OF_LAYERS = frozenset(
    (
        *("Conv", "ConvTranspose", "DeformConv", "Gemm", "MatMul", "Einsum", "LSTM", "GRU", "RNN"),
        *("ConvInteger", "MatMulInteger", "QLinearConv", "QLinearMatMul", "Attention"),
        *("If", "Loop", "Scan"),
    )
)


def refuse_other_models(path: str, graph: onnx.GraphProto) -> None:
    """Raise ConvcostError for a model all of whose work is of another kind than layers'."""
    others = [node.op_type for node in graph.node if _other(node)]
    if not others or any(_of_layers(node) for node in graph.node):
        return
    raise ConvcostError(
        f"{printable(path)}: it is not a network of layers, which is what convcost counts: its "
        f"work is done by {printable(others[0])}"
    )


def _other(node: onnx.NodeProto) -> bool:
    return node.domain in OF_OTHERS or (not node.domain and node.op_type in OF_WORDS)


def _of_layers(node: onnx.NodeProto) -> bool:
    """Whether it holds products, or is of a domain or a function that may hold any."""
    if node.domain in ("", "ai.onnx"):
        return node.op_type in OF_LAYERS
    return node.domain not in OF_OTHERS
