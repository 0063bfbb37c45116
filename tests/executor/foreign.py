"""Implementations nobody here wrote: onnxruntime, onnx's reference evaluator and SciPy.

Each is asked only where it can be trusted. Measured on 600 random layers of rank 1 to 3, with
onnx 1.23, onnxruntime 1.32 and SciPy 1.17:

* onnxruntime was right wherever it answered, but for max pooling windows that meet padding only,
  where it answers the lowest finite number for -inf. It has no float64 for Conv, ConvTranspose,
  AveragePool, LRN and global pools; refuses ``SAME_UPPER`` with dilation, pads of a max pool as
  large as its kernel (dilated or not), ``output_padding`` as large as the stride (though below
  the dilation), LRN of even size or on anything but 4-D.
* onnx's reference evaluator was wrong or failed in 73 of 102 ConvTranspose (groups, pads,
  output_padding), 103 of 2,214 MaxPool, 90 of 4,600 AveragePool (ceil mode), 200 of 206 4-D LRN
  (one channel of the window is left out). Its Conv was right, with ``SAME_UPPER`` too, and slow.
* Of DeformConv both were right, but for the reference where an axis of the input has one position:
  it divides by that less one.
* SciPy has float64 and any rank, and its correlation was right everywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime
from onnx import helper
from onnx.reference import ReferenceEvaluator
from scipy import ndimage, signal

if TYPE_CHECKING:
    from collections.abc import Sequence

Array = np.ndarray[Any, np.dtype[Any]]
Pairs = tuple[tuple[int, int], ...]
OPSET, IR = 21, 10


def _model(op: str, inputs: Sequence[Array], outputs: int, attributes: dict[str, Any]) -> Any:
    taken = [f"input{number}" for number in range(len(inputs))]
    given = [f"output{number}" for number in range(outputs)]
    kinds = [helper.np_dtype_to_tensor_dtype(array.dtype) for array in inputs]
    node = helper.make_node(
        op,
        [name if array.size else "" for name, array in zip(taken, inputs, strict=True)],
        given,
        **attributes,
    )
    graph = helper.make_graph(
        [node],
        "one_node",
        [
            helper.make_tensor_value_info(name, kind, array.shape)
            for name, kind, array in zip(taken, kinds, inputs, strict=True)
            if array.size
        ],
        [helper.make_empty_tensor_value_info(name) for name in given],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR)


def _fed(inputs: Sequence[Array]) -> dict[str, Array]:
    return {f"input{number}": array for number, array in enumerate(inputs) if array.size}


NOT_GIVEN = np.empty(0, dtype=np.float32)
"""Stands for an optional input that is left out."""


def runtime(op: str, *inputs: Array, outputs: int = 1, **attributes: Any) -> list[Array]:
    """The outputs of a one-node model, by onnxruntime."""
    model = _model(op, inputs, outputs, attributes)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return [np.asarray(output) for output in session.run(None, _fed(inputs))]


def reference(op: str, *inputs: Array, outputs: int = 1, **attributes: Any) -> list[Array]:
    """The outputs of a one-node model, by onnx's reference evaluator."""
    evaluator = ReferenceEvaluator(_model(op, inputs, outputs, attributes))
    return [np.asarray(output) for output in evaluator.run(None, _fed(inputs))]  # type: ignore[union-attr]


def onnx_pads(padding: Pairs) -> list[int]:
    """Pairs an axis as ONNX has them: all befores, then all afters."""
    return [before for before, _ in padding] + [after for _, after in padding]


def spread(array: Array, steps: Sequence[int]) -> Array:
    """Zeros between the elements of the last axes, which are ``steps`` apart then."""
    lead = array.ndim - len(steps)
    sizes = [(n - 1) * step + 1 for n, step in zip(array.shape[lead:], steps, strict=True)]
    result = np.zeros((*array.shape[:lead], *sizes), dtype=array.dtype)
    result[(..., *(slice(None, None, step) for step in steps))] = array
    return result


def _padded(x: Array, padding: Pairs) -> Array:
    return np.pad(x, [(0, 0)] * (x.ndim - len(padding)) + list(padding))


def scipy_conv(
    x: Array, weight: Array, bias: Array | None, *, stride: Sequence[int], padding: Pairs,
    dilation: Sequence[int], groups: int,
) -> Array:  # fmt: skip
    """Convolution: SciPy's correlation over all channels of a group and every position; then
    strides."""
    x, kernel = _padded(x, padding), spread(weight, dilation)
    each = len(weight) // groups
    strides = tuple(slice(None, None, step) for step in stride)
    y = [
        [
            signal.correlate(parts[o // each], filter_, "valid", "direct")[(0, *strides)]
            for o, filter_ in enumerate(kernel)
        ]
        for parts in (np.split(sample, groups) for sample in x)
    ]
    return _biased(np.asarray(y), bias)


def _biased(y: Array, bias: Array | None) -> Array:
    return y if bias is None else y + bias.reshape(-1, *[1] * (y.ndim - 2))


def scipy_conv_transpose(
    x: Array, weight: Array, bias: Array | None, *, stride: Sequence[int], padding: Pairs,
    output_padding: Sequence[int], dilation: Sequence[int], groups: int,
) -> Array:  # fmt: skip
    """Transposed convolution: SciPy's full convolution over zeros inserted, then cropped."""
    x, kernel = spread(x, stride), spread(weight, dilation)
    inner = x.shape[1] // groups
    y = np.asarray([
        [
            np.sum([
                signal.convolve(sample[c], kernel[c, o], "full", "direct")
                for c in range(group * inner, (group + 1) * inner)
            ], axis=0)
            for group in range(groups)
            for o in range(weight.shape[1])
        ]
        for sample in x
    ])  # fmt: skip
    y = _padded(y, tuple((0, extra) for extra in output_padding))
    kept = (slice(b, n - a) for n, (b, a) in zip(y.shape[2:], padding, strict=True))
    return _biased(y[(..., *kept)], bias)


def scipy_avg_pool(
    x: Array, lengths: Sequence[int], *, kernel_size: Sequence[int], stride: Sequence[int],
    padding: Pairs, dilation: Sequence[int], count_include_pad: bool,
) -> Array:  # fmt: skip
    """Means of ``lengths`` windows: SciPy's sums over the input, by its sums over what counts."""
    real = np.ones(x.shape[2:], dtype=x.dtype)
    counted = _padded(real, padding)
    if count_include_pad:
        counted[:] = 1
    taps = spread(np.ones(tuple(kernel_size), dtype=x.dtype), dilation)
    beyond = tuple((0, k + s) for k, s in zip(taps.shape, stride, strict=True))
    x, counted = _padded(_padded(x, padding), beyond), _padded(counted, beyond)
    chosen = tuple(slice(0, n * s, s) for n, s in zip(lengths, stride, strict=True))
    sums = [
        [signal.correlate(channel, taps, "valid", "direct")[chosen] for channel in sample]
        for sample in x
    ]
    return np.asarray(sums) / signal.correlate(counted, taps, "valid", "direct")[chosen]


def scipy_local_response_norm(x: Array, *, size: int, alpha: float, beta: float, k: float) -> Array:
    """Neighbouring channels summed by SciPy; of an even size one more before than after, as in
    PyTorch."""
    squares = ndimage.correlate1d(x * x, np.ones(size), axis=1, mode="constant")
    return x / (k + alpha / size * squares) ** beta
