"""Whole layers: attention, recurrent ones, and those of torchvision."""

# pyright: reportMissingImports=false
from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812 - as all of PyTorch calls it
from torchvision import ops

from benchmarks.aten_cases.program import TOKENS, call, drawn, of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.aten_cases.program import Case


def attention() -> Mapping[str, Case]:
    attend, x = F.scaled_dot_product_attention, TOKENS
    key = drawn(2, 4, 5, 8)
    mask = torch.tensor([[True, False, True, True, False]] * 3)
    several = nn.MultiheadAttention(8, 2, batch_first=True)
    one = nn.TransformerEncoderLayer(8, 2, 12, batch_first=True)
    return {
        "attention": call(attend, x, key, key * 2),
        "attention scaled": call(lambda q, k: attend(q, k, k, scale=0.3), x, key),
        "attention causal": call(lambda q: attend(q, q, q, is_causal=True), x),
        "attention with a mask": call(lambda q, k, m: attend(q, k, k, m), x, key, drawn(3, 5)),
        "attention of what is allowed": call(lambda q, k, m: attend(q, k, k, m), x, key, mask),
        "attention of three axes": call(lambda q: attend(q, q, q), drawn(2, 3, 8)),
        "attention of five axes": call(lambda q: attend(q, q, q), drawn(1, 2, 2, 3, 8)),
        "attention of grouped heads": call(
            lambda q, k: attend(q, k, k, enable_gqa=True), x, drawn(2, 2, 5, 8)
        ),
        "multi-head attention": of(_Attention(several), drawn(2, 3, 8)),
        "encoder layer": of(one, drawn(2, 3, 8)),
    }


class _Attention(nn.Module):
    def __init__(self, inside: nn.MultiheadAttention) -> None:
        super().__init__()
        self.inside = inside

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.inside(x, x, x, need_weights=False)[0]


class Loop(nn.Module):
    """A cell that goes over a sequence."""

    def __init__(self) -> None:
        super().__init__()
        self.cell = nn.GRUCell(4, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        state = torch.zeros(x.shape[0], 5)
        for step in range(x.shape[1]):
            state = self.cell(x[:, step], state)
        return state


def recurrent() -> Mapping[str, Case]:
    x, steps = drawn(2, 3, 4), drawn(3, 2, 4)
    return {
        "lstm": of(nn.LSTM(4, 5, batch_first=True), x),
        "lstm of two layers both ways": of(
            nn.LSTM(4, 3, 2, bidirectional=True, batch_first=True), x
        ),
        "lstm steps first": of(nn.LSTM(4, 5, bias=False), steps),
        "lstm projected": of(nn.LSTM(4, 5, proj_size=3, batch_first=True), x),
        "gru": of(nn.GRU(4, 5, batch_first=True), x),
        "gru both ways": of(nn.GRU(4, 3, bidirectional=True), steps),
        "gru from a state": of(nn.GRU(4, 5, batch_first=True), x, drawn(1, 2, 5)),
        "lstm_cell": of(nn.LSTMCell(4, 5), drawn(2, 4)),
        "lstm_cell of a state": call(
            lambda a, h, c, w, u: torch.lstm_cell(a, (h, c), w, u),
            drawn(2, 4),
            drawn(2, 5),
            drawn(2, 5) * 2,
            own=(drawn(20, 4), drawn(20, 5)),
        ),
        "lstm_cell of one sample": of(nn.LSTMCell(4, 5), drawn(4)),
        "gru_cell": of(nn.GRUCell(4, 5), drawn(2, 4), drawn(2, 5)),
        "gru_cell in a loop": of(Loop(), x),
        "rnn_tanh_cell": of(nn.RNNCell(4, 5), drawn(2, 4), drawn(2, 5)),
        "rnn_relu_cell": of(nn.RNNCell(4, 5, nonlinearity="relu"), drawn(2, 4)),
        "rnn tanh": of(nn.RNN(4, 5, batch_first=True), x),
        "rnn relu": of(nn.RNN(4, 5, nonlinearity="relu", batch_first=True), x),
    }


def vision() -> Mapping[str, Case]:
    x, mask = drawn(1, 4, 6, 5), drawn(1, 18, 4, 3).abs()
    offset, masked = drawn(1, 18, 4, 3), ops.DeformConv2d(4, 6, 3, groups=2)
    corners = torch.tensor([[0, 0, 2, 2], [0, 0, 2, 2.1], [3, 3, 5, 6.0], [3, 3.2, 5, 6]])
    kept = {
        "nms": call(lambda r, s: ops.nms(r, s, 0.5), corners, torch.tensor([0.3, 0.9, 0.2, 0.8])),
        "nonzero": call(lambda a: a.relu().nonzero(), x),
        "index by a mask": call(lambda a: a[a > 0.5] + 1, x),
        "index by a mask of an axis": call(lambda a, p: a[:, p], x, drawn(4) > 0),
        "masked_select": call(lambda a: a.masked_select(a > 0.5), x),
    }
    boxes = torch.tensor([[0, 0.0, 0.5, 3.0, 4.0], [0, 1.0, 1.0, 4.5, 5.0]])
    return {
        "deform_conv2d": of(ops.DeformConv2d(4, 6, 3), x, offset),
        "deform_conv2d with a mask": of(masked, x, offset, mask[:, :9]),
        "roi_align": call(lambda a, r: ops.roi_align(a, r, 3, 0.9, 2, True), x, boxes),
        **kept,
        "roi_align not aligned": call(lambda a, r: ops.roi_align(a, r, (2, 3), 1.0, 3), x, boxes),
    }
