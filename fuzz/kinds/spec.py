"""Specs made of ops, structures and expressions, most of them right but for their numbers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import convcost
from convcost.metrics import COUNTS
from fuzz import fields
from fuzz.case import Input
from fuzz.kinds.text import lines as lines

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

DEEPEST = 3
TRIES = 5
EXPRESSIONS = ("n", "2 * n", "in_channels", "in_channels // 2", "n + 1", "i + 1", "max(n, 2)")
KEEPING = ("relu", "batch_norm", "dropout", "sigmoid", "identity", "gelu", "softmax", "softplus")
LIBRARY = (
    "conv_bn_relu",
    "squeeze_excite",
    "bottleneck",
    "basic_block",
    "depthwise_separable_conv",
)


def generated(rng: Random) -> Input:
    """A spec: one layer of any op, a few that read each other, or structures."""
    document = rng.choice((_of_ops, _of_ops, _of_structures))(rng)
    if rng.random() < 0.2:
        document["dtype"] = rng.choice(("float16", "int8", "float64", "bool", "int64"))
    if rng.random() < 0.2:
        figures: dict[str, Any] = {rng.choice(COUNTS): rng.choice((0, 1, "4M", "10%"))}
        document[rng.choice(("budget", "expect"))] = figures
    return Input("spec", ".yaml", (json.dumps(document, indent=1) + "\n").encode())


def _of_ops(rng: Random) -> dict[str, Any]:
    """Layers of any op, each on inputs as its examples have them, then on what others made; mostly
    such as are possible."""
    document: dict[str, Any] = {"inputs": {}, "layers": []}
    for number in range(rng.choice((1, 1, 2, 3))):
        document = _tried(rng, document, number, on_inputs=True)
    for number in range(10, 10 + rng.choice((0, 0, 2, 6))):
        document = _tried(rng, document, number, on_inputs=False)
    return document if document["inputs"] else {"input": [3, 5], "layers": ["relu"]}


def _tried(rng: Random, before: dict[str, Any], number: int, *, on_inputs: bool) -> dict[str, Any]:
    """With one more layer, where one of a few is possible; with an impossible one now and then."""
    for _ in range(TRIES):
        inputs, layers = {**before["inputs"]}, [*before["layers"]]
        name, layer, shapes = fields.layer(rng)
        made: dict[str, Any] = {"op": name, "name": f"layer{number}", **layer}
        if on_inputs or not layers:
            made["from"] = [_input(inputs, shape, rng) for shape in shapes]
        if layers and "from" in made and rng.random() < 0.4:
            made["from"][:1] = [rng.choice(layers)["name"]]
        found = {"inputs": inputs, "layers": [*layers, made]}
        if rng.random() < 0.1 or _possible(found):
            return found
    return before


def _possible(document: dict[str, Any]) -> bool:
    """Whether it is a network."""
    try:
        convcost.load("net.yaml", read=lambda _: json.dumps(document).encode())
    except convcost.ConvcostError:
        return False
    return True


def _input(inputs: dict[str, list[int]], shape: list[int], rng: Random) -> str:
    """The name of an input of a shape: mostly of its own."""
    same = [name for name, other in inputs.items() if other == shape]
    if same and rng.random() < 0.3:
        return same[0]
    name = f"x{len(inputs)}"
    inputs[name] = shape
    return name


def _of_structures(rng: Random) -> dict[str, Any]:
    """A map through groups, residuals, branches, tables and blocks."""
    rank = rng.choice((1, 2, 2, 2, 3))
    block: Mapping[str, Any] = {"args": {"c": "in_channels", "k": 3}, "layers": _list(rng, 2)}
    return {
        "input": [rng.choice((1, 2, 4, 8)), *[rng.choice((1, 4, 7, 9)) for _ in range(rank)]],
        "vars": {"n": rng.choice((1, 2, 3, "1 + 1")), "width": 1},
        "blocks": {"unit": block},
        "layers": _list(rng, 0) or ["relu"],
    }


def _list(rng: Random, depth: int) -> list[Any]:
    return [_entry(rng, depth) for _ in range(rng.randint(0 if depth else 1, 4))]


def _entry(rng: Random, depth: int) -> Any:
    kind = rng.randrange(5 if depth >= DEEPEST else 12)
    if kind == 0:
        return rng.choice(KEEPING)
    if kind <= 2:
        return _conv(rng)
    if kind == 3:
        name, layer, _ = fields.layer(rng)
        return {"op": name, **layer}
    if kind == 4:
        return {"op": rng.choice((*LIBRARY, *["unit"] * (depth < 2))), "out_channels": 4}
    return _structure(rng, depth)


def _structure(rng: Random, depth: int) -> dict[str, Any]:
    inner = _list(rng, depth + 1)
    match rng.randrange(6):
        case 0:
            return {"repeat": rng.choice((0, 1, 2, 3, "n", "2 ** 40")), "layers": inner}
        case 1:
            return {"when": rng.choice(("n == 1", "i > 0", True)), "layers": inner}
        case 2:
            found: dict[str, Any] = {"op": "residual", "body": inner or [_conv(rng)]}
            return found | ({"join": rng.choice(("add", "multiply", "concat"))} if depth else {})
        case 3:
            paths = [inner, [], _list(rng, depth + 1)][: rng.randint(1, 3)]
            return {"op": "branches", "paths": paths, **({"split": True} if depth == 2 else {})}
        case 4:
            rows = [[rng.choice((1, 2, "n"))] for _ in range(rng.randint(0, 3))]
            return {"op": "table", "columns": ["c"], "rows": rows, "layers": inner}
        case _:
            return {"name": f"part{rng.randrange(3)}", "layers": inner}


def _conv(rng: Random) -> dict[str, Any]:
    found: dict[str, Any] = {
        "op": rng.choice(("conv", "conv", "conv_transpose")),
        "out_channels": rng.choice((1, 2, 4, 8, *EXPRESSIONS)),
        "kernel_size": rng.choice((1, 2, 3, 5)),
    }
    more: dict[str, Any] = {
        "padding": rng.choice((0, 1, 2)),
        "stride": rng.choice((1, 2, 3)),
        "dilation": rng.choice((1, 2)),
        "groups": rng.choice((1, 2, "in_channels")),
        "bias": rng.choice((True, False)),
        "dtype": rng.choice(("int8", "float16")),
    }
    return found | {name: value for name, value in more.items() if rng.random() < 0.25}
