"""Recurrent layers: one cell that is applied step by step, to the input's next step and to the
state that the step before has left."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from convcost.number import Must, Number, Shape, prod, smaller
from convcost.ops import fields
from convcost.ops.cell_functions import Function, operations
from convcost.ops.example import Example
from convcost.ops.kinds import Count, Word
from convcost.ops.op import WHOLE, Op, Reads, Wanted, equal, written_shape
from convcost.window import step_recurrent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MOST_LAYERS = 1000
CLIPPED = 2  # of a direction's functions, the first: an LSTM's cell is left as it is


class Axes(NamedTuple):
    """The axes of an input."""

    batch: int
    steps: int
    features: int


class _Steps(Count):
    """The axis of the steps: 1 or 2 of three, or counted from the end."""

    def __init__(self) -> None:
        super().__init__(1, 2)

    def normal(self, value: object, rank: int = 0) -> int:
        """See FieldKind."""
        return super().normal({-1: 2, -2: 1}[value] if value in (-1, -2) else value)


class Recurrent(Op):
    """``gates`` is the number of parts of a cell that have weights of their own, ``carried`` are
    the states that go from step to step."""

    gates: ClassVar[int]
    carried: ClassVar[tuple[str, ...]] = ("h",)
    examples = (Example({"hidden_size": 64}, ((48, 32),)),)
    made_called = "out_features"
    most_inputs = 5
    inputs_called = ("x", "h")
    roles = ("weight_ih", "weight_hh", "bias")
    recurs = True
    unknown_kept = True  # it is up to the library that runs the layer

    hidden_size: Number = fields.count("units of the state")
    num_layers: int = fields.count("layers, each on the states of the one before", 1, MOST_LAYERS)
    bias: bool = fields.yes_no("whether each gate has two biases, as in PyTorch and ONNX", True)
    dim: int = fields.declare(
        _Steps(),
        "axis of the steps: 1 for [steps, features], 2 for [features, steps] as convolutions have",
        1,
    )
    dropout: float = fields.real("share of states dropped between layers while learning", 0)
    bidirectional: bool = fields.yes_no("whether other cells go through it from the end", False)
    return_state: bool = fields.yes_no("whether the last state is an output, too", False)
    reverse: bool = fields.yes_no("whether it goes from the end to the start only", False)
    clip: float | None = fields.real(
        "the sums that gates are made of are clipped to this, and to minus this", None
    )
    layout: str = fields.declare(
        Word(("torch", "onnx")),
        "the framework whose shapes and order of gates it has",
        "torch",
    )
    made_weights: bool = fields.yes_no(
        "whether its weights are further inputs, in the order of `layout: onnx`", False
    )

    # Each op's own answers.

    def applied(self) -> tuple[Function, ...]:
        """The functions of the cell, for one direction or for each."""
        raise NotImplementedError  # every op overrides it

    def cell(self) -> Mapping[str, int]:
        """Operations of one unit in one step, by metric, besides products with weights and
        functions."""
        raise NotImplementedError  # every op overrides it

    def calls(self) -> Sequence[int]:
        """How many gates, or other parts of a cell, each function of a direction is applied to."""
        raise NotImplementedError  # every op overrides it

    # Sizes.

    @property
    def axes(self) -> Axes:
        """Where the input has batch, steps and features; the batch comes second in some files."""
        return (Axes(1, 0, 2), Axes(0, 1, 2), Axes(0, 2, 1))[self.dim]

    @property
    def directions(self) -> int:
        """1, or 2 where it goes both ways."""
        return 1 + self.bidirectional

    @property
    def state_size(self) -> Number:
        """Numbers of a state that are passed on."""
        return self.hidden_size

    @property
    def of_state(self) -> int:
        """Parts of a cell whose weights are multiplied by the state as it is."""
        return self.gates

    def cells(self, x: Shape) -> Number:
        """Units of all steps, samples and layers, of one direction."""
        return self.steps(x) * self.num_layers * self.hidden_size

    def steps(self, x: Shape) -> Number:
        """Steps of all samples."""
        batch, steps, _ = self.axes
        return x[batch] * x[steps]

    def products(self, x: Shape) -> Number:
        """Products of a gate's unit, summed over the layers."""
        further = (self.num_layers - 1) * self.directions * self.state_size
        return x[self.axes.features] + self.num_layers * self.state_size + further

    def state(self, x: Shape, size: Number) -> Shape:
        """The shape of a state: ``(batch, layers, size)``."""
        layers = self.num_layers * self.directions
        return (x[0], layers, size) if self.dim else (layers, x[1], size)

    def sizes_called(self, number: int, rank: int, axes: Sequence[str]) -> Sequence[str]:
        """Steps of features, states; arrays that stand for weights have names by their axes."""
        if number > len(self.carried) or (number and self.made_weights) or rank != 3:
            return [f"size{number}_{axis}" for axis in range(rank)]
        if number:
            return (
                ["batch", "layers", "hidden_size"]
                if self.dim
                else ["layers", "batch", "hidden_size"]
            )
        names = zip(self.axes, ("batch", "steps", "features"), strict=True)
        return [name for _, name in sorted(names)]

    def given(self, *inputs: Shape) -> dict[str, Shape]:
        """The weights that are inputs, after the states."""
        if not self.made_weights:
            return {}
        wanted = len(self.arrays(inputs[0]))
        return dict(zip(self.roles, inputs[max(1, len(inputs) - wanted) :], strict=False))

    # Formulas.

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """A sequence, fields that go together, states and weights that fit."""
        x = inputs[0]
        yield Must(
            smaller(len(x) - 3, 3 - len(x)),
            "it reads a sequence, [steps, features], or [features, steps] with `dim: 2`, and its "
            "input is {shape}: `reshape` makes one of a map",
            values={"shape": written_shape(x)},
            inputs=(0,),
        )
        yield from self._fields_fit()
        arrays = list(self.arrays(x)) if self.made_weights else []
        states = len(inputs) - 1 - len(arrays)
        first = "h and c, or neither" if len(self.carried) > 1 else "h, or nothing"
        yield Must(
            0 if states in (0, len(self.carried)) else -1,
            "after the sequence it takes: {takes}; here are {given} more",
            "from",
            {
                "takes": "; ".join((first, *arrays)),
                "given": len(inputs) - 1,
            },
        )
        for number, (name, wanted) in enumerate(self._further(x, states), start=1):
            given = inputs[number]
            full = number > states or not self.dim
            shapes = (
                str(list(shape)) if full else written_shape(shape) for shape in (given, wanted)
            )
            values = dict(zip(("given", "wanted"), shapes, strict=True))
            for margin in (-abs(len(given) - len(wanted)), *map(equal, given, wanted)):
                yield Must(
                    margin,
                    "{name} is {given}, and {wanted} is wanted",
                    values={"name": name, **values},
                    inputs=(number,),
                )

    def _further(self, x: Shape, states: int) -> Iterator[tuple[str, Shape]]:
        """Names and shapes of the inputs after the first."""
        sizes = (self.state_size, self.hidden_size)
        for name, size in zip(self.carried[:states], sizes, strict=False):
            yield f"the first {name}", self.state(x, size)
        if self.made_weights:
            yield from ((f"its {role}", shape) for role, shape in self.arrays(x).items())

    def _fields_fit(self) -> Iterator[Must]:
        given, wanted = len(self.applied()), len(self.calls())
        fits = given in (wanted, wanted * self.directions)
        yield Must(
            0 if fits else -1,
            "it has {given} functions, and a direction takes {wanted}",
            "nonlinearity" if hasattr(self, "nonlinearity") else "activations",
            {"given": given, "wanted": wanted},
        )
        yield Must(
            -(self.reverse and self.bidirectional),
            "`bidirectional` goes both ways already: leave `reverse` out",
            "reverse",
        )
        yield Must(
            -(self.layout == "onnx" and self.num_layers > 1),
            "`layout: onnx` is of one layer, and num_layers is {layers}",
            "layout",
            {"layers": self.num_layers},
        )
        yield Must(
            -(self.layout == "onnx" and self.dim == 2),
            "`layout: onnx` has the features last: leave `dim` out",
            "dim",
        )
        yield Must(
            -(self.made_weights and self.layout != "onnx"),
            "`made_weights` are those of `layout: onnx`: give that, too",
            "made_weights",
        )

    def output(self, *inputs: Shape) -> Shape:
        """The state after each step."""
        x = inputs[0]
        units, directions = self.state_size, self.directions
        if self.layout == "torch":
            made = directions * units
            return (x[0], made, x[2]) if self.dim == 2 else (*x[:2], made)
        return (*x[:2], directions, units) if self.dim else (x[0], directions, x[1], units)

    def outputs(self, *inputs: Shape) -> tuple[Shape, ...]:
        """The state after each step. With `bidirectional`, those of both directions side by side.
        With `return_state`, the last ones, too."""
        sizes = (self.state_size, self.hidden_size)[: len(self.carried)]
        last = [self.state(inputs[0], size) for size in sizes] if self.return_state else ()
        return (self.output(*inputs), *last)

    def weights(self, *inputs: Shape) -> dict[str, Shape]:
        """Weights of the input and of the state, and biases, for all gates together."""
        return {} if self.made_weights else self.arrays(inputs[0])

    def arrays(self, x: Shape) -> dict[str, Shape]:
        """The shapes of what is learned or given."""
        rows, read = self.gates * self.hidden_size, x[self.axes.features]
        if self.layout == "onnx":
            shared: dict[str, Shape] = {
                "weight_ih": (self.directions, rows, read),
                "weight_hh": (self.directions, rows, self.hidden_size),
            }
            return shared | ({"bias": (self.directions, 2 * rows)} if self.bias else {})
        found: dict[str, Shape] = {}
        for layer in range(self.num_layers):
            features = self.directions * self.state_size if layer else read
            for suffix in (f"_l{layer}", f"_l{layer}_reverse")[: self.directions]:
                found |= self.of_cell(suffix, rows, features)
        return found

    def of_cell(self, suffix: str, rows: Number, features: Number) -> dict[str, Shape]:
        """The arrays of one layer and direction, as PyTorch calls them."""
        biases = ("bias_ih", "bias_hh") if self.bias else ()
        return {
            f"weight_ih{suffix}": (rows, features),
            f"weight_hh{suffix}": (rows, self.state_size),
            **{f"{role}{suffix}": (rows,) for role in biases},
        }

    def macs(self, *inputs: Shape) -> Number:
        """For each step and each row of the weights, a product for each number of the input and of
        the state before, the first of which is 0 unless it is given. With `bidirectional`, of both
        directions."""
        x = inputs[0]
        rows = self.directions * self.gates * self.hidden_size
        return self.steps(x) * rows * self.products(x)

    def input_gradient_macs(self, wanted: Wanted, *inputs: Shape) -> Number:
        """Back through time: as many products as macs, without those of the input where its
        gradient is not wanted, and without those of the first state. With a first state whose
        gradient is wanted, with those. Werbos, "Backpropagation Through Time", 1990."""
        if not wanted.weights and not any(wanted.inputs):
            return 0
        x, units = inputs[0], self.directions * self.hidden_size
        first = len(inputs) - len(self.given(*inputs)) > 1 and wanted.by(1)
        kept = self.products(x) - x[self.axes.features] * (not wanted.by(0))
        back = self.steps(x) * self.gates * units * kept
        unused = x[self.axes.batch] * self.of_state * units * self.num_layers * self.state_size
        return back - unused * (not first) + self._by_made_weights(wanted, *inputs)

    def _by_made_weights(self, wanted: Wanted, *inputs: Shape) -> Number:
        """Products of the gradients by weights that are inputs."""
        made = list(self.given(*inputs).items())
        start = len(inputs) - len(made)
        return sum(
            self.steps(inputs[0]) * prod(shape)
            for number, (role, shape) in enumerate(made, start)
            if wanted.by(number) and role in ("weight_ih", "weight_hh")
        )

    def weight_gradient_macs(self, wanted: Wanted, *inputs: Shape) -> Number:
        """As many products as macs, where the weights are learned here and their gradients
        wanted."""
        return self.macs(*inputs) * (wanted.weights and not self.made_weights)

    def multiplies(self, *inputs: Shape) -> Number:
        """As its cell is written: see the op. With `bidirectional`, in both directions."""
        return self.macs(*inputs) + self._all("multiplies", inputs[0])

    def adds(self, *inputs: Shape) -> Number:
        """One less than products for each row of the weights; then as its cell is written. With
        `bias`, two more for each row. With `bidirectional`, in both directions."""
        rows, cells = self.directions * self.gates, self.cells(inputs[0])
        more = self._each("adds") + 2 * self.bias * rows
        return self.macs(*inputs) + more * cells - rows * cells

    def divides(self, *inputs: Shape) -> Number:
        """Those of its functions. With `bidirectional`, in both directions."""
        return self._all("divides", inputs[0])

    def comparisons(self, *inputs: Shape) -> Number:
        """Those of its functions. With `clip`, two more for each gate. With
        `bidirectional`, in both directions."""
        return self._all("comparisons", inputs[0])

    def transcendentals(self, *inputs: Shape) -> Number:
        """Those of its functions. With `bidirectional`, in both directions."""
        return self._all("transcendentals", inputs[0])

    def _all(self, metric: str, x: Shape) -> Number:
        return self._each(metric) * self.cells(x)

    def _each(self, metric: str) -> int:
        """Operations of one unit in one step, in all directions, besides products with weights."""
        once, calls = self.applied(), self.calls()
        functions = once if len(once) > len(calls) else once * self.directions
        found = self.directions * self.cell().get(metric, 0)
        for number, function in enumerate(functions):
            part = number % len(calls)
            clipped = 2 * (metric == "comparisons" and self.clip is not None and part < CLIPPED)
            found += calls[part] * (operations(function).get(metric, 0) + clipped)
        return found

    # What is read.

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """The own sample: all steps up to the own one, or from it on where it goes backwards, or
        all where it goes both ways; the whole of the first states."""
        batch, steps, _ = self.axes
        made = 2 if self.layout == "onnx" and not self.dim else batch
        past = step_recurrent(inputs[0][steps], self.reverse)
        along = WHOLE if self.bidirectional else Reads(steps, past)
        x = {batch: Reads(made), steps: along}
        return self._told(inputs, x, {batch: Reads(made)})

    def reads_of_output(
        self, output: int, *inputs: tuple[int, ...]
    ) -> tuple[tuple[Reads, ...], ...]:
        """As ``reads``; the last states read all steps."""
        if not output:
            return self.reads(*inputs)
        batch = self.axes.batch
        own = {batch: Reads(batch)}
        return self._told(inputs, own, own)

    def _told(
        self, inputs: Sequence[Shape], x: Mapping[int, Reads], states: Mapping[int, Reads]
    ) -> tuple[tuple[Reads, ...], ...]:
        """Reads by axis, the whole of those that are not named."""
        weights = len(self.given(*inputs))
        each: list[Mapping[int, Reads]] = [
            x,
            *[states] * (len(inputs) - 1 - weights),
            *[{}] * weights,
        ]
        return tuple(
            tuple(told.get(axis, WHOLE) for axis in range(len(shape)))
            for told, shape in zip(each, inputs, strict=True)
        )
