"""Metrics with a dot in their name, which stand beside ours where somebody asks for them: counts of
other tools, times and memory on devices, counts of a training step."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from convcost.metrics import BYTES, METRICS, Column, Derived, Metric, Source, by_name, flops

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def _sum(*numbers: int) -> int:
    return sum(numbers)


TRAINING = by_name(
    Metric(
        "train.input_gradient_macs",
        "products accumulated in a training step for gradients with respect to the inputs of "
        "layers; none for a layer with nothing learned before it",
        Source.OP,
        example="128 channels x 56 x 56 positions x 64 x 3 x 3 products each, if anything is "
        "learned before it: 231,211,008",
        heading="MACs by input",
        column=Column("by input"),
    ),
    Metric(
        "train.weight_gradient_macs",
        "products accumulated in a training step for gradients with respect to parameters",
        Source.OP,
        example="128 channels x 56 x 56 positions x 64 x 3 x 3 products each: 231,211,008",
        heading="MACs by weight",
        column=Column("by weight"),
    ),
    Metric(
        "train.backward_macs",
        "products accumulated in the backward pass: the sum of both kinds of gradients",
        Derived(("train.input_gradient_macs", "train.weight_gradient_macs"), _sum),
        example="twice the `macs` for a layer in the middle of a network",
        heading="backward MACs",
    ),
    Metric(
        "train.recomputed_macs",
        "products accumulated again in the backward pass, in blocks that are recomputed because "
        "nothing inside them was kept",
        Source.OP,
        example="with `--checkpoint` and the name of its block the `macs` of a layer, otherwise 0",
        heading="recomputed MACs",
    ),
    Metric(
        "train.macs",
        "products accumulated in a training step: `macs`, those of the backward pass, and those "
        "of recomputed blocks",
        Derived(("macs", "train.backward_macs", "train.recomputed_macs"), _sum),
        example="three times the `macs` for a layer in the middle of a network",
        heading="training MACs",
    ),
    Metric(
        "train.flops",
        "2 x `train.macs`, a multiplication and an addition each",
        Derived(("train.macs",), flops),
        example="6 x the `macs` for a layer in the middle of a network",
        heading="training FLOPs",
    ),
    Metric(
        "train.gradient_bytes",
        "bytes of the gradients of parameters; a shared parameter counts once",
        Source.LAYER,
        example="73,856 numbers of 4 bytes: 295,424",
        heading="gradient bytes",
        unit="bytes",
    ),
    Metric(
        "train.saved_bytes",
        "bytes that PyTorch keeps from the forward pass for the backward pass, without parameters "
        "and buffers. Each piece of memory counts once, in the first layer that keeps it",
        Source.OP,
        example="the input of 64 x 56 x 56 numbers of 4 bytes: 802,816",
        heading="saved bytes",
        unit="bytes",
        column=Column("saved"),
    ),
    Metric(
        "train.memory_bytes",
        "bytes of parameters, buffers, gradients and what is kept for the backward pass: the least "
        "that a training step needs between the two passes, without the state of an optimiser",
        Derived(("weight_bytes", "train.gradient_bytes", "train.saved_bytes"), _sum),
        example="295,424 bytes of weights, as many of gradients, 802,816 of the input: 1,393,664",
        heading="training memory",
        unit="bytes",
    ),
)
"""The metrics of a training step, which ``analyze --train`` counts beside the others."""


OF_A_TOOL = r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*"
"""The pattern of metrics that are counts of other tools: ``thop.macs``."""


def is_of_a_tool(name: str) -> bool:
    """Return whether a metric is written as the count of another tool: ``thop.macs``."""
    return re.fullmatch(OF_A_TOOL, name) is not None


STEP_MACS = "train.macs"
OF_STEP = "train_"
"""The start of the word that a tool's count of a training step has: ``torch.train_flops``."""


def is_of_a_tools_step(name: str) -> bool:
    """Return whether a metric is written as a tool's count of a training step."""
    return name.partition(".")[2].startswith(OF_STEP)


NANOSECONDS = "ns"
DURATIONS = (("s", 10**9), ("ms", 10**6), ("us", 10**3), ("ns", 1))
BOUND = ".bound"
ESTIMATE = ".estimate"
TIMES = (BOUND, ESTIMATE)
"""The ends of counts that are times on a device."""


MEMORY = ".memory"
ARENA = ".arena"
FLASH = ".flash"
MEMORIES = (MEMORY, ARENA, FLASH)
"""The ends of figures that are bytes of a device. They are of a whole network alone: layers that
run one after another take the same memory."""


STATE = ".state_bytes"
"""The end of counts that are bytes of what an optimiser keeps: ``adam.state_bytes``."""


def further(counts: Iterable[str]) -> tuple[str, ...]:
    """Return the counts that are none of ours: of other tools, by the tool and its word for them,
    as ``thop.macs``, times on devices, as ``rtx3090.bound``, and counts of a training step, as
    ``train.macs``. They add up as sums."""
    return tuple(name for name in counts if "." in name)


def in_tables(counts: Iterable[str]) -> Mapping[str, str]:
    """Return those of :func:`further` that have a column in tables of layers, with its heading."""
    found: dict[str, str] = {}
    for name in further(counts):
        if name.endswith(STATE):
            continue
        column = TRAINING[name].column if name in TRAINING else Column(name)
        if column is not None:
            found[name] = column.heading
    return found


def is_time(name: str) -> bool:
    """Return whether a metric is a time on a device, in nanoseconds: ``rtx3090.bound``."""
    return name.endswith(TIMES)


def is_memory(name: str) -> bool:
    """Return whether a metric is memory of a device, in bytes: ``stm32f746.arena``."""
    return name.endswith(MEMORIES)


def is_bytes(name: str) -> bool:
    """Return whether limits of a metric have units of bytes."""
    return name in BYTES or is_memory(name)


def metric_of(name: str) -> Metric:
    """Return a metric by its name, of ours, of another tool or of a device."""
    if known := METRICS.get(name) or TRAINING.get(name):
        return known
    if is_memory(name):
        return Metric(name, "", Source.NETWORK, "", unit="bytes", adds_up=None, expected=False)
    unit = NANOSECONDS if name.endswith(TIMES) else "bytes" if name.endswith("_bytes") else ""
    return Metric(name, "", Source.LAYER, "", unit=unit, expected=False)


def together(metric: str, figures: Iterable[int]) -> int:
    """Return what the figures of several layers come to; 0 where there are none."""
    adds_up = metric_of(metric).adds_up
    found = list(figures)
    return adds_up(found) if adds_up and found else 0


def duration(nanoseconds: int) -> str:
    """Return a time in few letters: ``4.13 ms``."""
    word, unit = next((one for one in DURATIONS if nanoseconds >= one[1]), DURATIONS[-1])
    value = nanoseconds / unit
    return f"{value:.3g} {word}" if value < 1000 else f"{value:,.0f} {word}"
