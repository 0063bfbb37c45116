"""Names of layers: short, each that of one layer, and found by all that they were called before."""

from __future__ import annotations

import csv
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spec_support import ROOT, SPECS, layers, network

from convcost.errors import ConvcostError
from convcost.render.spec import to_spec
from convcost.spec import load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from convcost.network import Network


def called(text: str, **asked: Any) -> list[str]:
    """The names of the layers of a list."""
    return [layer.name for layer in layers(text, **asked).layers]


def holds(net: Network) -> None:
    """Every name is one layer's, as every path is, and no name is another layer's path."""
    names = [layer.name for layer in net.layers]
    paths = {layer.path: layer for layer in net.layers}
    assert len(set(names)) == len(names) == len(paths)
    for layer in net.layers:
        assert paths.get(layer.name, layer) is layer
        assert net.layer(layer.name) is layer
        assert net.layer(layer.path) is layer
        assert layer.outputs[0].name in (layer.name, f"{layer.name}.0")
    weights = {weight for layer in net.layers for weight in layer.weights.values()}
    assert len({weight.name for weight in weights}) == len(weights)


def test_a_convolution_has_the_name_of_its_list() -> None:
    assert called("""
  - {name: stem, layers: [{op: conv, out_channels: 8, kernel_size: 3}, batch_norm, relu]}
  - {op: conv_bn_relu, name: second, out_channels: 8}
  - {name: third, layers: [batch_norm, relu, {op: conv, out_channels: 8, kernel_size: 1}, dropout]}
  - {name: fourth, layers: [{op: linear, out_features: 8}, gelu]}
""") == [
        *("stem", "stem.norm", "stem.act"),
        *("second", "second.norm", "second.act"),
        *("third.norm", "third.act", "third", "third.dropout"),
        *("fourth", "fourth.act"),
    ]


def test_several_norms_and_activations_are_numbered() -> None:
    assert called("""
  - {name: a, layers: [relu, {op: conv, out_channels: 8, kernel_size: 3}, batch_norm, sigmoid]}
""") == ["a.act1", "a", "a.norm", "a.act2"]


def test_two_convolutions_of_a_list_have_names_of_their_own() -> None:
    conv = "{op: conv, out_channels: 8, kernel_size: 1}"
    assert called(f"  - {{name: a, layers: [{conv}, relu, {conv}, relu]}}\n") == [
        *("a.conv1", "a.relu1", "a.conv2", "a.relu2"),
    ]
    assert called(
        f"  - {{name: a, layers: [{conv}, max_pool]}}\n".replace("max_pool", "flatten")
    ) == [
        *("a.conv", "a.flatten"),
    ]


def test_structure_that_nobody_wrote_is_left_out() -> None:
    assert called("""
  - op: residual
    body: [{op: conv_bn_relu, name: reduce, out_channels: 3}, {op: conv_bn, out_channels: 3}]
    shortcut: [{op: conv_bn, out_channels: 3}]
  - relu
""") == [
        *("reduce", "reduce.norm", "reduce.act", "conv", "batch_norm"),
        *("shortcut", "shortcut.norm", "add", "relu"),
    ]


def test_structure_stays_where_layers_would_be_mixed_up() -> None:
    residual = "{op: residual, body: [{op: conv, out_channels: 3, kernel_size: 1}]}"
    assert called(f"  - {residual}\n  - {residual}\n  - relu\n") == [
        *("residual1.conv", "residual1.add", "residual2.conv", "residual2.add", "relu"),
    ]
    assert called("  - {op: conv_bn, out_channels: 3}\n" * 2) == [
        *("conv_bn1", "conv_bn1.norm", "conv_bn2", "conv_bn2.norm"),
    ]


def test_what_somebody_wrote_stays() -> None:
    assert called("""
  - name: body
    layers:
      - {name: conv1, layers: [{op: conv, name: residual1, out_channels: 3, kernel_size: 1}]}
      - {op: relu, name: relu1}
""") == ["body.conv1.residual1", "body.relu1"]
    assert called("""
  - name: a
    layers: [{op: conv, out_channels: 3, kernel_size: 1}, {op: relu, name: norm}, batch_norm]
""") == ["a", "a.norm", "a.batch_norm"]


