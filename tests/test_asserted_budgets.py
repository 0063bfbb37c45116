"""Budgets in a test suite: an assert that could not fail is not an assert."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import convcost
from convcost.errors import ConvcostError
from convcost.testing import assert_budget, save_baseline

if TYPE_CHECKING:
    from pathlib import Path

SPEC = """\
input: [3, 32, 32]
layers:
  - {op: conv, name: stem, out_channels: 8, kernel_size: 3}
"""
GROWING = "budget: {params: {max_increase: +1%}}\n"
PARAMS, MACS = 8 * 27 + 8, 30 * 30 * 8 * 27


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(name: str, more: str = "") -> str:
    with open(name, "w", encoding="utf-8") as file:
        file.write(SPEC + more)
    return name


NOTHING = "it has no budget, and no `expect:`\n  `convcost init` writes a first budget"
GROWTH = (
    'its limits are of growth, and there is no baseline\n  base="main..." compares with where this '
    "branch began"
)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ("", NOTHING),
        ("budget: {}\n", NOTHING),
        ("budget: {params: {max: 1k, level: off}}\n", NOTHING),
        ("budget: {params: {max: 1k, level: warn}}\n", "all its limits are of level `warn`"),
        ("budget: {params: {max_increase: +1%}}\n", GROWTH),
        ("budget: {params: {max_increase: +1%}, macs: {max: 1, level: warn}}\n", GROWTH),
    ],
)
def test_nothing_that_could_fail(more: str, reason: str) -> None:
    with pytest.raises(AssertionError) as raised:
        assert_budget(written("net.yaml", more))
    assert str(raised.value) == f"net.yaml: nothing is checked: {reason}"


@pytest.mark.parametrize(
    "more",
    [
        "budget: {params: 1k}\n",
        "budget: {params: {max: 1k, max_increase: +1%}}\n",
        f"expect: {{params: {PARAMS}}}\n",
        "budget: {layers: {stem: {macs: {max: 100%, each: true}}}}\n",
    ],
)
def test_something_that_could(more: str) -> None:
    assert_budget(written("net.yaml", more))


def test_one_of_several(folder: Path) -> None:
    held, idle = written("held.yaml", "budget: {params: 1k}\n"), written("idle.yaml")
    assert_budget(str(folder))  # a folder, of which something is held
    with pytest.raises(AssertionError, match=r"^idle\.yaml: nothing is checked"):
        assert_budget(held, f"./{idle}")
    written("held.yaml")
    with pytest.raises(AssertionError, match=r"held\.yaml: nothing is checked"):
        assert_budget(str(folder))


def test_growth_beside_a_baseline(folder: Path) -> None:
    net = written("net.yaml", GROWING)
    save_baseline(folder / "costs.json", convcost.load(net), name="net.yaml")
    assert_budget(net, baseline="costs.json")
    written("net.yaml", f"  - {{op: conv, out_channels: 1, kernel_size: 1}}\n{GROWING}")
    with pytest.raises(AssertionError, match="params is 233"):
        assert_budget(net, baseline="costs.json")
    assert_budget(written("new.yaml", GROWING), baseline="costs.json")


def test_a_network_is_held_to_limits() -> None:
    network = convcost.load(written("net.yaml"))
    assert_budget(network, params=PARAMS, macs=f"{MACS}")
    with pytest.raises(AssertionError) as raised:
        assert_budget(network, params=PARAMS - 1, macs={"min": MACS + 1, "max": "1M"})
    assert str(raised.value) == (
        "params is 224, 1 over the limit of 223\nmacs is 194,400, 1 below the least of 194,401"
    )
    with pytest.raises(ConvcostError, match="net: nothing is checked: give a limit, such as "):
        assert_budget(network)


def test_growth_of_a_network(folder: Path) -> None:
    before = convcost.load(written("net.yaml"))
    save_baseline("costs.json", before)
    save_baseline("costs.json", before, name="other")
    assert [*json.loads((folder / "costs.json").read_text())["models"]] == ["net", "other"]
    after = convcost.load("net.yaml", settings={}, inputs={"": (3, 34, 32)})
    assert_budget(after, base="costs.json", params="+0%", macs={"max_increase": "+7%", "max": "1M"})
    with pytest.raises(
        AssertionError, match="macs is 207,360, 3,240 over the 204,120 that `\\+5%`"
    ):
        assert_budget(after, base="costs.json", name="other", macs="+5%")


def test_mistakes() -> None:
    network = convcost.load(written("net.yaml"))
    save_baseline("costs.json", network)
    mistakes: tuple[tuple[dict[str, Any], str], ...] = (
        ({"macs": "+5%"}, "macs: `+5%` is growth, and nothing is given to compare with"),
        (
            {"macs": "+5%", "base": "main"},
            "base: `main` is not a file, so it is a revision, where code",
        ),
        (
            {"macs": "+5%", "base": "costs.json", "name": "x"},
            "costs.json: it has no `x`, and has `net`",
        ),
        ({"macs": {"most": 5}}, "macs: there is no bound `most`: `max`, `min` and `max_increase`"),
        ({"macs": "5 KB"}, "macs: `5 KB` "),
        ({"mac": 5}, "`mac` is not a metric that can be limited"),
    )
    for asked, said in mistakes:
        with pytest.raises(ConvcostError) as raised:
            assert_budget(network, **asked)
        assert str(raised.value).startswith(said)
    with pytest.raises(ConvcostError, match="params and name: limits of files are written in"):
        assert_budget("net.yaml", params=3, name="x")
    with pytest.raises(TypeError, match="a network has its inputs"):
        assert_budget(network, 3, params=3)
