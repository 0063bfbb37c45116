"""The JSON Schema of the documents that commands print with ``--format json``.

Shapes are written as data: ``"int"``, ``"str?"`` (or null), ``[item]``, ``(either, or)`` and
``{"key another?": value}``: keys of one kind stand together, one with ``?`` may be missing,
``"*"`` is any, and ``"*.*"`` any with a dot. A document with other keys than its shape does not
validate, so that a test which runs the commands sees what is forgotten here.
"""

from __future__ import annotations

from typing import Any, cast

from convcost.metrics import COUNTS, RATIOS, UNCOUNTED
from convcost.render.reports.entries import VERSION

Schema = dict[str, Any]

DRAFT = "http://json-schema.org/draft-07/schema#"
TYPES = {"int": "integer", "str": "string", "bool": "boolean", "number": "number"}

FURTHER = "*.*"
"""Counts of other tools, and times on devices: ``thop.macs``, ``rtx3090.bound``."""

SHAPE = ["int"]
HEAD = {"convcost": VERSION}
COSTS = {" ".join(COUNTS): "int", " ".join(RATIOS): "number?", FURTHER: "int?"}
AXIS = {
    **{"size start size_without_gates?": "int?", "stride": "int|str?"},
    **{"sizes?": ["int"], "flags": ["str"]},
}
FIELD = {"receptive_field": [AXIS], "receptive_fields?": {"*": [AXIS]}}
NETWORK = {
    **{"name": "str", "batch": "int", "source": "str?"},
    **{"input_shape output_shape": (SHAPE, None), "input_shapes? output_shapes?": {"*": SHAPE}},
}
LAYER = {
    **{"name op": "str", "inputs": ["str"], "output_shape": SHAPE, "layers? times?": "int"},
    **{"input_shapes output_shapes?": [SHAPE], "weights?": {"*": SHAPE}, "unused?": "bool"},
    **{"dtype?": "str", "source": "str?", **COSTS, **FIELD, " ".join(UNCOUNTED): "number?"},
    "binds?": {"*": "str"},
}
GROUP = {"name": "str", "layers": "int", **COSTS}
FIT = {
    "capacity weights activations workspace": "int",
    **{"layer unsure": "str", "batch": "int?", "fits": "bool"},
}
CHIP = {"ram flash arena weights reordered alive": "int", "least fits": "bool"}
COUNTED = {
    **{**HEAD, "convention peak": "str", "network": NETWORK, "complete": "bool"},
    **{"totals": COSTS, "unmet unknown assumes": ["str"], "remarks?": {"*.*": "str"}},
    **{"memory?": {"*": (FIT, CHIP)}, "order?": "str"},
}
READ = {
    **{"file": "str", "reason": None, "network": NETWORK, "complete": "bool", "layers": "int"},
    **{"totals": COSTS, "remarks?": {"*.*": "str"}, "unknown assumes doubts": ["str"]},
}
BESIDE = {"values differences": ["int"], "ratios": ["number?"]}
DESIGN = {"label": "str", "complete": "bool", "unknown unmet": ["str"], **NETWORK, **FIELD}
ROW = {
    **{"marks": ["str?"], "changes": [{"*": "any"}], **BESIDE},
    "designs": [({**LAYER, "origin": "str?"}, GROUP, None)],
}
RATES = {
    **{"axes taps rates": ["int"], "divisor field holes": "int"},
    **{"distances": ({"*": "int"}, None), "repair": (["int"], None)},
}
STACK = {
    **{"layers": ["str"], "from to": "str", "holes alone": "bool", "rates": [RATES]},
    "reads": [{"axes sizes": ["int"], "touched paths": "int"}],
    "on_input": [{"input": "str", "axis touched size": "int?"}],
}
SPREAD = ({"*": "int"}, None)
PATHS = {"paths": "int?", "residual_blocks": "int", "lengths blocks": SPREAD}
UNIT_AXIS = {
    **{"input": "str", "axis length": "int", "unit touched": "int?", **AXIS},
    "unclipped clipped": (["int"], None),
}
MAP = {"onto": "str", "axes starts sizes": ["int"], "touched paths": "int", "half": "any"}
GROWN = {"axis length": "int", "grown": "int?", **AXIS}
RF_LAYER = {"name op input": "str", "source": "str?", "exceeds": "bool", "axes": [GROWN]}
FORMULA = {
    "name formula says": "str",
    "worked?": [{"axis numbers": "str", "value": "int"}],
}
EXPLAINED = {
    **{**HEAD, "layer? op elsewhere?": "str", "source?": "str?"},
    "says written inputs output requires": ["str"],
    "lengths arithmetic backward readings where": [FORMULA],
    "fields": [{"name kind says": "str", "default": "str?"}],
    "weights": [{**FORMULA, "layout": ["str"], "learned": "bool", "owner": "str?"}],
    "variants": [{"with": "str", "formulas": [FORMULA]}],
}
BLOCK = {
    **{**HEAD, "block says elsewhere? paper": "str", "picture notes layers": ["str"]},
    **{"args": [{"name": "str", "default": "str?"}], "formulas": {"*": "str"}},
}
WORD = {**HEAD, "metric? word? field? code? says read": "str", "also example": ["str"]}
STEP = {"step": "str", "once": "bool", "multiplies adds bytes": "int"}
RAN = {"channels_divided_by": "int", "difference tolerance": "number", "confirmed": "bool"}
ALGORITHM = {
    **{"algorithm refused?": "str", "steps?": [STEP], "execution?": (RAN, None)},
    "multiplies? adds? workspace_bytes? prepared_bytes?": "int",
}
COMPUTED = {
    **{**HEAD, "layer op": "str", "input_shape output_shape": SHAPE, "batch": "int"},
    **{"algorithms?": [ALGORITHM], "matrix?": [["str?"]]},
}
PART = {"name op": "str", "output_shape": SHAPE, "params macs": "int"}
ALTERNATIVE = {
    **{"name formula? gives_up?": "str", "replaced": "int", "ratio formula_ratio?": "number"},
    **{"at_most_half same_field mixes_channels": "bool", "letters?": {"*": "int"}},
    **{"layers?": [PART], **COSTS, **FIELD},
}
REPLACED = {"name": "str", "layers": ["str"], "input_shape output_shape": SHAPE}
FINDING = {"code level model message fix": "str", "path layer": "str?", "line column": "int?"}
CHECKED = {"layer metric": "str", "formula executed": "any", "agrees": "bool"}
SOURCE = ({"path": "str", "line column": "int"}, None)
CHANGE = {"name": "str", "before after": "int?", "difference": "int", "source": SOURCE}
LIMIT = {
    **{"metric part bound written level status": "str", "each": "bool", "over": "int"},
    **{"pattern message layer loosened_from tightened_from excused": "str?", "source": SOURCE},
    **{"layers": [CHANGE], "caused": ["int"]},
    "value limit before change over_before": "int?",
}
CAUSE = {
    **{"kind what": "str", "before after": "str?", "source": SOURCE, "changes": "int"},
    "effects": {"*": "int"},
}
REPAIR = {"what before after": "str", "source": SOURCE}
MODEL = {
    **{"path name state": "str", "path_before": "str?", "failed complete": "bool"},
    **{"totals totals_before": ({"*": "int"}, None), "receptive_field": ["int?"]},
    "unexpected": [{"message level": "str", "source": SOURCE}],
    **{"limits": [LIMIT], "causes": [CAUSE], "repair": (REPAIR, None)},
}
WEAKENED = {
    **{"how level": "str", "after": "str?", "source": SOURCE, "models": ["str"]},
    "before": [{"metric bound part written level": "str", "pattern": "str?"}],
}
TOOL = {
    **{"name tool metric": "str", "total times products": "int", "unknown sources": ["str"]},
    "steps": [{"name why": "str", "count layers assumed": "int", "fault": "bool"}],
    "layers": [{"name op": "str", "macs": "int", "total": "int?", "steps": {"*": "int"}}],
}
READING = {
    "what at remark": "str",
    **{"value": "int", "rounds_to_it fits": "bool", "apart": "number?"},
}
PUBLISHED = {"network input printed where apart": "str", "macs": "int"}
CONCERN = {
    **{"code level message": "str", "rule": "str?", "models": ["str"], "source": SOURCE},
}
MISTAKE = {"message": "str", "notes models": ["str"], "source": SOURCE}
TIMED = {
    **{"model dtype source": "str", "batch": "int?", "off": "number"},
    "measured_ns estimate_ns": "int",
}
PLACE = {
    **{"place value macs": "int", "design remark": "str"},
    "near_before complete": "bool",
}
PAST = {
    **{"commit path": "str", "complete": "bool", "error": "str?"},
    "figures": ({"*": "int"}, None),
}
TRACE = {"path": "str", "steps": [PAST]}
RULE = {"code level title": "str"}
FIGURES = {
    **{"name": "str", "totals": {"*": "int"}, "receptive_field": ["int?"], "unknown": ["str"]},
    "layers": [{"*": "any"}],
}

