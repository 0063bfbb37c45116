"""Recurrent layers: one cell that is applied step by step, to the input's next step and to the
state that the step before has left."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from convcost.number import Must, Number, Shape, smaller
from convcost.ops import fields
from convcost.ops.cell_functions import BatchFirst, Function, Functions, operations
from convcost.ops.example import Example
from convcost.ops.kinds import Word
from convcost.ops.op import WHOLE, Op, Reads, equal, written_shape
from convcost.window import step_recurrent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MOST_LAYERS = 1000
CLIPPED = 2  # of a direction's functions, the first: an LSTM's cell is left as it is


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

    hidden_size: Number = fields.count("units of the state")
    num_layers: int = fields.count("layers, each on the states of the one before", 1, MOST_LAYERS)
    bias: bool = fields.yes_no("whether each gate has two biases, as in PyTorch and ONNX", True)
    batch_first: bool = fields.declare(
        BatchFirst(), "in PyTorch's words; inputs are [steps, features] either way", True
    )
    dropout: float = fields.real("share of states dropped between layers while learning", 0)
    bidirectional: bool = fields.yes_no("whether other cells go through it from the end", False)
    return_state: bool = fields.yes_no("whether the last state is an output, too", False)
    reverse: bool = fields.yes_no("whether it goes from the end to the start only", False)
    clip: float | None = fields.real("bound, on both sides, of the sums that gates are", None)
    layout: str = fields.declare(
        Word(("torch", "onnx")),
        "whose shapes outputs and weights have, in whose order of gates",
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
        """What a unit of one step takes besides products with weights and functions."""
        raise NotImplementedError  # every op overrides it

    def calls(self) -> Sequence[int]:
        """How many gates, or other parts of a cell, each function of a direction is applied to."""
        raise NotImplementedError  # every op overrides it

    # Sizes.

    @property
    def directions(self) -> int:
        """1, or 2 where it goes both ways."""
        return 1 + self.bidirectional

    @property
    def state_size(self) -> Number:
        """Numbers of a state that are passed on."""
        return self.hidden_size

    def cells(self, x: Shape) -> Number:
        """Units of all steps, samples and layers, of one direction."""
        return x[0] * x[1] * self.num_layers * self.hidden_size

    def products(self, x: Shape) -> Number:
        """Products of a gate's unit, summed over the layers."""
        further = (self.num_layers - 1) * self.directions * self.state_size
        return x[2] + self.num_layers * self.state_size + further

    def state(self, x: Shape, size: Number) -> Shape:
        """The shape of a state: ``(batch, layers, size)``."""
        layers = self.num_layers * self.directions
        return (x[0], layers, size) if self.batch_first else (layers, x[1], size)

    def sizes_called(self, number: int, rank: int, axes: Sequence[str]) -> Sequence[str]:
        """Steps of features, states; arrays that stand for weights have names by their axes."""
        if number > len(self.carried) or (number and self.made_weights) or rank != 3:
            return [f"size{number}_{axis}" for axis in range(rank)]
        other, size = ("layers", "hidden_size") if number else ("steps", "features")
        return ["batch", other, size] if self.batch_first else [other, "batch", size]

    def given(self, *inputs: Shape) -> dict[str, Shape]:
        """The weights that are inputs, after the states."""
        if not self.made_weights:
            return {}
        wanted = len(self.arrays(inputs[0]))
        return dict(zip(self.roles, inputs[max(1, len(inputs) - wanted) :], strict=False))

    # Formulas.

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """A sequence, states that fit, fields that go together."""
        x = inputs[0]
        yield Must(
            smaller(len(x) - 3, 3 - len(x)),
            "it reads a sequence, [steps, features], and its input is {shape}: after convolutions, "
            "`permute` puts the channels last",
            values={"shape": written_shape(x)},
            inputs=(0,),
        )
        yield from self._fields_fit()
        given = self.given(*inputs)
        states = inputs[1 : len(inputs) - len(given)]
        yield Must(
            0 if len(states) in (0, len(self.carried)) else -1,
            f"after the sequence it takes {' and '.join(self.carried)} together, or none of them, "
            "and here are {states}",
            "from",
            {"states": len(states)},
        )
        sizes = (self.state_size, self.hidden_size)
        for number, (state, size) in enumerate(zip(states, sizes, strict=False), start=1):
            says = f"the first {self.carried[number - 1]} is {{given}}, and {{wanted}} is wanted"
            yield from _fits(number, says, state, self.state(x, size))
        wanted = self.arrays(x)
        for number, (role, array) in enumerate(given.items(), start=1 + len(states)):
            yield from _fits(
                number, f"its {role} is {{given}}, and {{wanted}} is wanted", array, wanted[role]
            )

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
            -(self.made_weights and self.layout != "onnx"),
            "`made_weights` are those of `layout: onnx`",
            "made_weights",
        )

    def output(self, *inputs: Shape) -> Shape:
        """The state after each step."""
        x = inputs[0]
        if self.layout == "torch":
            return (*x[:2], self.directions * self.state_size)
        made = (self.directions, self.state_size)
        return (*x[:2], *made) if self.batch_first else (x[0], made[0], x[1], made[1])

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
        rows = self.gates * self.hidden_size
        if self.layout == "onnx":
            shared: dict[str, Shape] = {
                "weight_ih": (self.directions, rows, x[2]),
                "weight_hh": (self.directions, rows, self.hidden_size),
            }
            return shared | ({"bias": (self.directions, 2 * rows)} if self.bias else {})
        found: dict[str, Shape] = {}
        for layer in range(self.num_layers):
            features = self.directions * self.state_size if layer else x[2]
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
        return x[0] * x[1] * rows * self.products(x)

    def multiplies(self, *inputs: Shape) -> Number:
        """As its cell is written: see the op. With `bidirectional`, in both directions."""
        return self.macs(*inputs) + self._all("multiplies", inputs[0])

    def adds(self, *inputs: Shape) -> Number:
        """One less than products for each row of the weights; then as its cell is written. With
        `bias`, two more for each row. With `bidirectional`, in both directions."""
        rows, cells = self.directions * self.gates, self.cells(inputs[0])
        more = self._each("adds") + 2 * self.bias * rows
        return self.macs(*inputs) - rows * cells + more * cells

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
        """What the units of one step take in all directions, besides products with weights."""
        once, calls = self.applied(), self.calls()
        functions = once if len(once) > len(calls) else once * self.directions
        found = self.directions * self.cell().get(metric, 0)
        for number, function in enumerate(functions):
            part = number % len(calls)
            clipped = 2 * (metric == "comparisons" and self.clip is not None and part < CLIPPED)
            found += calls[part] * (operations(function).get(metric, 0) + clipped)
        return found

    # What is read.

    @property
    def _axes(self) -> tuple[int, int, int]:
        """The axes of the batch and of the steps, and that of the batch in the states after each
        step."""
        if self.batch_first:
            return 0, 1, 0
        return 1, 0, 2 if self.layout == "onnx" else 1

    def reads(self, *inputs: tuple[int, ...]) -> tuple[tuple[Reads, ...], ...]:
        """The own sample: all steps up to the own one, or from it on where it goes backwards, or
        all where it goes both ways; the whole of the first states."""
        batch, steps, made = self._axes
        past = step_recurrent(inputs[0][steps], self.reverse)
        along = WHOLE if self.bidirectional else Reads(steps, past)
        x = {batch: Reads(made), steps: along}
        return self._told(inputs, x, {batch: Reads(made)})

    def reads_of_outputs(self, *inputs: tuple[int, ...]) -> Sequence[tuple[tuple[Reads, ...], ...]]:
        """As ``reads``; the last states read all steps."""
        batch = self._axes[0]
        own = {batch: Reads(batch)}
        last = self._told(inputs, own, own)
        return (self.reads(*inputs), *[last] * (len(self.outputs(*inputs)) - 1))

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


