"""Small layers of every op: of its own examples, and more of some.

A new op needs nothing here: what every test is run on is made of the example in its class.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import Any, cast

from convcost.applied import BrokenCondition, check
from convcost.network import Network
from convcost.ops import op_class, place
from convcost.ops.example import MAP
from convcost.ops.fields import build
from convcost.ops.op import Op, examples
from convcost.tensor import Tensor

Example = tuple[dict[str, Any], list[tuple[int, ...]]]
"""Fields as a person writes them, and the shape of each input."""

# At least two examples of some ops, alike but for their numbers: they are the rows of its columns.
ROWS: dict[str, list[Example]] = {
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
    "rnn": [({"hidden_size": 3}, [(2, 3, 4)]), ({"hidden_size": 2}, [(1, 4, 5)])],
    "gru": [({"hidden_size": 3}, [(2, 3, 4)]), ({"hidden_size": 2}, [(1, 4, 5)])],
    "lstm": [({"hidden_size": 3}, [(2, 3, 4)]), ({"hidden_size": 2}, [(1, 4, 5)])],
    "max_pool": [
        ({"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}, [(1, 2, 6, 7)]),
        ({"kernel_size": 2, "stride": 3, "dilation": 2, "ceil_mode": True}, [(2, 3, 5, 9)]),
    ],
    "lp_pool": [
        ({"norm_type": 2, "kernel_size": 3, "padding": [[1, 0], [2, 1]]}, [(1, 2, 6, 7)]),
        ({"norm_type": 2, "kernel_size": [2, 4]}, [(2, 3, 5, 9)]),
    ],
    "max_unpool": [
        ({"kernel_size": [2, 3], "stride": 2, "padding": 1}, [(1, 2, 3, 4), (1, 2, 3, 4)]),
        ({"kernel_size": [3, 2], "stride": 3, "padding": 1}, [(2, 1, 2, 2), (2, 1, 2, 2)]),
    ],
    "avg_pool": [
        ({"kernel_size": 3, "padding": [[1, 0], [2, 1]]}, [(1, 2, 6, 7)]),
        ({"kernel_size": [2, 4]}, [(2, 3, 5, 9)]),
        ({"kernel_size": [2, 3], "dilation": [3, 2]}, [(2, 3, 5, 9)]),
    ],
    "adaptive_max_pool": [
        ({"output_size": [3, 1]}, [(1, 2, 7, 4)]),
        ({"output_size": [2, 5]}, [(2, 1, 4, 3)]),
    ],
    "adaptive_avg_pool": [
        ({"output_size": [3, 1]}, [(1, 2, 7, 4)]),
        ({"output_size": 2}, [(2, 1, 2, 3)]),
    ],
    "local_response_norm": [({"size": 3}, [(1, 4, 2, 3)]), ({"size": 2}, [(2, 1, 3, 3)])],
    "group_norm": [({"num_groups": 2}, [(1, 4, 2, 3)]), ({"num_groups": 3}, [(2, 3, 1, 2)])],
    "prelu": [({"num_parameters": 1}, [(1, 4, 5)]), ({"num_parameters": 3}, [(2, 3, 2)])],
    "softmax": [({"dim": 2}, [(1, 2, 3, 2)]), ({"dim": 2}, [(2, 3, 4, 2)])],
    "log_softmax": [({"dim": 2}, [(1, 2, 3, 2)]), ({"dim": 2}, [(2, 3, 4, 2)])],
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
    "clip": [
        ({"min": -1, "max": 2}, [(1, 4, 5)]),
        ({"min": 0, "max": Fraction(1, 2)}, [(2, 3, 2)]),
    ],
    "remainder": [({}, [(2, 3, 4, 5), (3, 1, 5)]), ({}, [(1, 2, 1, 3), (2, 4, 1)])],
    "fmod": [({}, [(2, 3, 4, 5), (3, 1, 5)]), ({}, [(1, 2, 1, 3), (2, 4, 1)])],
    "logical_xor": [({}, [(2, 3, 4, 5), (3, 1, 5)]), ({}, [(1, 2, 1, 3), (2, 4, 1)])],
    "less": [({}, [(2, 3, 4, 5), (3, 1, 5)]), ({}, [(1, 2, 1, 3), (2, 4, 1)])],
    "greater": [({}, [(2, 3, 4, 5), (3, 1, 5)]), ({}, [(1, 2, 1, 3), (2, 4, 1)])],
    "equal": [({}, [(2, 3, 4, 5), (3, 1, 5)]), ({}, [(1, 2, 1, 3), (2, 4, 1)])],
    "logical_and": [({}, [(2, 3, 4, 5), (3, 1, 5)]), ({}, [(1, 2, 1, 3), (2, 4, 1)])],
    "logical_or": [({}, [(2, 3, 4, 5), (3, 1, 5)]), ({}, [(1, 2, 1, 3), (2, 4, 1)])],
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
    "gather_elements": [
        ({"dim": 2}, [(1, 2, 3), (1, 2, 5)]),
        ({"dim": 2}, [(2, 3, 1), (2, 1, 2)]),
    ],
    "gather_nd": [
        ({"axes": 2}, [(1, 2, 3), (4, 2)]),
        ({"axes": 2}, [(2, 4, 3), (1, 2)]),
    ],
    "reverse_sequence": [
        ({"dim": 2}, [(1, 2, 3), (1, 1)]),
        ({"dim": 2}, [(2, 1, 4), (2, 1)]),
    ],
    "where": [({}, [(2, 3, 4), (3, 1), (1, 1, 4)]), ({}, [(1, 2, 1), (2, 3), (1, 2, 1)])],
    "crop": [({"size": [3, 2]}, [(1, 2, 5, 5)]), ({"size": 2}, [(2, 1, 2, 3)])],
    "pad": [
        ({"padding": [[1, 2], [0, 1]]}, [(1, 2, 3, 3)]),
        ({"padding": [[0, 1], [3, 1]]}, [(2, 1, 2, 4)]),
    ],
    "upsample": [({"scale_factor": 2}, [(1, 2, 3, 4)]), ({"scale_factor": 2}, [(2, 1, 2, 1)])],
    "unfold": [
        ({"kernel_size": [3, 2], "padding": [[1, 2], [0, 1]]}, [(1, 2, 5, 4)]),
        ({"kernel_size": 2, "stride": [1, 3], "dilation": [2, 1]}, [(2, 3, 4, 6)]),
    ],
    "fold": [
        (
            {"output_size": [5, 4], "kernel_size": [3, 2], "padding": [0, 2], "stride": [1, 2]},
            [(1, 12, 12)],
        ),
        (
            {"output_size": [4, 6], "kernel_size": [1, 2], "stride": [1, 3], "padding": [0, 1]},
            [(2, 6, 12)],
        ),
    ],
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
# Fields that shape the formula, once more.
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
    "max_pool": [({"kernel_size": 2, "return_indices": True}, [(1, 2, 4, 6)])],
    "lp_pool": [
        ({"norm_type": 1, "kernel_size": 2}, [(1, 2, 6)]),
        ({"norm_type": 3, "kernel_size": 2}, [(1, 2, 6)]),
    ],
    "max_unpool": [({"kernel_size": 2, "output_size": [5, 4]}, [(1, 2, 2, 2), (1, 2, 2, 2)])],
    "linear": [({"out_features": 3, "bias": False}, [(1, 2, 3, 4)])],
    "matmul": [({}, [(2, 3), (3, 4)])],
    "rnn": [
        ({"hidden_size": 3, "nonlinearity": "relu", "clip": 1, "reverse": True}, [(2, 3, 4)]),
        ({"hidden_size": 3, "bidirectional": True, "num_layers": 2}, [(2, 3, 4)]),
        ({"hidden_size": 3, "return_state": True, "layout": "onnx"}, [(2, 3, 4), (2, 1, 3)]),
        (
            {"hidden_size": 3, "layout": "onnx", "made_weights": True},
            [(2, 3, 4), (2, 1, 3), (1, 3, 4), (1, 3, 3), (1, 6)],
        ),
    ],
    "gru": [
        ({"hidden_size": 3, "reset_after": False, "clip": 1}, [(2, 3, 4)]),
        ({"hidden_size": 2, "bidirectional": True, "num_layers": 3}, [(1, 3, 4), (1, 6, 2)]),
        ({"hidden_size": 3, "return_state": True, "layout": "onnx"}, [(2, 3, 4)]),
        ({"hidden_size": 2, "activations": ["elu", ["leaky_relu", 2]], "dim": 2}, [(1, 2, 3)]),
    ],
    "lstm": [
        ({"hidden_size": 3, "peephole": True, "input_forget": True, "clip": 1}, [(2, 3, 4)]),
        ({"hidden_size": 4, "proj_size": 2, "num_layers": 2, "bidirectional": True}, [(1, 3, 4)]),
        (
            {"hidden_size": 3, "return_state": True, "layout": "onnx", "peephole": True},
            [(2, 3, 4), (2, 1, 3), (2, 1, 3)],
        ),
        (
            {
                "hidden_size": 2,
                "bidirectional": True,
                "activations": ["sigmoid", "affine", "tanh", "sigmoid", "scaled_tanh", "tanh"],
            },
            [(1, 2, 3)],
        ),
    ],
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
        ({"mode": "bicubic", "padding_mode": "border"}, [(1, 2, 3, 4), (1, 2, 1, 2)]),
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
    "scatter": [
        ({}, [(2, 3), (4, 1), (4, 3)]),
        ({"reduce": "sum"}, [(2, 3), (4, 1), (4, 3)]),
        ({"dim": 1, "reduce": "amax"}, [(2, 3), (2, 4), (2, 4)]),
        ({"dim": 1, "reduce": "prod"}, [(2, 3), (2, 4), (2, 4)]),
    ],
    "tile": [({"repeats": [3, 2]}, [(2, 1)])],
    "crop": [({"size": 2, "start": [1, 0]}, [(1, 1, 3, 4)])],
    "pad": [
        ({"padding": [1, 2], "mode": "reflect"}, [(1, 1, 3, 3)]),
        ({"padding": [1, 2], "mode": "replicate"}, [(1, 1, 3, 3)]),
        ({"padding": [1, 2], "mode": "circular"}, [(1, 1, 3, 3)]),
        ({"padding": [1, 2], "value": 2}, [(1, 1, 3, 3)]),
    ],
    "upsample": [
        ({"scale_factor": [Fraction(3, 2), Fraction(1, 2)]}, [(1, 1, 5, 5)]),
        ({"size": [7, 2]}, [(1, 2, 3, 5)]),
        ({"scale_factor": 2, "mode": "bilinear"}, [(1, 1, 3, 4)]),
        ({"scale_factor": [3, Fraction(2, 3)], "mode": "linear"}, [(1, 1, 2, 6)]),
        ({"size": [5, 1], "mode": "bilinear", "align_corners": True}, [(1, 1, 3, 2)]),
        ({"size": 5, "mode": "linear", "align_corners": True}, [(1, 2, 3)]),
        ({"size": 5, "mode": "linear", "step": Fraction(2, 3), "start": 0}, [(1, 2, 3)]),
        ({"size": [3, 1, 2], "mode": "trilinear"}, [(1, 1, 2, 2, 3)]),
        ({"scale_factor": [2, 3], "mode": "bicubic"}, [(1, 1, 4, 3)]),
        ({"size": [7, 1], "mode": "bicubic", "align_corners": True}, [(1, 1, 4, 3)]),
    ],
    "dft": [
        ({"length": 5, "onesided": True}, [(1, 7, 2)]),
        ({"length": 7, "dim": 2, "inverse": True}, [(1, 2, 4, 2)]),
    ],
    "pixel_shuffle": [({"upscale_factor": 2}, [(1, 8, 1, 2, 1)])],
    "space_to_depth": [({"block_size": 3}, [(1, 2, 6)])],
}


def rows(name: str) -> list[Example]:
    """Layers that are alike but for their numbers."""
    return [_smaller(name, 0, 16, 4, batch=1), _smaller(name, 0, 8, 6, batch=2)]


@cache
def layers(name: str) -> list[Example]:
    """All layers of an op that tests try."""
    of_op = [_smaller(name, n, 16, 4, batch=1) for n in range(len(examples(op_class(name))))]
    return [*of_op, *rows(name)[1:], *ROWS.get(name, []), *MORE.get(name, [])]


def made(name: str, example: Example) -> Op:
    """The op of an example."""
    fields, shapes = example
    return build(op_class(name), len(shapes[0]) - 2 if shapes else 0, fields)


def network_of(name: str, side: int = 8, by: int = 16, number: int = 0, batch: int = 1) -> Network:
    """A network of one layer, that of an example of the op, made smaller; inputs of one shape are
    the same."""
    example = _smaller(name, number, by, side, batch)
    network = Network(name)
    by_shape = {shape: Tensor(f"x{number}", shape) for number, shape in enumerate(example[1])}
    network.inputs = {tensor.name: tensor for tensor in by_shape.values()}
    layer = f"{name}{'_' * name[-1].isdigit()}1"
    added = network.add(layer, made(name, example), [by_shape[shape] for shape in example[1]])
    network.outputs = {tensor.name: tensor for tensor in added.outputs}
    return network


def _smaller(name: str, number: int, by: int, side: int, batch: int) -> Example:
    """An example with channels divided by a number, or a smaller one where those are too few, and
    with maps of another side."""
    op = op_class(name)
    example = examples(op)[number]
    for channels, length in ((by, side), (8, side), (4, side), (1, side), (1, MAP[-1])):
        fields = {field: _size(value, channels, length) for field, value in example.fields.items()}
        shapes = [
            (batch, _channels(shape[0], channels), *_size(shape[1:], channels, length))
            for shape in example.shapes
        ]
        try:
            check(made(name, (fields, shapes)), tuple(shapes))
        except BrokenCondition:
            continue
        except KeyError as missing:
            raise AssertionError(
                f"{place(name)} needs {missing}: give its class `examples = (Example({{...}}),)`"
            ) from None
        return fields, shapes
    raise AssertionError(f"{place(name)}: its example breaks its own conditions")


def _size(value: Any, by: int, side: int) -> Any:
    if isinstance(value, (list, tuple)):
        kind = cast("type[list[Any]]", type(cast("object", value)))
        return kind(_size(part, by, side) for part in cast("list[Any]", value))
    if isinstance(value, bool) or not isinstance(value, int):
        return value
    divided = _channels(value, by)
    return divided if divided != value or value < 24 else value * side // MAP[-1]


def _channels(number: int, by: int) -> int:
    return number if number % 16 else number // by
