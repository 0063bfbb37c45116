"""Networks as modules of PyTorch: what is written, without PyTorch. ``benchmarks/round_trip.py``
runs it there."""

from __future__ import annotations

import ast
import csv
import random
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fake_torch import counted
from op_examples import layers, made
from random_graphs import grown

import convcost
from convcost.errors import ConvcostError
from convcost.exporters import written
from convcost.network import Network
from convcost.ops import OPS, op_class
from convcost.ops.fields import build
from convcost.tensor import Tensor, Weight

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent.parent
DATA = ROOT / "tests" / "data" / "torch"
SPECS = sorted(
    path.relative_to(ROOT)
    for folder in ("specs", "tests/data/papers")
    for path in (ROOT / folder).rglob("*.yaml")
)
EXPORTED = sorted(DATA.glob("*.pt2"))
WRITTEN = [op for op in OPS if not op_class(op).unwritten]
REFUSED = ("nms", "nonzero")


def loaded(text: str) -> Network:
    return convcost.load("net.yaml", read=lambda _: text.encode())


def torch_of(text: str) -> str:
    return written(loaded(text), "torch").decode()


@cache
def of_spec(path: Path) -> tuple[Network, str]:
    network = convcost.load(ROOT / path)
    return network, written(network, "torch").decode()


@pytest.mark.parametrize("path", SPECS, ids=str)
def test_constructors_make_the_parameters(path: Path) -> None:
    network, text = of_spec(path)
    assert counted(text) == convcost.analyze(network).totals["params"]


@pytest.mark.parametrize("path", SPECS, ids=str)
def test_a_class_runs_what_it_makes(path: Path) -> None:
    _, text = of_spec(path)
    for node in ast.parse(text).body:
        if isinstance(node, ast.ClassDef):
            assert attributes(node, ast.Store) == attributes(node, ast.Load), node.name


def attributes(of: ast.ClassDef, context: type[ast.expr_context]) -> set[str]:
    """The attributes of ``self`` that a class sets, buffers among them, or reads in ``forward``."""
    found: set[str] = set()
    for function in of.body:
        assert isinstance(function, ast.FunctionDef)
        sets = function.name == "__init__"
        for node in ast.walk(function) if sets == (context is ast.Store) else ():
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "self":
                found |= {node.attr} if isinstance(node.ctx, context) else set()
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "self.register_buffer":
                found |= {str(ast.literal_eval(node.args[0]))}
    return found


def test_what_is_written_needs_no_ruff(tmp_path: Path) -> None:
    for path in SPECS:
        (tmp_path / f"{path.parent.name}_{path.stem}.py").write_text(of_spec(path)[1])
    for asked in (
        ["check", "--select", "E,F,W,I,N,B,UP,SIM,RUF,C4,PIE,RET,D2", "--ignore", "N812,D203,D213"],
        ["format", "--check"],
    ):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *asked, "--isolated", "--no-cache", str(tmp_path)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-3000:]


def networks_of(op: str) -> Iterator[Network]:
    """A network of one layer for each example of an op."""
    for example in layers(op):
        network = Network("net")
        inputs = [Tensor(f"in{number}", shape) for number, shape in enumerate(example[1])]
        network.inputs = {tensor.name: tensor for tensor in inputs}
        layer = network.add("layer", made(op, example), inputs)
        network.outputs = {tensor.name: tensor for tensor in layer.outputs}
        yield network


@pytest.mark.parametrize("op", WRITTEN)
def test_every_op_is_said_or_refused(op: str) -> None:
    said = 0
    for network in networks_of(op):
        try:
            text = written(network, "torch").decode()
        except ConvcostError as error:
            head, line = str(error).split("\n")
            assert head == "'net' cannot be written as a module of PyTorch:"
            assert line.startswith(f"  layer 'layer', {op}: ")
        else:
            said += 1
            assert counted(text) == convcost.analyze(network).totals["params"]
    assert (said == 0) == (op in REFUSED)


