"""Limits of counts of other tools, in specs and configurations: counted, judged, saved, and told
where a tool or a count is none."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

import convcost
from convcost.analysis.unmet import unmet
from convcost.gate.baseline import to_json
from convcost.gate.config_schema import config_schema
from convcost.gate.found import find
from convcost.gate.measure import measure
from convcost.spec.schema import schema

if TYPE_CHECKING:
    from pathlib import Path

SPEC = """\
name: small
input: [3, 8, 8]
layers:
  - {op: conv, name: c, out_channels: 4, kernel_size: 1}
  - {op: batch_norm}
"""
# thop has 192 * 4 products of the convolution and 4 operations of each of 256 numbers; fvcore has 2
THOP, FVCORE = 768 + 4 * 256, 768 + 2 * 256


def _checked(folder: Path, budget: str, config: str = "") -> convcost.Checks:
    path = folder / "small.yaml"
    path.write_text(f"{SPEC}{budget}")
    (folder / "convcost.toml").write_text(config)
    return convcost.check(path, config=folder / "convcost.toml")


def test_what_limits_name_is_counted_and_judged(tmp_path: Path) -> None:
    budget = f"budget: {{thop.macs: {THOP - 1}, layers: {{batch_norm: {{fvcore.flops: 512}}}}}}\n"
    checks = _checked(tmp_path, budget, f'[budget]\n"fvcore.flops" = {FVCORE}\n')
    (model,) = checks.models
    assert [(h.verdict.limit.metric, h.verdict.value, h.verdict.over) for h in model.held] == [
        ("thop.macs", THOP, 1),
        ("fvcore.flops", 512, 0),
        ("fvcore.flops", FVCORE, 0),
    ]


def test_analyze_tells_of_a_broken_one(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(f"{SPEC}budget: {{thop.macs: 1k}}\n")
    found = convcost.analyze(convcost.load(tmp_path / "small.yaml"))
    assert unmet(found) == ("budget: thop.macs is 1,792, 792 over the limit of 1,000",)
    assert "thop.macs" not in found.totals


@pytest.mark.parametrize(
    ("metric", "said"),
    [
        (
            "fvcor.flops",
            "there is no tool `fvcor`\n  a count with a similar name exists: `fvcore.flops`",
        ),
        (
            "thop.flops",
            "`thop.flops` is not a count of thop, which has `thop.macs`",
        ),
    ],
)
def test_a_tool_that_there_is_not(tmp_path: Path, metric: str, said: str) -> None:
    with pytest.raises(convcost.ConvcostError) as caught:
        _checked(tmp_path, f"budget: {{{metric}: 1k}}\n")
    place, _, message = str(caught.value).partition(": ")
    assert place.endswith(f"small.yaml:6:{12 + len(metric)}")
    assert message == said


OWN = "tool: mine\ncounts: flops\ntimes: 2\nproducts: [conv]\n"


def test_a_convention_of_ones_own_is_beside_the_limit(tmp_path: Path) -> None:
    (tmp_path / "my.yaml").write_text(OWN)
    found = _checked(tmp_path, "budget: {my.flops: 1k}\n")
    (held,) = found.models[0].held
    totals = convcost.analyze(convcost.load(tmp_path / "small.yaml")).totals
    assert (held.verdict.status, held.verdict.value) == ("broken", totals["flops"])


def test_a_file_does_not_take_the_place_of_a_tool(tmp_path: Path) -> None:
    (tmp_path / "thop.yaml").write_text(OWN.replace("flops", "macs"))
    (held,) = _checked(tmp_path, "budget: {thop.macs: 1k}\n").models[0].held
    assert held.verdict.value == THOP


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("", "  a convention of your own is `my.yaml`, beside the file of the limit"),
        (OWN.replace("flops", "macs"), "`my.flops` is not a count of my, which has `my.macs`"),
        (OWN.replace("conv", "konv"), "  an op with a similar name exists: `conv`"),
    ],
)
def test_a_convention_of_ones_own_that_has_no_such_count(
    tmp_path: Path, text: str, last: str
) -> None:
    if text:
        (tmp_path / "my.yaml").write_text(text)
    with pytest.raises(convcost.ConvcostError) as caught:
        _checked(tmp_path, "budget: {my.flops: 1k}\n")
    assert str(caught.value).splitlines()[-1].endswith(last)


def test_a_dot_without_quotes_in_toml(tmp_path: Path) -> None:
    with pytest.raises(convcost.ConvcostError) as caught:
        _checked(tmp_path, "", "[budget]\nthop.macs = 4\n")
    assert str(caught.value).endswith(
        "budget knows no figure `thop`\n"
        "    2 | thop.macs = 4\n"
        "      | ^^^^\n"
        '  the count of a tool is written in quotes: "thop.macs"'
    )


def test_a_count_that_lacks_layers_is_not_kept(tmp_path: Path) -> None:
    """No convention says how thop counts a deformable convolution."""
    deformable = SPEC.replace("op: conv,", "op: deform_conv, from: [input, o],").replace(
        "layers:\n", "layers:\n  - {op: conv, name: o, out_channels: 2, kernel_size: 1}\n"
    )
    path = tmp_path / "small.yaml"
    path.write_text(f"{deformable}budget: {{thop.macs: 1M}}\n")
    (model,) = convcost.check(path).models
    assert [held.verdict.status for held in model.held] == ["unknown"]


def test_saved_figures_hold_growth_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path, base = tmp_path / "small.yaml", tmp_path / "costs.json"
    path.write_text(f"{SPEC}budget: {{thop.macs: {{max_increase: +1%}}}}\n")
    measured = measure(find([str(path)], None, tmp_path), str(base))
    assert not measured.errors
    base.write_text(to_json(measured.models))
    (saved,) = json.loads(base.read_text())["models"].values()
    assert saved["totals"]["thop.macs"] == THOP
    path.write_text(path.read_text().replace("out_channels: 4", "out_channels: 5"))
    (model,) = convcost.check(path, baseline=base).models
    (held,) = model.held
    assert (held.verdict.before, held.verdict.status) == (THOP, "broken")


def test_editors_know_them() -> None:
    for made in (schema(), config_schema()):
        text = json.dumps(made)
        (pattern,) = set(re.findall(r'"patternProperties": \{"(\^\[a-z\][^"]*)"', text))
        assert re.search(json.loads(f'"{pattern}"'), "thop.macs")
        assert not re.search(json.loads(f'"{pattern}"'), "macs")
