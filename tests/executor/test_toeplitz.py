"""A layer as a matrix of weights by name: filled with the weights it does what the kernel does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from layers import Array, Layer, agree, convs, few, run, transposed_convs

from convcost.analysis.explain.toeplitz import MOST_ELEMENTS, matrix
from convcost.errors import ConvcostError
from convcost.network import Layer as GraphLayer
from convcost.network import Network
from convcost.ops import op_class
from convcost.ops.fields import build
from convcost.tensor import Tensor


def layer_of(name: str, x: tuple[int, ...], **fields: Any) -> GraphLayer:
    """A layer alone, over one sample."""
    op = build(op_class(name), len(x) - 1, {"bias": False, **fields})
    return Network("alone").add("layer", op, [Tensor("x", (1, *x))])


def value(name: str, weight: Array) -> float:
    """The weight that a name names; axes of filters and channels of size 1 have no number."""
    lead, dot, tap = name[1:].rpartition(".")
    numbers = [*map(int, lead.split(","))] if dot else []
    index = [numbers.pop(0) if size > 1 else 0 for size in weight.shape[:2]]
    assert not numbers
    return float(weight[(*index, *map(int, tap))])


@few
@given(convs() | convs(same=True) | transposed_convs())
def test_it_multiplies_as_the_kernel_does(layer: Layer) -> None:
    name = "conv_transpose" if "output_padding" in layer.fields else "conv"
    fields: dict[str, Any] = {
        key: given if isinstance(given, (str, int)) else [*map(_written, given)]
        for key, given in layer.fields.items()
    }
    layer = layer._replace(x=(1, *layer.x[1:]))
    x, weight, _ = layer.arrays(np.float64)
    filters = layer.weight[0] if name == "conv" else layer.weight[1] * fields["groups"]
    kernel = list(layer.weight[2:])
    here = layer_of(name, layer.x[1:], out_channels=filters, kernel_size=kernel, **fields)
    if x.size * np.prod(here.outputs[0].shape) > MOST_ELEMENTS:
        return
    made = matrix(here)
    c = np.array([[0.0 if n is None else value(n, weight) for n in row] for row in made.rows])
    expected = run(name, x, weight=weight, **layer.fields)
    agree((c @ x.reshape(-1)).reshape(expected.shape), expected)
    assert (made.rows_each, made.columns_each) == (expected.shape[-1], x.shape[-1])


def _written(each: Any) -> Any:
    return each if isinstance(each, int) else list(each)


def test_the_textbook_case() -> None:
    """4x4 by 3x3 to 2x2 (Dumoulin and Visin, section 4.1), and the transposed 2x2 to 4x4."""
    shown = (
        "w00 w01 w02 0 w10 w11 w12 0 w20 w21 w22 0 0 0 0 0",
        "0 w00 w01 w02 0 w10 w11 w12 0 w20 w21 w22 0 0 0 0",
        "0 0 0 0 w00 w01 w02 0 w10 w11 w12 0 w20 w21 w22 0",
        "0 0 0 0 0 w00 w01 w02 0 w10 w11 w12 0 w20 w21 w22",
    )
    wanted = [[None if n == "0" else n for n in row.split()] for row in shown]
    c = matrix(layer_of("conv", (1, 4, 4), out_channels=1, kernel_size=3))
    assert c.rows == wanted
    back = matrix(layer_of("conv_transpose", (1, 2, 2), out_channels=1, kernel_size=3))
    assert back.rows == [list(row) for row in zip(*wanted, strict=True)]


def test_names_of_filters_channels_and_wide_kernels() -> None:
    grouped = matrix(layer_of("conv", (4, 1), out_channels=2, kernel_size=1, groups=2))
    assert grouped.rows == [["w0,0.0", "w0,1.0", None, None], [None, None, "w1,0.0", "w1,1.0"]]
    wide = matrix(layer_of("conv", (1, 11, 1), out_channels=1, kernel_size=[11, 1]))
    assert wide.rows[0][-2:] == ["w9,0", "w10,0"]


def test_a_large_matrix_is_not_written() -> None:
    with pytest.raises(ConvcostError) as error:
        matrix(layer_of("conv", (3, 224, 224), out_channels=64, kernel_size=3))
    assert str(error.value) == (
        "the matrix of `layer` has 3,154,176 rows and 150,528 columns: 474,791,804,928 elements, "
        "and one of at most 4,096 is written out"
    )


def test_other_layers_have_none() -> None:
    layer = Network("alone").add("act", build(op_class("relu"), 0, {}), [Tensor("x", (1, 3))])
    with pytest.raises(ConvcostError) as error:
        matrix(layer)
    assert str(error.value) == (
        "`act` is a relu layer: only `conv` and `conv_transpose` layers are written as a matrix"
    )
