"""Amounts as budgets write them: ``4M``, ``1.5G``, ``300_000``."""

from __future__ import annotations

import re

_FACTORS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15}
_SLIPS = {"K": "k", "m": "M", "g": "G", "t": "T", "p": "P"}
_AMOUNT = re.compile(r"([0-9][0-9_]*)(?:\.([0-9]+))?\s*([A-Za-z%]*)\Z")


def count(text: str) -> int:
    """An amount of things as an exact int; ValueError says what is wrong with it."""
    match = _AMOUNT.match(text.strip())
    if match is None:
        raise ValueError("is not an amount, such as 4M or 300k")
    whole, decimals, unit = match[1].replace("_", ""), match[2] or "", match[3]
    if unit in _SLIPS:
        raise ValueError(f"has the unit `{unit}`: write `{_SLIPS[unit]}`")
    if unit == "%":
        raise ValueError("is a share, and an amount is wanted, such as 4M")
    if unit.endswith(("B", "b")):
        raise ValueError("is in bytes, and a count is wanted, such as 4M")
    if unit not in _FACTORS:
        units = ", ".join(unit for unit in _FACTORS if unit)
        raise ValueError(f"has the unit `{unit}`: the units of counts are {units}")
    amount, rest = divmod(int(whole + decimals) * _FACTORS[unit], 10 ** len(decimals))
    if rest:
        raise ValueError("is not a whole number")
    return amount
