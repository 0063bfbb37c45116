"""Layers of specs written in jax, channels first, as flax.linen has them in eval mode.

For ``jax_peers.py``, which counts them.
"""

# pyright: reportMissingImports=false
from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
from jax import lax

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from convcost.network import Layer


def _along(of: Any, axes: Sequence[int], x: Any) -> Any:
    """A learned array along some axes of another."""
    return jnp.reshape(of, [size if axis in axes else 1 for axis, size in enumerate(x.shape)])


def _biased(layer: Layer, own: Mapping[str, Any], y: Any) -> Any:
    """With its bias added, if there is one."""
    return y + _along(own["bias"], [layer.op.channels_axis % y.ndim], y) if "bias" in own else y


def _conv(layer: Layer, own: Mapping[str, Any], x: Any) -> Any:
    op: Any = layer.op
    y = lax.conv_general_dilated(
        *(x, own["weight"], op.stride, op.padding),
        rhs_dilation=op.dilation,
        feature_group_count=op.groups,
    )
    return _biased(layer, own, y)


def _conv_transpose(layer: Layer, own: Mapping[str, Any], x: Any) -> Any:
    op: Any = layer.op
    windows = (op.kernel_size, op.stride, op.dilation, op.padding)
    axes = zip(layer.outputs[0].shape[2:], x.shape[2:], *windows, strict=True)
    pads = [
        (d * (k - 1) - low, out - (n - 1) * s - 1 + low)
        for out, n, k, s, d, (low, _) in axes
    ]  # fmt: skip
    y = lax.conv_general_dilated(
        *(x, jnp.swapaxes(own["weight"], 0, 1), (1,) * len(pads), pads),
        lhs_dilation=op.stride,
        rhs_dilation=op.dilation,
        feature_group_count=op.groups,
    )
    return _biased(layer, own, y)


def _linear(layer: Layer, own: Mapping[str, Any], x: Any) -> Any:
    y = lax.dot_general(x, own["weight"], (((x.ndim - 1,), (1,)), ((), ())))
    return _biased(layer, own, y)


def _batch_norm(layer: Layer, own: Mapping[str, Any], x: Any) -> Any:  # noqa: ARG001
    y = x - _along(own["running_mean"], [1], x)
    factor = lax.rsqrt(_along(own["running_var"], [1], x) + 1e-5)
    if "weight" in own:
        factor *= _along(own["weight"], [1], x)
    return y * factor + _along(own["bias"], [1], x) if "bias" in own else y * factor


def _layer_norm(layer: Layer, own: Mapping[str, Any], x: Any) -> Any:
    op: Any = layer.op
    axes = tuple(axis % x.ndim for axis in op.dim)
    mean = jnp.mean(x, axes, keepdims=True)
    squares = jnp.mean(lax.square(x), axes, keepdims=True)
    factor = lax.rsqrt(jnp.maximum(0.0, squares - lax.square(mean)) + 1e-6)
    if "weight" in own:
        factor *= _along(own["weight"], axes, x)
    y = (x - mean) * factor
    return y + _along(own["bias"], axes, x) if "bias" in own else y


