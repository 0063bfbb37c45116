"""How PyTorch says each op: one row an op."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convcost.exporters.refused import CannotSay
from convcost.exporters.torch.said import Argument, Said, module

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from convcost.network import Layer


def _conv(layer: Layer) -> Said:
    op: Any = layer.op
    (x,) = layer.input_shapes
    if op.padding == "same" or any(before != after for before, after in op.padding):
        raise CannotSay("its padding differs at both ends")
    return module(
        f"nn.Conv{len(x) - 2}d",
        Argument("", x[1]),
        Argument("", op.out_channels),
        Argument("", op.kernel_size),
        Argument("stride", op.stride, (1,) * (len(x) - 2)),
        Argument("padding", tuple(before for before, _ in op.padding), (0,) * (len(x) - 2)),
        Argument("dilation", op.dilation, (1,) * (len(x) - 2)),
        Argument("groups", op.groups, 1),
        Argument("bias", op.bias, True),
    )


ROWS: Mapping[str, Callable[[Layer], Said] | str] = {
    "conv": _conv,
    "relu": lambda _: module("nn.ReLU"),
    "sigmoid": lambda _: module("nn.Sigmoid"),
    "tanh": lambda _: module("nn.Tanh"),
    "nms": "PyTorch's keeps as many boxes as there are, and here their number is fixed",
}
"""By the op, what says a layer of it, or why PyTorch cannot."""
