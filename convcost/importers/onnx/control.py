"""Control flow: If, Loop and Scan, as the layers of the branch taken or of all passes."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from convcost.allowance import work
from convcost.importers.building.make import make
from convcost.importers.building.node import NotUnderstood, axis_of
from convcost.importers.building.values import Stored, Unknown, of_values
from convcost.tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import onnx

    from convcost.importers.building.values import Known, Value
    from convcost.importers.onnx.builder import Builder
    from convcost.importers.onnx.node import Node

MOST_PASSES = 1 << 12
ONLY_WHEN_RUN = "its number of passes is only known when the network runs"
MOST_TRIED = 1 << 10  # branches, which may be inside of each other
MOST_LAYERS = 1 << 17  # that passes may make

WORK_A_NODE = 100
BRANCHES = ("then_branch", "else_branch")


def branch(b: Builder, node: Node) -> None:
    """If: the branch that its condition takes; where that is not known, the one of more MACs."""
    value = b.values.get(node.inputs[0])
    known = value.known if isinstance(value, Stored) else None
    if known is not None:
        b.give(node, *_made(b, node.fields[BRANCHES[0] if bool(known.all()) else BRANCHES[1]]))
        return
    if isinstance(value, Unknown) or value is None:
        raise NotUnderstood("")
    b.tried += len(BRANCHES)
    if b.tried > MOST_TRIED:
        raise NotUnderstood(f"at most {MOST_TRIED:,} branches are compared: give its condition")
    tried = [_tried(b, node.fields[name]) for name in BRANCHES]
    macs = [sum(cast("int", one.op.macs(*one.input_shapes)) for one in t.layers) for t in tried]
    taken = 1 if macs[1] > macs[0] else 0
    b.give(node, *_made(b, node.fields[BRANCHES[taken]]))
    b.network.held.add(cast("Tensor", value))
    used = {weight.name for layer in b.network.layers for weight in layer.weights.values()}
    for stored in tried[1 - taken].learned:
        if stored.name not in used:  # what the other branch learned is in the file too
            b.network.held.add(b.passed(stored))
    if len(b.network.assumes) < MOST_PASSES:
        word = ("then", "else")[taken]
        b.network.assumes.append(f"the {word}-branch of {node}{_shapes_differ(tried)}")


class _Tried:
    """A branch that was built on trial: its layers, and the arrays that it reads."""

    def __init__(self, b: Builder, before: int, outputs: Sequence[Value]) -> None:
        self.layers = b.network.layers[before:]
        names = {w.name for layer in self.layers for w in layer.weights.values() if w.learned}
        stored = (v for v in b.values.values() if isinstance(v, Stored))
        self.learned = [v for v in stored if v.name in names and v.maker is None]
        self.shapes = [None if isinstance(v, Unknown) else v.shape for v in outputs]


def _tried(b: Builder, graph: onnx.GraphProto) -> _Tried:
    before, kept = len(b.network.layers), b.kept()
    outputs = _made(b, graph)
    tried = _Tried(b, before, outputs)
    b.restore(kept)
    return tried


def _shapes_differ(tried: Sequence[_Tried]) -> str:
    then, other = (one.shapes for one in tried)
    return "" if then == other else ", whose other branch makes other shapes"


def _made(b: Builder, graph: onnx.GraphProto) -> list[Value]:
    """Build the nodes of an inner graph, which see all names around them, and return its
    outputs."""
    work(WORK_A_NODE * (1 + len(graph.node)), "following branches and the passes of loops")
    for tensor in graph.initializer:
        b.bind(tensor.name, b.store(tensor, learned=True))
    for inner in graph.node:
        b.run_proto(inner)
    return [_settled(b, value.name) for value in graph.output]


def _settled(b: Builder, name: str) -> Value:
    """The meaning of a name for those outside, where the names inside mean nothing any more."""
    value = b.values.get(name, Unknown(""))
    if isinstance(value, Stored) and value.maker is not None:
        return b.made(name, value, value.maker)
    return value


def _too_many(passes: int) -> str:
    return f"it has {passes:,} passes, and at most {MOST_PASSES:,} are followed"


def loop(b: Builder, node: Node) -> None:
    """Loop with a number of passes that is known: its body, so many times."""
    body: onnx.GraphProto = node.fields["body"]
    passes = b.ints(node, 0) if node.has(0) else None
    goes_on = _truth(b.value(node, 1)) if node.has(1) else True
    most = passes[0] if passes else MOST_PASSES
    if goes_on is None or (passes is None and len(body.output) == 0):
        raise NotUnderstood(ONLY_WHEN_RUN)
    carried = [b.passed_on(node, number) for number in range(2, len(node.inputs))]
    gathered: list[list[Value]] = [[] for _ in body.output[1 + len(carried) :]]
    number = 0
    while number < most and goes_on:
        if number >= MOST_PASSES:
            raise NotUnderstood(_too_many(most) if passes else ONLY_WHEN_RUN)
        given = [_number(node, number), of_values("", _true(), learned=False), *carried]
        made = _pass(b, body, given)
        goes_on = _truth(made[0])
        if goes_on is None:
            raise NotUnderstood(ONLY_WHEN_RUN)
        carried = made[1 : 1 + len(carried)]
        for parts, part in zip(gathered, made[1 + len(carried) :], strict=True):
            parts.append(part)
        number += 1
    stacked = [_stacked(b, node, parts, 0) for parts in gathered]
    b.give(node, *carried, *stacked)


def scan(b: Builder, node: Node) -> None:
    """Scan: its body for each position along an axis of what it scans."""
    body: onnx.GraphProto = node.fields["body"]
    scanned = int(node.fields["num_scan_inputs"])
    if b.opset < 9:
        raise NotUnderstood("it scans each sample for itself, as before opset 9")
    states = len(node.inputs) - scanned
    carried = [b.value(node, number) for number in range(states)]
    inputs = [b.tensor(node, number) for number in range(states, len(node.inputs))]
    axes = [
        axis_of(a, len(x.shape))
        for a, x in zip(node.get("scan_input_axes", [0] * scanned), inputs, strict=True)
    ]
    backwards = node.get("scan_input_directions", [0] * scanned)
    passes = inputs[0].shape[axes[0]] if inputs else 0
    if passes > MOST_PASSES:
        raise NotUnderstood(_too_many(passes))
    outputs = len(body.output) - states
    gathered: list[list[Value]] = [[] for _ in range(outputs)]
    for number in range(passes):
        parts = [
            _part(b, node, x, axis, passes - 1 - number if back else number)
            for x, axis, back in zip(inputs, axes, backwards, strict=True)
        ]
        made = _pass(b, body, [*carried, *parts])
        carried = made[:states]
        for one, part in zip(gathered, made[states:], strict=True):
            one.append(part)
    places = node.get("scan_output_axes", [0] * outputs)
    reverse = node.get("scan_output_directions", [0] * outputs)
    stacked = [
        _stacked(b, node, parts[::-1] if back else parts, place)
        for parts, place, back in zip(gathered, places, reverse, strict=True)
    ]
    b.give(node, *carried, *stacked)


def _pass(b: Builder, body: onnx.GraphProto, given: Sequence[Value]) -> list[Value]:
    if len(b.network.layers) > MOST_LAYERS:
        raise NotUnderstood(f"its passes make more than {MOST_LAYERS:,} layers")
    for value, meant in zip(body.input, given, strict=False):
        b.bind(value.name, meant)
    made = _made(b, body)
    if any(isinstance(value, Unknown) and value.parts is None for value in made):
        raise NotUnderstood("its body holds what is not known")
    return made


def _part(b: Builder, node: Node, x: Tensor, axis: int, at: int) -> Tensor:
    """One position along an axis, which is gone."""
    op = make("slice", dims=(axis,), starts=(at,), ends=(at + 1,))
    part = b.add(node, op, (x,)).outputs[0]
    shape = (*x.shape[:axis], *x.shape[axis + 1 :])
    return b.add(node, make("view", shape=shape), (part,)).outputs[0]


def _stacked(b: Builder, node: Node, parts: Sequence[Value], place: int) -> Value:
    """Stack the values of all passes along a new axis."""
    if not parts:
        return Unknown(str(node))
    if all(isinstance(part, Stored) and part.known is not None for part in parts):
        import numpy as np

        known: Known = np.stack(
            [cast("Known", cast("Stored", part).known) for part in parts], place
        )
        return of_values(f"{node.outputs[-1]}.passes", known, learned=False)
    tensors: list[Tensor] = []
    for part in parts:
        x = part if isinstance(part, Tensor) else b.passed(cast("Stored", part))
        at = axis_of(place, len(x.shape) + 1)
        shape = (*x.shape[:at], 1, *x.shape[at:])
        tensors.append(b.add(node, make("view", shape=shape), (x,)).outputs[0])
    if len(tensors) == 1:
        return tensors[0]
    at = axis_of(place, len(tensors[0].shape))
    return b.add(node, make("concat", dim=at), tensors).outputs[0]


def _truth(value: Value) -> bool | None:
    known = value.known if isinstance(value, Stored) else None
    return None if known is None else bool(known.all())


def _true() -> Known:
    import numpy as np

    return np.array(True)


def _number(node: Node, number: int) -> Stored:
    import numpy as np

    name = f"{node.outputs[0]}.pass{number}"
    return of_values(name, np.array(number, dtype=np.int64), learned=False)


ACTS: dict[str, Callable[[Builder, Node], None]] = {"If": branch, "Loop": loop, "Scan": scan}
