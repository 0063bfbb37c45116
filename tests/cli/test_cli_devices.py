"""Times on devices in ``compare``, ``alternatives``, ``rank`` and ``check``."""

from __future__ import annotations

import csv
import io
import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from running import Ran

    Run = Callable[..., Ran]

HALF = ("--batch", "256", "--dtype", "float16")
NETS = ("resnet50", "squeezenet1_1", "resnet18", "shufflenet_v2_x1_0")


def times(run: Run, name: str) -> dict[str, int]:
    """The totals that ``analyze`` prints."""
    ran = run("analyze", name, *HALF, "--device", "rtx3090", "--format", "json")
    return json.loads(ran.out)["totals"]


def ranked(run: Run, *words: str) -> dict[str, Any]:
    return json.loads(run("rank", *NETS, *HALF, *words, "--format", "json").out)


def test_designs_stand_in_the_order_of_their_estimates(run: Run) -> None:
    found = ranked(run, "--device", "rtx3090")
    expected = {name: times(run, name)["rtx3090.estimate"] for name in NETS}
    assert found["metric"] == "rtx3090.estimate"
    assert [(d["design"], d["value"]) for d in found["designs"]] == sorted(
        expected.items(), key=lambda pair: pair[1]
    )
    assert [d["place"] for d in found["designs"]] == [1, 2, 3, 4]


def test_designs_that_an_estimate_cannot_tell_apart_are_marked(run: Run) -> None:
    """Those whose estimates differ by less than the error, and no others."""
    found = ranked(run, "--device", "rtx3090")
    values = [d["value"] for d in found["designs"]]
    apart = [False, *(b - a < found["error"] * b for a, b in itertools.pairwise(values))]
    assert [d["near_before"] for d in found["designs"]] == apart
    assert sum(apart) == 1
    page = run("rank", *NETS, *HALF, "--device", "rtx3090").out
    assert "~: closer to the design above than that error: either may be the faster one" in page
    assert "fitted on float16, automatic mixed precision, 381 networks measured by timm" in page
    assert "starting layers may take longer" in page


def test_a_bound_orders_no_times_and_is_exact(run: Run) -> None:
    found = ranked(run, "--device", "mi300x")
    assert (found["metric"], found["error"]) == ("mi300x.bound", None)
    assert not any(d["near_before"] for d in found["designs"])
    page = run("rank", *NETS, *HALF, "--device", "mi300x").out
    assert "bounds, not latencies: networks may be measured in another order" in page
    assert "latency" not in page


def test_designs_are_not_marked_where_nobody_knows_how_far_off_estimates_are(run: Run) -> None:
    found = ranked(run, "--device", "rtx4090")
    assert (found["metric"], found["error"]) == ("rtx4090.estimate", None)
    assert not any(d["near_before"] for d in found["designs"])
    page = " ".join(run("rank", *NETS, *HALF, "--device", "rtx4090").out.split())
    assert "estimates: factor of rtx3090; no measurements of this device; fitted on" in page
    assert "the error of these estimates is not known, so near ties are not marked" in page
    assert "% off" not in page


def test_designs_of_one_figure_share_a_place(run: Run) -> None:
    ran = run("rank", "resnet18", "resnet50", "resnet18@3x224x224", "--format", "csv")
    rows = [*csv.DictReader(io.StringIO(ran.out))]
    assert [(row["place"], row["design"]) for row in rows] == [
        ("1", "resnet18"),
        ("1", "resnet18@3x224x224"),
        ("3", "resnet50"),
    ]


def test_a_figure_that_designs_are_not_ranked_by(run: Run) -> None:
    ran = run("rank", "resnet18", "resnet50", "--metric", "t4.bound")
    assert ran.code == 2
    assert "'t4.bound' is not one of params" in ran.err


