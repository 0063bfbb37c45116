"""Recurrent layers against plain loops, against the same cell written out in other ops, and against
figures that others published."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import convcost
from convcost.execution.forward import kernel_fields
from convcost.executor.kernels import KERNELS
from convcost.executor.namespace import Counting
from convcost.network import Network
from convcost.ops import op_class
from convcost.ops.fields import build
from convcost.tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Array = np.ndarray[Any, np.dtype[Any]]

CELL = """
input: [4, 5]
vars: {hidden: 3}
blocks:
  step:
    args: {t: ~}
    inputs: [state, sequence]
    layers:
      - {op: split, name: before, from: state, sizes: [hidden, hidden]}
      - {op: slice, name: one, from: sequence, dims: 1, starts: [t], ends: ["t + 1"]}
      - {op: flatten, name: x, from: one}
      - {op: linear, name: of_x, from: x, out_features: 4 * hidden}
      - {op: linear, name: of_h, from: before.0, out_features: 4 * hidden}
      - {op: add, name: gates, from: [of_x, of_h]}
      - {op: split, name: gate, from: gates, sizes: [hidden, hidden, hidden, hidden]}
      - {op: sigmoid, name: i, from: gate.0}
      - {op: sigmoid, name: f, from: gate.1}
      - {op: tanh, name: g, from: gate.2}
      - {op: sigmoid, name: o, from: gate.3}
      - {op: multiply, name: kept, from: [f, before.1]}
      - {op: multiply, name: new, from: [i, g]}
      - {op: add, name: c, from: [kept, new]}
      - {op: tanh, name: bent, from: c}
      - {op: multiply, name: h, from: [o, bent]}
      - {op: concat, from: [h, c]}
layers:
  - {op: parameter, name: zeros, shape: [6], learned: false}
  - {op: step, name: first, from: [zeros, input], t: 0}
  - name: further
    repeat: 3
    layers:
      - {op: identity, name: last}
      - {op: step, name: this, share: first, from: [last, input], t: i + 1}
"""


class Loops:
    """The products of rows with vectors, one by one, and how many there were."""

    def __init__(self) -> None:
        self.products = 0

    def times(self, rows: Array, vector: Array) -> Array:
        found = np.zeros(len(rows))
        for number, row in enumerate(rows):
            for weight, value in zip(row, vector, strict=True):
                found[number] += weight * value
                self.products += 1
        return found

    def gates(self, weights: Mapping[str, Array], x: Array, h: Array, end: str) -> Array:
        """``W x + b + U h + d``."""
        of_x = self.times(weights[f"weight_ih{end}"], x) + weights.get(f"bias_ih{end}", 0)
        return of_x + self.times(weights[f"weight_hh{end}"], h) + weights.get(f"bias_hh{end}", 0)

    def lstm(self, weights: Mapping[str, Array], x: Array, states: Any, end: str) -> Any:
        h, c = states
        i, f, g, o = np.split(self.gates(weights, x, h, end), 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        projection = weights.get(f"weight_hr{end}")
        return (h if projection is None else self.times(projection, h), c)

    def gru(self, weights: Mapping[str, Array], x: Array, states: Any, end: str) -> Any:
        (h,) = states
        of_x = self.times(weights[f"weight_ih{end}"], x) + weights[f"bias_ih{end}"]
        of_h = self.times(weights[f"weight_hh{end}"], h) + weights[f"bias_hh{end}"]
        (r, z, n), (r2, z2, n2) = np.split(of_x, 3), np.split(of_h, 3)
        z = sigmoid(z + z2)
        return ((1 - z) * np.tanh(n + sigmoid(r + r2) * n2) + z * h,)

    def rnn(self, weights: Mapping[str, Array], x: Array, states: Any, end: str) -> Any:
        return (np.maximum(self.gates(weights, x, states[0], end), 0),)

    def run(
        self,
        step: Callable[..., Any],
        x: Array,
        weights: Mapping[str, Array],
        states: Sequence[Array],
        layers: int,
        ends: Sequence[str],
    ) -> tuple[Array, list[Any]]:
        """A sequence of one sample, and the last states of each layer and direction."""
        last: list[Any] = []
        for layer in range(layers):
            sides: list[Array] = []
            for number, end in enumerate(ends):
                now = tuple(state[layer * len(ends) + number] for state in states)
                rows: list[Array] = []
                for row in x[::-1] if number else x:
                    now = step(weights, row, now, f"_l{layer}{end}")
                    rows.append(now[0])
                last.append(now)
                sides.append(np.array(rows[::-1] if number else rows))
            x = np.concatenate(sides, axis=1)
        return x, last


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


LAYERS: list[tuple[str, dict[str, Any], tuple[int, ...]]] = [
    ("lstm", {"hidden_size": 3, "num_layers": 2, "bidirectional": True}, (3, 3)),
    ("lstm", {"hidden_size": 4, "proj_size": 2, "num_layers": 2}, (2, 4)),
    ("lstm", {"hidden_size": 3, "bias": False}, (3, 3)),
    ("gru", {"hidden_size": 3, "num_layers": 2}, (3,)),
    ("gru", {"hidden_size": 2, "bidirectional": True}, (2,)),
    ("rnn", {"hidden_size": 3, "nonlinearity": "relu", "num_layers": 3}, (3,)),
]


@pytest.mark.parametrize("given", [False, True])
@pytest.mark.parametrize(("name", "written", "sizes"), LAYERS)
def test_it_is_what_loops_make_and_count(
    name: str, written: dict[str, Any], sizes: tuple[int, ...], given: bool
) -> None:
    """The formulas of PyTorch's documentation, with weights of its names and in its order."""
    op: Any = build(op_class(name), 1, {**written, "return_state": True})
    rng = np.random.default_rng(0)
    ends = ("", "_reverse")[: 1 + op.bidirectional]
    x = rng.normal(size=(2, 5, 4))
    first = [rng.normal(size=(2, op.num_layers * len(ends), size)) * given for size in sizes]
    inputs = (x, *first) if given else (x,)
    tensors = [Tensor(f"x{number}", array.shape) for number, array in enumerate(inputs)]
    layer = Network(name).add(name, op, tensors)
    weights = {role: rng.normal(size=w.shape) for role, w in layer.weights.items()}
    xp, loops = Counting(), Loops()
    y, *last = KERNELS[name](xp, *inputs, **weights, **kernel_fields(layer))
    for sample in range(2):
        states = [state[sample] for state in first]
        step = getattr(loops, name)
        whole, ended = loops.run(step, x[sample], weights, states, op.num_layers, ends)
        np.testing.assert_allclose(y[sample], whole, atol=1e-12)
        for mine, theirs in zip(last, zip(*ended, strict=True), strict=True):
            np.testing.assert_allclose(mine[sample], np.array(theirs), atol=1e-12)
    assert loops.products == xp.counts["macs"] == op.macs(*layer.input_shapes)
    assert [tensor.shape for tensor in layer.outputs] == [y.shape, *(a.shape for a in last)]


