"""A first configuration, from what models cost today."""

from __future__ import annotations

from os.path import lexists
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from convcost.errors import ConvcostError, printable
from convcost.gate import told
from convcost.gate.config import NAME
from convcost.gate.patterns import alone
from convcost.gate.reading import Unsized
from convcost.gate.rounding import with_room, written
from convcost.gate.told import text
from convcost.metrics import METRICS, SUMS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from fractions import Fraction

    from convcost.gate.found import Found
    from convcost.gate.measure import Measured

LIMITED = {m.name: "1 MB" if m.unit else "1M" for m in METRICS.values() if m.in_first_budget}
"""The metrics that a first budget limits, each with how it is written."""

HEAD = """\
# What `convcost check` holds models to; `convcost check --tighten` lowers limits.
models = [{patterns}]
{exclude}
[[budget]] # of every model, against where a branch began: convcost check --base main...
"""
GROWTH = '{metric} = {{ max_increase = "{growth}", level = "warn" }}\n'


def refuse_second(found: Found) -> None:
    """Raise where a folder has a configuration, or models are elsewhere, for which another one
    would hold."""
    config = found.choices.config
    there = lexists(found.here / NAME)  # a link that leads nowhere is one, too
    if there or (config is not None and config.folder == found.here):
        raise ConvcostError(
            f"{NAME if there or config is None else printable(config.path)}: there is one already\n"
            "  `convcost check --tighten` lowers its limits"
        )
    outside = [path for path in found.paths if not path.is_relative_to(found.here)]
    if outside:
        raise ConvcostError(
            f"{printable(found.shown(outside[0]))}: is not in this folder, whose {NAME} would not "
            "hold for it\n  run it in a folder above all models"
        )


def first_config(measured: Measured, headroom: Fraction) -> str:
    """The text of a ``convcost.toml``.

    Args:
        measured: what models cost, by their paths as seen from its folder; those that cannot be
            read are left out, and comments say why.
        headroom: what each limit has room for beside that.
    """
    models = measured.models
    patterns = ", ".join(map(text, dict.fromkeys(map(_pattern, models))))
    growth = f"+{float(headroom * 100):g}%"
    parts = [HEAD.format(patterns=patterns, exclude=_excluded(measured.errors))]
    parts += (GROWTH.format(metric=m, growth=growth) for m in LIMITED if m in SUMS)
    for path, figures in models.items():
        limits = [
            f"{metric} = {text(written(with_room(value, headroom), metric, like)[1])}"
            for metric, like in LIMITED.items()
            if (value := figures.totals[metric])
        ]
        if any(measured.given[path]):
            parts.append(_lines(["", *told.written(path, measured.given[path])]))
        parts.append(_lines(["", "[[budget]]", f"models = [{text(alone(path))}]", *limits]))
    parts += (_sizes(path, e) for path, e in measured.errors.items() if isinstance(e, Unsized))
    return "".join(parts)


def _excluded(errors: Mapping[str, ConvcostError]) -> str:
    """The models that cannot be read, each with the reason."""
    if not errors:
        return ""
    lines = ["exclude = [ # they could not be read:"]
    for path, error in errors.items():
        reason = str(error).partition("\n")[0].removeprefix(f"{printable(path)}: ")
        lines.append(f"    {text(alone(path))}, # {printable(reason)}")
    return _lines([*lines, "]"])


def _sizes(path: str, error: Unsized) -> str:
    """A comment with the lines that would give a model's sizes."""
    head = f"with your sizes, and without its line in `exclude`, {printable(path)} can be checked:"
    return _lines(["", *(f"# {printable(line)}" for line in (head, *error.lines))])


def _lines(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _pattern(path: str) -> str:
    """All models beside a model."""
    file = PurePosixPath(path)
    return str(PurePosixPath(alone(str(file.parent))) / f"*{file.suffix}")
