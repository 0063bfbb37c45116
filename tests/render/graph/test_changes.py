"""Two designs as one graph: it has each edge of both, and says what became of it."""

from __future__ import annotations

import re
from collections import Counter
from random import Random
from typing import TYPE_CHECKING

import pytest
from drawn_networks import SHAPE, op, wired

import convcost
from convcost.analysis.compare.comparison import Mark, compare
from convcost.errors import ConvcostError, printable
from convcost.network import Network
from convcost.render.formats import write
from convcost.render.graph.changes import changes
from convcost.render.report import Medium
from convcost.render.reports.compare.report import report
from convcost.render.reports.compare.sheet import Sheet
from convcost.tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convcost.analysis.compare.comparison import Comparison

BEFORE = """
input: [3, 8, 8]
layers:
  - {op: conv, name: first, out_channels: 4, kernel_size: 3, padding: 1}
  - {op: relu, name: act}
  - {op: conv, name: second, out_channels: 4, kernel_size: 3, padding: 1}
  - {op: batch_norm, name: norm}
  - {op: global_avg_pool, name: mean}
"""
AFTER = """
input: [3, 8, 8]
layers:
  - {op: conv, name: first, out_channels: 4, kernel_size: 3, padding: 1}
  - {op: relu, name: act}
  - {op: conv, name: second, out_channels: 4, kernel_size: 1}
  - {op: sigmoid, name: new}
  - {op: global_avg_pool, name: mean}
"""
MERMAID = """\
flowchart TB
  subgraph legend ["old to new"]
    key_added[added]
    key_removed[removed]
    key_changed[changed]
  end
  in0(["input 3x8x8"])
  out0(["mean 4x1x1"])
  n0["first to act<br>2 layers as before"]
  n1["second<br>conv 3x3 4x8x8 -#62; conv 1x1 4x8x8<br>kernel_size 3 -#62; 1<br>padding 1 -#62; 0\
<br>-8.19k MACs<br>-128 params"]
  n2["norm<br>batch_norm 4x8x8<br>-8 params"]
  n3["new<br>sigmoid 4x8x8"]
  n4["mean<br>global_avg_pool 4x1x1"]
  in0 --> n0
  n0 --> n1
  n1 -.-> n2
  n2 -.-> n4
  n4 --> out0
  n1 ==> n3
  n3 ==> n4
  classDef added fill:#dafbe1,stroke:#1a7f37,color:#1f2328
  class key_added,n3 added
  classDef removed fill:#ffebe9,stroke:#cf222e,color:#1f2328,stroke-dasharray:5 3
  class key_removed,n2 removed
  classDef changed fill:#fff8c5,stroke:#9a6700,color:#1f2328
  class key_changed,n1 changed
"""
HOSTILE = (
    *('a"b', '"]-->x', "%%{init: {}}%%", "end", "#quot;", "a\nb", "\\", '\\"', "subgraph"),
    *("<img src=x onerror=alert(1)>", "&lt;", "{}|()[];", "שלום", "\u202e"),
)
WORD = r"(?:n|in|out|key_)\w+"
LABEL = r'"(?:[^\W]|[ ._+/,:·×≥…-]|#\d+;|<br>)*"'
A_LINE_OF_MERMAID = re.compile(
    rf"flowchart TB|  subgraph legend \[{LABEL}\]|  end| +{WORD}\[(?:{LABEL}|\w+)\]"
    rf"|  {WORD}\(\[{LABEL}\]\)|  {WORD} (?:-->|==>|-\.->) {WORD}"
    r"|  classDef \w+ [\w:#,-]+(?:5 3)?|  class [\w,]+ \w+"
)
QUOTED = r'"(?:[^"\\]|\\[\\n])*"'
A_LINE_OF_DOT = re.compile(
    rf"digraph {QUOTED} {{| *}}|  graph \[.*\]|  node \[.*\]|  subgraph cluster_legend {{"
    rf'|    label={QUOTED}; color="#8c959f"|  {WORD} -> {WORD}(?: \[color="#\w+", style=\w+\])?'
    rf' *| +{WORD} \[label={QUOTED}(?:, \w+="[#\w,]+")*\]'
)


