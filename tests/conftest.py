"""What tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import convcost

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="session")
def parsed() -> Callable[..., convcost.Network]:
    """The network of a spec's text; settings, inputs and batch as ``convcost.load`` takes them."""

    def load(text: str, **asked: object) -> convcost.Network:
        return convcost.load("net.yaml", read=lambda _: text.encode(), **asked)  # type: ignore[arg-type]

    return load
