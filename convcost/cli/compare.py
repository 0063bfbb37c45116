"""``convcost compare``."""

from __future__ import annotations

from enum import StrEnum
from pathlib import PurePath
from typing import TYPE_CHECKING, Annotated, assert_never

import typer

from convcost.cli import complete, on_devices, options, output, training
from convcost.cli import designs as named
from convcost.errors import listed as in_words
from convcost.errors import similar
from convcost.further_metrics import is_time
from convcost.metrics import SUMS
from convcost.render.formats import FIRST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.analysis.compare.comparison import Comparison
    from convcost.render.reports.compare.sheet import AnyRow


if TYPE_CHECKING:
    Format = str
else:
    Format = options.format_of("page", "document", "records", "changes")


class By(StrEnum):
    """The kind of a row."""

    LAYER = "layer"
    STAGE = "stage"
    OP = "op"


class Sort(StrEnum):
    """The order of rows."""

    GRAPH = "graph"
    DIFFERENCE = "difference"


def _metric(name: str) -> str:
    """Return the name of a metric that adds up, so that a row has a share of the difference."""
    if name not in SUMS and "." not in name:
        said = f"{name!r} is not one of {', '.join(SUMS)}, or a figure such as thop.macs"
        raise typer.BadParameter("\n  ".join((said, *similar(name, SUMS, "figure"))))
    return name


def command(
    designs: named.Designs,
    settings: options.Settings = None,
    inputs: options.Inputs = None,
    dims: options.Dims = None,
    values: options.Values = None,
    as_written: options.AsWritten = False,
    batch: options.Batch = None,
    dtype: options.Dtype = None,
    by: Annotated[By, typer.Option("--by", help="What one row stands for.")] = By.LAYER,
    metric: Annotated[
        str,
        typer.Option(
            "--metric",
            metavar="FIGURE",
            help="Figure to compare rows by: "
            + in_words(SUMS, "or")
            + ", the count of a tool, such as thop.macs, or a time, such as rtx3090.bound.",
            callback=_metric,
            autocompletion=complete.metrics,
        ),
    ] = "macs",
    sort: Annotated[
        Sort, typer.Option("--sort", help="Order of rows: difference puts the largest first.")
    ] = Sort.GRAPH,
    top: Annotated[
        int | None, typer.Option("--top", min=1, metavar="N", help="List only the first N rows.")
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Also list what has not changed.")] = False,
    conventions: options.Conventions = None,
    devices: on_devices.Devices = None,
    fused: on_devices.Fused = False,
    format_: Format = FIRST,
    out: options.Output = None,
) -> None:
    """Compare designs with the first of them: totals, and the layers that differ.

    \b
    A design is a file, or a file with settings and input shapes of its own:
      net.yaml   net.yaml@width=0.5   net.yaml@width=0.5@3x160x160   @width=0.75
    The last is the first design's file. model.onnx@height=320 gives a size that
    the model leaves open. --set, --input, --dim and --value are for all designs.

    \b
    Example:
      convcost compare mobilenet_v1 @separable=false
    """
    from convcost.analysis.analyze.cost import analyze
    from convcost.analysis.compare.comparison import compare
    from convcost.analysis.unmet import unmet
    from convcost.render.reports.compare.report import report
    from convcost.render.reports.compare.sheet import Sheet, differing

    found = named.parsed(designs)
    labels = named.labels(found)
    asked = options.given(inputs, dims, values, as_written=as_written)
    networks = named.load(found, settings, asked, batch, dtype)
    tools, timed = _named_by(metric, conventions or (), devices or ())
    count = options.counting(training.by_metric(analyze, metric), tools)
    count = on_devices.timing(count, timed, fused=fused)
    comparison = compare(*map(count, networks))
    if metric not in comparison.totals:
        owner = metric.partition(".")[0] + "."
        counts = ", ".join(count for count in comparison.totals if count.startswith(owner))
        said = f"there is no figure {metric!r}, but {counts}"
        raise typer.BadParameter(said, param_hint="--metric")
    for label, analysis in zip(labels, comparison.analyses, strict=True):
        for claim in unmet(analysis):
            output.warn(f"{label}: {claim}")
    rows = _rows(comparison, by)
    listed = [row for row in rows if all_ or not row.same]
    match sort:
        case Sort.GRAPH:
            pass
        case Sort.DIFFERENCE:
            listed.sort(key=lambda row: -differing(row, metric, range(1, len(labels))))
        case _:
            assert_never(sort)
    whole = all_ or top is not None
    sheet = Sheet(comparison, labels, by, metric, rows, listed[:top], whole)
    output.report(report(sheet), format_, out)


def _named_by(
    metric: str, tools: Sequence[str], devices: Sequence[str]
) -> tuple[list[str], list[str]]:
    """The tools and the devices whose counts are asked for: what has the metric is among them."""
    from convcost.analysis.training.beside import asked_by
    from convcost.devices import read

    name = metric.partition(".")[0]
    if is_time(metric) or name in read.names():
        return [*tools], _with(devices, name)
    own = metric in SUMS or asked_by(metric) is not None
    return [*tools] if own else _with(tools, name), [*devices]


def _with(asked: Sequence[str], name: str) -> list[str]:
    """Tools or devices, by their names or files, with one of a name among them."""
    return [*asked] if any(PurePath(one).stem == name for one in asked) else [*asked, name]


def _rows(comparison: Comparison, by: By) -> Sequence[AnyRow]:
    from convcost.analysis.analyze.group import op_of, stage_of

    match by:
        case By.LAYER:
            return comparison.rows
        case By.STAGE:
            return comparison.groups(stage_of)
        case By.OP:
            return comparison.groups(op_of)
        case _:
            assert_never(by)
