"""A first configuration, from what models cost today."""

from __future__ import annotations

import json
from glob import escape
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from convcost.errors import ConvcostError, printable
from convcost.gate.config import NAME
from convcost.gate.rounding import with_room, written
from convcost.metrics import METRICS, SUMS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

    from convcost.budget.verdict import Figures
    from convcost.gate.check import Found

LIMITED = {m.name: "1 MB" if m.unit else "1M" for m in METRICS.values() if m.in_first_budget}
"""The metrics that a first budget limits, each with how it is written."""

HEAD = """\
# What `convcost check` holds models to; `convcost check --tighten` lowers limits.
models = [{patterns}]

[[budget]] # of every model, against where a branch began: convcost check --base main...
"""
GROWTH = '{metric} = {{ max_increase = "{growth}", level = "warn" }}\n'


def refuse_second(found: Found) -> None:
    """Raise where a folder has a configuration, or models are elsewhere, for which another one
    would hold."""
    config = found.choices.config
    if config is not None and config.folder == found.here:
        raise ConvcostError(
            f"{printable(config.path)}: there is one already\n"
            "  `convcost check --tighten` lowers its limits"
        )
    outside = [path for path in found.paths if not path.is_relative_to(found.here)]
    if outside:
        raise ConvcostError(
            f"{printable(found.shown(outside[0]))}: is not in this folder, whose {NAME} would not "
            "hold for it\n  run it in a folder above all models"
        )


def first_config(models: Mapping[str, Figures], headroom: Fraction) -> str:
    """The text of a ``convcost.toml``.

    Args:
        models: what they cost, by their paths as seen from its folder.
        headroom: what each limit has room for beside that.
    """
    patterns = ", ".join(map(_string, dict.fromkeys(map(_pattern, models))))
    growth = f"+{float(headroom * 100):g}%"
    parts = [HEAD.format(patterns=patterns)]
    parts += (GROWTH.format(metric=m, growth=growth) for m in LIMITED if m in SUMS)
    for path, figures in models.items():
        limits = [
            f"{metric} = {_string(written(with_room(value, headroom), metric, like)[1])}"
            for metric, like in LIMITED.items()
            if (value := figures.totals[metric])
        ]
        head = f"\n[[budget]]\nmodels = [{_string(escape(path))}]\n"
        parts.append(head + "".join(f"{limit}\n" for limit in limits))
    return "".join(parts)


def _pattern(path: str) -> str:
    """All models beside a model."""
    file = PurePosixPath(path)
    return str(PurePosixPath(escape(str(file.parent))) / f"*{file.suffix}")


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
