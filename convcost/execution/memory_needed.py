"""The memory that a run takes, known before it starts: every array that is alive at once.

A kernel's own arrays are said beside it (``WORKSPACE``); here are those of the network around it.
Sizes are elements of float32 until they are printed.
"""

from __future__ import annotations

from collections import Counter
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from convcost.errors import Problem, SpecError, printable
from convcost.execution.forward import op_fields
from convcost.execution.memory_free import free_bytes
from convcost.executor.kernels import WORKSPACE
from convcost.executor.workspace import of_nothing
from convcost.ops import op_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from convcost.network import Layer, Network
    from convcost.tensor import Tensor

FLOAT32 = 4  # bytes
BESIDE = 1 << 15  # bytes of Python's own objects while a network runs, however small it is


class Need(NamedTuple):
    """Bytes that are needed, and by which layer."""

    size: int
    layer: Layer | None


class Moment(NamedTuple):
    """A layer as it runs: ``held`` are the elements of its inputs and of what later layers need
    besides, ``weights`` those of its weights that are not yet held, and ``made`` those of its
    outputs. ``overwritable`` says whether nothing else needs its first input."""

    layer: Layer
    held: int
    weights: int
    made: int
    overwritable: bool


def refuse_too_large(need: Need, allowed: int | None, doing: str, advice: str) -> int | None:
    """Refuse what would not fit; the bytes that there are, if that is known.

    Args:
        need: what it takes.
        allowed: bytes; those that are available, unless given.
        doing: the beginning of a sentence: "verifying", "running".
        advice: what needs less.

    Raises:
        SpecError: at the layer that needs most.
    """
    free = free_bytes() if allowed is None else allowed
    if free is None or need.size <= free:
        return free
    where = f" at layer '{printable(need.layer.name)}'" if need.layer else ""
    limit = "are available" if allowed is None else "are allowed by --memory"
    said = f"{doing} takes {need.size:,} bytes of memory{where}, and {free:,} {limit}"
    place = need.layer and (need.layer.origin or need.layer.source)
    raise SpecError([Problem(said, place, notes=(advice,))])


def needed(network: Network) -> Need:
    """The most memory that a forward pass takes."""
    found = most(network, lambda moment: moment.made + workspace(moment.layer))
    return found._replace(size=found.size + BESIDE)


def most(network: Network, takes: Callable[[Moment], int], *, kept: bool = False) -> Need:
    """The most that is alive at once: ``takes`` says what a layer needs besides what is held and
    its weights."""
    found = Need(FLOAT32 * sum(map(elements, network.inputs.values())), None)
    for moment in moments(network, kept=kept):
        size = FLOAT32 * (moment.held + moment.weights + takes(moment))
        if size > found.size or found.layer is None:
            found = Need(max(size, found.size), moment.layer)
    return found


def moments(network: Network, *, kept: bool = False) -> Iterator[Moment]:
    """Each layer as it runs, in order. Inputs are held by whoever gave them, and with ``kept`` so
    are weights."""
    left = Counter(network.edges.reads)
    roots: dict[Tensor, _Root] = {t: _Root(0) for t in network.inputs.values()}
    for tensor, root in roots.items():
        root.holders += left[tensor] > 0
    held = sum(map(elements, network.inputs.values()))
    users = Counter(w.name for layer in network.layers for w in layer.weights.values())
    weights = {w.name: w for layer in network.layers for w in layer.weights.values()}
    known = set(weights) if kept else set[str]()
    held += sum(prod(weights[name].shape) for name in known)
    for layer in network.layers:
        new = {w.name: prod(w.shape) for w in layer.weights.values() if w.name not in known}
        made = sum(map(elements, layer.outputs)) if layer.makes_memory else 0
        sources = [roots[tensor] for tensor in layer.inputs]
        left.subtract(layer.inputs)
        ending = [t for t in dict.fromkeys((*layer.inputs, *layer.outputs)) if not left[t]]
        first = sources[0] if sources else None
        ended = sum(roots.get(tensor) is first for tensor in ending)
        over = first is not None and sources.count(first) == 1 and ended == first.holders
        yield Moment(layer, held, sum(new.values()), made, over)
        shared = {name for name in new if users[name] > 1}
        known |= shared
        held += sum(new[name] for name in shared)
        for tensor in layer.outputs:
            if layer.makes_memory or first is None:
                roots[tensor] = _Root(elements(tensor))
                held += roots[tensor].size
            else:
                roots[tensor] = first
            roots[tensor].holders += 1
        for tensor in ending:
            root = roots[tensor]
            root.holders -= 1
            if not root.holders:
                held -= root.size


class _Root:
    """Memory, and how many tensors alive lie in it."""

    __slots__ = ("holders", "size")

    def __init__(self, size: int) -> None:
        self.size = size
        self.holders = 0


def elements(tensor: Tensor) -> int:
    """The number of a tensor's elements."""
    return prod(tensor.shape)


def workspace(layer: Layer) -> int:
    """Memory that a layer's kernel holds while it runs, besides inputs, weights and outputs."""
    bound = WORKSPACE.get(op_name(type(layer.op)), of_nothing)
    shapes = (*layer.input_shapes, *(tensor.shape for tensor in layer.outputs))
    return bound(*shapes[: len(layer.inputs) + 1], **op_fields(layer, bound))
