"""The questions that every op answers: conditions, shapes, weights, costs and what its units
read."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from convcost.number import Must, Number, Shape, larger, prod, smaller
from convcost.ops.example import MAP, Example
from convcost.ops.fields import HasFields, declared
from convcost.ops.kinds import FieldError
from convcost.window import FIRST, SAME, Step

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from convcost.digits import Digits
    from convcost.ops.saved import Saved


class Reads(NamedTuple):
    """The positions that the units of the output read along one axis of an input.

    ``axis`` is the output's axis that moves along it, and ``step`` the relation of units to
    positions; None where that is not followed. Where no axis is given, all units read the whole
    axis, or, with ``parts``, the axis was regrouped: these digits of the output's places make up
    the one position that a unit reads (with no step it is not known how).

    ``gate``: what is read tells only by how much the unit is scaled or shifted. With ``SAME`` the
    unit reads its own position, and for the statistics of a norm the whole axis; with ``FIRST`` the
    input is a factor repeated along the axis. ``deformed``: units read where their data say, and
    the step is what they read while all offsets are 0; where no axis is given they may read
    anywhere along it.
    """

    axis: int | None
    step: Step | None = SAME
    parts: Digits | None = None
    deformed: bool = False
    gate: bool = False

    @property
    def whole(self) -> bool:
        """Whether each unit reads the whole axis."""
        return self.gate or (self.axis is None and self.parts is None)


WHOLE = Reads(None)


class Wanted(NamedTuple):
    """The gradients of a layer that a training step needs: by each of its inputs, and by its
    learned arrays."""

    inputs: tuple[bool, ...]
    weights: bool

    def by(self, number: int) -> bool:
        """Whether the gradient by an input is needed; False for one that there is not."""
        return number < len(self.inputs) and self.inputs[number]


class Op(HasFields):
    """An operation on tensors: the fields of a layer, and formulas of its shapes and costs.

    All shapes are full: ``(batch, channels, *spatial)`` unless the op says otherwise. A formula may
    be given any kind of number (see ``convcost.number``) in its fields and shapes.
    """

    fewest_inputs: ClassVar[int] = 1
    most_inputs: ClassVar[int | None] = 1
    view: ClassVar[bool] = False
    """Whether the output is the input's memory, looked at differently."""
    strided: ClassVar[bool] = False
    """Whether the output is the input, or parts of it, with other strides: whoever reads it may
    read the input."""
    attends: ClassVar[str] = ""
    """Its part in an attention: ``product`` or ``softmax``."""
    widens: ClassVar[bool] = False
    """Whether it makes float32 of numbers half as wide where frameworks mix the two: norms of
    samples, softmax, and what makes stored numbers part of a map."""
    stored_as: str | None = None
    """The type of numbers that it makes, where that is not a layer's own."""
    opaque: ClassVar[bool] = False
    """Whether only its shapes are known, so that it cannot be executed."""
    costed: ClassVar[bool] = True
    """Whether its costs are known, as they are but for some that are opaque."""
    offsets_input: ClassVar[int | None] = None
    """The number of the input, if any, that says where others are read."""
    choice_input: ClassVar[int | None] = None
    """The input whose values, 0 or not, choose among the others, if there is one."""

    channels_axis: ClassVar[int] = 1
    """The axis of channels, or features, along which a bias lies."""
    scatters: ClassVar[bool] = False
    """Whether windows lie on the output: each element of the input adds to several of them."""
    weighs_taps: ClassVar[bool] = False
    """Whether the output is ``weight``, a matrix for each tap of a window if there is one and the
    same everywhere, times the input, and plus ``bias``: two such layers in a row are one."""
    rescales: ClassVar[bool] = False
    """Whether each element is scaled and shifted, by numbers of its channel at most, which the
    weights of a layer that weighs taps can do as well."""
    clamps: ClassVar[bool] = False
    """Whether each element is only kept within a range, as runtimes do while they store the output
    of another layer."""
    sums_inputs: ClassVar[bool] = False
    """Whether the output is the sum of the inputs, so that it may end a residual block."""
    commutes: ClassVar[bool] = False
    """Whether two inputs may change places."""
    follows_convolutions: ClassVar[bool] = False
    """Whether it is a norm or an activation as networks have between their convolutions."""
    beside: ClassVar[str] = ""
    """The word for it in names, beside the one convolution of a list: ``norm`` or ``act``."""
    recurs: ClassVar[bool] = False
    """Whether sums of products are factors of further ones, step by step: no padding is among them,
    and ones sent in do not count them."""
    factors: ClassVar[tuple[int, ...]] = (0,)
    """The inputs whose elements are factors of products in macs."""
    undifferentiated: ClassVar[tuple[int, ...]] = ()
    """The inputs that have no gradient: they say where others are read. That of ``choice_input``
    has none either."""
    discrete: ClassVar[tuple[int, ...]] = ()
    """The outputs that no gradient comes from: positions, and answers to questions."""
    fields_of_like: ClassVar[tuple[str, ...]] = ()
    """The fields that a spec may replace by ``like: NAME``, for the size of another layer."""

    examples: ClassVar[tuple[Example, ...]] = ()
    """What a layer of it may look like: see :func:`examples`. Fields that are
    required, and inputs other than maps of one size, make one necessary."""

    inputs_called: ClassVar[tuple[str, ...]] = ()
    """The names of the inputs in examples and formulas; none where they are all alike."""

    inputs_from: ClassVar[str] = ""
    """A sentence for who gives too few inputs: how the others are come by."""

    made_called: ClassVar[str | None] = None
    """The name of the size of the output that it works out, where that is no usual name."""

    keeps: ClassVar[Saved | None] = None
    """What PyTorch keeps for the backward pass, where that is always the same; see :meth:`saved`.
    """
    keeps_in_place: ClassVar[Saved | None] = None
    """What it keeps where it writes over its input, if that is something else."""
    unknown_kept: ClassVar[bool] = False
    """Whether it is not known what PyTorch keeps, and reports say so."""
    unwritten: ClassVar[bool] = False
    """Whether no exporter has a way to write it, so that networks with it are refused."""
    sliced: ClassVar[bool] = False
    """Whether PyTorch takes it as a slice: its output is memory of the input."""

    readings: ClassVar[tuple[str, ...]] = ()
    """Methods that count macs in other ways in use, each ``(*inputs) -> Number``."""

    roles: ClassVar[tuple[str, ...]] = ()
    """Learned arrays that may be inputs instead, after the first one: made by other layers."""

    @property
    def slides(self) -> bool:
        """Whether windows step over the first input."""
        return "kernel_size" in declared(type(self)) and not self.scatters

    def averages_taken(self, x: Shape) -> str | None:
        """Whether the mean of each channel apart is taken away from it, and over what: ``batch`` or
        ``sample``. A bias before such an op changes nothing."""
        return None

    @classmethod
    def like(cls, here: Sequence[int], there: Sequence[int]) -> dict[str, list[Any]]:
        """The field that makes a map as large as another one, see ``fields_of_like``.

        Args:
            here: sizes of the input's spatial axes.
            there: the sizes that are wanted.

        Raises:
            FieldError: the op cannot; its text is said of the other map.
        """
        if len(here) != len(there):
            raise FieldError(f"has {len(there)} spatial axes, and its input has {len(here)}")
        return {"size": list(there)}

    def stretched(self, before: tuple[int, ...], after: tuple[int, ...]) -> Op:
        """The op for an input of other sizes, as much longer or shorter where it names sizes."""
        return self

    def thinned(self, before: tuple[int, ...], after: tuple[int, ...]) -> Op:
        """The op for an input some of whose axes are divided by a number: where it names sizes and
        places along them, so are those, if they can be."""
        return self

    def given(self, *inputs: Shape) -> dict[str, Shape]:
        """The arrays that are inputs instead of being learned."""
        return dict(zip(self.roles, inputs[1:], strict=False))

    def sizes_called(self, number: int, rank: int, axes: Sequence[str]) -> Sequence[str] | None:
        """The names of the sizes of an input in formulas; empty for one that stays a number. None
        for the usual names, those of a map.

        Args:
            number: of the input.
            rank: how many axes it has.
            axes: names of the first input's spatial axes.
        """
        return None

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """The conditions under which the other formulas mean anything.

        Ask for one at a time: after a broken one the rest mean nothing either, and may fail.
        """
        yield from ()

    def outputs(self, *inputs: Shape) -> tuple[Shape, ...]:
        """The shape of each output."""
        return (self.output(*inputs),)

    def output(self, *inputs: Shape) -> Shape:
        """The shape of the only output; like the first input unless the op says otherwise."""
        return inputs[0]

    def weights(self, *inputs: Shape) -> dict[str, Shape]:
        """Shapes of the learned arrays, by name, in PyTorch's layout."""
        return {}

    def buffers(self, *inputs: Shape) -> dict[str, Shape]:
        """Shapes of the stored arrays that are not learned."""
        return {}

    def macs(self, *inputs: Shape) -> Number:
        """Accumulated products, those with padding included."""
        return 0

    def macs_in_bounds(self, *inputs: Shape) -> Number:
        """Accumulated products without those that touch a zero of the layer's own padding."""
        return self.macs(*inputs)

    def input_gradient_macs(self, wanted: Wanted, *inputs: Shape) -> Number:
        """Accumulated products of the gradients by inputs: as many as ``macs`` for each input that
        is a factor and whose gradient is wanted. Each product of the layer becomes one of the
        output's gradient and the other factor, by the product rule. Rumelhart, Hinton and Williams,
        "Learning representations by back-propagating errors", 1986."""
        return self.macs(*inputs) * sum(map(wanted.by, self.factors))

    def weight_gradient_macs(self, wanted: Wanted, *inputs: Shape) -> Number:
        """Accumulated products of the gradient by the learned weight, where it is wanted: as many
        as ``macs``, each of the output's gradient and the factor that the weight was multiplied
        by."""
        return self.macs(*inputs) * (wanted.weights and "weight" in self.weights(*inputs))

    def differentiates(self, given: int, made: int) -> bool:
        """Whether a gradient goes from an output, by its number, back to an input."""
        without = (*self.undifferentiated, self.choice_input)
        return given not in without and made not in self.discrete

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """For each input, for each of its axes: what the output's units read along it.

        Position by position unless the op says otherwise.
        """
        return tuple(position_by_position(len(shape)) for shape in inputs)

    def reads_of_output(
        self, output: int, *inputs: tuple[int, ...]
    ) -> tuple[tuple[Reads, ...], ...]:
        """``reads`` of one output where there are several: alike unless the op differs."""
        return self.reads(*inputs)

    def saved(self, wanted: Wanted, *inputs: Shape) -> Saved | None:
        """Return the tensors that PyTorch keeps for the backward pass if any gradient is wanted,
        according to ``tools/autograd/derivatives.yaml``; None if that is not known."""
        return self.keeps

    def multiplies(self, *inputs: Shape) -> Number:
        """Multiplications, those of macs included."""
        return self.macs(*inputs)

    def adds(self, *inputs: Shape) -> Number:
        """Additions and subtractions."""
        return 0

    def divides(self, *inputs: Shape) -> Number:
        """Divisions."""
        return 0

    def comparisons(self, *inputs: Shape) -> Number:
        """Comparisons: a maximum of n values takes n - 1."""
        return 0

    def transcendentals(self, *inputs: Shape) -> Number:
        """Square roots, powers, exponentials, logarithms, tanh, sigmoid, erf: one each."""
        return 0


