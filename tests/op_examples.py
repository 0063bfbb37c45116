"""Small layers of every op: of its own examples, and more of some.

A new op needs nothing here: what every test is run on is made of the example in its class.
"""

from __future__ import annotations

from functools import cache
from typing import Any, cast

from example_modes import MORE
from example_rows import ROWS, Example

from convcost.applied import BrokenCondition, check
from convcost.network import Network
from convcost.ops import op_class, place
from convcost.ops.example import MAP
from convcost.ops.fields import build
from convcost.ops.op import Op, examples
from convcost.tensor import Tensor


def rows(name: str) -> list[Example]:
    """Layers that are alike but for their numbers."""
    return [_smaller(name, 0, 16, 4, batch=1), _smaller(name, 0, 8, 6, batch=2)]


@cache
def layers(name: str) -> list[Example]:
    """All layers of an op that tests try."""
    of_op = [_smaller(name, n, 16, 4, batch=1) for n in range(len(examples(op_class(name))))]
    return [*of_op, *rows(name)[1:], *ROWS.get(name, []), *MORE.get(name, [])]


def made(name: str, example: Example) -> Op:
    """The op of an example."""
    fields, shapes = example
    return build(op_class(name), len(shapes[0]) - 2 if shapes else 0, fields)


def network_of(name: str, side: int = 8, by: int = 16, number: int = 0, batch: int = 1) -> Network:
    """A network of one layer, that of an example of the op, made smaller; inputs of one shape are
    the same."""
    example = _smaller(name, number, by, side, batch)
    network = Network(name)
    by_shape = {shape: Tensor(f"x{number}", shape) for number, shape in enumerate(example[1])}
    network.inputs = {tensor.name: tensor for tensor in by_shape.values()}
    layer = f"{name}{'_' * name[-1].isdigit()}1"
    added = network.add(layer, made(name, example), [by_shape[shape] for shape in example[1]])
    network.outputs = {tensor.name: tensor for tensor in added.outputs}
    return network


def _smaller(name: str, number: int, by: int, side: int, batch: int) -> Example:
    """An example with channels divided by a number, or a smaller one where those are too few, and
    with maps of another side."""
    op = op_class(name)
    example = examples(op)[number]
    for channels, length in ((by, side), (8, side), (4, side), (1, side), (1, MAP[-1])):
        fields = {field: _size(value, channels, length) for field, value in example.fields.items()}
        shapes = [
            (batch, _channels(shape[0], channels), *_size(shape[1:], channels, length))
            for shape in example.shapes
        ]
        try:
            check(made(name, (fields, shapes)), tuple(shapes))
        except BrokenCondition:
            continue
        except KeyError as missing:
            raise AssertionError(
                f"{place(name)} needs {missing}: give its class `examples = (Example({{...}}),)`"
            ) from None
        return fields, shapes
    raise AssertionError(f"{place(name)}: its example breaks its own conditions")


def _size(value: Any, by: int, side: int) -> Any:
    if isinstance(value, (list, tuple)):
        kind = cast("type[list[Any]]", type(cast("object", value)))
        return kind(_size(part, by, side) for part in cast("list[Any]", value))
    if isinstance(value, bool) or not isinstance(value, int):
        return value
    divided = _channels(value, by)
    return divided if divided != value or value < 24 else value * side // MAP[-1]


def _channels(number: int, by: int) -> int:
    return number if number % 16 else number // by
