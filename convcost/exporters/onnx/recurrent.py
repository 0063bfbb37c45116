"""Recurrent layers: a node for each layer, with both directions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from convcost.exporters.refused import CannotSay
from convcost.importers.onnx.recurrent import FUNCTIONS, GRU, LSTM, RNN, USUAL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convcost.exporters.onnx.graph import Act, Array, Graph
    from convcost.network import Layer
    from convcost.ops.recurrent import Axes

CALLED = {
    FUNCTIONS[name.lower()][0]: name
    for name in (
        *("Sigmoid", "Tanh", "Relu", "LeakyRelu", "ThresholdedRelu", "Elu", "Softsign"),
        *("Softplus", "HardSigmoid", "Affine", "ScaledTanh"),
    )
}
"""The names of functions in ONNX, by ours."""

KINDS = {"lstm": LSTM, "gru": GRU, "rnn": RNN}

GATES = {"lstm": (0, 3, 1, 2), "gru": (1, 0, 2), "rnn": (0,)}
"""Which of PyTorch's gates stands in each place of ONNX's."""


def recurrent(kind: str, **fields: str) -> Act:
    """LSTM, GRU and RNN; ``fields`` are the fields that attributes of their own have their value
    of."""

    def act(g: Graph, layer: Layer) -> Sequence[str]:
        op: Any = layer.op
        if getattr(op, "proj_size", 0):
            raise CannotSay("its state is projected (`proj_size`), and ONNX's LSTM has none")
        given: dict[str, Any] = _attributes(op, kind) | {
            name: int(getattr(op, f)) for name, f in fields.items()
        }
        batch, steps, features = cast("Axes", op.axes)
        x = g.number(layer.inputs[0])
        shape = layer.input_shapes[0]
        x = g.moved(x, shape, (steps, batch, features))
        states = _first_states(g, layer)
        size = (shape[steps], shape[batch])
        ends: list[Sequence[str]] = []
        y = x
        for number in range(op.num_layers):
            inputs = (x, *_stored(g, layer, kind, number, [own[number] for own in states]))
            y, *last = g.nodes_of(kind.upper(), *inputs, makes=(g.dtypes[x],) * _made(op), **given)
            ends.append(last)
            if number + 1 < op.num_layers:
                x = _side_by_side(g, op, y, size)
        return [_sequence(g, layer, y, size), *_last_states(g, layer, ends)]

    return act


def _made(op: Any) -> int:
    return 1 + op.return_state * len(op.carried)


def _attributes(op: Any, kind: str) -> dict[str, Any]:
    given = _functions(op) if op.applied() != KINDS[kind].functions else {}
    way = "bidirectional" if op.bidirectional else "reverse" if op.reverse else "forward"
    given |= {"hidden_size": op.hidden_size, "direction": way}
    return given | ({} if op.clip is None else {"clip": op.clip})


def _functions(op: Any) -> dict[str, Any]:
    """Functions that are not the usual ones, of each direction, and their numbers."""
    each = len(op.calls())
    functions = op.applied()
    if op.bidirectional and len(functions) == each:
        functions = functions * 2
    names: list[str] = []
    numbers: tuple[list[float], list[float]] = ([], [])
    for function in functions:
        word, *own = (function,) if isinstance(function, str) else function
        names.append(CALLED[word])
        for one, found in zip(own or USUAL.get(word, ()), numbers, strict=False):
            found.append(float(one))
    given: dict[str, Any] = {"activations": names}
    for which, found in zip(("alpha", "beta"), numbers, strict=True):
        given |= {f"activation_{which}": found} if found else {}
    return given


def _stored(g: Graph, layer: Layer, kind: str, number: int, states: Sequence[str]) -> Sequence[str]:
    """The inputs of a node after the sequence: weights, a bias, no lengths, initial states, and
    peephole weights."""
    op: Any = layer.op
    ours = op.layout == "torch"
    found = _turned(g, layer, kind, number) if ours else _as_they_are(g, layer)
    weights = [found.get(role, "") for role in ("weight_ih", "weight_hh", "bias")]
    seen = found.get("peephole")
    given = list(states) if states or not seen else [""] * len(op.carried)
    return [*weights, "", *given, *([seen] if seen else [])]


def _as_they_are(g: Graph, layer: Layer) -> Mapping[str, str]:
    op: Any = layer.op
    if not op.made_weights:
        return {role: g.weight(weight) for role, weight in layer.weights.items()}
    made = op.given(*layer.input_shapes)
    return dict(zip(made, g.numbers(layer)[len(layer.inputs) - len(made) :], strict=True))


def _turned(g: Graph, layer: Layer, kind: str, number: int) -> Mapping[str, str]:
    """Arrays of both directions in one, with the gates in ONNX's order."""
    op: Any = layer.op
    ends = (f"_l{number}", f"_l{number}_reverse")[: op.directions]

    def of(role: str, *roles: str, gates: Sequence[int] = GATES[kind]) -> str:
        parts = [layer.weights[f"{own}{end}"] for end in ends for own in roles]
        shape = (len(ends), len(roles) * parts[0].shape[0], *parts[0].shape[1:])

        def joined(*arrays: Array) -> Array:
            return np.concatenate([_in_order(array, gates) for array in arrays])

        return g.made(parts, shape, joined, f"{layer.name}.{role}_l{number}")

    found = {role: of(role, role) for role in ("weight_ih", "weight_hh")}
    if op.bias:
        found["bias"] = of("bias", "bias_ih", "bias_hh")
    if getattr(op, "peephole", False):
        found["peephole"] = of("peephole", "peephole", gates=(0, 1, 2))
    return found