def test_compare_puts_times_beside_each_other(run: Run) -> None:
    words = ("compare", "resnet18", "resnet50", *HALF, "--metric", "rtx3090.estimate")
    found = json.loads(run(*words, "--format", "json").out)
    totals = {row["metric"]: row["values"] for row in found["totals"]}
    for metric in ("rtx3090.bound", "rtx3090.estimate"):
        assert totals[metric] == [times(run, name)[metric] for name in ("resnet18", "resnet50")]
    page = run(*words, "--by", "op").out
    assert page.count("\nrtx3090.estimate: 6.98 % off (median)") == 1
    figures = ["rtx3090.estimate", "25.6", "ms", "76.3", "ms", "+50.6", "ms", "+198%", "2.98x"]
    assert figures in [line.split() for line in page.splitlines()]
    assert "resnet18: rtx3090.bound: " in page
    fused = run("compare", "resnet18", "resnet50", *HALF, "--device", "rtx3090", "--fused").out
    assert "element-wise layers merged" in fused


def test_several_designs_say_how_far_off_estimates_are(run: Run) -> None:
    page = run("analyze", "resnet18", "resnet50", *HALF, "--device", "rtx3090").out
    assert page.count("\nrtx3090.estimate: 6.98 % off (median)") == 1
    (row,) = [line for line in page.splitlines() if line.startswith("resnet18 ")]
    assert " 25.6 ms" in row


CONV = ("--input", "64x56x56", "--out", "64", "--kernel", "3")


def test_alternatives_say_where_fewer_macs_will_not_be_faster(run: Run) -> None:
    words = ("alternatives", *CONV, *HALF, "--device", "rtx3090")
    found = json.loads(run(*words, "--format", "json").out)
    rows = {row["name"]: row for row in found["alternatives"]}
    now = rows["standard"]
    slow = [
        name
        for name, row in rows.items()
        if row["macs"] < now["macs"] and row["rtx3090.estimate"] >= now["rtx3090.estimate"]
    ]
    (said,) = (said for said in found["answer"] if said.startswith("rtx3090.estimate: "))
    named = said.partition(" with ")[2].partition(".")[0].replace(" and ", ", ").split(", ")
    assert sorted(named) == sorted(slow)
    assert "spatially_separable" in slow
    assert "6.98 % off (median) for other networks" in said
    assert "rtx3090.estimate" in run(*words, "--format", "csv").out.splitlines()[0]
    assert "1.2 ms" in run(*words).out


def test_alternatives_without_a_device_say_nothing_of_times(run: Run) -> None:
    assert "rtx3090" not in run("alternatives", *CONV).out
    assert run("alternatives", *CONV, "--fused").code == 2


@pytest.fixture
def refused(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Ran]:
    """``check`` on net.yaml of some text, which breaks its budget."""
    monkeypatch.chdir(tmp_path)

    def checked(text: str) -> Ran:
        (tmp_path / "net.yaml").write_text(text)
        ran = run("check", "net.yaml")
        assert ran.code == 1
        return ran

    return checked


def test_check_prints_times_with_their_unit(refused: Callable[[str], Ran]) -> None:
    ran = refused(
        "input: [64, 56, 56]\nlayers: [{op: conv, out_channels: 64, kernel_size: 3}]\n"
        "budget: {rtx3090.bound: 1 us, rtx3090.estimate: 3 s}\n"
    )
    assert "<= 1,000 ns" in ran.out
    assert ran.err == (
        "warning: rtx3090.estimate: 6.98 % off (median) for other networks; fitted on float16, "
        "automatic mixed precision, 381 networks measured by timm\n"
    )
    assert "ns over the limit of 1,000 ns" in ran.out


def test_check_prints_memory_of_devices_as_bytes(run: Run, refused: Callable[[str], Ran]) -> None:
    """The map that comes in, and the one that is made, in 8 bits."""
    ran = refused(
        "dtype: int8\ninput: [16, 32, 32]\nlayers: [{op: conv, out_channels: 16, kernel_size: 1}]\n"
        "budget: {stm32f746.arena: 30 kB}\n"
    )
    assert "stm32f746.arena is 32,768 bytes, 2,768 bytes over the limit of 30,000 bytes" in ran.out
    document = json.loads(run("check", "net.yaml", "--format", "json").out)
    assert document["models"][0]["totals"]["stm32f746.arena"] == 2 * 16 * 32 * 32
