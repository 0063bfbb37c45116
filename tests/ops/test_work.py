"""No op's answers take longer for larger sizes: they are formulas, or loops that ask first."""

from __future__ import annotations

from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any, cast

import pytest
from counted_steps import TooManySteps, steps
from op_examples import layers, made

from convcost.allowance import TooMuch
from convcost.analysis.rf.receptive_field import views
from convcost.applied import BrokenCondition
from convcost.metrics import OF_OPS
from convcost.network import Network
from convcost.ops import OPS, place
from convcost.ops.kinds import FieldError
from convcost.tensor import FIRST_AXIS, Tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from op_examples import Example

HUGE = (2**40, 2**16, 10**9 + 7, 4097, 3 * 4096, 2**20)
MOST_OF_OP = 100_000  # lines: relations of 4,096 phases are listed
MOST_OF_FIELDS = 3_000_000  # lines: 2^18 spans of each axis are looked at
STATED = frozenset(("opaque",))  # its shapes are those that a file states


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where there are whole numbers in fields and shapes."""
    if isinstance(value, int) and not isinstance(value, bool):
        yield path
    pairs: Any = ()
    if isinstance(value, dict):
        pairs = cast("dict[str, Any]", value).items()
    elif isinstance(value, (list, tuple)):
        pairs = enumerate(cast("list[Any]", value))
    for key, part in pairs:
        yield from places(part, (*path, key))


def put(value: Any, path: tuple[Any, ...], number: int) -> Any:
    """Fields and shapes with another number at a place."""
    if not path:
        return number
    changed = put(value[path[0]], path[1:], number)
    if isinstance(value, dict):
        return {**cast("dict[str, Any]", value), path[0]: changed}
    parts = list(value)
    parts[path[0]] = changed
    return type(value)(parts)


def enlarged(name: str) -> Iterator[Example]:
    """Layers of an op with each of their sizes huge in turn, and with some together."""
    random = Random(name)
    for fields, shapes in layers(name):
        example: Any = [fields, list(shapes)]
        there = list(places(example))
        alone = [{path: number} for path in there for number in HUGE]
        together = [
            {path: random.choice(HUGE) for path in random.sample(there, min(len(there), some))}
            for some in (2, 2, 2, 3, 3, 4, 5, 8)
        ]
        for changes in (*alone, *together):
            larger = example
            for path, number in changes.items():
                larger = put(larger, path, number)
            yield larger[0], larger[1]


def layer_of(name: str, example: Example) -> Network | None:
    """A network of one layer, all of whose formulas were asked for; None where it is refused."""
    network = Network(name)
    inputs = [
        Tensor(f"x{number}", tuple(shape), FIRST_AXIS if shape else None)
        for number, shape in enumerate(example[1])
    ]
    network.inputs = {tensor.name: tensor for tensor in inputs}
    try:
        layer = network.add("layer", made(name, example), inputs)
    except (FieldError, TooMuch, BrokenCondition):
        return None
    network.outputs = {tensor.name: tensor for tensor in layer.outputs}
    for formula in (*OF_OPS, *layer.op.readings):
        getattr(layer.op, formula)(*layer.input_shapes)
    for number in range(len(layer.outputs)):
        layer.op.reads_of_output(number, *layer.input_shapes)
    return network


def bounded(name: str, example: Example, doing: str, most: int, act: Callable[[], object]) -> None:
    """Fail, with the file to edit, where something takes more lines or memory."""
    try:
        steps(act, most)
    except TooMuch:
        return
    except (TooManySteps, MemoryError) as error:
        raise AssertionError(
            f"{name} {example}: {doing} takes more than {most:,} lines, or too much memory: give "
            "it a closed form, or ask convcost.allowance before a loop or a list begins"
        ) from error


@pytest.mark.parametrize("name", sorted(OPS.keys() - STATED))
def test_huge_sizes_take_no_more_steps(name: str) -> None:
    for example in enlarged(name):
        made_of: list[Network | None] = []
        ask = partial(layer_of, name, example)
        bounded(name, example, place(name), MOST_OF_OP, lambda to=made_of, a=ask: to.append(a()))
        for network in filter(None, made_of):
            doing = "convcost/field.py, following what it `reads`,"
            bounded(name, example, doing, MOST_OF_FIELDS, partial(views, network))
