"""``convcost analyze``."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, TypeVar, assert_never

import typer

from convcost.cli import options, output
from convcost.cli.options import Format

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.analysis.analyze.cost import Analysis, LayerCost
    from convcost.analysis.analyze.group import Group

Row = TypeVar("Row", "LayerCost", "Group")


class Sort(StrEnum):
    """The order of layers."""

    GRAPH = "graph"
    NAME = "name"
    PARAMS = "params"
    BUFFERS = "buffers"
    MACS = "macs"
    MACS_IN_BOUNDS = "macs_in_bounds"
    PEAK_ACTIVATION_BYTES = "peak_activation_bytes"


class By(StrEnum):
    """What layers are added up by."""

    OP = "op"
    STAGE = "stage"


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
    by: Annotated[
        By | None, typer.Option("--by", help="A row for all layers of one op, or of one stage.")
    ] = None,
    sort: Annotated[
        Sort, typer.Option("--sort", help="Order of the rows; counts come largest first.")
    ] = Sort.GRAPH,
    top: Annotated[
        int | None, typer.Option("--top", min=1, metavar="N", help="List only the first N rows.")
    ] = None,
    strict: options.Strict = False,
    format_: options.TableFormat = Format.TEXT,
    out: options.Output = None,
) -> None:
    """Show what each layer of a network costs: shape, parameters, MACs, receptive field.

    \b
    Example:
      convcost analyze specs/mobilenet_v2.yaml --set width=0.75 --by stage
    """
    from convcost.analysis.analyze.cost import analyze

    network = options.load(spec, settings, inputs, batch, dtype)
    analysis = analyze(network, inplace=inplace)
    for claim in analysis.unmet:
        output.warn(f"{spec}: {claim}")
    if by is not None:
        if depth is not None:
            raise typer.BadParameter("--by adds up what --depth folds: give one of them")
        _show_groups(analysis, by, sort, top, format_, out)
    else:
        layers = list(analysis.layers)
        if depth is not None:
            from convcost.analysis.analyze.fold import folded

            layers = folded(layers, depth)
        _show_layers(analysis, _sorted(layers, sort)[:top], format_, out)
    if strict and not analysis.complete:
        raise typer.Exit(1)


def _sorted(rows: Sequence[Row], sort: Sort) -> Sequence[Row]:
    match sort:
        case Sort.GRAPH:
            return rows
        case Sort.NAME:
            return sorted(rows, key=lambda row: row.name)
        case _:
            return sorted(rows, key=lambda row: -row.counts[sort.value])


def _show_layers(
    analysis: Analysis, layers: Sequence[LayerCost], format_: Format, out: str | None
) -> None:
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


def _show_groups(
    analysis: Analysis, by: By, sort: Sort, top: int | None, format_: Format, out: str | None
) -> None:
    from convcost.analysis.analyze.group import grouped, op_of, stage_of
    from convcost.render import groups as render

    match by:
        case By.OP:
            of = op_of
        case By.STAGE:
            of = stage_of
        case _:
            assert_never(by)
    groups = _sorted(grouped(analysis.layers, of), sort)[:top]
    blocks = output.has_blocks(out)
    match format_:
        case Format.TEXT:
            output.show(lambda width: render.lines(analysis, groups, by, width, blocks=blocks), out)
        case Format.JSON:
            output.write(render.to_json(analysis, groups, by), out)
        case Format.MARKDOWN:
            output.write(render.to_markdown(analysis, groups, by, blocks=blocks), out)
        case Format.CSV:
            output.write(render.to_csv(groups, by), out)
        case _:
            assert_never(format_)