def _fits(number: int, says: str, given: Shape, wanted: Shape) -> Iterator[Must]:
    """A further input has the shape that is wanted."""
    shapes = {"given": written_shape(given), "wanted": written_shape(wanted)}
    for margin in (-abs(len(given) - len(wanted)), *map(equal, given, wanted)):
        yield Must(margin, says, None, shapes, (number,))


class RNN(Recurrent):
    """Elman's recurrent layer over a sequence ``[steps, features]``, as in PyTorch:
    ``h = f(W x + b + U h + d)`` with the tanh, or another ``nonlinearity``. A second input is the
    first state, ``[num_layers x directions, hidden_size]``. Elman, "Finding Structure in Time",
    1990."""

    examples = (
        Example({"hidden_size": 64}, ((48, 32),)),
        Example({"hidden_size": 64}, ((48, 32), (1, 64))),
    )
    gates = 1

    nonlinearity: tuple[Function, ...] = fields.declare(
        Functions(), "the function of a cell, or a list with one for each direction", "tanh"
    )

    def applied(self) -> tuple[Function, ...]:
        """The one."""
        return self.nonlinearity

    def calls(self) -> Sequence[int]:
        """The state."""
        return (1,)

    def cell(self) -> Mapping[str, int]:
        """Nothing."""
        return {}

    def multiplies(self, *inputs: Shape) -> Number:
        """The products, and those of its function."""
        return super().multiplies(*inputs)


class GRU(Recurrent):
    """Gated recurrent unit over a sequence ``[steps, features]``, as in PyTorch: ``r`` and ``z``
    are ``sigmoid(W x + b + U h + d)``, each with weights of its own, ``n`` with a third set is
    ``tanh(W x + b + r (U h + d))``, and the state is ``(1 - z) n + z h``. A second input is the
    first state, ``[num_layers x directions, hidden_size]``. Cho et al., arXiv 1406.1078.

    Without ``reset_after``, ``r`` is multiplied before the product, ``U (r h) + d``, as in the
    paper."""

    examples = (
        Example({"hidden_size": 64}, ((48, 32),)),
        Example({"hidden_size": 64}, ((48, 32), (1, 64))),
    )
    gates = 3

    activations: tuple[Function, ...] = fields.declare(
        Functions(),
        "the functions of the gates and of n; twice as many are those of each direction",
        ["sigmoid", "tanh"],
    )
    reset_after: bool = fields.yes_no("whether r is applied after the product, not before", True)

    def applied(self) -> tuple[Function, ...]:
        """Of the gates, of n."""
        return self.activations

    def calls(self) -> Sequence[int]:
        """Both gates, and n."""
        return (2, 1)

    def cell(self) -> Mapping[str, int]:
        """``r`` times a product, ``(1 - z) n + z h``."""
        return {"multiplies": 3, "adds": 2}
