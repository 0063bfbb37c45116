"""The rows that a sweep keeps: conditions, fronts and firsts beside plain loops over all rows."""

from __future__ import annotations

import json
import random
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import convcost
from convcost.errors import ConvcostError
from convcost.sweeps import designs, kept, sweeping
from convcost.sweeps import stored as stores
from convcost.sweeps.asked import USUAL, asked_of, axes_of
from convcost.sweeps.chosen import Aim, front
from convcost.sweeps.state import State
from convcost.sweeps.subject import Subject

SPEC = Path(__file__).parents[2] / "specs" / "mobilenet_v2.yaml"
AXES = ["width=0.25:1.5:0.25", "side=64:128:16", "batch=1,2"]
NO_NETWORKS = b"""
input: [8, 9, 9]
vars: {g: 1, k: 3}
layers: [{op: conv, out_channels: 8, kernel_size: k, groups: g}]
"""
"""A spec most of whose candidates are none."""
NAMES = ("width", "side", "batch", "params", "macs", "peak_activation_bytes")


def rows_of(sweep: convcost.Sweep) -> list[tuple[Any, ...]]:
    return list(zip(*(sweep.columns[name].tolist() for name in NAMES), strict=True))


@pytest.fixture(scope="module")
def every() -> list[tuple[Any, ...]]:
    return rows_of(convcost.sweep(SPEC, AXES))


def test_conditions(every: list[tuple[Any, ...]]) -> None:
    text = "macs < 60M and (peak < 1.5MB or width >= 0.75) and not batch == 2 and 64 < side <= 112"
    wanted = [
        (width, side, batch, params, macs, peak)
        for width, side, batch, params, macs, peak in every
        if macs < 60_000_000
        and (peak < 1_500_000 or width >= Fraction(3, 4))
        and batch != 2
        and 64 < side <= 112
    ]
    assert 0 < len(wanted) < len(every)
    assert rows_of(convcost.sweep(SPEC, AXES, where=text)) == wanted


@pytest.mark.parametrize("pareto", [("macs", "width"), ("macs", "side", "width"), ("params:max",)])
def test_a_front_is_what_none_is_better_than(
    every: list[tuple[Any, ...]], pareto: tuple[str, ...]
) -> None:
    def worth(row: tuple[Any, ...]) -> list[Any]:
        named: dict[str, Any] = dict(zip(NAMES, row, strict=True))
        return [
            named[name] if name == "macs" else -named[name.partition(":")[0]] for name in pareto
        ]

    def better(a: list[Any], b: list[Any]) -> bool:
        return a != b and all(x <= y for x, y in zip(a, b, strict=True))

    worths = [worth(row) for row in every]
    wanted = [
        row
        for row, own in zip(every, worths, strict=True)
        if not any(better(o, own) for o in worths)
    ]
    found = rows_of(convcost.sweep(SPEC, AXES, pareto=pareto))
    assert sorted(found) == sorted(wanted)


def test_fronts_of_drawn_points() -> None:
    draws = random.Random(5)
    for _ in range(60):
        aims = [Aim(name, most=draws.random() < 0.5) for name in "abc"[: draws.randrange(1, 4)]]
        columns = {name: np.array([draws.randrange(6) for _ in range(30)]) for name in "abc"}
        points = np.stack([-columns[a.name] if a.most else columns[a.name] for a in aims], axis=1)
        wanted = [
            not any((other <= own).all() and (other != own).any() for other in points)
            for own in points
        ]
        assert front(columns, aims).tolist() == wanted


def test_the_first_rows(every: list[tuple[Any, ...]]) -> None:
    wanted = sorted(every, key=lambda row: -row[4])[:7]
    found = rows_of(convcost.sweep(SPEC, AXES, top=7, by="macs:max"))
    assert found == wanted


