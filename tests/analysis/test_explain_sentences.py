"""A sentence that `explain` prints of a layer holds for that layer.

Every field that is a yes or no, or one of a few words, is changed in every example of every op, and
inputs that may be missing are left out. A sentence about a part must come and go with the part, and
what changes in the formulas must be said.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import op_examples
import pytest

from convcost.analysis.explain.layer import explain_layer, explain_op
from convcost.analysis.explain.sentences import conditions
from convcost.applied import BrokenCondition
from convcost.network import Network
from convcost.ops import OPS, op_class
from convcost.ops.fields import build, declared
from convcost.ops.kinds import Count, Word, YesNo
from convcost.tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcost.analysis.explain.formula import Formula
    from convcost.analysis.explain.layer import Explanation
    from convcost.ops.op import Op

FEW = 4  # values of a number that are as good as words
PARTS = ("bias", "weight", "mask", "running mean", "running variance")


class Explained(NamedTuple):
    """A layer's op and inputs, and what is said of it."""

    op: Op
    shapes: tuple[tuple[int, ...], ...]
    found: Explanation

    @property
    def arrays(self) -> set[str]:
        """Arrays that it multiplies by or adds, learned or stored, and its inputs by name."""
        named = self.op.inputs_called[: len(self.shapes)] if len(self.shapes) > 1 else ()
        return {*self.op.weights(*self.shapes), *self.op.buffers(*self.shapes), *named}

    @property
    def costs(self) -> dict[str, Formula]:
        return {formula.name: formula for formula in self.found.costs}

    def said(self, metric: str) -> str:
        """The sentence about a metric; metrics that share a sentence have it once."""
        text = ""
        for name, formula in self.costs.items():
            text = formula.says or text
            if name == metric:
                break
        return text


def explained_with(name: str, fields: dict[str, Any], shapes: Any) -> Explained | None:
    """None where there is no such layer."""
    op = build(op_class(name), len(shapes[0]) - 2 if shapes else 0, fields)
    network = Network("one layer")
    inputs = [Tensor(f"input{n}", tuple(shape)) for n, shape in enumerate(shapes)]
    try:
        layer = network.add("layer", op, inputs)
    except BrokenCondition:
        return None
    return Explained(op, layer.input_shapes, explain_layer(network, "layer"))


def values(kind: object) -> tuple[object, ...]:
    if isinstance(kind, YesNo):
        return (False, True)
    if isinstance(kind, Word):
        return kind.words
    if isinstance(kind, Count) and kind.most <= FEW:
        return tuple(range(kind.least, kind.most + 1))
    return ()


def changed(name: str) -> Iterator[tuple[Explained, Explained]]:
    """Pairs of layers that differ in one field, or in whether there is a last input."""
    for fields, shapes in op_examples.layers(name):
        for field, how in declared(op_class(name)).items():
            made = [explained_with(name, {**fields, field: v}, shapes) for v in values(how.kind)]
            yield from itertools.combinations([layer for layer in made if layer], 2)
        if len(shapes) > max(op_class(name).fewest_inputs, 1):
            with_, without = (explained_with(name, fields, part) for part in (shapes, shapes[:-1]))
            if with_ and without and op_class(name).most_inputs:
                yield with_, without


def layers(name: str) -> Iterator[Explained]:
    for fields, shapes in op_examples.layers(name):
        found = explained_with(name, fields, shapes)
        assert found
        yield found
    for pair in changed(name):
        yield from pair


@pytest.mark.parametrize("name", OPS)
def test_what_changes_a_formula_is_said_and_nothing_else_is(name: str) -> None:
    for one, other in changed(name):
        differs: dict[tuple[str, str], bool] = {}  # whether any formula does of which this is said
        for metric in one.costs.keys() & other.costs.keys() - {"flops", "macs_in_bounds"}:
            before, after = one.costs[metric], other.costs[metric]
            said = (one.said(metric), other.said(metric))
            # Names of sizes alone may change the text; a length alone may change the value.
            changes = before.text != after.text and before.worked[0].value != after.worked[0].value
            differs[said] = differs.get(said, False) or changes
        for said, changes in differs.items():
            assert (said[0] != said[1]) == changes, said


@pytest.mark.parametrize("name", OPS)
def test_a_part_is_spoken_of_where_it_is(name: str) -> None:
    for layer in layers(name):
        says = [layer.found.doc[0], *(formula.says for formula in layer.found.costs)]
        for part, text in itertools.product(PARTS, says):
            if re.search(rf"\b{part}\b", re.sub(r"`[^`]*`", "", text)):
                there = {array.removesuffix("_var") for array in layer.arrays}
                assert part.replace(" ", "_").removesuffix("_variance") in there, text


@pytest.mark.parametrize("name", OPS)
def test_conditions_of_sentences_are_fields_and_parts_of_the_op(name: str) -> None:
    """Each of them holds for some example, and does not hold for another."""
    whole = explain_op(name)
    texts = [*whole.doc, whole.output_says, *(formula.says for formula in whole.costs)]
    known = [*layers(name)]
    for condition in (found for text in texts for found in conditions(text)):
        held = {condition.holds(layer.op, layer.shapes) for layer in known}
        assert held == {True, False}, condition


@pytest.mark.parametrize("name", OPS)
def test_a_sentence_that_begins_with_with_is_a_condition(name: str) -> None:
    whole = explain_op(name)
    texts = [*whole.doc, whole.output_says, *(formula.says for formula in whole.costs)]
    one, but_not = r"(?:an? \w+|`\w+(?:: \w+)?`)", r"(?: but not `\w+: \w+`)?"
    for text in texts:
        begun = re.findall(rf"(?:^|[.] )(?:With|Without) {one}{but_not},", text)
        assert len(begun) == len(re.findall(r"(?:^|[.] )(?:With|Without) ", text)), text
        assert len(begun) == len([*conditions(text)])


def test_a_layer_without_a_bias_hears_of_none() -> None:
    plain = {"out_channels": 4, "kernel_size": 3}
    with_, without = (
        explained_with("conv", {**plain, "bias": bias}, [(1, 3, 8, 8)]) for bias in (True, False)
    )
    assert with_
    assert without
    assert with_.said("adds").endswith("With a bias, one more.")
    assert without.said("adds") == "One less than products for each output element."
