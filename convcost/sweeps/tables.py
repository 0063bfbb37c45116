"""Rows of a sweep as tables of Arrow: fractions are floats, and ints beyond 64 bits decimals."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy.typing as npt

    Array = npt.NDArray[Any]

KINDS = INTS, LARGE, FLOATS, TEXTS = "int64", "large ints", "floats", "texts"
"""The kinds of columns. A column whose parts differ is of the last one of theirs."""


class Rows(Protocol):
    """Rows of a sweep: the names of their columns, and the rows, some at a time."""

    @property
    def head(self) -> Sequence[str]:
        """The names."""
        ...

    @property
    def parts(self) -> Iterator[Mapping[str, Array]]:
        """The rows."""
        ...


def kinds_of(rows: Rows) -> Mapping[str, str]:
    """The kind of each column."""
    found = dict.fromkeys(rows.head, INTS)
    for part in rows.parts:
        for name in rows.head:
            found[name] = max(found[name], _kind(part[name]), key=KINDS.index)
    return found


def _kind(values: Array) -> str:
    if values.dtype != object:
        return FLOATS if values.dtype.kind == "f" else INTS
    kinds: set[type] = {type(one) for one in values.tolist()}
    if str in kinds:
        return TEXTS
    if kinds <= {int}:
        return INTS if all(abs(one) < 2**63 for one in values) else LARGE
    return FLOATS


def plain(values: Array, kind: str) -> Array:
    """A column as numbers of NumPy, if it is of such."""
    if kind == FLOATS and values.dtype == object:
        return np.array([np.nan if one is None else float(one) for one in values])
    return values.astype({INTS: np.int64, FLOATS: float}.get(kind, object), copy=False)


def arrow(rows: Rows) -> tuple[Any, Iterator[Any]]:
    """The schema of the rows, and the rows in batches; pyarrow must be installed."""
    pa: Any = import_module("pyarrow")
    kinds = kinds_of(rows)
    types = {INTS: pa.int64(), LARGE: pa.decimal256(76, 0), FLOATS: pa.float64()}
    types[TEXTS] = pa.string()
    schema = pa.schema([(name, types[kind]) for name, kind in kinds.items()])

    def batches() -> Iterator[Any]:
        for part in rows.parts:
            columns = [plain(part[name], kind) for name, kind in kinds.items()]
            arrays = [pa.array(one, of) for one, of in zip(columns, schema.types, strict=True)]
            yield pa.record_batch(arrays, schema=schema)

    return schema, batches()
