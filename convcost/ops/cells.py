"""Recurrent layers by what their cells do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.number import Must, Number, Shape
from convcost.ops import fields
from convcost.ops.cell_functions import Function, Functions
from convcost.ops.example import Example
from convcost.ops.kinds import Count
from convcost.ops.recurrent import Recurrent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from convcost.ops.op import Wanted


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

    @property
    def of_state(self) -> int:
        """Without ``reset_after``, n is made of a product that has a gradient by ``r``, too."""
        return self.gates - (not self.reset_after)

    def cell(self) -> Mapping[str, int]:
        """``r`` times a product, ``(1 - z) n + z h``."""
        return {"multiplies": 3, "adds": 2}


class LSTM(Recurrent):
    """Long short-term memory over a sequence ``[steps, features]``, as in PyTorch: the gates ``i``,
    ``f`` and ``o`` are ``sigmoid(W x + b + U h + d)``, each with weights of its own, ``g`` is the
    tanh of such a sum; then ``c = f c + i g`` and ``h = o tanh(c)``. Second and third inputs are
    the first ``h`` and ``c``, ``[num_layers x directions, hidden_size]``. Hochreiter and
    Schmidhuber, 1997.

    With ``peephole``, the gates also see the cell: ``i`` and ``f`` add ``p c`` of the step before,
    ``o`` of its own. With ``input_forget``, ``f`` is ``1 - i``, though its products are made. With
    ``proj_size``, the state is ``V h``, of so many numbers. Gers and Schmidhuber, 2000; Greff et
    al., arXiv 1503.04069; Sak, Senior and Beaufays, arXiv 1402.1128."""

    examples = (
        Example({"hidden_size": 64}, ((48, 32),)),
        Example({"hidden_size": 64}, ((48, 32), (1, 64), (1, 64))),
    )
    gates = 4
    carried = ("h", "c")
    most_inputs = 7
    inputs_called = ("x", "h", "c")
    roles = (*Recurrent.roles, "peephole")

    proj_size: int = fields.declare(Count(0), "units of the state after a projection; 0: none", 0)
    activations: tuple[Function, ...] = fields.declare(
        Functions(),
        "the functions of the gates, of g and of c; twice as many are those of each direction",
        ["sigmoid", "tanh", "tanh"],
    )
    peephole: bool = fields.yes_no("whether gates see the cell, each unit by a weight", False)
    input_forget: bool = fields.yes_no("whether the forget gate is 1 minus the input gate", False)

    @property
    def state_size(self) -> Number:
        """See Recurrent."""
        return self.proj_size or self.hidden_size

    def applied(self) -> tuple[Function, ...]:
        """Of the gates, of g, of c."""
        return self.activations

    def calls(self) -> Sequence[int]:
        """The gates, g and c."""
        return (3 - self.input_forget, 1, 1)

    def cell(self) -> Mapping[str, int]:
        """``f c + i g``, ``o`` times a function of it, what gates see of it, ``1 - i``."""
        seen = 3 * self.peephole
        return {"multiplies": 3 + seen, "adds": 1 + seen + self.input_forget}

    def conditions(self, *inputs: Shape) -> Iterator[Must]:
        """As any recurrent layer; a projection is PyTorch's."""
        yield from super().conditions(*inputs)
        yield Must(
            -(self.layout == "onnx" and self.proj_size > 0),
            "`layout: onnx` knows no `proj_size`",
            "proj_size",
        )
        yield Must(
            -(self.made_weights and self.peephole and not self.bias),
            "with `made_weights` a `peephole` comes after the bias: there must be one",
            "bias",
        )

    def arrays(self, x: Shape) -> dict[str, Shape]:
        """See Recurrent; for gates that see the cell, and for a projection there are more."""
        found = super().arrays(x)
        if self.peephole and self.layout == "onnx":
            found["peephole"] = (self.directions, 3 * self.hidden_size)
        return found

    def of_cell(self, suffix: str, rows: Number, features: Number) -> dict[str, Shape]:
        """See Recurrent."""
        found = super().of_cell(suffix, rows, features)
        if self.proj_size:
            found[f"weight_hr{suffix}"] = (self.proj_size, self.hidden_size)
        if self.peephole:
            found[f"peephole{suffix}"] = (3 * self.hidden_size,)
        return found

    def projected(self, x: Shape) -> Number:
        """Numbers that are projected."""
        return self.directions * self.cells(x) if self.proj_size else 0

    def macs(self, *inputs: Shape) -> Number:
        """For each step and each row of the weights, a product for each number of the input and of
        the state before, the first of which is 0 unless it is given. With `proj_size`, as many more
        for each unit. With `bidirectional`, of both directions."""
        return super().macs(*inputs) + self.projected(inputs[0]) * self.proj_size

    def input_gradient_macs(self, wanted: Wanted, *inputs: Shape) -> Number:
        """Back through time: as many products as macs, without those of the input where its
        gradient is not wanted, and without those of the first state. With a first state whose
        gradient is wanted, with those. Werbos, "Backpropagation Through Time", 1990."""
        back = super().input_gradient_macs(wanted, *inputs)
        learning = wanted.weights or any(wanted.inputs)
        return back + self.projected(inputs[0]) * self.proj_size * learning

    def multiplies(self, *inputs: Shape) -> Number:
        """The products, and 3 for each unit as its cell is written. With `peephole`, 3 more. With
        `bidirectional`, in both directions."""
        return super().multiplies(*inputs)

    def adds(self, *inputs: Shape) -> Number:
        """One less than products for each row of the weights, and 1 for each unit as its cell is
        written. With `bias`, two more for each row. With `peephole`, 3 more for each unit. With
        `input_forget`, one more. With `proj_size`, one less than products for each number of the
        state. With `bidirectional`, in both directions."""
        x = inputs[0]
        rows = self.steps(x) * self.num_layers * self.directions * self.proj_size
        return super().adds(*inputs) - rows

    def comparisons(self, *inputs: Shape) -> Number:
        """Those of its functions. With `clip`, two more for each gate. With
        `input_forget`, those of a gate less. With `bidirectional`, in both directions."""
        return super().comparisons(*inputs)

    def transcendentals(self, *inputs: Shape) -> Number:
        """Those of its functions. With `input_forget`, that of a gate less. With `bidirectional`,
        in both directions."""
        return super().transcendentals(*inputs)
