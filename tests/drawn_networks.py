"""Networks of modules in modules, with edges that nobody would choose, for tests of drawings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.network import Network
from convcost.ops import op_class
from convcost.ops.fields import build
from convcost.ops.opaque import Opaque
from convcost.tensor import Tensor

if TYPE_CHECKING:
    import random

    from convcost.ops.op import Op

SHAPE = (1, 2, 4, 4)
ODD = Opaque(operator="Odd", makes=(SHAPE,), arrays=(), constants=(), batch=True, costs=None)
CONV = {"out_channels": 2, "kernel_size": 1}


def op(name: str) -> Op:
    """An op that keeps the shape of a map."""
    return build(op_class(name), 2, CONV if name == "conv" else {})


def wired(rng: random.Random, layers: int) -> Network:
    """A random network: names of up to three words, edges from anywhere before."""
    network = Network("wired")
    network.inputs = {"x": Tensor("x", SHAPE), "y": Tensor("y", SHAPE)}
    words: list[str] = []
    for number in range(layers):
        words = [*words[: rng.randrange(3)], *rng.choices("ab", k=rng.randrange(1, 3))][:3]
        tensors = [*network.inputs.values(), *(t for one in network.layers for t in one.outputs)]
        kind = rng.choice(("relu", "conv", "add"))
        near = tensors[-1:] * 4 + tensors
        read = [rng.choice(near) for _ in range(2 if kind == "add" else 1)]
        network.add(".".join((*words, f"{kind}{number}")), op(kind), read)
    network.outputs = {"last": network.layers[-1].outputs[0]}
    return network


def repeated(rng: random.Random, times: int) -> Network:
    """Blocks that are alike, each after the last, some with what another made long before."""
    network = Network("repeated")
    network.inputs = {"x": Tensor("x", SHAPE)}
    first = network.add("stem", op("conv"), [network.inputs["x"]]).outputs[0]
    last, far = first, rng.random() < 0.5
    for number in range(times):
        begun = last
        for inner in range(2):
            last = network.add(f"b.{number}.c.{inner}", op("conv"), [last]).outputs[0]
        beside = first if far else begun
        last = network.add(f"b.{number}.add", op("add"), [last, beside]).outputs[0]
    network.outputs = {"last": last}
    return network
