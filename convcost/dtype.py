"""Types of stored numbers, by the names that PyTorch and ONNX give them."""

from __future__ import annotations

DTYPES = {
    "float64": 64,
    "float32": 32,
    "float16": 16,
    "bfloat16": 16,
    "float8_e4m3fn": 8,
    "float8_e4m3fnuz": 8,
    "float8_e5m2": 8,
    "float8_e5m2fnuz": 8,
    "float4_e2m1fn": 4,
    "int64": 64,
    "int32": 32,
    "int16": 16,
    "int8": 8,
    "int4": 4,
    "int2": 2,
    "uint64": 64,
    "uint32": 32,
    "uint16": 16,
    "uint8": 8,
    "uint4": 4,
    "uint2": 2,
    "bool": 8,
}
"""Bits of a number."""

DEFAULT = "float32"


def is_floating(dtype: str) -> bool:
    """Whether numbers of a type have parts of one, so that they can be learned by gradients."""
    return dtype.startswith(("float", "bfloat"))


def bytes_of(count: int, dtype: str) -> int:
    """The bytes of so many numbers side by side: short ones share a byte."""
    bits = DTYPES[dtype]
    return -(-count * bits // 8) if bits % 8 else count * (bits // 8)