def test_a_sample_is_the_same_for_a_seed(every: list[tuple[Any, ...]]) -> None:
    found = rows_of(convcost.sweep(SPEC, AXES, sample=40, seed=3))
    assert found == rows_of(convcost.sweep(SPEC, AXES, sample=40, seed=3))
    assert found != rows_of(convcost.sweep(SPEC, AXES, sample=40, seed=4))
    assert {*found} <= {*every}
    assert len({*found}) == 40
    assert {*rows_of(convcost.sweep(SPEC, AXES, sample=999))} == {*every}


@given(number=st.integers(1, 3_000), seed=st.integers(0, 2**62))
def test_shuffled_places_are_all_of_them(number: int, seed: int) -> None:
    found = designs.shuffled(np.arange(number), number, seed)
    assert sorted(found.tolist()) == [*range(number)]


def test_places_of_large_grids_are_spread() -> None:
    """The sum of uniform places is that of their mean, by five standard deviations."""
    for number in (10**6, 2**62, 2**62 - 2**30, 3):
        drawn = min(number, 10_000)
        found = designs.shuffled(np.arange(drawn), number, 7).tolist()
        assert len({*found}) == drawn
        assert max(found) < number
        assert abs(sum(found) / drawn / number - 0.5) < 5 * 0.289 / drawn**0.5


SHORT = """
input: [3, 64, 64]
vars: {width: 1}
layers:
  - {op: conv_bn_relu, out_channels: 32 * width, kernel_size: 3, stride: 2}
  - {op: conv, out_channels: 16 * width, kernel_size: 1}
"""


@pytest.mark.parametrize("stored", [False, True])
@pytest.mark.parametrize(
    "more", [{}, {"where": "macs < 4M"}, {"pareto": ("macs", "width")}, {"top": 5, "by": "macs"}]
)
def test_a_sweep_goes_on_where_it_ended(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, more: dict[str, Any], stored: bool
) -> None:
    """From every block on: also where the file of rows has more than the state knows of."""
    monkeypatch.setattr(designs, "BLOCK", 7)
    asked = asked_of(axes_of(AXES), [*USUAL, "field", "intensity"], **more)
    stored = stored and not asked.pareto and asked.top is None

    def subject() -> Subject:
        return Subject("n.yaml", asked.grid.axes, read=lambda _: SHORT.encode())

    def store(length: int = 0, rows: int = 0) -> stores.Stored | None:
        return stores.Stored(asked, str(tmp_path / "rows"), length, rows) if stored else None

    whole = sweeping.swept(subject(), asked)
    assert whole.rows < 60 or not more
    states: list[Any] = []
    begun = kept.Kept(asked, store())
    sweeping.swept(subject(), asked, kept=begun, saved=lambda rows: states.append(rows.state()))
    if begun.store is not None:
        begun.store.close()
    assert len(states) == 9
    for state in states:
        held = store(state["length"], state["stored"])
        found = sweeping.swept(subject(), asked, kept=kept.Kept.of(asked, state, held))
        for name in whole.head:
            assert repr(found.column(name).tolist()) == repr(whole.column(name).tolist())
        assert found.rows == whole.rows
        assert (found.valid, found.refused) == (whole.valid, whole.refused)
        if held is not None:
            held.close()


