"""Random graphs: maps made into tokens and back, cut, joined, permuted and regrouped in ways that
nobody would choose."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, cast

from convcost.applied import BrokenCondition
from convcost.network import Network
from convcost.ops import op_class
from convcost.ops.fields import build, declared
from convcost.ops.kinds import FieldError
from convcost.tensor import Tensor

if TYPE_CHECKING:
    import random

MOST_ELEMENTS = 600


def factors(rng: random.Random, number: int) -> list[int]:
    """Sizes whose product is a number."""
    sizes: list[int] = []
    while number > 1:
        size = rng.choice([n for n in range(2, number + 1) if number % n == 0])
        sizes.append(size)
        number //= size
    if rng.random() < 0.2:
        sizes.insert(rng.randrange(len(sizes) + 1), 1)
    rng.shuffle(sizes)
    return sizes or [1]


def proposed(rng: random.Random, network: Network, padded: bool) -> tuple[str, Any, list[Tensor]]:
    """An op, its fields, and what it reads; it need not be possible."""
    tensors = [*network.inputs.values(), *(t for layer in network.layers for t in layer.outputs)]
    x = rng.choice([tensor for tensor in tensors if len(tensor.shape) > 1][-3:])
    shape, rank = x.shape, len(x.shape)
    spatial = max(1, rank - 2)
    axis = rng.randrange(1, rank)
    pads = [(rng.randrange(2) * padded, rng.randrange(2) * padded) for _ in range(spatial)]
    window = {
        "kernel_size": tuple(rng.choice((1, 1, 2, 3)) for _ in range(spatial)),
        "stride": tuple(rng.choice((1, 1, 2)) for _ in range(spatial)),
        "padding": tuple(pads),
        "dilation": tuple(rng.choice((1, 1, 2)) for _ in range(spatial)),
    }
    start = rng.randrange(shape[axis])
    step = rng.choice((1, 1, 2, -1))
    places = sorted((start, rng.randrange(shape[axis])))
    ends = (places[0], places[1] + 1) if step > 0 else (places[1], places[0] - 1 - shape[axis])
    merged = sorted((axis, rng.randrange(1, rank)))
    alike = [tensor for tensor in tensors if len(tensor.shape) == rank]
    mean = {"dim": (axis,), "keepdim": rng.random() < 0.5}
    fields: dict[str, dict[str, Any]] = {
        "conv": {"out_channels": 2, "groups": rng.choice((1, 1, 2, shape[1])), **window},
        "max_pool": window,
        "reshape": {"shape": tuple(factors(rng, prod(shape[1:])))},
        "flatten": {"start_dim": merged[0], "end_dim": merged[1]},
        "permute": {"dims": tuple(rng.sample(range(1, rank), rank - 1))},
        "slice": {"dims": (axis,), "starts": (ends[0],), "ends": (ends[1],), "steps": (step,)},
        "linear": {"out_features": 2},
        "mean": mean,
        "softmax": {"dim": axis},
        "layer_norm": {"dim": (axis,)},
        "instance_norm": {},
        "channel_shuffle": {"groups": rng.choice((2, 3))},
        "split": {"parts": 2, "dim": axis},
        "concat": {"dim": axis},
        "add": {},
        "multiply": {},
        "pixel_shuffle": {"upscale_factor": (2,) * spatial},
        "pixel_unshuffle": {"downscale_factor": (2,) * spatial},
        "adaptive_avg_pool": {"output_size": (rng.choice((1, 2, 3)),) * spatial},
        "gather": {"dim": axis, "indices": tuple(rng.choices(range(shape[axis]), k=3))},
        "tile": {"repeats": (1, *(rng.choice((1, 1, 2)) for _ in shape[1:]))},
        "upsample": {"scale_factor": 2},
    }
    if padded:
        fields["conv_transpose"] = {"out_channels": 2, **window}
    name = rng.choice([*fields, *["reshape", "permute", "flatten"] * 2])
    several = name in ("concat", "add", "multiply")
    return name, fields[name], [x, rng.choice(alike)] if several else [x]


def as_written(value: Any) -> Any:
    """As a person writes it: lists."""
    if isinstance(value, tuple):
        return [as_written(part) for part in cast("tuple[Any, ...]", value)]
    return value


def grown(rng: random.Random, *, padded: bool) -> Network:
    """A random graph of a few layers."""
    network = Network("random")
    shape = (1, rng.choice((2, 3, 4)), *(rng.choice((3, 4, 5, 6)) for _ in range(2)))
    network.inputs["x"] = Tensor("x", shape)
    for number in range(rng.randrange(2, 9)):
        name, fields, inputs = proposed(rng, network, padded)
        own = {k: as_written(v) for k, v in fields.items() if k in declared(op_class(name))}
        try:
            op = build(op_class(name), len(inputs[0].shape) - 2, own)
            layer = network.add(f"{name}{number}", op, inputs)
        except (BrokenCondition, FieldError):
            continue
        if any(prod(tensor.shape) > MOST_ELEMENTS for tensor in layer.outputs):
            network.layers.pop()
    return network
