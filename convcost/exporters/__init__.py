"""Networks written as files that other programs run.

An exporter is a module with ``written(network)``, which returns the bytes of the file, and a table
``ROWS`` in its ``table.py``: for each op either what writes it, or why it cannot be said.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, NamedTuple

from convcost import arguments
from convcost.allowance import answering
from convcost.errors import ConvcostError, listed, printable
from convcost.files.written import save
from convcost.network import Network

if TYPE_CHECKING:
    from os import PathLike


class Target(NamedTuple):
    """A kind of file: how its name ends, what it is called, and whether it is text."""

    ending: str
    called: str
    text: bool


EXPORTERS = {
    "torch": Target(".py", "a module of PyTorch", text=True),
}
"""By the word for it; each is written by the package of that name in this folder."""


@answering
def export(network: Network, path: str | PathLike[str], *, to: str | None = None) -> None:
    """Write a network as a file that another program runs.

    Args:
        network: what to write.
        path: the file, which is replaced where there is one.
        to: ``"torch"`` for a module of PyTorch in Python; as the ending of the path says
            (``.py``) unless given.

    Raises:
        ConvcostError: a layer cannot be said there, or the file cannot be written.
        TypeError: an argument is of another type than it is declared with.
    """
    network = arguments.instance("network", network, Network)
    path = arguments.path("path", path)
    if to is not None:
        arguments.word("to", to, EXPORTERS, "kind of file")
    save(written(network, to or of_ending(path)), path)


def written(network: Network, to: str) -> bytes:
    """The file of a network, in one of the kinds of ``EXPORTERS``.

    Raises:
        ConvcostError: a layer cannot be said there.
    """
    exporter: Any = import_module(f"convcost.exporters.{to}")
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
        f"{printable(path)}: its ending is that of no kind of file" if path else "no kind is said"
    )
    raise ConvcostError(f"{said} that can be written: {listed(ways, 'or')} says which")
