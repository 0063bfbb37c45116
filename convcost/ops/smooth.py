"""Activations that take several operations an element, as their docstrings write them out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.number import prod
from convcost.ops import fields, kinds
from convcost.ops.op import Activation
from convcost.ops.saved import INPUT, OUTPUT, Made

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convcost.number import Shape
    from convcost.ops.op import Wanted
    from convcost.ops.saved import Saved


class SiLU(Activation):
    """``x sigmoid(x)``, also called swish. Ramachandran, Zoph and Le, arXiv 1710.05941."""

    keeps = INPUT

    def each(self) -> Mapping[str, int]:
        """The sigmoid, and its product with the input."""
        return {"multiplies": 1, "transcendentals": 1}


class GELU(Activation):
    """Gaussian error linear unit, Hendrycks and Gimpel, arXiv 1606.08415. With
    ``approximate: none``, ``x / 2 (1 + erf(x / sqrt(2)))``. With ``approximate: tanh``,
    ``x / 2 (1 + tanh(x (a x x + b)))`` with ``sqrt(2 / pi)`` for b and ``0.044715 b`` for a."""

    keeps = INPUT

    approximate: str = fields.declare(kinds.Word(("none", "tanh")), "approximation of erf", "none")

    def each(self) -> Mapping[str, int]:
        """Half the input, times 1 more than the function: 2 multiplies, 1 add and 1 transcendental.
        With ``approximate: none``, the function's argument takes 1 multiply. With
        ``approximate: tanh``, it takes 3 multiplies and 1 add."""
        if self.approximate == "tanh":
            return {"multiplies": 5, "adds": 2, "transcendentals": 1}
        return {"multiplies": 3, "adds": 1, "transcendentals": 1}


class ELU(Activation):
    """``max(x, 0) + alpha (exp(min(x, 0)) - 1)``. Clevert, Unterthiner and Hochreiter, arXiv
    1511.07289."""

    keeps = INPUT
    keeps_in_place = OUTPUT

    alpha: float = fields.real("minus the value that it tends to below 0", 1)

    def each(self) -> Mapping[str, int]:
        """As written."""
        return {"multiplies": 1, "adds": 2, "comparisons": 2, "transcendentals": 1}


class SELU(Activation):
    """``scale (max(x, 0) + alpha (exp(min(x, 0)) - 1))`` with the scale and alpha that keep mean
    and variance. Klambauer, Unterthiner, Mayr and Hochreiter, arXiv 1706.02515."""

    keeps = INPUT
    keeps_in_place = OUTPUT

    def each(self) -> Mapping[str, int]:
        """As written."""
        return {"multiplies": 2, "adds": 2, "comparisons": 2, "transcendentals": 1}


class Softplus(Activation):
    """``log(1 + exp(min(beta x, threshold))) / beta``, and ``x`` where ``beta x`` is above
    ``threshold``, as in PyTorch. Dugas et al., NIPS 2000."""

    keeps = INPUT

    beta: float = fields.real("sharpness of the bend", 1)
    threshold: float = fields.real("product with beta above which it is linear", 20)

    def each(self) -> Mapping[str, int]:
        """As written: ``beta x``, two comparisons with the threshold, the rest of the formula."""
        return {"multiplies": 1, "adds": 1, "divides": 1, "comparisons": 2, "transcendentals": 2}


class Mish(Activation):
    """``x tanh(log(1 + exp(min(x, 20))))``: beyond 20 the tanh is 1. Misra, arXiv 1908.08681."""

    keeps = INPUT

    def each(self) -> Mapping[str, int]:
        """As written."""
        return {"multiplies": 1, "adds": 1, "comparisons": 1, "transcendentals": 3}


class Softsign(Activation):
    """``x / (1 + max(x, -x))``."""

    def each(self) -> Mapping[str, int]:
        """The larger of two, a sum and a quotient."""
        return {"comparisons": 1, "adds": 1, "divides": 1}

    def saved(self, wanted: Wanted, *inputs: Shape) -> Saved | None:
        """The input, and what it is divided by."""
        return INPUT._replace(made=(Made(prod(inputs[0])),))


class CELU(Activation):
    """``max(x, 0) + alpha (exp(min(x, 0) / alpha) - 1)``. Barron, arXiv 1704.07483."""

    keeps = INPUT
    keeps_in_place = OUTPUT

    alpha: float = fields.real("minus the value that it tends to below 0", 1)

    def each(self) -> Mapping[str, int]:
        """As an elu's, and a quotient."""
        return {
            "comparisons": 2,
            "divides": 1,
            "transcendentals": 1,
            "multiplies": 1,
            "adds": 2,
        }


class ThresholdedReLU(Activation):
    """``x`` where it is above ``alpha``, else 0. Konda, Memisevic and Krueger, arXiv 1402.3337."""

    keeps = INPUT

    alpha: float = fields.real("value that an input must exceed to pass", 1)

    def each(self) -> Mapping[str, int]:
        """One comparison."""
        return {"comparisons": 1}


class HardSigmoid(Activation):
    """``min(max(x + 3, 0), 6) / 6``. Howard et al., MobileNetV3, arXiv 1905.02244, section 5.2."""

    keeps = INPUT

    def each(self) -> Mapping[str, int]:
        """As written."""
        return {"adds": 1, "divides": 1, "comparisons": 2}


class HardSwish(Activation):
    """``x`` times its hard sigmoid. Howard et al., MobileNetV3, arXiv 1905.02244, section 5.2."""

    keeps = INPUT

    def each(self) -> Mapping[str, int]:
        """As written."""
        return {"multiplies": 1, "adds": 1, "divides": 1, "comparisons": 2}


class Shrink(Activation):
    """0 where ``x`` lies between ``-lambd`` and ``lambd``; elsewhere ``x`` moved towards 0 by
    ``shift``. PyTorch's ``hardshrink`` has a shift of 0, its ``softshrink`` one of ``lambd``."""

    keeps = INPUT

    lambd: float = fields.real("absolute value up to which an element becomes 0", 0.5)
    shift: float = fields.real("amount by which the others shrink towards 0", 0)

    def each(self) -> Mapping[str, int]:
        """A comparison from either side, and the shift added."""
        return {"comparisons": 2, "adds": 1}
