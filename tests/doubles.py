"""Functions that stand in for others while a test runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def always(value: Any) -> Callable[..., Any]:
    """A function that returns ``value``, whatever it is given."""

    def answer(*_: object, **__: object) -> Any:
        return value

    return answer


def then(function: Callable[..., Any], change: Callable[[Any], Any]) -> Callable[..., Any]:
    """``function`` followed by ``change``."""

    def changed(*inputs: Any) -> Any:
        return change(function(*inputs))

    return changed
