"""The spec language as a JSON Schema, for editors that complete and check while one types.

It is made from the definitions that the reader uses. Any value may be an expression, which a schema
sees as text: what only numbers can tell, `convcost analyze` tells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convcost.docstrings import docstring
from convcost.dtype import DTYPES
from convcost.further_metrics import OF_A_TOOL
from convcost.metrics import LIMITABLE
from convcost.ops import OPS, op_class
from convcost.ops.fields import Declared
from convcost.ops.fields import declared as fields_of
from convcost.ops.kinds import (
    MOST_AXES,
    Borders,
    Count,
    Dims,
    FieldKind,
    Padding,
    PerAxis,
    Word,
    YesNo,
)
from convcost.ops.op import Op
from convcost.spec.read_blocks import FOLDER
from convcost.spec.read_blocks import KEYS as BLOCK_KEYS
from convcost.spec.read_budget import LEVELS, PARTS
from convcost.spec.read_document import EXPECT_KEYS, KEYS
from convcost.spec.read_layers import COMMON
from convcost.spec.read_structures import STRUCTURES
from convcost.spec.settle import BORDERS, MODE, ZEROS, may_pad_otherwise

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Schema = dict[str, Any]
OF_TOOLS: Schema = {f"^{OF_A_TOOL}$": {"$ref": "#/definitions/limit"}}

EXPRESSION: Schema = {"$ref": "#/definitions/expression"}
VALUE: Schema = {"$ref": "#/definitions/value"}
LAYERS: Schema = {"$ref": "#/definitions/layers"}
NAMES: Schema = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}

COMMON_KEYS: Mapping[str, Schema] = {
    "op": {"description": "an op, a structure, or a block of the file or the library"},
    "name": {"type": ["string", "integer"], "description": "unique in its list"},
    "from": {**NAMES, "description": "what it reads, in place of the layer before it"},
    "when": {**EXPRESSION, "description": "where this is false the layer is not there"},
    "repeat": {**EXPRESSION, "description": "how often; `i` is the number of the pass, from 0"},
    "index": {
        "type": "string",
        "description": "the name of the number of the pass, in place of i; at a table, of the row",
    },
    "share": {
        "type": ["string", "boolean"],
        "description": "the layer whose weights it uses; true: that of a repeat's first pass",
    },
    "dtype": {"$ref": "#/definitions/dtype"},
}
STRUCTURE_KEYS: Mapping[str, Schema] = {
    "body": LAYERS,
    "shortcut": LAYERS,
    "layers": LAYERS,
    "skip": EXPRESSION,
    "join": {"anyOf": [{"enum": ["add", "multiply", "concat"]}, EXPRESSION]},
    "paths": {
        "anyOf": [
            {"type": "array", "items": {"anyOf": [LAYERS, {"$ref": "#/definitions/layer"}]}},
            {"type": "object"},
        ]
    },
    "split": VALUE,
    "columns": {"type": "array", "items": {"type": "string"}},
    "rows": {"type": "array"},
    "of": {"type": "string", "description": "the block to call once a row"},
}
TOP_KEYS: Mapping[str, Schema] = {
    "convcost": {"const": 1, "description": "the version of the language"},
    "name": {"type": ["string", "number"], "description": "of the network"},
    "include": {**NAMES, "description": "files whose blocks are used"},
    "input": {**VALUE, "description": "channels first, without the batch: [3, 224, 224]"},
    "inputs": {"type": "object", "additionalProperties": VALUE, "minProperties": 1},
    "vars": {
        "type": "object",
        "additionalProperties": VALUE,
        "description": "names with values; --set NAME=VALUE overrides them",
    },
    "blocks": {"type": "object", "additionalProperties": {"$ref": "#/definitions/block"}},
    "layers": {**LAYERS, "minItems": 1},
    "outputs": {**NAMES, "description": "layers that are outputs; the last one unless given"},
    "dtype": {"$ref": "#/definitions/dtype"},
    "weights": {"type": "string", "pattern": r"\.npz$"},
    "expect": {
        "type": "object",
        "properties": dict.fromkeys(EXPECT_KEYS, VALUE),
        "additionalProperties": False,
        "description": "figures you vouch for",
    },
    "budget": {
        "type": "object",
        "patternProperties": OF_TOOLS,
        "properties": {
            **{key: {"$ref": "#/definitions/limit"} for key in LIMITABLE},
            **{
                part: {
                    "type": "object",
                    "additionalProperties": {
                        "type": "object",
                        "properties": {key: {"$ref": "#/definitions/limit"} for key in LIMITABLE},
                        "patternProperties": OF_TOOLS,
                        "additionalProperties": False,
                    },
                }
                for part in PARTS
            },
        },
        "additionalProperties": False,
        "description": "what each may be at most, or at least: 4M, 8 MiB, {min: 65}",
    },
}
AMOUNT: Schema = {"type": ["integer", "number", "string"]}
LIMIT: Schema = {
    "anyOf": [
        AMOUNT,
        {
            "type": "object",
            "properties": {
                "max": {**AMOUNT, "description": "4M, 8 MiB, of layers or ops also 10%"},
                "min": {**AMOUNT, "description": "as max"},
                "max_increase": {**AMOUNT, "description": "against the baseline: +5%, +2M"},
                "level": {"anyOf": [{"enum": list(LEVELS)}, {"const": False}]},
                "message": {"type": "string", "description": "what to do where it is broken"},
                "each": {"type": ["boolean", "string"], "description": "not their sum, but each"},
            },
            "additionalProperties": False,
            "anyOf": [{"required": [bound]} for bound in ("max", "min", "max_increase")],
        },
    ]
}
BLOCK_PARTS: Mapping[str, Schema] = {
    "args": {
        "type": "object",
        "additionalProperties": {"anyOf": [VALUE, {"type": "null"}]},
        "description": "arguments with defaults; ~ for one that must be given",
    },
    "inputs": {**NAMES, "description": "names of its inputs, if it has several"},
    "layers": LAYERS,
    "outputs": {**NAMES, "description": "layers whose outputs it passes on; the last unless given"},
    "doc": {"type": "string"},
    "paper": {"type": "string"},
}


def schema() -> Schema:
    """The whole language, as draft-07."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "A network for convcost",
        "type": "object",
        "properties": {key: TOP_KEYS[key] for key in KEYS},
        "additionalProperties": False,
        "anyOf": [
            {"required": ["layers", "input"]},
            {"required": ["layers", "inputs"]},
            {"required": ["blocks"], "not": {"required": ["layers"]}},  # a file to be included
        ],
        "definitions": {
            "expression": {"type": ["string", "number", "boolean"]},
            "value": {"anyOf": [EXPRESSION, {"type": "array", "items": VALUE}]},
            "dtype": {"anyOf": [{"enum": list(DTYPES)}, EXPRESSION], "description": "of numbers"},
            "limit": LIMIT,
            "layers": {"type": "array", "items": {"$ref": "#/definitions/layer"}},
            "block": _mapping({key: BLOCK_PARTS[key] for key in BLOCK_KEYS}, ["layers"]),
            "layer": {"anyOf": [_word(), _entry()]},
        },
    }


