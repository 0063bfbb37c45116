"""Every figure of tests/data/worked_examples.yaml is shown by a command on a spec of its name.

What no command shows yet is listed with the reason, so that nothing is left out in silence.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, cast

import pytest
import yaml
from running import ROOT, Ran

Run = Callable[..., Ran]

FILE = ROOT / "tests" / "data" / "worked_examples.yaml"
FIGURES: dict[tuple[str, str], Any] = {
    (example, name): figure
    for example, figures in yaml.safe_load(FILE.read_text()).items()
    for name, figure in figures.items()
}

NOT_YET: dict[tuple[str, str], str] = {}


class Shown:
    """The layers of an example, as ``convcost analyze --format json`` prints them."""

    def __init__(self, run: Run, example: str, *options: str) -> None:
        spec = ROOT / "specs" / "examples" / f"{example}.yaml"
        code, out, err = run("analyze", spec, "--format", "json", *options)
        assert (code, err) == (0, "")
        self.layers = {layer["name"]: layer for layer in json.loads(out)["layers"]}

    def total(self, metric: str, part: str) -> int:
        """The sum of a metric over a layer, or over what is called so."""
        found = [
            layer[metric]
            for name, layer in self.layers.items()
            if f"{name}.".startswith(f"{part}.")
        ]
        assert found
        return sum(found)

    def field(self, layer: str) -> int:
        (size,) = {axis["size"] for axis in self.layers[layer]["receptive_field"]}
        return size

    def last(self, part: str) -> str:
        """The last layer of what is called so."""
        return [name for name in self.layers if f"{name}.".startswith(f"{part}.")][-1]

    def output(self, layer: str) -> list[int]:
        return self.layers[layer]["output_shape"]


def spatially_separable(run: Run) -> dict[str, Any]:
    shown = Shown(run, "spatially_separable")
    other = Shown(run, "spatially_separable", "--set", "horizontal_first=true")
    assert list(other.layers)[1:] == ["separable.first_horizontal", "separable.vertical"]

    def limit(kernel: int) -> float:
        large = Shown(
            run, "spatially_separable", "--set", f"kernel={kernel}", "--input", "1x9999x9999"
        )
        return round(
            large.total("multiplies", "separable") / large.total("multiplies", "standard"), 3
        )

    return {
        "standard_multiplies": shown.total("multiplies", "standard"),
        "vertical_multiplies": shown.total("multiplies", "separable.vertical"),
        "horizontal_multiplies": shown.total("multiplies", "separable.horizontal"),
        "separable_multiplies": shown.total("multiplies", "separable"),
        "other_order_multiplies": other.total("multiplies", "separable"),
        "standard_parameters": shown.total("params", "standard"),
        "separable_parameters": shown.total("params", "separable"),
        "limit_of_3x3": limit(3),
        "limit_of_5x5": limit(5),
    }


def depthwise_separable_small(run: Run) -> dict[str, Any]:
    shown = Shown(run, "depthwise_separable_small")
    assert shown.output("standard") == shown.output("separable.pointwise")

    def gain(kernel: int) -> float:
        many = Shown(
            run,
            "depthwise_separable_small",
            *("--set", "filters=1000000", "--set", f"kernel={kernel}"),
        )
        return round(
            many.total("multiplies", "standard") / many.total("multiplies", "separable"), 2
        )

    return {
        "output": shown.output("standard"),
        "standard_multiplies": shown.total("multiplies", "standard"),
        "depthwise_multiplies": shown.total("multiplies", "separable.depthwise"),
        "pointwise_multiplies": shown.total("multiplies", "separable.pointwise"),
        "gain_of_3x3": gain(3),
        "gain_of_5x5": gain(5),
    }


def depthwise_separable(run: Run) -> dict[str, Any]:
    shown = Shown(run, "depthwise_separable")
    assert shown.output("standard") == shown.output("separable.pointwise")
    standard, separable = (shown.total("multiplies", part) for part in ("standard", "separable"))
    return {
        "output": shown.output("standard"),
        "standard_multiplies": standard,
        "depthwise_multiplies": shown.total("multiplies", "separable.depthwise"),
        "pointwise_multiplies": shown.total("multiplies", "separable.pointwise"),
        "separable_multiplies": separable,
        "ratio": round(separable / standard, 4),
    }


def depthwise_separable_4x4(run: Run) -> dict[str, Any]:
    shown = Shown(run, "depthwise_separable_4x4")
    return {
        "after_depthwise": shown.output("depthwise"),
        "after_pointwise": shown.output("pointwise"),
    }


def inception_branch(run: Run) -> dict[str, Any]:
    shown = Shown(run, "inception_branch")
    assert shown.output("direct") == shown.output("factored.spatial") == [256, 28, 28]
    return {
        "direct_parameters": shown.total("params", "direct"),
        "reduce_parameters": shown.total("params", "factored.reduce"),
        "spatial_parameters": shown.total("params", "factored.spatial"),
        "factored_parameters": shown.total("params", "factored"),
    }


def bottleneck(run: Run) -> dict[str, Any]:
    shown = Shown(run, "bottleneck")
    assert shown.output("direct") == shown.output("bottleneck.expand")
    return {
        "direct_parameters": shown.total("params", "direct"),
        "reduce_parameters": shown.total("params", "bottleneck.reduce"),
        "spatial_parameters": shown.total("params", "bottleneck.spatial"),
        "expand_parameters": shown.total("params", "bottleneck.expand"),
        "bottleneck_parameters": shown.total("params", "bottleneck"),
    }


def small_kernel_stacks(run: Run) -> dict[str, Any]:
    shown = Shown(run, "small_kernel_stacks")
    parts = ("one_5x5", "two_3x3", "one_7x7", "three_3x3")
    return {
        **{f"{part}_weights": shown.total("params", part) for part in parts},
        **{f"{part}_field": shown.field(shown.last(part)) for part in parts},
    }


def dilated_stack(run: Run) -> dict[str, Any]:
    shown = Shown(run, "dilated_stack")
    stack = [f"stack.{number}" for number in range(3)]
    return {
        "fields": [shown.field(layer) for layer in stack],
        "weights": [shown.total("params", layer) for layer in stack],
        "effective_kernels": [shown.field(f"alone.rate_{rate}") for rate in (1, 2, 4)],
    }


def hybrid_dilated(run: Run) -> dict[str, Any]:
    def ran(command: str, rates: str, *options: str) -> str:
        first, second, third = rates.split("_")[:3]
        teeth = len(rates.split("_")) // 3
        asked = (f"first={first}", f"second={second}", f"third={third}", f"teeth={teeth}")
        settings = [word for setting in asked for word in ("--set", setting)]
        spec = ROOT / "specs" / "examples" / "hybrid_dilated.yaml"
        code, out, err = run(command, spec, *settings, *options)
        assert (code, err) == (0, "")
        return out

    def holes(rates: str) -> bool:
        """As rf says, and as was measured."""
        rows = r"  reads of input axis 1 +(\S.*?)  +(\S.*?)  agrees"
        *_, reads = re.finditer(rows, ran("verify", rates))
        assert reads[1] == reads[2]
        unit = reads[1].split("; ")[0]
        (stack,) = json.loads(ran("rf", rates, "--format", "json"))["stacks"]
        assert stack["holes"] == ("," in unit)  # more than one run of positions
        return stack["holes"]

    def second_distance(rates: str) -> int:
        found = re.search(r" M_2 = (\d+) ", ran("rf", rates))
        assert found
        return int(found[1])

    every = ("1_2_5", "1_2_9", "2_4_6", "2_2_2", "1_2_5_1_2_5")
    return {
        **{f"holes_{rates}": holes(rates) for rates in every},
        **{f"M2_{rates}": second_distance(rates) for rates in every},
    }


def transposed(run: Run) -> dict[str, Any]:
    shown = Shown(run, "transposed")
    spec = ROOT / "specs" / "examples" / "transposed.yaml"

    def matrix(layer: str) -> list[int]:
        code, out, err = run("explain", spec, layer, "--matrix", "--format", "json")
        assert (code, err) == (0, "")
        rows = json.loads(out)["matrix"]
        return [len(rows), *{len(row) for row in rows}]

    return {
        "matrix_of_the_convolution": matrix("back"),
        "matrix_of_the_transposed": matrix("stride_1"),
        "stride_1_output": shown.output("stride_1"),
        "stride_2_output": shown.output("stride_2"),
        "stride_1_as_convolution": shown.output("bordered"),
        "stride_2_as_convolution": shown.output("inserted"),
    }


def transposed_readings(run: Run) -> dict[str, Any]:
    shown = Shown(run, "transposed_readings")
    assert shown.output("scatter") == shown.output("zero_insertion")
    return {
        "output": shown.output("scatter"),
        "scatter": shown.total("macs", "scatter"),
        "in_bounds": shown.total("macs_in_bounds", "scatter"),
        "zero_insertion": shown.total("macs", "zero_insertion"),
    }


def convolution_beside_dense(run: Run) -> dict[str, Any]:
    shown = Shown(run, "convolution_beside_dense")
    return {
        "output": shown.output("convolution"),
        "convolution_weights": shown.total("params", "convolution"),
        "convolution_connections": shown.total("macs", "convolution"),
        "dense_weights": shown.total("params", "dense"),
        "dense_connections": shown.total("macs", "dense"),
    }


def deformable(run: Run) -> dict[str, Any]:
    shown, wider = Shown(run, "deformable"), Shown(run, "deformable", "--input", "3x8x8")
    samples = 9 * 8 * 8  # of the one channel more

    def of_a_sample(metric: str) -> float:
        """The cost of one more channel, less its products (or their sums) in the convolution."""
        more, products = (
            wider.total(name, "deformable") - shown.total(name, "deformable")
            for name in (metric, "macs")
        )
        return (more - products) / samples

    return {
        "offset_channels": shown.output("offsets")[0],
        "modulated_channels": shown.output("steering")[0],
        "multiplies_of_a_sample": of_a_sample("multiplies"),
        "adds_of_a_sample": of_a_sample("adds"),
    }


def weight_layout(run: Run) -> dict[str, Any]:
    shown = Shown(run, "weight_layout")
    return {name: layer["weights"]["weight"] for name, layer in shown.layers.items()}


EXAMPLES: dict[str, Callable[[Run], dict[str, Any]]] = {
    function.__name__: function
    for function in (
        spatially_separable,
        depthwise_separable_small,
        depthwise_separable,
        depthwise_separable_4x4,
        inception_branch,
        bottleneck,
        small_kernel_stacks,
        dilated_stack,
        hybrid_dilated,
        transposed,
        transposed_readings,
        convolution_beside_dense,
        deformable,
        weight_layout,
    )
}


def test_an_example_has_a_spec_and_a_spec_its_figures():
    specs = {path.stem for path in (ROOT / "specs" / "examples").glob("*.yaml")}
    assert specs == set(EXAMPLES) == {name for name, _ in FIGURES.keys() - NOT_YET.keys()}


@pytest.mark.parametrize("example", EXAMPLES)
def test_a_command_shows_every_figure(run: Run, example: str):
    wanted = {name: figure for (of, name), figure in FIGURES.items() if of == example}
    shown = EXAMPLES[example](run)
    assert shown == {name: wanted[name] for name in wanted if (example, name) not in NOT_YET}


@pytest.mark.parametrize("example", EXAMPLES)
def test_verify_confirms_the_spec(run: Run, example: str):
    code, out, err = run("verify", ROOT / "specs" / "examples" / f"{example}.yaml")
    assert (code, err) == (0, "")
    assert re.search(r"all [\d,]+ checks of [\d,]+ layers agree", out)


TOUR = (ROOT / "docs" / "tour.md").read_text()


def written(name: str, figure: object) -> list[str]:
    """How a report prints a figure; nothing for what it says in words or takes two reports."""
    if isinstance(figure, bool | float) or name.startswith("gain"):
        return []
    if isinstance(figure, int):
        return [f"M_2 = {figure}" if name.startswith("M2") else f"{figure:,}"]
    assert isinstance(figure, list)
    parts = cast("list[object]", figure)
    sizes = list(map(str, parts))
    if name in ("fields", "weights", "effective_kernels"):
        return sizes
    return [str(parts) if name.startswith("conv") else "x".join(sizes)]


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_tour_shows_every_figure(example: str):
    """In what one of its commands on the example's spec prints."""
    printed = "".join(
        output
        for command, output in re.findall(r"\$ convcost (.*?)\n(.*?)```", TOUR, re.DOTALL)
        if f"examples/{example}" in command.split()
    )
    for (of, name), figure in FIGURES.items():
        if of == example and not (of == "hybrid_dilated" and name.endswith("1_2_5_1_2_5")):
            for text in written(name, figure):
                assert re.search(rf"(?<![\d,]){re.escape(text)}(?![\d,])", printed), (name, text)
