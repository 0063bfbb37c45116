"""The ratchet: limits are lowered in place, never raised, and nothing else changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from repository import Repository, spec

if TYPE_CHECKING:
    from collections.abc import Callable

    from running import Ran

    Run = Callable[..., Ran]


@pytest.mark.parametrize(
    ("width", "before", "after"),
    [
        (4, "{params: 1k}  # so much", "{params: 119}  # so much"),  # 116 and 2%: 118.32
        (4, "{params: 118}", "{params: 118}"),  # never raised
        (4, "{params: 115}", "{params: 115}"),
        (1000, '{params: "1 M", macs: 4G}', '{params: "29.6 k", macs: 1.07M}'),
        (1000, "{weight_bytes: 4 MiB}", "{weight_bytes: 116 KiB}"),  # 118,320 bytes
        (1000, "{weight_bytes: 4 MB}", "{weight_bytes: 119 kB}"),
        (10, "{weight_bytes: 1KiB, params: 4k}", "{weight_bytes: 1KiB, params: 296}"),
        (4, "{receptive_field: 9}", "{receptive_field: 4}"),  # 3 and 2%
        (4, "{params: {min: 1}}", "{params: {min: 1}}"),
        (4, "{macs: {max_increase: +5%}}", "{macs: {max_increase: +5%}}"),
        (
            4,
            "{layers: {stem: {params: 1k, macs: 99%}}}",
            "{layers: {stem: {params: 111, macs: 99%}}}",
        ),
        (
            4,
            "\n  params: 200  # 🦔\n  # macs\n  macs: 9_000",
            "\n  params: 119  # 🦔\n  # macs\n  macs: 4.26k",
        ),
    ],
)
def test_limits_of_a_spec(run: Run, repo: Repository, width: int, before: str, after: str):
    path = repo.write("a.yaml", spec(width, before))
    run("check", "--tighten")
    assert path.read_text() == spec(width, after)
    again = run("check", "--tighten")
    assert again.err.endswith("no limit can be lowered\n")


def test_it_says_what_it_lowers(run: Run, repo: Repository):
    repo.write("a.yaml", spec(4, "{params: 1k}"))
    ran = run("check", "--tighten", "--headroom", "10%")
    assert ran.code == 0
    assert ran.err == "a.yaml:8: 1k -> 128\n"
    assert run("check", "--tighten", "--headroom", "0%").err == "a.yaml:8: 128 -> 116\n"
    ran = run("check", "--tighten", "--headroom", "2")
    assert ran.code == 2
    assert "'2' is not a share, such as 10%" in ran.err


def test_limits_of_a_configuration_hold_for_the_largest_model(run: Run, repo: Repository):
    text = """\
# limits
[budget] # of all
params = 9_000 # so
weight_bytes = '1 MB' # much
[budget.layers.stem]
macs = "9k"
"""
    repo.write("a.yaml", spec(4))
    repo.write("b.yaml", spec(8))
    path = repo.write("convcost.toml", text)
    run("check", "a.yaml", "--tighten")
    assert path.read_text() == text  # of the others nothing is known
    run("check", "--tighten")
    lowered = text.replace("9_000", "237").replace("'1 MB'", "'947 B'").replace('"9k"', '"7.94k"')
    assert path.read_text() == lowered


def test_line_ends_and_a_byte_order_mark_stay(run: Run, repo: Repository):
    text = b"\xef\xbb\xbf" + spec(4, "{params: 1k} # x").replace("\n", "\r\n").encode()
    path = repo.write("a.yaml", text)
    run("check", "--tighten")
    assert path.read_bytes() == text.replace(b"1k", b"119")


def test_what_one_change_of_the_text_cannot_follow_is_left(run: Run, repo: Repository):
    text = spec(4, "{params: &p 90k, macs: *p}")
    path = repo.write("a.yaml", text)
    ran = run("check", "--tighten")
    assert ran.code == 2
    assert ran.err == (
        "a.yaml: its limits cannot be lowered in place, as they are written in a way that one "
        "change of the text cannot follow; no file was changed\n"
    )
    assert path.read_text() == text


def test_a_broken_limit_stays_and_still_fails(run: Run, repo: Repository):
    path = repo.write("a.yaml", spec(4, "{params: 3, macs: 9M}"))
    assert run("check", "--tighten").code == 1
    assert path.read_text() == spec(4, "{params: 3, macs: 4.26k}")


def test_limits_of_the_first_budget_of_several_models(run: Run, repo: Repository):
    repo.write("a.yaml", spec(4))
    repo.write("b.yaml", spec(8))
    run("init", "--headroom", "100%")
    ran = run("check", "--tighten", "--headroom", "0%")
    assert ran.code == 0
    text = (repo.folder / "convcost.toml").read_text()
    assert text.endswith(
        """
[[budget]]
models = ["a.yaml"]
params = "116"
macs = "4_176"
peak_activation_bytes = "1_344"

[[budget]]
models = ["b.yaml"]
params = "232"
macs = "8_352"
peak_activation_bytes = "2_304"
"""
    )
