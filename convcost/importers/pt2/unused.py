"""Parameters that nothing reads: the module's too, but for those that are others' again."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from convcost.errors import plural
from convcost.importers.building.values import Stored
from convcost.importers.pt2.shared import inside, may_be_others, split_originals, twins

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.importers.pt2.builder import Builder
    from convcost.importers.pt2.graph import Program


def hold_unused(b: Builder, program: Program) -> None:
    """Count the parameters that nothing reads, and say so; but for those that are others' again."""
    used = {weight.name for layer in b.network.layers for weight in layer.weights.values()}
    names = [array.value for array in program.arrays() if array.kind == "parameter"]
    stored = [value for n in names if isinstance(value := b.values.get(n), Stored)]
    every = {array.name: array for array in stored}.values()
    read = [array for array in every if array.name in used]
    unused = [array for array in every if array.name not in used]
    if program.on_meta:
        unused = _without_twins(b, read, unused)
    if b.quantised:
        unused = _without_originals(b, unused)
    for array in unused:
        b.network.held.add(b.passed(array))
    if unused:
        _say(b, read if program.on_meta else [], unused)


def _without_twins(b: Builder, read: Sequence[Stored], unused: Sequence[Stored]) -> list[Stored]:
    same = twins(read, unused)
    if same:
        path, other = next(iter(same.items()))
        b.network.doubts.append(
            f"the parameters of {plural(len(same), 'module')} that nothing reads are taken for "
            "those of others, whose names and shapes they have, as the file has no weights "
            f"that would tell: those of {path} for those of {other}"
        )
    return [array for array in unused if not inside(array.name, same)]


def _without_originals(b: Builder, unused: Sequence[Stored]) -> list[Stored]:
    originals, others = split_originals(unused, b.quantised.values())
    if originals:
        b.network.doubts.append(
            "parameters that nothing reads are left out, as the program has their numbers "
            f"quantised besides: {_some(originals)}"
        )
    return others


def _say(b: Builder, read: Sequence[Stored], unused: Sequence[Stored]) -> None:
    count = sum(prod(array.shape) for array in unused)
    b.network.doubts.append(
        f"{count:,} parameters are counted that no layer reads, since the module has them: "
        f"{_some(unused)}"
    )
    if may_be_others(read, unused):
        b.network.doubts.append(
            "they may be those that are read under other names, of which each has the shape of "
            "one: a file without weights does not tell, a file with weights and "
            "`convcost.from_torch` do"
        )


def _some(arrays: Sequence[Stored]) -> str:
    return ", ".join(array.name for array in arrays[:3]) + (", ..." if arrays[3:] else "")
