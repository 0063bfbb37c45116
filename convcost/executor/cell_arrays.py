"""The arrays of recurrent layers' cells: in PyTorch's layout, those of each layer and direction by
themselves; in ONNX's, those of both directions in one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from convcost.executor.stored import Shape, Stored

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from convcost.executor.namespace import Array


class Weights(NamedTuple):
    """The arrays of one layer and direction: of the input and of the state, a row for each unit of
    each gate; biases of both; what gates see of the cell, and the projection."""

    ih: Array
    hh: Array
    bias_ih: Array | None
    bias_hh: Array | None
    peephole: Array | None
    hr: Array | None

    @property
    def seen(self) -> Mapping[str, Array]:
        """The weights of the cell, by the gates that see it."""
        if self.peephole is None:
            return {}
        return dict(zip("iof", np.split(self.peephole, 3), strict=True))

    def rows(self, rows: slice) -> Weights:
        """With only some rows of what is multiplied by the state."""
        bias = None if self.bias_hh is None else self.bias_hh[rows]
        return self._replace(hh=self.hh[rows], bias_hh=bias)


def cells_of(
    arrays: Mapping[str, Array], num_layers: int, bidirectional: bool, layout: str
) -> Iterator[list[Weights]]:
    """The arrays of each layer, by direction."""
    for layer in range(num_layers):
        suffixes = (f"_l{layer}", f"_l{layer}_reverse")[: 1 + bidirectional]
        if layout == "onnx":
            yield [_of_onnx(arrays, direction) for direction in range(len(suffixes))]
        else:
            yield [_of_torch(arrays, suffix) for suffix in suffixes]


def _of_torch(arrays: Mapping[str, Array], suffix: str) -> Weights:
    roles = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "peephole", "weight_hr")
    ih, hh, *others = (arrays.get(f"{role}{suffix}") for role in roles)
    assert ih is not None
    assert hh is not None
    return Weights(ih, hh, *others)


def _of_onnx(arrays: Mapping[str, Array], direction: int) -> Weights:
    ih, hh = arrays["weight_ih"][direction], arrays["weight_hh"][direction]
    bias = arrays["bias"][direction] if "bias" in arrays else None
    seen = arrays["peephole"][direction] if "peephole" in arrays else None
    rows = len(ih)
    if bias is None:
        return Weights(ih, hh, None, None, seen, None)
    return Weights(ih, hh, bias[:rows], bias[rows:], seen, None)


def rnn_stored(
    x: Shape,
    *_: Shape,
    hidden_size: int,
    num_layers: int,
    dim: int,
    bias: bool,
    bidirectional: bool,
    layout: str,
    made_weights: bool,
) -> Stored:
    """Weights of the input and of the state for each layer and direction, and two biases."""
    cells = _Cells(x[1 if dim == 2 else 2], hidden_size, num_layers, bias, bidirectional)
    return Stored() if made_weights else cells.stored(hidden_size, layout)


def gru_stored(
    x: Shape,
    *_: Shape,
    hidden_size: int,
    num_layers: int,
    dim: int,
    bias: bool,
    bidirectional: bool,
    layout: str,
    made_weights: bool,
) -> Stored:
    """As of an rnn, for three gates."""
    cells = _Cells(x[1 if dim == 2 else 2], 3 * hidden_size, num_layers, bias, bidirectional)
    return Stored() if made_weights else cells.stored(hidden_size, layout)


def lstm_stored(
    x: Shape,
    *_: Shape,
    hidden_size: int,
    num_layers: int,
    dim: int,
    bias: bool,
    bidirectional: bool,
    layout: str,
    made_weights: bool,
    proj_size: int,
    peephole: bool,
) -> Stored:
    """As of an rnn, for four gates; a projection, and what three gates see of the cell."""
    state = proj_size or hidden_size
    cells = _Cells(x[1 if dim == 2 else 2], 4 * hidden_size, num_layers, bias, bidirectional)
    extra: dict[str, Shape] = {}
    if proj_size:
        extra["weight_hr"] = (proj_size, hidden_size)
    if peephole:
        extra["peephole"] = (3 * hidden_size,)
    return Stored() if made_weights else cells.stored(state, layout, extra)


class _Cells(NamedTuple):
    """The sizes of the cells of a layer: numbers of an input and rows of weights for it."""

    features: int
    rows: int
    num_layers: int
    bias: bool
    bidirectional: bool

    def stored(self, state: int, layout: str, extra: Mapping[str, Shape] | None = None) -> Stored:
        """The arrays of all of them, with ``extra`` ones for each."""
        directions = 1 + self.bidirectional
        if layout == "onnx":
            found: dict[str, Shape] = {
                "weight_ih": (directions, self.rows, self.features),
                "weight_hh": (directions, self.rows, state),
            }
            if self.bias:
                found["bias"] = (directions, 2 * self.rows)
            found |= {role: (directions, *shape) for role, shape in (extra or {}).items()}
            return Stored(found)
        arrays: dict[str, Shape] = {}
        for layer in range(self.num_layers):
            features = directions * state if layer else self.features
            for end in ("", "_reverse")[:directions]:
                shapes: dict[str, Shape] = {
                    "weight_ih": (self.rows, features),
                    "weight_hh": (self.rows, state),
                }
                if self.bias:
                    shapes |= dict.fromkeys(("bias_ih", "bias_hh"), (self.rows,))
                shapes |= dict(extra or {})
                arrays |= {f"{role}_l{layer}{end}": shape for role, shape in shapes.items()}
        return Stored(arrays)
