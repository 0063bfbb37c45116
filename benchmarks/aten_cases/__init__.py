"""Small programs, one for each way to call an operator of PyTorch; see ``aten.py``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.aten_cases.affine import affine
from benchmarks.aten_cases.control import constants, control
from benchmarks.aten_cases.elementwise import elementwise
from benchmarks.aten_cases.layers import attention, recurrent, vision
from benchmarks.aten_cases.moves import moves
from benchmarks.aten_cases.products import norms, products, reductions
from benchmarks.aten_cases.quantised import quantised
from benchmarks.aten_cases.windows import pools
from benchmarks.aten_cases.writes import writes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.aten_cases.program import Case


def cases() -> Mapping[str, Case]:
    """All, by their names."""
    several = (elementwise, writes, reductions, products, norms, pools, moves, attention, recurrent)
    families = (*several, vision, control, quantised, affine, constants)
    return {name: case for family in families for name, case in family().items()}
