"""The table of kernels, by the name of the op they run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.executor import activation, conv, elementwise, move, norm, pool, smooth

if TYPE_CHECKING:
    from collections.abc import Callable

    from convcost.executor.namespace import Array

KERNELS: dict[str, Callable[..., Array | tuple[Array, ...]]] = {
    "conv": conv.conv,
    "conv_transpose": conv.conv_transpose,
    "linear": move.linear,
    "matmul": move.matmul,
    "max_pool": pool.max_pool,
    "avg_pool": pool.avg_pool,
    "adaptive_max_pool": pool.adaptive_max_pool,
    "adaptive_avg_pool": pool.adaptive_avg_pool,
    "global_max_pool": pool.global_max_pool,
    "global_avg_pool": pool.global_avg_pool,
    "batch_norm": norm.batch_norm,
    "local_response_norm": norm.local_response_norm,
    "layer_norm": norm.layer_norm,
    "group_norm": norm.group_norm,
    "instance_norm": norm.instance_norm,
    "relu": activation.relu,
    "relu6": activation.relu6,
    "leaky_relu": activation.leaky_relu,
    "prelu": activation.prelu,
    "sigmoid": activation.sigmoid,
    "tanh": activation.tanh,
    "silu": smooth.silu,
    "gelu": smooth.gelu,
    "elu": smooth.elu,
    "selu": smooth.selu,
    "softplus": smooth.softplus,
    "mish": smooth.mish,
    "hard_sigmoid": smooth.hard_sigmoid,
    "hard_swish": smooth.hard_swish,
    "softmax": activation.softmax,
    "dropout": activation.identity,
    "stochastic_depth": activation.identity,
    "identity": activation.identity,
    "add": elementwise.add,
    "multiply": elementwise.multiply,
    "sub": elementwise.sub,
    "div": elementwise.div,
    "minimum": elementwise.minimum,
    "maximum": elementwise.maximum,
    "pow": elementwise.power,
    "scale": elementwise.scale,
    "shift": elementwise.shift,
    "abs": elementwise.absolute,
    "exp": elementwise.exp,
    "sum": elementwise.total,
    "mean": elementwise.mean,
    "amax": elementwise.largest,
    "concat": move.concat,
    "split": move.split,
    "channel_shuffle": move.channel_shuffle,
    "flatten": move.flatten,
    "reshape": move.reshape,
    "permute": move.permute,
    "crop": move.crop,
    "pad": move.pad,
    "upsample": move.upsample,
}