def _normed(layer: Layer, own: Mapping[str, Any], x: Any, groups: int) -> Any:  # noqa: ARG001
    axes = tuple(range(2, x.ndim + 1))
    parts = jnp.reshape(x, (x.shape[0], groups, -1, *x.shape[2:]))
    mean = jnp.mean(parts, axes)
    variance = jnp.maximum(0.0, jnp.mean(lax.square(parts), axes) - lax.square(mean))
    mean, variance = (
        jnp.reshape(jnp.repeat(of, x.shape[1] // groups, axis=1), (*x.shape[:2], 1, 1))
        for of in (mean, variance)
    )
    factor = lax.rsqrt(variance + 1e-6)
    if "weight" in own:
        factor *= _along(own["weight"], [1], x)
    y = (x - mean) * factor
    return y + _along(own["bias"], [1], x) if "bias" in own else y


def _group_norm(layer: Layer, own: Mapping[str, Any], x: Any) -> Any:
    op: Any = layer.op
    return _normed(layer, own, x, op.num_groups)


def _instance_norm(layer: Layer, own: Mapping[str, Any], x: Any) -> Any:
    return _normed(layer, own, x, x.shape[1])


def _rms_norm(layer: Layer, own: Mapping[str, Any], x: Any) -> Any:
    op: Any = layer.op
    axes = tuple(axis % x.ndim for axis in op.dim)
    factor = lax.rsqrt(jnp.mean(lax.square(x), axes, keepdims=True) + 1e-6)
    return x * (factor * _along(own["weight"], axes, x) if "weight" in own else factor)


def _pooled(x: Any, layer: Layer, start: float, of: Any) -> Any:
    op: Any = layer.op
    stride, one = op.stride or op.kernel_size, (1,) * (x.ndim - 2)
    dilation = getattr(op, "dilation", one)
    axes = zip(
        *(layer.outputs[0].shape[2:], x.shape[2:], op.kernel_size, stride, dilation, op.padding),
        strict=True,
    )
    pads = [
        (low, max(high, (out - 1) * s + d * (k - 1) + 1 - n - low))
        for out, n, k, s, d, (low, high) in axes
    ]
    return lax.reduce_window(
        *(x, start, of, (1, 1, *op.kernel_size), (1, 1, *stride), [(0, 0), (0, 0), *pads]),
        window_dilation=(1, 1, *dilation),
    )


def _max_pool(layer: Layer, own: Mapping[str, Any], x: Any) -> Any:  # noqa: ARG001
    return _pooled(x, layer, -jnp.inf, lax.max)


def _avg_pool(layer: Layer, own: Mapping[str, Any], x: Any) -> Any:  # noqa: ARG001
    op: Any = layer.op
    y = _pooled(x, layer, 0.0, lax.add)
    if op.count_include_pad:
        return y / prod(op.kernel_size)
    return y / _pooled(jnp.ones((1, 1, *x.shape[2:])), layer, 0.0, lax.add)


def _adaptive(layer: Layer, own: Mapping[str, Any], x: Any) -> Any:  # noqa: ARG001
    op: Any = layer.op
    size = [n // m for n, m in zip(x.shape[2:], op.output_size, strict=True)]
    window = (1, 1, *size)
    return lax.reduce_window(x, 0.0, lax.add, window, window, "VALID") / prod(size)


def _mean(layer: Layer, own: Mapping[str, Any], x: Any) -> Any:  # noqa: ARG001
    y = jnp.mean(x, tuple(range(2, x.ndim)))
    return jnp.reshape(y, layer.outputs[0].shape)


def _softmax(layer: Layer, own: Mapping[str, Any], x: Any) -> Any:  # noqa: ARG001
    op: Any = layer.op
    return jax.nn.softmax(x, op.dim)


def _log_softmax(layer: Layer, own: Mapping[str, Any], x: Any) -> Any:  # noqa: ARG001
    op: Any = layer.op
    return jax.nn.log_softmax(x, op.dim)


def _repeated(layer: Layer, own: Mapping[str, Any], x: Any) -> Any:  # noqa: ARG001
    for axis, size in enumerate(layer.outputs[0].shape):
        x = jnp.repeat(x, size // x.shape[axis], axis)
    return x


def _matmul(layer: Layer, own: Mapping[str, Any], x: Any, y: Any) -> Any:  # noqa: ARG001
    op: Any = layer.op
    y = jnp.swapaxes(y, -1, -2) if getattr(op, "transpose", False) else y
    return jnp.matmul(x, y)


def _reduced(of: Callable[..., Any]) -> Callable[..., Any]:
    def make(layer: Layer, own: Mapping[str, Any], x: Any) -> Any:  # noqa: ARG001
        op: Any = layer.op
        axes = tuple(axis % x.ndim for axis in op.dim)
        return jnp.reshape(of(x, axes), layer.outputs[0].shape)

    return make


def _global_max(layer: Layer, own: Mapping[str, Any], x: Any) -> Any:  # noqa: ARG001
    return jnp.reshape(jnp.max(x, tuple(range(2, x.ndim))), layer.outputs[0].shape)


def _prelu(layer: Layer, own: Mapping[str, Any], x: Any) -> Any:  # noqa: ARG001
    slope = jnp.reshape(own["weight"], (-1, *(1,) * (x.ndim - 2)))
    return jnp.where(x >= 0, x, x * slope)


def _gelu(layer: Layer, own: Mapping[str, Any], x: Any) -> Any:  # noqa: ARG001
    op: Any = layer.op
    return jax.nn.gelu(x, approximate=op.approximate == "tanh")


def _scale(layer: Layer, own: Mapping[str, Any], x: Any) -> Any:  # noqa: ARG001
    return x * 0.5


def _parameter(layer: Layer, own: Mapping[str, Any], *xs: Any) -> Any:  # noqa: ARG001
    (array,) = own.values()
    return jnp.broadcast_to(array, layer.outputs[0].shape)


def _moved(layer: Layer, own: Mapping[str, Any], *xs: Any) -> Any:  # noqa: ARG001
    """An array of the right shape: what only moves numbers costs nothing, whatever it moves."""
    x = jnp.concatenate([jnp.ravel(x) for x in xs])
    made: list[Any] = []
    at = 0
    for tensor in layer.outputs:
        count = prod(tensor.shape)
        made.append(jnp.reshape(lax.slice(x, (at,), (at + count,)), tensor.shape))
        at += count if len(layer.outputs) > 1 else 0
    return made


def _each(of: Callable[..., Any]) -> Callable[..., Any]:
    return lambda layer, own, *xs: of(*xs)  # noqa: ARG005


MAKERS: dict[str, Callable[..., Any]] = {
    "conv": _conv,
    "conv_transpose": _conv_transpose,
    "linear": _linear,
    "matmul": _matmul,
    "batch_norm": _batch_norm,
    "layer_norm": _layer_norm,
    "max_pool": _max_pool,
    "avg_pool": _avg_pool,
    "global_avg_pool": _mean,
    "adaptive_avg_pool": _adaptive,
    "softmax": _softmax,
    "group_norm": _group_norm,
    "instance_norm": _instance_norm,
    "rms_norm": _rms_norm,
    "global_max_pool": _global_max,
    "mean": _reduced(jnp.mean),
    "sum": _reduced(jnp.sum),
    "amax": _reduced(jnp.max),
    "amin": _reduced(jnp.min),
    "prod": _reduced(jnp.prod),
    "prelu": _prelu,
    "leaky_relu": _each(jax.nn.leaky_relu),
    "shift": _each(lambda x: x + 0.5),
    "elu": _each(jax.nn.elu),
    "celu": _each(jax.nn.celu),
    "selu": _each(jax.nn.selu),
    "softplus": _each(jax.nn.softplus),
    "mish": _each(jax.nn.mish),
    "softsign": _each(jax.nn.soft_sign),
    "abs": _each(jnp.abs),
    "neg": _each(jnp.negative),
    "sign": _each(jnp.sign),
    "floor": _each(jnp.floor),
    "ceil": _each(jnp.ceil),
    "round": _each(jnp.round),
    "reciprocal": _each(jnp.reciprocal),
    "exp": _each(jnp.exp),
    "log": _each(jnp.log),
    "sqrt": _each(jnp.sqrt),
    "erf": _each(lax.erf),
    "sin": _each(jnp.sin),
    "cos": _each(jnp.cos),
    "log_softmax": _log_softmax,
    "upsample": _repeated,
    "scale": _scale,
    "parameter": _parameter,
    "add": _each(lambda *xs: sum(xs[1:], start=xs[0])),
    "multiply": _each(lambda *xs: prod(xs[1:], start=xs[0])),
    "relu": _each(jax.nn.relu),
    "relu6": _each(jax.nn.relu6),
    "sigmoid": _each(jax.nn.sigmoid),
    "tanh": _each(jnp.tanh),
    "silu": _each(jax.nn.silu),
    "gelu": _gelu,
    "hard_swish": _each(jax.nn.hard_swish),
    "hard_sigmoid": _each(jax.nn.hard_sigmoid),
    **dict.fromkeys(("dropout", "stochastic_depth"), _each(lambda x: x)),
    **dict.fromkeys(("flatten", "reshape", "permute", "concat", "split", "crop"), _moved),
    **dict.fromkeys(("channel_shuffle", "gather"), _moved),
}
