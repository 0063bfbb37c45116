"""Layers as modules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import convcost
from convcost.analysis.analyze.modules import DEEPEST, Module, modules

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.analysis.analyze.layer_cost import LayerCost


def leaves(parts: Sequence[Module | LayerCost]) -> Iterator[LayerCost]:
    for part in parts:
        if isinstance(part, Module):
            inside = list(leaves(part.parts))
            assert inside == list(part.layers)
            yield from inside
        else:
            yield part


def outline(parts: Sequence[Module | LayerCost]) -> list[object]:
    return [
        [f"{part.name}..{part.last}" if part.last else part.name, *outline(part.parts)]
        if isinstance(part, Module)
        else part.name
        for part in parts
    ]


@pytest.mark.parametrize("name", ["resnet50", "mobilenet_v2", "unet", "vit_b_16", "googlenet"])
def test_each_layer_is_there_once(name: str) -> None:
    analysis = convcost.analyze(convcost.load(name))
    parts = modules(analysis.layers)
    found = list(leaves(parts))
    assert sorted(one.name for one in found) == sorted(one.name for one in analysis.layers)
    for metric in ("macs", "params", "activation_bytes"):
        assert sum(part.counts[metric] for part in parts) == analysis.totals[metric]


def of(*names: str) -> list[LayerCost]:
    """Layers of some names that are the same but for those, as other tools write them."""
    conv = "{op: conv, out_channels: 3, kernel_size: 1, bias: false}"
    text = f"input: [3, 4, 4]\nlayers: [{', '.join([conv] * len(names))}]"
    network = convcost.load("net.yaml", read=lambda _: text.encode())
    for layer, name in zip(network.layers, names, strict=True):
        layer.name = name
    return list(convcost.analyze(network).layers)


def test_modules_that_are_alike_are_one() -> None:
    layers = of("stem", "b.0.x", "b.0.y", "b.1.x", "b.1.y", "b.2.x", "head.x", "head.y")
    assert outline(modules(layers)) == [
        "stem",
        ["b", ["b.0..b.1", ["b.0", "b.0.x", "b.0.y"], ["b.1", "b.1.x", "b.1.y"]], "b.2.x"],
        ["head", "head.x", "head.y"],
    ]


def test_a_module_that_holds_another_alone_is_that() -> None:
    assert outline(modules(of("a.b.c.x", "a.b.c.y", "z"))) == [
        ["a.b.c", "a.b.c.x", "a.b.c.y"],
        "z",
    ]


def test_names_that_are_too_deep_end_somewhere() -> None:
    deep = ".".join(["a"] * 500)
    (module,) = modules(of(f"{deep}.x", f"{deep}.y"))
    assert isinstance(module, Module)
    assert module.name.count(".") == DEEPEST - 1
    assert [layer.name[-1] for layer in module.layers] == ["x", "y"]
