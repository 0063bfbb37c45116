"""Values of tensors, where a tensor has kept them."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from convcost.errors import ConvcostError, quoted

if TYPE_CHECKING:
    import numpy as np
    import onnx

EXTERNAL = 1  # TensorProto.DataLocation
RAW = {1: "<f4", 6: "<i4", 7: "<i8", 11: "<f8"}
"""Types of the bytes of arrays, by TensorProto.DataType: those that are most common."""


def payload_missing(tensor: onnx.TensorProto) -> bool:
    """Whether a tensor has elements whose values are not in it: dropped, or in another file."""
    if tensor.data_location == EXTERNAL or tensor.external_data:
        return True
    if tensor.HasField("raw_data"):
        return False
    return prod(tensor.dims) != 0 and not (
        tensor.float_data
        or tensor.int32_data
        or tensor.int64_data
        or tensor.double_data
        or tensor.uint64_data
        or tensor.string_data
    )


def small_array(tensor: onnx.TensorProto) -> np.ndarray[Any, np.dtype[Any]] | None:
    """The value of a tensor, in the shape ``dims``; None where its payload is missing.

    Raises:
        ConvcostError: the payload does not fit the shape or the type.
    """
    if payload_missing(tensor):
        return None
    import numpy as np
    from onnx.numpy_helper import to_array

    dims, raw = tensor.dims, RAW.get(tensor.data_type)
    try:
        if min(dims, default=0) < 0:  # NumPy would find a -1 by itself
            raise ValueError("a dimension is negative")
        if raw is not None and tensor.HasField("raw_data"):  # as nearly all are, in a tenth
            return np.frombuffer(tensor.raw_data, raw).reshape(dims)
        return to_array(tensor)
    except (ValueError, TypeError, KeyError, OverflowError, MemoryError):
        raise ConvcostError(
            f"the tensor {quoted(tensor.name)} of shape {list(tensor.dims)[:8]} holds values that "
            "do not fit its shape or its type"
        ) from None