def totals(text: str) -> Mapping[str, int]:
    return convcost.analyze(convcost.load("net.yaml", read=lambda _: text.encode())).totals


def test_an_lstm_costs_what_its_cell_does_in_other_ops() -> None:
    alone = totals("{input: [4, 5], layers: [{op: lstm, hidden_size: 3}]}")
    unrolled = totals(CELL)
    for metric in ("params", "macs", "multiplies", "adds", "transcendentals"):
        assert alone[metric] == unrolled[metric], metric


def test_an_lstm_has_the_weights_that_torchinfo_lists() -> None:
    """Its example LSTMNet, in tests/test_output/lstm.out: a batch of 1, 100 steps of 300 features.
    The mult-adds of its README are products of one step."""
    op: Any = build(op_class("lstm"), 1, {"hidden_size": 512, "num_layers": 2})
    x = (1, 100, 300)
    assert op.weights(x) == {
        "weight_ih_l0": (2048, 300),
        "weight_hh_l0": (2048, 512),
        "bias_ih_l0": (2048,),
        "bias_hh_l0": (2048,),
        "weight_ih_l1": (2048, 512),
        "weight_hh_l1": (2048, 512),
        "bias_ih_l1": (2048,),
        "bias_hh_l1": (2048,),
    }
    for lines in ("[100, 300]", "[300, 100]"):
        dim = 1 + lines.startswith("[3")
        layer = f"{{op: lstm, hidden_size: 512, num_layers: 2, dim: {dim}}}"
        found = totals(f"{{input: {lines}, layers: [{layer}]}}")
        assert found["params"] == 3_768_320
        assert found["macs"] == 100 * 3_760_128


def test_a_gru_has_as_many_parameters_as_keras_says() -> None:
    """The guide "Working with RNNs": GRU(256) on 64 features, with two biases as in PyTorch."""
    found = totals("{input: [10, 64], layers: [{op: gru, hidden_size: 256}]}")
    assert found["params"] == 247_296


def test_functions_are_words_unless_something_else_has_the_name() -> None:
    text = """
input: [4, 5]
blocks:
  maybe:
    args: {relu: false}
    layers:
      - {op: rnn, hidden_size: 3, nonlinearity: "tanh if relu else sigmoid"}
layers:
  - {op: rnn, hidden_size: 3, nonlinearity: relu}
  - {op: maybe, relu: true}
"""
    network = convcost.load("net.yaml", read=lambda _: text.encode())
    assert [layer.op.nonlinearity for layer in network.layers] == [("relu",), ("tanh",)]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("swish", "unknown name `swish`"),
        ("gelu", "unknown name `gelu`"),
        (
            "none",
            "nonlinearity has none, and the functions of a cell are `sigmoid`, `tanh`, `relu`",
        ),
        ("[]", "nonlinearity is [], and at least one function is wanted"),
        ("[[leaky_relu]]", "nonlinearity gives leaky_relu 0 numbers, and it takes 1"),
        ("[[tanh, 1]]", "nonlinearity gives tanh 1 numbers, and it takes 0"),
        ("[[elu, same]]", "nonlinearity is same, and a number is wanted"),
    ],
)
def test_a_wrong_function_is_refused(written: str, says: str) -> None:
    text = f"{{input: [4, 5], layers: [{{op: rnn, hidden_size: 3, nonlinearity: {written}}}]}}"
    with pytest.raises(convcost.ConvcostError) as caught:
        totals(text)
    assert says in str(caught.value)
