"""The formulas of a layer's backward pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.docstrings import docstring

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.analysis.explain.formula import Formula
    from convcost.analysis.explain.symbols import Symbols
    from convcost.ops.op import Wanted

GRADIENTS: Sequence[str] = ("input_gradient_macs", "weight_gradient_macs")


def gradients(symbols: Symbols, wanted: Wanted) -> Iterator[Formula]:
    """Products of the gradients that a training step needs, by the op's own formulas.

    Args:
        symbols: the op and its inputs, by names.
        wanted: the gradients that are needed.
    """
    op, inputs = symbols.op, symbols.inputs
    macs = op.macs(*inputs)
    named = {symbols.short(macs * times): f"{times} * macs" for times in (3, 2)}
    named[symbols.short(macs)] = "macs"
    for name in GRADIENTS:
        method = getattr(op, name)
        text = symbols.short(method(wanted, *inputs))
        if text != "0":
            says = " ".join(docstring(method).replace("``", "`").split())
            yield symbols.formula(name, named.get(text, text), says)
