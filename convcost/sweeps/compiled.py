"""A spec compiled once and priced again and again, as search loops do."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from convcost import arguments
from convcost.errors import ConvcostError, listed, quoted
from convcost.sweeps.asked import USUAL, exact_value
from convcost.sweeps.axes import Axis, axis, written
from convcost.sweeps.pricing import Pricer
from convcost.sweeps.sweeping import subject_of
from convcost.sweeps.where import full_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from os import PathLike

    import numpy.typing as npt

    from convcost.sweeps.subject import Subject

    Array = npt.NDArray[Any]


class Price:
    """Prices candidates of a spec, each call as many as it is given; see :func:`price`.

    What is learned of the spec's networks and expressions is kept from call to call.
    """

    def __init__(self, subject: Subject, names: Sequence[str], metrics: Sequence[str]) -> None:
        self.names = names
        self.metrics = metrics
        self._subject = subject
        self._texts: dict[str, list[str]] = {name: [] for name in names}
        self._values: dict[str, list[Any]] = {name: [] for name in names}
        self._codes: dict[str, dict[Any, int]] = {name: {} for name in names}
        self._kinds: tuple[bool, ...] = ()
        self._pricer: Pricer | None = None
        self.refused: Mapping[str, int] = {}
        """Reasons why candidates of the last call are not networks, and how many these are."""

    def __call__(self, **columns: Any) -> dict[str, Array]:
        """The metrics of candidates, a row each.

        Args:
            columns: a sequence of values for each name, all of one length; a single value is that
                of all rows.

        Returns:
            a column for each metric, and ``valid``: which rows are networks. The figures of others
            are masked (``numpy.ma``), so that no search takes them for small ones.

        Raises:
            ConvcostError: a name is missing or unknown, or columns differ in length.
        """
        if columns.keys() != {*self.names}:
            wanted = listed([quoted(name) for name in self.names], "and")
            raise ConvcostError(f"price takes {wanted}, and here is {', '.join(columns) or 'none'}")
        codes = self._coded(columns)
        pricer = self._ready()
        priced = pricer.priced(codes)
        self.refused = priced.refused
        masked = {name: _masked(of, priced.valid) for name, of in priced.figures.items()}
        return {**masked, "valid": priced.valid}

    def _coded(self, columns: Mapping[str, Any]) -> dict[str, Array]:
        """Columns as numbers of the values of each axis, which grow by what is new."""
        found = {name: _distinct(columns[name]) for name in self.names}
        rows = max(len(inverse) for _, inverse in found.values())
        codes: dict[str, Array] = {}
        for name, (values, inverse) in found.items():
            if len(inverse) not in (1, rows):
                raise ConvcostError(f"column {quoted(name)} has {len(inverse)} rows of {rows}")
            places = np.array([self._code(name, value) for value in values], np.int64)
            codes[name] = np.broadcast_to(places[inverse], (rows,))
        return codes

    def _code(self, name: str, value: Any) -> int:
        value = exact_value(name, value)
        known = self._codes[name]
        if value not in known:
            made = axis(name, [written(value)])
            known[value] = len(known)
            self._texts[name] += made.texts
            self._values[name] += made.values
        return known[value]

    def _ready(self) -> Pricer:
        """The pricer for the values that are known so far."""
        axes = [self._axis(name) for name in self.names]
        kinds = tuple(axis.numbers for axis in axes)
        self._subject.take(axes)
        if self._pricer is None or kinds != self._kinds:
            self._pricer = Pricer(self._subject, self.metrics)
        self._kinds = kinds
        self._pricer.sizes = {axis.name: len(axis.values) for axis in axes}
        return self._pricer

    def _axis(self, name: str) -> Axis:
        values = self._values[name]
        numbers = not any(isinstance(value, str) for value in values)
        return Axis(name, self._texts[name], values, numbers)


def _masked(figures: Array, valid: Array) -> Array:
    return np.ma.array(figures, mask=~valid)


def price(
    path: str | PathLike[str],
    names: Sequence[str],
    *,
    metrics: Sequence[str] = USUAL,
    settings: Mapping[str, str] | None = None,
    inputs: Mapping[str, Sequence[int]] | None = None,
    batch: int = 1,
    dtype: str | None = None,
) -> Price:
    """Compile a spec for search loops: ``price("net.yaml", ["width", "side"])`` is a function of
    columns, called as ``priced(width=[...], side=[...])["macs"]``.

    Args:
        path: the spec, or the name of one that comes with convcost.
        names: of the axes that calls give values of, as in :func:`sweep`.
        metrics: the figures to work out.
        settings: values for vars that are not axes.
        inputs: shapes without the batch in place of the spec's.
        batch: samples.
        dtype: type of numbers.

    Returns:
        A Price, which is called with a column of values for each name: it returns a column of exact
        figures for each metric, and ``valid``, which says what rows are networks.

    Raises:
        TypeError: an argument is of another type than it is declared with.
        ConvcostError: the spec or a name cannot be read.
    """
    names = arguments.texts("names", names)
    if not names:
        raise ConvcostError("names: a price has at least one axis, such as width")
    axes = [Axis(name, [], [], numbers=True) for name in names]
    subject = subject_of(path, axes, settings, inputs, batch, dtype)
    full = [full_name(metric, ()) for metric in arguments.texts("metrics", metrics)]
    return Price(subject, names, full)


def _distinct(column: Any) -> tuple[list[Any], Array]:
    """The different values of a column, and the number of that which each row has."""
    if isinstance(column, (str, int, float, Fraction)):
        return [column], np.zeros(1, np.int64)
    array: Array = np.asarray(column)
    if array.dtype.kind in "OUS":
        numbers: dict[Any, int] = {}
        inverse = [numbers.setdefault(value, len(numbers)) for value in array.tolist()]
        return [*numbers], np.array(inverse, np.int64)
    values, inverse = np.unique(array, return_inverse=True)
    return values.tolist(), inverse.reshape(-1)
