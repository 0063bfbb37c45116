"""Recurrent layers, with their arrays in PyTorch's order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from convcost.importers.building.apply import transposed, viewed
from convcost.importers.building.make import make
from convcost.importers.building.node import NotUnderstood
from convcost.importers.building.values import Stored

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from convcost.importers.pt2.builder import Builder
    from convcost.importers.pt2.node import Node
    from convcost.tensor import Tensor, Weight

    Act = Callable[[Builder, Node], None]

ARRAYS = ("w_ih", "w_hh", "b_ih", "b_hh")


def layer(name: str, **fields: Any) -> Act:
    """lstm, gru and rnn of whole sequences; ``fields`` are those of the op itself."""

    def act(b: Builder, node: Node) -> None:
        if not node.gives("input"):
            raise NotUnderstood("its samples have lengths of their own")
        x = b.arg(node, "input")
        states = _states(b, node)
        arrays = [b.stored(node, number) for number in node.every("params")]
        op: Any = make(
            name,
            hidden_size=_hidden(name, arrays),
            num_layers=node.get("num_layers", 1),
            bias=bool(node.get("has_biases", True)),
            bidirectional=bool(node.get("bidirectional", False)),
            dim=1 if node.get("batch_first", False) else 0,
            return_state=any(b.read[name] for name in node.outputs[1:]),
            **_projected(arrays, node),
            **fields,
        )
        roles = [*op.arrays(x.shape)]
        weights: dict[str, Weight] = {}
        for role, array in zip(roles, arrays, strict=True):
            weights[role] = b.weight(cast("Stored", array))
        made = b.add(node, op, (x, *states), weights).outputs
        b.give(node, made[0], *(_turned(b, node, state) for state in made[1:]))

    return act


def cell(name: str, **fields: Any) -> Act:
    """lstm_cell, gru_cell and rnn cells: a layer that takes one step."""

    def act(b: Builder, node: Node) -> None:
        x = b.arg(node, "input")
        alone = len(x.shape) == 1
        arrays = [b.stored(node, node.at(role)) for role in ARRAYS if node.gives(role)]
        numbers = node.every("hx")
        states = [b.tensor(node, number) for number in numbers]
        x, *states = (viewed(b, node, one, _of_one_step(one)) for one in (x, *states))
        op: Any = make(
            name,
            hidden_size=_hidden(name, arrays),
            bias=node.gives("b_ih"),
            dim=0,
            return_state=name == "lstm",
            **fields,
        )
        roles = zip(op.arrays(x.shape), arrays, strict=True)
        weights = {role: b.weight(cast("Stored", array)) for role, array in roles}
        y, *rest = b.add(node, op, (x, *states), weights).outputs
        made = (y, *rest[1:])  # the last state is what the step makes
        b.give(node, *(viewed(b, node, one, one.shape[1 + alone :]) for one in made))

    return act


def _of_one_step(x: Tensor) -> tuple[int, ...]:
    """The shape of a tensor with an axis of one step, and one of samples."""
    return (*(1,) * (3 - len(x.shape)), *x.shape)


def _hidden(name: str, arrays: Sequence[Stored | None]) -> int:
    """The units of a layer, from the rows of its first weight, which has all gates."""
    if any(array is None for array in arrays):
        raise NotUnderstood("its weights are made by the graph")
    gates = {"lstm": 4, "gru": 3, "rnn": 1}[name]
    return cast("Stored", arrays[0]).shape[0] // gates


def _projected(arrays: Sequence[Stored | None], node: Node) -> dict[str, int]:
    """The size that an LSTM's states are projected to, where they are."""
    per_cell = 4 if node.get("has_biases", True) else 2
    cells = node.get("num_layers", 1) * (1 + bool(node.get("bidirectional", False)))
    if len(arrays) == per_cell * cells:
        return {}
    return {"proj_size": cast("Stored", arrays[per_cell]).shape[0]}


def _states(b: Builder, node: Node) -> Sequence[Tensor]:
    """The first states; none where they are constants, which are zeros in every module."""
    numbers = node.every("hx")
    if all(isinstance(b.value(node, number), Stored) for number in numbers):
        return ()
    return [_turned(b, node, b.tensor(node, number)) for number in numbers]


def _turned(b: Builder, node: Node, state: Tensor) -> Tensor:
    """A state with its samples first where the sequence has them so, and the other way round."""
    return transposed(b, node, state, 1, 0, 2) if node.get("batch_first", False) else state


ACTS: dict[str, Act] = {
    "lstm": layer("lstm"),
    "gru": layer("gru"),
    "rnn_tanh": layer("rnn", nonlinearity="tanh"),
    "rnn_relu": layer("rnn", nonlinearity="relu"),
    "lstm_cell": cell("lstm"),
    "gru_cell": cell("gru"),
    "rnn_tanh_cell": cell("rnn", nonlinearity="tanh"),
    "rnn_relu_cell": cell("rnn", nonlinearity="relu"),
}
