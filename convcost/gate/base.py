"""The base that models are compared with, and their figures there."""

from __future__ import annotations

from abc import ABC, abstractmethod
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from convcost.errors import ConvcostError
from convcost.gate.variants import AS_WRITTEN, Variant
from convcost.given import NOTHING, Given
from convcost.loading import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.budget.limit import Limit
    from convcost.budget.verdict import Figures
    from convcost.gate.config import Configs
    from convcost.gate.factory import Factory
    from convcost.gate.models import Choices
    from convcost.network import Network

NONE = "none"


class Incomparable(ConvcostError):  # noqa: N818 - it names what is so
    """A model cannot be read at the base, for a mistake that it has there."""


class NotFetched(ConvcostError):  # noqa: N818 - it names what is so
    """A file of the base is not in this clone."""


class Before(NamedTuple):
    """A model as it was. ``path`` is its name then, ``analysis`` is there where it was analysed
    just now, and ``limits`` are those that its spec had. ``same``: nothing it is made of has
    changed. ``read`` has the bytes of the specs that it was read from, by their paths, and
    ``again`` reads it with others in their place, which a function returns, and without
    ``fields`` leaves receptive fields out."""

    path: str
    figures: Figures
    analysis: Analysis | None = None
    limits: Sequence[Limit] = ()
    same: bool = False
    read: Mapping[str, bytes] = MappingProxyType({})
    again: Callable[..., Analysis] | None = None


class Now(NamedTuple):
    """A model as it is, the bytes of the specs that it was read from, by their paths, what was
    given for its inputs, and the factory that made it, if one did."""

    path: str
    where: Path
    analysis: Analysis
    read: Mapping[str, bytes]
    given: Given = NOTHING
    factory: Factory | None = None
    variant: Variant = AS_WRITTEN

    def again(self, path: str, read: Callable[[str], bytes]) -> Network:
        """The spec in other words, read as it was.

        Args:
            path: the file.
            read: returns the bytes of it, and of what it includes.

        Raises:
            ConvcostError: it cannot be read.
        """
        given = Given(inputs=self.given.inputs)
        return load(path, **self.variant.arguments(given, exported=False), read=read)


class Base(ABC):
    """The models of a base; ``label`` names it, ``notes`` are sentences about models of it."""

    label: str
    notes: list[str]

    @abstractmethod
    def before(self, now: Now) -> Before | None:
        """A model as it was; None for a new one.

        Raises:
            Incomparable: it cannot be read.
            NotFetched: it is not in this clone.
        """

    @abstractmethod
    def deleted(self, choices: Choices, there: Iterable[Path]) -> list[Before]:
        """Models that were asked for and are not there any more."""

    def added(self) -> list[Path]:
        """Files that the change adds, or moves to another name, and that may be models."""
        return []

    def no_more(self, choices: Choices, there: Iterable[Path]) -> list[Path]:  # noqa: ARG002 - revisions use it
        """Files that were models and were asked for, and are none any more."""
        return []

    def fate(self, path: Path) -> str:  # noqa: ARG002 - revisions use it
        """The end of a file that the base has, as words after it; "" where it has none."""
        return ""

    def had(self, path: Path, error: ConvcostError) -> bool:  # noqa: ARG002 - revisions use it
        """Whether the base has the same mistake in a model."""
        return False

    def text(self, path: str) -> bytes | None:  # noqa: ARG002 - revisions use it
        """The bytes of a file as it was; None where there was none, or only figures were saved."""
        return None

    def configs(self, now: Configs) -> Configs | None:  # noqa: ARG002 - revisions use it
        """The configurations as they were; None where only figures were saved."""
        return None

    def close(self) -> None:  # noqa: B027 - a file holds nothing
        """Let go of what it holds."""
