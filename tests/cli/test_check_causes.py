"""Reports tell what changed: which model, which line, by how much, and what to do."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import pytest
from repository import Repository, spec

if TYPE_CHECKING:
    from collections.abc import Callable

    from running import Ran

    Run = Callable[..., Ran]

BLOCKS = """\
blocks:
  body:
    args: {out: ~}
    layers:
      - {op: conv, out_channels: out, kernel_size: 3, padding: 1}
"""
SPEC = """\
input: [3, 32, 32]
include: blocks.yaml
vars: {width: 8}
layers:
  - {op: body, name: one, out: width}
  - {op: body, name: two, out: width}
budget: {params: 900, macs: 900k}
"""
# 216 + 8 and 576 + 8 params; macs: the weights at 32 x 32 positions
BIGGER = "macs is 1,824,768, 924,768 over the limit of 900,000"
INPUT = "input [3, 32, 32] -> [3, 48, 48] (a.yaml:1): +1,013,760 macs"
FIX = "it keeps its limits with `input: [3, 32, 32]`, as before, in place of [3, 48, 48] (a.yaml:1)"


@pytest.fixture
def two(repo: Repository) -> Repository:
    """Two models that include the same blocks."""
    repo.commit(a_yaml=SPEC, b_yaml=SPEC.replace("one", "uno"), blocks_yaml=BLOCKS)
    return repo


def shown(run: Run, format_: str, base: str = "HEAD") -> str:
    ran = run("check", "--base", base, "--format", format_)
    assert ran.code in (0, 1), ran.err
    return ran.out


def test_the_first_lines_say_it_all(run: Run, two: Repository):
    two.write("a.yaml", SPEC.replace("[3, 32, 32]", "[3, 48, 48]"))
    assert shown(run, "text").splitlines()[:5] == [
        f"a.yaml: {BIGGER} (a.yaml:7)",
        "  within the limit before this change (811,008), which adds 1,013,760",
        f"a.yaml: {FIX}",
        f"    {INPUT}",
        "",
    ]
    assert shown(run, "github").splitlines() == [
        f"::error file=a.yaml,line=1,col=8,title=CB101::a.yaml: {BIGGER}%0A{INPUT}%0A"
        f"within the limit before this change (811,008), which adds 1,013,760%0A{FIX}"
    ]
    page = shown(run, "markdown").replace("\\", "").replace("&gt;", ">")
    assert [line.strip(" *#") for line in page.splitlines() if line][:6] == [
        "convcost: 1 of 2 models breaks its budget",
        "FAILED: a.yaml  a",
        f"{BIGGER} (a.yaml:7)",
        INPUT,
        "within the limit before this change (811,008), which adds 1,013,760",
        FIX,
    ]


def test_findings_stand_at_the_changed_line_with_the_others_beside(run: Run, two: Repository):
    two.write("a.yaml", SPEC.replace("width: 8", "width: 12").replace("32, 32", "40, 40"))
    (entry, other) = json.loads(shown(run, "gitlab"))
    assert entry["location"] == {"path": "a.yaml", "lines": {"begin": 3}}  # params
    assert other["location"] == {"path": "a.yaml", "lines": {"begin": 3}}  # macs
    assert entry["description"].startswith("a.yaml: params is 1,644, 744 over the limit of 900\n")
    _, macs = json.loads(shown(run, "sarif"))["runs"][0]["results"]
    related = [
        (
            one["physicalLocation"]["artifactLocation"]["uri"],
            one["physicalLocation"]["region"]["startLine"],
            one["message"]["text"],
        )
        for one in macs["relatedLocations"]
    ]
    more = (40 * 40 - 32 * 32) * (216 + 576)
    assert related == [
        ("a.yaml", 1, f"input [3, 32, 32] -> [3, 40, 40] (a.yaml:1): +{more:,} macs"),
        ("a.yaml", 7, "the limit: 900k"),
    ]
    junit = shown(run, "junit")
    assert 'message="a.yaml: params is 1,644, 744 over the limit of 900"' in junit
    assert "width 8 -&gt; 12 (a.yaml:3): +836 params\n" in junit


def test_all_that_a_line_broke_is_one_annotation(run: Run, two: Repository):
    two.write("blocks.yaml", BLOCKS.replace("kernel_size: 3, padding: 1", "kernel_size: 5"))
    (line,) = shown(run, "github").splitlines()
    head, *paragraphs = line.split("%0A%0A")
    assert head.startswith("::error file=blocks.yaml,line=5,col=39,title=CB101::a.yaml: params is")
    assert [one.partition(" is ")[0] for one in paragraphs] == [
        "a.yaml: macs",
        "b.yaml: params",
        "b.yaml: macs",
    ]
    assert line.count("(blocks.yaml:5, used by 2 models): +1,408 params") == 2


def test_a_change_that_several_models_share_is_told_once(run: Run, repo: Repository):
    text = SPEC.replace("budget: {params: 900, macs: 900k}", "budget: {params: 1M}")
    repo.commit(**{f"m{n}_yaml": text for n in range(17)}, blocks_yaml=BLOCKS)
    repo.write("blocks.yaml", BLOCKS.replace("padding: 1", "padding: 1, bias: false"))
    out = shown(run, "text")
    said = "conv.bias added: false (blocks.yaml:5, used by 17 models): -16 params in m0.yaml"
    assert out.startswith(f"changed:\n  {said}\n\ncompared with ")
    assert out.count("blocks.yaml:5") == 1
    models = json.loads(shown(run, "json"))["models"]
    assert all(model["causes"][0]["effects"]["params"] == -16 for model in models)


def test_parts_come_to_the_whole(run: Run, two: Repository):
    two.write("a.yaml", SPEC.replace("width: 8", "width: 12").replace("32, 32", "48, 48"))
    (model, _) = json.loads(shown(run, "json"))["models"]
    macs = model["limits"][1]
    assert sum(macs["caused"]) == macs["change"]
    kinds = [cause["kind"] for cause in model["causes"]]
    assert kinds == ["value", "value", "rest"]
    assert "    what these do only together: +" in shown(run, "text")


def test_a_cell_of_csv_has_what_moved_a_limit(run: Run, two: Repository):
    two.write("a.yaml", SPEC.replace("[3, 32, 32]", "[3, 48, 48]"))
    rows = list(csv.DictReader(shown(run, "csv").splitlines()))
    causes = {(row["model"], row["metric"]): row["cause"] for row in rows}
    assert causes.pop(("a.yaml", "macs")) == INPUT
    assert set(causes.values()) == {""}


def test_a_limit_that_became_tighter_is_the_cause(run: Run, two: Repository):
    two.write("a.yaml", SPEC.replace("900k", "700k"))
    out = shown(run, "text")
    said = "macs limit 900k -> 700k (a.yaml:7): this change tightens it"
    assert f"\n    {said}\n" in out
    two.git("checkout", ".")
    two.write("convcost.toml", "[budget]\nmacs = '600k'\n")
    (line,) = shown(run, "github").splitlines()
    first, said, *_ = line.split("%0A")
    assert first.startswith("::error file=convcost.toml,line=2,col=8,title=CB101::a.yaml: macs")
    assert said == "macs limit 900k -> 600k (convcost.toml:2): this change tightens it"
    two.write("convcost.toml", "[budget]\nadds = '600k'\n")
    said = "adds limit 600k, new (convcost.toml:2): this change tightens it"
    assert f"\n    {said}\n" in shown(run, "text")


def test_many_causes_are_the_worst_and_the_rest(run: Run, repo: Repository):
    layers = "".join(f"  - {{op: conv, out_channels: {n}, kernel_size: 1}}\n" for n in range(1, 8))
    text = f"input: [3, 8]\nlayers:\n{layers}budget: {{params: 190}}\n"
    repo.commit(a_yaml=text)
    repo.write("a.yaml", text.replace("kernel_size: 1", "kernel_size: 2"))
    lines = shown(run, "text").splitlines()
    causes = [line.strip() for line in lines if line.startswith("    ")]
    assert causes == [
        "conv.kernel_size 1 -> 2 (a.yaml:9): +42 params",
        "conv.kernel_size 1 -> 2 (a.yaml:8): +30 params",
        "conv.kernel_size 1 -> 2 (a.yaml:7): +20 params",
        "4 more changes together: +23 params",
    ]


def test_layers_are_told_of_where_texts_are_not(run: Run, repo: Repository):
    repo.write("a.yaml", spec(4, "{params: 120}"))
    assert run("baseline", "-o", "before.json").code == 0
    repo.write("a.yaml", spec(5, "{params: 120}"))
    ran = run("check", "--baseline", "before.json")
    causes = [line for line in ran.out.splitlines() if line.startswith("    ")]
    assert causes == [
        "    layer stem (conv) (a.yaml:5): +27 params",
        "    layer head (conv) (a.yaml:7): +2 params",
    ]


@pytest.mark.parametrize("format_", ["text", "markdown", "github", "json"])
def test_names_in_causes_are_harmless(run: Run, two: Repository, format_: str):
    """A path is the most that a value can be that stands in a cause."""
    name = "##[error] ::error::<b>.yaml"
    two.write(name, BLOCKS.replace("kernel_size: 3", "kernel_size: 5"))
    two.write("a.yaml", SPEC.replace("blocks.yaml", f"'{name}'"))
    out = shown(run, format_)
    assert "include" in out
    for line in out.splitlines():
        own = format_ == "github" and line.startswith("::error file=a.yaml,line=2,")
        assert own or not line.lstrip().startswith("::")
        assert own or "##[" not in line
        assert "<b>" not in line or format_ != "markdown"


def document(run: Run) -> dict[str, Any]:
    return json.loads(shown(run, "json"))


def test_what_did_not_change_is_no_cause(run: Run, two: Repository):
    two.write("a.yaml", SPEC + "# a comment\n")
    two.write("blocks.yaml", BLOCKS + "# another one\n")
    assert [model["causes"] for model in document(run)["models"]] == [[], []]
