"""Ways to compute one layer: what each step multiplies, adds and leaves for the next.

The first way of a layer is its written algorithm, the one whose products are its macs. Formulas are
arithmetic over any kind of number, as those of ops are. A product by a constant other than 0, 1 and
-1 is a multiply, even one by a power of two; what is zero by construction (padding, a zero put in
between, an element of a matrix outside its bands) is multiplied like any other number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar, cast

from convcost.number import Must, Number, Shape, ceil_div, prod
from convcost.ops.op import equal
from convcost.pow2 import log2_ceil, power_of_two

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from convcost.ops.conv import Conv
    from convcost.ops.conv_transpose import ConvTranspose
    from convcost.ops.op import Op

Kind = TypeVar("Kind", "Conv", "ConvTranspose")


class Step(NamedTuple):
    """One step: its arithmetic, and the elements of the array that it makes.

    ``once``: from the weights alone, so that it is done once for all inputs. The last step makes
    the output.
    """

    name: str
    multiplies: Number
    adds: Number
    elements: Number
    once: bool = False


class Algorithm(NamedTuple, Generic[Kind]):
    """A way to compute a layer.

    ``key`` is its name in the executor, ``title`` the one that a person reads, for a layer of some
    spatial rank. ``conditions`` must hold for it to apply; ``steps`` are its formulas, given an op
    and its input's full shape. Its outputs differ from those of the first way by no more than
    ``tolerance``, in float64 and where both are around 1.
    """

    key: str
    title: Callable[[int], str]
    steps: Callable[[Kind, Shape], Sequence[Step]]
    tolerance: float
    conditions: Callable[[Kind, Shape], Iterable[Must]] = lambda _op, _x: ()


def algorithms(op: Op) -> Sequence[Algorithm[Any]]:
    """The ways to compute a layer with this op, the written one first; none for most ops."""
    if not op.weighs_taps:
        return ()
    return CONV if op.slides else CONV_TRANSPOSE if op.scatters else ()


def workspace(steps: Sequence[Step]) -> Number:
    """Elements that steps leave for later ones, of the whole batch; those made once not among
    them."""
    return _sum(step.elements for step in steps[:-1] if not step.once)


def kept(steps: Sequence[Step]) -> Number:
    """Elements made once, which stay beside the weights, or in place of them."""
    return _sum(step.elements for step in steps if step.once)


def each_time(steps: Sequence[Step]) -> tuple[Number, Number]:
    """Multiplies and adds of the steps that are done for every input."""
    every = [step for step in steps if not step.once]
    return _sum(step.multiplies for step in every), _sum(step.adds for step in every)


def _sum(numbers: Iterable[Number]) -> Number:
    return sum(cast("Iterable[int]", numbers))  # adds any kind


# Convolution


def _direct(op: Conv, x: Shape) -> Sequence[Step]:
    return (Step("products", op.multiplies(x), op.adds(x), prod(op.output(x))),)


def _im2col(op: Conv, x: Shape) -> Sequence[Step]:
    """Chellapilla, Puri and Simard, "High Performance Convolutional Neural Networks for Document
    Processing", 2006."""
    windows = x[0] * x[1] * prod(op.kernel_size) * prod(op.output(x)[2:])
    return (Step("windows", 0, 0, windows), *_direct(op, x))


def _copies_windows(op: Conv, x: Shape) -> Iterator[Must]:
    more = (w.kernel - 1 + w.stride - 1 + w.before + w.after for w in op.windows(x))
    yield Must(
        _sum(more) - 1, "kernel 1 at stride 1: the input is im2col's matrix as it is", "kernel_size"
    )


def _matrix(op: Conv | ConvTranspose, x: Shape) -> Sequence[Step]:
    """A matrix for each group: a row for each output element, a column for each input element."""
    y = op.output(x)
    columns = x[1] // op.groups * prod(x[2:])
    matrix = op.out_channels * prod(y[2:]) * columns
    return (
        Step("matrix", 0, 0, matrix, once=True),
        Step("products", x[0] * matrix, prod(y) * (columns - 1 + op.bias), prod(y)),
    )


