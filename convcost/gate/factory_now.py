"""The model that a factory makes of the files as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.analysis.analyze.cost import analyze
from convcost.gate.base import Now
from convcost.gate.factory_run import Ground, network_of
from convcost.given import Given

if TYPE_CHECKING:
    from pathlib import Path

    from convcost.gate.config import Config
    from convcost.gate.factory import Factory


def made_by(factory: Factory, shown: str, here: Path, config: Config | None) -> Now:
    """The model; as :func:`convcost.gate.factory_run.network_of`."""
    given = Given(operators=config.given(factory.where).operators if config else {})
    network = network_of(factory, shown, Ground(here), given.operators)
    return Now(shown, factory.where, analyze(network), {}, given, factory)
