"""Writes to parts of an array."""

# pyright: reportMissingImports=false
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from benchmarks.aten_cases.program import MAP, ROWS, aten, call, drawn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.aten_cases.program import Case

ALL = slice(None)


def writes() -> Mapping[str, Case]:
    x, y = MAP, drawn(2, 2, 6, 5)
    at = torch.tensor([3, 0])
    return {
        "write to a part": call(_to_a_part, x),
        "write to one": call(_to_one, x),
        "write a number to a part": call(lambda a: _written(a, (ALL, slice(1, 3)), 2.5), x),
        "write to every second": call(
            lambda a, b: _written(a, (ALL, ALL, slice(1, None, 2)), b), x, drawn(2, 4, 3, 5)
        ),
        "write to a buffer in parts": call(_in_parts, x),
        "write through a view": call(_through_a_view, x),
        "write through a transpose": call(_through_a_transpose, x),
        "write to chunks": call(_to_chunks, x),
        "write where others look": call(_where_others_look, x),
        "write to places": call(lambda a, b: _written(a, (ALL, torch.tensor([3, 0])), b), x, y),
        "write to given places": call(lambda a, b, i: _written(a, (ALL, i), b), x, y, at),
        "write to places of two axes": call(
            lambda a, b, i: _written(a, (ALL, i, torch.tensor([1, 4])), b), x, drawn(2, 2, 5), at
        ),
        "write to places of axes apart": call(
            lambda a, b, i: _written(a, (i[:2] % 2, ALL, i), b), x, drawn(2, 4, 5), at
        ),
        "write by a mask": call(lambda a: _written(a, a > 0.5, 9.0), x),
        "write by a mask of samples": call(lambda a, p: _written(a, p, -1.0), x, x[:, 0, 0, 0] > 0),
        "add to places": call(
            lambda a, b: aten.index_put(a, [None, torch.tensor([1, 1])], b, True), x, y
        ),
        "_unsafe_index_put": call(
            lambda a, b, i: aten._unsafe_index_put(a, [None, i], b), x, y, at
        ),
        "_index_put_impl": call(lambda a, b, i: aten._index_put_impl(a, [None, i], b), x, y, at),
        "fill": call(lambda a: (a * 1).fill_(0.5) + a, x),
        "scatter": call(
            lambda a, b: a.scatter(1, torch.tensor([[[2, 0, 1]]]), b), ROWS, drawn(1, 2, 3)
        ),
        "scatter a number": call(lambda a: a.scatter(1, torch.tensor([[[2, 0, 1]]]), 4.0), ROWS),
        "scatter_add": call(
            lambda a, b: a.scatter_add(2, torch.tensor([[[1], [0]]]), b), ROWS, drawn(1, 2, 1)
        ),
        "scatter_reduce": call(
            lambda a, b: a.scatter_reduce(2, torch.tensor([[[1, 1]]]), b, "amax"),
            ROWS,
            drawn(1, 1, 2),
        ),
        "slice_scatter of every second": call(
            lambda a: torch.slice_scatter(a, a[:, :2] * 2, 1, 0, 4, 2), x
        ),
    }


def _written(x: torch.Tensor, places: Any, value: Any) -> torch.Tensor:
    x = x * 1
    x[places] = value
    return x * 2


def _in_parts(x: torch.Tensor) -> torch.Tensor:
    made = torch.zeros(2, 4, 7, 5)
    made[:, :, 1:] = x
    made[:, 1, 0] = x[:, 0, 0]
    return made + 1


def _through_a_view(x: torch.Tensor) -> torch.Tensor:
    x = x * 1
    x.view(2, 4, 30)[:, :, 7:9] = 0
    return x + 1


def _through_a_transpose(x: torch.Tensor) -> torch.Tensor:
    x = x * 1
    x.permute(0, 2, 3, 1)[..., 1].mul_(3)
    return x + 1


def _to_chunks(x: torch.Tensor) -> torch.Tensor:
    x = x * 1
    x.chunk(2, 1)[1].add_(3)
    return x * 2


def _where_others_look(x: torch.Tensor) -> torch.Tensor:
    x = x * 1
    flat = x.view(2, 4, 30)
    x.add_(1)
    return flat * 2


def _to_a_part(x: torch.Tensor) -> torch.Tensor:
    x = x * 1
    x[:, 1:3] += 2
    return x


def _to_one(x: torch.Tensor) -> torch.Tensor:
    x = x * 1
    x[:, 2] = x[:, 0] * 3
    return x