def test_numbers_of_passes_and_rows_stay() -> None:
    assert called("""
  - {op: double_conv, out_channels: 3}
  - {op: conv, name: b, repeat: 2, out_channels: 3, kernel_size: 1}
  - {op: conv, repeat: 2, out_channels: 3, kernel_size: 1}
  - op: table
    columns: [c]
    rows: [[1], [2]]
    layers: [{op: conv, out_channels: c, kernel_size: 1}]
""") == [
        *("double_conv.0", "double_conv.0.act", "double_conv.1", "double_conv.1.act"),
        *("b.0", "b.1", "conv.0", "conv.1", "table.0", "table.1"),
    ]


def test_a_name_that_is_another_layers_path_is_not_given() -> None:
    net = layers("""
  - op: residual
    body: [{op: relu, name: norm}, {op: conv_bn, name: body, out_channels: 3}]
""")
    holds(net)
    assert [layer.name for layer in net.layers] == [
        *("body.norm", "body.body.conv1", "body.body.batch_norm1", "add"),
    ]


def test_a_block_of_the_library_has_no_word_for_what_is_alone() -> None:
    names = called("  - {op: bottleneck, name: block, width: 4}\n")
    assert [name for name in names if "shortcut" in name] == [
        "block.shortcut",
        "block.shortcut.norm",
    ]


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_names_of_every_spec(path: Path) -> None:
    holds(load(str(path)))


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_expanded_specs_have_the_same_names(path: Path) -> None:
    net = load(str(path))
    back = network(to_spec(net))
    assert [layer.name for layer in back.layers] == [layer.name for layer in net.layers]
    assert [w.name for x in back.layers for w in x.weights.values()] == [
        w.name for x in net.layers for w in x.weights.values()
    ]


def written() -> Iterator[tuple[str, str, str]]:
    """Specs, and what the names of their layers were before there were short ones."""
    with (ROOT / "tests/data/paths_of_layers.csv").open() as file:
        for row in csv.DictReader(file):
            yield row["spec"], f"{row['layers']} {row['first']} {row['last']}", row["sha256"]


@pytest.mark.parametrize(("spec", "ends", "digest"), list(written()), ids=lambda x: x[:40])
def test_paths_are_the_names_that_layers_had(spec: str, ends: str, digest: str) -> None:
    paths = [layer.path for layer in load(str(ROOT / spec)).layers]
    assert f"{len(paths)} {paths[0]} {paths[-1]}" == ends
    assert sha256("\n".join(paths).encode()).hexdigest()[:16] == digest


# Any spec

WORDS = (
    "conv",
    "conv1",
    "norm",
    "act",
    "act1",
    "batch_norm",
    "body",
    "add",
    "relu",
    "x",
    "0",
    "residual1",
)
PLAIN = ("relu", "batch_norm", "dropout", "sigmoid", "relu6", "layer_norm")


def named(draw: Any, taken: set[str]) -> str:
    free = [word for word in WORDS if word not in taken]
    word = draw(st.sampled_from(free)) if free and draw(st.booleans()) else ""
    taken.add(word)
    return f'name: "{word}", ' if word else ""


@st.composite
def entries(draw: Any, depth: int = 0, least: int = 0) -> str:
    taken: set[str] = set()
    return f"[{', '.join(entry(draw, depth, taken) for _ in range(draw(st.integers(least, 3))))}]"


