"""What tests share."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import convcost

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parent.parent
DATA = ROOT / "tests" / "data"


@pytest.fixture(scope="session")
def rows() -> Callable[[str], list[dict[str, str]]]:
    """The rows of a CSV in ``tests/data``."""

    def read(name: str) -> list[dict[str, str]]:
        with (DATA / name).open(newline="") as file:
            return list(csv.DictReader(file))

    return read


@pytest.fixture(scope="session")
def parsed() -> Callable[..., convcost.Network]:
    """The network of a spec's text; settings, inputs and batch as ``convcost.load`` takes them."""

    def load(text: str, **asked: object) -> convcost.Network:
        return convcost.load("net.yaml", read=lambda _: text.encode(), **asked)  # type: ignore[arg-type]

    return load
