"""The graph that specs and importers make."""

from __future__ import annotations

import pytest

from convcost.applied import BrokenCondition, check
from convcost.errors import Problem, Source, closest, listed, plural, quoted, similar
from convcost.network import Network
from convcost.ops import op_class
from convcost.ops.fields import build
from convcost.samples import Samples
from convcost.tensor import Tensor


def conv(**fields: object) -> object:
    return build(op_class("conv"), 2, {"out_channels": 4, "kernel_size": 3, **fields})


def test_add() -> None:
    net = Network("net", Source("net.yaml"))
    x = Tensor("x", (2, 3, 8, 8))
    layer = net.add("a", conv(), [x], Source("net.yaml", 3, 5))  # type: ignore[arg-type]
    assert net.layers == [layer]
    assert layer.inputs == (x,)
    assert layer.input_shapes == ((2, 3, 8, 8),)
    (y,) = layer.outputs
    assert (y.name, y.shape, y.sample_shape, y.batch_axis) == ("a", (2, 4, 6, 6), (4, 6, 6), 0)
    assert {role: (w.name, w.shape, w.learned) for role, w in layer.weights.items()} == {
        "weight": ("a.weight", (4, 3, 3, 3), True),
        "bias": ("a.bias", (4,), True),
    }
    assert str(layer.source) == "net.yaml:3"


def test_the_same_op_twice_has_its_own_weights() -> None:
    net = Network("net")
    x = Tensor("x", (1, 3, 8, 8))
    a = net.add("a", conv(), [x])  # type: ignore[arg-type]
    b = net.add("b", conv(), [x])  # type: ignore[arg-type]
    c = net.add("c", conv(), [x], shared=a.weights)  # type: ignore[arg-type]
    assert a.op == b.op
    assert a.weights["weight"] is not b.weights["weight"]
    assert c.weights is a.weights
    assert b.weights["weight"].name == "b.weight"


def test_buffers_are_weights_that_are_not_learned() -> None:
    layer = Network("net").add(
        "norm", build(op_class("batch_norm"), 2, {}), [Tensor("x", (1, 3, 8, 8))]
    )
    learned = {role for role, weight in layer.weights.items() if weight.learned}
    assert learned == {"weight", "bias"}
    assert set(layer.weights) - learned == {"running_mean", "running_var"}


def test_several_outputs() -> None:
    layer = Network("net").add(
        "s", build(op_class("split"), 2, {"parts": 3}), [Tensor("x", (1, 3, 8, 8))]
    )
    assert [output.name for output in layer.outputs] == ["s.0", "s.1", "s.2"]


def test_the_batch_is_the_axis_it_was() -> None:
    relu = build(op_class("relu"), 2, {})
    layer = Network("net").add("a", relu, [Tensor("x", (3, 8, 5), samples=Samples(2))])
    assert layer.outputs[0].sample_shape == (3, 8)
    layer = Network("net").add("a", relu, [Tensor("x", (3, 8, 5), samples=None)])
    assert layer.outputs[0].sample_shape == (3, 8, 5)


BROKEN: list[tuple[dict[str, object], list[tuple[int, ...]], str]] = [
    ({"groups": 2}, [(1, 3, 8, 8)], "groups (2) does not divide the 3 input channels"),
    (
        {},
        [(1, 3, 8, 8), (1, 3, 8, 8)],
        "an input after the first stands for the weight: [4, 3, 3, 3] is wanted, and here is "
        "[1, 3, 8, 8]",
    ),
    ({}, [(1, 3, 8, 8)] * 4, "it takes at most 3 inputs, and here are 4"),
    ({}, [], "it takes at least 1 input, and here are 0"),
    ({}, [(1, 3)], "its input has no spatial axis: [3]"),
]


@pytest.mark.parametrize(("fields", "shapes", "says"), BROKEN)
def test_a_broken_condition(
    fields: dict[str, object], shapes: list[tuple[int, ...]], says: str
) -> None:
    with pytest.raises(BrokenCondition) as caught:
        check(conv(**fields), tuple(shapes))  # type: ignore[arg-type]
    assert str(caught.value) == says


