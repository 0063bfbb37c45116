"""Rows of a sweep as a Parquet file."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from convcost.errors import ConvcostError
from convcost.sweeps.tables import arrow

if TYPE_CHECKING:
    from typing import BinaryIO

    from convcost.sweeps.sweeping import Sweep


def parquet(sweep: Sweep, file: BinaryIO) -> None:
    """Write the content of the file, block by block.

    Raises:
        ConvcostError: pyarrow, the extra ``parquet``, is not installed.
    """
    try:
        pq: Any = import_module("pyarrow.parquet")
    except ImportError:
        raise ConvcostError(
            "a Parquet file is written by pyarrow, which is not installed\n"
            "  python3 -m pip install 'convcost[parquet]'"
        ) from None
    schema, batches = arrow(sweep)
    with pq.ParquetWriter(file, schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
