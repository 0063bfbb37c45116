"""The words of PyTorch, Keras and ONNX for ops and fields, so that messages can translate."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_RANK = re.compile(r"_?[123]d")
_OPS = {
    "avgpooling": "avg_pool",
    "averagepool": "avg_pool",
    "averagepooling": "avg_pool",
    "maxpooling": "max_pool",
    "globalaveragepool": "global_avg_pool",
    "globalaveragepooling": "global_avg_pool",
    "globalmaxpooling": "global_max_pool",
    "convolution": "conv",
    "convtransposed": "conv_transpose",
    "deconv": "conv_transpose",
    "deconvolution": "conv_transpose",
    "depthwiseconv": "conv",
    "separableconv": "depthwise_separable_conv",
    "dense": "linear",
    "fc": "linear",
    "gemm": "linear",
    "fullyconnected": "linear",
    "bn": "batch_norm",
    "batchnormalization": "batch_norm",
    "layernormalization": "layer_norm",
    "groupnormalization": "group_norm",
    "instancenormalization": "instance_norm",
    "lrn": "local_response_norm",
    "swish": "silu",
    "alphadropout": "dropout",
    "spatialdropout": "dropout",
    "droppath": "stochastic_depth",
    "concatenate": "concat",
    "cat": "concat",
    "mul": "multiply",
    "resize": "upsample",
    "upsampling": "upsample",
    "interpolate": "upsample",
    "zeropadding": "pad",
    "zeropad": "pad",
    "cropping": "crop",
    "shuffle": "channel_shuffle",
    "maximumpool": "max_pool",
    "subtract": "sub",
    "divide": "div",
    "simplernn": "rnn",
}
_FIELDS = {
    "filters": "out_channels",
    "channels": "out_channels",
    "units": "out_features",
    "kernel": "kernel_size",
    "kernelshape": "kernel_size",
    "kernelsize": "kernel_size",
    "poolsize": "kernel_size",
    "strides": "stride",
    "pads": "padding",
    "pad": "padding",
    "dilations": "dilation",
    "dilationrate": "dilation",
    "group": "groups",
    "numgroups": "groups",
    "usebias": "bias",
    "inputs": "from",
    "input": "from",
    "rate": "p",
    "epsilon": "eps",
    "axis": "dim",
    "batchfirst": "dim",
    "linearbeforereset": "reset_after",
    "returnstates": "return_state",
    "projectionsize": "proj_size",
}
_FROM_THE_INPUT = frozenset(
    (
        "inchannels",
        "infeatures",
        "numfeatures",
        "numchannels",
        "normalizedshape",
        "inputshape",
        "inputsize",
    )
)


def op_meant(word: str, known: Iterable[str]) -> str | None:
    """Our word for another library's op: `conv` for `Conv2d`."""
    plain = _plain(_RANK.sub("", word.lower()))
    ours = {_plain(name): name for name in known}
    return ours.get(plain, _OPS.get(plain))


def field_meant(word: str, known: Iterable[str]) -> str | None:
    """Our word for another library's field: `stride` for `strides`."""
    ours = {_plain(name): name for name in known}
    plain = _plain(word)
    other = _FIELDS.get(plain)
    return ours.get(plain) or (other if other in ours.values() else None)


def follows_from_input(word: str) -> bool:
    """Whether a field of other libraries says what the input says already."""
    return _plain(word) in _FROM_THE_INPUT


def _plain(word: str) -> str:
    return re.sub(r"[\s_-]", "", word.lower())
