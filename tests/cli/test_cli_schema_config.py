"""``schema --config`` accepts what the reader of ``convcost.toml`` accepts, and refuses what a
schema can see."""

from __future__ import annotations

import json
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft7Validator
from running import ROOT

from convcost.errors import SpecError
from convcost.gate import config, config_schema, exemptions, lint_config, variants
from convcost.gate.config import parsed
from convcost.spec import operator_rule
from convcost.spec.nodes import File

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

EXEMPTION = '[[exemption]]\nmodels = "a.yaml"\nreason = "x"\nowner = "y"\n'
FENCE = re.compile(r"^```toml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAGES = sorted((ROOT / "docs").rglob("*.md"))
EXAMPLES = [block for page in PAGES for block in FENCE.findall(page.read_text())]


@cache
def validator() -> Any:
    return Draft7Validator(config_schema.config_schema())


def refused(text: str) -> list[str]:
    """Errors of the schema in a configuration."""
    seen = json.dumps(tomllib.loads(text), default=str)  # editors see dates as texts
    document = json.loads(seen)
    return [error.message for error in validator().iter_errors(document)]


def is_read(text: str) -> bool:
    """Whether the reader takes a configuration."""
    try:
        parsed(File("convcost.toml", text), Path())
    except SpecError:
        return False
    return True


def test_the_command_prints_it(run: Callable[..., tuple[int, str, str]]):
    code, out, err = run("schema", "--config")
    assert (code, err) == (0, "")
    assert json.loads(out) == config_schema.config_schema()
    Draft7Validator.check_schema(config_schema.config_schema())
    assert run("schema", "--config", "--output")[0] == 2


@pytest.mark.parametrize(
    ("keys", "described"),
    [
        (config.KEYS, config_schema.KEYS),
        (lint_config.KEYS, config_schema.LINT_KEYS),
        (config.MODEL_KEYS, config_schema.MODEL_KEYS),
        (variants.KEYS, config_schema.VARIANT_KEYS),
        (operator_rule.KEYS, config_schema.OPERATOR_KEYS),
        (exemptions.KEYS, config_schema.EXEMPTION_KEYS),
    ],
)
def test_every_key_is_described(keys: Sequence[str], described: Mapping[str, object]):
    missing, gone = set(keys) - set(described), set(described) - set(keys)
    assert not missing, f"convcost/gate/config_schema.py: add {missing}"
    assert not gone, f"convcost/gate/config_schema.py: take out {gone}"


def test_every_part_says_what_it_is():
    for table in (config_schema.KEYS, config_schema.LINT_KEYS, config_schema.MODEL_KEYS):
        assert all(part["description"] for part in table.values())


def test_there_are_examples():
    assert len(EXAMPLES) > 4


@pytest.mark.parametrize("text", EXAMPLES)
def test_examples_of_the_documentation(text: str):
    if "[tool.convcost" in text:
        text = text.replace("[tool.convcost.", "[").replace("[tool.convcost]", "")
    assert is_read(text)
    assert refused(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        'models = "net.yaml"',
        'budget = {macs = 3_000_000, params = "4M", receptive_field = {min = 65}}',
        '[budget.layers."stage.*"]\nmacs = {max = "40%", level = "warn", each = true}',
        'budget = {macs = {min = 3, message = "no"}}',
        '[[budget]]\nmodels = ["a.yaml"]\n[budget.ops.linear]\nparams = "25%"',
        '[[model]]\nmodels = "a.onnx"\ninputs = {x = [3, 8, 8], y = "3x8"}\ndims = {n = 3}',
        "[[model]]\nvalues = {sr = 16000, on = true, size = [640, 480.5]}",
        '[operators."acme.Swirl"]\nshapes = [["batch", 8]]\nmacs = "batch * 8"\nadds = 0',
        '[lint]\nselect = ["CC1", "CC201", "C"]\nignore = []\nper-file-ignores = {"a" = ["CC5"]}',
        '[[model]]\nvariants = ["width=3", {settings = {width = 3}, dtype = "int8"}]',
        'root = true\n[policy]\nmissing_limits = "off"\nalready_broken = "error"',
        f'{EXEMPTION}expires = 2027-01-31\nlimits = "macs"',
        f'{EXEMPTION}expires = "2027-01-31"\nlimits = ["macs", "params"]',
    ],
)
def test_what_is_right(text: str):
    assert is_read(text)
    assert refused(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "model = 3",
        "models = 3",
        'root = "yes"',
        "[[model]]\nvariants = [{}]",
        '[[model]]\nvariants = "width=3"',
        '[[model]]\nvariants = [{dtype = "int9"}]',
        '[policy]\nmissing_limits = "warning"',
        '[policy]\nmissing = "warn"',
        EXEMPTION,
        f'{EXEMPTION}expires = 2027-01-31\nlimits = "mcas"',
        "models = [3]",
        'model = ["a"]',
        "limits = {}",
        "budget = {mcas = 3}",
        "budget = {macs = [3]}",
        "budget = {macs = {most = 3}}",
        'budget = {macs = {level = "warn"}}',
        'budget = {macs = {max = 3, level = "maybe"}}',
        "[budget.layers]\nmacs = 3",
        "[[model]]\nshapes = {x = 3}",
        "[[model]]\ndims = {n = 0}",
        '[[model]]\ndims = {n = "3"}',
        "[[model]]\ninputs = {x = {}}",
        '[operators.Swirl]\nadds = "3"',
        '[operators.Swirl]\nmacs = "3"\nshapes = "3"',
        '[operators.Swirl]\nmacs = "3"\nflop = "3"',
        '[lint]\nselect = ["CC9"]',
        '[lint]\nselect = "CC1"',
        "[lint]\nfixable = []",
        '[lint.per-file-ignores]\n"a" = "CC1"',
        "lint = []",
    ],
)
def test_what_is_wrong(text: str):
    assert not is_read(text)
    assert refused(text) != []


def test_editors_can_complete_codes_and_figures():
    found = config_schema.config_schema()
    assert {"CC104", "CC1"} <= set(found["definitions"]["code"]["enum"])
    assert "macs" in found["properties"]["budget"]["anyOf"][0]["properties"]
    assert found["$id"].startswith("https://json.schemastore.org/")
