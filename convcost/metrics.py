"""Every metric, declared once: what it means, what it is called and what may be done with it.

Counts, bytes, documents, options, limits, explanations and docs follow from :data:`METRICS`, in its
order. How a figure is worked out stands with the formulas: see ``docs/adding_a_metric.md``.
"""

from __future__ import annotations

from enum import Enum
from functools import reduce
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from convcost.number import larger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

PEAK = "peak_activation_bytes"
DEPTH = "depth"
FIELD = "receptive_field"


EXAMPLE = "--op conv --input 64x56x56 out_channels=128 kernel_size=3 padding=1"
"""The layer that examples are about, as options of commands describe it."""


class Source(Enum):
    """Where the figure of a layer comes from."""

    OP = "a method of the op, under the metric's name"
    LAYER = "the layer, beside its analysis"
    NETWORK = "the whole network"


class OfLayer(NamedTuple):
    """The source of a metric that is a function of a layer and of those of its weights that no
    layer before it has."""

    formula: Callable[[Any, Sequence[Any]], int]


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
    nothing does, and then it is not a count of a layer. Such a count is a sort key and, where it is
    a sum, a ``--metric`` of ``compare``. ``limited`` and ``expected`` say whether ``budget:`` and
    ``expect:`` take it, ``in_first_budget`` whether ``init`` writes a limit of it.

    ``column`` and ``line`` are its places in ``analyze``, if it has any. ``compared`` is its place
    among the totals of ``compare``, and 0 for none of them.
    """

    name: str
    says: str
    source: Source | OfLayer | Derived
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
        """The heading in tables."""
        return self.heading or self.name


def largest(figures: Iterable[int]) -> int:
    """Return the largest of several numbers, of any kind."""
    return cast("int", reduce(larger, figures))


def flops(macs: int) -> int:
    """Return MACs as a multiplication and an addition each."""
    return 2 * macs


def _intensity(macs: int, moved: int) -> float | None:
    return macs / moved if moved else None


def _params(_: Any, stored: Sequence[Any]) -> int:
    return sum(prod(weight.shape) for weight in stored if weight.learned)


def _buffers(_: Any, stored: Sequence[Any]) -> int:
    return sum(prod(weight.shape) for weight in stored if not weight.learned)


def _weight_bytes(_: Any, stored: Sequence[Any]) -> int:
    return sum(weight.bytes for weight in stored)


def _activation_bytes(layer: Any, _: Sequence[Any]) -> int:
    return sum(tensor.bytes for tensor in layer.outputs) if layer.makes_memory else 0


def _traffic_bytes(layer: Any, stored: Sequence[Any]) -> int:
    if not layer.makes_memory:
        return 0
    read = sum(tensor.bytes for tensor in {*layer.inputs})
    weights = sum(weight.bytes for weight in layer.weights.values())
    return read + weights + _activation_bytes(layer, stored)


def by_name(*metrics: Metric) -> dict[str, Metric]:
    """Return a table of metrics by their names."""
    return {metric.name: metric for metric in metrics}


METRICS = by_name(
    Metric(
        "params",
        "learned numbers: weights, biases, scale and shift of a normalisation. A weight that "
        "several layers use counts once, in the first of them. One that no output needs counts, "
        "and its layer is named as unused",
        OfLayer(_params),
        example="128 filters of 64 x 3 x 3 weights and a bias each: 73,856",
        in_first_budget=True,
        column=Column("params", grouped=True),
        line=Line(1, "params", "and {buffers} in buffers"),
        compared=1,
    ),
    Metric(
        "buffers",
        "stored and not learned: running mean and variance",
        OfLayer(_buffers),
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
        Derived(("macs",), flops),
        example="2 x 231,211,008 MACs: 462,422,016",
        heading="FLOPs",
        line=Line(4, "FLOPs", "2 x MACs", "FLOPs (2 x MACs) {}"),
    ),
    Metric(
        "weight_bytes",
        "what stores the weights and buffers; shared ones once",
        OfLayer(_weight_bytes),
        example="73,856 numbers of 4 bytes: 295,424",
        heading="weight bytes",
        unit="bytes",
        line=Line(5, "weights", "bytes, {dtypes}"),
        compared=5,
    ),
    Metric(
        "activation_bytes",
        "the layer's outputs; 0 for a view",
        OfLayer(_activation_bytes),
        example="128 x 56 x 56 numbers of 4 bytes: 1,605,632",
        heading="activation bytes",
        unit="bytes",
    ),
    Metric(
        "traffic_bytes",
        "inputs, outputs and weights, each moved once",
        OfLayer(_traffic_bytes),
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