def _words() -> list[str]:
    return [*OPS, *STRUCTURES, *sorted(path.stem for path in FOLDER.glob("*.yaml"))]


def _word() -> Schema:
    return {"anyOf": [{"enum": _words()}, {"type": "string"}]}


def _entry() -> Schema:
    """A layer written as a mapping: what its keys may be depends on its op."""
    choices = [_choice(name, _op(name)) for name in OPS]
    choices += [_choice(name, _structure(name)) for name in STRUCTURES]
    group = _mapping({**_common(), "layers": LAYERS}, ["layers"])
    del group["properties"]["op"]
    return {
        "type": "object",
        "properties": {**_common(), "op": {**COMMON_KEYS["op"], **_word()}},
        "allOf": [*choices, {"if": {"not": {"required": ["op"]}}, "then": group}],
    }


def _choice(op: str, then: Schema) -> Schema:
    return {"if": {"properties": {"op": {"const": op}}, "required": ["op"]}, "then": then}


def _op(name: str) -> Schema:
    op = op_class(name)
    keys = {field: _field(kind) for field, kind in fields_of(op).items()}
    liked = op.fields_of_like
    if liked:
        keys["like"] = {"type": "string", "description": f"in place of {' and '.join(liked)}"}
    if may_pad_otherwise(op):
        words = {"anyOf": [{"enum": [ZEROS, *BORDERS]}, {"type": "string"}]}
        keys[MODE] = {**words, "description": "what the padding holds", "default": ZEROS}
    if op.weights is not Op.weights:
        keys["weights"] = {"type": "object", "additionalProperties": VALUE}
    required = [f for f, kind in fields_of(op).items() if kind.required and f not in liked]
    says = " ".join(docstring(op).partition("\n\n")[0].split()).replace("``", "`")
    return {"description": says, **_mapping({**_common(), **keys}, ["op", *required])}


def _structure(name: str) -> Schema:
    structure = STRUCTURES[name]
    keys = {key: STRUCTURE_KEYS[key] for key in structure.keys}
    needed = [key for key in structure.needed if key != "layers" or "of" not in keys]
    return _mapping({**_common(), **keys}, ["op", *needed])


def _common() -> Schema:
    return {key: COMMON_KEYS[key] for key in COMMON}


def _mapping(keys: Schema, required: Sequence[str]) -> Schema:
    return {
        "type": "object",
        "properties": keys,
        "additionalProperties": False,
        "required": list(required),
    }


def _field(field: Declared) -> Schema:
    result: Schema = {"description": field.doc, **_kind(field.kind)}
    if not field.required and field.default is not None:
        result["default"] = field.default
    return result


def _kind(kind: FieldKind) -> Schema:
    """The values that a field accepts, besides expressions."""
    match kind:
        case Dims():
            axis = _kind(Count(-MOST_AXES))
            return {"anyOf": [axis, {"type": "array", "items": axis, "minItems": 1}]}
        case Count():
            return {"anyOf": [{"type": "integer", "minimum": kind.least}, {"type": "string"}]}
        case PerAxis():
            each = _kind(kind.each)
            one = {"anyOf": [each, {"type": "null"}]} if kind.own else each
            return {"anyOf": [each, {"type": "array", "items": one, "maxItems": 3}]}
        case Padding():
            return {"anyOf": [{"enum": list(kind.words)}, _pairs()]}
        case Borders():
            return _pairs(3 + kind.channels)
        case Word():
            return {"anyOf": [{"enum": list(kind.words)}, {"type": "string"}]}
        case YesNo():
            return {"type": ["boolean", "string"]}
        case _:
            return VALUE


def _pairs(most: int = 3) -> Schema:
    amount = _kind(Count(0))
    pair = {"type": "array", "items": amount, "minItems": 2, "maxItems": 2}
    pairs = {"type": "array", "items": {"anyOf": [amount, pair]}, "maxItems": most}
    return {"anyOf": [amount, pairs]}
