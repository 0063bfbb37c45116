"""Drawings for other programs: they say what the network is, within limits, whatever its names."""

from __future__ import annotations

import json
import re
import zipfile
from html import unescape
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import onnx
import pytest
from drawn_networks import ODD, SHAPE, op, repeated, wired

import convcost
from convcost.errors import ConvcostError, printable
from convcost.exporters import written as export
from convcost.exporters.weights import Weights
from convcost.network import Network
from convcost.render.formats import write
from convcost.render.graph.flat import flat
from convcost.render.graph.folded import folded
from convcost.render.report import Graphed, Medium
from convcost.render.reports.analyze import report
from convcost.tensor import Tensor

if TYPE_CHECKING:
    from convcost.render.graph.folded import Folded, Graph

DATA = Path(__file__).parent.parent.parent / "data"
HOSTILE = (
    *(
        'a"b',
        '"]-->x',
        '%%{init: {"theme":"dark"}}%%',
        "`md`",
        "end",
        "#quot;",
        "a\nb",
        "\\",
        '\\"',
    ),
    *("<img src=x onerror=alert(1)>", "&lt;", "subgraph", "{}|()[];", "$$x$$", "שלום", "\u202e"),
)
LABEL = r'"(?:[^\W]|[ ._+/,:·×≥…-]|#\d+;|<br>)*"'
MERMAID = re.compile(
    rf"flowchart TB|  *(?:end|subgraph b\d+_\d+ \[{LABEL}\]|n\d+\[{LABEL}\]"
    rf"|(?:in|out)\d+\(\[{LABEL}\]\)"
    r"|(?:n|in)\d+ --> (?:n|out)\d+|classDef h\d [\w:#,]+|class [n\d,]+ h\d)"
)
QUOTED = r'"(?:[^"\\]|\\[\\n])*"'
DOT = re.compile(
    rf"digraph {QUOTED} {{| *(?:}}|graph \[.*\]|node \[.*\]|subgraph cluster_\d+_\d+ {{"
    rf'|label={QUOTED}; color="#8c959f"|\w+ \[label={QUOTED}(?:, \w+="?[#\w]+"?)?\]|\w+ -> \w+)'
)


def in_format(network: Network, name: str, **asked: Any) -> str:
    analysis = convcost.analyze(network)
    found = report(analysis, analysis.layers, drawn=Graphed(analysis, **asked))
    return write(found, name, Medium())


def hostile() -> Network:
    network = Network('"%%{init:{}}%% \\N')
    network.inputs = {'x"]; click x': Tensor("x", SHAPE)}
    last = next(iter(network.inputs.values()))
    for number, name in enumerate(HOSTILE):
        made = network.add(f"{name}.{number}.conv", op("conv"), [last]).outputs[0]
        last = network.add(f"{name}.{number}.{name}", op("add"), [made, last]).outputs[0]
    network.outputs = {'"o': last}
    return network


def dense(layers: int) -> Network:
    """Each layer reads all that are before it, so edges outnumber layers by far."""
    network = Network("dense")
    network.inputs = {"x": Tensor("x", SHAPE)}
    every = [*network.inputs.values()]
    for number in range(layers):
        every += network.add(f"n{number}", op("add"), [every[0], *every]).outputs
    network.outputs = {"y": every[-1]}
    return network


@pytest.mark.parametrize(("format_", "line"), [("mermaid", MERMAID), ("dot", DOT)])
def test_lines_are_nothing_else_whatever_the_names(format_: str, line: re.Pattern[str]) -> None:
    for network in (hostile(), convcost.load("unet"), repeated(Random(1), 5)):
        for text in in_format(network, format_).splitlines():
            assert line.fullmatch(text), text


def read_back(format_: str, text: str) -> str:
    """The labels of a drawing as its program reads them: entities and escapes are resolved once."""
    if format_ == "mermaid":
        return re.sub(r"#(\d+);", lambda found: chr(int(found[1])), text.replace("<br>", "\n"))
    return unescape(re.sub(r"\\(.)", lambda found: found[1].replace("n", "\n"), text))


@pytest.mark.parametrize("format_", ["mermaid", "dot"])
def test_names_are_read_back_as_they_are(format_: str) -> None:
    text = read_back(format_, in_format(hostile(), format_))
    for name in map(printable, HOSTILE):
        assert f'"{name}: ' in text or f'"{name}\n' in text, name


def edges_by_hand(found: Folded) -> set[tuple[int, int]]:
    """Edges between boxes, edge by edge of the network: those from one block of a repeat to the
    next are not drawn, and those of later blocks are those of the first."""
    edges: set[tuple[int, int]] = set()
    for place, cost in enumerate(found.layers.costs):
        for tensor in cost.layer.inputs:
            if tensor in found.layers.made:
                edges |= {*_between(found.graph, found.layers.made[tensor][0], place)}
    return edges


def _between(graph: Graph, source: int, target: int) -> list[tuple[int, int]]:
    boxes = [_holding(graph, place) for place in (source, target)]
    if boxes[0] is not boxes[1]:
        return [(_leaf(graph, source), _leaf(graph, target))]
    part, inside = boxes[0]
    source, target = source - part.start, target - part.start
    if inside is None or source // part.size != target // part.size:
        return []
    return _between(inside, part.start + source % part.size, part.start + target % part.size)


def _holding(graph: Graph, place: int) -> Any:
    return next(box for box in graph.boxes if box.part.start <= place < box.part.end)


def _leaf(graph: Graph, place: int) -> int:
    part, inside = _holding(graph, place)
    if inside is None:
        return part.start
    return _leaf(inside, part.start + (place - part.start) % part.size)


