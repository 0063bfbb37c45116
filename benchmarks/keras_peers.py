"""Compare TensorFlow's profiler on specs built with Keras with its convention.

By hand, where tensorflow is installed::

    PYTHONPATH=. python benchmarks/keras_peers.py mobilenet_v2 resnet18
    PYTHONPATH=. python benchmarks/keras_peers.py --rows tests/data/tool_totals.csv vgg16

Each layer of a spec becomes one of Keras, channels last, at batch 1. Padding is a layer of zeros of
its own, as Keras knows none of other kinds, and the profiler counts nothing for it. keras-flops
prints the same number.
"""

# pyright: reportMissingImports=false, reportAttributeAccessIssue=false
from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import tensorflow as tf
from tensorflow.python.framework import convert_to_constants

import convcost
from benchmarks.peers import keep, keep_version
from convcost.ops import op_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from convcost.network import Layer, Network

K = keras.layers
TENSORFLOW = "tensorflow_cpu"
ACTIVATIONS = ("relu", "relu6", "sigmoid", "silu", "gelu", "elu", "tanh", "hard_sigmoid")
ALSO_ACTIVATIONS = {"hard_swish": "hard_silu", "softmax": "softmax", "leaky_relu": "leaky_relu"}


def main() -> None:
    """Print a line a network."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="+")
    parser.add_argument("--rows", type=Path, help="a file of totals to write to")
    asked = parser.parse_args()
    print(f"tensorflow {tf.__version__}, keras {keras.__version__}")
    for name in asked.names:
        network = convcost.load(name)
        printed = profiled(built(network))
        (ours,) = convcost.reconcile(network, "tensorflow").tools
        unknown = f"  {len(ours.unknown)} layers unknown" if ours.unknown else ""
        apart = ours.total - printed
        print(f"{name:28} {printed:15,} {ours.total:15,} {apart:+13,}{unknown}", flush=True)
        if asked.rows is not None:
            keep(asked.rows, name, {"tensorflow": printed})
            keep_version(asked.rows, "tensorflow", TENSORFLOW)


def profiled(model: Any) -> int:
    """The float operations that the profiler finds in a model, at batch 1."""
    spec = tf.TensorSpec((1, *model.input_shape[1:]), tf.float32)
    function = tf.function(lambda x: model(x, training=False)).get_concrete_function(spec)
    _, graph_def = convert_to_constants.convert_variables_to_constants_v2_as_graph(function)
    profiler = tf.compat.v1.profiler
    builder = profiler.ProfileOptionBuilder
    with tf.Graph().as_default() as graph:
        tf.graph_util.import_graph_def(graph_def, name="")
        options = builder(builder.float_operation()).with_empty_output().build()
        return profiler.profile(graph, options=options).total_float_ops


def built(network: Network) -> Any:
    """A network as a model of Keras, channels last."""
    (given,) = network.inputs.values()
    channels, *sizes = given.sample_shape
    start = keras.Input((*sizes, channels), batch_size=1)
    values: dict[Any, Any] = {given: start}
    for layer in network.layers:
        of = [values[tensor] for tensor in layer.inputs]
        values[layer.outputs[0]] = MAKERS[op_name(type(layer.op))](layer, *of)
    return keras.Model(start, [values[tensor] for tensor in network.outputs.values()])


def _padded(layer: Layer, x: Any) -> Any:
    op: Any = layer.op
    pads = tuple(tuple(side) for side in op.padding)
    return K.ZeroPadding2D(pads)(x) if any(map(any, pads)) else x


def _conv(layer: Layer, x: Any) -> Any:
    op: Any = layer.op
    channels = layer.input_shapes[0][1]
    given = {"strides": op.stride, "dilation_rate": op.dilation, "use_bias": op.bias}
    x = _padded(layer, x)
    if op.groups == channels > 1:
        times = op.out_channels // channels
        return K.DepthwiseConv2D(op.kernel_size, depth_multiplier=times, **given)(x)
    return K.Conv2D(op.out_channels, op.kernel_size, groups=op.groups, **given)(x)


def _conv_transpose(layer: Layer, x: Any) -> Any:
    op: Any = layer.op
    return K.Conv2DTranspose(op.out_channels, op.kernel_size, strides=op.stride, use_bias=op.bias)(
        x
    )


def _pool(of: type) -> Callable[..., Any]:
    def make(layer: Layer, x: Any) -> Any:
        op: Any = layer.op
        rounded = K.ZeroPadding2D(((0, 1), (0, 1)))(x) if op.ceil_mode else x
        y = of(op.kernel_size, strides=op.stride)(_padded(layer, rounded))
        height, width = layer.outputs[0].shape[2:]
        return y if y.shape[1:3] == (height, width) else y[:, :height, :width]

    return make


def _adaptive(layer: Layer, x: Any) -> Any:
    op: Any = layer.op
    sizes = layer.input_shapes[0][2:]
    return K.AveragePooling2D([n // m for n, m in zip(sizes, op.output_size, strict=True)])(x)


def _crop(layer: Layer, x: Any) -> Any:
    height, width = layer.outputs[0].shape[2:]
    return x[:, :height, :width]


def _linear(layer: Layer, x: Any) -> Any:
    op: Any = layer.op
    return K.Dense(op.out_features, use_bias=op.bias)(x)


def _batch_norm(layer: Layer, x: Any) -> Any:
    affine = "weight" in layer.weights
    return K.BatchNormalization(scale=affine, center=affine)(x)


def _upsample(layer: Layer, x: Any) -> Any:
    op: Any = layer.op
    height, width = layer.outputs[0].shape[2:]
    factors = (height // x.shape[1], width // x.shape[2])
    names = {"nearest": "nearest", "bicubic": "bicubic"}
    return K.UpSampling2D(factors, interpolation=names.get(op.mode, "bilinear"))(x)


def _activation(name: str) -> Callable[..., Any]:
    return lambda layer, x: K.Activation(name)(x)  # noqa: ARG005


MAKERS: dict[str, Callable[..., Any]] = {
    "conv": _conv,
    "conv_transpose": _conv_transpose,
    "linear": _linear,
    "batch_norm": _batch_norm,
    "max_pool": _pool(K.MaxPooling2D),
    "avg_pool": _pool(K.AveragePooling2D),
    "global_avg_pool": lambda _, x: K.GlobalAveragePooling2D(keepdims=True)(x),
    "global_max_pool": lambda _, x: K.GlobalMaxPooling2D(keepdims=True)(x),
    "adaptive_avg_pool": _adaptive,
    "crop": _crop,
    "flatten": lambda _, x: K.Flatten()(x),
    "concat": lambda _, *xs: K.Concatenate()([*xs]),
    "add": lambda _, *xs: K.Add()([*xs]),
    "multiply": lambda _, *xs: K.Multiply()([*xs]),
    "upsample": _upsample,
    "layer_norm": lambda _, x: K.LayerNormalization()(x),
    "prelu": lambda _, x: K.PReLU(shared_axes=[1, 2])(x),
    **dict.fromkeys(("dropout", "stochastic_depth", "identity"), lambda _, x: x),
    **{name: _activation(name) for name in ACTIVATIONS},
    **{ours: _activation(theirs) for ours, theirs in ALSO_ACTIVATIONS.items()},
}


if __name__ == "__main__":
    main()
