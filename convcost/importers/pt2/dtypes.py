"""Types of numbers as PyTorch's schema of exported programs numbers them."""

from __future__ import annotations

DTYPES = {  # ScalarType
    1: "uint8",
    2: "int8",
    3: "int16",
    4: "int32",
    5: "int64",
    6: "float16",
    7: "float32",
    8: "float64",
    12: "bool",
    13: "bfloat16",
    28: "uint16",
    29: "float8_e4m3fn",
    30: "float8_e5m2",
    31: "float8_e4m3fnuz",
    32: "float8_e5m2fnuz",
    34: "uint32",
    35: "uint64",
}

WHOLE = frozenset(("uint8", "int8", "int16", "int32", "int64"))
"""Types of positions."""
