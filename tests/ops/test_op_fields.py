"""Values that a person may write in a field, and the messages when one is refused."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from op_examples import layers

from convcost.applied import BrokenCondition, check
from convcost.ops import OPS, op_class
from convcost.ops.fields import build, declared
from convcost.ops.kinds import (
    LARGEST_SIZE,
    MOST_TAPS,
    Borders,
    Count,
    Counts,
    Dim,
    Dims,
    Equation,
    FieldError,
    FieldKind,
    Padding,
    PerAxis,
    Ratio,
    Real,
    Whole,
    Word,
    YesNo,
    shown,
)
from convcost.spec.expression import parse
from convcost.spec.syntax import UnknownNameError

PER_AXIS = PerAxis(Count())
SIZES = Counts("a list of sizes")
OPEN = Counts("a list of sizes", least=-1)
WORD = Word(("constant", "reflect"))


@pytest.mark.parametrize(
    ("kind", "written", "normal"),
    [
        (Count(), 1, 1),
        (Count(), LARGEST_SIZE, LARGEST_SIZE),
        (Count(least=0), 0, 0),
        (PER_AXIS, 3, (3, 3)),
        (PER_AXIS, [3, 5], (3, 5)),
        (PerAxis(Ratio()), 2, (Fraction(2), Fraction(2))),
        (PerAxis(Ratio()), [2, Fraction(1, 2)], (Fraction(2), Fraction(1, 2))),
        (Padding(keeps_same=True), "same", "same"),
        (Padding(), "valid", ((0, 0), (0, 0))),
        (Padding(), 1, ((1, 1), (1, 1))),
        (Padding(), [1, 0], ((1, 1), (0, 0))),
        (Padding(), [[1, 0], 2], ((1, 0), (2, 2))),
        (Borders(), [[1, 0], [3, 4]], ((1, 0), (3, 4))),
        (YesNo(), True, True),
        (Real(), 2, 2.0),
        (Real(), Fraction(1, 4), 0.25),
        (WORD, "reflect", "reflect"),
        (SIZES, [3, 5, 4], (3, 5, 4)),
        (OPEN, [3, -1], (3, -1)),
        (Whole(), [3, 0, -2], (3, 0, -2)),
        (Whole(one=True), -2, (-2,)),
        (Equation(), "ab,bc->ac", "ab,bc->ac"),
        (Dims(), 1, (1,)),
        (Dims(), [-1, 2], (-1, 2)),
    ],
)
def test_values_become_what_formulas_use(kind: FieldKind, written: object, normal: object) -> None:
    found = kind.normal(written, 2)
    assert found == normal
    assert type(found) is type(normal)


HUGE = 2**41
REFUSALS: list[tuple[FieldKind, Any, str, tuple[int, ...]]] = [
    (Count(), 0, "is 0, which is below 1", ()),
    (Count(least=0), -1, "is -1, which is below 0", ()),
    (Count(), HUGE, "is 2199023255552, which is more than 1,099,511,627,776", ()),
    (Count(), 10**50, "is a number of 167 bits, which is more than 1,099,511,627,776", ()),
    (Count(), True, "is true, and a whole number is wanted", ()),
    (Count(), Fraction(3, 2), "is 3/2, and a whole number is wanted", ()),
    (Count(), "same", "is same, and a whole number is wanted", ()),
    (Count(), None, "is empty, and a whole number is wanted", ()),
    (Count(), [3, True], "is [3, true], and a whole number is wanted", ()),
    (PER_AXIS, [3], "has 1 value, and the input has 2 spatial axes", ()),
    (PER_AXIS, [3, 3, 3], "has 3 values, and the input has 2 spatial axes", ()),
    (PER_AXIS, [3, 0], "is 0, which is below 1", (1,)),
    (PER_AXIS, 0, "is 0, which is below 1", ()),
    (
        Padding(),
        "full",
        "is `full`; the words that padding knows are `same`, `causal` and `valid`",
        (),
    ),
    (Padding(), [1, [1, 2, 3]], "is a list for one axis, which must be [before, after]", (1,)),
    (Padding(), [[1, 2], [0, -1]], "is -1, which is below 0", (1, 1)),
    (Borders(), "same", "is same, and a whole number is wanted", ()),
    (YesNo(), 1, "is 1, and `true` or `false` is wanted", ()),
    (Real(), "fast", "is fast, and a number is wanted", ()),
    (Real(), True, "is true, and a number is wanted", ()),
    (Real(), None, "is empty, and a number is wanted", ()),
    (Real(), 10**400, "is a number of 1329 bits, which is too large", ()),
    (Ratio(), 0, "is 0, and a number above 0 is wanted", ()),
    (Ratio(), Fraction(-1, 2), "is -1/2, and a number above 0 is wanted", ()),
    (Ratio(), Fraction(1, HUGE), "is 1/2199023255552, which is out of all proportion", ()),
    (WORD, "wrap", "is wrap, and `constant` or `reflect` is wanted", ()),
    (SIZES, 3, "is 3, and a list of whole numbers is wanted", ()),
    (SIZES, [], "is [], and a list of whole numbers is wanted", ()),
    (SIZES, [3, -1], "is -1, which is below 1", (1,)),
    (OPEN, [3, -2], "is -2, which is below -1", (1,)),
    (OPEN, [3, 0], "is 0, which is neither a size nor -1", (1,)),
    (Whole(), 3, "is 3, and a list of whole numbers is wanted", ()),
    (Whole(), [3, Fraction(1, 2)], "is 1/2, and a whole number is wanted", (1,)),
    (Equation(), 3, "is 3, and an equation such as `ij,jk->ik` is wanted", ()),
    (Equation(), "same", "is same, and an equation such as `ij,jk->ik` is wanted", ()),
    (Equation(), "aab,bc->ac", "has a twice in `aab`", ()),
    (Equation(), "ab,bc->ad", "has d in its result and in no input", ()),
    (Dims(), 0, "is 0, the batch: 1 is the channels, -1 the last axis", ()),
    (Dims(), [1, 0], "is 0, the batch: 1 is the channels, -1 the last axis", (1,)),
    (Dims(), [], "is [], and at least one axis is wanted", ()),
    (Dims(), "last", "is last, and a whole number is wanted", ()),
    (Dims(), 65, "is 65, which is more than 64", ()),
]


@pytest.mark.parametrize(("kind", "written", "sentence", "path"), REFUSALS)
def test_refused_values(
    kind: FieldKind, written: Any, sentence: str, path: tuple[int, ...]
) -> None:
    with pytest.raises(FieldError) as refusal:
        kind.normal(written, 2)
    assert str(refusal.value) == sentence
    assert refusal.value.path == path


def test_an_op_names_the_field_it_refuses() -> None:
    with pytest.raises(FieldError) as refusal:
        build(op_class("conv"), 2, {"out_channels": 8, "kernel_size": [3, MOST_TAPS + 1]})
    assert refusal.value.args == (
        "kernel_size is 65537, which is more than 65,536",
        "kernel_size",
    )
    assert refusal.value.path == (1,)
    with pytest.raises(FieldError) as refusal:
        build(op_class("split"), 2, {"parts": 10**9})
    assert refusal.value.args[0] == "parts is 1000000000, which is more than 4,096"


def test_a_required_field_must_be_there() -> None:
    with pytest.raises(KeyError, match="kernel_size"):
        build(op_class("conv"), 2, {"out_channels": 8})


def test_fields_left_out_take_their_default() -> None:
    conv: Any = build(op_class("conv"), 2, {"out_channels": 8, "kernel_size": 3})
    assert (conv.stride, conv.padding, conv.dilation) == ((1, 1), ((0, 0), (0, 0)), (1, 1))
    assert (conv.groups, conv.bias) == (1, True)
    up: Any = build(op_class("conv_transpose"), 2, {"out_channels": 8, "kernel_size": 3})
    assert (up.stride, up.padding, up.output_padding) == ((1, 1), ((0, 0), (0, 0)), (0, 0))
    assert (up.dilation, up.groups, up.bias) == ((1, 1), 1, True)
    pool: Any = build(op_class("max_pool"), 3, {"kernel_size": 2})
    assert pool.stride is None
    assert pool.output((1, 1, 5, 7, 9)) == (1, 1, 2, 3, 4)
    assert build(op_class("flatten"), 2, {}).output((2, 3, 4, 5)) == (2, 60)
    for name in ("concat", "split", "softmax"):
        assert declared(op_class(name))["dim"].default == 1


def test_minus_one_is_the_only_negative_size() -> None:
    with pytest.raises(FieldError, match="shape is -2, which is below -1"):
        build(op_class("reshape"), 2, {"shape": [-2]})


ONE_AXIS = [
    (name, field)
    for name in OPS
    for field, how in declared(op_class(name)).items()
    if isinstance(how.kind, Dim) or field == "end_dim"
]


@pytest.mark.parametrize(("name", "field"), ONE_AXIS)
def test_an_axis_may_be_counted_from_the_end(name: str, field: str) -> None:
    """One axis beyond those of the input for `one_hot`, and one before its last for `dft`."""
    fields, shapes = layers(name)[0]
    axes = len(shapes[0]) + {"one_hot": 1, "dft": -1}.get(name, 0)
    for axis in range(1, axes):
        front = build(op_class(name), len(shapes[0]) - 2, {**fields, field: axis})
        back = build(op_class(name), len(shapes[0]) - 2, {**fields, field: axis - axes})
        assert front.outputs(*shapes) == back.outputs(*shapes)
        assert front == back or field == "end_dim"


def test_an_axis_that_is_not_there_is_refused() -> None:
    x = (2, 3, 4)
    for dim in (-3, -9, 3):
        op = build(op_class("softmax"), 1, {"dim": dim})
        with pytest.raises(BrokenCondition, match=rf"dim \({dim}\) is not an axis of \[3, 4\]"):
            check(op, (x,))
    with pytest.raises(FieldError, match="dim is 0, the batch: 1 is the channels"):
        build(op_class("softmax"), 1, {"dim": 0})


def test_axes_in_an_order_may_be_counted_from_the_end() -> None:
    op = build(op_class("permute"), 2, {"dims": [-1, 1, -2]})
    assert op.output((2, 3, 4, 5)) == (2, 5, 3, 4)


@pytest.mark.parametrize("name", OPS)
def test_defaults_are_written_as_a_person_would(name: str) -> None:
    for field in declared(op_class(name)).values():
        if not field.required and field.default is not None:
            field.kind.normal(field.default, 2)


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        (Count(), "a whole number from 1 up"),
        (Count(least=0), "a whole number"),
        (PER_AXIS, "a whole number from 1 up, or a list with one for each axis"),
        (WORD, "`constant` or `reflect`"),
        (SIZES, "a list of sizes"),
        (Dims(), "an axis or a list of axes: 1 is the channels, -1 the last"),
    ],
)
def test_what_a_field_is(kind: FieldKind, says: str) -> None:
    assert kind.says == says


def test_values_are_shown_as_they_are_written() -> None:
    assert shown([1, [True, None], "x", Fraction(1, 2)]) == "[1, [true, empty], x, 1/2]"


WORDED = [
    (op, field, word)
    for op in OPS
    for field, made in declared(op_class(op)).items()
    if isinstance(made.kind, Word)
    for word in made.kind.words
]


@pytest.mark.parametrize(("op", "field", "word"), WORDED)
def test_every_word_of_a_field_is_one_in_expressions(op: str, field: str, word: str):
    """So it can be written without quotes, chosen by a condition and given to a block."""

    def unknown(name: str) -> int:
        raise UnknownNameError(name)

    assert parse(word).evaluate(unknown) == word, f"{op}: {field}: {word}"
    assert parse(f"{word} if 1 > 2 else {word}").evaluate(unknown) == word
