"""The table of kernels, by the name of the op they run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.executor import activation, conv, deform, interpolate, move, norm, pool

if TYPE_CHECKING:
    from collections.abc import Callable

    from convcost.executor.namespace import Array

KERNELS: dict[str, Callable[..., Array | tuple[Array, ...]]] = {
    "conv": conv.conv,
    "conv_transpose": conv.conv_transpose,
    "deform_conv": deform.deform_conv,
    "deform_sample": deform.deform_sample,
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
    "relu": activation.relu,
    "relu6": activation.relu6,
    "leaky_relu": activation.leaky_relu,
    "sigmoid": activation.sigmoid,
    "tanh": activation.tanh,
    "softmax": activation.softmax,
    "dropout": activation.identity,
    "identity": activation.identity,
    "add": move.add,
    "multiply": move.multiply,
    "concat": move.concat,
    "split": move.split,
    "channel_shuffle": move.channel_shuffle,
    "flatten": move.flatten,
    "reshape": move.reshape,
    "permute": move.permute,
    "pixel_shuffle": move.pixel_shuffle,
    "pixel_unshuffle": move.pixel_unshuffle,
    "depth_to_space": move.depth_to_space,
    "space_to_depth": move.space_to_depth,
    "crop": move.crop,
    "pad": move.pad,
    "upsample": interpolate.upsample,
}