# Winograd's minimal filtering


class Transform(NamedTuple):
    """A transform of vectors by a constant matrix: its shape, and what one vector takes."""

    taken: int
    made: int
    multiplies: int
    adds: int

    def step(self, name: str, rank: int, times: Number, *, once: bool = False) -> Step:
        """The transform of ``times`` arrays along all their ``rank`` axes, one after another."""
        vectors = sum(self.made**axis * self.taken ** (rank - 1 - axis) for axis in range(rank))
        return Step(
            name,
            times * (vectors * self.multiplies),
            times * (vectors * self.adds),
            times * self.made**rank,
            once,
        )


class Filtering(NamedTuple):
    """``outputs`` of a filter of 3 taps from ``outputs + 2`` products: F(outputs, 3).

    Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", arXiv 1509.09308, section
    4. What rows of a transform have in common is worked out once; the paper's counts of
    instructions take a product and the sum that follows for one.
    """

    outputs: int
    data: Transform
    filter: Transform
    inverse: Transform

    def title(self, rank: int) -> str:
        """Its name in the paper's notation: ``winograd F(2x2,3x3)``."""
        outputs, taps = ("x".join([str(n)] * rank) for n in (self.outputs, 3))
        return f"winograd F({outputs},{taps})"

    def steps(self, op: Conv, x: Shape) -> Sequence[Step]:
        """Filters once; then tiles, products of each of their elements over channels, outputs."""
        rank, inner, y = len(x) - 2, x[1] // op.groups, op.output(x)
        tiles = x[0] * prod(ceil_div(length, self.outputs) for length in y[2:])
        made = self.inverse.step("outputs", rank, tiles * op.out_channels)
        sums = tiles * op.out_channels * (self.outputs + 2) ** rank
        return (
            self.filter.step("filters", rank, op.out_channels * inner, once=True),
            self.data.step("tiles", rank, tiles * x[1]),
            Step("products", sums * inner, sums * (inner - 1), sums),
            made._replace(adds=made.adds + prod(y) * op.bias, elements=prod(y)),
        )


F2 = Filtering(2, Transform(4, 4, 0, 4), Transform(3, 4, 2, 3), Transform(4, 2, 0, 4))
F4 = Filtering(4, Transform(6, 6, 5, 12), Transform(3, 6, 6, 6), Transform(6, 4, 3, 10))


def _for_winograd(op: Conv, _x: Shape) -> Iterator[Must]:
    for field, wanted, says in (
        ("kernel_size", 3, "kernel {given}: Winograd needs 3 taps along each axis"),
        ("stride", 1, "stride {given}: Winograd needs stride 1"),
        ("dilation", 1, "dilation {given}: Winograd needs taps side by side"),
    ):
        each: Shape = getattr(op, field)
        margin = _sum(equal(number, wanted) for number in each)
        alike = len(set(map(str, each))) == 1
        given = str(each[0]) if alike and field != "kernel_size" else "x".join(map(str, each))
        yield Must(margin, says, field, {"given": given})


# Fourier transforms


class Fourier(NamedTuple):
    """The transform of one axis, by radix 2 on complex numbers, padded to a power of two.

    A complex product is 4 multiplies and 2 adds, a complex sum 2 adds. Factors of 1 and -i are no
    products. Cooley and Tukey, "An Algorithm for the Machine Calculation of Complex Fourier
    Series", 1965.
    """

    length: Number
    doublings: Number

    @property
    def half(self) -> Number:
        """Frequencies that say all of a real signal."""
        return self.length // 2 + 1

    @property
    def products(self) -> Number:
        """``length / 2`` for each doubling but the first, less the factors of 1 and -i."""
        return (self.doublings - 1) * self.length // 2 - self.length + 2

    @property
    def multiplies(self) -> Number:
        """Of one transform."""
        return 4 * self.products

    @property
    def adds(self) -> Number:
        """Of one transform: a sum and a difference for each pair at each doubling, and products."""
        return 2 * self.products + 2 * self.length * self.doublings


