"""Each block of the library costs what the formulas at the top of its file say.

The formulas are read from the comments and worked out here, apart from convcost's own: names are
the block's arguments, and the sizes of its input and output.
"""

from __future__ import annotations

import math
import re
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import yaml
from spec_support import network

import convcost
from convcost.spec.read_blocks import FOLDER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convcost.network import Network

FORMULA = re.compile(r"^# (\w+) = (.*(?:\n#   .*)*)", re.MULTILINE)
MAP, ODD = "[32, 16, 16]", "[24, 13, 20]"
CALLS = {
    "aspp": [(MAP, "{}"), (ODD, "{out_channels: 10, rate_1: 1, rate_2: 2, rate_3: 5}")],
    "basic_block": [
        (MAP, "{out_channels: 32}"),
        (MAP, "{out_channels: 48}"),
        (ODD, "{out_channels: 24, stride: 2}"),
    ],
    "bottleneck": [
        (MAP, "{width: 8}"),
        (MAP, "{width: 16, expansion: 3}"),
        (ODD, "{width: 6, stride: 2}"),
    ],
    "conv_bn": [
        (MAP, "{out_channels: 8}"),
        (ODD, "{out_channels: 12, kernel_size: 5, stride: 2, groups: 6}"),
        (MAP, "{out_channels: 7, kernel_size: 3, dilation: 4}"),
    ],
    "conv_bn_relu": [
        (MAP, "{out_channels: 8}"),
        (ODD, "{out_channels: 12, kernel_size: 5, stride: 2, groups: 6}"),
        (MAP, "{out_channels: 7, kernel_size: 3, dilation: 4}"),
    ],
    "conv_bn_relu6": [
        (MAP, "{out_channels: 8}"),
        (ODD, "{out_channels: 12, kernel_size: 5, stride: 2, groups: 6}"),
        (MAP, "{out_channels: 7, kernel_size: 3, dilation: 4}"),
    ],
    "dense_block": [
        (MAP, "{depth: 3}"),
        (ODD, "{depth: 1, growth: 6}"),
        (ODD, "{depth: 4, growth: 6, mid: 10}"),
    ],
    "dense_layer": [(MAP, "{}"), (ODD, "{growth: 6}"), (ODD, "{growth: 6, mid: 10}")],
    "depthwise_separable_conv": [
        (MAP, "{out_channels: 8}"),
        (ODD, "{out_channels: 30, kernel_size: 5, stride: 2, bias: true, relu_between: true}"),
        (ODD, "{out_channels: 30, stride: 2, pointwise_first: true}"),
        (MAP, "{out_channels: 9, pointwise_first: true, relu_between: true, bias: true}"),
    ],
    "double_conv": [
        (MAP, "{out_channels: 8}"),
        (ODD, "{out_channels: 12, padding: 1}"),
        (ODD, "{out_channels: 12, kernel_size: 5, padding: 1, norm: true}"),
    ],
    "fire": [(MAP, "{s1x1: 4, e1x1: 8, e3x3: 12}"), (ODD, "{s1x1: 7, e1x1: 1, e3x3: 3}")],
    "inception": [
        (
            MAP,
            "{out_1x1: 8, reduce_3x3: 4, out_3x3: 9, reduce_5x5: 5, out_5x5: 7, pool_proj: 3}",
        ),
        (
            ODD,
            "{out_1x1: 1, reduce_3x3: 6, out_3x3: 2, reduce_5x5: 4, out_5x5: 8, pool_proj: 5, "
            "kernel_5x5: 5}",
        ),
    ],
    "inception_a": [(MAP, "{pool_proj: 32}"), (ODD, "{pool_proj: 7}")],
    "inception_b": [(MAP, "{}"), (ODD, "{}")],
    "inception_c": [(MAP, "{c7: 128}"), (ODD, "{c7: 5}")],
    "inception_d": [(MAP, "{}"), (ODD, "{}")],
    "inception_e": [(MAP, "{}"), (ODD, "{}")],
    "inverted_residual": [
        (MAP, "{out_channels: 32}"),
        (MAP, "{out_channels: 20, expansion: 1}"),
        (ODD, "{out_channels: 24, stride: 2, expansion: 3, kernel_size: 5}"),
    ],
    "involution_unit": [
        (MAP, "{}"),
        (MAP, "{kernel_size: 3, stride: 2, group_channels: 8}"),
        (ODD, "{kernel_size: 5, group_channels: 3, reduction: 2}"),
    ],
    "self_attention": [("[9, 16]", "{heads: 4}"), ("[7, 30]", "{heads: 3}")],
    "shuffle_unit": [
        (MAP, "{out_channels: 48, groups: 2, stride: 2}"),
        (ODD, "{out_channels: 24, groups: 3}"),
        (ODD, "{out_channels: 72, groups: 3, stride: 2, first_groups: 1}"),
    ],
    "shuffle_unit_v2": [
        (MAP, "{out_channels: 32}"),
        (ODD, "{out_channels: 40, stride: 2}"),
    ],
    "spatially_separable_conv": [
        (MAP, "{out_channels: 8}"),
        (ODD, "{out_channels: 6, kernel_size: 5, bias: true}"),
        (ODD, "{out_channels: 6, kernel_size: 5, padding: 1, horizontal_first: true}"),
    ],
    "squeeze_excite": [(MAP, "{}"), (ODD, "{ratio: 4}"), (ODD, "{mid: 7}")],
    "tcn_block": [
        ("[8, 40]", "{out_channels: 8, dilation: 4}"),
        ("[8, 33]", "{out_channels: 12, kernel_size: 5}"),
    ],
    "transition": [(MAP, "{}"), (ODD, "{compression: 0.3}"), (ODD, "{out_channels: 5}")],
    "up_step": [
        ("{below: [16, 10, 10], skip: [8, 24, 22]}", "{out_channels: 8}"),
        ("{below: [6, 5, 7], skip: [3, 10, 14]}", "{out_channels: 5, padding: 1, norm: true}"),
    ],
}


