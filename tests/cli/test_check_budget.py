"""Limits: what they are about, when they hold, what is said and how the command ends."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from repository import Repository, spec

import convcost
from convcost.budget.limit import Bound, Limit, Part
from convcost.budget.verdict import Figures, Row, Status, sentence, verdicts

if TYPE_CHECKING:
    from collections.abc import Callable

    from running import Ran

    Run = Callable[..., Ran]

ONNX = Path(__file__).parent.parent / "data" / "onnx"

# Counted by hand: convolutions without bias of 1x1 taps over 10 positions.
STAGES = """\
input: [2, 10]
layers:
  - {op: conv, name: stem, out_channels: 4, kernel_size: 1, bias: false}
  - name: stage
    layers:
      - {op: conv, name: a, out_channels: 4, kernel_size: 1, bias: false}
      - {op: conv, name: b, out_channels: 4, kernel_size: 1, bias: false}
  - {op: conv, name: stage2, out_channels: 6, kernel_size: 1, bias: false}
  - flatten
  - {op: linear, name: head, out_features: 2, bias: false}
budget: BUDGET
"""
PARAMS = {"stem": 8, "stage.a": 16, "stage.b": 16, "stage2": 24, "head": 120}
TOTAL = sum(PARAMS.values())
MACS = TOTAL * 10 - 120 * 9


def of(budget: str) -> Any:
    """The only verdict of a budget."""
    text = STAGES.replace("BUDGET", budget).encode()
    network = convcost.load("net.yaml", read=lambda _: text)
    (found,) = verdicts(convcost.analyze(network).figures, network.budget)
    return found


@pytest.mark.parametrize(
    ("budget", "value", "allowed", "kept"),
    [
        (f"{{params: {TOTAL}}}", TOTAL, TOTAL, True),
        (f"{{params: {TOTAL - 1}}}", TOTAL, TOTAL - 1, False),
        (f"{{macs: {{min: {MACS}}}}}", MACS, MACS, True),
        (f"{{macs: {{min: {MACS + 1}}}}}", MACS, MACS + 1, False),
        ("{flops: 1.5k}", 2 * MACS, 1500, False),
        ("{weight_bytes: 1 KiB}", 4 * TOTAL, 1024, True),
        ("{weight_bytes: 0.7 kB}", 4 * TOTAL, 700, False),
        ("{receptive_field: {min: 10}}", 10, 10, True),
        ("{layers: {stage: {params: 32}}}", 32, 32, True),
        ("{layers: {'stage*': {params: 55}}}", 56, 55, False),
        ("{layers: {'*.a': {params: 16}}}", 16, 16, True),
        ("{layers: {'s*a*': {params: 1}}}", 56, 1, False),
        ("{layers: {'*': {macs: {max: 19%, each: true}}}}", 240, MACS * 19 // 100, False),
        ("{layers: {'*': {macs: {max: 32%, each: true}}}}", 240, MACS * 32 // 100, True),
        ("{layers: {'[hs]*': {params: {min: 8, each: true}}}}", 8, 8, True),
        ("{layers: {stem: {params: {min: 5%}}}}", 8, 10, False),  # 5% of 184 is 9.2
        ("{layers: {stem: {params: 4%}}}", 8, 7, False),  # 4% of 184 is 7.36
        ("{ops: {conv: {params: 64}}}", 64, 64, True),
        ("{ops: {linear: {params: 65%}}}", 120, 119, False),
        ("{ops: {linear: {params: 66%}}}", 120, 121, True),
        ("{layers: {stage.a: {receptive_field: {min: 2}}}}", 1, 2, False),
        ("{layers: {stage: {peak_activation_bytes: 320}}}", 320, 320, True),
    ],
)
def test_a_limit(budget: str, value: int, allowed: int, kept: bool):
    found = of(budget)
    assert (found.value, found.allowed) == (value, allowed)
    assert found.status is (Status.KEPT if kept else Status.BROKEN)


@pytest.mark.parametrize(
    ("budget", "says"),
    [
        ("{params: 100}", "params is 184, 84 over the limit of 100"),
        ("{weight_bytes: 100}", "weight_bytes is 736 bytes, 636 bytes over the limit of 100 bytes"),
        ("{macs: {min: 1M}}", "macs is 760, 999,240 below the least of 1,000,000"),
        (
            "{ops: {linear: {params: 50%}}}",
            "params of linear is 120, 28 over the limit of 92 (50% of the total)",
        ),
        (
            "{layers: {'st*': {macs: {max: 100, each: true}}}}",
            "macs of each st* is 240, 140 over the limit of 100, in layer 'stage2'",
        ),
    ],
)
def test_what_is_said(budget: str, says: str):
    assert sentence(of(budget)) == says


def test_off_is_no_limit():
    text = STAGES.replace("BUDGET", "{params: {max: 1, level: off}}").encode()
    assert convcost.load("net.yaml", read=lambda _: text).budget == []


def test_two_bounds_are_two_limits():
    text = STAGES.replace("BUDGET", "{params: {min: 1, max: 2, level: warn, message: m}}")
    limits = convcost.load("net.yaml", read=lambda _: text.encode()).budget
    assert [(limit.bound, limit.amount, limit.message) for limit in limits] == [
        ("max", 2, "m"),
        ("min", 1, "m"),
    ]


@pytest.mark.parametrize("format_", ["text", "json", "markdown", "github", "gitlab", "junit"])
@pytest.mark.parametrize(
    ("budget", "more", "code"),
    [
        ("{params: 116}", [], 0),
        ("{params: 115}", [], 1),
        ("{params: {max: 115, level: warn}}", [], 0),
        ("{params: {max: 115, level: off}}", [], 0),
        ("{params: 115}", ["--exit-zero"], 0),
        ("{}\nexpect: {params: 117}", [], 1),
        ("{}\nexpect: {params: 117}", ["--exit-zero"], 0),
        ("{params: 116 K}", ["--exit-zero"], 2),
    ],
)
def test_exit_codes(
    run: Run, repo: Repository, budget: str, more: list[str], code: int, format_: str
):
    repo.write("a.yaml", spec(4, budget))
    assert run("check", "--format", format_, *more).code == code


def test_nothing_to_check(run: Run, repo: Repository):
    repo.write("blocks.yaml", "blocks: {}\n")
    help_ = "  a spec is a YAML file with `input:` and `layers:` at its top level\n"
    none = f"no spec and no exported model is in this folder\n{help_}"
    assert run("check") == (3, "", none)
    assert run("check", "--exit-zero") == (3, "", none)
    assert run("check", ".") == (3, "", f"what is named holds no model\n{help_}")
    assert run("check", "*.yaml") == (3, "", f"what is named holds no model\n{help_}")
    assert run("baseline") == (3, "", none)
    repo.write("convcost.toml", 'models = ["models/*.yaml"]\n')
    assert run("check") == (3, "", f"no model matches `models` of convcost.toml\n{help_}")
    assert run("check", "a.yaml") == (2, "", "a.yaml: there is no such file\n")


def test_what_is_wrong_with_every_model_is_said_at_once(run: Run, repo: Repository):
    broken = spec().replace("kernel_size: 3", "kernel_size: 30")
    repo.write("a.yaml", broken)
    repo.write("b.yaml", spec())
    repo.write("c.yaml", broken)
    ran = run("check")
    assert ran.code == 2
    assert "\n\nno limit  b.yaml " in ran.out  # the others are told of all the same
    assert "a.yaml" not in ran.out
    assert ran.err.count("kernel") >= 2
    assert "a.yaml:5:" in ran.err
    assert "c.yaml:5:" in ran.err


def test_a_pattern_that_no_layer_has_is_a_mistake(run: Run, repo: Repository):
    repo.write("a.yaml", STAGES.replace("BUDGET", "{layers: {stagee: {params: 1}}}"))
    ran = run("check")
    assert ran.out.endswith("\n1 model keeps its budget; 1 mistake ended the check\n")
    assert (ran.code, ran.err) == (
        2,
        "a.yaml:11:36: budget: no layer has a name like `stagee`\n"
        "  a name with a similar name exists: `stage`\n",
    )
    repo.write("a.yaml", STAGES.replace("BUDGET", "{ops: {gelu: {macs: 1}}}"))
    assert run("check").err == "a.yaml:11:29: budget: no layer has the op `gelu`\n"


def test_a_pattern_for_all_models_needs_layers_in_one(run: Run, repo: Repository):
    repo.write("a.yaml", spec())
    repo.write("b.yaml", STAGES.replace("BUDGET", "{}"))
    repo.write("convcost.toml", '[budget.layers."stage*"]\nparams = 56\n')
    assert run("check").code == 0
    assert "macs" not in run("check", "a.yaml").err
    repo.write("convcost.toml", '[budget.layers."stagf*"]\nparams = 56\n')
    assert run("check").code == 2
    assert run("check", "a.yaml").code == 0  # it may be meant for others


def test_what_cannot_be_counted_is_no_success(run: Run, repo: Repository):
    """A model with nodes that nothing here knows: its totals are at least what they say."""
    from onnx import TensorProto, helper

    def value(name: str) -> Any:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 2, 4, 4])

    nodes = [
        helper.make_node("Relu", ["x"], ["y"]),
        helper.make_node("Mystery", ["y"], ["z"], domain="com.example"),
    ]
    graph = helper.make_graph(nodes, "g", [value("x")], [value("y"), value("z")])
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.example", 1)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    Path("m.onnx").write_bytes(model.SerializeToString())
    repo.write("convcost.toml", '[budget]\nmacs = "1M"\ncomparisons = {min = 33}\n')
    ran = run("check")
    assert ran.code == 0
    assert "not all counted" in ran.out
    assert "macs cannot be held against its limit: not all layers were counted" in ran.out
    assert ran.out.endswith("\n1 model keeps its budget, 1 warning\n")
    assert run("check", "--strict").code == 1
    for strict, level in ((), "warning"), (("--strict",), "error"):
        shown = run("check", "--format", "github", *strict).out
        assert shown.count(f"::{level} file=m.onnx,title=CB301::m.onnx: ") == 1
        assert shown.count("::error ") + shown.count("::warning ") == 1
        assert shown.count("m.onnx: ") == 2  # with both limits
    repo.write("convcost.toml", "[budget]\ncomparisons = 31\n")  # one for each of 32 positions
    ran = run("check")
    assert ran.code == 1
    assert "comparisons is 32, 1 over the limit of 31" in ran.out


RELU = Row("relu", "relu", "relu", {"macs": 60}, [3, 3])


@pytest.mark.parametrize(
    ("amount", "part", "status"),
    [
        (59, Part.NETWORK, Status.BROKEN),  # what is not counted only adds to it
        (60, Part.NETWORK, Status.UNKNOWN),
        (Fraction(1, 2), Part.OPS, Status.UNKNOWN),  # of a total that may be larger
        (Fraction(1, 1), Part.OPS, Status.UNKNOWN),
    ],
)
def test_of_a_share_the_whole_must_be_known(amount: int | Fraction, part: Part, status: Status):
    figures = Figures("net", {"macs": 60}, [RELU], [3, 3], ["mystery: not known"])
    limit = Limit("macs", Bound.MAX, amount, part=part, pattern="relu")
    (found,) = verdicts(figures, [limit])
    assert found.status is status
    (found,) = verdicts(figures._replace(unknown=()), [limit])
    assert (found.status is Status.BROKEN) == (amount in (59, Fraction(1, 2)))


@pytest.mark.parametrize("bound", [Bound.MIN, Bound.MAX])
@pytest.mark.parametrize(
    ("sizes", "value"), [([3, 5], {3, 5}), ([3, None], {None}), ([None], {None}), ([], {None})]
)
def test_a_field_that_is_not_known_along_an_axis_is_not_known(
    bound: Bound, sizes: list[int | None], value: set[int | None]
):
    (found,) = verdicts(Figures("net", {}, [], sizes), [Limit("receptive_field", bound, 4)])
    assert found.value in value
    assert found.status is (Status.UNKNOWN if value == {None} else Status.BROKEN)


def test_already_over_is_told_from_what_a_change_adds(run: Run, repo: Repository):
    repo.commit(
        a_yaml=spec(5, "{params: 116}"),
        b_yaml=spec(4, "{params: 116}"),
        c_yaml=spec(6, "{params: 116}"),
        d_yaml=spec(6, "{params: 116}"),
        e_yaml=spec(5, "{params: 150}"),
    )
    for name, width, limit in (("a", 6, 116), ("b", 5, 116), ("c", 5, 116), ("e", 6, 160)):
        repo.write(f"{name}.yaml", spec(width, f"{{params: {limit}}}"))
    out = run("check", "--base", "HEAD").out
    wrong, _, rest = out.partition("\n\ncompared with ")
    assert rest.endswith(
        "\n\n3 of 5 models break their budgets, 2 warnings; this change weakens its own gate in 1 "
        "place\n"
    )
    lines = wrong.splitlines()
    said = [
        line for line in lines if not line.startswith("    ") and "keeps its limits" not in line
    ]
    assert said == [
        "a.yaml: params is 174, 58 over the limit of 116 (a.yaml:8)",
        "  already 29 over before this change, which adds 29",
        "",
        "b.yaml: params is 145, 29 over the limit of 116 (b.yaml:8)",
        "  within the limit before this change (116), which adds 29",
        "",
        "c.yaml: warning: params is 145, 29 over the limit of 116 (c.yaml:8)",
        "  already 58 over before this change, which takes off 29",
        "",
        "d.yaml: warning: params is 174, 58 over the limit of 116 (d.yaml:8)",
        "  already 58 over before this change, which changes nothing in that",
        "",
        "e.yaml: params is 174, 14 over the limit of 160 (e.yaml:8)",
        "  within the limit before this change (145), which adds 29",
        "  this change moves the limit itself from 150 to 160",
        "",
        "warning: e.yaml: params limit 150 -> 160 (e.yaml:8): this change weakens its own gate",
    ]
    found = json.loads(run("check", "--base", "HEAD", "--format", "json").out)
    over = {m["path"]: m["limits"][0]["over_before"] for m in found["models"]}
    assert over == {"a.yaml": 29, "b.yaml": 0, "c.yaml": 58, "d.yaml": 58, "e.yaml": 0}


def test_growth_without_a_baseline_is_said_not_to_be_checked(run: Run, repo: Repository):
    repo.write("a.yaml", spec(4, "{macs: {max_increase: +5%, max: 1M}}"))
    ran = run("check")
    assert ran.code == 0
    assert (
        "warning: a.yaml: 1 limit of growth not checked: there is no baseline "
        "(`--base main...` compares with where this branch began)\n"
    ) in ran.out


def test_a_limit_and_a_value_never_look_the_same(on_terminal: Callable[..., str], repo: Repository):
    repo.write("a.yaml", spec(1000, "{macs: 1043999, layers: {head: {macs: 1M}}}"))
    shown = on_terminal("check", "--exit-zero", width=46, cwd=repo.folder)
    (row,) = (line for line in shown.splitlines() if line.startswith("\x1b[31m  macs"))
    assert "1.044000M  <= 1.043999M" in row


def test_the_specs_of_this_repository_can_be_checked(run: Run, monkeypatch: pytest.MonkeyPatch):
    root = Path(__file__).parent.parent.parent
    monkeypatch.chdir(root)
    ran = run("check", "specs", "--base", "none")
    assert ran.code == 0
    assert "FAILED" not in ran.out


def test_only_one_base(run: Run, repo: Repository):
    repo.write("a.yaml", spec())
    assert run("check", "--base", "HEAD", "--baseline", "x") == (
        2,
        "",
        "give either --base or --baseline\n",
    )
