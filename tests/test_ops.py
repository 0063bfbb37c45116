"""Every op: one example of each, and what must hold of all of them.

A new op needs its line in EXAMPLES, and in ``RUN`` of brute_ops.py.
"""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from typing import TYPE_CHECKING, Any, cast

import pytest
from brute_ops import RUN
from check_op import check_op

from convcost.number import Column, Interval, Kind, Must, Symbol
from convcost.ops import OPS, op_class, op_name
from convcost.ops.fields import build, declared
from convcost.ops.op import METRICS, Op

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Example = tuple[dict[str, Any], list[tuple[int, ...]]]
"""Fields as a person writes them, and the shape of each input."""

PLAIN: list[Example] = [({}, [(1, 4, 5, 6)]), ({}, [(2, 3, 7, 1)])]

# At least two examples an op, alike but for their numbers: they are the rows of its columns.
EXAMPLES: dict[str, list[Example]] = {
    "conv": [
        (
            {"out_channels": 4, "kernel_size": [3, 2], "padding": [[1, 2], [0, 1]], "groups": 2},
            [(1, 2, 5, 4)],
        ),
        (
            {
                "out_channels": 3,
                "kernel_size": 2,
                "stride": [1, 3],
                "padding": [[0, 2], [1, 1]],
                "dilation": [2, 1],
            },
            [(2, 4, 4, 6)],
        ),
    ],
    "conv_transpose": [
        (
            {"out_channels": 4, "kernel_size": [3, 2], "stride": 2, "padding": 1, "groups": 2},
            [(1, 2, 3, 4)],
        ),
        (
            {
                "out_channels": 3,
                "kernel_size": 2,
                "stride": [1, 3],
                "padding": [[0, 2], [1, 1]],
                "dilation": [2, 1],
                "output_padding": [1, 2],
            },
            [(2, 1, 4, 3)],
        ),
    ],
    "deform_conv": [
        (
            {
                "out_channels": 4,
                "kernel_size": [3, 2],
                "padding": [[1, 2], [0, 1]],
                "groups": 2,
                "offset_groups": 2,
            },
            [(1, 4, 5, 4), (1, 24, 6, 4)],
        ),
        (
            {"out_channels": 3, "kernel_size": 2, "stride": [1, 3], "dilation": [2, 1]},
            [(2, 4, 4, 6), (2, 8, 2, 2)],
        ),
    ],
    "deform_sample": [
        ({}, [(1, 4, 5, 6), (1, 8, 5, 6)]),
        ({}, [(2, 3, 7, 1), (2, 6, 7, 1)]),
    ],
    "grid_sample": [({}, [(1, 4, 5, 6), (1, 3, 2, 2)]), ({}, [(2, 3, 7, 1), (2, 1, 4, 2)])],
    "linear": [({"out_features": 3}, [(2, 4)]), ({"out_features": 5}, [(1, 2)])],
    "matmul": [({}, [(2, 3, 4, 5), (3, 5, 2)]), ({}, [(1, 1, 2, 3), (3, 3, 1)])],
    "einsum": [
        ({"equation": "bij,bkj->bik"}, [(1, 2, 3), (1, 4, 3)]),
        ({"equation": "bij,bkj->bik"}, [(2, 3, 4), (2, 1, 4)]),
    ],
    "max_pool": [
        ({"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}, [(1, 2, 6, 7)]),
        ({"kernel_size": 2, "stride": 3, "dilation": 2, "ceil_mode": True}, [(2, 3, 5, 9)]),
    ],
    "avg_pool": [
        ({"kernel_size": 3, "padding": [[1, 0], [2, 1]]}, [(1, 2, 6, 7)]),
        ({"kernel_size": [2, 4]}, [(2, 3, 5, 9)]),
    ],
    "adaptive_max_pool": [
        ({"output_size": [3, 1]}, [(1, 2, 7, 4)]),
        ({"output_size": [2, 5]}, [(2, 1, 4, 3)]),
    ],
    "adaptive_avg_pool": [
        ({"output_size": [3, 1]}, [(1, 2, 7, 4)]),
        ({"output_size": 2}, [(2, 1, 2, 3)]),
    ],
    "global_max_pool": PLAIN,
    "global_avg_pool": PLAIN,
    "batch_norm": PLAIN,
    "local_response_norm": [({"size": 3}, [(1, 4, 2, 3)]), ({"size": 2}, [(2, 1, 3, 3)])],
    "layer_norm": PLAIN,
    "group_norm": [({"num_groups": 2}, [(1, 4, 2, 3)]), ({"num_groups": 3}, [(2, 3, 1, 2)])],
    "instance_norm": PLAIN,
    "rms_norm": PLAIN,
    "lp_norm": PLAIN,
    "relu": PLAIN,
    "relu6": PLAIN,
    "leaky_relu": PLAIN,
    "prelu": [({"num_parameters": 1}, [(1, 4, 5)]), ({"num_parameters": 3}, [(2, 3, 2)])],
    "sigmoid": PLAIN,
    "tanh": PLAIN,
    "silu": PLAIN,
    "gelu": PLAIN,
    "elu": PLAIN,
    "selu": PLAIN,
    "softplus": PLAIN,
    "mish": PLAIN,
    "softsign": PLAIN,
    "celu": PLAIN,
    "thresholded_relu": PLAIN,
    "hard_sigmoid": PLAIN,
    "hard_swish": PLAIN,
    "softmax": [({"dim": 2}, [(1, 2, 3, 2)]), ({"dim": 2}, [(2, 3, 4, 2)])],
    "log_softmax": [({"dim": 2}, [(1, 2, 3, 2)]), ({"dim": 2}, [(2, 3, 4, 2)])],
    "dropout": PLAIN,
    "stochastic_depth": PLAIN,
    "identity": PLAIN,
    "parameter": [({"shape": [2, 3, 4]}, []), ({"shape": [5, 1, 2]}, [])],
    "add": [
        ({}, [(2, 3, 4, 5), (2, 3, 1, 1), (2, 1, 4, 5)]),
        ({}, [(1, 2, 1, 3), (1, 2, 1, 3), (1, 2, 4, 3)]),
    ],
    "multiply": [({}, [(2, 3, 4, 5), (3, 1, 5)]), ({}, [(1, 2, 1, 3), (2, 4, 1)])],
    "sub": [({}, [(2, 3, 4, 5), (3, 1, 5)]), ({}, [(1, 2, 1, 3), (2, 4, 1)])],
    "div": [({}, [(2, 3, 4, 5), (3, 1, 5)]), ({}, [(1, 2, 1, 3), (2, 4, 1)])],
    "minimum": [
        ({}, [(2, 3, 4, 5), (2, 3, 1, 1), (2, 1, 4, 5)]),
        ({}, [(1, 2, 1, 3), (1, 2, 1, 3), (1, 2, 4, 3)]),
    ],
    "maximum": [({}, [(2, 3, 4, 5), (3, 1, 5)]), ({}, [(1, 2, 1, 3), (2, 4, 1)])],
    "pow": [({}, [(2, 3, 4, 5), (3, 1, 5)]), ({}, [(1, 2, 1, 3), (2, 4, 1)])],
    "scale": [({"factor": Fraction(1, 8)}, [(1, 4, 5)]), ({"factor": -2}, [(2, 3, 2)])],
    "shift": [({"amount": Fraction(1, 8)}, [(1, 4, 5)]), ({"amount": -2}, [(2, 3, 2)])],
    "abs": PLAIN,
    "exp": PLAIN,
    "neg": PLAIN,
    "sqrt": PLAIN,
    "reciprocal": PLAIN,
    "log": PLAIN,
    "erf": PLAIN,
    "sin": PLAIN,
    "cos": PLAIN,
    "floor": PLAIN,
    "ceil": PLAIN,
    "round": PLAIN,
    "sign": PLAIN,
    "clip": [
        ({"min": -1, "max": 2}, [(1, 4, 5)]),
        ({"min": 0, "max": Fraction(1, 2)}, [(2, 3, 2)]),
    ],
    "less": [({}, [(2, 3, 4, 5), (3, 1, 5)]), ({}, [(1, 2, 1, 3), (2, 4, 1)])],
    "greater": [({}, [(2, 3, 4, 5), (3, 1, 5)]), ({}, [(1, 2, 1, 3), (2, 4, 1)])],
    "equal": [({}, [(2, 3, 4, 5), (3, 1, 5)]), ({}, [(1, 2, 1, 3), (2, 4, 1)])],
    "logical_and": [({}, [(2, 3, 4, 5), (3, 1, 5)]), ({}, [(1, 2, 1, 3), (2, 4, 1)])],
    "logical_or": [({}, [(2, 3, 4, 5), (3, 1, 5)]), ({}, [(1, 2, 1, 3), (2, 4, 1)])],
    "logical_not": PLAIN,
    "sum": [({"dim": 1}, [(1, 4, 5, 6)]), ({"dim": 1}, [(2, 3, 7, 1)])],
    "mean": [({"dim": [3, 1]}, [(1, 4, 5, 6)]), ({"dim": [1, 3]}, [(2, 3, 7, 1)])],
    "amax": [({"dim": -1}, [(1, 4, 5, 6)]), ({"dim": 3}, [(2, 3, 7, 1)])],
    "amin": [({"dim": -1}, [(1, 4, 5, 6)]), ({"dim": 3}, [(2, 3, 7, 1)])],
    "prod": [({"dim": -1}, [(1, 4, 5, 6)]), ({"dim": 3}, [(2, 3, 7, 1)])],
    "l1": [({"dim": -1}, [(1, 4, 5, 6)]), ({"dim": 3}, [(2, 3, 7, 1)])],
    "l2": [({"dim": -1}, [(1, 4, 5, 6)]), ({"dim": 3}, [(2, 3, 7, 1)])],
    "sum_square": [({"dim": -1}, [(1, 4, 5, 6)]), ({"dim": 3}, [(2, 3, 7, 1)])],
    "log_sum_exp": [({"dim": -1}, [(1, 4, 5, 6)]), ({"dim": 3}, [(2, 3, 7, 1)])],
    "argmax": [({"dim": 2}, [(1, 2, 3, 2)]), ({"dim": 2}, [(2, 3, 4, 2)])],
    "argmin": [({"dim": 2}, [(1, 2, 3, 2)]), ({"dim": 2}, [(2, 3, 4, 2)])],
    "topk": [({"k": 2}, [(1, 3, 2)]), ({"k": 1}, [(2, 2, 3)])],
    "cumsum": [({"dim": 2}, [(1, 2, 3, 2)]), ({"dim": 2}, [(2, 3, 4, 2)])],
    "concat": [({}, [(1, 2, 3, 2), (1, 1, 3, 2)]), ({}, [(2, 3, 1, 4), (2, 4, 1, 4)])],
    "split": [
        ({"sizes": [2, 1]}, [(1, 3, 2, 2)]),
        ({"sizes": [1, 4]}, [(2, 5, 3, 1)]),
    ],
    "channel_shuffle": [({"groups": 2}, [(1, 6, 2, 2)]), ({"groups": 3}, [(2, 6, 1, 2)])],
    "flatten": [
        ({"start_dim": 2, "end_dim": 3}, [(1, 2, 3, 4, 2)]),
        ({"start_dim": 2, "end_dim": 3}, [(2, 3, 2, 2, 5)]),
    ],
    "reshape": [
        ({"shape": [3, -1, 5]}, [(1, 6, 2, 5)]),
        ({"shape": [2, -1, 3]}, [(2, 4, 2, 3)]),
    ],
    "permute": [
        ({"dims": [3, 1, 2]}, [(1, 2, 3, 4)]),
        ({"dims": [3, 1, 2]}, [(2, 1, 4, 2)]),
    ],
    "view": [({"shape": [3, -1, 5]}, [(1, 6, 2, 5)]), ({"shape": [2, -1, 3]}, [(2, 4, 2, 3)])],
    "transpose": [
        ({"dims": [3, 0, 2, 1]}, [(1, 2, 3, 4)]),
        ({"dims": [3, 0, 2, 1]}, [(2, 1, 4, 2)]),
    ],
    "slice": [
        ({"dims": [2, 1], "starts": [1, 0], "ends": [-1, 2]}, [(1, 2, 5, 3)]),
        ({"dims": [2, 1], "starts": [1, 0], "ends": [-1, 2]}, [(2, 4, 4, 2)]),
    ],
    "expand": [
        ({"shape": [2, 3, 1, 4]}, [(1, 3, 5, 1)]),
        ({"shape": [3, 2, 1, 2]}, [(3, 1, 2, 1)]),
    ],
    "tile": [({"repeats": [2, 1, 3]}, [(1, 2, 3)]), ({"repeats": [1, 2, 2]}, [(2, 1, 4)])],
    "gather": [
        ({"dim": 2, "indices": [2, 0, 1]}, [(1, 2, 3)]),
        ({"dim": 2, "indices": [2, 0, 1]}, [(2, 1, 4)]),
    ],
    "scatter": [
        ({"dim": 1}, [(1, 2, 3), (1, 4, 2), (1, 4, 2)]),
        ({"dim": 1}, [(2, 1, 3), (1, 2, 3), (1, 2, 3)]),
    ],
    "where": [({}, [(2, 3, 4), (3, 1), (1, 1, 4)]), ({}, [(1, 2, 1), (2, 3), (1, 2, 1)])],
    "crop": [({"size": [3, 2]}, [(1, 2, 5, 5)]), ({"size": 2}, [(2, 1, 2, 3)])],
    "pad": [
        ({"padding": [[1, 2], [0, 1]]}, [(1, 2, 3, 3)]),
        ({"padding": [[0, 1], [3, 1]]}, [(2, 1, 2, 4)]),
    ],
    "upsample": [({"scale_factor": 2}, [(1, 2, 3, 4)]), ({"scale_factor": 2}, [(2, 1, 2, 1)])],
    "pixel_shuffle": [
        ({"upscale_factor": [2, 3]}, [(1, 12, 2, 1)]),
        ({"upscale_factor": [1, 2]}, [(2, 6, 3, 4)]),
    ],
    "pixel_unshuffle": [
        ({"downscale_factor": [2, 3]}, [(1, 2, 4, 3)]),
        ({"downscale_factor": [1, 2]}, [(2, 3, 3, 4)]),
    ],
    "depth_to_space": [
        ({"block_size": [2, 3]}, [(1, 12, 2, 1)]),
        ({"block_size": [1, 2]}, [(2, 6, 3, 4)]),
    ],
    "space_to_depth": [
        ({"block_size": [2, 3]}, [(1, 2, 4, 3)]),
        ({"block_size": [1, 2]}, [(2, 3, 3, 4)]),
    ],
}
# Fields that shape the formula: each must be among the examples of its op once more.
MORE: dict[str, list[Example]] = {
    "conv": [
        ({"out_channels": 2, "kernel_size": 3, "stride": 2, "padding": "same"}, [(1, 2, 5, 6)]),
        ({"out_channels": 2, "kernel_size": 1, "bias": False}, [(1, 3, 5)]),
        ({"out_channels": 1, "kernel_size": 2, "padding": "valid"}, [(1, 1, 3)]),
        ({"out_channels": 2, "kernel_size": 2, "padding": 1}, [(1, 2, 3, 2, 2)]),
    ],
    "conv_transpose": [({"out_channels": 1, "kernel_size": 3, "bias": False}, [(1, 2, 3)])],
    "deform_conv": [
        (
            {"out_channels": 2, "kernel_size": 3, "stride": 2, "padding": "same"},
            [(1, 2, 5, 6), (1, 18, 3, 3), (1, 9, 3, 3)],
        ),
        (
            {"out_channels": 2, "kernel_size": 2, "bias": False, "offset_groups": 3},
            [(1, 3, 5), (1, 6, 4), (1, 6, 4)],
        ),
        ({"out_channels": 2, "kernel_size": 2, "padding": 1}, [(1, 2, 3, 2, 2), (1, 24, 4, 3, 3)]),
    ],
    "deform_sample": [
        ({}, [(1, 2, 5), (1, 2, 5)]),
        ({}, [(1, 2, 3, 2, 2), (1, 6, 3, 2, 2)]),
    ],
    "linear": [({"out_features": 3, "bias": False}, [(1, 2, 3, 4)])],
    "matmul": [({}, [(2, 3), (3, 4)])],
    "einsum": [
        ({"equation": "ab,cd->bdac"}, [(2, 3), (1, 2)]),
        ({"equation": "ab,bc->c"}, [(2, 3), (3, 4)]),
        ({"equation": "ab,ab->ba"}, [(2, 3), (2, 3)]),
        ({"equation": "abcd,ebcf->fad"}, [(1, 2, 3, 2), (2, 2, 3, 2)]),
    ],
    "grid_sample": [
        ({"mode": "nearest"}, [(1, 2, 5), (1, 3, 1)]),
        ({"mode": "nearest", "padding_mode": "border"}, [(1, 2, 5), (1, 3, 1)]),
        ({"align_corners": True}, [(1, 1, 2, 3, 2), (1, 2, 1, 2, 3)]),
    ],
    "batch_norm": [({"affine": False}, [(1, 2, 3, 3)]), ({}, [(1, 4)])],
    "layer_norm": [
        ({"dim": -1}, [(2, 3, 4)]),
        ({"dim": [3, 1]}, [(1, 2, 3, 4)]),
        ({"dim": [1, 2, 3], "bias": False}, [(2, 2, 3, 2)]),
        ({"elementwise_affine": False}, [(2, 3)]),
    ],
    "group_norm": [({"num_groups": 2, "affine": False}, [(2, 4)])],
    "instance_norm": [({"affine": True}, [(2, 3, 4)])],
    "relu": [({}, [(1, 3, 1, 1)])],
    "prelu": [({}, [(2, 3, 4, 2)]), ({"num_parameters": 4}, [(2, 4)])],
    "gelu": [({"approximate": "tanh"}, [(1, 2, 3, 3)])],
    "pow": [({"exponent": Fraction(1, 2)}, [(1, 2, 3, 4)])],
    "clip": [({"min": 0}, [(1, 2, 3, 4)]), ({"max": 0}, [(2, 3)]), ({}, [(2, 3)])],
    "sum": [({"dim": [2, 3]}, [(1, 2, 3, 4)]), ({"dim": [1, 2], "keepdim": True}, [(2, 3, 4)])],
    "mean": [({"dim": 1, "keepdim": True}, [(2, 3)])],
    "amin": [({"dim": [1, 2]}, [(2, 3, 4)])],  # only the batch is left
    "argmax": [({"dim": 1, "keepdim": True}, [(2, 3)])],
    "topk": [({"k": 2, "dim": 2, "largest": False}, [(2, 3, 4)])],
    "cumsum": [({"dim": 1, "exclusive": True, "reverse": True}, [(2, 3)])],
    "rms_norm": [({"dim": [3, 1]}, [(1, 2, 3, 4)]), ({"elementwise_affine": False}, [(2, 3)])],
    "lp_norm": [({"dim": -1, "p": 1}, [(2, 3, 4)])],
    "add": [({}, [(1, 3, 1, 1), (1, 3, 1, 1)])],
    "concat": [({"dim": 2}, [(1, 2, 3), (1, 2, 1)])],
    "split": [({"parts": 2}, [(1, 4, 3)]), ({"parts": 3, "dim": 2}, [(1, 2, 6)])],
    "flatten": [({}, [(2, 3, 4, 1)]), ({"start_dim": 2, "end_dim": 2}, [(1, 2, 3, 4)])],
    "reshape": [
        ({"shape": [6]}, [(1, 2, 3)]),
        ({"shape": [2, 2, 3]}, [(1, 4, 3)]),
        ({"shape": [1, 1, 4]}, [(1, 1, 4)]),
        ({"shape": [1, 2, 1, 3]}, [(1, 2, 1, 1, 3)]),
    ],
    "view": [
        ({"shape": [6]}, [(1, 2, 3)]),
        ({"shape": [4, 3, 2]}, [(2, 2, 3, 2)]),
        ({"shape": [2, 2, 3]}, [(4, 3)]),
    ],
    "transpose": [({"dims": [0]}, [(3,)]), ({"dims": [1, 0]}, [(2, 3)])],
    "slice": [
        ({"dims": [1], "starts": [-1], "ends": [-(2**40)], "steps": [-2]}, [(2, 5)]),
        ({"dims": [-1], "starts": [9], "ends": [0], "steps": [-1]}, [(2, 5)]),
        ({"dims": [2, 1], "starts": [-9, 1], "ends": [9, 2], "steps": [3, 1]}, [(2, 3, 7)]),
    ],
    "gather": [
        ({"dim": 1, "indices": [3]}, [(2, 4)]),
        ({"dim": 1, "indices": [0, -2]}, [(2, 4)]),
        ({"dim": 1}, [(2, 3, 2), (2, 3)]),
    ],
    "scatter": [({}, [(2, 3), (4, 1), (4, 3)])],
    "tile": [({"repeats": [3, 2]}, [(2, 1)])],
    "crop": [({"size": 2, "start": [1, 0]}, [(1, 1, 3, 4)])],
    "pad": [
        ({"padding": [1, 2], "mode": "reflect"}, [(1, 1, 3, 3)]),
        ({"padding": [1, 2], "mode": "replicate"}, [(1, 1, 3, 3)]),
    ],
    "upsample": [
        ({"scale_factor": [Fraction(3, 2), Fraction(1, 2)]}, [(1, 1, 5, 5)]),
        ({"size": [7, 2]}, [(1, 2, 3, 5)]),
        ({"scale_factor": 2, "mode": "bilinear"}, [(1, 1, 3, 4)]),
        ({"scale_factor": [3, Fraction(2, 3)], "mode": "linear"}, [(1, 1, 2, 6)]),
        ({"size": [5, 1], "mode": "bilinear", "align_corners": True}, [(1, 1, 3, 2)]),
        ({"size": 5, "mode": "linear", "align_corners": True}, [(1, 2, 3)]),
        ({"size": [3, 1, 2], "mode": "trilinear"}, [(1, 1, 2, 2, 3)]),
        ({"scale_factor": [2, 3], "mode": "bicubic"}, [(1, 1, 4, 3)]),
        ({"size": [7, 1], "mode": "bicubic", "align_corners": True}, [(1, 1, 4, 3)]),
    ],
    "pixel_shuffle": [({"upscale_factor": 2}, [(1, 8, 1, 2, 1)])],
    "space_to_depth": [({"block_size": 3}, [(1, 2, 6)])],
}


def made(name: str, example: Example) -> Any:
    fields, shapes = example
    return build(op_class(name), (len(shapes[0]) - 2 if shapes else 0), fields)


def answers(op: Op, shapes: Sequence[Any]) -> dict[str, Any]:
    """Everything an op says in numbers of any kind."""
    return {
        "margins": tuple(must.margin for must in op.conditions(*shapes)),
        "outputs": op.outputs(*shapes),
        "weights": tuple(op.weights(*shapes).values()),
        "buffers": tuple(op.buffers(*shapes).values()),
        **{metric: getattr(op, metric)(*shapes) for metric in METRICS},
    }


def lifted(values: Sequence[Any], kind: Callable[[list[int]], Kind]) -> Any:
    """The same nested tuples as each of ``values``, with one number in place of their ints."""
    first = values[0]
    if isinstance(first, tuple):
        assert all(len(value) == len(first) for value in values)
        return tuple(lifted(parts, kind) for parts in zip(*values, strict=True))
    return kind(list(values)) if isinstance(first, int) and min(values) >= 0 else first


def lifted_op(ops: Sequence[Any], kind: Callable[[list[int]], Kind]) -> Op:
    """One op for several, with one number in place of those that its fields say may be any kind."""
    numbers = [
        field.name
        for field in dataclasses.fields(ops[0])
        if any(word in str(field.type) for word in ("Number", "Shape", "Pairs"))
    ]
    values = {name: lifted([getattr(op, name) for op in ops], kind) for name in numbers}
    return dataclasses.replace(ops[0], **values)


def pairs(result: Any, expected: Any) -> list[tuple[Any, Any]]:
    """The numbers of a result beside those of another of the same form."""
    if isinstance(result, (tuple, dict)):
        parts = result.values() if isinstance(result, dict) else result
        others = expected.values() if isinstance(expected, dict) else expected
        return [
            pair for part, other in zip(parts, others, strict=True) for pair in pairs(part, other)
        ]
    return [(result, expected)]


def agree(ops: Sequence[Any], rows: Sequence[Sequence[Any]]) -> None:
    """All kinds of number say of several ops what ints say of each."""
    exact = [answers(op, shapes) for op, shapes in zip(ops, rows, strict=True)]
    rows = [tuple(shapes) for shapes in rows]

    columns = answers(lifted_op(ops, Column), lifted(rows, Column))
    intervals = answers(
        lifted_op(ops, lambda v: Interval(min(v), max(v))),
        lifted(rows, lambda v: Interval(min(v), max(v))),
    )
    names: dict[str, list[int]] = {}

    def named(values: list[int]) -> Symbol:
        names[f"x{len(names)}"] = values
        return Symbol(f"x{len(names) - 1}")

    symbols = answers(lifted_op(ops, named), lifted(rows, named))
    for row, expected in enumerate(exact):
        for found, value in pairs(columns, expected):
            assert (found.rows.tolist()[row] if isinstance(found, Column) else found) == value
        for found, value in pairs(intervals, expected):
            assert value in (found if isinstance(found, Interval) else [found])
        here = {name: values[row] for name, values in names.items()}
        for found, value in pairs(symbols, expected):
            assert eval(str(found), dict(here)) == value


def test_every_op_has_examples_and_runs() -> None:
    assert set(EXAMPLES) == set(OPS)
    assert set(RUN) == set(OPS)
    assert set(MORE) <= set(OPS)
    assert all(len(examples) >= 2 for examples in EXAMPLES.values())


def test_every_op_has_one_name() -> None:
    assert len(set(OPS.values())) == len(OPS)
    for name in OPS:
        assert op_name(op_class(name)) == name
    with pytest.raises(KeyError):
        op_class("convolve")


def test_how_many_inputs_ops_take() -> None:
    many = {name: (op.fewest_inputs, op.most_inputs) for name in OPS if (op := op_class(name))}
    assert {name: few for name, few in many.items() if few != (1, 1)} == {
        "conv": (1, 3),
        "parameter": (0, 0),
        "add": (2, None),
        "multiply": (2, None),
        "sub": (2, 2),
        "div": (2, 2),
        "minimum": (2, None),
        "maximum": (2, None),
        "pow": (1, 2),
        "einsum": (2, 2),
        "grid_sample": (2, 2),
        "gather": (1, 2),
        "scatter": (3, 3),
        "where": (3, 3),
        "less": (2, 2),
        "greater": (2, 2),
        "equal": (2, 2),
        "logical_and": (2, 2),
        "logical_or": (2, 2),
        "concat": (2, None),
        "matmul": (2, 2),
        "deform_conv": (2, 3),
        "deform_sample": (2, 2),
    }


@pytest.mark.parametrize("name", OPS)
def test_every_kind_of_number_says_the_same(name: str) -> None:
    examples = EXAMPLES[name]
    agree([made(name, example) for example in examples], [shapes for _, shapes in examples])
    for example in MORE.get(name, []):
        agree([made(name, example)] * 2, [example[1]] * 2)


@pytest.mark.parametrize(
    ("name", "example"),
    [(name, e) for name in OPS for e in [*EXAMPLES[name], *MORE.get(name, [])]],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_every_op_does_what_it_says(name: str, example: Example) -> None:
    """Shapes, products and what is read, against running it."""
    check_op(name, made(name, example), example[1])


@pytest.mark.parametrize("name", OPS)
def test_every_op_says_what_it_is(name: str) -> None:
    op: Any = op_class(name)
    assert op.__doc__
    assert op.__doc__ != f"{op.__name__}()"  # what dataclass writes where nothing is said
    for field, how in cast("Mapping[str, Any]", declared(op)).items():
        assert how.doc, field
        assert how.kind.says, field
    for example in EXAMPLES[name]:
        one = made(name, example)
        assert one == made(name, example)
        assert hash(one) == hash(made(name, example))
        assert all(isinstance(must, Must) for must in one.conditions(*example[1]))


def test_weights_have_the_layout_of_pytorch() -> None:
    linear, norm = build(op_class("linear"), 0, {"out_features": 3}), op_class("batch_norm")
    assert linear.weights((1, 4)) == {"weight": (3, 4), "bias": (3,)}
    assert build(norm, 2, {}).weights((1, 4, 5, 5)) == {"weight": (4,), "bias": (4,)}
    assert build(norm, 2, {}).buffers((1, 4, 5, 5)) == {"running_mean": (4,), "running_var": (4,)}
    assert build(norm, 2, {"affine": False}).weights((1, 4, 5, 5)) == {}
    layer_norm = build(op_class("layer_norm"), 2, {"dim": [-1, 1]})
    assert layer_norm.weights((1, 4, 5, 6)) == {"weight": (4, 6), "bias": (4, 6)}
    shiftless = build(op_class("layer_norm"), 2, {"bias": False})
    assert shiftless.weights((1, 4, 5, 6)) == {"weight": (4,)}
    prelu = build(op_class("prelu"), 2, {"num_parameters": 4})
    assert prelu.weights((1, 4, 5, 6)) == {"weight": (4,)}


def test_the_textbook_transposed_convolution() -> None:
    """8 to 12 channels, kernel 4, stride 2, padding 1, on 16x16 (docs/counting.md)."""
    fields = {"out_channels": 12, "kernel_size": 4, "stride": 2, "padding": 1}
    op, x = build(op_class("conv_transpose"), 2, fields), (1, 8, 16, 16)
    assert op.output(x) == (1, 12, 32, 32)
    assert op.macs(x) == 393216
    assert op.macs_in_bounds(x) == 369024
    assert op.weights(x) == {"weight": (8, 12, 4, 4), "bias": (12,)}
    assert str(op.macs(tuple(map(Symbol, ("n", "c", "h", "w"))))) == "n * c * h * w * 12 * 16"


def test_the_textbook_convolution() -> None:
    """AlexNet's second layer: 96 to 256 channels in two groups, 5x5, on 27x27."""
    fields = {"out_channels": 256, "kernel_size": 5, "padding": 2, "groups": 2}
    op, x = build(op_class("conv"), 2, fields), (1, 96, 27, 27)
    assert op.weights(x) == {"weight": (256, 48, 5, 5), "bias": (256,)}
    assert op.output(x) == (1, 256, 27, 27)
    assert op.macs(x) == 223948800
    assert op.macs_in_bounds(x) == (27 * 5 - 6) ** 2 * 256 * 48  # 6 of 135 pairs an axis miss
