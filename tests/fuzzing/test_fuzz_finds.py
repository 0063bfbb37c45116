"""Finds of the fuzzer stay mended: ``tests/data/fuzz/KIND_REASON.*``, every command on each."""

from __future__ import annotations

from pathlib import Path

import pytest

from fuzz.case import Input
from fuzz.counted import counting
from fuzz.kinds import KINDS
from fuzz.session import played

FINDS = sorted((Path(__file__).parent.parent / "data" / "fuzz").glob("*_*"))


@pytest.mark.parametrize("path", FINDS, ids=lambda path: path.name)
def test_nothing_is_broken(path: Path) -> None:
    kind = max((kind for kind in KINDS if path.name.startswith(f"{kind}_")), key=len)
    given = Input(kind, path.suffix, path.read_bytes())
    with counting() as count:
        assert not list(played(given, watch=lambda _: count.again()))
