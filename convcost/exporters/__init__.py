"""Networks written as files that other programs run.

An exporter is a module with ``written(network)``, which returns the bytes of the file, and a table
``ROWS`` in its ``table.py``: for each op either what writes it, or why it cannot be said. Where the
file holds weights, ``written`` is told which.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, NamedTuple

from convcost import arguments
from convcost.allowance import answering
from convcost.errors import ConvcostError, listed, printable
from convcost.exporters.weights import DRAWN, Weights
from convcost.files.written import save
from convcost.network import Network
from convcost.ops.kinds import LARGEST_SIZE

if TYPE_CHECKING:
    from os import PathLike


class Target(NamedTuple):
    """A kind of file: how its name ends, what it is called, whether it is text, whether it holds
    weights."""

    ending: str
    called: str
    text: bool
    weights: bool = False


EXPORTERS = {
    "torch": Target(".py", "a module of PyTorch", text=True),
    "onnx": Target(".onnx", "an ONNX file", text=False, weights=True),
}
"""By the word for it; each is written by the package of that name in this folder."""


@answering
def export(
    network: Network,
    path: str | PathLike[str],
    *,
    to: str | None = None,
    weights: str | PathLike[str] | None = None,
    seed: int = 0,
    no_weights: bool = False,
) -> None:
    """Write a network as a file that another program runs.

    Args:
        network: what to write.
        path: the file, which is replaced where there is one.
        to: ``"torch"`` for a module of PyTorch in Python, ``"onnx"`` for an ONNX file; as the
            ending of the path says (``.py``, ``.onnx``) unless given.
        weights: an ``.npz`` file with arrays by the names of weights, for a file that holds them.
        seed: of the weights that are not given, as of ``convcost run``.
        no_weights: whether weights are left out: the file has their shapes alone, and is of zeros
            where it is run.

    Raises:
        ConvcostError: a layer cannot be said there, the file cannot be written or holds no weights,
            or those that are given do not fit.
        TypeError: an argument is of another type than it is declared with.
    """
    network = arguments.instance("network", network, Network)
    path = arguments.path("path", path)
    if to is not None:
        arguments.word("to", to, EXPORTERS, "kind of file")
    asked = Weights(
        None if weights is None else arguments.path("weights", weights),
        arguments.whole("seed", seed, 0, LARGEST_SIZE),
        arguments.flag("no_weights", no_weights),
    )
    save(written(network, to or of_ending(path), asked), path)


def written(network: Network, to: str, weights: Weights = DRAWN) -> bytes:
    """The file of a network, in one of the kinds of ``EXPORTERS``.

    Args:
        network: what to write.
        to: the kind.
        weights: what the file gets, where it holds any.

    Raises:
        ConvcostError: a layer cannot be said there, or weights that are given do not fit.
    """
    exporter: Any = import_module(f"convcost.exporters.{to}")
    if EXPORTERS[to].weights:
        return exporter.written(network, weights)
    if weights != DRAWN:
        raise ConvcostError(
            f"{EXPORTERS[to].called} is written without weights: leave out those that are given"
        )
    return exporter.written(network)


def of_ending(path: str | None) -> str:
    """The kind of file that a name has by its ending.

    Raises:
        ConvcostError: there is no name, or it ends in no way that is known.
    """
    ending = PurePath(path or "").suffix.lower()
    for to, target in EXPORTERS.items():
        if target.ending == ending:
            return to
    ways = [f"`--to {to}` ({target.called}, {target.ending})" for to, target in EXPORTERS.items()]
    said = (
        f"{printable(path)}: no file of that ending can be written"
        if path
        else "the kind of file is missing"
    )
    raise ConvcostError(f"{said}: {listed(ways, 'or')} says it")
