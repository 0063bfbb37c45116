"""Small networks of one layer, for modes of ops, which test_verify.py confirms; the example of
each op is confirmed besides."""

from __future__ import annotations

# Layers besides, of ops that do other things in other modes and ranks.
MORE = [
    (
        "input: [4, 8, 8]",
        "{op: conv, out_channels: 6, kernel_size: [3, 2], stride: [2, 1], padding: 1, groups: 2}",
    ),
    (
        "input: [4, 8, 8]",
        "{op: conv_transpose, out_channels: 6, kernel_size: 3, stride: 2, padding: 1, "
        "output_padding: 1, groups: 2}",
    ),
    (
        "inputs: {x: [4, 8, 8], offsets: [24, 4, 8], mask: [12, 4, 8]}",
        "{op: deform_conv, from: [x, offsets, mask], out_channels: 6, kernel_size: [3, 2], "
        "stride: [2, 1], padding: [[1, 1], [0, 1]], groups: 2, offset_groups: 2}",
    ),
    ("input: [4, 8, 8]", "{op: max_pool, kernel_size: 3, stride: 2, padding: 1, ceil_mode: true}"),
    ("input: [4, 8, 8]", "{op: avg_pool, kernel_size: 3, stride: 2, padding: 1, ceil_mode: true}"),
    ("input: [4, 8, 8]", "{op: pixel_unshuffle, downscale_factor: [2, 4]}"),
    ("input: [4, 8, 8]", "{op: depth_to_space, block_size: [1, 4]}"),
    ("input: [4, 8, 8]", "{op: pad, padding: [[1, 2], 0]}"),
    ("input: [4, 8, 8]", "{op: upsample, scale_factor: 2}"),
    ("input: [2, 9]", "{op: upsample, scale_factor: 3/2, mode: linear}"),
    ("input: [2, 9]", "{op: upsample, size: 25, mode: linear, align_corners: true}"),
    ("input: [2, 9]", "{op: upsample, size: 18, step: 1/2, start: -1/4, mode: linear}"),
    ("input: [2, 9, 8]", "{op: upsample, size: [17, 5], mode: bilinear, align_corners: true}"),
    ("input: [2, 9, 8]", "{op: upsample, size: [1, 24], mode: bicubic, align_corners: true}"),
    ("input: [2, 9, 12]", "{op: upsample, scale_factor: [2, 2/3], mode: bicubic}"),
    ("input: [1, 6, 5, 4]", "{op: upsample, scale_factor: [2, 1, 3], mode: trilinear}"),
    ("input: [8, 3, 4, 2]", "{op: pixel_shuffle, upscale_factor: 2}"),
    ("input: [2, 12]", "{op: space_to_depth, block_size: 3}"),
    (
        "inputs: {x: [2, 9], offsets: [3, 9]}",
        "{op: deform_conv, from: [x, offsets], out_channels: 2, kernel_size: 3, padding: same}",
    ),
    (
        "inputs: {x: [2, 6, 5, 4], offsets: [36, 5, 6, 5], mask: [12, 5, 6, 5]}",
        "{op: deform_conv, from: [x, offsets, mask], out_channels: 2, kernel_size: [3, 2, 2], "
        "padding: [[0, 1], 1, 1]}",
    ),
    ("inputs: {x: [2, 9], offsets: [2, 9]}", "{op: deform_sample, from: [x, offsets]}"),
    (
        "input: [4, 8]",
        "{op: locally_connected, out_channels: 6, kernel_size: 3, groups: 2, bias: false}",
    ),
]


