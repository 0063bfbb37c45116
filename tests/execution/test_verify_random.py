"""verify of random graphs: a disagreement would be false, since fields are right in all of them."""

from __future__ import annotations

import random

import pytest
from random_graphs import grown

from convcost.execution.verification import verify


@pytest.mark.parametrize("padded", [False, True], ids=["valid", "padded"])
@pytest.mark.parametrize("seed", [*range(60), 1538])  # a table that moves on a longer input
def test_a_random_graph_is_confirmed(seed: int, padded: bool) -> None:
    network = grown(random.Random(f"{seed} {padded}"), padded=padded)
    network.outputs = {layer.name: layer.outputs[0] for layer in network.layers[-1:]}
    found = verify(network)
    assert found.agrees == bool(network.layers)
    assert not found.broken