class EachElement(Op):
    """An op that does the same with each element of its input."""

    def each(self) -> Mapping[str, int]:
        """Operations on one element, by metric."""
        return {}

    def multiplies(self, *inputs: Shape) -> Number:
        """As many for each element as ``each`` says."""
        return self._all("multiplies", inputs[0])

    def adds(self, *inputs: Shape) -> Number:
        """As many for each element as ``each`` says."""
        return self._all("adds", inputs[0])

    def divides(self, *inputs: Shape) -> Number:
        """As many for each element as ``each`` says."""
        return self._all("divides", inputs[0])

    def comparisons(self, *inputs: Shape) -> Number:
        """As many for each element as ``each`` says."""
        return self._all("comparisons", inputs[0])

    def transcendentals(self, *inputs: Shape) -> Number:
        """As many for each element as ``each`` says."""
        return self._all("transcendentals", inputs[0])

    def _all(self, metric: str, x: Shape) -> Number:
        each = self.each()
        return each[metric] * prod(x) if metric in each else 0


class Activation(EachElement):
    """A function of each element that bends, as networks have between their convolutions."""

    follows_convolutions = True
    beside = "act"


def examples(op: type[Op]) -> tuple[Example, ...]:
    """Layers of an op: those that it gives, or one without fields on as many maps as it needs.
    The first one is what its formulas are shown of, the others where they differ."""
    return op.examples or (Example(shapes=(MAP,) * op.fewest_inputs),)


