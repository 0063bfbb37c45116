"""Columns as a Parquet file."""

from __future__ import annotations

from importlib import import_module
from io import BytesIO
from typing import TYPE_CHECKING, Any

from convcost.errors import ConvcostError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LARGEST = 2**63 - 1


def parquet(columns: Mapping[str, Sequence[Any]]) -> bytes:
    """The content of the file; ints beyond 64 bits are decimals, which are exact.

    Raises:
        ConvcostError: pyarrow, the extra ``parquet``, is not installed.
    """
    try:
        pa: Any = import_module("pyarrow")
        writer: Any = import_module("pyarrow.parquet")
    except ImportError:
        raise ConvcostError(
            "a Parquet file is written by pyarrow, which is not installed\n"
            "  python3 -m pip install 'convcost[parquet]'"
        ) from None
    arrays: dict[str, Any] = {}
    for name, values in columns.items():
        large = any(type(one) is int and abs(one) > LARGEST for one in values)
        arrays[name] = pa.array(values, pa.decimal256(76, 0) if large else None)
    file = BytesIO()
    writer.write_table(pa.table(arrays), file)
    return file.getvalue()
