"""The requirements of an op that `explain` prints are the conditions of the op.

The op and its inputs are made again with other numbers for their names, and two things are asked of
these numbers: whether the op's own conditions hold, and whether all that is printed does, evaluated
by Python.
"""

from __future__ import annotations

import random
import re
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from op_examples import layers

import convcost
from convcost.analysis.explain.layer import explain_layer
from convcost.analysis.explain.symbols import Symbols
from convcost.network import Network
from convcost.number import Symbol
from convcost.ops import OPS, op_class
from convcost.ops.fields import build
from convcost.ops.involution import Involution
from convcost.ops.op import examples
from convcost.tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convcost.network import Layer
    from convcost.ops.op import Op

ROOT = Path(__file__).parent.parent.parent
SPECS = sorted((ROOT / "specs").rglob("*.yaml"))
ROUNDS = 150
MAY_BE_0 = ("before_", "after_", "output_padding_", "start_")
KNOWN = {"min": min, "max": max}


class Unnamed(Involution):
    """An involution whose inputs have no names."""

    inputs_called = ()


@pytest.fixture
def unnamed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(OPS, "unnamed", "test_explain_requirements:Unnamed")


def alone(op: Op, shapes: Any) -> tuple[Network, Layer]:
    network = Network("one layer")
    inputs = [Tensor(f"input{n}", tuple(shape)) for n, shape in enumerate(shapes)]
    return network, network.add("layer", op, inputs)


class Again:
    """A layer, and what is printed of it, for other numbers."""

    def __init__(self, op: Op, shapes: tuple[tuple[int, ...], ...]) -> None:
        self.symbols = Symbols(op, shapes)
        found = explain_layer(alone(op, shapes)[0], "layer")
        self.requires, self.where = found.requires, found.where
        named, formulas = self.symbols.named, self.symbols.outputs
        pairs = zip(named[0], formulas[0], strict=True) if len(named) == 1 else ()
        self.made = {str(name): n for n, (name, text) in enumerate(pairs) if name is not text}

    def numbers(self, draw: random.Random) -> dict[str, int]:
        """Others for all names but those of sizes that the op makes."""
        near = {
            name: draw.choice([number, draw.randint(0 if name.startswith(MAY_BE_0) else 1, 9)])
            for name, number in self.symbols.numbers.items()
        }
        return {name: number for name, number in near.items() if name not in self.made}

    def op(self, numbers: Mapping[str, int]) -> Op:
        exact: Any = self.symbols.exact
        values = {
            field: exchanged(value, numbers) for field, value in self.symbols.op.values().items()
        }
        return exact.replaced(**values)

    def inputs(self, op: Op, numbers: dict[str, int]) -> tuple[tuple[int, ...], ...]:
        """The inputs' shapes; with them the sizes that the op makes are known."""
        names = self.symbols.inputs
        if self.made:
            some = exchanged(names, {**dict.fromkeys(self.made, 1), **numbers})
            made: Any = op.output(*some)
            numbers |= {name: made[axis] for name, axis in self.made.items()}
        return exchanged(names, numbers)

    def printed_hold(self, numbers: dict[str, int]) -> bool:
        for formula in self.where:
            if formula.name not in ("met", "pairs"):
                numbers[formula.name] = value(formula.text, numbers)
        general = self.symbols.general
        along = [
            {
                **numbers,
                **{general(n): v for n, v in numbers.items() if re.search(rf"{axis}(_\d+)?$", n)},
            }
            for axis in self.symbols.axes
        ]
        return all(value(text, where) for text in self.requires for where in along or [numbers])


def value(text: str, numbers: Mapping[str, int]) -> int:
    return eval(text, {"__builtins__": {}, **KNOWN, **numbers})


def exchanged(named: Any, numbers: Mapping[str, int]) -> Any:
    """Numbers in place of names."""
    if isinstance(named, Symbol):
        return numbers[str(named)]
    if hasattr(named, "numerator") and hasattr(named, "denominator") and isinstance(named, tuple):
        parts = (exchanged(part, numbers) for part in cast("tuple[Any, ...]", named))
        return Fraction(*parts)
    if isinstance(named, tuple):
        return tuple(exchanged(part, numbers) for part in cast("tuple[Any, ...]", named))
    return named


def holds(op: Op, shapes: tuple[tuple[int, ...], ...]) -> bool:
    """Conditions after a broken one mean nothing."""
    return all(cast("int", must.margin) >= 0 for must in op.conditions(*shapes))


def judge(op: Op, shapes: tuple[tuple[int, ...], ...], *, rounds: int = ROUNDS) -> set[bool]:
    """Whether conditions held, for every number tried."""
    again = Again(op, shapes)
    draw = random.Random(str((op, shapes)))
    found: set[bool] = set()
    for _ in range(rounds):
        numbers = again.numbers(draw)
        other = again.op(numbers)
        inputs = again.inputs(other, numbers)
        hold = holds(other, inputs)
        assert again.printed_hold(numbers) is hold, (again.requires, numbers)
        found.add(hold)
        if hold and len(inputs) > 1:
            one_name_is_one_size(again, other, inputs)
    return found


def one_name_is_one_size(again: Again, op: Op, inputs: tuple[tuple[int, ...], ...]) -> None:
    """A further input with another size in the place of a name that stands elsewhere is refused."""
    names = [str(size) for shape in again.symbols.inputs for size in shape]
    for number, shape in enumerate(again.symbols.inputs[1:], start=1):
        for axis, name in enumerate(map(str, shape)):
            shared = names.count(name) > 1 or name in again.made
            if name.isdigit() or name == "batch" or not shared or inputs[number][axis] == 1:
                continue
            changed = [list(sizes) for sizes in inputs]
            changed[number][axis] += 1
            assert not holds(op, tuple(map(tuple, changed))), (name, inputs)


CASES: list[tuple[str, Any]] = [
    *((name, e) for name in OPS for e in layers(name)),
    # sizes that are alike by chance
    ("concat", ({}, [(1, 4, 3, 5), (1, 4, 3, 5)])),
    *(
        (name, (dict(e.fields), [(1, *shape) for shape in e.shapes]))
        for name in OPS
        for e in examples(op_class(name))
    ),
]


@pytest.mark.parametrize(
    ("name", "example"), CASES, ids=lambda part: part if isinstance(part, str) else ""
)
def test_what_is_printed_holds_where_the_conditions_do(name: str, example: Any) -> None:
    written, shapes = example
    judge(build(op_class(name), len(shapes[0]) - 2 if shapes else 0, written), tuple(shapes))


@pytest.mark.parametrize("stride", [1, 2, 4])
@pytest.mark.usefixtures("unnamed")
def test_an_op_that_is_added_needs_no_names(stride: int) -> None:
    written = {"kernel_size": 3, "stride": stride, "padding": 1, "groups": 2}
    out = (9 - 1) // stride + 1
    op, shapes = build(Unnamed, 2, written), ((1, 8, 9, 9), (1, 18, out, out))
    assert judge(op, shapes, rounds=600) == {True, False}
    found = explain_layer(alone(op, shapes)[0], "layer")
    assert found.requires == (
        "channels % groups == 0",
        "n + before + after >= dilation * (kernel - 1) + 1",
        "channels_2 == taps * groups",
    )
    assert found.reads[1] == "b: [channels_2, out_height, out_width]"


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_what_is_printed_holds_for_every_layer_of_a_spec(spec: Path) -> None:
    network = convcost.load(str(spec))
    for layer in {(layer.op, layer.input_shapes): layer for layer in network.layers}.values():
        judge(layer.op, layer.input_shapes, rounds=3)
