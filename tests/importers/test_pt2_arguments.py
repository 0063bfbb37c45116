"""Arguments of PyTorch's operators that no program of ours has: what they make, or why they are not
understood."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
from one_aten import array_of, loaded, outputs_of, programs

import convcost
from convcost.importers.pt2.symbols import OpenSize, symbol_of, value_of


def changed(name: str, **arguments: Any) -> dict[str, Any]:
    """A case whose last node has other arguments."""
    case = copy.deepcopy(programs()[name])
    node = case["program"]["graph_module"]["graph"]["nodes"][-1]
    others = [one for one in node["inputs"] if one["name"] not in arguments]
    given = [{"name": key, "arg": arg, "kind": 1} for key, arg in arguments.items() if arg]
    node["inputs"] = others + given
    return case


REASONS: dict[tuple[str, str], tuple[Any, str]] = {
    ("norm", "p"): ({"as_int": 0}, "it is a norm of order 0"),
    ("avg_pool2d", "divisor_override"): (
        {"as_int": 3},
        "its sums are divided by a number of its own",
    ),
    ("pad", "mode"): ({"as_string": "odd"}, "its mode is `odd`"),
    ("roll", "dims"): (None, "it rolls over all axes as if they were one"),
    ("cdist", "p"): ({"as_float": 1.0}, "only Euclidean distances of as many rows are known"),
    ("argmax", "dim"): (None, "it looks for a place in the whole tensor"),
}


@pytest.mark.parametrize(("name", "argument"), REASONS)
def test_what_is_not_understood(name: str, argument: str) -> None:
    value, reason = REASONS[name, argument]
    (said, *_) = loaded(changed(name, **{argument: value})["program"]).unknown
    assert said.partition(": ")[2].partition(";")[0] == reason


def test_padding_may_be_called_valid() -> None:
    case = changed("conv1d same", padding={"as_string": "valid"})
    x = array_of(case["inputs"][0])
    arrays = {len(one["shape"]): array_of(one) for one in case["arrays"].values()}
    weight, bias = arrays[3], arrays[1]
    reach = 2 * (weight.shape[2] - 1)  # its dilation is 2
    expected = np.stack(
        [
            sum(x[:, :, at + 2 * tap] @ weight[:, :, tap].T for tap in range(weight.shape[2]))
            + bias
            for at in range(x.shape[2] - reach)
        ],
        axis=2,
    )
    graph = case["program"]["graph_module"]["graph"]
    stated = graph["tensor_values"][graph["nodes"][-1]["outputs"][0]["as_tensor"]["name"]]
    stated["sizes"] = [{"as_int": size} for size in expected.shape]
    network = loaded(case["program"])
    (made,) = outputs_of(network, case)
    np.testing.assert_allclose(made, expected, rtol=1e-4, atol=1e-5)
    assert convcost.analyze(network).totals["macs"] == expected.size * weight[0].size


def test_samples_of_a_bin_that_depend_on_its_box_are_those_of_the_largest() -> None:
    """A map of 6 x 5 has 2 x 3 bins of at most 3 x 2 positions."""
    network = loaded(changed("roi_align not aligned", sampling_ratio={"as_int": 0})["program"])
    (said,) = network.differs
    assert said.endswith("each bin has 3 samples an axis, as for a box as large as the map")
    own = loaded(programs()["roi_align not aligned"]["program"])  # has 3
    assert convcost.analyze(network).totals == convcost.analyze(own).totals


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("Symbol('s0', positive=True, integer=True)", 17),
        ("s0", 17),
        ("-s0", -17),
        ("Add(Mul(Integer(3), s0), Integer(1), -2)", 3 * 17 + 1 - 2),
        ("FloorDiv(Add(s0, -1), 4)", (17 - 1) // 4),
        ("Mod(s0, 4)", 1),
        ("PythonMod(-s0, 4)", 3),
        ("Max(1, s0, 5)", 17),
        ("Min(1, s0, 5)", 1),
        ("Pow(s0, 2)", 289),
        ("CeilToInt(s0)", 17),
    ],
)
def test_expressions_of_sizes(expression: str, value: int) -> None:
    assert value_of(expression, {"s0": 17}) == value


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("FloorDiv(s0, 0)", "'FloorDiv(s0, 0)' is not a size"),
        ("Pow(2, 5000)", "the number is too large"),
        ("Pow(2, -1)", "the number is too large"),
        ("Sin(s0)", "it is not a size"),
        ("1.5", "it is not a size"),
        ("s0 +", "'s0 +' is not a size"),
        ("s0" + " " * (1 << 14), "the expression is too long"),
    ],
)
def test_expressions_that_are_no_sizes(expression: str, said: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        value_of(expression, {"s0": 17})
    assert str(caught.value) == said


def test_a_symbol_without_a_value_is_named() -> None:
    with pytest.raises(OpenSize, match="s1"):
        value_of("Add(s0, s1)", {"s0": 17})


@pytest.mark.parametrize(
    ("expression", "name"),
    [("s0", "s0"), ("Symbol('s0')", "s0"), ("Add(s0, 1)", None), ("s0 +", None), ("3", None)],
)
def test_an_expression_that_is_a_symbol(expression: str, name: str | None) -> None:
    assert symbol_of(expression) == name