def input_names(op: type[Op], count: int) -> tuple[str, ...]:
    """The names of the inputs of an example."""
    return (op.inputs_called or ("a", "b", "c"))[:count]


@cache
def position_by_position(rank: int) -> tuple[Reads, ...]:
    """Reads of a tensor whose units read their own position."""
    return tuple(Reads(axis) for axis in range(rank))


def without_gates(reads: Sequence[Reads]) -> Sequence[Reads] | None:
    """The reads of an input besides gates; None where the input is one."""
    if not any(how.gate for how in reads):
        return reads
    if any(how.gate and how.step is FIRST for how in reads):
        return None
    return [how._replace(gate=False) for how in reads]


def equal(a: Number, b: Number) -> Number:
    """A margin that holds where two numbers are equal."""
    return smaller(a, b) - larger(a, b)


def divides(divisor: Number, number: Number) -> Number:
    """A margin that holds where ``divisor`` divides ``number``."""
    return -(number % divisor)


def needs_spatial(x: Shape) -> Must:
    """The condition of ops that work on ``(batch, channels, *spatial)``."""
    return Must(
        len(x) - 3,
        "its input has no spatial axis: {shape}",
        values={"shape": written_shape(x)},
        inputs=(0,),
    )


def needs_axes(x: Shape, number: int = 1, given: int = 0) -> Must:
    """The condition of ops that read an axis which not every input has: 2 of them where that is the
    one of channels. ``given`` is the input's number."""
    return Must(
        len(x) - number,
        "its input {shape}, the batch included, has no {what}",
        values={
            "shape": f"[{', '.join(map(str, x))}]",
            "what": "axis of channels" if number == 2 else "axis",
        },
        inputs=(given,),
    )


def written_shape(shape: Shape) -> str:
    """A full shape as a person reads it: without the batch."""
    return f"[{', '.join(map(str, shape[1:]))}]"
