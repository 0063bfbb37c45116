"""Networks as people write them, made of networks as exporters do.

A graph of another tool is often written in primitives: a ``gelu`` as seven layers, a bias as a sum.
That costs memory which no runtime takes, and hides what the network is. Here such layers become the
op that they are. Nothing is changed unless all values in between are read by nothing else, and the
arrays stored stay the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.importers.recompose.attention import attentions
from convcost.importers.recompose.batch_norms import batch_norms
from convcost.importers.recompose.biases import biases
from convcost.importers.recompose.einsums import einsums
from convcost.importers.recompose.functions import functions
from convcost.importers.recompose.graph import Graph
from convcost.importers.recompose.group_norms import group_norms
from convcost.importers.recompose.moved_norms import moved_norms
from convcost.importers.recompose.norms import norms
from convcost.importers.recompose.rewrite import rewritten
from convcost.importers.recompose.shared_heads import shared_heads
from convcost.importers.recompose.softmaxes import softmaxes
from convcost.importers.recompose.steps_first import steps_first

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from convcost.importers.recompose.rewrite import Match
    from convcost.network import Network

    Family = Callable[[Graph], Sequence[Match]]

FAMILIES: Sequence[Family] = (
    *(biases, batch_norms, norms, functions, moved_norms, group_norms, steps_first),
    *(softmaxes, einsums, shared_heads, attentions),
)
"""Kinds of layers that are found, in an order in which one may be part of the next."""


def recomposed(network: Network) -> Network:
    """The network with ops in the place of layers that are written out."""
    graph = Graph(network)
    for family in FAMILIES:
        matches = family(graph)
        if matches:
            graph = Graph(rewritten(graph, matches))
    return graph.network