def test_add_needs_two() -> None:
    with pytest.raises(BrokenCondition) as caught:
        check(build(op_class("add"), 2, {}), ((1, 3),))
    assert str(caught.value) == "it takes at least 2 inputs, and here is 1"


def test_a_broken_condition_adds_nothing() -> None:
    net = Network("net")
    for _ in range(2):  # the second time as the first
        with pytest.raises(BrokenCondition):
            net.add("a", conv(groups=2), [Tensor("x", (1, 3, 8, 8))])  # type: ignore[arg-type]
    assert net.layers == []


def test_shared_weights_of_other_shapes() -> None:
    net = Network("net")
    a = net.add("a", conv(), [Tensor("x", (1, 3, 8, 8))])  # type: ignore[arg-type]
    with pytest.raises(BrokenCondition) as caught:
        net.add("b", conv(bias=False), [Tensor("y", (1, 4, 8, 8))], shared=a.weights)  # type: ignore[arg-type]
    assert str(caught.value) == (
        "its weights would be weight [4, 4, 3, 3], "
        "and those that it shares are weight [4, 3, 3, 3] and bias [4]"
    )
    with pytest.raises(BrokenCondition) as caught:
        net.add("c", build(op_class("relu"), 2, {}), [Tensor("y", (1, 4))], shared=a.weights)
    assert "its weights would be none, and" in str(caught.value)


def test_representations() -> None:
    net = Network("net")
    layer = net.add("a", conv(), [Tensor("x", (1, 3, 8, 8))])  # type: ignore[arg-type]
    assert repr(layer) == "<Layer a: Conv, [1, 3, 8, 8] to [1, 4, 6, 6]>"
    assert repr(layer.outputs[0]) == "Tensor('a', (1, 4, 6, 6))"
    assert repr(layer.weights["bias"]) == "Weight('a.bias', (4,), learned=True)"


# What errors are made of


def test_a_problem_shows_its_line() -> None:
    problem = Problem("wrong", Source("a.yaml", 7, 5), "  - conv", 4, ("mend it",))
    assert str(problem) == "a.yaml:7:5: wrong\n    7 |   - conv\n      |     ^^^^\n  mend it"


def test_the_middle_of_a_very_long_line_is_shown() -> None:
    line = "".join(str(n % 10) for n in range(1000))
    head, shown, caret = str(Problem("wrong", Source("a", 1, 501), line, 3)).splitlines()
    assert head == "a:1:501: wrong"
    assert shown == f"    1 | {line[420:580]}"
    assert caret == f"      | {' ' * 80}^^^"


def test_the_caret_ends_with_the_line() -> None:
    assert str(Problem("wrong", Source("a", 1, 3), "abc", 99)).endswith("\n      |   ^")
    assert str(Problem("wrong", Source("a", 1, 9), "abc", 2)).endswith("\n      |    ^")
    assert str(Problem("wrong", Source("a", 1, 3), "\ta\tb", 2)).endswith(
        f"\n      | {' ' * 5}^^^^"
    )


def test_what_cannot_be_printed_is_not_printed() -> None:
    assert str(Problem("wrong", Source("a", 1, 1), "\x1b[31m\u202e")).splitlines()[1] == (
        "    1 | �[31m�"
    )
    assert quoted("a\nb" * 100) == f"`{('a�b' * 100)[:60]}...`"


def test_words() -> None:
    assert closest("kernal_size", ["stride", "kernel_size"]) == "kernel_size"
    assert closest("x", ["kernel_size"]) is None
    assert similar("paddin", ["padding"], "field") == (
        "a field with a similar name exists: `padding`",
    )
    assert similar("paddin", ["padding"], "argument") == (
        "an argument with a similar name exists: `padding`",
    )
    assert similar("x", ["padding"], "field") == ()
    assert (plural(1, "input"), plural(1000, "input")) == ("1 input", "1,000 inputs")
    assert (listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"], "or")) == (
        "a",
        "a and b",
        "a, b or c",
    )
