"""``convcost analyze``."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, assert_never

import typer

from convcost.cli import options, output
from convcost.cli.options import Format


class Sort(StrEnum):
    """The order of layers."""

    GRAPH = "graph"
    NAME = "name"
    PARAMS = "params"
    BUFFERS = "buffers"
    MACS = "macs"
    MACS_IN_BOUNDS = "macs_in_bounds"
    PEAK_ACTIVATION_BYTES = "peak_activation_bytes"


def command(
    spec: options.Spec,
    settings: options.Settings = None,
    inputs: options.Inputs = None,
    batch: options.Batch = None,
    dtype: options.Dtype = None,
    inplace: Annotated[
        bool,
        typer.Option("--inplace", help="Element-wise layers write over what only they need."),
    ] = False,
    depth: Annotated[
        int | None,
        typer.Option(
            "--depth", min=1, metavar="N", help="Fold blocks: names of N words, xN for the same."
        ),
    ] = None,
    sort: Annotated[
        Sort, typer.Option("--sort", help="Order of the layers; counts come largest first.")
    ] = Sort.GRAPH,
    top: Annotated[
        int | None, typer.Option("--top", min=1, metavar="N", help="List only the first N rows.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 1 where a layer could not be counted.")
    ] = False,
    format_: options.TableFormat = Format.TEXT,
    out: options.Output = None,
) -> None:
    """Show what each layer of a network costs: shape, parameters, MACs, receptive field.

    \b
    Example:
      convcost analyze specs/mobilenet_v2.yaml --set width=0.75 --sort macs --top 10
    """
    from convcost.analysis.cost import analyze

    network = options.load(spec, settings, inputs, batch, dtype)
    analysis = analyze(network, inplace=inplace)
    for claim in analysis.unmet:
        output.warn(f"{spec}: {claim}")
    layers = list(analysis.layers)
    if depth is not None:
        from convcost.analysis.fold import folded

        layers = folded(layers, depth)
    match sort:
        case Sort.GRAPH:
            pass
        case Sort.NAME:
            layers.sort(key=lambda layer: layer.name)
        case _:
            layers.sort(key=lambda layer: -layer.counts[sort.value])
    layers = layers[:top]
    match format_:
        case Format.TEXT:
            from convcost.render.text import lines

            output.show(lambda width: lines(analysis, layers, width), out)
        case Format.JSON:
            from convcost.render.document import to_json

            output.write(to_json(analysis, layers), out)
        case Format.MARKDOWN:
            from convcost.render.flat import to_markdown

            output.write(to_markdown(analysis, layers), out)
        case Format.CSV:
            from convcost.render.flat import to_csv

            output.write(to_csv(layers), out)
        case _:
            assert_never(format_)
    if strict and not analysis.complete:
        raise typer.Exit(1)