@pytest.mark.parametrize("seed", range(60))
def test_edges_are_those_of_the_network(seed: int) -> None:
    rng = Random(seed)
    network = repeated(rng, rng.randrange(2, 6)) if seed % 3 == 0 else wired(rng, 24)
    for most in (2, 8, 100):
        found = folded(convcost.analyze(network), most)
        edges, ends = flat(found)
        assert {pair for pair in edges if not {*pair} & {*ends}} == edges_by_hand(found)
        assert {source for source, _ in edges if source in ends} | {"out0"} == {*ends}


@pytest.mark.parametrize("layers", [100, 400])
def test_mermaid_keeps_its_limits(layers: int) -> None:
    text = in_format(dense(layers), "mermaid")
    assert len(text) < 50_000
    assert 0 < text.count(" --> ") <= 280


def test_mermaid_says_what_it_cannot_draw() -> None:
    network = Network("wide")
    network.inputs = {f"x{n}": Tensor(f"x{n}", SHAPE) for n in range(300)}
    made = network.add("sum", op("add"), [*network.inputs.values()]).outputs
    network.outputs = {"y": made[0]}
    said = (
        "--format mermaid: even in one box, the network has 301 edges to inputs and outputs, and "
        "Mermaid draws 280: --format dot has no such limit"
    )
    with pytest.raises(ConvcostError, match=re.escape(said)):
        in_format(network, "mermaid")


def test_depth_keeps_blocks_closed() -> None:
    text = in_format(convcost.load("resnet50"), "mermaid", depth=1)
    assert re.findall(r'n\d+\["(\w+)', text) == [
        *("conv1", "max_pool", "stage", "global_avg_pool", "classifier")
    ]


def names_in_file(path: Path) -> set[str]:
    """The names of nodes, as the libraries of their formats read them."""
    if path.suffix == ".onnx":
        return {node.name for node in onnx.load_from_string(path.read_bytes()).graph.node}
    with zipfile.ZipFile(path) as archive:
        inner = next(n for n in archive.namelist() if n.endswith("models/model.json"))
        graph = json.loads(archive.read(inner))["graph_module"]["graph"]
    return {node["name"] for node in graph["nodes"]}


FILES = [
    *("onnx/resnet18__ts17.onnx", "onnx/unet__ts17.onnx", "onnx/mobilenet_v2__keras15.onnx"),
    *("onnx/smallcnn__ts9_noinit_bn.onnx", "pt2/resnet18.pt2", "pt2/lstm.pt2"),
    *("recomposed/vit__dy18.onnx", "recomposed/convnext__ts14.onnx"),
]


@pytest.mark.parametrize("file", FILES)
def test_netron_has_every_cost_at_a_node(file: str) -> None:
    network = convcost.load(str(DATA / file))
    found = json.loads(in_format(network, "netron"))
    assert found["signature"] == "netron:attachment"
    nodes = [entry for entry in found["metrics"] if entry["kind"] == "node"]
    assert {entry["target"] for entry in nodes} <= names_in_file(DATA / file)
    totals = convcost.analyze(network).totals
    for metric in ("macs", "params"):
        values = [entry["value"] for entry in nodes if entry["name"] == metric]
        assert sum(int(value.replace(",", "")) for value in values) == totals[metric]
        (total,) = (
            entry["value"]
            for entry in found["metrics"]
            if (entry["kind"], entry["target"], entry["name"]) == ("model", "", metric)
        )
        assert total == f"{totals[metric]:,}"
    names = {entry["value"] for entry in found["metadata"] if entry["name"] == "layer"}
    assert names <= {layer.name for layer in network.layers}


@pytest.mark.parametrize("file", FILES)
def test_model_explorer_has_every_cost_at_a_node(file: str) -> None:
    network = convcost.load(str(DATA / file))
    found = json.loads(in_format(network, "model-explorer", metric="params"))
    assert {*found} == {"name", "results", "gradient"}
    assert {*found["results"]} <= names_in_file(DATA / file)
    values = [one["value"] for one in found["results"].values()]
    assert sum(values) == convcost.analyze(network).totals["params"]
    assert [found["gradient"][at]["stop"] for at in (0, -1)] == [0, 1]


def test_nodes_that_are_not_known() -> None:
    network = Network("partly known")
    network.inputs = {"x": Tensor("x", SHAPE)}
    layer = network.add("odd", ODD, [*network.inputs.values()])
    layer.node, layer.value = "", "odd_out"
    network.outputs = {"y": layer.outputs[0]}
    found = json.loads(in_format(network, "netron"))
    macs = [entry for entry in found["metrics"] if entry["name"] == "macs"]
    assert macs == [
        {"kind": "model", "target": "", "name": "macs", "value": "at least 0"},
        {"kind": "value", "target": "odd_out", "name": "macs", "value": "not known"},
    ]
    assert json.loads(in_format(network, "model-explorer"))["results"] == {}


@pytest.mark.parametrize("name", ["resnet18", "unet", "vit_b_16", "wavenet", "shufflenet_v2_x1_0"])
def test_a_spec_has_the_names_of_its_export(name: str) -> None:
    network = convcost.load(name)
    exported = onnx.load_from_string(export(network, "onnx", Weights(left_out=True)))
    values = {value for node in exported.graph.node for value in node.output}
    totals = convcost.analyze(network).totals
    for metric in ("macs", "params"):
        found = json.loads(in_format(network, "model-explorer", metric=metric))["results"]
        assert {*found} <= values
        assert sum(one["value"] for one in found.values()) == totals[metric]
    attached = json.loads(in_format(network, "netron"))["metrics"]
    targets = {entry["target"] for entry in attached if entry["kind"] == "value"}
    assert targets <= values
    assert {entry["kind"] for entry in attached} == {"model", "value"}
