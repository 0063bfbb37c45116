"""Variants of a model as targets of their own: a family is gated, not one member of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from repository import Repository, spec
from test_check_mistakes import reports
from test_check_sizes import model

import convcost

if TYPE_CHECKING:
    from collections.abc import Callable

    from running import Ran

    Run = Callable[..., Ran]

BUDGET = "{params: 116}"
FAMILY = """\
input: [3, 32, 32]
vars: {width: 16, depth: 2, separable: false}
layers:
  - {op: conv_bn, name: stem, out_channels: width, kernel_size: 3, padding: 1}
  - {op: conv_bn, name: stage, out_channels: 2 * width, kernel_size: 3, padding: 1, repeat: depth}
  - global_avg_pool
  - flatten
  - {op: linear, name: head, out_features: 10}
budget:
  params: 20k
"""


def values(run: Run, *arguments: str) -> dict[str, list[tuple[str, int]]]:
    """The limits that each target is held to, each with its value."""
    ran = run("check", "--format", "json", *arguments)
    assert ran.code in (0, 1), ran.err
    return {
        model["path"]: [(limit["written"], limit["value"]) for limit in model["limits"]]
        for model in json.loads(ran.out)["models"]
    }


def params(width: int) -> int:
    return 29 * width


def test_a_variant_on_the_command_line_is_held_to_the_budget(run: Run, repo: Repository):
    repo.write("net.yaml", FAMILY)
    assert run("check", "net.yaml").code == 0
    for words in (["net.yaml@width=32"], ["net.yaml", "--set", "width=32"]):
        ran = run("check", *words)
        assert ran.code == 1
        assert "\nFAILED    net.yaml@width=32  net\n" in ran.out
        said = "net.yaml@width=32: params is 57,130, 37,130 over the limit of 20,000 (net.yaml:10)"
        assert said in ran.out
    # what compare counts is what check holds
    one = convcost.analyze(convcost.load("net.yaml", settings={"width": "32"}))
    assert one.totals["params"] == 57130


def test_several_variants_are_rows_of_their_own(run: Run, repo: Repository):
    repo.write("net.yaml", spec(4, BUDGET))
    found = values(run, "net.yaml", "net.yaml@width=5", "net.yaml@width=6", "net.yaml@width=5")
    assert found == {
        "net.yaml": [("116", params(4))],
        "net.yaml@width=5": [("116", params(5))],
        "net.yaml@width=6": [("116", params(6))],
    }
    assert list(values(run, "net.yaml@width=5")) == ["net.yaml@width=5"]


def test_shapes_and_types_of_numbers(run: Run, repo: Repository):
    repo.write("net.yaml", spec(4, "{macs: 1G, weight_bytes: 1MB}"))
    found = values(run, "net.yaml@3x10x10@int8", "net.yaml@width=2@input=3x6x6")
    assert found == {
        "net.yaml@3x10x10@int8": [("1G", params(4) * 64), ("1MB", params(4))],
        "net.yaml@width=2@input=3x6x6": [("1G", params(2) * 16), ("1MB", params(2) * 4)],
    }


def test_a_configuration_names_a_family(run: Run, repo: Repository):
    repo.write("net.yaml", spec(4, BUDGET))
    repo.write("other.yaml", spec(3, BUDGET))
    repo.write(
        "convcost.toml",
        """
        [[model]]
        models = ["net.yaml"]
        variants = ["width=2", {settings = {width = 3}, inputs = {"" = "3x9x9"}, dtype = "int8"}]
        """,
    )
    assert values(run) == {
        "net.yaml": [("116", params(4))],
        "net.yaml@width=2": [("116", params(2))],
        "net.yaml@width=3@3x9x9@int8": [("116", params(3))],
        "other.yaml": [("116", params(3))],
    }
    repo.write("convcost.toml", 'models = ["net.yaml@width=2", "other.yaml"]\n')
    assert list(values(run)) == ["net.yaml@width=2", "other.yaml"]


def test_limits_of_a_variant_are_in_the_place_of_those_of_its_file(run: Run, repo: Repository):
    repo.write("net.yaml", spec(4, "{params: 116, macs: 1M}"))
    repo.write(
        "convcost.toml",
        """
        [[model]]
        models = ["net.yaml"]
        variants = ["width=8", "width=9"]
        [[budget]]
        flops = "9M"
        params = "1k"
        [[budget]]
        models = ["net.yaml@width=8"]
        params = 250
        [[budget]]
        models = ["net.yaml@*9"]
        params = {max = 1, level = "off"}
        """,
    )
    found = {path: [limit for limit, _ in limits] for path, limits in values(run).items()}
    assert found == {
        "net.yaml": ["116", "1M", "9M", "1k"],
        "net.yaml@width=8": ["1M", "9M", "250"],
        "net.yaml@width=9": ["1M", "9M"],
    }
    assert run("check").code == 0
    repo.write("net.yaml", spec(4, "{params: 116}").replace("kernel_size: 1", "kernel_size: 3"))
    assert run("check").code == 1


def test_growth_of_a_variant_is_its_own(run: Run, repo: Repository):
    """The change touches only what the variant has more of."""
    more = "  - {op: conv, out_channels: width, kernel_size: 1, repeat: MORE}\n"
    text = spec(4, "{params: {max_increase: +0}}").replace("  - relu\n", more)
    text = text.replace("vars: {width: 4}", "vars: {width: 4, wide: false}")
    config = '[[model]]\nmodels = ["net.yaml"]\nvariants = ["wide=true"]\n'
    repo.commit(convcost_toml=config, net_yaml=text.replace("MORE", "2 if wide else 1"))
    repo.write("net.yaml", text.replace("MORE", "2 if wide else 1") + "# the same\n")
    assert run("check", "--base", "HEAD").code == 0
    repo.write("net.yaml", text.replace("MORE", "3 if wide else 1"))
    ran = run("check", "--base", "HEAD", "--format", "json")
    states = {m["path"]: (m["state"], m["failed"]) for m in json.loads(ran.out)["models"]}
    assert states == {"net.yaml": ("changed", False), "net.yaml@wide=true": ("changed", True)}


def test_a_baseline_names_variants(run: Run, repo: Repository):
    growth = "{params: {max_increase: +0}}"
    repo.write("m/net.yaml", spec(4, growth))
    config = '[[model]]\nmodels = ["m/net.yaml"]\nvariants = ["width=8"]\n'
    repo.write("convcost.toml", config)
    assert run("baseline", "-o", "costs.json").code == 0
    saved = json.loads((repo.folder / "costs.json").read_text())["models"]
    assert {name: model["totals"]["params"] for name, model in saved.items()} == {
        "m/net.yaml": params(4),
        "m/net.yaml@width=8": params(8),
    }
    assert run("check", "--baseline", "costs.json").code == 0
    saved["m/net.yaml@width=8"]["totals"]["params"] -= 1
    text = json.dumps({"convcost": 1, "models": saved})
    repo.write("costs.json", text)
    ran = run("check", "--baseline", "costs.json", "--format", "json")
    assert ran.code == 1
    failed = {m["path"]: (m["state"], m["failed"]) for m in json.loads(ran.out)["models"]}
    assert failed == {"m/net.yaml": ("changed", False), "m/net.yaml@width=8": ("changed", True)}


def test_every_format_names_the_variant_and_its_file(run: Run, repo: Repository):
    repo.write("sub/net.yaml", spec(4, BUDGET))
    ran, found = reports(run, repo, "sub/net.yaml@width=5")
    assert ran.code == 1
    for name, text in found.items():
        assert "net.yaml@width=5" in text.replace("%40", "@"), name
    assert found["github"].startswith("::error file=sub/net.yaml,line=")
    (result,) = json.loads(found["sarif"])["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert place == "sub/net.yaml"


def test_sizes_that_an_exported_model_leaves_open(run: Run, repo: Repository):
    repo.write("net.onnx", model())
    repo.write("convcost.toml", '[budget]\nmacs = "1T"\n')
    small, large = (values(run, f"net.onnx@H={n}@W={n}") for n in (8, 16))
    ((_, few),) = small["net.onnx@H=8@W=8"]
    ((_, many),) = large["net.onnx@H=16@W=16"]
    assert many == 4 * few
    ran = run("check", "net.onnx@H=wide")
    assert ran.code == 2
    assert "`H=wide` is not a size, such as H=320" in ran.err


def test_a_weakened_limit_of_a_variant_is_told(run: Run, repo: Repository):
    config = """
