"""A network as jobs that make blocks of memory and read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.network import Network
    from convcost.tensor import Tensor


class Job(NamedTuple):
    """Layers that run as one: the blocks that they make, and those that they read, each once."""

    makes: tuple[int, ...]
    reads: tuple[int, ...]


class Jobs(NamedTuple):
    """Jobs in an order in which they can run.

    Attributes:
        jobs: in order.
        sizes: of each block, in bytes.
        given: the blocks that are there at first.
        kept: the blocks that are there at the end.
        needs: for each job, those that must run before it.
    """

    jobs: Sequence[Job]
    sizes: Sequence[int]
    given: frozenset[int]
    kept: frozenset[int]
    needs: Sequence[frozenset[int]]


def jobs_of(network: Network) -> Jobs:
    """A network with a job for each layer. A view is the memory of its input, and that of a stored
    array is none."""
    edges = network.edges
    blocks: dict[Tensor, int] = {}
    sizes: list[int] = []
    for tensor in network.inputs.values():
        blocks[tensor] = len(sizes)
        sizes.append(tensor.bytes)
    given = frozenset(blocks[t] for t in network.inputs.values() if edges.reads[t])
    makers: dict[Tensor, int] = {}
    found: list[Job] = []
    needs: list[frozenset[int]] = []
    for number, layer in enumerate(network.layers):
        reads = dict.fromkeys(blocks[tensor] for tensor in layer.inputs)
        needs.append(frozenset(makers[t] for t in layer.inputs if t in makers))
        makes: list[int] = []
        for tensor in layer.outputs:
            makers[tensor] = number
            if layer.inputs and not layer.makes_memory:
                blocks[tensor] = blocks[layer.inputs[0]]
                continue
            blocks[tensor] = len(sizes)
            sizes.append(tensor.bytes if layer.makes_memory else 0)
            makes.append(blocks[tensor])
        found.append(Job((*makes,), (*reads,)))
    kept = frozenset(blocks[tensor] for tensor in edges.outputs)
    return Jobs(found, sizes, given, kept, needs)
