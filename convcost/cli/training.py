"""Options about a training step."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from convcost.cli import complete
from convcost.further_metrics import is_of_a_tools_step

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.network import Network

Train = Annotated[
    bool,
    typer.Option(
        "--train", help="Add the backward pass, gradients and saved tensors of a training step."
    ),
]
Freeze = Annotated[
    list[str] | None,
    typer.Option(
        "--freeze",
        metavar="LAYER",
        help="With --train: freeze this layer, or all of a block; * is any text. Repeatable.",
    ),
]
Optimizers = Annotated[
    list[str] | None,
    typer.Option(
        "--optimizer",
        metavar="NAME",
        help="With --train: add the bytes of its state: momentum, adamw ... Repeatable.",
        autocompletion=complete.optimizers,
    ),
]
Checkpoint = Annotated[
    list[str] | None,
    typer.Option(
        "--checkpoint",
        metavar="BLOCK",
        help="With --train: recompute this block in the backward pass, and keep nothing inside it. "
        "With * (any text), each block is a checkpoint of its own. Repeatable.",
    ),
]


def training(
    count: Callable[[Network], Analysis],
    *,
    train: bool,
    freeze: Sequence[str] | None,
    optimizers: Sequence[str] | None,
    checkpoint: Sequence[str] | None = None,
    inplace: bool = False,
) -> Callable[[Network], Analysis]:
    """A function that analyses a network, and adds the counts of a training step.

    Raises:
        ConvcostError: there is no such optimiser.
        typer.BadParameter: layers are to be frozen or run again, or optimisers counted, where
            nothing is trained.
    """
    still = frozen(freeze, train=train)
    if not train:
        if optimizers:
            raise typer.BadParameter("--optimizer is about training: give --train, too")
        if checkpoint:
            raise typer.BadParameter("--checkpoint is about training: give --train, too")
        return count
    from convcost.analysis.training.optimizers import optimizer

    kept = [optimizer(name) for name in dict.fromkeys(optimizers or ())]
    how = {"frozen": still, "optimizers": kept, "inplace": inplace, "again": checkpoint or ()}
    return partial(_trained, count, how)


def _trained(
    count: Callable[[Network], Analysis], how: Mapping[str, Any], network: Network
) -> Analysis:
    from convcost.analysis.training.beside import beside

    return beside(count(network), **how)


def frozen(freeze: Sequence[str] | None, *, train: bool) -> Sequence[str]:
    """The layers that are not trained.

    Raises:
        typer.BadParameter: nothing is trained.
    """
    if freeze and not train:
        raise typer.BadParameter("--freeze is about training: give --train, too")
    return freeze or ()


def by_metric(count: Callable[[Network], Analysis], metric: str) -> Callable[[Network], Analysis]:
    """A function that analyses a network, and adds the counts of a training step where a metric is
    one of them, or a tool's count of one.

    Raises:
        ConvcostError: a training step has no such count.
    """
    from convcost.analysis.training.beside import asked_by, beside

    optimizers = () if is_of_a_tools_step(metric) else asked_by(metric)
    if optimizers is None:
        return count
    return lambda network: beside(count(network), optimizers=optimizers)
