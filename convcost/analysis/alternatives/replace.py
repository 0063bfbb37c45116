"""Networks with convolutions replaced by other layers of the same input and output shapes."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING

from convcost.applied import BrokenCondition
from convcost.errors import ConvcostError, printable, quoted, similar
from convcost.network import Network
from convcost.ops import OPS, op_class, op_name
from convcost.ops.conv import Conv
from convcost.ops.fields import build, declared
from convcost.ops.join import Concat
from convcost.tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convcost.analysis.alternatives.plans import Path, Plan
    from convcost.network import Layer
    from convcost.ops.op import Op
    from convcost.tensor import Weight

FOLLOWING = "same"
"""Stands for the norm and the activation that follow the layer which is replaced."""

Between = dict[str, "Sequence[Op]"]
"""The layers to put after each convolution that another follows, by the name of the replaced
layer."""


def one_convolution(x: tuple[int, ...], written: Mapping[str, object], dtype: str) -> Network:
    """A network of one convolution.

    Args:
        x: the full shape of its input.
        written: its fields, as a person writes them.
        dtype: of all its numbers.

    Raises:
        FieldError: a field is refused.
        BrokenCondition: it cannot read such an input.
    """
    network = Network("convolution")
    network.inputs["input"] = Tensor("input", x, dtype=dtype)
    op = build(Conv, len(x) - 2, written)
    layer = network.add("conv", op, list(network.inputs.values()), dtype=dtype)
    network.outputs["conv"] = layer.outputs[0]
    return network


def alone(layer: Layer) -> Network:
    """A network of one layer of another network."""
    (read,) = layer.inputs
    network = Network(layer.name, layer.source)
    tensor = Tensor("input", read.shape, read.samples, read.dtype)
    network.inputs["input"] = tensor
    added = network.add(layer.name, layer.op, [tensor], layer.source, dtype=layer.outputs[0].dtype)
    network.outputs[layer.name] = added.outputs[0]
    return network


def replaced(network: Network, plans: Mapping[str, Plan], between: Between) -> Network:
    """The network with other layers in the place of some convolutions.

    Layers that stay are the very same, with their weights. What a replaced layer made is now made
    by the last layer in its place, so whoever read it reads that. Replaced layers that shared
    weights share those of their parts.

    Args:
        network: the network, which stays as it is.
        plans: what to put in the place of a layer, by the layer's name.
        between: what to put between its parts, by the layer's name.

    Raises:
        ConvcostError: what is to stand between cannot stand there.
    """
    result = copy(network)
    result.layers, result.expect, result.budget = [], {}, ()
    stay = (layer for layer in network.layers if layer.name not in plans)
    work = _Work(result, {weight.name for layer in stay for weight in layer.weights.values()})
    for layer in network.layers:
        plan = plans.get(layer.name)
        if plan is None:
            result.layers.append(layer)
            continue
        try:
            work.place(layer, plan, between.get(layer.name, ()))
        except BrokenCondition as error:
            name = printable(layer.name)
            raise ConvcostError(f"layer '{name}' as {plan.word}: {error}") from None
    return result


class _Work:
    """A network that grows; ``kept`` names the weights of the layers that stay."""

    def __init__(self, result: Network, kept: set[str]) -> None:
        self.result = result
        self.kept = kept
        self.owners: dict[tuple[str, str, tuple[int, ...]], Mapping[str, Weight]] = {}

    def place(self, layer: Layer, plan: Plan, between: Sequence[Op]) -> None:
        """Add the layers of a plan; the last one makes what the layer made."""
        shares = any(weight.name in self.kept for weight in layer.weights.values())
        several = plan.parts > 1 or shares  # else it takes the layer's name, and its weights'
        ends: list[Tensor] = []
        for path in plan.paths:
            tensor = layer.inputs[0]
            for part, op in _with(path, between):
                name = f"{layer.name}.{part}" if several else layer.name
                tensor = self._add(layer, name, op, tensor)
            ends.append(tensor)
        if len(ends) > 1:
            dtype = layer.outputs[0].dtype
            self.result.add(f"{layer.name}.concat", Concat(dim=1), ends, layer.source, dtype=dtype)
        last = self.result.layers[-1]
        assert last.outputs[0].shape == layer.outputs[0].shape, plan
        last.outputs = layer.outputs

    def _add(self, layer: Layer, name: str, op: Op, tensor: Tensor) -> Tensor:
        dtype = layer.outputs[0].dtype
        key = (layer.weights["weight"].name, name.removeprefix(layer.name), tensor.shape)
        added = self.result.add(
            name, op, [tensor], layer.source, shared=self.owners.get(key), dtype=dtype
        )
        if added.weights:
            self.owners[key] = added.weights
        return added.outputs[0]


def _with(path: Path, between: Sequence[Op]) -> list[tuple[str, Op]]:
    """The layers of a path, with others after each convolution that another follows."""
    convolutions = [number for number, (_, op) in enumerate(path) if op.weighs_taps and op.slides]
    found: list[tuple[str, Op]] = []
    for number, (name, op) in enumerate(path):
        found.append((name, op))
        if number in convolutions[:-1]:
            found += ((f"{name}_{op_name(type(extra))}", extra) for extra in between)
    return found


def following(network: Network, layer: Layer) -> list[Op]:
    """The norms and activations that a layer's output goes through, while nothing else reads it."""
    found: list[Op] = []
    tensor = layer.outputs[0]
    edges = network.edges
    while tensor not in edges.outputs:
        readers = edges.readers(tensor)
        if len(readers) != 1 or not readers[0].op.follows_convolutions:
            break
        found.append(readers[0].op)
        tensor = readers[0].outputs[0]
    return found


def between(network: Network, layers: Sequence[Layer], text: str | None) -> Between:
    """The layers to put between the parts of replaced layers.

    Args:
        network: the network of the layers.
        layers: those that are replaced.
        text: words such as ``batch_norm,relu``, or :data:`FOLLOWING`; None for nothing.

    Raises:
        ConvcostError: a word means nothing that may stand there.
    """
    if text is None:
        return {}
    if text == FOLLOWING:
        return {layer.name: following(network, layer) for layer in layers}
    words = [word.strip() for word in text.split(",")]
    ops = list(map(_op, words))
    return {layer.name: ops for layer in layers}


def _op(word: str) -> Op:
    known = [name for name in OPS if op_class(name).follows_convolutions]
    if word not in known:
        notes = similar(word, (*known, FOLLOWING), "word")
        said = f"--between: {quoted(word)} is not a norm or activation that can stand there"
        raise ConvcostError("\n  ".join((said, *notes)))
    op = op_class(word)
    if any(field.required for field in declared(op).values()):
        raise ConvcostError(
            f"--between: `{word}` needs fields, so it can only be repeated, by `{FOLLOWING}`"
        )
    return build(op, 0, {})
