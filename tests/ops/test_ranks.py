"""Every op answers for inputs of any rank and of odd sizes, or refuses them with a sentence."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest
from op_examples import layers, made

import convcost
from convcost.analysis.lint import lint
from convcost.errors import ConvcostError
from convcost.metrics import OF_OPS
from convcost.network import Network
from convcost.ops import OPS, place
from convcost.ops.kinds import FieldError
from convcost.tensor import FIRST_AXIS, Tensor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from op_examples import Example

RANKS = range(7)
SIZES = ((1,) * 6, (2,) * 6, (1, 4, 3, 1, 2, 5), (3, 6, 8, 8, 1, 1), (2, 16, 5, 7, 4, 3))
SHAPES = [sizes[:rank] for rank, sizes in product(RANKS, SIZES)]
STATED = frozenset(("opaque",))  # its shapes are those that a file states


def odd(example: Example) -> Iterator[Example]:
    """The example with one of its inputs, or all, of another shape."""
    fields, shapes = example
    for shape in dict.fromkeys(SHAPES):
        yield fields, [shape] * len(shapes)
        for number in range(len(shapes) if len(shapes) > 1 else 0):
            yield fields, [*shapes[:number], shape, *shapes[number + 1 :]]


def network(name: str, example: Example) -> Network | None:
    """A network of one layer; None where it is refused."""
    built = Network(name)
    inputs = [
        Tensor(f"x{number}", shape, FIRST_AXIS if shape else None)
        for number, shape in enumerate(example[1])
    ]
    built.inputs = {tensor.name: tensor for tensor in inputs}
    try:
        layer = built.add("layer", made(name, example), inputs)
    except (FieldError, ConvcostError):
        return None
    built.outputs = {tensor.name: tensor for tensor in layer.outputs}
    return built


def answer(built: Network) -> None:
    """All that is asked of a network without running it."""
    (layer,) = built.layers
    for metric in OF_OPS:
        getattr(layer.op, metric)(*layer.input_shapes)
    convcost.analyze(built)
    convcost.rf(built)
    lint(built)
    convcost.explain(built, "layer")
    convcost.detail(built, "layer")


@pytest.mark.parametrize("name", sorted(OPS.keys() - STATED))
def test_an_op_answers_for_any_rank_or_refuses_it(name: str) -> None:
    for example in layers(name):
        for other in odd(example) if example[1] else ():
            try:
                built = network(name, other)
                if built is not None:
                    answer(built)
            except ConvcostError:
                continue
            except Exception as error:
                raise AssertionError(
                    f"{place(name)}: {name} {other} ends in {error!r}: its `conditions` must "
                    "refuse such inputs"
                ) from error


# As they were found: whoever counts axes from 1 finds none of channels here.
@pytest.mark.parametrize(
    ("layer", "column"),
    [
        ("batch_norm", 5),
        ("{op: channel_shuffle, groups: 2}", 10),
        ("{op: group_norm, num_groups: 2}", 10),
        ("{op: prelu, num_parameters: 8}", 10),
    ],
)
def test_an_input_without_channels_is_refused_at_its_layer(layer: str, column: int) -> None:
    text = f"input: [8]\nlayers:\n  - {{op: view, shape: [-1]}}\n  - {layer}\n"
    with pytest.raises(ConvcostError) as refused:
        convcost.load("net.yaml", read=lambda _: text.encode())
    said = str(refused.value)
    assert said.startswith(f"net.yaml:4:{column}: layer ")
    assert ": its input [8], the batch included, has no axis of channels\n" in said
