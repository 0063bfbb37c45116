"""The counting namespace tells the truth: scalars that count themselves, sent through the same
kernels, find the same numbers of operations."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from cases import CASES, IDS, Case, deformed
from hypothesis import given
from hypothesis import strategies as st
from layers import Layer, convs, few, pools, transposed_convs

from convcost.executor.kernels import KERNELS
from convcost.executor.namespace import Counting, Plain
from convcost.executor.tally import Scalars, Tally

if TYPE_CHECKING:
    from collections.abc import Callable

every_case = pytest.mark.parametrize("case", CASES, ids=IDS)
METRICS = ("multiplies", "adds", "divides", "comparisons", "transcendentals")


def check(case: Case) -> dict[str, int]:
    """Both ways of counting agree, on the values too; return the counts."""
    inputs, learned = case.arrays()
    xp = Counting()
    outputs = case.run(xp, inputs, learned)
    scalars = [Tally.array(x) for x in inputs]
    tallied = {key: Tally.array(array) for key, array in learned.items()}
    Tally.reset()
    results = case.run(Scalars(), scalars, tallied)
    counted = Tally.reset()
    counts = dict(xp.counts)
    macs = counts.pop("macs")
    assert tuple(counts) == METRICS
    assert counts == counted
    loops = case.by_loops()
    assert loops is None or macs == loops.macs
    assert counts["multiplies"] >= macs
    for output, result in zip(outputs, results, strict=True):
        assert output.shape == result.shape
        # A float among them would go on uncounted.
        assert all(type(element) is Tally for element in result.flat)
        values = np.reshape([element.value for element in result.flat], result.shape)
        np.testing.assert_allclose(values, output, rtol=1e-12, atol=1e-12)
    return counts


@every_case
def test_tallies_agree(case: Case) -> None:
    check(case)


def test_every_kernel_is_tested() -> None:
    assert {case.name for case in CASES} == {*KERNELS} - {"opaque"}  # which is a stand-in


@every_case
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_counting_changes_nothing(dtype: type[Any], case: Case) -> None:
    """The very same numbers, and in both dtypes the same counts; and inputs stay as they are."""
    inputs, learned = case.arrays(dtype)
    before = [x.copy() for x in (*inputs, *learned.values())]
    plain = case.run(Plain(), inputs, learned)
    xp, again = Counting(), Counting()
    counted = case.run(xp, inputs, learned)
    for a, b in zip(plain, counted, strict=True):
        assert a.dtype == b.dtype == dtype
        np.testing.assert_array_equal(a, b)
    case.run(again, *case.arrays(np.float64))
    assert xp.counts == again.counts
    for x, copy in zip((*inputs, *learned.values()), before, strict=True):
        np.testing.assert_array_equal(x, copy)


def check_drawn(name: str, layer: Layer) -> None:
    learned = {"weight": layer.weight} if layer.weight else {}
    if layer.bias is not None:
        learned["bias"] = layer.bias
    check(Case(name, "drawn", (layer.x,), layer.fields, learned))


@few
@given(convs() | convs(same=True))
def test_conv(layer: Layer) -> None:
    check_drawn("conv", layer)


@few
@given(transposed_convs())
def test_conv_transpose(layer: Layer) -> None:
    check_drawn("conv_transpose", layer)


@few
@given(convs() | convs(same=True), st.booleans())
def test_deform_conv(layer: Layer, masked: bool) -> None:
    fields = layer.fields | {
        "bias": layer.bias is not None,
        "offset_groups": layer.fields["groups"],
    }
    check(deformed("drawn", layer.x, layer.weight, mask=masked, **fields))


@few
@given(pools())
def test_max_pool(layer: Layer) -> None:
    check_drawn("max_pool", layer)


@few
@given(pools(means=True))
def test_avg_pool(layer: Layer) -> None:
    check_drawn("avg_pool", layer)


def test_layers_after_one_another() -> None:
    """The output of a kernel is still counted in the next one."""
    x = np.linspace(-3, 9, 2 * 4 * 4).reshape(1, 2, 4, 4)
    window: dict[str, Any] = {"kernel_size": (2, 2), "stride": None, "padding": ((1, 1), (1, 1)),
                              "ceil_mode": False, "dilation": (1, 1)}  # fmt: skip
    network: list[tuple[str, dict[str, Any]]] = [
        ("relu", {}),
        ("max_pool", window | {"return_indices": False, "indices_of_all": False}),
        ("relu6", {}),
        ("leaky_relu", {"negative_slope": 0.1}),
        ("pad", {"padding": ((1, 0), (0, 1)), "mode": "constant", "value": 0.5}),
        ("local_response_norm", {"size": 2, "alpha": 1.0, "beta": 0.5, "k": 1.0}),
        ("avg_pool", window | {"count_include_pad": False}),
        ("sigmoid", {}),
        ("softmax", {"dim": 1}),
        ("group_norm", {"num_groups": 1, "eps": 0.1}),
        ("gelu", {"approximate": "none"}),
        ("abs", {}),
        ("pow", {"exponent": 0.5}),
        ("softplus", {"beta": 2.0, "threshold": 0.5}),
        ("elu", {"alpha": 0.5}),
        ("tanh", {}),
        ("adaptive_max_pool", {"output_size": (2, 2)}),
        ("global_avg_pool", {}),
    ]
    xp = Counting()
    floats, scalars = x, Tally.array(x)
    Tally.reset()
    for name, fields in network:
        floats = KERNELS[name](xp, floats, **fields)
        scalars = KERNELS[name](Scalars(), scalars, **fields)
        counts = dict(xp.reset())
        counts.pop("macs")
        assert counts == Tally.reset(), name


def test_a_tally_counts_what_it_does() -> None:
    Tally.reset()
    a, b = Tally(2.0), Tally(3.0)
    results = [a * b, 2.0 * a, a + b, 1 + a, a - b, a / b, 1 / a, a.sqrt(), a.exp(), a.tanh(),
               a.sigmoid(), a**0.5, a**b, Tally(-2.0) ** b, a.log(), a.erf(),
               abs(Tally(-2.0)), math.floor(a / b), math.ceil(a / b), a.rint(), a.sin(), b.cos(),
               Tally(0.0).log()]  # fmt: skip
    assert a <= b
    assert not a >= b
    assert a != b
    assert all(math.isnan(lost.value) for lost in (Tally(-1.0).log(), Tally(-1.0).sqrt()))
    assert [round(result.value, 3) for result in results] == [
        6, 4, 5, 3, -1, 0.667, 0.5, 1.414, 7.389, 0.964, 0.881, 1.414,
        8, -8, 0.693, 0.995, 2, 0, 1, 2, 0.909, -0.99, -math.inf,
    ]  # fmt: skip
    assert Tally.reset() == {
        "multiplies": 2, "adds": 3, "divides": 4, "comparisons": 7, "transcendentals": 14,
    }  # fmt: skip
    assert not any(Tally.reset().values())


UNCOUNTED: list[Callable[[Any], Any]] = [
    lambda a: -a, lambda a: 1 - a, lambda a: a < 1, lambda a: a > 1, lambda a: a // 2,
    lambda a: 2**a, float, int, round,
    lambda a: np.zeros(1) + np.array([a]).astype(float), lambda a: np.log10(np.array([a])),
]  # fmt: skip


@pytest.mark.parametrize("act", UNCOUNTED)
def test_a_tally_does_nothing_uncounted(act: Any) -> None:
    with pytest.raises(TypeError):
        act(Tally(2.0))


def test_counting_starts_anew() -> None:
    xp = Counting()
    xp.matmul(np.ones((2, 3)), np.ones((3, 4)))
    assert xp.reset() == dict.fromkeys(xp.counts, 0) | {"macs": 24, "multiplies": 24, "adds": 16}
    assert not any(xp.counts.values())
