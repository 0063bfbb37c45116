"""``convcost verify``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from convcost.cli import complete, options, output, training
from convcost.render.formats import FIRST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.given import Given
    from convcost.network import Network

SAMPLES = 2


def command(
    spec: options.Spec,
    settings: options.Settings = None,
    inputs: options.Inputs = None,
    dims: options.Dims = None,
    values: options.Values = None,
    as_written: options.AsWritten = False,
    batch: Annotated[
        int | None,
        typer.Option(
            "--batch",
            min=1,
            metavar="N",
            help="Samples in a batch: 2, or as many as a model fixes.",
        ),
    ] = None,
    layer: Annotated[
        str | None,
        typer.Option(
            "--layer",
            metavar="NAME",
            help="Also measure the receptive field of NAME.",
            autocompletion=complete.layers,
        ),
    ] = None,
    shrink: Annotated[
        int,
        typer.Option("--shrink", min=1, metavar="N", help="Divide channels by N, to be faster."),
    ] = 1,
    scalar: Annotated[
        bool, typer.Option("--scalar", help="Run on scalars that count their own operations: slow.")
    ] = False,
    seed: Annotated[
        int, typer.Option("--seed", min=0, metavar="N", help="Seed of weights and inputs.")
    ] = 0,
    memory: options.Memory = None,
    train: Annotated[
        bool,
        typer.Option("--train", help="Also run a training step, with its backward pass: slow."),
    ] = False,
    freeze: training.Freeze = None,
    summary: Annotated[
        bool,
        typer.Option(
            "--summary",
            help="Show one line per metric and what disagrees, as on a low terminal.",
        ),
    ] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="List every check on a terminal, however many.")
    ] = False,
    format_: options.TableFormat = FIRST,
    strict: options.Strict = False,
    out: options.Output = None,
) -> None:
    """Run a network, count what it does, and confirm every figure.

    Two samples are run, unless a model fixes another number: one sample alone would not expose a
    kernel that ignores all others.

    Exit code 1: a formula and the execution disagree, or there was nothing to confirm.

    \b
    Example:
      convcost verify resnet50
    """
    from convcost.execution.transform import thinned
    from convcost.execution.verification import verify
    from convcost.render.reports.verify import report

    asked = options.given(inputs, dims, values, as_written=as_written)
    network, by = thinned(_loaded(spec, settings, asked, batch), shrink)
    if by != shrink:
        output.warn(f"{spec}: channels are divided by {by}, not {shrink}")
    allowed = options.memory_of(memory)
    frozen = training.frozen(freeze, train=train)
    with output.progress("verifying") as progress:
        found = verify(
            network,
            seed=seed,
            scalar=scalar,
            layer=layer,
            memory=allowed,
            train=train,
            frozen=frozen,
            progress=progress,
        )
    told = report(found, summary=summary, everything=everything, divided_by=by)
    output.report(told, format_, out)
    if not found.agrees or (strict and (network.unknown or network.assumes)):
        raise typer.Exit(1)


def _loaded(spec: str, settings: Sequence[str] | None, given: Given, batch: int | None) -> Network:
    """The network with two samples unless told otherwise; with one where more of it is known so."""
    from convcost.errors import ConvcostError

    read = options.read_once(spec)
    if batch is None:
        try:
            network = options.unsaid(spec, settings, given, None, read=read, usual_batch=SAMPLES)
        except ConvcostError:
            pass  # of one sample it is what other commands say, or none
        else:
            if not network.unknown:
                return options.said(spec, network)
            one = options.unsaid(spec, settings, given, None, read=read)
            return options.said(spec, one if len(one.unknown) < len(network.unknown) else network)
    return options.load(spec, settings, given, batch, read=read)
