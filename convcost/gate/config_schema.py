"""``convcost.toml`` as a JSON Schema, for editors that complete and check while one types.

Which keys there are is asked of the readers; here is what a value may be, and what it is for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.analysis.lint import RULES
from convcost.dtype import DTYPES
from convcost.further_metrics import OF_A_TOOL
from convcost.gate import config, exemptions, factory, lint_config, policy, told, variants
from convcost.metrics import LIMITABLE, METRICS
from convcost.spec import operator_rule
from convcost.spec.read_budget import LEVELS
from convcost.spec.schema import LIMIT, TOP_KEYS, Schema

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ID = "https://json.schemastore.org/convcost.json"

PATTERNS: Schema = {"$ref": "#/definitions/patterns"}
CODES: Schema = {"type": "array", "items": {"$ref": "#/definitions/code"}}
NUMBER: Schema = {"type": ["number", "boolean", "string"]}
SIZE: Schema = {"type": ["integer", "string"]}
EXPRESSION: Schema = {"type": ["string", "integer", "number"]}

LINT_KEYS: Mapping[str, Schema] = {
    "select": {**CODES, "description": "codes, or their beginnings, to look for: all unless given"},
    "ignore": {**CODES, "description": "those to leave out; of two beginnings the longer decides"},
    "per-file-ignores": {
        "type": "object",
        "additionalProperties": CODES,
        "description": "those to leave out in files, by pattern",
    },
}
MODEL_KEYS: Mapping[str, Schema] = {
    "models": {**PATTERNS, "description": "the models that this table is about"},
    "inputs": {
        "type": "object",
        "additionalProperties": {"anyOf": [SIZE, {"type": "array", "items": SIZE, "minItems": 1}]},
        "description": 'shapes of inputs without the batch: {image = "3x320x320"}',
    },
    "dims": {
        "type": "object",
        "additionalProperties": {"type": "integer", "minimum": 1},
        "description": "sizes by the names that the file has for them",
    },
    "values": {
        "type": "object",
        "additionalProperties": {"anyOf": [NUMBER, {"type": "array", "items": NUMBER}]},
        "description": "what inputs hold: a number, or a list of them",
    },
    "factory": {
        "type": "string",
        "pattern": factory.NAME,
        "description": 'code that makes a model: "detector.models:build"',
    },
    "python": {
        "type": "string",
        "minLength": 1,
        "description": 'the interpreter that runs it: ".venv/bin/python"',
    },
    "pythonpath": {**PATTERNS, "description": "folders of its modules"},
    "timeout": {
        "type": "integer",
        "minimum": 1,
        "maximum": factory.LONGEST,
        "description": f"seconds that it may run: {factory.SECONDS} unless given",
    },
    "memory": {**SIZE, "description": f"bytes that it may take: {factory.MEMORY} unless given"},
    "variants": {
        "type": "array",
        "items": {"anyOf": [{"type": "string", "minLength": 1}, {"$ref": "#/definitions/variant"}]},
        "description": "what is checked besides, such as width=32: vars, sizes, a type of numbers",
    },
}
VARIANT_KEYS: Mapping[str, Schema] = {
    **{key: MODEL_KEYS[key] for key in told.KEYS},
    "settings": {
        "type": "object",
        "additionalProperties": NUMBER,
        "description": "values of vars in place of the spec's own",
    },
    "dtype": {"enum": [*DTYPES], "description": "the type of numbers for which a spec names none"},
    "batch": {"type": "integer", "minimum": 1, "description": "samples at once: 1 unless given"},
}
FIGURE: Schema = {"anyOf": [{"enum": [*LIMITABLE]}, {"pattern": f"^{OF_A_TOOL}$"}]}
POLICY_KEYS: Mapping[str, Schema] = {
    rule.key: {"enum": [*LEVELS], "description": rule.says} for rule in policy.RULES
}
EXEMPTION_KEYS: Mapping[str, Schema] = {
    "models": {**PATTERNS, "description": "the models that are exempt"},
    "limits": {
        "anyOf": [FIGURE, {"type": "array", "items": FIGURE}],
        "description": "figures whose limits they need not keep: all unless given",
    },
    "reason": {"type": "string", "minLength": 1, "description": "why"},
    "owner": {"type": "string", "minLength": 1, "description": "who answers for it"},
    "expires": {"type": "string", "format": "date", "description": "the last day of it"},
}
OPERATOR_KEYS: Mapping[str, Schema] = {
    "shapes": {
        "type": "array",
        "minItems": 1,
        "items": {"type": "array", "items": EXPRESSION, "minItems": 1},
        "description": "a list of sizes for each output; those that the file states unless given",
    },
    **{
        cost: {**EXPRESSION, "description": f"{METRICS[cost].title}, as an expression"}
        for cost in operator_rule.COSTS
    },
}


def _mapping(
    keys: Sequence[str], known: Mapping[str, Schema], required: Sequence[str] = ()
) -> Schema:
    return {
        "type": "object",
        "properties": {key: known[key] for key in keys},
        "additionalProperties": False,
        "required": list(required),
    }


BUDGET: Schema = {
    **TOP_KEYS["budget"],
    "properties": {
        "models": {**PATTERNS, "description": "the models that it holds for: all unless given"},
        **TOP_KEYS["budget"]["properties"],
    },
}
KEYS: Mapping[str, Schema] = {
    "models": {**PATTERNS, "description": "the models that `convcost check` checks"},
    "exclude": {**PATTERNS, "description": "those that it leaves out"},
    "budget": {
        "anyOf": [BUDGET, {"type": "array", "items": BUDGET}],
        "description": "limits of figures; a list where each has models of its own",
    },
    "root": {
        "type": "boolean",
        "description": "whether configurations of folders above hold no more: false unless given",
    },
    "policy": {
        **_mapping([*POLICY_KEYS], POLICY_KEYS),
        "description": "how much weighs what is about the gate itself",
    },
    "exemption": {
        "type": "array",
        "items": _mapping(exemptions.KEYS, EXEMPTION_KEYS, exemptions.NEEDED),
        "description": "models that need not keep their limits until some day",
    },
    "operators": {
        "type": "object",
        "additionalProperties": _mapping(operator_rule.KEYS, OPERATOR_KEYS, ["macs"]),
        "description": "rules for operators that convcost does not know, by their names",
    },
    "model": {
        "type": "array",
        "items": _mapping(config.MODEL_KEYS, MODEL_KEYS),
        "description": "sizes that files leave open, variants, or code that makes a model",
    },
    "lint": {
        **_mapping(lint_config.KEYS, LINT_KEYS),
        "description": "the codes that `convcost lint` looks for",
    },
}


def config_schema() -> Schema:
    """The whole file, as draft-07."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": ID,
        "title": "convcost.toml",
        "description": "Budgets of networks, and how convcost reads and checks them",
        **_mapping(config.KEYS, KEYS),
        "definitions": {
            "patterns": {"anyOf": [{"type": "string", "minLength": 1}, _texts()]},
            "code": {"enum": _codes(), "description": "the code of a rule, or its beginning"},
            "limit": LIMIT,
            "variant": {**_mapping(variants.KEYS, VARIANT_KEYS), "minProperties": 1},
        },
    }


def _texts() -> Schema:
    return {"type": "array", "items": {"type": "string", "minLength": 1}}


def _codes() -> list[str]:
    """All codes and their beginnings, whole ones first."""
    codes = [rule.code for rule in RULES]
    starts = {code[:length] for code in codes for length in range(1, len(code))}
    return [*codes, *sorted(starts)]
