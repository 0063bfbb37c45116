"""What tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

import convcost

if TYPE_CHECKING:
    from collections.abc import Callable

# Examples are not timed: other work on the machine would fail them. Here, because a test takes the
# profile that is loaded when its file is read.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def parsed() -> Callable[..., convcost.Network]:
    """The network of a spec's text; settings, inputs and batch as ``convcost.load`` takes them."""

    def load(text: str, **asked: object) -> convcost.Network:
        return convcost.load("net.yaml", read=lambda _: text.encode(), **asked)  # type: ignore[arg-type]

    return load
