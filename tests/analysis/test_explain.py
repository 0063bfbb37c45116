"""Formulas that explain an op, or a layer, say what is counted.

Every formula is evaluated here, by Python, from the text that is printed.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from in_format import in_format, lines_of
from op_examples import layers

import convcost
from convcost.analysis.explain.blocks import blocks, explain_block
from convcost.analysis.explain.layer import explain_layer, explain_op, requirement
from convcost.analysis.explain.symbols import Symbols
from convcost.analysis.explain.topics import explain
from convcost.metrics import OF_OPS
from convcost.network import Network
from convcost.ops import OPS, op_class
from convcost.ops.fields import build
from convcost.ops.op import examples, input_names
from convcost.render.formats.formulas.latex import expression
from convcost.render.reports.explain.page import written
from convcost.render.reports.explain.report import report
from convcost.tensor import Tensor

if TYPE_CHECKING:
    from op_examples import Example

    from convcost.analysis.explain.formula import Formula
    from convcost.analysis.explain.layer import Explanation
    from convcost.network import Layer

ROOT = Path(__file__).parent.parent.parent
SPECS = [*sorted((ROOT / "specs").rglob("*.yaml")), *sorted(ROOT.glob("tests/data/onnx/*.onnx"))]
SEEN: set[Any] = set()
KNOWN = {"min": min, "max": max, "sum": sum, "range": range}


def value(text: str, **numbers: int) -> int:
    return eval(text, {"__builtins__": {}, **KNOWN, **numbers})


def confirmed(formula: Formula) -> dict[str, int]:
    """The formula's results by axis, each from its text and from its text with numbers."""
    found: dict[str, int] = {}
    for (axis, numbers), worked in zip(formula.values, formula.worked, strict=True):
        assert worked.axis == axis
        assert value(formula.text, **numbers) == value(worked.numbers) == worked.value, formula
        found[axis] = worked.value
    return found


def figure(formula: Formula) -> int:
    return confirmed(formula)[""]


def check(found: Explanation, layer: Layer) -> None:
    """All of a layer's formulas give what the op says of these numbers."""
    op, shapes = layer.op, layer.input_shapes
    costs = {formula.name: figure(formula) for formula in found.costs}
    for metric in OF_OPS:
        counted: Any = getattr(op, metric)(*shapes)
        default = costs.get("macs", 0) if metric == "macs_in_bounds" else 0
        assert costs.get(metric, default) == counted, metric
    assert costs.get("flops", 0) == 2 * costs.get("macs", 0)
    sizes = {weight.role: figure(weight.size) for weight in found.weights}
    for arrays, total in ((op.weights(*shapes), "params"), (op.buffers(*shapes), "buffers")):
        for role, shape in arrays.items():
            (weight,) = (weight for weight in found.weights if weight.role == role)
            assert tuple(map(figure, weight.layout)) == shape
        assert sizes.get(total, 0) == sum(sizes[role] for role in arrays)
    for reading in found.readings:
        assert figure(reading) == getattr(op, reading.name)(*shapes)
    for formula in (*found.where, *found.same):
        assert confirmed(formula)
    out: Any = op.outputs(*shapes)[0]
    axes = {"height": -2, "width": -1, "length": -1, "depth": -3}
    for formula in found.lengths:
        for axis, length in confirmed(formula).items():
            assert length == (out[axes[axis]] if formula.name == "out" else length)
            assert length in out
    assert text_of(found)


def text_of(found: Explanation) -> str:
    shown = lines_of(report(found), 80)
    assert max(map(len, shown)) <= 80
    return "\n".join(shown)


def layer_of(name: str, example: Example) -> tuple[Network, Layer]:
    """A network of one layer, full shapes given."""
    fields, shapes = example
    op = build(op_class(name), len(shapes[0]) - 2 if shapes else 0, fields)
    network = Network("one layer")
    inputs = [Tensor(f"input{n}", tuple(shape)) for n, shape in enumerate(shapes)]
    return network, network.add("layer", op, inputs)


