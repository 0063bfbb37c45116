"""Helpers shared by the tests of the spec reader."""

from __future__ import annotations

import re
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from convcost.analysis.analyze.cost import analyze
from convcost.errors import SpecError
from convcost.spec import load

if TYPE_CHECKING:
    from convcost.network import Layer, Network
    from convcost.tensor import Tensor

ROOT = Path(__file__).parent.parent.parent
SPECS = sorted((ROOT / "specs").rglob("*.yaml"))


def network(text: str | bytes, **asked: Any) -> Network:
    """The network of a spec's text."""
    data = text if isinstance(text, bytes) else text.encode()
    return load("net.yaml", read=lambda _: data, **asked)


def layers(text: str, input_: str = "[3, 8, 8]", **asked: Any) -> Network:
    """The network of some layers, written as the value of ``layers:``."""
    return network(f"input: {input_}\nlayers:\n{text}", **asked)


def names(net: Network) -> list[str]:
    """The names of all layers, with all words of the structures that they stand in."""
    return [layer.path for layer in net.layers]


def layer(net: Network, name: str) -> Layer:
    return next(layer for layer in net.layers if layer.path == name)


def reads(net: Network, name: str) -> list[str]:
    return [called(net, tensor) for tensor in layer(net, name).inputs]


def called(net: Network, tensor: Tensor) -> str:
    """The name of a tensor, after the path of the layer that makes it."""
    maker = net.edges.makers.get(tensor)
    return tensor.name if maker is None else maker.path + tensor.name.removeprefix(maker.name)


def output_shape(net: Network) -> tuple[int, ...]:
    (tensor,) = net.outputs.values()
    return tensor.sample_shape


def params(net: Network) -> int:
    weights = {weight for layer in net.layers for weight in layer.weights.values()}
    return sum(prod(weight.shape) for weight in weights if weight.learned)


def macs(text: str) -> int:
    """The macs of a spec's network."""
    return analyze(network(text)).totals["macs"]


def mistakes(text: str | bytes, **asked: Any) -> SpecError:
    """Return the error that a spec raises."""
    with pytest.raises(SpecError) as caught:
        network(text, **asked)
    return caught.value


class Case(NamedTuple):
    """A spec with mistakes, and what is said of it."""

    title: str
    spec: str
    says: str


def cases(path: Path) -> list[Case]:
    """The cases of a file: ``=== title``, the spec, ``>>>``, the whole message."""
    found: list[Case] = []
    for chunk in re.split(r"^=== ", path.read_text("utf-8"), flags=re.MULTILINE)[1:]:
        title, _, rest = chunk.partition("\n")
        spec, _, says = rest.partition(">>>\n")
        found.append(Case(title, spec, says.rstrip("\n")))
    return found
