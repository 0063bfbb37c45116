"""Formats: each is a module in the folder of the facet of a report that it writes.

A new file is a new format of every command whose report has that facet: nothing lists them.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, cast

from convcost.errors import ConvcostError, listed, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from convcost.render.report import Medium, Report

FIRST = "text"
ENDINGS = {
    ".gv": ("dot",),
    ".htm": ("html",),
    ".json": ("json", "gitlab", "sarif", "netron", "model-explorer"),
    ".md": ("markdown",),
    ".mmd": ("mermaid",),
    ".sarif": ("sarif",),
    ".svg": ("svg", "graph"),
    ".tex": ("latex",),
    ".txt": (FIRST, "github"),
    ".xml": ("junit",),
}
"""The formats that a file may hold by the ending of its name, the usual one first. An ending that
is the name of a format needs no row: it means that one."""


def names(facets: Sequence[str]) -> list[str]:
    """The formats of reports that have some facets: ``text`` first, then in the order of facets."""
    return [name for facet in facets for name in _of(facet)]


def by_ending(path: str | None, offered: Sequence[str], given: str | None = None) -> str | None:
    """The format of a file: the given one, or else that which the ending of its name says; None
    where neither says anything.

    Raises:
        ConvcostError: the two contradict each other, or the format is not offered.
    """
    ending = PurePath(path).suffix.lower() if path is not None else ""
    usual = ENDINGS.get(ending) or _named(ending)
    said = f"-o {printable(str(path))}: its ending says {usual[0]}" if usual else ""
    if given is not None:
        if usual and given not in usual:
            raise ConvcostError(f"{said}, and --format says {given}: give one of them")
        return given
    if usual and not set(usual) & set(offered):
        raise ConvcostError(f"{said}, and this is written as {listed(list(offered), 'or')}")
    return next((name for name in usual if name in offered), None)


def write(report: Report, name: str, medium: Medium) -> str:
    """A report in one of its formats, ending in a newline.

    Raises:
        ConvcostError: it has no facet that the format writes.
    """
    return "".join(pieces(report, name, medium))


def pieces(report: Report, name: str, medium: Medium) -> Iterable[str]:
    """As :func:`write`, piece by piece where the format can.

    Raises:
        ConvcostError: it has no facet that the format writes.
    """
    has = [facet for facet in report._fields if getattr(report, facet) is not None]
    facet = next((facet for facet in has if name in _of(facet)), None)
    if facet is None:
        raise ConvcostError(f"--format: this can be {listed(names(has), 'or')}, not {name}")
    module = import_module(f"{__name__}.{facet}.{name.replace('-', '_')}")
    if hasattr(module, "pieces"):
        return cast("Iterable[str]", module.pieces(report, medium))
    return [cast("str", module.write(report, medium))]


def _of(facet: str) -> list[str]:
    files = (Path(__file__).parent / facet).glob("[!_]*.py")
    return sorted(map(_name, files), key=lambda name: (name != FIRST, name))


def _name(file: Path) -> str:
    return file.stem.replace("_", "-")


def _named(ending: str) -> tuple[str, ...]:
    """The format whose name is an ending, if there is one."""
    name = ending.removeprefix(".")
    every = map(_name, Path(__file__).parent.glob("*/[!_]*.py"))
    return (name,) if name in every else ()
