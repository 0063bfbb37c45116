"""``convcost verify``."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, assert_never

import typer

from convcost.cli import options, output


class Format(StrEnum):
    """What to print."""

    TEXT = "text"
    JSON = "json"


def command(
    spec: options.Spec,
    settings: options.Settings = None,
    inputs: options.Inputs = None,
    batch: options.Batch = None,
    layer: Annotated[
        str | None,
        typer.Option("--layer", metavar="NAME", help="Measure the receptive field of NAME too."),
    ] = None,
    shrink: Annotated[
        int,
        typer.Option("--shrink", min=1, metavar="N", help="Divide channels by N, to be quick."),
    ] = 1,
    scalar: Annotated[
        bool, typer.Option("--scalar", help="Count with scalars that count themselves: slow.")
    ] = False,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of weights and inputs.")] = 0,
    summary: Annotated[
        bool, typer.Option("--summary", help="A line a metric, and what disagrees, not each layer.")
    ] = False,
    format_: Annotated[Format, typer.Option("--format", help="What to print.")] = Format.TEXT,
    strict: options.Strict = False,
    out: options.Output = None,
) -> None:
    """Run a network, count what it does, and confirm every figure.

    Exit code 1 where a formula and the execution disagree.

    \b
    Example:
      convcost verify specs/resnet50.yaml
    """
    from convcost.transform import thinned
    from convcost.verify import verify

    network = options.load(spec, settings, inputs, batch)
    network, factor = thinned(network, shrink)
    if factor != shrink:
        output.warn(f"{spec}: channels are divided by {factor}, not {shrink}")
    with output.progress("verifying") as progress:
        verification = verify(network, seed=seed, scalar=scalar, layer=layer, progress=progress)
    match format_:
        case Format.TEXT:
            from convcost.render.verification import lines

            output.show(lambda width: lines(verification, width, summary=summary), out)
        case Format.JSON:
            from convcost.render.verification import to_json

            output.write(to_json(verification), out)
        case _:
            assert_never(format_)
    if verification.broken or (strict and network.unknown):
        raise typer.Exit(1)
