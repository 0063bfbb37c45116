"""Rules of a user's own for operators: in a configuration, in Python, of an installed package."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from onnx_text import save_text

import convcost
from convcost import loading
from convcost.errors import ConvcostError
from convcost.execution.verification import verify

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    Run = Callable[..., tuple[int, str, str]]

TEXT = """<ir_version: 8, opset_import: ["" : 17, "acme" : 1]>
net (float[N, 3, 8, 6] x) => (float[N, 5, 4, 3] y)
<float[7, 3] m, float[5, 7, 1, 1] w>
{ s = acme.Swirl <filters = 7, steps = [2, 3]> (x, m)
  y = Conv (s, w) }
"""
RULE = {
    "shapes": [["batch", "filters", "in_height // steps_0", "in_width // 2"]],
    "macs": "batch * size_1_0 * size_1_1 * size_0_2 * in_width",
    "adds": "steps_1 * in_features + in_channels",
}
MACS = 7 * 3 * 8 * 6


@pytest.fixture
def path(tmp_path: Path) -> str:
    return save_text(TEXT, tmp_path / "net.onnx")


def test_a_rule_makes_an_operator_known(path: str) -> None:
    network = convcost.load(path, batch=2, operators={"acme.Swirl": RULE})
    found = convcost.analyze(network)
    assert found.complete
    swirl, conv = found.layers
    assert swirl.output_shapes == ((7, 4, 3),)
    assert (swirl.counts["macs"], swirl.counts["adds"]) == (2 * MACS, 3 * 6 + 3)
    assert swirl.counts["params"] == 21
    assert conv.counts["macs"] == 2 * 5 * 7 * 12
    verified = verify(network)
    assert verified.agrees
    assert any("taken as it is stated" in why for why in verified.unconfirmed)


def test_one_of_an_installed_package(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def points(group: str) -> Sequence[SimpleNamespace]:
        assert group == "convcost.operators"
        return [SimpleNamespace(name="acme.Swirl", load=lambda: RULE)]

    monkeypatch.setattr("importlib.metadata.entry_points", points)
    loading._installed.cache_clear()  # pyright: ignore[reportPrivateUsage]
    try:
        assert convcost.analyze(convcost.load(path)).totals["macs"] == MACS + 5 * 7 * 12
    finally:
        loading._installed.cache_clear()  # pyright: ignore[reportPrivateUsage]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"macs": "2 * filter"}, "macs: unknown name `filter`"),
        ({"macs": "0 - 1"}, "macs: it comes to -1, and a whole number from 0 is wanted"),
        ({"macs": "1 / 3"}, "macs: it comes to 1/3"),
        ({"macs": "filters / 0"}, "macs: "),
        ({"macs": "1 +"}, "this is not an expression"),
        ({"shapes": [["batch", 0]]}, "shapes: it comes to 0"),
        ({"shapes": ["batch"]}, "shapes is a list of sizes for each output"),
        ({"flops": "1"}, "it has `flops`, and takes shapes, macs"),
    ],
)
def test_a_rule_that_is_none_is_refused(
    changed: Mapping[str, object], reason: str, path: str
) -> None:
    with pytest.raises(ConvcostError) as caught:
        convcost.load(path, operators={"acme.Swirl": {**RULE, **changed}})
    assert str(caught.value).startswith("the rule of the operator `acme.Swirl`: ")
    assert reason in str(caught.value)


def test_a_rule_must_say_its_macs(path: str) -> None:
    with pytest.raises(ConvcostError, match="says nothing of its macs"):
        convcost.load(path, operators={"acme.Swirl": {"shapes": RULE["shapes"]}})
