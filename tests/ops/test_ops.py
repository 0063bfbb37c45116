"""Every op: one example of each, and what must hold of all of them.

What an op does is also written as loops where it is in ``RUN`` (brute_ops.py).
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from brute_ops import RUN
from check_op import check_op
from kinds import agree
from op_examples import MORE, ROWS, layers, made, rows

from convcost import ops
from convcost.metrics import OF_OPS
from convcost.number import Must, Symbol
from convcost.ops import OF_IMPORTERS, OPS, op_class, op_name, place
from convcost.ops.fields import build, declared
from convcost.ops.op import Op, Wanted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from op_examples import Example


def answers(op: Op, shapes: Sequence[Any]) -> dict[str, Any]:
    """Everything an op says in numbers of any kind."""
    return {
        "margins": tuple(must.margin for must in op.conditions(*shapes)),
        "outputs": op.outputs(*shapes),
        "weights": tuple(op.weights(*shapes).values()),
        "buffers": tuple(op.buffers(*shapes).values()),
        **{metric: getattr(op, metric)(*shapes) for metric in OF_OPS},
        "gradients": tuple(
            (op.input_gradient_macs(wanted, *shapes), op.weight_gradient_macs(wanted, *shapes))
            for wanted in (
                Wanted((True,) * len(shapes), weights=True),
                Wanted((True,), weights=False),
                Wanted((), weights=True),
                Wanted((), weights=False),
            )
        ),
    }


def test_tables_of_more_layers_name_ops() -> None:
    assert set(RUN) | set(ROWS) | set(MORE) <= set(OPS)
    assert all(len(examples) >= 2 for examples in ROWS.values())


def test_every_op_has_a_line_in_the_table() -> None:
    for path in sorted(Path(ops.__file__).parent.glob("*.py")):
        module = import_module(f"convcost.ops.{path.stem}".removesuffix(".__init__"))
        for name, kind in vars(module).items():
            own = (
                isinstance(kind, type)
                and issubclass(kind, Op)
                and kind.__module__ == module.__name__
            )
            if own and not name.startswith("_") and not kind.__subclasses__():
                assert f"{path.stem}:{name}" in (OPS | OF_IMPORTERS).values(), (
                    f"give `{name}` of convcost/ops/{path.name} a line in OPS of "
                    "convcost/ops/__init__.py"
                )


def test_every_op_has_one_name() -> None:
    assert len(set(OPS.values())) == len(OPS)
    for name in OPS:
        assert op_name(op_class(name)) == name
    with pytest.raises(KeyError):
        op_class("convolve")


def test_how_many_inputs_ops_take() -> None:
    many = {name: (op.fewest_inputs, op.most_inputs) for name in OPS if (op := op_class(name))}
    assert {name: few for name, few in many.items() if few != (1, 1)} == {
        "conv": (1, 3),
        "conv_transpose": (1, 3),
        "parameter": (0, 0),
        "add": (2, None),
        "multiply": (2, None),
        "sub": (2, 2),
        "div": (2, 2),
        "minimum": (2, None),
        "maximum": (2, None),
        "pow": (1, 2),
        "einsum": (2, 2),
        "grid_sample": (2, 2),
        "gather": (1, 2),
        "scatter": (3, 3),
        "where": (3, 3),
        "gather_elements": (2, 2),
        "gather_nd": (2, 2),
        "max_unpool": (2, 2),
        "roi_align": (2, 2),
        "nms": (2, 2),
        "reverse_sequence": (2, 2),
        "less": (2, 2),
        "greater": (2, 2),
        "equal": (2, 2),
        "logical_and": (2, 2),
        "logical_or": (2, 2),
        "logical_xor": (2, 2),
        "remainder": (2, 2),
        "fmod": (2, 2),
        "concat": (2, None),
        "matmul": (2, 2),
        "rnn": (1, 5),
        "gru": (1, 5),
        "lstm": (1, 7),
        "deform_conv": (2, 3),
        "involution": (2, 2),
        "deform_sample": (2, 2),
    }


@pytest.mark.parametrize("name", OPS)
def test_every_kind_of_number_says_the_same(name: str) -> None:
    for alike in filter(None, (rows(name), ROWS.get(name))):
        agree(answers, [made(name, example) for example in alike], [shapes for _, shapes in alike])
    for example in MORE.get(name, []):
        agree(answers, [made(name, example)] * 2, [example[1]] * 2)


@pytest.mark.parametrize(
    ("name", "example"),
    [(name, e) for name in RUN for e in layers(name)],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_every_op_does_what_it_says(name: str, example: Example) -> None:
    """Shapes, products and what is read, against running it."""
    check_op(name, made(name, example), example[1])


@pytest.mark.parametrize("name", OPS)
def test_every_op_says_what_it_is(name: str) -> None:
    op: Any = op_class(name)
    assert op.__doc__, f"{place(name)}: `{op.__name__}` has no docstring"
    for field, how in cast("Mapping[str, Any]", declared(op)).items():
        assert how.doc, f"{place(name)}: nothing is said of `{field}`"
        assert how.kind.says, f"{place(name)}: nothing is said of the values of `{field}`"
    for example in layers(name):
        one = made(name, example)
        assert one == made(name, example)
        assert hash(one) == hash(made(name, example))
        assert all(isinstance(must, Must) for must in one.conditions(*example[1]))


def test_weights_have_the_layout_of_pytorch() -> None:
    linear, norm = build(op_class("linear"), 0, {"out_features": 3}), op_class("batch_norm")
    assert linear.weights((1, 4)) == {"weight": (3, 4), "bias": (3,)}
    assert build(norm, 2, {}).weights((1, 4, 5, 5)) == {"weight": (4,), "bias": (4,)}
    assert build(norm, 2, {}).buffers((1, 4, 5, 5)) == {"running_mean": (4,), "running_var": (4,)}
    assert build(norm, 2, {"affine": False}).weights((1, 4, 5, 5)) == {}
    layer_norm = build(op_class("layer_norm"), 2, {"dim": [-1, 1]})
    assert layer_norm.weights((1, 4, 5, 6)) == {"weight": (4, 6), "bias": (4, 6)}
    shiftless = build(op_class("layer_norm"), 2, {"bias": False})
    assert shiftless.weights((1, 4, 5, 6)) == {"weight": (4,)}
    prelu = build(op_class("prelu"), 2, {"num_parameters": 4})
    assert prelu.weights((1, 4, 5, 6)) == {"weight": (4,)}


def test_the_textbook_transposed_convolution() -> None:
    """8 to 12 channels, kernel 4, stride 2, padding 1, on 16x16 (docs/counting.md)."""
    fields = {"out_channels": 12, "kernel_size": 4, "stride": 2, "padding": 1}
    op, x = build(op_class("conv_transpose"), 2, fields), (1, 8, 16, 16)
    assert op.output(x) == (1, 12, 32, 32)
    assert op.macs(x) == 393216
    assert op.macs_in_bounds(x) == 369024
    assert op.weights(x) == {"weight": (8, 12, 4, 4), "bias": (12,)}
    assert str(op.macs(tuple(map(Symbol, ("n", "c", "h", "w"))))) == "n * c * h * w * 12 * 16"


def test_the_textbook_convolution() -> None:
    """AlexNet's second layer: 96 to 256 channels in two groups, 5x5, on 27x27."""
    fields = {"out_channels": 256, "kernel_size": 5, "padding": 2, "groups": 2}
    op, x = build(op_class("conv"), 2, fields), (1, 96, 27, 27)
    assert op.weights(x) == {"weight": (256, 48, 5, 5), "bias": (256,)}
    assert op.output(x) == (1, 256, 27, 27)
    assert op.macs(x) == 223948800
    assert op.macs_in_bounds(x) == (27 * 5 - 6) ** 2 * 256 * 48  # 6 of 135 pairs an axis miss


def test_no_op_is_another() -> None:
    """Code that asks whether an op is a convolution, by its class, must not get another op."""
    classes = [op_class(name) for name in OPS]
    assert not [(a, b) for a in classes for b in classes if a is not b and issubclass(a, b)]
