"""The kinds of layers: one class an op, with its fields and the formulas of its costs.

``OPS`` is the list of all ops. Modules load when an op of theirs is first used, because each
costs start-up.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from convcost.ops.op import Op

OPS: dict[str, str] = {
    "conv": "conv:Conv",
    "conv_transpose": "conv_transpose:ConvTranspose",
    "deform_conv": "deform:DeformConv",
    "deform_sample": "deform:DeformSample",
    "involution": "involution:Involution",
    "locally_connected": "local:LocallyConnected",
    "grid_sample": "grid:GridSample",
    "linear": "linear:Linear",
    "matmul": "linear:MatMul",
    "rnn": "cells:RNN",
    "gru": "cells:GRU",
    "lstm": "cells:LSTM",
    "einsum": "einsum:Einsum",
    "max_pool": "pool:MaxPool",
    "avg_pool": "pool:AvgPool",
    "lp_pool": "pool:LPPool",
    "max_unpool": "pool:MaxUnpool",
    "adaptive_max_pool": "pool:AdaptiveMaxPool",
    "adaptive_avg_pool": "pool:AdaptiveAvgPool",
    "global_max_pool": "pool:GlobalMaxPool",
    "global_avg_pool": "pool:GlobalAvgPool",
    "batch_norm": "norm:BatchNorm",
    "local_response_norm": "norm:LocalResponseNorm",
    "layer_norm": "layer_norm:LayerNorm",
    "group_norm": "layer_norm:GroupNorm",
    "instance_norm": "layer_norm:InstanceNorm",
    "rms_norm": "layer_norm:RMSNorm",
    "lp_norm": "layer_norm:LpNorm",
    "relu": "activation:ReLU",
    "relu6": "activation:ReLU6",
    "leaky_relu": "activation:LeakyReLU",
    "prelu": "activation:PReLU",
    "sigmoid": "activation:Sigmoid",
    "tanh": "activation:Tanh",
    "silu": "smooth:SiLU",
    "gelu": "smooth:GELU",
    "elu": "smooth:ELU",
    "selu": "smooth:SELU",
    "softplus": "smooth:Softplus",
    "mish": "smooth:Mish",
    "softsign": "smooth:Softsign",
    "celu": "smooth:CELU",
    "thresholded_relu": "smooth:ThresholdedReLU",
    "shrink": "smooth:Shrink",
    "hard_sigmoid": "smooth:HardSigmoid",
    "hard_swish": "smooth:HardSwish",
    "softmax": "activation:Softmax",
    "log_softmax": "activation:LogSoftmax",
    "dropout": "activation:Dropout",
    "stochastic_depth": "activation:StochasticDepth",
    "identity": "activation:Identity",
    "parameter": "parameter:Parameter",
    "add": "join:Add",
    "multiply": "join:Multiply",
    "sub": "elementwise:Sub",
    "div": "elementwise:Div",
    "remainder": "elementwise:Remainder",
    "fmod": "elementwise:Fmod",
    "minimum": "elementwise:Minimum",
    "maximum": "elementwise:Maximum",
    "pow": "elementwise:Pow",
    "scale": "elementwise:Scale",
    "shift": "elementwise:Shift",
    "abs": "elementwise:Abs",
    "exp": "elementwise:Exp",
    "neg": "unary:Neg",
    "sqrt": "unary:Sqrt",
    "reciprocal": "unary:Reciprocal",
    "log": "unary:Log",
    "erf": "unary:Erf",
    "sin": "unary:Sin",
    "cos": "unary:Cos",
    "tan": "unary:Tan",
    "asin": "unary:Asin",
    "acos": "unary:Acos",
    "atan": "unary:Atan",
    "sinh": "unary:Sinh",
    "cosh": "unary:Cosh",
    "asinh": "unary:Asinh",
    "acosh": "unary:Acosh",
    "atanh": "unary:Atanh",
    "floor": "unary:Floor",
    "ceil": "unary:Ceil",
    "round": "unary:Round",
    "sign": "unary:Sign",
    "clip": "unary:Clip",
    "cast": "unary:Cast",
    "less": "logic:Less",
    "greater": "logic:Greater",
    "equal": "logic:Equal",
    "logical_and": "logic:LogicalAnd",
    "logical_or": "logic:LogicalOr",
    "logical_xor": "logic:LogicalXor",
    "logical_not": "logic:LogicalNot",
    "isnan": "logic:IsNaN",
    "isinf": "logic:IsInf",
    "sum": "reduce:Sum",
    "mean": "reduce:Mean",
    "amax": "reduce:AMax",
    "amin": "reduce:AMin",
    "prod": "reduce:Prod",
    "l1": "reduce:L1",
    "l2": "reduce:L2",
    "sum_square": "reduce:SumSquare",
    "log_sum_exp": "reduce:LogSumExp",
    "argmax": "order:ArgMax",
    "argmin": "order:ArgMin",
    "topk": "order:TopK",
    "cumsum": "order:CumSum",
    "concat": "join:Concat",
    "split": "reshape:Split",
    "channel_shuffle": "reshape:ChannelShuffle",
    "roll": "pick:Roll",
    "flatten": "reshape:Flatten",
    "reshape": "reshape:Reshape",
    "permute": "reshape:Permute",
    "view": "reshape:View",
    "transpose": "reshape:Transpose",
    "slice": "pick:Slice",
    "expand": "pick:Expand",
    "tile": "pick:Tile",
    "gather": "pick:Gather",
    "scatter": "pick:Scatter",
    "where": "pick:Where",
    "gather_elements": "address:GatherElements",
    "gather_nd": "address:GatherND",
    "one_hot": "address:OneHot",
    "tril": "address:Tril",
    "triu": "address:Triu",
    "reverse_sequence": "address:ReverseSequence",
    "unfold": "columns:Unfold",
    "fold": "columns:Fold",
    "dft": "spectrum:DFT",
    "roi_align": "regions:RoIAlign",
    "nms": "regions:NMS",
    "nonzero": "regions:Nonzero",
    "pixel_shuffle": "pixels:PixelShuffle",
    "pixel_unshuffle": "pixels:PixelUnshuffle",
    "depth_to_space": "pixels:DepthToSpace",
    "space_to_depth": "pixels:SpaceToDepth",
    "crop": "resize:Crop",
    "pad": "resize:Pad",
    "upsample": "upsample:Upsample",
}

OF_IMPORTERS: dict[str, str] = {"opaque": "opaque:Opaque"}
"""Ops that no spec has, as :data:`OPS`."""


@cache
def op_class(name: str) -> type[Op]:
    """The class of an op; KeyError for a name that is not in ``OPS``."""
    module, attribute = OPS[name].split(":")
    found: type[Op] = getattr(import_module(f"convcost.ops.{module}"), attribute)
    return found


def place(name: str) -> str:
    """The file that an op's class stands in."""
    return f"convcost/ops/{OPS[name].partition(':')[0]}.py"


@cache
def op_name(op: type[Op]) -> str:
    """The name of an op's class in ``OPS``."""
    where = f"{op.__module__.rpartition('.')[2]}:{op.__name__}"
    return next(name for name, place in (OPS | OF_IMPORTERS).items() if place == where)
