"""Recurrent layers, with their arrays as the file has them: both directions in one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convcost.importers.building.make import make
from convcost.importers.building.node import NotUnderstood
from convcost.importers.building.values import Stored

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from convcost.importers.onnx.builder import Builder
    from convcost.importers.onnx.node import Node
    from convcost.ops.cell_functions import Function
    from convcost.tensor import Tensor, Weight

LENGTHS, FIRST_STATE = 4, 5  # inputs of all of them
ROLES = {1: "weight_ih", 2: "weight_hh", 3: "bias"}

FUNCTIONS = {  # how many numbers each takes
    "sigmoid": ("sigmoid", 0),
    "tanh": ("tanh", 0),
    "relu": ("relu", 0),
    "leakyrelu": ("leaky_relu", 1),
    "thresholdedrelu": ("thresholded_relu", 1),
    "elu": ("elu", 1),
    "softsign": ("softsign", 0),
    "softplus": ("softplus", 0),
    "hardsigmoid": ("hard_sigmoid", 2),
    "affine": ("affine", 2),
    "scaledtanh": ("scaled_tanh", 2),
}
USUAL = {
    "leaky_relu": (0.01,),
    "thresholded_relu": (1.0,),
    "elu": (1.0,),
    "hard_sigmoid": (0.2, 0.5),
    "affine": (1.0, 0.0),
    "scaled_tanh": (1.0, 1.0),
}
LEFT_OPEN = ("affine", "scaled_tanh")  # whose usual numbers no standard says


class Kind(NamedTuple):
    """An operator: its op and number of gates, the states that it carries, its usual functions and
    the field that holds them."""

    op: str
    gates: int
    states: int
    functions: tuple[str, ...]
    field: str = "activations"


LSTM = Kind("lstm", 4, 2, ("sigmoid", "tanh", "tanh"))
GRU = Kind("gru", 3, 1, ("sigmoid", "tanh"))
RNN = Kind("rnn", 1, 1, ("tanh",), "nonlinearity")
PEEPHOLE = 7  # an LSTM's input


def lstm(b: Builder, node: Node) -> None:
    """LSTM."""
    layer(b, node, LSTM, input_forget=bool(node.get("input_forget", 0)))


def gru(b: Builder, node: Node) -> None:
    """GRU."""
    layer(b, node, GRU, reset_after=bool(node.get("linear_before_reset", 0)))


def rnn(b: Builder, node: Node) -> None:
    """RNN."""
    layer(b, node, RNN)


def layer(b: Builder, node: Node, kind: Kind, *, turned: bool = False, **fields: bool) -> None:
    """The layer of a node; ``turned``: its weights have the rows of gates last."""
    x, of_state = b.tensor(node, 0), b.shape(node, 2)
    roles = dict(ROLES)
    if kind is LSTM:
        roles[PEEPHOLE] = "peephole"
        fields["peephole"] = node.has(PEEPHOLE)
    roles = {number: role for number, role in roles.items() if node.has(number)}
    stored = all(isinstance(b.value(node, number), Stored) for number in roles)
    if not stored and turned:
        raise NotUnderstood("its weights are made by the graph")
    direction = node.get("direction", "forward")
    if direction not in ("forward", "reverse", "bidirectional"):
        raise NotUnderstood(f"its direction is {direction}")
    states = _states(b, node, kind)
    _lengths(b, node, x)
    op = make(
        kind.op,
        1,
        hidden_size=of_state[1 if turned else 2],
        bias=node.has(3),
        bidirectional=direction == "bidirectional",
        reverse=direction == "reverse",
        dim=int(node.get("layout", 0) != 0),
        return_state=any(node.outputs[1:]),
        clip=node.get("clip", 0.0) or None,
        layout="onnx",
        made_weights=not stored,
        **{kind.field: _functions(b, node, kind.functions, direction)},
        **fields,
    )
    made: Sequence[Tensor] = ()
    weights: dict[str, Weight] = {}
    if stored:
        weights = {role: _weight(b, node, number, turned) for number, role in roles.items()}
    else:
        made = [b.tensor(node, number) for number in roles]
    added = b.add(node, op, (x, *states, *made), weights)
    b.give(node, *added.outputs)


def _weight(b: Builder, node: Node, number: int, turned: bool) -> Weight:
    value = b.value(node, number)
    assert isinstance(value, Stored)
    shape = value.shape
    if turned and number in (1, 2):
        shape = (shape[0], *shape[:0:-1])
    return b.weight(value, shape, learned=True)


def _states(b: Builder, node: Node, kind: Kind) -> Sequence[Tensor]:
    """The first states; none where all of them are zeros, as they are where they are left out."""
    numbers = range(FIRST_STATE, FIRST_STATE + kind.states)
    if all(_zeros(b, node, number) for number in numbers):
        return ()
    if not all(node.has(number) for number in numbers):
        raise NotUnderstood("it is given one of its first states, and not the other")
    return [_state(b, node, number) for number in numbers]


def _state(b: Builder, node: Node, number: int) -> Tensor:
    """A first state. One of the file that is too large to be read counts as a constant: exporters
    store zeros so, and learned ones are few."""
    value = b.value(node, number)
    if isinstance(value, Stored) and value.known is None:
        return b.passed(value._replace(learned=False))
    return b.tensor(node, number)


def _zeros(b: Builder, node: Node, number: int) -> bool:
    if not node.has(number):
        return True
    value = b.value(node, number)
    return isinstance(value, Stored) and value.known is not None and not value.known.any()


def _lengths(b: Builder, node: Node, x: Tensor) -> None:
    """Note where sequences may be shorter than the longest, for which the costs are."""
    if not node.has(LENGTHS):
        return
    value = b.value(node, LENGTHS)
    steps = x.shape[1 if node.get("layout", 0) else 0]
    known = value.known if isinstance(value, Stored) else None
    if known is None or bool((known != steps).any()):
        b.differ(node, f"all its sequences are taken for {steps} steps long")


def _functions(b: Builder, node: Node, usual: Sequence[str], direction: str) -> Sequence[Function]:
    """The functions of each direction, with numbers of their own where they have any."""
    wanted = len(usual) * (2 if direction == "bidirectional" else 1)
    listed = node.get("activations", None)
    if listed is None:
        return list(usual)
    names = [name.decode() if isinstance(name, bytes) else str(name) for name in listed]
    numbers = [iter(node.get(f"activation_{which}", ())) for which in ("alpha", "beta")]
    found: list[Function] = []
    for name in names[:wanted]:
        if name.lower() not in FUNCTIONS:
            raise NotUnderstood(f"convcost has no {name} in cells")
        word, takes = FUNCTIONS[name.lower()]
        given = [next(own, None) for own in numbers[:takes]]
        if None in given and word in LEFT_OPEN:
            b.differ(node, f"its {name} has no numbers, and which are meant is not said")
        if any(number is not None for number in given):
            pairs = zip(given, USUAL[word], strict=True)
            found.append((word, *(other if own is None else own for own, other in pairs)))
        else:
            found.append(word)
    return found


ACTS: dict[str, Callable[[Builder, Node], None]] = {"LSTM": lstm, "GRU": gru, "RNN": rnn}