# Fields on which a formula branches, the other way.
VARIANTS = [
    "{op: instance_norm, affine: true}",
    "{op: gelu, approximate: tanh}",
    "{op: prelu, num_parameters: in_channels}",
    "{op: softplus, beta: 1/2}",
    "{op: celu, alpha: 1/2}",
    "{op: thresholded_relu, alpha: 1/2}",
    "{op: add, from: [input, input, input]}",
    "{op: multiply, from: [input, input, input]}",
    "{op: minimum, from: [input, input, input]}",
    "{op: maximum, from: [input, input, input]}",
    '{op: einsum, equation: "bchw,bdhw->bcd", from: [input, input]}',
    "{op: slice, dims: [2, 3], starts: [1, -1], ends: [7, -9], steps: [2, -1]}",
    "{op: gather, dim: 2, indices: [6, 4, -6]}",
    "{op: gather, dim: 2, indices: [1]}",
    "{op: lp_pool, norm_type: 1, kernel_size: 2}",
    "{op: adaptive_avg_pool, output_size: 3}",
    '{op: einsum, equation: "abcd,aecd->abcd", from: [input, input]}',
    "{op: group_norm, num_groups: 2, eps: -1}",  # roots of negative numbers
    "{op: expand, shape: [3, 1, 4, 8, 8]}",
    "{op: mean, dim: [2, -1], keepdim: true}",
    "{op: batch_norm, affine: false}",
    "{op: layer_norm, dim: -1, bias: false}",
    "{op: layer_norm, dim: [1, 3], elementwise_affine: false}",
    "{op: group_norm, num_groups: 4, affine: false}",
    "instance_norm",
    "prelu",
    "gelu",
    "{op: pow, from: [input, input]}",
    "{op: pow, exponent: -1/2}",
    '{op: einsum, equation: "abcd,ebcf->fad", from: [input, input]}',
    '{op: einsum, equation: "abcd,abcd->dcba", from: [input, input]}',
    "{op: prod, dim: [1, 3], keepdim: true}",
    "{op: log_sum_exp, dim: [1, 2, 3]}",
    "{op: argmin, dim: 3, keepdim: true}",
    "{op: topk, k: 3, dim: 3, largest: false}",
    "{op: cumsum, dim: 2, exclusive: true}",
    "{op: rms_norm, dim: [1, 3], elementwise_affine: false}",
    "{op: lp_norm, dim: -1, p: 1}",
    "{op: gather, dim: 3, from: [input, input]}",
    "{op: gather, dim: 2, indices: [0, 5, 3]}",
    "{op: slice, dims: [1, -1], starts: [-1, 3], ends: [-9, 9], steps: [-1, 2]}",
    "{op: slice, dims: [2], starts: [6], ends: [0], steps: [-3]}",
    "{op: tile, repeats: [2, 1, 2, 1]}",
    "{op: transpose, dims: [1, 0, 3, 2]}",
    "{op: view, shape: [4, 8, 8]}",
    "{op: clip, min: 0}",
    "{op: clip, max: 1/2}",
    "{op: log_softmax, dim: 3}",
    "{op: sum, dim: [1, 3], keepdim: true}",
    "{op: mean, dim: 3}",
    "{op: amax, dim: [2, 3]}",
]

GRIDS = [
    ("inputs: {x: [4, 8, 8], grid: [5, 6, 2]}", "padding_mode: border"),
    ("inputs: {x: [2, 9], grid: [5, 1]}", "mode: bilinear"),
    ("inputs: {x: [2, 6, 5, 4], grid: [5, 2, 3, 3]}", "align_corners: true"),
    ("inputs: {x: [4, 8, 8], grid: [5, 6, 2]}", "mode: nearest"),
    ("inputs: {x: [4, 8, 8], grid: [5, 6, 2]}", "mode: nearest, padding_mode: border"),
]

# Their fields end at the first step, so that no longer input shows more.
RECURRENT = [
    ("input: [5, 9]", "{op: lstm, dim: 2, hidden_size: 3, num_layers: 2, bidirectional: true}"),
    (
        "input: [5, 9]",
        "{op: lstm, dim: 2, hidden_size: 4, proj_size: 2, peephole: true, clip: 1/2, "
        "return_state: true}",
    ),
    (
        "inputs: {x: [9, 5], h: [2, 3], c: [2, 3]}",
        "{op: lstm, from: [x, h, c], hidden_size: 3, layout: onnx, input_forget: true, "
        "bidirectional: true, activations: [[hard_sigmoid, 1/4, 1/2], softsign, relu]}",
    ),
    ("input: [5, 9]", "{op: gru, dim: 2, hidden_size: 3, reset_after: false, reverse: true}"),
    ("input: [5, 9]", "{op: gru, dim: 2, hidden_size: 3, bias: false, num_layers: 3}"),
    ("input: [5, 9]", "{op: rnn, dim: 2, hidden_size: 3, nonlinearity: relu, num_layers: 2}"),
]

# Their units read whole axes, or anywhere.
GLOBAL = [
    ("input: [8, 3, 2]", "{op: dft, dim: 2, inverse: true}"),
    ("input: [64, 1]", "{op: dft, dim: 1, inverse: true}"),
    (
        "inputs: {x: [4, 8, 8], boxes: [5]}",
        "{op: roi_align, from: [x, boxes], output_size: 3, aligned: true}",
    ),
]
