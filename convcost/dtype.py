"""Types of stored numbers, by the names that PyTorch and ONNX give them."""

from __future__ import annotations

DTYPES = {
    "float64": 8,
    "float32": 4,
    "float16": 2,
    "bfloat16": 2,
    "int64": 8,
    "int32": 4,
    "int16": 2,
    "int8": 1,
    "uint8": 1,
}
"""Bytes of a number."""

DEFAULT = "float32"
