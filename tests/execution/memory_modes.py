"""Layers whose kernels take other paths than those of the examples: what they hold is measured."""

from __future__ import annotations

SAME_MAP = "input: [8, 160, 160]"
MODES = {
    SAME_MAP: [
        "{op: conv, out_channels: 8, kernel_size: 3, padding: 1}",
        "{op: conv, out_channels: 8, kernel_size: 9, padding: 4}",
        "{op: conv, out_channels: 64, kernel_size: 3, stride: 2}",
        "{op: conv, out_channels: 32, kernel_size: 5, dilation: 2, padding: 4, groups: 2}",
        "{op: conv, out_channels: 8, kernel_size: 3, padding: same, groups: 8}",
        "{op: conv, out_channels: 32, kernel_size: 3, groups: 8}",
        "{op: conv, out_channels: 64, kernel_size: 1, stride: 2}",
        "{op: conv, out_channels: 32, kernel_size: 1}",
        "{op: conv_transpose, out_channels: 8, kernel_size: 3, stride: 2, padding: 1}",
        "{op: conv_transpose, out_channels: 8, kernel_size: 3, groups: 8}",
        "{op: max_pool, kernel_size: 3, stride: 1, padding: 1}",
        "{op: max_pool, kernel_size: 3, stride: 2, ceil_mode: true}",
        "{op: avg_pool, kernel_size: 5, stride: 1, padding: 2}",
        "{op: lp_pool, norm_type: 1, kernel_size: 3, stride: 1, padding: 1}",
        "{op: lp_pool, norm_type: 2, kernel_size: 3, stride: 1}",
        "{op: lp_pool, norm_type: 3, kernel_size: 3, stride: 1, padding: 1}",
        "{op: local_response_norm, size: 5}",
        "{op: layer_norm, dim: [1, 2, 3]}",
        "{op: layer_norm, dim: 1}",
        "{op: rms_norm, dim: 1}",
        "{op: lp_norm, dim: 1, p: 1}",
        "{op: group_norm, num_groups: 4}",
        "{op: softmax, dim: 1}",
        "{op: argmax, dim: 1}",
        "{op: argmin, dim: 3, keepdim: true}",
        "{op: topk, dim: 2, k: 5}",
        "{op: topk, dim: 3, k: 160, largest: false}",
        "{op: upsample, scale_factor: 2, mode: bilinear}",
        "{op: upsample, scale_factor: 2, mode: bicubic}",
        "{op: upsample, size: [80, 400], mode: nearest}",
        "{op: unfold, kernel_size: 3, padding: 1}",
        "{op: pad, padding: [3, 8], mode: reflect}",
        "{op: pad, padding: [3, 8], mode: circular}",
        "{op: gelu, approximate: tanh}",
        "{op: clip, min: 0, max: 1}",
        "{op: prelu, num_parameters: 8}",
        "{op: cumsum, dim: 2, exclusive: true, reverse: true}",
        "{op: l2, dim: 1}",
        "{op: log_sum_exp, dim: 1}",
        "{op: tile, repeats: [1, 2, 2, 1]}",
        "{op: add, from: [input, input, input]}",
        '{op: einsum, equation: "bchw,bdhw->bcd", from: [input, input]}',
        '{op: einsum, equation: "abcd,abcd->dcba", from: [input, input]}',
    ],
    "input: [64, 60, 60]": [
        "{op: conv, out_channels: 64, kernel_size: 3, padding: 1}",
        "{op: conv, out_channels: 64, kernel_size: 3, groups: 2}",
        "{op: conv, out_channels: 512, kernel_size: 3}",
    ],
    "input: [8, 40, 40]": [
        "{op: locally_connected, out_channels: 8, kernel_size: 3, padding: 1}",
        "{op: locally_connected, out_channels: 8, kernel_size: 3, groups: 2}",
    ],
    "input: [8, 50_000]": [
        "{op: conv, out_channels: 8, kernel_size: 9, padding: 4}",
        "{op: conv_transpose, out_channels: 8, kernel_size: 4, stride: 2}",
        "{op: upsample, scale_factor: 3, mode: linear}",
        "{op: softmax, dim: 1}",
    ],
    "input: [32, 20, 20, 20]": [
        "{op: conv, out_channels: 32, kernel_size: 3, padding: 1}",
        "{op: conv, out_channels: 32, kernel_size: 3, padding: 1, groups: 32}",
        "{op: conv_transpose, out_channels: 8, kernel_size: 2, stride: 2}",
        "{op: max_pool, kernel_size: 3, stride: 1, padding: 1}",
        "{op: upsample, size: [30, 10, 40]}",
        "{op: upsample, scale_factor: 2, mode: trilinear}",
    ],
    "inputs: {x: [64, 50, 50], offsets: [36, 50, 50], mask: [18, 50, 50]}": [
        "{op: deform_conv, from: [x, offsets, mask], out_channels: 8, kernel_size: 3, padding: 1, "
        "offset_groups: 2}",
    ],
    "inputs: {x: [16, 100, 100], grid: [120, 120, 2]}": [
        "{op: grid_sample, from: [x, grid]}",
        "{op: grid_sample, from: [x, grid], mode: nearest, padding_mode: border}",
        "{op: grid_sample, from: [x, grid], mode: bicubic}",
    ],
    "inputs: {x: [2, 40, 40, 40], grid: [40, 40, 40, 3]}": ["{op: grid_sample, from: [x, grid]}"],
    "input: [800, 128]": [
        "{op: rnn, hidden_size: 128, num_layers: 3}",
        "{op: gru, hidden_size: 128, num_layers: 2, bidirectional: true}",
        "{op: gru, hidden_size: 128, layout: onnx, bidirectional: true}",
        "{op: lstm, hidden_size: 128, proj_size: 32, return_state: true}",
        "{op: lstm, hidden_size: 64, dim: 2}",
    ],
    "input: [300, 300, 2]": [
        "{op: dft, dim: 1}",
        "{op: dft, dim: 2, inverse: true}",
        "{op: dft, dim: 2, length: 200}",
    ],
    "input: [400, 2_500]": [
        "{op: fold, output_size: [100, 100], kernel_size: 2, stride: 2}",
        "{op: fold, output_size: [98, 98], kernel_size: 2, stride: 2, padding: 1}",
    ],
    "inputs: {x: [4, 200, 1], y: [4, 1, 200], z: [4, 200, 200]}": [
        "{op: add, from: [x, y, z]}",
        "{op: add, from: [y, y, z]}",
        "{op: less, from: [x, z]}",
    ],
    "inputs: {x: [1_000, 200], at: [1_000, 200], new: [1_000, 200]}": [
        "{op: where, from: [x, at, new]}",
        "{op: gather_elements, from: [x, at], dim: 1}",
        "{op: scatter, from: [x, at, new], dim: 1}",
    ],
    "inputs: {x: [40_000, 4], at: [10_000, 4], new: [10_000, 4]}": [
        "{op: scatter, from: [x, at, new], dim: 1, reduce: sum}",
    ],
}
"""By the inputs: each line of layers of one network."""

LINES = [(inputs, layer) for inputs, layers in MODES.items() for layer in layers]