@pytest.mark.parametrize("seed", range(40))
def test_random_graphs_are_said(seed: int) -> None:
    network = grown(random.Random(seed), padded=bool(seed % 2))
    made = [tensor for layer in network.layers for tensor in layer.outputs]
    unread = [tensor for tensor in made if not network.edges.readers(tensor)]
    network.outputs = {t.name: t for t in (unread if seed % 3 else unread[-1:])}
    text = written(network, "torch").decode()
    assert counted(text) == convcost.analyze(network).totals["params"]
    classes = [node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)]
    for node in classes:
        assert attributes(node, ast.Store) >= attributes(node, ast.Load)
    last = ast.unparse(classes[-1].body[-1]).rpartition("return ")[2]
    returned = ast.parse(last).body[0]
    assert isinstance(returned, ast.Expr)
    several = len(returned.value.elts) if isinstance(returned.value, ast.Tuple) else 1
    assert several in (1, len(network.outputs))


def test_a_network_without_outputs_is_refused() -> None:
    network = loaded("{input: [4], layers: [relu]}")
    network.outputs = {}
    with pytest.raises(ConvcostError, match=r"module of PyTorch:\n  it has no outputs$"):
        written(network, "torch")


# Exported by PyTorch from what is written, and read again.


@pytest.mark.parametrize("path", EXPORTED, ids=lambda path: path.stem)
def test_what_pytorch_exports_of_it_is_the_network(path: Path) -> None:
    rows = csv.DictReader((DATA / "specs.csv").read_text().splitlines())
    sources = {row["name"]: row["spec"] for row in rows}
    network, text = of_spec(Path(sources[path.stem]))
    assert text == path.with_suffix(".txt").read_text(), (
        "run, where torch is installed: PYTHONPATH=. python benchmarks/round_trip.py "
        f"--fixtures tests/data/torch {' '.join(sources.values())}"
    )
    again = convcost.load(path)
    assert [*again.unknown] == []
    ours, theirs = convcost.analyze(network).totals, convcost.analyze(again).totals
    for metric in ("params", "macs", "adds", "comparisons", "transcendentals"):
        assert theirs[metric] == ours[metric], metric
    shapes = [[tensor.shape for tensor in net.outputs.values()] for net in (network, again)]
    assert shapes[0] == shapes[1]


def test_there_are_files_that_pytorch_exported() -> None:
    assert len(EXPORTED) >= 3


# How it reads.

BLOCKS = """
name: two-blocks
input: [3, 32, 32]
layers:
  - name: stage
    layers:
      - {op: conv_bn_relu, name: a, out_channels: 8, kernel_size: 3}
      - {op: conv_bn_relu, name: b, out_channels: 16, kernel_size: 5, stride: 2}
  - op: residual
    body: [{op: conv, out_channels: 16, kernel_size: 3, padding: 1}, relu]
"""


def test_blocks_are_one_class_with_arguments() -> None:
    _, *classes = torch_of(BLOCKS).split("\n\n\n")
    assert classes[0] == CLASS
    assert (
        "self.a = ConvBNReLU(3, 8, 3)\n        self.b = ConvBNReLU(8, 16, 5, stride=2)"
        in classes[1]
    )
    assert classes[2].endswith(RESIDUAL)


CLASS = """class ConvBNReLU(nn.Module):
    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: int, stride: int = 1
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(
            in_channels,
            out_channels,
            kernel_size,
            stride=stride,
            padding=kernel_size // 2,
            bias=False,
        )
        self.norm = nn.BatchNorm2d(out_channels)
        self.act = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        x = self.norm(x)
        return self.act(x)"""
RESIDUAL = """
    def forward(self, x: Tensor) -> Tensor:
        x = self.stage(x)
        y = self.conv(x)
        y = self.relu(y)
        return y + x
"""