[[model]]
models = ["net.yaml"]
variants = ["width=8"]
[[budget]]
models = ["net.yaml@width=8"]
params = "250"
"""
    repo.commit(convcost_toml=config, net_yaml=spec(4, BUDGET))
    repo.write("convcost.toml", config.replace('"250"', '"9k"'))
    out = run("check", "--base", "HEAD").out
    assert "net.yaml@width=8: params limit 250 -> 9k (convcost.toml:7): this change weakens" in out


def test_what_is_the_name_of_a_file_is_that_file(run: Run, repo: Repository):
    repo.write("a@width=5.yaml", spec(4, BUDGET))
    assert list(values(run, "a@width=5.yaml", "a@width=5.yaml@width=6")) == [
        "a@width=5.yaml",
        "a@width=5.yaml@width=6",
    ]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["net.yaml@"], "net.yaml@: `` says nothing of a variant: it is such as width=32"),
        (["net.yaml@wide"], "`wide` says nothing of a variant: it is such as width=32, 3x160x160"),
        (["nut.yaml@width=3"], "nut.yaml@width=3: there is no such file"),
        (["net.yaml@depth=3"], "depth"),
    ],
)
def test_mistakes_on_the_command_line(run: Run, repo: Repository, words: list[str], says: str):
    repo.write("net.yaml", spec(4, BUDGET))
    ran = run("check", *words)
    assert ran.code == 2
    assert says in ran.err


@pytest.mark.parametrize(
    ("variants", "says"),
    [
        ('"width=3"', "variants is a list, and here is `width=3`"),
        ('["wide"]', "`wide` says nothing of a variant"),
        ("[3]", 'a variant is such as "width=32" or {settings = {width = 32}}, and here is `3`'),
        ("[{setting = {width = 3}}]", "a variant has no key `setting`"),
        ('[{dtype = "int9"}]', "`uint2` or `bool`, and here is `int9`"),
        ("[{settings = {width = []}}]", "settings: `width` is a value of a var"),
        ('[{dims = {n = "x"}}]', "dims: `n` is a whole number from 1"),
    ],
)
def test_mistakes_of_a_configuration(run: Run, repo: Repository, variants: str, says: str):
    repo.write("net.yaml", spec(4, BUDGET))
    repo.write("convcost.toml", f"[[model]]\nvariants = {variants}\n")
    ran = run("check")
    assert ran.code == 2
    assert says in ran.err
    assert ran.err.startswith("convcost.toml:2:")


def test_a_budget_of_no_variant_never_closes(run: Run, repo: Repository):
    repo.write("net.yaml", spec(4, BUDGET))
    repo.write("convcost.toml", '[[budget]]\nmodels = ["net.yaml@width=9"]\nparams = 1\n')
    ran = run("check")
    assert ran.code == 2
    assert "budget: no model matches `net.yaml@width=9`" in ran.err


def test_a_limit_of_a_variant_is_tighter_than_its_own(run: Run, repo: Repository):
    config = '[[budget]]\nmodels = ["net.yaml@width=32"]\nparams = "{}"\n'
    repo.commit(net_yaml=FAMILY, convcost_toml=config.format("60k"))
    repo.write("convcost.toml", config.format("50k"))
    ran = run("check", "net.yaml@width=32", "--base", "HEAD", "--format", "json")
    (checked,) = json.loads(ran.out)["models"]
    assert {limit["written"]: limit["tightened_from"] for limit in checked["limits"]} == {
        "50k": "60k"
    }
