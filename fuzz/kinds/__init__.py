"""The kinds of input, a module each: ``from fuzz.kinds import KINDS``."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fuzz.case import Kind

KINDS: Mapping[str, Kind] = {
    found.name: cast("Kind", import_module(f"{__name__}.{found.name}"))
    for found in iter_modules(__path__)
}
"""By the name of their module, which is that of their finds: ``tests/data/fuzz/spec_....yaml``."""
