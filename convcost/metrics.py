"""Every metric, declared once: what it means, what it is called and what may be done with it.

Counts, bytes, documents, options, limits, explanations and docs follow from :data:`METRICS`, in its
order. How a figure is worked out stands with the formulas: see ``docs/adding_a_metric.md``.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import reduce
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from convcost.number import larger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

PEAK = "peak_activation_bytes"
DEPTH = "depth"
FIELD = "receptive_field"


EXAMPLE = "--op conv --input 64x56x56 out_channels=128 kernel_size=3 padding=1"
"""The layer that examples are about, as options of commands describe it."""


class Source(Enum):
    """Where the figure of a layer comes from."""

    OP = "a method of the op, under the metric's name"
    LAYER = "a function of the layer: its line in FIGURES, analysis/analyze/figures.py"
    NETWORK = "the whole network"


class Derived(NamedTuple):
    """The source of a metric that is a formula over others, which stand before it in the table."""

    metrics: tuple[str, ...]
    formula: Callable[..., Any]

    def of(self, figures: Mapping[str, Any]) -> Any:
        """Return the figure that follows from those of the other metrics."""
        return self.formula(*(figures[metric] for metric in self.metrics))


class Column(NamedTuple):
    """A column in the table of ``analyze``, by its heading.

    With ``share``, the parts that layers have of the total stand beside it. A ``grouped`` one is in
    tables of groups too, with such parts beside it, and a bar where layers have them. One that can
    be ``spared`` is left out of narrow tables; of several, the last goes first.
    """

    heading: str
    share: bool = False
    grouped: bool = False
    spared: bool = False


class Line(NamedTuple):
    """A line below the table of ``analyze``: its place there, what it is called, and a note, in
    which names in braces are those of `facts` in `render/reports/analyze.py`. ``paged`` is what a
    document says in place of the line, with the figure in braces."""

    place: int
    label: str
    note: str = ""
    paged: str = ""


class Metric(NamedTuple):
    """A metric.

    ``says`` is its explanation, ``example`` what it is of :data:`EXAMPLE` or of what the sentence
    names, and ``heading`` what tables call it, where that is not its name.
    ``adds_up`` makes one figure of those of several layers: ``sum`` or ``largest``; None where
    nothing does, and then it is no count of a layer. Such a count is a sort key and, where it is a
    sum, a ``--metric`` of ``compare``. ``limited`` and ``expected`` say whether ``budget:`` and
    ``expect:`` take it, ``in_first_budget`` whether ``init`` writes a limit of it.

    ``column`` and ``line`` are its places in ``analyze``, if it has any. ``compared`` is its place
    among the totals of ``compare``, and 0 for none of them.
    """

    name: str
    says: str
    source: Source | Derived
    example: str
    heading: str = ""
    unit: str = ""
    adds_up: Callable[[Iterable[int]], int] | None = sum
    limited: bool = True
    expected: bool = True
    in_first_budget: bool = False
    column: Column | None = None
    line: Line | None = None
    compared: int = 0

    @property
    def title(self) -> str:
        """What tables call it."""
        return self.heading or self.name


def largest(figures: Iterable[int]) -> int:
    """Return the largest of several numbers, of any kind."""
    return cast("int", reduce(larger, figures))


def _flops(macs: int) -> int:
    return 2 * macs


def _sum(*numbers: int) -> int:
    return sum(numbers)


def _intensity(macs: int, moved: int) -> float | None:
    return macs / moved if moved else None


def _by_name(*metrics: Metric) -> dict[str, Metric]:
    return {metric.name: metric for metric in metrics}


METRICS = _by_name(
    Metric(
        "params",
        "learned numbers: weights, biases, scale and shift of a normalisation. A weight that "
        "several layers use counts once, in the first of them. One that no output needs counts, "
        "and its layer is named as unused",
        Source.LAYER,
        example="128 filters of 64 x 3 x 3 weights and a bias each: 73,856",
        in_first_budget=True,
        column=Column("params", grouped=True),
        line=Line(1, "params", "and {buffers} in buffers"),
        compared=1,
    ),
    Metric(
        "buffers",
        "stored and not learned: running mean and variance",
        Source.LAYER,
        example="a batch_norm of 64 channels keeps 64 means and 64 variances: 128",
    ),
    Metric(
        "macs",
        "products accumulated in convolutions, linear layers and matrix products, biases not "
        'included, products with padding zeros included ("dense"), as in most papers and tools',
        Source.OP,
        example="128 channels x 56 x 56 positions x 64 x 3 x 3 products each: 231,211,008",
        heading="MACs",
        in_first_budget=True,
        column=Column("MACs", share=True, grouped=True),
        line=Line(
            2,
            "MACs",
            "dense: products with padding included; {samples}",
            "MACs are dense (products with padding included)",
        ),
        compared=2,
    ),
    Metric(
        "macs_in_bounds",
        "`macs` without products that touch a zero of the layer's own padding, which is how XLA "
        "counts",
        Source.OP,
        example="along an axis the 3 taps meet 3 x 56 - 2 = 166 pixels: 128 x 64 x 166 x 166 is "
        "225,738,752",
        heading="MACs in bounds",
        line=Line(3, "in bounds", "MACs without products with padding", "in bounds {}"),
    ),
    Metric(
        "multiplies",
        "multiplications, those of `macs` included",
        Source.OP,
        example="one a MAC: 231,211,008",
        compared=3,
    ),
    Metric(
        "adds",
        "additions; a subtraction is one. A sum of n numbers takes n - 1",
        Source.OP,
        example="575 to sum 576 products and 1 for the bias, of each output: 231,211,008",
    ),
    Metric(
        "divides",
        "divisions",
        Source.OP,
        example="an average of 2 x 2 pixels is a sum and 1 division",
    ),
    Metric(
        "comparisons",
        "comparisons: the largest of n numbers takes n - 1. A rounding counts as one",
        Source.OP,
        example="the largest of 2 x 2 pixels takes 3",
    ),
    Metric(
        "transcendentals",
        "square roots, powers, exponentials, logarithms, sines, tanh, sigmoid and erf: one each",
        Source.OP,
        example="a sigmoid over 64 x 56 x 56 numbers takes 200,704",
    ),
    Metric(
        "flops",
        "2 x `macs`, a multiplication and an addition each. Many papers call the MACs themselves "
        "FLOPs: compare what they print with `macs`",
        Derived(("macs",), _flops),
        example="2 x 231,211,008 MACs: 462,422,016",
        heading="FLOPs",
        line=Line(4, "FLOPs", "2 x MACs", "FLOPs (2 x MACs) {}"),
    ),
    Metric(
        "weight_bytes",
        "what stores the weights and buffers; shared ones once",
        Source.LAYER,
        example="73,856 numbers of 4 bytes: 295,424",
        heading="weight bytes",
        unit="bytes",
        line=Line(5, "weights", "bytes, {dtypes}"),
        compared=5,
    ),
    Metric(
        "activation_bytes",
        "the layer's outputs; 0 for a view",
        Source.LAYER,
        example="128 x 56 x 56 numbers of 4 bytes: 1,605,632",
        heading="activation bytes",
        unit="bytes",
    ),
    Metric(
        "traffic_bytes",
        "inputs, outputs and weights, each moved once",
        Source.LAYER,
        example="802,816 bytes in, 1,605,632 out and 295,424 of weights: 2,703,872",
        heading="bytes moved",
        unit="bytes",
        line=Line(7, "moved", "bytes{intensity}"),
    ),
    Metric(
        PEAK,
        "the bytes alive while the layer runs; the most of them for a network, and `peak` names "
        "the first layer with so many",
        Source.NETWORK,
        example="802,816 bytes in and 1,605,632 out: 2,408,448",
        heading="peak bytes",
        unit="bytes",
        adds_up=largest,
        in_first_budget=True,
        column=Column("alive", spared=True),
        line=Line(6, "peak", "bytes alive at {peak}"),
        compared=4,
    ),
    Metric(
        "intensity",
        "MACs per byte of `traffic_bytes`",
        Derived(("macs", "traffic_bytes"), _intensity),
        example="231,211,008 MACs over 2,703,872 bytes: 85.5",
        adds_up=None,
        limited=False,
        expected=False,
    ),
    Metric(
        DEPTH,
        "the most layers with weights on one path from an input to an output, as in the names of "
        "VGG-16 and ResNet-50: those that have `macs`, so no normalisations",
        Source.NETWORK,
        example="50 for ResNet-50",
        adds_up=None,
        limited=False,
        expected=False,
        compared=6,
    ),
    Metric(
        FIELD,
        "the input positions, along each axis, that one unit of the output depends on",
        Source.NETWORK,
        example="3 for a 3x3 convolution, 7 for three of them in a row",
        unit="positions",
        adds_up=None,
    ),
)

COUNTS = tuple(name for name, metric in METRICS.items() if metric.adds_up)
"""The metrics that are exact ints of a layer and of a network, in the order of documents."""

OF_LAYERS = tuple(name for name in COUNTS if METRICS[name].source is not Source.NETWORK)
SUMS = tuple(name for name in COUNTS if METRICS[name].adds_up is sum)
OF_OPS = tuple(name for name, metric in METRICS.items() if metric.source is Source.OP)
BYTES = tuple(name for name, metric in METRICS.items() if metric.unit == "bytes")
DERIVED = {n: m.source for n, m in METRICS.items() if isinstance(m.source, Derived)}
UNCOUNTED = (*OF_OPS, *(n for n, source in DERIVED.items() if {*source.metrics} & {*OF_OPS}))
"""The metrics that are not known of a layer whose op is not."""
RATIOS = {name: source for name, source in DERIVED.items() if name not in COUNTS}
COLUMNS = [(m.column, m) for m in METRICS.values() if m.column]
"""The columns of the table of ``analyze``, each with its metric."""

LINES = sorted((m.line, m.name) for m in METRICS.values() if m.line)
"""The lines below the table of ``analyze``, each with its metric."""

COMPARED = sorted((m for m in METRICS.values() if m.compared), key=lambda m: m.compared)
"""The totals of ``compare``."""

LIMITABLE = tuple(name for name, metric in METRICS.items() if metric.limited)
TRACED = tuple(name for name in COUNTS if name in LIMITABLE)
"""Those of one number, which have a history; a receptive field has one for each axis."""
EXPECTABLE = tuple(name for name, metric in METRICS.items() if metric.expected)


TRAINING = _by_name(
    Metric(
        "train.input_gradient_macs",
        "products accumulated in a training step for the gradients by inputs of layers; none where "
        "nothing that is learned lies before a layer",
        Source.OP,
        example="128 channels x 56 x 56 positions x 64 x 3 x 3 products each, if anything is "
        "learned before it: 231,211,008",
        heading="MACs by input",
        column=Column("by input"),
    ),
    Metric(
        "train.weight_gradient_macs",
        "products accumulated in a training step for the gradients by learned arrays",
        Source.OP,
        example="128 channels x 56 x 56 positions x 64 x 3 x 3 products each: 231,211,008",
        heading="MACs by weight",
        column=Column("by weight"),
    ),
    Metric(
        "train.backward_macs",
        "products accumulated in the backward pass: both kinds of gradients",
        Derived(("train.input_gradient_macs", "train.weight_gradient_macs"), _sum),
        example="twice the `macs` for a layer in the middle of a network",
        heading="backward MACs",
    ),
    Metric(
        "train.recomputed_macs",
        "products accumulated again in the backward pass, where blocks are run again since what is "
        "inside them was not kept",
        Source.OP,
        example="with `--checkpoint` and the name of its block the `macs` of a layer, otherwise 0",
        heading="recomputed MACs",
    ),
    Metric(
        "train.macs",
        "products accumulated in a training step: `macs`, those of the backward pass, and those "
        "that are accumulated again",
        Derived(("macs", "train.backward_macs", "train.recomputed_macs"), _sum),
        example="three times the `macs` for a layer in the middle of a network",
        heading="training MACs",
    ),
    Metric(
        "train.flops",
        "2 x `train.macs`, a multiplication and an addition each",
        Derived(("train.macs",), _flops),
        example="6 x the `macs` for a layer in the middle of a network",
        heading="training FLOPs",
    ),
    Metric(
        "train.gradient_bytes",
        "what stores the gradients of learned arrays; those of shared ones once",
        Source.LAYER,
        example="73,856 numbers of 4 bytes: 295,424",
        heading="gradient bytes",
        unit="bytes",
    ),
    Metric(
        "train.saved_bytes",
        "what PyTorch keeps from the forward pass for the backward pass, without learned and "
        "stored arrays. Each memory counts once, in the first layer that keeps it",
        Source.OP,
        example="the input of 64 x 56 x 56 numbers of 4 bytes: 802,816",
        heading="saved bytes",
        unit="bytes",
        column=Column("saved"),
    ),
    Metric(
        "train.memory_bytes",
        "stored arrays, gradients and what is kept for the backward pass: what a training step "
        "needs at the least between the two passes, without what an optimiser keeps",
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
