"""Limits of times on devices, in specs and configurations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import convcost
from convcost.analysis.devices.roofline import bounds
from convcost.analysis.unmet import unmet
from convcost.devices.read import device
from convcost.errors import ConvcostError
from convcost.gate.baseline import to_json
from convcost.gate.found import find
from convcost.gate.measure import measure
from convcost.gate.rounding import written
from convcost.spec import quantity

if TYPE_CHECKING:
    from pathlib import Path

SPEC = """\
name: small
dtype: float16
input: [64, 56, 56]
layers:
  - {op: conv, name: c, out_channels: 64, kernel_size: 3, padding: 1, bias: false}
  - relu
"""
# maps and weights stay in the cache: twice 115,605,504 products at 142 TFLOPS
BOUND = 2 * 115_605_504 * 10**9 // (142 * 10**12)


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [("5 ms", 5 * 10**6), ("5ms", 5 * 10**6), ("1.5us", 1500), ("2 s", 2 * 10**9)],
)
def test_times_with_their_units(text: str, nanoseconds: int) -> None:
    assert quantity.amount(text, "rtx3090.bound") == nanoseconds
    assert quantity.increase(f"+{text}", "rtx3090.bound") == nanoseconds


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("5", "has no unit, and here is a time: write `5 ms`"),
        ("5%", "is a share, and a time is wanted, such as 5 ms"),
        ("5 MB", "has the unit `MB`: the units of times are ns, us, ms, s"),
        ("0.5ns", "is not a whole number"),
        ("soon", "is not an amount, such as 5 ms or 300 us"),
    ],
)
def test_what_is_no_time(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        quantity.amount(text, "t4.estimate")


@pytest.mark.parametrize("value", [1, 999, 1000, 1_234_567, 5 * 10**6, 987_654_321_012])
def test_a_limit_made_of_a_time_is_read_again(value: int) -> None:
    for exact in (False, True):
        limit, text = written(value, "rtx3090.bound", "1 ms", exact=exact)
        assert quantity.amount(text, "rtx3090.bound") == limit >= value


def test_a_bound_is_held(tmp_path: Path) -> None:
    path = tmp_path / "small.yaml"
    path.write_text(f"{SPEC}budget: {{rtx3090.bound: {BOUND - 1} ns, rtx3090.estimate: 1 ms}}\n")
    (model,) = convcost.check(path).models
    (bound, estimate) = (held.verdict for held in model.held)
    assert (bound.value, bound.over, estimate.over < 0) == (BOUND, 1, True)
    assert unmet(convcost.analyze(convcost.load(path))) == (
        f"budget: rtx3090.bound is {BOUND:,} ns, 1 ns over the limit of {BOUND - 1:,} ns",
    )


@pytest.mark.parametrize(
    ("metric", "amount", "said"),
    [
        (
            "rtx3090.latency",
            "1M",
            "`rtx3090.latency` is not a figure of rtx3090, which has `rtx3090.bound`, "
            "`rtx3090.estimate` and `rtx3090.memory`",
        ),
        ("apple_m2.estimate", "1 ms", "`apple_m2.estimate`: nothing was measured on the device"),
        ("rtx3091.bound", "1 ms", "there is no device `rtx3091`"),
        ("mine.bound", "1 ms", "a device of your own is `mine.yaml`, beside the file of the limit"),
    ],
)
def test_a_time_that_there_is_none_of(tmp_path: Path, metric: str, amount: str, said: str) -> None:
    path = tmp_path / "small.yaml"
    path.write_text(f"{SPEC}budget: {{{metric}: {amount}}}\n")
    with pytest.raises(ConvcostError) as error:
        convcost.check(path)
    assert said in str(error.value)
    assert "small.yaml:7:" in str(error.value)


def test_a_device_of_ones_own_stands_beside_the_file_that_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twice as many products a second as an RTX 3090."""
    text = "device: x\nsources: {s: a sheet of data}\nmatrix: {float16: [284 TFLOPS, s]}\n"
    (tmp_path / "nets").mkdir()
    (tmp_path / "nets" / "mine.yaml").write_text(text)
    path = tmp_path / "nets" / "small.yaml"
    path.write_text(f"{SPEC}budget: {{mine.bound: 1 ms}}\n")
    monkeypatch.chdir(tmp_path)
    (held,) = convcost.check("nets/small.yaml").models[0].held
    assert held.verdict.value == BOUND // 2


def test_a_device_outside_of_the_repository_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret.yaml").write_text("password: 1\n")
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    (tmp_path / "repo" / "mine.yaml").symlink_to(tmp_path / "secret.yaml")
    path = tmp_path / "repo" / "small.yaml"
    path.write_text(f"{SPEC}budget: {{mine.bound: 1 ms}}\n")
    with pytest.raises(ConvcostError, match=r"mine\.yaml: leads outside of") as error:
        convcost.check(path)
    assert "password" not in str(error.value)


def test_variants_have_their_own_batches_and_types(tmp_path: Path) -> None:
    """256 samples take 256 times the arithmetic, which is what binds."""
    (tmp_path / "small.yaml").write_text(SPEC.replace("dtype: float16\n", ""))
    (tmp_path / "convcost.toml").write_text(
        '[[model]]\nmodels = ["small.yaml"]\nvariants = [{batch = 4, dtype = "float16"}]\n'
        '[budget]\n"rtx3090.bound" = "1 s"\n'
    )
    checks = convcost.check(tmp_path / "small.yaml", config=tmp_path / "convcost.toml")
    plain, variant = checks.models
    assert variant.path.endswith("small.yaml@float16@batch=4")
    alone = convcost.load(tmp_path / "small.yaml", batch=4, dtype="float16")
    least = sum(one.time for one in bounds(convcost.analyze(alone), device("rtx3090")))
    assert [held.verdict.value for held in variant.held] == [least]
    assert [held.verdict.value for held in plain.held] != [least]


@pytest.mark.parametrize("batch", ["0", '"2"', "1.5", "[2]"])
def test_what_is_no_batch(tmp_path: Path, batch: str) -> None:
    (tmp_path / "small.yaml").write_text(SPEC)
    (tmp_path / "convcost.toml").write_text(
        f'[[model]]\nmodels = ["small.yaml"]\nvariants = [{{batch = {batch}}}]\n'
    )
    with pytest.raises(ConvcostError, match="batch is a number of samples, at least 1"):
        convcost.check(tmp_path / "small.yaml", config=tmp_path / "convcost.toml")


def test_a_baseline_saves_times_that_limits_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "small.yaml"
    path.write_text(f"{SPEC}budget: {{rtx3090.bound: {{max_increase: +5%}}}}\n")
    saved = to_json(measure(find([str(path)], None, tmp_path), str(tmp_path / "costs.json")).models)
    assert '"rtx3090.bound"' in saved
