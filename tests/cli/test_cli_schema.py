"""``schema`` accepts what the reader accepts, and refuses what a schema can see."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from jsonschema import Draft7Validator
from running import ROOT

from convcost.ops import OPS, op_class
from convcost.ops.fields import declared
from convcost.spec.schema import schema

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SPECS = sorted([*(ROOT / "specs").rglob("*.yaml"), *(ROOT / "tests/data/papers").glob("*.yaml")])


@cache
def validator() -> Any:
    return Draft7Validator(schema())


def refused(*layers: Any, **keys: Any) -> bool:
    """Whether a spec with these layers is refused."""
    return not validator().is_valid({"input": [3, 8, 8], "layers": list(layers), **keys})


def test_the_command_prints_it(run: Callable[..., tuple[int, str, str]]) -> None:
    code, out, err = run("schema")
    assert (code, err) == (0, "")
    assert json.loads(out) == schema()
    Draft7Validator.check_schema(schema())


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_spec_is_valid(path: Path) -> None:
    assert [e.message for e in validator().iter_errors(yaml.safe_load(path.read_text()))] == []


def test_every_block_of_the_library_is_valid() -> None:
    for path in (ROOT / "convcost" / "library").glob("*.yaml"):
        block = yaml.safe_load(path.read_text())
        assert not refused("relu", blocks={path.stem: block}), path.stem


@pytest.mark.parametrize("op", OPS)
def test_fields_are_those_of_the_op(op: str) -> None:
    fields = declared(op_class(op))
    given: dict[str, object] = {name: 1 for name, field in fields.items() if field.required}
    refs = {name: [1] for name in given if name in ("shape", "dims", "sizes")}
    if "to" in given:
        given["to"] = "int8"
    words = dict.fromkeys(fields, "half")  # a var: any field takes an expression
    assert not refused({"op": op, **given, **refs})
    assert not refused({"op": op, **words, "name": "a", "when": True, "dtype": "int8"})
    assert refused({"op": op, **given, "colour": 1})
    for name in given:
        if name not in ("size", "scale_factor", "padding"):  # which `like` replaces
            assert refused({"op": op, **{k: v for k, v in given.items() if k != name}})


@pytest.mark.parametrize(
    "layer",
    [
        {"op": "conv", "out_channels": -1, "kernel_size": 3},
        {"op": "conv", "out_channels": 8, "kernel_size": [3, 3, 3, 3]},
        {"op": "conv", "out_channels": 8, "kernel_size": 3, "padding": [[1, 2, 3]]},
        {"op": "residual"},
        {"op": "residual", "body": ["relu"], "paths": []},
        {"op": "branches", "paths": "relu"},
        {"op": "table", "columns": ["a"]},
        {"repeat": 2},
        {"layers": ["relu"], "kernel_size": 3},
        ["relu"],
        3,
    ],
)
def test_what_a_schema_can_see_is_refused(layer: Any) -> None:
    assert refused(layer)


@pytest.mark.parametrize(
    "keys", [{"blocs": {}}, {"expect": {"parms": 1}}, {"budget": {"macs": []}}, {"convcost": 2}]
)
def test_unknown_keys_are_refused(keys: dict[str, Any]) -> None:
    assert refused("relu", **keys)
    assert not refused("relu")


def test_editors_can_complete_words_and_fields() -> None:
    layer = schema()["definitions"]["layer"]["anyOf"][1]
    words = layer["properties"]["op"]["anyOf"][0]["enum"]
    assert {*OPS, "residual", "branches", "table", "inverted_residual"} <= set(words)
    (conv,) = (
        c["then"] for c in layer["allOf"] if c["if"].get("properties") == {"op": {"const": "conv"}}
    )
    assert conv["properties"]["stride"]["default"] == 1
    assert conv["properties"]["stride"]["description"]
    assert "Convolution" in conv["description"]