@pytest.mark.parametrize(
    ("name", "example"),
    [(name, e) for name in OPS for e in layers(name)],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_formulas_of_every_example_give_what_the_op_counts(name: str, example: Example) -> None:
    network, layer = layer_of(name, example)
    check(explain_layer(network, "layer"), layer)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_every_layer_of_a_spec_is_explained_by_what_analyze_counts(spec: Path) -> None:
    analysis = convcost.analyze(convcost.load(str(spec)))
    for cost in analysis.layers:
        if (cost.layer.op, cost.layer.input_shapes) in SEEN:  # formulas are of these alone
            continue
        SEEN.add((cost.layer.op, cost.layer.input_shapes))
        found = explain_layer(analysis.network, cost.name)
        counted = {formula.name: figure(formula) for formula in found.costs}
        counted |= {weight.role: figure(weight.size) for weight in found.weights}
        if all(weight.owner is None for weight in found.weights):
            assert counted.get("params", 0) == cost.counts["params"]
            assert counted.get("buffers", 0) == cost.counts["buffers"]
        for metric in (*OF_OPS, "flops"):
            default = counted.get("macs", 0) if metric == "macs_in_bounds" else 0
            assert counted.get(metric, default) == cost.counts[metric], (cost.name, metric)


@pytest.mark.parametrize("name", OPS)
def test_every_op_is_explained(name: str) -> None:
    found = explain_op(name)
    assert found.doc[0]
    assert found.output_says
    assert "x0" not in text_of(found)
    assert len(found.output) == 1 or name in ("split", "topk")
    for variant in found.variants:
        assert variant.formulas
        for formula in variant.formulas:
            assert formula.text == "0" or confirmed(formula)


@pytest.mark.parametrize("name", OPS)
def test_the_example_of_an_op_is_a_spec(name: str) -> None:
    found = explain_op(name)
    *inputs, line = written(found)
    if not inputs:
        inputs = ["input: [1, 1]"]
    text = "\n".join((*inputs, "layers:", f"  {line}", ""))
    network = convcost.load("net.yaml", read=lambda _: text.encode())
    assert network.layers[0].op == found.exact
    assert network.layers[0].input_shapes == found.inputs
    check(explain_layer(network, network.layers[0].name), network.layers[0])


def test_every_input_of_an_example_has_a_name() -> None:
    assert all(
        len(example.shapes) == len(input_names(op_class(name), len(example.shapes)))
        for name in OPS
        for example in examples(op_class(name))
    )


def test_formulas_do_not_depend_on_the_numbers_they_were_made_with() -> None:
    """Those of two layers that differ in every number are the same text."""
    general = explain_op("conv")
    for out, kernel, stride, shape in ((6, 5, 3, (1, 4, 31, 37)), (9, 2, 1, (1, 3, 5, 7))):
        fields = {"out_channels": out, "kernel_size": kernel, "stride": stride, "padding": [1, 0]}
        network, _ = layer_of("conv", (fields, [shape]))
        found = explain_layer(network, "layer")
        for part in ("costs", "lengths", "where", "output", "requires"):
            texts = [getattr(f, "text", f) for f in getattr(found, part)]
            assert texts == [getattr(f, "text", f) for f in getattr(general, part)]


def test_a_product_that_divides_keeps_its_factors() -> None:
    _, layer = layer_of("max_pool", ({"kernel_size": 2}, [(1, 2, 6, 8)]))
    short = Symbols(layer.op, layer.input_shapes).short
    assert short("2 * out_height * out_width + 1") == "2 * out_positions + 1"
    assert short("9 // (out_height * out_width)") == "9 // out_positions"
    assert short("9 // out_height * out_width") == "9 // out_height * out_width"
    assert short("9 % out_height * out_width") == "9 % out_height * out_width"


def test_what_is_required_is_said_as_a_person_would() -> None:
    assert requirement("-(a % b)") == "a % b == 0"
    assert requirement("min(a, b + 1) - max(a, b + 1)") == "a == b + 1"
    assert requirement("min(a, b) - max(a, c)") == "min(a, b) >= max(a, c)"
    assert requirement("n + p - (k - 1)") == "n + p >= k - 1"
    assert requirement("min(a, b)") == "min(a, b) >= 0"
    either = "max(min(a, 1) - max(a, 1), min(a, c) - max(a, c))"
    assert requirement(either) == "a == 1 or a == c"
    assert requirement("0") == ""
    assert requirement("max(0, 1 - h)") == ""
    assert requirement("max(min(n, 1) - max(n, 1), 1 - min(n, 1))") == ""


def test_products_over_one_axis_have_no_name() -> None:
    """A kernel of one axis is `kernel`, of two `taps`."""
    for size, named in (("16", False), ("16, 16", True)):
        text = f"input: [4, {size}]\nlayers: [{{op: conv, out_channels: 8, kernel_size: 3}}]\n"
        network = convcost.load("one.yaml", read=lambda _, text=text: text.encode())
        found = explain_layer(network, "conv1")
        assert ("taps" in [formula.name for formula in found.where]) == named
        assert any("kernel" in formula.text for formula in (*found.costs, *found.where))


def test_requirements_hold_where_conditions_do() -> None:
    assert explain_op("conv").requires == (
        "in_channels % groups == 0",
        "out_channels % groups == 0",
        "n + before + after >= dilation * (kernel - 1) + 1",
    )
    assert explain_op("deform_conv").requires[-1] == "offset_channels == 2 * taps * offset_groups"
    assert explain_op("matmul").requires == ()


def test_the_textbook_transposed_convolution_in_all_its_readings() -> None:
    """2x2 to 4x4 with 3x3: a 4x16 matrix; 8 to 12 channels on 16x16 as in specs/examples, where a
    convolution of the input with zeros between counts 1,572,864."""
    small = {"out_channels": 1, "kernel_size": 3, "bias": False}
    found = explain_layer(layer_of("conv_transpose", (small, [(1, 1, 2, 2)]))[0], "layer")
    assert {f.name: figure(f) for f in found.readings} == {"zero_insertion": 144, "matrix": 64}
    fields = {"out_channels": 12, "kernel_size": 4, "stride": 2, "padding": 1, "bias": False}
    found = explain_layer(layer_of("conv_transpose", (fields, [(1, 8, 16, 16)]))[0], "layer")
    counts = {f.name: figure(f) for f in (*found.costs, *found.readings)}
    assert counts["macs"] == 393216
    assert counts["macs_in_bounds"] == 369024
    assert counts["zero_insertion"] == 1572864
    assert counts["matrix"] == 8 * 16 * 16 * 12 * 32 * 32


def test_readings_of_a_transposed_layer_are_those_of_groups_apart() -> None:
    fields = {"out_channels": 6, "kernel_size": 3, "stride": 2, "groups": 2}
    both = explain_layer(layer_of("conv_transpose", (fields, [(2, 4, 5, 3)]))[0], "layer")
    one = fields | {"out_channels": 3, "groups": 1}
    apart = explain_layer(layer_of("conv_transpose", (one, [(2, 2, 5, 3)]))[0], "layer")
    for whole, half in zip(both.readings, apart.readings, strict=True):
        assert figure(whole) == 2 * figure(half)


def test_shared_weights_are_counted_where_they_stand_first() -> None:
    text = b"input: [2, 5, 5]\nlayers:\n  - {op: conv, name: a, out_channels: 2, kernel_size: 1}\n"
    text += b"  - {op: conv, name: b, out_channels: 2, kernel_size: 1, share: a}\n"
    network = convcost.load("net.yaml", read=lambda _: text)
    owners = [weight.owner for weight in explain_layer(network, "b").weights]
    assert owners == ["a", "a", None]
    assert {weight.owner for weight in explain_layer(network, "a").weights} == {None}
    assert "shared, and counted in a" in text_of(explain_layer(network, "b"))


def test_every_block_is_explained() -> None:
    for name in blocks():
        found = explain_block(name)
        assert found.doc
        assert "--" in found.picture
        assert "=" not in found.picture.split("\n")[0]
        assert [f.name for f in found.formulas][-2:] == ["params", "macs"]
        assert found.layers.startswith("layers:")
        assert not any("params =" in note for note in found.notes)


def test_a_block_has_its_arguments_and_formulas() -> None:
    found = explain_block("squeeze_excite")
    args = [("ratio", "16"), ("channels", "in_channels"), ("mid", "channels // ratio")]
    assert found.args == args
    assert [f"{f.name} = {f.text}" for f in found.formulas] == [
        "params = 2 * channels * mid + channels + mid",
        "macs = 2 * channels * mid",
    ]
    assert explain_block("bottleneck").args[0] == ("width", None)
    assert found.paper.endswith("arXiv 1709.01507")


# LaTeX


def balanced(text: str) -> bool:
    plain = text.replace(r"\{", "").replace(r"\}", "")
    depth = 0
    for c in plain:
        depth += {"{": 1, "}": -1}.get(c, 0)
        assert depth >= 0
    lefts, rights = (len(re.findall(rf"\\{side}\b", text)) for side in ("left", "right"))
    opened, closed = (re.findall(rf"\\{word}{{([a-z]+\*?)}}", text) for word in ("begin", "end"))
    return depth == 0 and lefts == rights and sorted(opened) == sorted(closed)


@pytest.mark.parametrize("name", [*OPS, *blocks(), "macs"])
def test_latex_is_balanced(name: str) -> None:
    text = in_format(report(explain(name)), "latex")
    assert balanced(text)
    formulas = [line for line in text.split("\n") if not line.startswith("%")]
    assert not re.search(r"(?<!\\)[%#$]|//|\*(?!})", "\n".join(formulas))
    assert in_format(report(explain(name)), "json").startswith('{\n  "convcost": 1,')
    assert in_format(report(explain(name)), "markdown").startswith("## ")


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("a * b", r"a \cdot b"),
        ("a_b // kernel", r"\left\lfloor \frac{\text{a\_b}}{\text{kernel}} \right\rfloor"),
        ("-(-a // b)", r"\left\lceil \frac{a}{b} \right\rceil"),
        ("-(a // b)", r"-\left\lfloor \frac{a}{b} \right\rfloor"),
        ("(a + 1) * (b - 2)", r"\left( a + 1 \right) \cdot \left( b - 2 \right)"),
        ("a - (b - c)", r"a - \left( b - c \right)"),
        ("a - b * c", r"a - b \cdot c"),
        ("a * (b % c)", r"a \cdot \left( b \bmod c \right)"),
        ("max(a, 0) - min(b, 1)", r"\max\left( a, 0 \right) - \min\left( b, 1 \right)"),
        ("sum(t + 1 for t in range(k))", r"\sum_{t=0}^{k - 1} \left( t + 1 \right)"),
        ("sum(t for t in range(2)) * 2", r"\left( \sum_{t=0}^{2 - 1} t \right) \cdot 2"),
        ("floor(a / 2) ** 2", r"\left\lfloor \frac{a}{2} \right\rfloor^{2}"),
        ("a if b else c", r"\begin{cases} a & \text{if } b \\ c & \text{otherwise} \end{cases}"),
        ("(s != 1) * c", r"\left[ s \neq 1 \right] \cdot c"),
    ],
)  # fmt: skip
def test_expressions_as_latex(text: str, latex: str) -> None:
    assert expression(text) == latex


@pytest.mark.parametrize("text", ["a @ b", "a[0]", "f(a)", "a if", "max(a, key=b) @ c"])
def test_what_is_no_formula_is_refused(text: str) -> None:
    with pytest.raises((ValueError, SyntaxError)):
        expression(text)