def test_reasons_go_on_where_they_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are about the first candidate of all, not the first one after the interruption."""
    monkeypatch.setattr(designs, "BLOCK", 4)
    asked = asked_of(axes_of(["g=1:9:1", "k=3,9,11"]), ["macs"])

    def subject() -> Subject:
        return Subject("n.yaml", asked.grid.axes, read=lambda _: NO_NETWORKS)

    states: list[str] = []
    whole = sweeping.swept(
        subject(), asked, saved=lambda rows: states.append(json.dumps(rows.state()))
    )
    assert max(whole.refused.values()) > 4
    for state in states:
        found = sweeping.swept(subject(), asked, kept=kept.Kept.of(asked, json.loads(state)))
        assert found.refused == whole.refused


def test_an_interrupted_sweep_goes_on_with_the_same_question_alone(tmp_path: Path) -> None:
    def told(subject: dict[str, Any], question: dict[str, Any]) -> str:
        asked = asked_of(axes_of(AXES[:2]), **question)
        found = Subject(str(SPEC), asked.grid.axes, **subject)
        return State(found, asked, str(tmp_path / "rows"), resume=False).print

    subjects: list[dict[str, Any]] = [
        {"batch": 2},
        {"dtype": "int8"},
        {"settings": {"classes": "3"}},
    ]
    questions: list[dict[str, Any]] = [
        *({"where": "macs < 3M"}, {"where": "macs < 4M"}, {"top": 3}, {"top": 4}),
        *({"top": 3, "by": "params"}, {"pareto": ("macs",)}, {"pareto": ("macs:max",)}),
        *({"sample": 3}, {"sample": 3, "seed": 1}, {"metrics": ("macs",)}),
    ]
    every = [told({}, {}), *(told(one, {}) for one in subjects), *(told({}, q) for q in questions)]
    assert len({*every}) == len(every)
    assert told({}, {}) == every[0]


def test_candidates_that_are_no_networks_are_counted() -> None:
    asked = asked_of(axes_of(["g=1,2,3,4,5", "k=3,9,11"]), ["macs"])
    found = sweeping.swept(Subject("n.yaml", asked.grid.axes, read=lambda _: NO_NETWORKS), asked)
    assert found.tried == 15
    assert found.valid == 6
    rows = zip(found.columns["g"].tolist(), found.columns["k"].tolist(), strict=True)
    assert [*rows] == [(g, k) for g in (1, 2, 4) for k in (3, 9)]
    said = {text.partition(": layer")[2].split("\n")[0]: n for text, n in found.refused.items()}
    assert sum(said.values()) == 9
    assert any("groups (3) does not divide the 8 input channels" in text for text in said)
    assert any("the window spans 11 positions" in text for text in said)


def test_figures_of_what_is_no_network_are_masked(tmp_path: Path) -> None:
    """A search for the smallest figure does not find them, and lists have nothing there."""
    path = tmp_path / "n.yaml"
    path.write_bytes(NO_NETWORKS)
    price = convcost.price(path, ["g", "k"], metrics=["macs"])
    found = price(g=[4, 3, 1], k=3)
    assert found["valid"].tolist() == [True, False, True]
    macs = found["macs"].tolist()
    assert macs[1] is None
    assert 0 < found["macs"].min() == macs[0] < macs[2]


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ("macs <", "is not a condition"),
        ("mac < 3", "`macs`"),
        ("macs < 3X", "is not a condition"),
        ("macs", "is not a condition"),
        ("peak < 2KB", "ambiguous"),
        ("macs < 'a'", "compares what is not a figure"),
    ],
)
def test_a_condition_that_cannot_be_read(where: str, says: str) -> None:
    with pytest.raises(ConvcostError) as error:
        convcost.sweep(SPEC, AXES, where=where)
    assert says in str(error.value)


def test_price_learns_as_it_goes() -> None:
    price = convcost.price(SPEC, ["width", "classes"], metrics=["params", "depth"])
    for width in (0.5, 1, [1.25, 0.75], np.array([0.1, 1.4])):
        found = price(width=width, classes=10)
        for row, one in enumerate(np.atleast_1d(width).tolist()):
            network = convcost.load(SPEC, settings={"width": str(one), "classes": "10"})
            assert found["params"][row] == convcost.analyze(network).totals["params"]
            assert found["depth"][row] == 53
    with pytest.raises(ConvcostError, match="has 2 rows of 3"):
        price(width=[1, 2], classes=[1, 2, 3])


def test_figures_beyond_64_bits_are_exact() -> None:
    samples = 2**40
    found = convcost.sweep(SPEC, {"batch": [1, 2, samples]}, metrics=["macs", "traffic_bytes"])
    totals = convcost.analyze(convcost.load(SPEC, batch=samples)).totals
    assert totals["macs"] > 2**63
    for metric in ("macs", "traffic_bytes"):
        assert found.columns[metric][2] == totals[metric]
