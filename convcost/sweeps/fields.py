"""Receptive fields of many candidates: followed once for each combination of those values that
windows, sizes and structure depend on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from convcost.allowance import MOST_WORK, WORK_A_LAYER, Allowance, allowing
from convcost.analysis.analyze.cost import field_sizes
from convcost.sweeps.program import Program
from convcost.sweeps.settled import along_axes, leaves, settled
from convcost.trace import IS
from convcost.traced import fixed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from convcost.sweeps.rows import Axes, Rows
    from convcost.sweeps.subject import Topology

    Array = npt.NDArray[Any]


class Fields:
    """The fields of the candidates that are one topology.

    A field is followed for one candidate, and holds for all that have its values on the axes on
    which anything was decided on the way. Numbers of the axes that windows and sizes depend on are
    ints while it is followed; those of others are traced, so that no decision is missed.
    """

    def __init__(self, topology: Topology, values: Mapping[str, Sequence[Any]]) -> None:
        self.trace = topology.trace
        self.network = topology.network
        self.leaves = {leaf.number for leaf in leaves(self.network)}
        self.program = Program(self.trace, sorted(self.leaves), values)
        self.axes: Axes = self.trace.axes_of(leaf.number for leaf in along_axes(self.network))
        self._decide()
        self.known: dict[Axes, dict[tuple[int, ...], int | None]] = {}
        self.followed = 0

    def _decide(self) -> None:
        """Decide for the whole topology what a field asks besides sizes that it needs as ints: how
        channels compare. So fields of other channels are alike."""
        while True:
            self._settle()
            with self.trace.apart(forget=False) as decided:
                self._sizes()
            fixes = (node for node in decided if self.trace.nodes[node].operator == IS)
            more = self.trace.axes_of(fixes) - self.axes
            if not more:
                break
            self.axes |= more
        for node, answer in decided.items():
            self.trace.decided(node, answer)

    def _settle(self) -> None:
        """Find the numbers that depend on axes of sizes alone."""
        axes_of = self.trace.axes_of
        self.ints = {leaf for leaf in self.leaves if axes_of((leaf,)) <= self.axes}

    def _sizes(self) -> Sequence[Any]:
        """Follow the field of the candidate that is traced."""
        with allowing(Allowance(MOST_WORK + WORK_A_LAYER * len(self.network.layers))):
            return field_sizes(settled(self.network, self.ints))

    def sizes(self, rows: Rows) -> Array:
        """The smallest size along the axes of the field of the first output, for each row; None
        where that is not known."""
        found = np.full(rows.number, -1, object)
        left: Array = np.arange(rows.number)
        while len(left):
            before = len(left)
            part = rows if before == rows.number else rows.kept(left)
            for axes, known in self.known.items():
                left = left[~self._look_up(part, axes, known, found, left)]
                if len(left) < before:
                    break
            if len(left) == before:
                self._follow(part)
        return found

    def _look_up(
        self,
        rows: Rows,
        axes: Axes,
        known: Mapping[tuple[int, ...], int | None],
        found: Array,
        these: Array,
    ) -> npt.NDArray[np.bool_]:
        """Put in what is known of rows by their values on some axes; which rows that are."""
        domain = rows.domain(axes)
        first = np.arange(rows.number) if domain.first is None else domain.first
        columns = [rows.codes[axis][first].tolist() for axis in sorted(axes)]
        keys = list(zip(*columns, strict=True)) if columns else [()]
        there = np.array([key in known for key in keys], bool)
        sizes = np.empty(len(keys), object)
        sizes[:] = [known.get(key) for key in keys]
        mask = rows.every(there, axes)
        found[these[mask]] = rows.every(sizes, axes)[mask]
        return mask

    def _follow(self, rows: Rows) -> None:
        """Follow the field of the first row, and of all others that differ on the same axes."""
        axes = self._followed(rows.kept(np.array([0])))
        known = self.known[axes]
        domain = rows.domain(axes)
        if domain.first is None:
            return
        for row in domain.first.tolist():
            key = tuple(int(rows.codes[axis][row]) for axis in sorted(axes))
            if key not in known:
                self._followed(rows.kept(np.array([row])))

    def _followed(self, row: Rows) -> Axes:
        """Follow the field of one candidate; the axes on which anything was decided."""
        values = self.program.run(row)
        numbers = {number: one.array.tolist()[0] for number, one in values.items()}
        self.trace.turn_to(numbers)
        guards = self.trace.guards
        with self.trace.apart() as decided:
            sizes = self._sizes()
            known = [fixed(size) for size in sizes if size is not None]
            size = min(known) if known and len(known) == len(sizes) else None
            left = (node for node, answer in decided.items() if guards.get(node) is not answer)
            axes = self.axes | self.trace.axes_of(left)
        key = tuple(int(row.codes[axis][0]) for axis in sorted(axes))
        self.known.setdefault(axes, {})[key] = size
        self.followed += 1
        return axes
