"""The calls that make modules, as a class writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from convcost.exporters.torch.bodies import Class, Row
from convcost.exporters.torch.said import NO_DEFAULT, Raw, literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def made(what: object, values: Sequence[object], defaults: Sequence[object]) -> str:
    """The call that makes something of some values."""
    if isinstance(what, Row):
        return f"nn.Sequential({', '.join(parts(what, values, defaults))})"
    if isinstance(what, Class):
        return f"{what.name}({', '.join(_of_class(what, values))})"
    function, names = cast("tuple[str, tuple[str, ...]]", what)
    arguments = ", ".join(_of_call(names, values, defaults))
    if function == "nn.Parameter":
        return f"nn.Parameter(torch.zeros({arguments}))"
    return f"{function}({arguments})"


def _of_call(
    names: Sequence[str], values: Sequence[object], defaults: Sequence[object]
) -> Iterator[str]:
    for name, value, default in zip(names, values, defaults, strict=True):
        if not name:
            yield literal(value)
        elif not _is(value, default):
            yield f"{name}={literal(value)}"


def _of_class(of: Class, values: Sequence[object]) -> Iterator[str]:
    given = list(zip(of.parameters, values, strict=True))
    for parameter, value in given:
        if parameter.default is NO_DEFAULT:
            yield literal(value)
    for parameter, value in given:
        if parameter.default is not NO_DEFAULT and not _is(value, parameter.default):
            yield f"{parameter.name}={literal(value)}"


def _is(value: object, default: object) -> bool:
    return type(value) is type(default) and value == default


def parts(row: Row, values: Sequence[object], defaults: Sequence[object]) -> Iterator[str]:
    """Modules in a row; runs of several as a loop."""
    at = 0
    for run, names in zip(row.runs, row.names, strict=True):
        given, usual = values[at : at + len(names)], defaults[at : at + len(names)]
        at += len(names)
        if run.growth is None:
            yield made(run.call, given, usual)
            continue
        grown = list(map(_growing, given[1:], run.growth))
        index = "i" if any(run.growth) else "_"
        yield f"*({made(run.call, grown, usual[1:])} for {index} in range({literal(given[0])}))"


def _growing(first: object, growth: int) -> object:
    """A value, or how it grows with ``i``."""
    return Raw(f"{literal(first)} + {growth} * i") if growth else first
