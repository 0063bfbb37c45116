"""Operators that only move numbers."""

# pyright: reportMissingImports=false
from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

from benchmarks.aten_cases.program import MAP, ROWS, aten, call, drawn, of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.aten_cases.program import Case


def moves() -> Mapping[str, Case]:
    x, rows = MAP, ROWS
    thin = drawn(2, 1, 6, 1)
    at = torch.tensor([2, 0, 1])
    views = {
        "tril": call(lambda a: a.tril(-1), x),
        "triu of a tensor": call(lambda a: a.triu(1), x),
        "mH": call(lambda a: a.mH + 1, x),
        "adjoint": call(lambda a: torch.adjoint(a) + 1, x),
        "one_hot": call(lambda a: nn.functional.one_hot(a, 5), torch.tensor([[3, 0, 4]])),
        "broadcast_tensors": call(lambda a, c: torch.broadcast_tensors(a, c), x, x[:, :1]),
        "diagonal": call(lambda a: a.diagonal(dim1=2, dim2=3), x),
        "diagonal above": call(lambda a: a.diagonal(2, 1, 3), x),
        "diagonal below": call(lambda a: a.diagonal(-1, 3, 2), x),
        "view": call(lambda a: a.view(2, -1), x),
        "reshape": call(lambda a: a.transpose(1, 2).reshape(2, 6, 20), x),
        "flatten": of(nn.Flatten(), x),
        "unflatten": of(nn.Unflatten(1, (2, 2)), x),
        "unsqueeze": call(lambda a: a.unsqueeze(-1), x),
        "squeeze": call(lambda a: a.squeeze(1), thin),
        "squeeze all": call(lambda a: a.squeeze(), thin),
        "_unsafe_view": call(lambda a: aten._unsafe_view(a, [2, 4, 30]), x),
        "_reshape_alias": call(lambda a: aten._reshape_alias(a, [2, 4, 30], [120, 30, 1]), x),
        "view_copy": call(lambda a: aten.view_copy(a, [2, 4, 30]), x),
        "squeeze_copy": call(lambda a: aten.squeeze_copy(a, 1), thin),
        "unsqueeze_copy": call(lambda a: aten.unsqueeze_copy(a, 1), x),
        "view_as": call(lambda a, b: a.view_as(b), x, drawn(2, 4, 30)),
        "reshape_as": call(lambda a, b: a.reshape_as(b), x, drawn(2, 4, 30)),
        "as_strided turned": call(
            lambda a: aten.as_strided(a, [2, 30, 1, 4], [120, 1, 4, 30]), drawn(2, 4, 30)
        ),
        "unfold along an axis": call(lambda a: a.unfold(2, 3, 2), x),
        "unfold without overlap": call(lambda a: a.unfold(-1, 5, 5), x),
        "as_strided": call(
            lambda a: aten.as_strided(a, [2, 4, 1, 30], [120, 30, 30, 1]), drawn(2, 4, 30)
        ),
        "ravel": call(lambda a: a.ravel(), drawn(1, 5, 6)),
        "detach_copy": call(lambda a: aten.detach_copy(a) + 1, x),
    }
    orders = {
        "permute": call(lambda a: a.permute(0, 2, 3, 1), x),
        "permute of the batch": call(lambda a: a.permute(2, 0, 1, 3), x),
        "permute_copy": call(lambda a: aten.permute_copy(a, [0, 3, 1, 2]), x),
        "transpose": call(lambda a: a.transpose(1, -1), x),
        "transpose_copy": call(lambda a: aten.transpose_copy(a, 1, 2), x),
        "t": call(lambda a: a.t(), drawn(3, 4)),
        "mT": call(lambda a: a.mT, rows),
        "numpy_T": call(lambda a: a.T, drawn(3, 4)),
        "swapaxes": call(lambda a: a.swapaxes(1, 2), x),
        "swapdims": call(lambda a: a.swapdims(1, 3), x),
        "movedim": call(lambda a: a.movedim(1, -1), x),
        "moveaxis": call(lambda a: a.moveaxis((1, 2), (3, 1)), x),
        "flip": call(lambda a: a.flip(2, 3), x),
        "roll": call(lambda a: a.roll((1, -2), (2, 3)), x),
        "pixel_shuffle": of(nn.PixelShuffle(2), x),
        "pixel_unshuffle": of(nn.PixelUnshuffle(2), drawn(2, 4, 6, 4)),
        "channel_shuffle": of(nn.ChannelShuffle(2), x),
    }
    parts = {
        "split": call(lambda a: a.split(2, 1), x),
        "split_with_sizes": call(lambda a: a.split([1, 3], 1), x),
        "chunk": call(lambda a: a.chunk(3, 2), x),
        "tensor_split": call(lambda a: a.tensor_split(4, 3), x),
        "unbind": call(lambda a: a.unbind(1), x),
        "slice": call(lambda a: a[:, 1:3, ::2, -2:], x),
        "narrow": call(lambda a: a.narrow(1, 1, 2), x),
        "select": call(lambda a: a[:, -1], x),
        "index_select": call(lambda a, i: a.index_select(1, i), x, at),
        "index": call(lambda a, i: a[:, i], x, at),
        "index of two axes": call(
            lambda a, i: a[:, i, torch.tensor([[0], [3]])], x, torch.tensor([[2, 0, 1]])
        ),
        "index of two axes together": call(lambda a, i: a[:, :, i, i + 1], x, at),
        "index of axes apart": call(lambda a, i: a[:, i, :, i + 1], x, at),
        "index of a table": call(lambda a: a[:, :, torch.tensor([[0, 1], [4, 2]])], x),
        "gather": call(lambda a, i: a.gather(1, i), rows, torch.tensor([[[1, 0, 2, 1]]] * 2)),
        "embedding": of(nn.Embedding(7, 4), torch.tensor([[1, 6, 0], [2, 2, 5]])),
    }
    joined = {
        "cat": call(lambda a, b: torch.cat((a, b), 1), x, x * 2),
        "cat of a parameter": call(
            lambda a, w: torch.cat((w.expand(2, -1, -1), a), 1), rows, own=(drawn(1, 1, 4),)
        ),
        "cat of nothing": call(lambda a, b: torch.cat((a, b[:, :0]), 1), x, torch.ones(2, 1, 6, 5)),
        "concat": call(lambda a: torch.concat((a, a), -1), x),
        "concatenate": call(lambda a: torch.concatenate((a, a), 2), x),
        "stack": call(lambda a, b: torch.stack((a, b), 1), x, x * 2),
        "select_scatter": call(lambda a: torch.select_scatter(a, a[:, 0] * 2, 1, 2), x),
        "slice_scatter": call(lambda a: torch.slice_scatter(a, a[:, :2] * 2, 1, 1, 3), x),
        "expand": call(lambda a: a.expand(2, 3, 6, 4), thin),
        "expand_as": call(lambda a, b: a.expand_as(b), thin, drawn(2, 3, 6, 4)),
        "expand_copy": call(lambda a: aten.expand_copy(a, [2, 3, 6, 4]), thin),
        "broadcast_to": call(lambda a: torch.broadcast_to(a, (2, 5, 6, 2)), thin),
        "repeat": call(lambda a: a.repeat(1, 2, 1, 3), x),
        "tile": call(lambda a: a.tile(2, 1), x),
        "repeat_interleave": call(lambda a: a.repeat_interleave(2, 1), x),
        "copy": call(lambda a: torch.zeros_like(a).copy_(a) + 1, x),
    }
    return views | orders | parts | joined
