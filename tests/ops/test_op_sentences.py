"""Messages when an op cannot be applied: the whole sentence, and the place that it points at."""

from __future__ import annotations

import ast
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from check_op import broken

from convcost import ops
from convcost.number import Column, Symbol
from convcost.ops import op_class
from convcost.ops.fields import build

if TYPE_CHECKING:
    from convcost.number import Must

X = (1, 6, 8, 9)

# op, fields, inputs; the sentence, the field it points at, the inputs it speaks of
Row = tuple[str, dict[str, Any], list[tuple[int, ...]], str, str | None, tuple[int, ...]]
SENTENCES: list[Row] = [
    ("conv", {"out_channels": 4, "kernel_size": []}, [(1, 6)],
     "its input has no spatial axis: [6]", None, (0,)),
    ("max_pool", {"kernel_size": []}, [(1, 6)],
     "its input has no spatial axis: [6]", None, (0,)),
    ("batch_norm", {}, [(6,)],
     "its input [6], the batch included, has no axis of channels", None, (0,)),
    ("linear", {"out_features": 2}, [()],
     "its input [], the batch included, has no axis", None, (0,)),
    ("scatter", {}, [(2, 3), (), (4, 3)],
     "its input [], the batch included, has no axis", None, (1,)),
    ("conv", {"out_channels": 4, "kernel_size": 3, "groups": 4}, [X],
     "groups (4) does not divide the 6 input channels", "groups", ()),
    ("conv", {"out_channels": 4, "kernel_size": 3}, [X, (4, 6, 3, 2)],
     "an input after the first stands for the weight: [4, 6, 3, 3] is wanted, and here is "
     "[4, 6, 3, 2]", None, (1,)),
    ("conv", {"out_channels": 4, "kernel_size": 3, "groups": 3}, [X],
     "groups (3) does not divide the 4 output channels", "groups", ()),
    ("conv_transpose", {"out_channels": 4, "kernel_size": 3}, [X, (6, 4, 3, 2)],
     "an input after the first stands for the weight: [6, 4, 3, 3] is wanted, and here is "
     "[6, 4, 3, 2]", None, (1,)),
    ("conv_transpose", {"out_channels": 4, "kernel_size": 3, "groups": 3}, [X],
     "groups (3) does not divide the 4 output channels", "groups", ()),
    ("conv", {"out_channels": 4, "kernel_size": [3, 5], "dilation": 3, "padding": [0, 1]}, [X],
     "the window spans 13 positions of spatial axis 1, and the padded input has 11",
     "kernel_size", (0,)),
    ("max_pool", {"kernel_size": 12, "stride": 2, "ceil_mode": True, "padding": 1}, [X],
     "the window spans 12 positions of spatial axis 0, and the padded input has 10",
     "kernel_size", (0,)),
    ("conv_transpose", {"out_channels": 4, "kernel_size": 3, "padding": [[0, 0], [5, 6]]}, [X],
     "padding crops the whole output of spatial axis 1: its length would be 0", "padding", (0,)),
    ("conv_transpose",
     {"out_channels": 4, "kernel_size": 3, "stride": 2, "dilation": 3, "output_padding": 3}, [X],
     "output_padding (3) must be smaller than stride (2) or dilation (3)", "output_padding", ()),
    ("avg_pool", {"kernel_size": 3, "padding": [[1, 1], [2, 3]]}, [X],
     "padding (3) must be smaller than the window (3), or a window would pool nothing",
     "padding", ()),
    ("deform_conv", {"out_channels": 4, "kernel_size": 3, "offset_groups": 4}, [X, X],
     "offset_groups (4) does not divide the 6 input channels", "offset_groups", ()),
    ("deform_conv", {"out_channels": 4, "kernel_size": 3}, [X, (1, 18, 6)],
     "the offsets [18, 6] must have 2 spatial axes", None, (1,)),
    ("deform_conv", {"out_channels": 4, "kernel_size": 3, "offset_groups": 2},
     [X, (1, 18, 6, 7)],
     "the offsets must have 36 channels, and there are 18", None, (1,)),
    ("deform_conv", {"out_channels": 4, "kernel_size": 3},
     [X, (1, 18, 6, 7), (1, 18, 6, 7)],
     "the mask must have 9 channels, and there are 18", None, (2,)),
    ("deform_conv", {"out_channels": 4, "kernel_size": 3, "padding": 1},
     [X, (1, 18, 8, 9), (1, 9, 8, 7)],
     "the mask must have 9 positions along spatial axis 1, and there are 7", None, (2,)),
    ("deform_sample", {}, [X, (1, 6, 8, 9)],
     "the offsets must have 12 channels, and there are 6", None, (1,)),
    ("matmul", {}, [(3,), (3, 4)], "a matrix needs two axes", None, (0,)),
    ("matmul", {}, [(3, 4), (4,)], "a matrix needs two axes", None, (1,)),
    ("matmul", {}, [(1, 3, 4), (1, 5, 6)],
     "the first input has 4 columns and the second 5 rows", None, (0, 1)),
    ("matmul", {}, [(1, 2, 3, 4), (1, 5, 4, 6)],
     "sizes 2 and 5 of axis -3 do not broadcast", None, (0, 1)),
    ("add", {}, [X, (1, 6, 4, 9)], "sizes 8 and 4 of axis -2 do not broadcast", None, (0, 1)),
    ("add", {}, [(1, 1, 8, 8), (1, 3, 8, 8), (1, 2, 8, 8)],
     "sizes 3 and 2 of axis -3 do not broadcast", None, (0, 1, 2)),
    ("multiply", {}, [X, X, (6, 1, 8)], "sizes 9 and 8 of axis -1 do not broadcast", None,
     (0, 1, 2)),
    ("concat", {"dim": 4}, [X, X],
     "dim (4) is not an axis of [6, 8, 9]: 1 is the channels", "dim", ()),
    ("concat", {}, [X, (1, 6, 8)], "the inputs differ in their number of axes", None, (0, 1)),
    ("concat", {}, [X, X, (1, 2, 8, 8)],
     "sizes 9 and 8 of axis 3 differ: inputs joined along axis 1 must agree in all others",
     None, (0, 2)),
    ("split", {}, [X], "give either parts or sizes", "op", ()),
    ("split", {"parts": 2, "sizes": [3, 3]}, [X], "give either parts or sizes", "op", ()),
    ("split", {"parts": 2, "dim": 9}, [X],
     "dim (9) is not an axis of [6, 8, 9]: 1 is the channels", "dim", ()),
    ("split", {"sizes": [2, 3]}, [X], "sizes add up to 5, and axis 1 has 6", "sizes", ()),
    ("split", {"parts": 4, "dim": 3}, [X],
     "parts (4) does not divide the 9 positions of axis 3", "parts", ()),
    ("channel_shuffle", {"groups": 4}, [X],
     "groups (4) does not divide the 6 input channels", "groups", ()),
    ("flatten", {"start_dim": 3, "end_dim": 2}, [X],
     "axes 3 to 2 are not axes of [6, 8, 9]: 1 is the channels", "start_dim", ()),
    ("flatten", {"end_dim": 4}, [X],
     "axes 1 to 4 are not axes of [6, 8, 9]: 1 is the channels", "start_dim", ()),
    ("reshape", {"shape": [-1, 2, -1]}, [X], "only one size of shape may be -1", "shape", ()),
    ("reshape", {"shape": [6, 71]}, [X],
     "[6, 71] has 426 elements, and the input [6, 8, 9] has 432", "shape", ()),
    ("reshape", {"shape": [5, -1]}, [X],
     "[5, -1] has a multiple of 5 elements, and the input [6, 8, 9] has 432", "shape", ()),
    ("permute", {"dims": [1, 2]}, [X],
     "dims must name each of the axes [1, 2, 3] once; the batch stays where it is", "dims", ()),
    ("einsum", {"equation": "ab,bc->ac"}, [(2, 3), (3, 4, 5)],
     "bc names 2 axes, and the input has 3", "equation", (1,)),
    ("einsum", {"equation": "ab,bc->ac"}, [(2, 3), (4, 5)],
     "sizes 3 and 4 of axis b differ", "equation", (0, 1)),
    ("grid_sample", {}, [(1, 6), (1, 2)], "its input has no spatial axis: [6]", None, (0,)),
    ("grid_sample", {"mode": "bicubic"}, [(1, 6, 4), (1, 3, 1)],
     "mode bicubic is for maps of 2 spatial axes, and the input has 1: `bilinear` interpolates any",
     "mode", ()),
    ("grid_sample", {}, [X, (1, 5, 2)],
     "the grid [5, 2] must have 3 axes", None, (1,)),
    ("grid_sample", {}, [X, (1, 5, 7, 3)],
     "the grid must have 2 numbers for each position, and there are 3", None, (1,)),
    ("grid_sample", {}, [X, (2, 5, 7, 2)],
     "the grid is for 2 samples, and the input has 1", None, (0, 1)),
    ("view", {"shape": [6, 71]}, [X],
     "[6, 71] has 426 elements, and the input [1, 6, 8, 9] has 432", "shape", ()),
    ("transpose", {"dims": [1, 2, 3]}, [X],
     "dims must name each of the axes [0, 1, 2, 3] once", "dims", ()),
    ("slice", {"dims": [2], "starts": [5], "ends": [-3]}, [X],
     "positions from 5 to -3 by 1 take none of the 8 of axis 2", "starts", ()),
    ("slice", {"dims": [2, 3], "starts": [5], "ends": [-3]}, [X],
     "starts, ends and steps must have a number for each of dims", "starts", ()),
    ("slice", {"dims": [2], "starts": [5], "ends": [0], "steps": [0]}, [X],
     "a step of 0 never reaches the end", "steps", ()),
    ("roll", {"shifts": 3, "dims": [2, 3]}, [X],
     "shifts must have a number for each of dims: there are 1 and 2", "shifts", ()),
    ("expand", {"shape": [6, 8, 3]}, [X],
     "sizes 9 and 3 of axis -1 do not broadcast", "shape", ()),
    ("tile", {"repeats": [6, 8, 3]}, [X],
     "repeats must have a number for each of the 4 axes, the batch included", "repeats", ()),
    ("gather", {"dim": 2, "indices": [0, 8]}, [X],
     "indices go from 0 to 8, and axis 2 has 8 positions", "indices", ()),
    ("gather", {"dim": 2}, [X], "give either indices or a second input", "op", ()),
    ("scatter", {}, [X, X, X],
     "an address of 9 numbers does not lead to updates of [6, 8, 9] in an input of [6, 8, 9]",
     None, (1, 2)),
    ("scatter", {}, [(3, 4), (5, 1), (5, 3)],
     "the updates have 3 positions along axis 1, and 4 are wanted", None, (2,)),
    ("scatter", {"dim": 1}, [X, X, (1, 6, 8, 8)],
     "sizes 9 and 8 of axis 3 differ: there must be an index for each update", None, (1, 2)),
    ("scatter", {"dim": 1}, [X, (1, 5, 9, 9), (1, 5, 9, 9)],
     "the places are of 9 positions along axis 2, and the input has 8", None, (0, 1)),
    ("scatter", {"dim": 1}, [X, (1, 6), (1, 6)],
     "the inputs differ in their number of axes", None, (0, 1)),
    ("crop", {"size": [8, 12]}, [X],
     "a crop of 12 does not fit in the 9 positions of spatial axis 1",
     "size", (0,)),
    ("crop", {"size": 8, "start": [0, 2]}, [X],
     "a crop of 8 from position 2 does not fit in the 9 positions of spatial axis 1",
     "size", (0,)),
    ("pad", {"padding": [1, 9], "mode": "reflect"}, [X],
     "a reflected border (9) must be smaller than the axis (9)", "padding", ()),
    ("pad", {"padding": [1, 10], "mode": "circular"}, [X],
     "a circular border (10) must be no larger than the axis (9)", "padding", ()),
    ("upsample", {}, [X], "give either scale_factor or size", "op", ()),
    ("upsample", {"scale_factor": 2, "size": 9}, [X],
     "give either scale_factor or size", "op", ()),
    ("upsample", {"scale_factor": 2, "mode": "bilinear", "step": 1, "start": 0}, [X],
     "step and start go together, with size and with a mode that interpolates, and without "
     "align_corners", "step", ()),
    ("upsample", {"scale_factor": [1, Fraction(1, 10)]}, [X],
     "scale_factor leaves nothing of spatial axis 1", "scale_factor", ()),
    ("upsample", {"scale_factor": 2, "mode": "trilinear"}, [X],
     "mode trilinear is for maps of 3 spatial axes, and the input has 2: `linear` interpolates any",
     "mode", ()),
    ("upsample", {"scale_factor": 2, "align_corners": True}, [X],
     "align_corners is for modes that interpolate, and mode is nearest", "align_corners", ()),
    ("pixel_shuffle", {"upscale_factor": 2}, [X],
     "blocks of 4 positions do not divide the 6 input channels", None, ()),
    ("space_to_depth", {"block_size": 4}, [X],
     "blocks of 4 do not divide the 9 positions of spatial axis 1", None, (0,)),
    ("pow", {}, [X], "give either exponent or a second input", "op", ()),
    ("pow", {"exponent": 2}, [X, X], "give either exponent or a second input", "op", ()),
    ("pow", {}, [X, (1, 6, 4, 9)], "sizes 8 and 4 of axis -2 do not broadcast", None, (0, 1)),
    ("prelu", {"num_parameters": 3}, [X],
     "num_parameters (3) is neither 1 nor the 6 input channels", "num_parameters", ()),
    ("group_norm", {"num_groups": 4}, [X],
     "num_groups (4) does not divide the 6 input channels", "num_groups", ()),
    ("instance_norm", {}, [(1, 6)], "its input has no spatial axis: [6]", None, (0,)),
    ("layer_norm", {"dim": [1, 4]}, [X],
     "dim (4) is not an axis of [6, 8, 9]: 1 is the channels", "dim", ()),
    ("layer_norm", {"dim": [2, -4]}, [X],
     "dim (-4) is not an axis of [6, 8, 9]: 1 is the channels", "dim", ()),
    ("layer_norm", {"dim": [3, -1]}, [X], "dim names an axis twice", "dim", ()),
    ("mean", {"dim": -5}, [X],
     "dim (-5) is not an axis of [6, 8, 9]: 1 is the channels", "dim", ()),
    ("topk", {"k": 9, "dim": 2}, [X], "k (9) is more than the 8 positions of axis 2", "k", ()),
    ("softmax", {"dim": 4}, [X],
     "dim (4) is not an axis of [6, 8, 9]: 1 is the channels", "dim", ()),
    ("lstm", {"hidden_size": 4}, [X],
     "it reads a sequence, [steps, features], or [features, steps] with `dim: 2`, and its input is "
     "[6, 8, 9]: `reshape` makes one of a map", None, (0,)),
    ("lstm", {"hidden_size": 4}, [(1, 6, 8), (1, 1, 4)],
     "after the sequence it takes: h and c, or neither; here are 1 more", "from", ()),
    ("gru", {"hidden_size": 4, "layout": "onnx", "made_weights": True}, [(1, 6, 8), (1, 1, 4)],
     "after the sequence it takes: h, or nothing; weight_ih; weight_hh; bias; here are 1 more",
     "from", ()),
    ("gru", {"hidden_size": 4, "num_layers": 2}, [(1, 6, 8), (1, 1, 4)],
     "the first h is [1, 4], and [2, 4] is wanted", None, (1,)),
    ("rnn", {"hidden_size": 4, "layout": "onnx", "made_weights": True},
     [(1, 6, 8), (1, 4, 7), (1, 4, 4), (1, 8)],
     "its weight_ih is [1, 4, 7], and [1, 4, 8] is wanted", None, (1,)),
    ("lstm", {"hidden_size": 4, "activations": ["relu", "tanh"]}, [(1, 6, 8)],
     "it has 2 functions, and a direction takes 3", "activations", ()),
    ("rnn", {"hidden_size": 4, "nonlinearity": ["relu", "tanh"]}, [(1, 6, 8)],
     "it has 2 functions, and a direction takes 1", "nonlinearity", ()),
    ("rnn", {"hidden_size": 4, "bidirectional": True, "reverse": True}, [(1, 6, 8)],
     "`bidirectional` goes both ways already: leave `reverse` out", "reverse", ()),
    ("gru", {"hidden_size": 4, "layout": "onnx", "num_layers": 3}, [(1, 6, 8)],
     "`layout: onnx` is of one layer, and num_layers is 3", "layout", ()),
    ("gru", {"hidden_size": 4, "layout": "onnx", "dim": 2}, [(1, 6, 8)],
     "`layout: onnx` has the features last: leave `dim` out", "dim", ()),
    ("gru", {"hidden_size": 4, "made_weights": True}, [(1, 6, 8)],
     "`made_weights` are those of `layout: onnx`: give that, too", "made_weights", ()),
    ("lstm", {"hidden_size": 4, "layout": "onnx", "proj_size": 3}, [(1, 6, 8)],
     "`layout: onnx` knows no `proj_size`", "proj_size", ()),
    ("lstm",
     {"hidden_size": 4, "layout": "onnx", "made_weights": True, "bias": False, "peephole": True},
     [(1, 6, 8), (1, 16, 8), (1, 16, 4), (1, 12)],
     "with `made_weights` a `peephole` comes after the bias: there must be one", "bias", ()),
    ("gather_elements", {"dim": 2}, [X, (1, 7, 3, 9)],
     "the places are of 7 positions along axis 1, and the input has 6", None, (0, 1)),
    ("gather_nd", {"axes": 3, "batch_dims": 2}, [X, (1, 6, 3)],
     "addresses along 3 axes after 2 shared ones need an input of 5 axes", "axes", (0,)),
    ("gather_nd", {"batch_dims": 2}, [X, (1, 1)],
     "the addresses have 2 axes, and batch_dims shares 2 besides the last", "batch_dims", (1,)),
    ("gather_nd", {"axes": 2}, [X, (4, 3)],
     "the addresses have 3 numbers each, and 2 are wanted", "axes", (1,)),
    ("gather_nd", {"batch_dims": 2}, [X, (1, 5, 1)],
     "sizes 6 and 5 of the shared axis 1 differ", "batch_dims", (0, 1)),
    ("tril", {}, [(6,)], "a triangle needs two axes, and there is one", None, (0,)),
    ("reverse_sequence", {}, [X, (1,)],
     "the lengths must have two axes, the second of size 1, and here are 1", None, (1,)),
    ("reverse_sequence", {}, [X, (3, 1)],
     "the lengths are 3 by 1, and 1 by 1 are wanted: one for each position of axis 0",
     "batch_dim", (0, 1)),
    ("fold", {"output_size": [5, 4], "kernel_size": [2, 2, 2]}, [(1, 12, 12)],
     "kernel_size is for 3 axes, and output_size for 2", "kernel_size", ()),
    ("fold", {"output_size": [5, 4], "kernel_size": 2}, [X],
     "its input must be [channels x taps, positions], and is [6, 8, 9]", None, (0,)),
    ("fold", {"output_size": [5, 4], "kernel_size": 2}, [(1, 6, 12)],
     "the 4 taps of a window do not divide the 6 input channels", "kernel_size", ()),
    ("fold", {"output_size": [5, 4], "kernel_size": 2}, [(1, 8, 11)],
     "the input has 11 positions, and 12 windows fit into the output", "output_size", (0,)),
    ("max_unpool", {"kernel_size": 2}, [X, (1, 6, 8, 8)],
     "sizes 9 and 8 of axis 3 differ: there must be a position for each element", None, (0, 1)),
    ("roi_align", {"output_size": 7}, [X, (4, 5, 1)],
     "the boxes [5, 1] must be a list of numbers for each box", None, (1,)),
    ("roi_align", {"output_size": 7}, [X, (4, 4)],
     "a box must have 5 numbers: that of its sample, and two corners", None, (0, 1)),
    ("dft", {}, [X], "the last axis holds 1 real number or 2 of a complex one, and here are 9",
     None, (0,)),
    ("nms", {"max_output_boxes": 7}, [(1, 9, 4), (1, 9)],
     "boxes must be [n, 4] and scores [classes, n], and they are [9, 4] and [9]", None, (0, 1)),
]  # fmt: skip


