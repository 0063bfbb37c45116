"""Small arrays of whole numbers that a program holds as constants, by which others pick."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, cast

from convcost.importers.pt2.dtypes import DTYPES, WHOLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convcost.importers.building.values import Known
    from convcost.importers.pt2.archive import Archive

MOST_ELEMENTS = 1 << 12
KIND = "constants"


def positions(archive: Archive) -> dict[str, Known]:
    """The values of the small arrays of whole numbers that an archive holds as constants, by their
    names: those that are stored as raw bytes, in order."""
    constants = archive.constants(KIND)
    if not constants:  # as in most files, and NumPy takes as long to import as these to read
        return {}
    import numpy as np

    found: dict[str, Known] = {}
    for name, stored in constants.items():
        meta = stored["tensor_meta"]
        dtype, shape = DTYPES.get(meta["dtype"]), [size.get("as_int") for size in meta["sizes"]]
        if dtype not in WHOLE or stored["use_pickle"] or not _in_rows(meta, shape):
            continue
        kind = np.dtype(dtype).newbyteorder("<")
        size = prod(shape) * kind.itemsize
        data = archive.raw(KIND, stored["path_name"], size) if size else None
        if data is not None:
            found[name] = np.frombuffer(data, kind).reshape(cast("list[int]", shape))
    return found


def _in_rows(meta: Mapping[str, Any], shape: list[int | None]) -> bool:
    """Whether an array is small, and stored from the first element on in the order of its axes."""
    whole = all(type(n) is int and n > 0 for n in shape)
    if not whole or prod(cast("list[int]", shape)) > MOST_ELEMENTS:
        return False
    rows = [prod(cast("list[int]", shape[axis + 1 :])) for axis in range(len(shape))]
    strides = [stride.get("as_int") for stride in meta["strides"]]
    return strides == rows and meta["storage_offset"].get("as_int") == 0