def _in_order(array: Array, gates: Sequence[int]) -> Array:
    """The rows of each gate in another order."""
    parts = np.split(array, len(gates))
    return np.concatenate([parts[gate] for gate in gates])


def _first_states(g: Graph, layer: Layer) -> Sequence[Sequence[str]]:
    """The first states of each kind, by layer."""
    op: Any = layer.op
    count = len(layer.inputs) - 1 - len(op.given(*layer.input_shapes))
    found: list[list[str]] = []
    for tensor in layer.inputs[1 : 1 + count]:
        value, shape = g.number(tensor), tensor.shape
        if op.dim:
            value, shape = g.moved(value, shape, (1, 0, 2)), (shape[1], shape[0], shape[2])
        found.append([_part(g, value, op, number) for number in range(op.num_layers)])
    return found


def _part(g: Graph, value: str, op: Any, number: int) -> str:
    if op.num_layers == 1:
        return value
    along = (number * op.directions, (number + 1) * op.directions, 0)
    return g.node("Slice", value, *(g.positions(place) for place in along))


def _side_by_side(g: Graph, op: Any, y: str, size: tuple[int, int]) -> str:
    """``[steps, batch, directions x units]`` of ``[steps, directions, batch, units]``."""
    made = (size[0], op.directions, size[1], op.hidden_size)
    y = g.moved(y, made, (0, 2, 1, 3))
    return g.reshaped(y, (*size, op.directions * op.hidden_size))


def _sequence(g: Graph, layer: Layer, y: str, size: tuple[int, int]) -> str:
    """Write the output sequence of the last node in the layout of the layer."""
    op: Any = layer.op
    made = (size[0], op.directions, size[1], op.hidden_size)
    if op.layout == "onnx":
        return g.moved(y, made, (2, 0, 1, 3)) if op.dim else y
    if op.dim == 1:
        return g.reshaped(g.moved(y, made, (2, 0, 1, 3)), layer.outputs[0].shape)
    return g.reshaped(g.moved(y, made, (2, 1, 3, 0)), layer.outputs[0].shape)


def _last_states(g: Graph, layer: Layer, ends: Sequence[Sequence[str]]) -> Sequence[str]:
    op: Any = layer.op
    found: list[str] = []
    for each, tensor in zip(zip(*ends, strict=True), layer.outputs[1:], strict=True):
        value = each[0] if len(each) == 1 else g.node("Concat", *each, axis=0)
        shape = tensor.shape
        if op.dim:
            value = g.moved(value, (shape[1], shape[0], shape[2]), (1, 0, 2))
        found.append(value)
    return found


ACTS: Mapping[str, Act] = {
    "rnn": recurrent("rnn"),
    "gru": recurrent("gru", linear_before_reset="reset_after"),
    "lstm": recurrent("lstm", input_forget="input_forget"),
}
