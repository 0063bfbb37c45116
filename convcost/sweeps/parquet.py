"""Rows of a sweep as a Parquet file."""

from __future__ import annotations

from importlib import import_module
from io import BytesIO
from typing import TYPE_CHECKING, Any

from convcost.errors import ConvcostError

if TYPE_CHECKING:
    from convcost.sweeps.sweeping import Sweep


def parquet(sweep: Sweep) -> bytes:
    """The content of the file.

    Raises:
        ConvcostError: pyarrow, the extra ``parquet``, is not installed.
    """
    try:
        writer: Any = import_module("pyarrow.parquet")
    except ImportError:
        raise ConvcostError(
            "a Parquet file is written by pyarrow, which is not installed\n"
            "  python3 -m pip install 'convcost[parquet]'"
        ) from None
    file = BytesIO()
    writer.write_table(sweep.to_arrow(), file)
    return file.getvalue()
