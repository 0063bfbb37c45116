"""Options about a training step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from convcost.analysis.analyze.cost import Analysis
    from convcost.network import Network

Train = Annotated[
    bool,
    typer.Option("--train", help="Add the backward pass and gradients of a training step."),
]
Freeze = Annotated[
    list[str] | None,
    typer.Option(
        "--freeze",
        metavar="LAYER",
        help="With --train: do not train this layer, or all of a block; * is any text. Repeatable.",
    ),
]


def training(
    count: Callable[[Network], Analysis], *, train: bool, freeze: Sequence[str] | None
) -> Callable[[Network], Analysis]:
    """A function that analyses a network, and adds the counts of a training step.

    Raises:
        typer.BadParameter: layers are to be frozen where nothing is trained.
    """
    still = frozen(freeze, train=train)
    if not train:
        return count
    from convcost.analysis.training.beside import beside

    return lambda network: beside(count(network), frozen=still)


def frozen(freeze: Sequence[str] | None, *, train: bool) -> Sequence[str]:
    """The layers that are not trained.

    Raises:
        typer.BadParameter: nothing is trained.
    """
    if freeze and not train:
        raise typer.BadParameter("--freeze is about training: give --train, too")
    return freeze or ()