def compared(*networks: Network) -> Comparison:
    return compare(*map(convcost.analyze, networks))


def in_format(comparison: Comparison, name: str) -> str:
    labels = ["old", "new", "third"][: len(comparison.analyses)]
    sheet = Sheet(comparison, labels, "layer", "macs", comparison.rows, [])
    return write(report(sheet), name, Medium())


def of_text(text: str) -> Network:
    return convcost.load("net.yaml", read=lambda _: text.encode())


def test_a_small_change_in_whole() -> None:
    assert in_format(compared(of_text(BEFORE), of_text(AFTER)), "mermaid") == MERMAID


def test_dot_has_the_same_edges() -> None:
    comparison = compared(of_text(BEFORE), of_text(AFTER))
    text = in_format(comparison, "dot")
    styles = {"": "-->", "bold": "==>", "dashed": "-.->"}
    found = re.findall(r"^  (\w+) -> (\w+)(?: \[color=\"#\w+\", style=(\w+)\])?$", text, re.M)
    assert [f"  {a} {styles[style]} {b}" for a, b, style in found] == re.findall(
        r"^  \w+ (?:-->|==>|-\.->) \w+$", MERMAID, re.M
    )


def thinned(network: Network, rng: Random) -> Network:
    """The same network without some of its layers: what they made is what they read."""
    found = Network("thinned")
    found.inputs = {name: Tensor(name, SHAPE) for name in network.inputs}
    now = dict(zip(network.inputs.values(), found.inputs.values(), strict=True))
    for layer in network.layers:
        read = [now[tensor] for tensor in layer.inputs]
        if len(read) == 1 and rng.random() < 0.3:
            now[layer.outputs[0]] = read[0]
            continue
        now[layer.outputs[0]] = found.add(layer.name, layer.op, read).outputs[0]
    found.outputs = {name: now[tensor] for name, tensor in network.outputs.items()}
    return found


def edges_by_name(network: Network) -> set[tuple[str, str]]:
    """The edges of a network: names of layers, and of inputs and outputs after a word."""
    makers = {tensor: f"in {name}" for name, tensor in network.inputs.items()}
    found: set[tuple[str, str]] = set()
    for layer in network.layers:
        found |= {(makers[tensor], layer.name) for tensor in layer.inputs}
        makers.update(dict.fromkeys(layer.outputs, layer.name))
    return found | {(makers[made], f"out {name}") for name, made in network.outputs.items()}


def names_of_boxes(comparison: Comparison) -> Mapping[int | str, str]:
    """The names in boxes of a graph that has room for every change."""
    found = changes(comparison, 10_000)
    names: dict[int | str, str] = {n: box.lines[0] for n, box in enumerate(found.boxes)}
    for word, end in found.ends.items():
        names[word] = f"{word.rstrip('0123456789')} {end.lines[0].split()[0]}"
    return names


@pytest.mark.parametrize("seed", range(40))
def test_edges_between_layers_that_differ_are_those_of_the_designs(seed: int) -> None:
    rng = Random(seed)
    first = wired(rng, 24)
    second = thinned(first, rng)
    designs = (first, second) if seed % 2 else (second, first)
    comparison = compared(*designs)
    differing = {row.names[0] for row in comparison.rows if not row.same}
    before, after = (
        {edge for edge in edges_by_name(network) if {*edge} <= differing} for network in designs
    )
    names = names_of_boxes(comparison)
    edges = changes(comparison, 10_000).edges
    found = {
        (names[a], names[b]): mark
        for (a, b), mark in edges.items()
        if {names[a], names[b]} <= differing
    }
    wanted = dict.fromkeys(before & after, Mark.SAME)
    wanted |= dict.fromkeys(before - after, Mark.REMOVED)
    wanted |= dict.fromkeys(after - before, Mark.ADDED)
    assert found == wanted