DOCUMENTS: dict[str, tuple[Any, ...]] = {
    "alternatives": (
        {
            **{**HEAD, "convention now": "str", "network": REPLACED, "complete": "bool"},
            **{"alternatives": [ALTERNATIVE], "answer": ["str"]},
        },
    ),
    "analyze": (
        {**COUNTED, "layers": [LAYER]},
        {**COUNTED, "by": "str", "groups": [GROUP]},
        {**HEAD, "designs": [{"design": "str", **COUNTED, "layers": [LAYER]}]},
        {**HEAD, "files": [(READ, {"file reason": "str"})]},
    ),
    "baseline": ({**HEAD, "models": {"*": FIGURES}},),
    "calibrate": (
        {
            **{**HEAD, "device source": "str", "factor error": "number", "doubts": ["str"]},
            **{"least_ns folds": "int", "measurements": [TIMED]},
            "left_out": [{"model why source": "str"}],
        },
    ),
    "check": (
        {
            **{**HEAD, "base": "str?", "failed": "bool", "summary": "str", "notes": ["str"]},
            **{"weakened": [WEAKENED], "models": [MODEL], "errors": [MISTAKE]},
            "policy": [CONCERN],
        },
    ),
    "compare": (
        {
            **{**HEAD, "convention by metric": "str", "complete": "bool", "same": "int"},
            **{"designs": [DESIGN], "totals": [{"metric": "str", **BESIDE}], "rows": [ROW]},
        },
    ),
    "explain": (EXPLAINED, BLOCK, WORD, COMPUTED),
    "fit": (
        {
            **{**HEAD, "spec": "str", "candidates valid fit": "int", "columns": ["str"]},
            **{"budget": {"*": "int"}, "largest misses": [["any"]]},
        },
    ),
    "history": (
        {
            **{**HEAD, "since": "str?", "metrics notes": ["str"]},
            **{"commits": [{"commit date subject": "str"}], "models": [TRACE]},
        },
    ),
    "lint": (
        {**HEAD, "totals": {"*": "int"}, "findings": [FINDING]},
        {**HEAD, "rules": [RULE]},
        {**HEAD, "code page": "str"},
    ),
    "rf": (
        {
            **{**HEAD, "network": "str", "inputs": {"*": SHAPE}, "layers": [RF_LAYER]},
            **{"stacks": [STACK], "paths": {"*": (PATHS, None)}, "unknown": ["str"]},
        },
        {
            **{**HEAD, "network layer op": "str", "without": "str?", "axes": [UNIT_AXIS]},
            **{"map": (MAP, None), "counts": [SHAPE], "stacks": [STACK], "paths": (PATHS, None)},
        },
    ),
    "rank": ({**HEAD, "metric": "str", "error": "number?", "designs": [PLACE]},),
    "reconcile": (
        {
            **{**HEAD, "network": NETWORK, "complete": "bool", "macs": "int"},
            "tools": [TOOL],
        },
        {
            **HEAD,
            "network": NETWORK,
            "says": "str",
            "readings": [READING],
            "published": [PUBLISHED],
        },
    ),
    "specs": ({**HEAD, "specs": [{"name network paper": "str", "params macs": "int"}]},),
    "sweep": (
        {
            **{**HEAD, "spec": "str", "candidates valid": "int", "columns": ["str"]},
            **{"refused": [{"reason": "str", "candidates": "int"}], "rows": [["any"]]},
        },
    ),
    "verify": (
        {
            **{**HEAD, "network": "str", "batch channels_divided_by": "int"},
            **{"agrees complete": "bool", "checks": [CHECKED], "unconfirmed": ["str"]},
        },
    ),
}
"""The shapes of each command's documents: what it answers depends on what it is asked."""


