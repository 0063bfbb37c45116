"""Traits that an op declares, for rules that do not know its name, are those of its kernel; and no
rule asks for the name instead."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from op_examples import network_of

from convcost.execution.forward import kernel_fields, stored
from convcost.executor.kernels import KERNELS, STORED
from convcost.executor.namespace import Plain
from convcost.ops import OPS, place
from convcost.ops.op import position_by_position

PACKAGE = Path(__file__).parent.parent.parent / "convcost"
GENERAL = {"dims", "example", "fields", "kinds", "op"}  # modules of convcost.ops that hold no op
MAKERS = ("importers", "ops")  # rooms that are, or make, ops
SELDOM_BETWEEN = {  # bend a map and keep its shape, but stand nowhere between convolutions
    *("layer_norm", "rms_norm", "lp_norm", "softmax", "log_softmax"),
    *("pow", "abs", "exp", "sqrt", "reciprocal", "log", "erf", "sin", "cos"),
    *("floor", "ceil", "round", "sign", "logical_not", "isnan", "isinf", "cast"),
    *("tan", "asin", "acos", "atan", "sinh", "cosh", "asinh", "acosh", "atanh"),
}
OF_THE_LANGUAGE = {"spec/apply.py"}  # layers that share weights are of one op


class Bench:
    """The kernel of an op on its example."""

    def __init__(self, name: str) -> None:
        assert name in KERNELS, f"give `{name}` a line in KERNELS of convcost/executor/kernels.py"
        (self.layer,) = network_of(name).layers
        self.kernel: Any = KERNELS[name]
        self.op, self.shapes = self.layer.op, self.layer.input_shapes
        self.rng = np.random.default_rng(0)
        self.weights = {
            role: np.abs(self.rng.normal(size=weight.shape)) + 0.5
            for role, weight in stored(self.layer, self.shapes).items()
        }

    def inputs(self) -> list[Any]:
        return [self.rng.integers(-9, 9, size=shape).astype(float) for shape in self.shapes]

    def run(self, *inputs: Any) -> Any:
        with np.errstate(all="ignore"):
            made = self.kernel(Plain(), *inputs, **self.weights, **kernel_fields(self.layer))
        return cast("tuple[Any, ...]", made)[0] if isinstance(made, tuple) else made

    def affine(self) -> bool:
        """Whether a mean of two inputs makes the mean of what they make."""
        (a,), (b,) = self.inputs(), self.inputs()
        with np.errstate(invalid="ignore"):
            mean = (self.run(a) + self.run(b)) / 2
        return not self.same(a, b) and np.allclose(self.run((a + b) / 2), mean, equal_nan=True)

    def alike_everywhere(self) -> bool:
        """Whether all positions of a map are treated alike."""
        (x,) = self.inputs()
        axes = range(2, x.ndim)
        moved = self.run(np.roll(x, 1, axes))
        return np.allclose(moved, np.roll(self.run(x), 1, axes), equal_nan=True)

    def has_one_matrix(self) -> bool:
        """Whether longer maps have no more weights."""
        longer = [
            (*shape[:-1], 2 * shape[-1]) if len(shape) > 3 else shape for shape in self.shapes
        ]
        return self.op.weights(*longer) == self.op.weights(*self.shapes)

    def same(self, a: Any, b: Any) -> bool:
        """Whether nothing differs between two inputs: it is asked about what neither has."""
        return np.array_equal(self.run(a), self.run(b), equal_nan=True)

    @property
    def keeps_shape(self) -> bool:
        return len(self.shapes) == 1 and self.layer.outputs[0].shape == self.shapes[0]


@pytest.mark.parametrize("name", OPS)
def test_kernels_get_the_arrays_that_the_op_learns(name: str) -> None:
    (layer,) = network_of(name).layers
    if layer.weights:
        assert name in STORED, f"give `{name}` a line in STORED of convcost/executor/kernels.py"


@pytest.mark.parametrize("name", OPS)
def test_what_rescales_says_so(name: str) -> None:
    bench = Bench(name)
    if bench.keeps_shape and not bench.op.macs(*bench.shapes):
        own = bench.op.reads(*bench.shapes) == (position_by_position(len(bench.shapes[0])),)
        found = own and bench.affine() and bench.alike_everywhere()
        assert bench.op.rescales == found, f"`rescales` in {place(name)}"
    else:
        assert not bench.op.rescales, f"`rescales` in {place(name)}"


@pytest.mark.parametrize("name", OPS)
def test_what_is_a_weight_times_the_input_says_so(name: str) -> None:
    bench = Bench(name)
    found = "weight" in bench.weights and bench.op.macs(*bench.shapes) and len(bench.shapes) == 1
    found = found and bench.has_one_matrix()
    assert bench.op.weighs_taps == bool(found and bench.affine()), f"`weighs_taps` in {place(name)}"


@pytest.mark.parametrize("name", OPS)
def test_what_sums_its_inputs_says_so(name: str) -> None:
    bench = Bench(name)
    inputs = bench.inputs()
    sums = False
    if len(inputs) > 1 and len(set(bench.shapes)) == 1:
        made = bench.run(*inputs)
        total: Any = sum(inputs)
        sums = made.shape == total.shape and np.allclose(made, total)
    assert bench.op.sums_inputs == sums, f"`sums_inputs` in {place(name)}"


@pytest.mark.parametrize("name", OPS)
def test_what_takes_means_away_says_so(name: str) -> None:
    bench = Bench(name)
    if not bench.keeps_shape or len(bench.shapes[0]) < 3:
        return
    (x,) = bench.inputs()
    shifts = bench.rng.normal(size=(x.shape[1], *[1] * (x.ndim - 2)))
    taken = np.allclose(bench.run(x), bench.run(x + shifts), atol=1e-6)
    taken = taken and not bench.same(x, *bench.inputs())
    said = bench.op.averages_taken(x.shape)
    assert said == "batch" or taken == (said == "sample"), f"`averages_taken` in {place(name)}"


@pytest.mark.parametrize("name", OPS)
def test_what_stands_between_convolutions_says_so(name: str) -> None:
    bench = Bench(name)
    if bench.op.follows_convolutions:
        assert bench.keeps_shape, f"`follows_convolutions` in {place(name)}"
    elif bench.keeps_shape and not bench.affine():
        assert name in SELDOM_BETWEEN, (
            f"is `{name}` a norm or an activation between convolutions? Then "
            f"`follows_convolutions` in {place(name)}; else a word in SELDOM_BETWEEN of "
            "tests/ops/test_traits.py"
        )


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.stem)
def test_nobody_asks_which_op_it_is(path: Path) -> None:
    """Outside of the rooms that make ops, no name is compared and no class tried."""
    where = path.relative_to(PACKAGE).as_posix()
    if where.startswith(MAKERS) or where in OF_THE_LANGUAGE:
        return
    tree = ast.parse(path.read_text())
    classes = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("convcost.ops.")
        if cast("str", node.module).split(".")[2] not in GENERAL
        for alias in node.names
    }
    for node in ast.walk(tree):
        text = ast.unparse(node) if isinstance(node, ast.Compare | ast.Call) else ""
        if isinstance(node, ast.Compare):
            assert "op_name(" not in text, f"{where}: a trait of `Op` for `{text}`"
        if isinstance(node, ast.Call) and text.startswith("isinstance("):
            tried = {name.id for name in ast.walk(node.args[1]) if isinstance(name, ast.Name)}
            assert not tried & classes, f"{where}: a trait of `Op` for `{text}`"