def _fft(op: Conv, x: Shape) -> Sequence[Step]:
    """The convolution at all positions, of which ``stride`` keeps some.

    Mathieu, Henaff and LeCun, "Fast Training of Convolutional Networks through FFTs", arXiv
    1312.5851. Circular convolution over the padded input is enough: no window wraps around.
    """
    y, inner = op.output(x), x[1] // op.groups
    padded = [w.slack(size) + w.span for w, size in zip(op.windows(x), x[2:], strict=True)]
    axes = [Fourier(power_of_two(n), log2_ceil(n)) for n in padded]
    bins = prod((*(axis.length for axis in axes[:-1]), axes[-1].half))
    filters, sums = op.out_channels * inner, x[0] * op.out_channels
    scaled = 2 * filters * bins  # by the lengths, which the inverse transform needs
    from_taps = _along(axes, op.kernel_size)
    from_inputs = _along(axes, x[2:])
    to_outputs = _along(axes, y[2:])
    return (
        Step(
            "filters",
            filters * from_taps[0] + scaled,
            filters * from_taps[1],
            2 * filters * bins,
            once=True,
        ),
        Step(
            "spectrum",
            x[0] * x[1] * from_inputs[0],
            x[0] * x[1] * from_inputs[1],
            2 * x[0] * x[1] * bins,
        ),
        Step(
            "products",
            4 * bins * sums * inner,
            bins * sums * (4 * inner - 2),
            2 * bins * sums,
        ),
        Step("outputs", sums * to_outputs[0], sums * to_outputs[1] + prod(y) * op.bias, prod(y)),
    )


def _along(axes: Sequence[Fourier], sizes: Shape) -> tuple[Number, Number]:
    """Multiplies and adds of a transform of one map along all axes, those with ``sizes`` elements
    before it (or left after it): the last axis first (or last), while other axes are short."""
    multiplies: Number = 0
    adds: Number = 0
    for number, axis in enumerate(axes):
        vectors = prod(sizes[:number])
        if number < len(axes) - 1:
            vectors = vectors * prod(other.length for other in axes[number + 1 : -1])
            vectors = vectors * axes[-1].half
        multiplies = multiplies + vectors * axis.multiplies
        adds = adds + vectors * axis.adds
    return multiplies, adds


# Transposed convolution


def _scatter(op: ConvTranspose, x: Shape) -> Sequence[Step]:
    parts = x[0] * prod(x[2:]) * op.out_channels * prod(op.kernel_size)
    y = prod(op.output(x))
    return (
        Step("products", op.multiplies(x), parts * (x[1] // op.groups - 1), parts),
        Step("sums", 0, op.landing(x) + y * op.bias, y),
    )


def _zero_insertion(op: ConvTranspose, x: Shape) -> Sequence[Step]:
    """Dumoulin and Visin, arXiv 1603.07285, section 4.5."""
    y = op.output(x)
    spread = (n + w.span - 1 for n, w in zip(y[2:], op.windows, strict=True))
    products = x[1] // op.groups * prod(op.kernel_size)
    return (
        Step("zeros", 0, 0, x[0] * x[1] * prod(spread)),
        Step("products", prod(y) * products, prod(y) * (products - 1 + op.bias), prod(y)),
    )


def _named(name: str) -> Callable[[int], str]:
    return lambda _rank: name


CONV: tuple[Algorithm[Conv], ...] = (
    Algorithm("direct", _named("direct"), _direct, 0),
    Algorithm("im2col", _named("im2col"), _im2col, 1e-13, _copies_windows),
    Algorithm("winograd_2", F2.title, F2.steps, 1e-13, _for_winograd),
    Algorithm("winograd_4", F4.title, F4.steps, 1e-12, _for_winograd),
    Algorithm("fft", _named("fft"), _fft, 1e-13),
    Algorithm("matrix", _named("matrix"), _matrix, 1e-13),
)
CONV_TRANSPOSE: tuple[Algorithm[ConvTranspose], ...] = (
    Algorithm("scatter", _named("scatter"), _scatter, 0),
    Algorithm("zero_insertion", _named("zero insertion"), _zero_insertion, 1e-13),
    Algorithm("matrix_transposed", _named("matrix"), _matrix, 1e-13),
)