def entry(draw: Any, depth: int, taken: set[str]) -> str:
    """One entry of a list of layers, which keeps the shape."""
    name = named(draw, taken)
    kind = draw(st.integers(0, 3 if depth > 2 else 9))
    if kind <= 1:
        return f"{{{name}op: {draw(st.sampled_from(PLAIN))}}}"
    if kind == 2:
        return f"{{{name}op: conv, out_channels: 3, kernel_size: 1}}"
    if kind == 3:
        word = draw(st.sampled_from(["conv_bn", "conv_bn_relu", "unit"]))
        return f"{{{name}op: {word}, out_channels: 3}}"
    inner = draw(entries(depth + 1, 1))
    if kind <= 5:
        return f"{{{name}repeat: {draw(st.integers(1, 2))}, layers: {inner}}}"
    if kind == 6:
        return f"{{{name}op: table, columns: [c], rows: [[1], [2]], layers: {inner}}}"
    if kind == 7:
        paths = f"[{inner}, {draw(entries(depth + 1))}]"
        return f"{{{name}op: branches, join: add, paths: {paths}}}"
    return f"{{{name}op: residual, body: {inner}, shortcut: {draw(entries(depth + 1))}}}"


BLOCKS = """
input: [3, 4, 4]
blocks:
  unit:
    args: {out_channels: ~}
    layers:
      - {op: conv_bn, out_channels: out_channels}
      - {op: residual, body: [{op: conv, name: x, out_channels: out_channels, kernel_size: 1}]}
"""


@settings(max_examples=300, deadline=None)
@given(entries(0, 1))
def test_names_of_any_spec(text: str) -> None:
    net = network(f"{BLOCKS}layers: {text}\n")
    holds(net)
    back = network(to_spec(net))
    assert [layer.name for layer in back.layers] == [layer.name for layer in net.layers]


# Parts of names


NET = """
  - {op: conv_bn_relu, name: stem, out_channels: 4}
  - op: table
    name: stage
    columns: [width]
    rows: [[4], [8]]
    layers: [{op: bottleneck, repeat: 2, width: width, expansion: 1}]
  - {op: linear, name: classifier, out_features: 10}
"""


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("stem", "stem"),
        ("stem.norm", "stem.norm"),
        ("stem.relu1", "stem.act"),
        ("stage.1.0.residual1.shortcut.project.conv1", "stage.1.0.shortcut"),
        ("1.1.reduce", "stage.1.1.reduce"),
        ("1.0.shortcut.norm", "stage.1.0.shortcut.norm"),
        ("1.1.expand.batch_norm1", "stage.1.1.expand.norm"),
        ("stage.1.0.project.conv1", "stage.1.0.shortcut"),
        ("classif", "classifier"),
        ("stage.1…0.reduce", "stage.1.0.reduce"),
        ("stage.1...0.reduce", "stage.1.0.reduce"),
        ("…0.0.add", "stage.0.0.add"),
        ("stage.1shortcut.norm", "stage.1.0.shortcut.norm"),
        ("stage.1.{0 => 7}.reduce", "stage.1.0.reduce"),
        ("stage.1.0.{reduce => less.more}.norm", "stage.1.0.reduce.norm"),
    ],
)
def test_a_part_of_a_name_is_enough(text: str, name: str) -> None:
    assert layers(NET).layer(text).name == name


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "reduce",
            "`reduce` may be any of 4 layers: give more of the name\n"
            "  `stage.0.0.reduce`\n  `stage.0.1.reduce`\n  `stage.1.0.reduce`\n"
            "  `stage.1.1.reduce`",
        ),
        (
            "clasifier",
            "no layer is named `clasifier`\n  a layer with a similar name exists: `classifier`",
        ),
        ("nope", "no layer is named `nope`\n  names of layers are such as `stem`"),
        ("", "no layer is named ``\n  names of layers are such as `stem`"),
    ],
)
def test_what_is_ambiguous_is_listed(text: str, message: str) -> None:
    with pytest.raises(ConvcostError) as caught:
        layers(NET).layer(text)
    assert str(caught.value) == message


def test_long_lists_end() -> None:
    with pytest.raises(ConvcostError) as caught:
        layers("  - {op: relu, name: a, repeat: 1200}\n").layer("a")
    first, *others = str(caught.value).splitlines()
    assert first == "`a` may be any of 1,200 layers: give more of the name"
    assert others[0] == "  `a.0`"
    assert (len(others), others[-1]) == (11, "  and 1,190 more")