def output_schema(command: str | None = None) -> Schema:
    """The JSON Schema (draft-07) of what a command prints, or of what any of them does."""
    if command is not None:
        return {
            "$schema": DRAFT,
            "title": f"What `convcost {command} --format json` prints",
            **_any_of(DOCUMENTS[command]),
        }
    return {
        "$schema": DRAFT,
        "title": "What `--format json` of the commands of convcost prints",
        "anyOf": [{"$ref": f"#/definitions/{name}"} for name in DOCUMENTS],
        "definitions": {name: _any_of(shapes) for name, shapes in DOCUMENTS.items()},
    }


def _any_of(shapes: tuple[Any, ...]) -> Schema:
    found = [_schema(shape) for shape in shapes]
    return found[0] if len(found) == 1 else {"anyOf": found}


def _schema(shape: Any) -> Schema:
    match shape:
        case None:
            return {"type": "null"}
        case int():
            return {"const": shape, "description": "the version of this format"}
        case str():
            return _named(shape)
        case tuple():
            return _any_of(cast("tuple[Any, ...]", shape))
        case list():
            (item,) = cast("list[Any]", shape)
            return {"type": "array", "items": _schema(item)}
        case _:
            return _object(shape)


def _named(text: str) -> Schema:
    if text == "any":
        return {}
    types = [TYPES[word] for word in text.removesuffix("?").split("|")]
    types += ["null"] if text.endswith("?") else []
    return {"type": types[0] if len(types) == 1 else types}


def _object(shape: dict[str, Any]) -> Schema:
    if [*shape] == ["*"]:
        return {"type": "object", "additionalProperties": _schema(shape["*"])}
    words = {word: _schema(value) for keys, value in shape.items() for word in keys.split()}
    others = words.pop(FURTHER, None)
    return {
        "type": "object",
        "required": [word for word in words if not word.endswith("?")],
        "additionalProperties": False,
        "properties": {word.removesuffix("?"): found for word, found in words.items()},
        **({"patternProperties": {r"^\w+\.\w+$": others}} if others else {}),
    }
