"""Results are values: they pickle, copy, and show themselves in a line."""

from __future__ import annotations

import copy
import importlib
import pickle
import pkgutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

import convcost
from convcost.allowance import TooMuch
from convcost.applied import BrokenCondition
from convcost.errors import ConvcostError, OpenSizes, Problem, Source, SpecError
from convcost.gate.reading import Unsized
from convcost.network import Layer, Network
from convcost.number import Must
from convcost.tensor import Tensor, Weight

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).parent
SPEC, MODEL = HERE.parent / "specs" / "dcn_v2_tiny.yaml", HERE / "data/onnx/smallcnn__ts17.onnx"
WAYS: list[Callable[[Any], Any]] = [
    lambda result: pickle.loads(pickle.dumps(result)),
    copy.deepcopy,
    copy.copy,
]
LONG = "a_name_that_goes_on_and_on." * 8
"""For lines that names alone could fill."""


@pytest.fixture(autouse=True)
def in_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(HERE.parent)  # paths of `check` are relative


@pytest.fixture(scope="module", params=[SPEC, MODEL], ids=["spec", "onnx"])
def network(request: pytest.FixtureRequest) -> Network:
    return convcost.load(str(request.param))


def results(network: Network) -> Iterator[object]:
    """One of each kind."""
    analysis = convcost.analyze(network)
    name = network.layers[0].name
    yield from (network, analysis, analysis.layers[0], convcost.compare(analysis, analysis))
    yield from (
        convcost.verify(network),
        convcost.lint(network, "model"),
        convcost.rf(network),
        convcost.detail(network, name),
    )
    yield from map(convcost.explain, ("conv", "fire"))
    yield convcost.explain(network, name)
    yield convcost.check(str(SPEC))


def said(result: Any) -> object:
    """All that a result says, with graphs told apart by what they hold rather than who they are."""
    match result:
        case Network():
            edges = result.edges
            read = [[a.name for a in edges.readers(t)] for a in edges.layers for t in a.outputs]
            needed = sorted(layer.name for layer in edges.needed)
            graph = result.inputs, result.outputs, result.layers, result.expect, result.unknown
            return said((result.name, result.source, *graph, result.budget, read, needed))
        case Layer():
            return said((result.name, result.op, result.inputs, result.outputs, result.weights))
        case Tensor() | Weight():
            return repr(result), result.dtype, result.bytes
        case dict():
            return {key: said(value) for key, value in cast("dict[Any, Any]", result).items()}
        case tuple() | list():
            parts = cast("tuple[Any, ...] | list[Any]", result)
            return type(parts), [said(part) for part in parts]
        case _:
            return result


@pytest.mark.parametrize("way", WAYS, ids=["pickle", "deepcopy", "copy"])
def test_results_survive(network: Network, way: Callable[[Any], Any]) -> None:
    for result in results(network):
        assert said(way(result)) == said(result), type(result)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_each_protocol_holds_them(network: Network, protocol: int) -> None:
    for result in results(network):
        assert said(pickle.loads(pickle.dumps(result, protocol))) == said(result), type(result)


def errors() -> dict[str, ConvcostError]:
    """One of each kind, by its name."""
    problem = Problem("a slip", Source("net.yaml", 3, 4), "  op: cnov", 4, ("it is `conv`",))
    made = (
        SpecError([problem, Problem("another")]),
        OpenSizes("x.onnx leaves sizes open", {"height": 3}, {"x": "3x8x8"}),
        TooMuch("counting", 2, 1, "steps"),
        BrokenCondition(Must(-1, "{a} does not divide {b}", "groups", {"a": 3, "b": 64})),
        Unsized("x.onnx leaves sizes open", ["input = 3"], "convcost.toml"),
    )
    return {type(error).__name__: error for error in made}


def kinds(of: type[ConvcostError] = ConvcostError) -> Iterator[type[ConvcostError]]:
    yield of
    for kind in of.__subclasses__():
        yield from kinds(kind)