@pytest.mark.parametrize("most", [1, 5, 60])
@pytest.mark.parametrize("seed", range(5))
def test_boxes_of_the_designs_in_the_other_order_are_added_where_they_were_removed(
    seed: int, most: int
) -> None:
    rng = Random(seed)
    first = wired(rng, 60)
    second = thinned(first, rng)
    there, back = (changes(compared(*of), most) for of in ((first, second), (second, first)))
    assert max(len(there.boxes), len(back.boxes)) <= most
    turned = {Mark.ADDED: Mark.REMOVED, Mark.REMOVED: Mark.ADDED}
    if most == 60:
        marks = Counter(turned.get(box.mark, box.mark) for box in back.boxes)
        assert Counter(box.mark for box in there.boxes) == marks
    counted = Counter(turned.get(mark, mark) for mark in back.edges.values())
    assert most != 60 or Counter(there.edges.values()) == counted


def test_a_design_beside_itself_is_one_box() -> None:
    found = changes(compared(convcost.load("unet"), convcost.load("unet")), 60)
    assert [box.mark for box in found.boxes] == [Mark.SAME]
    assert found.marks == []
    assert {*found.edges.values()} == {Mark.SAME}


def test_blocks_are_folded_where_there_are_many_changes() -> None:
    comparison = compared(convcost.load("mobilenet_v1"), convcost.load("mobilenet_v2"))
    lines = [box.lines for box in changes(comparison, 60).boxes]
    assert ["stage.1.0", "6 layers removed", "-27.5M MACs", "-9.15k params"] in lines
    assert len(lines) < 60 < len(changes(comparison, 1000).boxes)


def dense(layers: int, kind: str) -> Network:
    """Each layer reads all that are before it, so edges outnumber layers by far."""
    network = Network("dense")
    network.inputs = {"x": Tensor("x", SHAPE)}
    every = [*network.inputs.values()]
    for number in range(layers):
        every += network.add(f"n{number}", op(kind), [every[0], *every]).outputs
    network.outputs = {"y": every[-1]}
    return network


@pytest.mark.parametrize("layers", [30, 200])
def test_mermaid_keeps_its_limits(layers: int) -> None:
    comparison = compared(dense(layers, "add"), dense(layers, "multiply"))
    text = in_format(comparison, "mermaid")
    assert len(text) < 50_000
    assert 0 < len(re.findall(r"-->|==>|-\.->", text)) <= 280


def hostile(kind: str) -> Network:
    network = Network('"%%{init:{}}%% \\N')
    network.inputs = {'x"]; click x': Tensor("x", SHAPE)}
    last = next(iter(network.inputs.values()))
    for number, name in enumerate(HOSTILE):
        last = network.add(f"{name}.{number}.{name}", op(kind), [last]).outputs[0]
    network.outputs = {'"o': last}
    return network


@pytest.mark.parametrize(
    ("format_", "line"), [("mermaid", A_LINE_OF_MERMAID), ("dot", A_LINE_OF_DOT)]
)
def test_lines_are_nothing_else_whatever_the_names(format_: str, line: re.Pattern[str]) -> None:
    for pair in ((hostile("relu"), hostile("conv")), (hostile("relu"), wired(Random(1), 9))):
        text = in_format(compared(*pair), format_)
        for each in text.splitlines():
            assert line.fullmatch(each), each
        assert all(printable(name) not in text for name in HOSTILE if '"' in name)


def test_more_than_two_designs() -> None:
    comparison = compared(*(of_text(text) for text in (BEFORE, AFTER, BEFORE)))
    with pytest.raises(ConvcostError, match="mermaid and dot draw two designs"):
        in_format(comparison, "dot")
