"""Gradients that a training step makes: a question about the graph.

A gradient goes from what the loss reads, which is every output of the network, back to arrays that
are learned. So a layer makes those by an input where something learned lies before it, and those by
its own arrays unless they are frozen; and none where no output depends on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convcost.dtype import is_floating
from convcost.errors import ConvcostError, listed, quoted
from convcost.named import clues, within
from convcost.ops.op import Wanted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from convcost.network import Layer, Network
    from convcost.tensor import Tensor, Weight


class Backward(NamedTuple):
    """The backward pass of a network.

    Attributes:
        wanted: the gradients that each layer makes.
        learned: by layer, the arrays that have a gradient; shared ones in the first such layer.
    """

    wanted: Mapping[Layer, Wanted]
    learned: Mapping[Layer, Sequence[Weight]]


def backward(network: Network, frozen: Sequence[str] = ()) -> Backward:
    """The gradients that a training step of a network makes.

    Args:
        network: what is trained.
        frozen: layers whose arrays are not learned, by name: ``*`` stands for any text, the name
            of a block for all layers in it. An array is frozen in every layer that shares it.

    Raises:
        ConvcostError: no layer has such a name; all arrays are whole numbers.
    """
    _refuse_whole_numbers(network)
    still = fixed(network, frozen)
    learning = _learning(network, still)
    reached = _reached(network)
    wanted: dict[Layer, Wanted] = {}
    learned: dict[Layer, Sequence[Weight]] = {}
    seen: set[str] = set()
    for layer in network.layers:
        ends = [made for made, tensor in enumerate(layer.outputs) if tensor in reached]
        own = [weight for weight in _trainable(layer, still) if ends]
        inputs = tuple(
            tensor in learning and any(layer.op.differentiates(given, made) for made in ends)
            for given, tensor in enumerate(layer.inputs)
        )
        wanted[layer] = Wanted(inputs, bool(own))
        new = {weight.name: weight for weight in own if weight.name not in seen}
        seen.update(new)
        learned[layer] = [*new.values()]
    return Backward(wanted, learned)


def _refuse_whole_numbers(network: Network) -> None:
    stored = [weight for layer in network.layers for weight in layer.weights.values()]
    types = dict.fromkeys(weight.dtype for weight in stored if weight.learned)
    if types and not any(map(is_floating, types)):
        raise ConvcostError(
            f"all arrays are {listed([*types])}, and whole numbers are not learned by gradients: "
            "count with another dtype, such as float32 or bfloat16"
        )


def fixed(network: Network, frozen: Sequence[str]) -> Collection[str]:
    """The names of the arrays of frozen layers, which :func:`backward` takes by their names.

    Raises:
        ConvcostError: no layer has such a name.
    """
    names: set[str] = set()
    for pattern in frozen:
        layers = within(pattern, network.layers)
        if not layers:
            known = [layer.name for layer in network.layers]
            said = f"no layer is named {quoted(pattern)}, so none is frozen"
            raise ConvcostError("\n  ".join((said, *clues(pattern, known))))
        names.update(weight.name for layer in layers for weight in layer.weights.values())
    return names


def _trainable(layer: Layer, still: Collection[str]) -> Iterator[Weight]:
    """The arrays of a layer that have a gradient: whole numbers have none."""
    for weight in layer.weights.values():
        if weight.learned and weight.name not in still and is_floating(weight.dtype):
            yield weight


def _learning(network: Network, still: Collection[str]) -> Collection[Tensor]:
    """The tensors that depend on an array that is learned."""
    found: set[Tensor] = set()
    for layer in network.layers:
        given = [number for number, tensor in enumerate(layer.inputs) if tensor in found]
        learns = any(True for _ in _trainable(layer, still))
        for made, tensor in enumerate(layer.outputs):
            through = any(layer.op.differentiates(number, made) for number in given)
            if through or (learns and made not in layer.op.discrete):
                found.add(tensor)
    return found


def _reached(network: Network) -> Collection[Tensor]:
    """The tensors that the loss depends on; it may read whatever no layer is known to read."""
    found: set[Tensor] = {*network.outputs.values(), *network.held}
    for layer in reversed(network.layers):
        ends = [made for made, tensor in enumerate(layer.outputs) if tensor in found]
        for given, tensor in enumerate(layer.inputs):
            if any(layer.op.differentiates(given, made) for made in ends):
                found.add(tensor)
    return found
