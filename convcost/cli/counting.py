"""Additions to an analysis by the options of ``analyze`` and ``view``."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from convcost.cli import on_devices, options, training

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.network import Network


def counting(
    *,
    inplace: bool,
    conventions: Sequence[str] | None,
    devices: Sequence[str] | None,
    fused: bool,
    train: bool,
    freeze: Sequence[str] | None,
    optimizers: Sequence[str] | None,
    checkpoint: Sequence[str] | None,
    algorithm: str | None,
    order: bool,
) -> Callable[[Network], Analysis]:
    """A function that analyses a network, and adds the counts that the options ask for.

    Raises:
        ConvcostError: there is no such tool, device or optimiser, or a file of one is wrong.
        typer.BadParameter: an option is given without the one that it depends on, or two
            contradict each other.
    """
    from convcost.analysis.analyze.cost import analyze

    count = training.training(
        partial(analyze, inplace=inplace),
        train=train,
        freeze=freeze,
        optimizers=optimizers,
        checkpoint=checkpoint,
        inplace=inplace,
    )
    count = options.counting(count, conventions)
    count = on_devices.timing(count, devices, fused=fused)
    held = None if train else devices  # a step of training holds more than that
    count = on_devices.remembering(count, held, inplace=inplace, algorithm=algorithm)
    return options.ordering(count, order=order, inplace=inplace)