def complaint(name: str, fields: dict[str, Any], inputs: list[tuple[int, ...]]) -> Must:
    found = broken(build(op_class(name), len(inputs[0]) - 2, fields), inputs)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("name", "fields", "inputs", "sentence", "field", "disagree"),
    SENTENCES,
    ids=lambda part: part if isinstance(part, str) and part.isidentifier() else "",
)
def test_a_broken_condition_says(
    name: str,
    fields: dict[str, Any],
    inputs: list[tuple[int, ...]],
    sentence: str,
    field: str | None,
    disagree: tuple[int, ...],
) -> None:
    must = complaint(name, fields, inputs)
    assert must.sentence() == sentence
    assert (must.field, (*must.inputs,)) == (field, disagree)


def test_every_sentence_is_tested() -> None:
    files = Path(ops.__file__).parent.glob("*.py")
    nodes = [node for file in files for node in ast.walk(ast.parse(file.read_text()))]
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    written = {ast.literal_eval(call.args[1]) for call in calls if ast.unparse(call.func) == "Must"}
    assert written == {
        complaint(name, fields, inputs).says for name, fields, inputs, *_ in SENTENCES
    }


def test_conditions_of_symbols_print_what_is_required() -> None:
    conv = build(op_class("conv"), 1, {"out_channels": 4, "kernel_size": 3, "groups": 2})
    margins = [str(must.margin) for must in conv.conditions((1, Symbol("c"), Symbol("h")))]
    assert margins == ["0", "-(c % 2)", "0", "h - 3"]


def test_conditions_of_columns_are_masks() -> None:
    conv = build(op_class("conv"), 1, {"out_channels": 4, "kernel_size": 3, "groups": 2})
    *_, fits = conv.conditions((1, Column([2, 4]), Column([2, 5])))
    assert isinstance(fits.margin, Column)
    assert (fits.margin.rows >= 0).tolist() == [False, True]