REPEATED = """
input: [8, 16, 16]
layers:
  - name: stage
    repeat: 5
    layers:
      - {op: concat_block, name: grow}
blocks:
  concat_block:
    layers:
      - {op: conv, name: new, out_channels: 4, kernel_size: 3, padding: 1, from: input}
      - {op: relu, name: act}
      - {op: concat, from: [input, act]}
"""


def test_what_grows_evenly_is_a_loop() -> None:
    assert "*(ConcatBlock(8 + 4 * i) for i in range(5))" in torch_of(REPEATED)


def test_an_array_of_several_layers_is_one_module() -> None:
    text = torch_of(
        """
input: [4, 8, 8]
layers:
  - {op: conv, name: first, out_channels: 4, kernel_size: 3, padding: 1}
  - {op: conv, name: second, out_channels: 4, kernel_size: 3, padding: 1, share: first}
"""
    )
    assert text.count("nn.Conv2d") == 1
    assert "x = self.first(x)\n        return self.first(x)" in text


def test_given_numbers_are_kept() -> None:
    text = torch_of(
        """
input: [1, 8]
layers:
  - {op: conv, name: edge, out_channels: 1, kernel_size: 3, bias: false,
     weights: {weight: [-1, 0, 1]}}
"""
    )
    assert "self.edge.weight.data.copy_(torch.tensor((-1, 0, 1)))" in text


def test_names_that_modules_have_already_are_others() -> None:
    text = torch_of("{input: [4], layers: [{op: relu, name: train}, {op: relu, name: class}]}")
    assert "self.train_ = nn.ReLU()" in text
    assert "self.class_ = nn.ReLU()" in text


@pytest.mark.parametrize(
    ("layer", "reason"),
    [
        (
            "{op: nms, max_output_boxes: 3, from: [boxes, scores]}",
            "PyTorch's keeps as many boxes as there are, and here their number is fixed",
        ),
        (
            "{op: avg_pool, kernel_size: 2, dilation: 2, from: boxes}",
            "PyTorch's average pools have no dilation",
        ),
    ],
)
def test_a_layer_that_pytorch_lacks_is_refused(layer: str, reason: str) -> None:
    with pytest.raises(ConvcostError) as refused:
        torch_of(f"inputs: {{boxes: [49, 4], scores: [3, 49]}}\nlayers:\n  - {layer}")
    assert str(refused.value).endswith(f": {reason}")
    assert "(net.yaml:3), " in str(refused.value)


def test_one_array_of_two_layers_is_one_parameter() -> None:
    text = written(convcost.load(ROOT / "tests/data/pt2/shared.pt2"), "torch").decode()
    assert "        self.head.weight = self.table_weight\n\n    def forward" in text


def test_one_array_in_another_shape_is_refused() -> None:
    network = loaded("{input: [4, 8, 8], layers: [{op: conv, out_channels: 4, kernel_size: 1}]}")
    (conv,) = network.layers
    taken = Weight(conv.weights["weight"].name, (4, 4), learned=True)
    linear = network.add("linear", build(op_class("linear"), 0, LINEAR), [*network.inputs.values()])
    linear.weights = {"weight": taken}
    with pytest.raises(
        ConvcostError, match="it looks at what layer 'conv' stores in another shape"
    ):
        written(network, "torch")


LINEAR = {"out_features": 8, "bias": False}


def test_what_others_read_of_some_blocks_only_is_made_by_all() -> None:
    text = of_spec(Path("specs/wavenet.yaml"))[1]
    assert text.count("class Layer(nn.Module)") == 1
    assert text.count("Layer((") == 10


def test_blocks_that_hand_something_on_besides_are_a_loop() -> None:
    text = of_spec(Path("specs/wavenet.yaml"))[1]
    assert "class Stack(nn.ModuleList)" in text
    assert (
        """
        made = []
        for block in self:
            y, x = block(x)
            made.append(y)
        return tuple(made)
"""
        in text
    )


def test_classes_are_called_after_blocks() -> None:
    assert "class ConcatBlock(nn.Module):" in torch_of(REPEATED)