def test_errors_survive() -> None:
    for module in pkgutil.walk_packages(convcost.__path__, "convcost."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    examples = errors()
    missing = {kind.__name__ for kind in kinds() if "__init__" in vars(kind)} - {*examples}
    assert not missing, f"tests/test_results.py: add {', '.join(sorted(missing))} to errors()"
    plain = [kind("a failure") for kind in kinds() if kind.__init__ is ConvcostError.__init__]
    for error in (*plain, *examples.values()):
        protocols = range(pickle.HIGHEST_PROTOCOL + 1)
        copies = [pickle.loads(pickle.dumps(error, protocol)) for protocol in protocols]
        for there in (*copies, copy.copy(error), copy.deepcopy(error)):
            assert (type(there), str(there)) == (type(error), str(error))
            assert vars(there) == vars(error)


def test_what_was_pickled_can_be_asked_again(network: Network) -> None:
    there = pickle.loads(pickle.dumps(network))
    assert said(convcost.analyze(there)) == said(convcost.analyze(network))
    assert convcost.lint(there, "model") == convcost.lint(network, "model")
    assert said(convcost.rf(there)) == said(convcost.rf(network))


@pytest.mark.slow
def test_long_chains_survive() -> None:
    layers = "  - {op: conv, out_channels: 8, kernel_size: 3, padding: 1}\n" * 8000
    text = f"input: [8, 16, 16]\nlayers:\n{layers}"
    analysis = convcost.analyze(convcost.load("chain.yaml", read=lambda _: text.encode()))
    for way in WAYS:
        there = way(analysis)
        assert there.totals == analysis.totals
        assert [cost.name for cost in there.layers] == [cost.name for cost in analysis.layers]


def test_blocks_that_call_each_other_deeply_survive() -> None:
    calls = "".join(f"  b{number}: {{layers: [b{number + 1}]}}\n" for number in range(60))
    text = f"input: [1, 8, 8]\nblocks:\n{calls}  b60: {{layers: [relu]}}\nlayers: [b0]\n"
    network = convcost.load("deep.yaml", read=lambda _: text.encode())
    for way in WAYS:
        assert said(way(network)) == said(network)


def test_results_show_themselves_in_a_line(network: Network) -> None:
    for result in results(network):
        if not isinstance(result, list):
            assert len(repr(result)) <= 100, repr(result)
            assert "\n" not in repr(result)


def test_what_results_show() -> None:
    network = convcost.load("specs/resnet50.yaml")
    analysis = convcost.analyze(network)
    assert [*map(repr, (network, network.layers[0], network.layers[0].outputs[0]))] == [
        "<Network ResNet-50: 175 layers, [1, 3, 224, 224] to [1, 1000]>",
        "<Layer conv1: Conv, [1, 3, 224, 224] to [1, 64, 112, 112]>",
        "Tensor('conv1', (1, 64, 112, 112))",
    ]
    assert [*map(repr, (analysis, analysis.layers[0], convcost.compare(analysis, analysis)))] == [
        "<Analysis of ResNet-50: 175 layers, 4,089,184,256 MACs>",
        "<LayerCost of conv1: conv, 9,408 params, 118,013,952 MACs>",
        "<Comparison of ResNet-50: with ResNet-50, 175 rows>",
    ]
    small = convcost.load(str(SPEC), batch=1)
    assert repr(convcost.rf(small)) == "<Growth of DCN v2 tiny: 6 rows, 0 dilated stacks>"
    assert repr(convcost.explain("conv")) == "<Explanation of conv: conv, 5 costs>"
    assert repr(convcost.check(str(SPEC))) == "<Checks on budgets: 1 model, none failed>"


def test_long_names_are_cut() -> None:
    text = f"name: {LONG[:90]}\ninput: [3, 8, 8]\nlayers:\n  - {{op: relu, name: {'long' * 25}}}\n"
    network = convcost.load("long.yaml", read=lambda _: text.encode())
    analysis = convcost.analyze(network)
    both = convcost.compare(analysis, analysis, analysis)
    for result in (network, network.layers[0], analysis, analysis.layers[0], both):
        assert len(repr(result)) <= 100, repr(result)
    assert repr(both).endswith(" and 1 more, 1 row>")