class Ran(NamedTuple):
    """The costs of a block, and the names that its formulas may use."""

    counts: Mapping[str, int]
    names: dict[str, Any]


def sizes(name: str, shape: tuple[int, ...]) -> dict[str, int]:
    axes = ("length",) if len(shape) == 2 else ("height", "width")
    found = {f"{name}_{axis}": size for axis, size in zip(axes, shape[1:], strict=True)}
    found |= {f"{name}_channels": shape[0], f"{name}_positions": prod(shape[1:])}
    return {**found, f"{name}_features": shape[-1]}


def call(block: str, shapes: str, arguments: str) -> Network:
    several = shapes.startswith("{")
    given = "".join(f", {word}: {value}" for word, value in yaml.safe_load(arguments).items())
    text = f"{'inputs' if several else 'input'}: {shapes}\nlayers:\n  - {{op: {block}{given}"
    if several:
        text += f", from: [{', '.join(yaml.safe_load(shapes))}]"
    return network((text + "}\n").replace("True", "true").replace("False", "false"))


def evaluate(text: str, names: dict[str, Any]) -> Any:
    known = {"floor": math.floor, "true": True, "false": False}
    return eval(text, {"__builtins__": {}}, {**known, **names})


def run(block: str, shapes: str, arguments: str) -> Ran:
    found = convcost.analyze(call(block, shapes, arguments))
    (output,) = found.network.outputs.values()
    names: dict[str, Any] = sizes("out", output.sample_shape)
    for name, tensor in found.network.inputs.items():
        names |= sizes("in" if len(found.network.inputs) == 1 else name, tensor.sample_shape)
    given = yaml.safe_load(arguments)
    declared = yaml.safe_load((FOLDER / f"{block}.yaml").read_text()).get("args", {})
    for word, default in declared.items():
        value = given.get(word, default)
        names[word] = evaluate(value, names) if isinstance(value, str) else value
    return Ran(found.totals, names)


def formulas(block: str) -> dict[str, str]:
    head = (FOLDER / f"{block}.yaml").read_text().partition("\ndoc:")[0]
    return {name: text.replace("\n#", "") for name, text in FORMULA.findall(head)}


def test_there_are_calls_of_each() -> None:
    assert sorted(CALLS) == sorted(path.stem for path in FOLDER.glob("*.yaml"))


@pytest.mark.parametrize("block", CALLS)
def test_a_block_opens_with_a_picture_and_its_formulas(block: str) -> None:
    lines = (FOLDER / f"{block}.yaml").read_text().splitlines()
    head = [line for line in lines[: lines.index("#", 1)] if line.startswith("#")]
    assert any("--" in line for line in head)
    assert formulas(block).keys() >= {"params", "macs"}


@pytest.mark.parametrize(
    ("block", "shapes", "arguments"),
    [
        pytest.param(block, *asked, id=f"{block}-{number}")
        for block, calls in CALLS.items()
        for number, asked in enumerate(calls)
    ],
)
def test_a_block_costs_what_its_formulas_say(block: str, shapes: str, arguments: str) -> None:
    ran = run(block, shapes, arguments)
    names = ran.names
    for name, formula in formulas(block).items():
        names[name] = evaluate(formula, names)
    assert (names["params"], names["macs"]) == (ran.counts["params"], ran.counts["macs"])
