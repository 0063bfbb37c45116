"""Types of numbers as ONNX numbers them."""

from __future__ import annotations

DTYPES = {  # TensorProto.DataType
    1: "float32",
    2: "uint8",
    3: "int8",
    4: "uint16",
    5: "int16",
    6: "int32",
    7: "int64",
    9: "bool",
    10: "float16",
    11: "float64",
    12: "uint32",
    13: "uint64",
    16: "bfloat16",
    17: "float8_e4m3fn",
    18: "float8_e4m3fnuz",
    19: "float8_e5m2",
    20: "float8_e5m2fnuz",
    21: "uint4",
    22: "int4",
    23: "float4_e2m1fn",
    25: "uint2",
    26: "int2",
}

_TRUTHS = (
    *("Less", "LessOrEqual", "Greater", "GreaterOrEqual", "Equal", "And", "Or", "Xor", "Not"),
    *("IsNaN", "IsInf"),
)
MAKES: dict[str, tuple[str | None, ...]] = {
    **dict.fromkeys(_TRUTHS, ("bool",)),
    **dict.fromkeys(("ArgMax", "ArgMin", "NonZero", "NonMaxSuppression"), ("int64",)),
    **dict.fromkeys(("TopK", "MaxPool"), (None, "int64")),
}
"""Types of the outputs of operators that make others than they read; None for those that do not."""
