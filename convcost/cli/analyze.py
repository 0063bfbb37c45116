"""``convcost analyze``."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, TypeVar, assert_never

import typer

from convcost.cli import (
    complete,
    counting,
    many,
    on_devices,
    one_layer,
    options,
    output,
    roofline,
    training,
)
from convcost.metrics import COUNTS
from convcost.render.formats import FIRST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.analysis.analyze.group import Group
    from convcost.analysis.analyze.layer_cost import LayerCost
    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.given import Given
    from convcost.network import Network
    from convcost.render.report import Report

Row = TypeVar("Row", "LayerCost", "Group")


if TYPE_CHECKING:
    Sort = Format = str
else:
    Format = options.format_of("page", "document", "records", "graph")
    Sort = options.choice("Sort", ("graph", "name", *COUNTS))


class By(StrEnum):
    """The key that layers are added up by."""

    OP = "op"
    STAGE = "stage"


def command(
    context: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SPEC...",
            help=f"{options.SPEC}. Several share one table; what differs for one follows it "
            "after @. A folder is all models in it. With --op: FIELD=VALUE...",
            autocompletion=complete.designs_or_fields,
        ),
    ] = None,
    op: one_layer.OpName = None,
    settings: options.Settings = None,
    inputs: options.Inputs = None,
    dims: options.Dims = None,
    values: options.Values = None,
    as_written: options.AsWritten = False,
    batch: options.Batch = None,
    dtype: options.Dtype = None,
    inplace: options.Inplace = False,
    depth: Annotated[
        int | None,
        typer.Option(
            "--depth",
            min=1,
            metavar="N",
            help="Fold blocks to names of N words, and equal ones to xN.",
        ),
    ] = None,
    by: Annotated[
        By | None, typer.Option("--by", help="One row for all layers of an op, or of a stage.")
    ] = None,
    sort: Annotated[
        Sort,
        typer.Option(
            "--sort",
            metavar="ORDER",
            help=f"Order of the rows: graph, name, or a count, largest first: {', '.join(COUNTS)}.",
        ),
    ] = "graph",
    top: Annotated[
        int | None,
        typer.Option(
            "--top",
            min=1,
            metavar="N",
            help="List only the first N rows: with --sort macs, the N that cost most.",
        ),
    ] = None,
    all_: Annotated[
        bool, typer.Option("--all", help="List every layer on a terminal, however many.")
    ] = False,
    conventions: options.Conventions = None,
    devices: on_devices.Devices = None,
    fused: on_devices.Fused = False,
    train: training.Train = False,
    freeze: training.Freeze = None,
    optimizers: training.Optimizers = None,
    checkpoint: training.Checkpoint = None,
    algorithm: on_devices.Algorithm = None,
    order: options.Order = False,
    plotted: on_devices.Roofline = False,
    strict: options.Strict = False,
    jobs: options.Jobs = None,
    cluster: options.Cluster = None,
    format_: Format = FIRST,
    out: options.Output = None,
) -> None:
    """Show what each layer of a network costs: shape, parameters, MACs, receptive field.

    \b
    Examples:
      convcost analyze mobilenet_v2 --set width=0.75 --by stage
      convcost analyze resnet18 mobilenet_v2@width=0.5
      convcost analyze --op conv --input 3x32x32 kernel_size=5 stride=2 padding=2
      convcost analyze resnet50 --device rtx3090 --batch 256 --dtype float16
      convcost analyze resnet50 --device t4 --dtype float16 -o roofline.svg
      convcost analyze models/ --jobs 4 -o costs.csv
      convcost analyze resnet50 --train --batch 32 --optimizer adamw
    """
    asked = options.given(inputs, dims, values, as_written=as_written)
    words = one_layer.words(context, words, None, op)
    drawn = roofline.picture_file(context, devices, out)
    several = op is None and many.is_asked(words, jobs, cluster)
    number = 1 if op else len(words) + several  # a folder is no design
    roof = roofline.asked(devices, number, plotted=plotted, out=drawn)
    count = counting.counting(
        inplace=inplace,
        conventions=conventions,
        devices=devices,
        fused=fused,
        train=train,
        freeze=freeze,
        optimizers=optimizers,
        checkpoint=checkpoint,
        algorithm=algorithm,
        order=order,
    )
    if several:
        _refuse_for_one(by, depth)
        costs = many.Costs(count, settings or (), asked, batch, dtype)
        made = many.rows(many.found(words), costs, jobs, cluster)
        many.answer(made, sort, top, everything=all_, format_=format_, out=out)
        many.end(made, strict=strict)
        return
    if op is None and len(words) > 1:
        from convcost.cli import several as designs

        _refuse_for_one(by, depth)
        labels, networks = designs.load(words, settings, asked, batch, dtype)
        answer, known = designs.report(labels, networks, count, sort, top)
        output.report(answer, format_, out)
        if strict and not known:
            raise typer.Exit(1)
        return
    spec, network = _network(op, words, asked, settings, batch, dtype)
    analysis = count(network)
    _warn(analysis, spec)
    found: Report | None = _report(analysis, by, depth, sort, top, everything=all_)
    if roof is not None:
        found = roofline.answer(analysis, roof, found, drawn, fused=fused)
    if found is not None:
        output.report(found, format_, out)
    if strict and not (analysis.complete and not network.assumes):
        raise typer.Exit(1)


def _network(
    op: str | None,
    words: list[str],
    given: Given,
    settings: options.Settings,
    batch: options.Batch,
    dtype: options.Dtype,
) -> tuple[str, Network]:
    """The one network that is asked about, after its label."""
    if op is not None:
        return one_layer.PATH, one_layer.load(op, words, given, settings, batch, dtype)
    if "@" in words[0]:
        from convcost.cli import several as designs

        labels, networks = designs.load(words, settings, given, batch, dtype)
        return labels[0], networks[0]
    return words[0], options.load(words[0], settings, given, batch, dtype)


def _warn(analysis: Analysis, spec: str) -> None:
    """Warn about odd shapes, and about expectations and limits that are not met."""
    from convcost.analysis.unmet import unmet

    for oddity in _oddities(analysis.network, spec):
        output.warn(f"{spec}: {oddity}")
    for claim in unmet(analysis):
        output.warn(f"{spec}: {claim}")


def _report(
    analysis: Analysis,
    by: By | None,
    depth: int | None,
    sort: Sort,
    top: int | None,
    *,
    everything: bool,
) -> Report:
    """The report of one network, with a row for each layer, block, op or stage."""
    from convcost.render.report import Graphed
    from convcost.render.reports.analyze import grouped_report, report

    if by is not None:
        if depth is not None:
            raise typer.BadParameter("--by adds up what --depth folds: give one of them")
        groups = _sorted(_groups(analysis, by), sort)[:top]
        return grouped_report(analysis, groups, by, everything=everything or top is not None)
    layers = list(analysis.layers)
    if depth is not None:
        from convcost.analysis.analyze.fold import folded

        layers = folded(layers, depth)
    graph = Graphed(analysis, depth, sort if sort in COUNTS else "macs")
    return report(
        analysis,
        _sorted(layers, sort)[:top],
        everything=everything or top is not None,
        in_order=sort == "graph",
        drawn=graph,
    )


def _refuse_for_one(by: By | None, depth: int | None) -> None:
    if by is not None or depth is not None:
        raise typer.BadParameter("--by and --depth are about one design: give one")


def _oddities(network: Network, spec: str) -> list[str]:
    """Remarks on odd shapes of inputs, with the shapes that may be meant."""
    from convcost.spec.doubts import has_batch, has_channels_last

    shapes = [tensor.sample_shape for tensor in network.inputs.values()]
    if not any(has_batch(shape) or has_channels_last(shape) for shape in shapes):
        return []
    from convcost.analysis.lint import lint

    found = lint(network, spec, select=("CC402", "CC403"))
    return [f"{one.message}; is it {one.fix}?" for one in found]


def _sorted(rows: Sequence[Row], sort: str) -> Sequence[Row]:
    if sort in COUNTS:
        return sorted(rows, key=lambda row: -row.counts[sort])
    return sorted(rows, key=lambda row: row.name) if sort == "name" else rows


def _groups(analysis: Analysis, by: By) -> list[Group]:
    from convcost.analysis.analyze.group import grouped, op_of, stage_of

    match by:
        case By.OP:
            return grouped(analysis.layers, op_of)
        case By.STAGE:
            return grouped(analysis.layers, stage_of)
        case _:
            assert_never(by)
