"""Layers that a kind of file cannot hold, each with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.errors import ConvcostError, plural, printable
from convcost.ops import op_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from convcost.network import Layer, Network

MOST_SHOWN = 20


class CannotSay(Exception):  # noqa: N818 - it names what happened
    """A layer cannot be said, as a predicate of it: "pads by more than the input has"."""


def refuse_unsaid(
    network: Network, rows: Mapping[str, Callable[..., object] | str], kind: str
) -> None:
    """Refuse a network with layers whose ops have a reason in the place of a writer.

    Args:
        network: what is to be written.
        rows: by the op, what writes it or why it cannot be said.
        kind: what the file is called, such as ``a module of PyTorch``.

    Raises:
        ConvcostError: there are such layers.
    """
    reasons = [(layer, _reason(layer, rows)) for layer in network.layers]
    reasons = [(layer, reason) for layer, reason in reasons if reason]
    if reasons or network.unknown or not network.outputs:
        raise refusal(network, kind, reasons)


def _reason(layer: Layer, rows: Mapping[str, Callable[..., object] | str]) -> str:
    """Why a layer cannot be said; empty where something writes it."""
    if layer.op.opaque:
        return "convcost does not know what it does"
    row = rows.get(op_name(type(layer.op)), "convcost has no way to write it")
    return row if isinstance(row, str) else ""


def refusal(network: Network, kind: str, reasons: Iterable[tuple[Layer, str]]) -> ConvcostError:
    """The sentence that a network cannot be written, with a line for each layer and its reason."""
    lines = [f"  {_place(layer)}: {reason}" for layer, reason in reasons]
    if not lines:
        lines = [f"  {printable(what)}" for what in network.unknown or ("it has no outputs",)]
    if len(lines) > MOST_SHOWN:
        lines[MOST_SHOWN:] = [f"  and {plural(len(lines) - MOST_SHOWN, 'more layer')}"]
    said = f"'{printable(network.name)}' cannot be written as {kind}:"
    return ConvcostError("\n".join((said, *lines)))


def _place(layer: Layer) -> str:
    place = f" ({printable(str(layer.source))})" if layer.source else ""
    return f"layer '{printable(layer.name)}'{place}, {op_name(type(layer.op))}"
