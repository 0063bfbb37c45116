"""Further examples of ops: fields that shape the formula, once more."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from example_rows import Example

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
