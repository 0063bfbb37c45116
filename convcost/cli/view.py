"""``convcost view``."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from convcost.cli import counting, on_devices, options, output, training
from convcost.cli import designs as named
from convcost.files import written

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.render.report import Report

STDIN = "-"


def command(
    designs: named.Designs,
    settings: options.Settings = None,
    inputs: options.Inputs = None,
    dims: options.Dims = None,
    values: options.Values = None,
    as_written: options.AsWritten = False,
    batch: options.Batch = None,
    dtype: options.Dtype = None,
    conventions: options.Conventions = None,
    devices: on_devices.Devices = None,
    fused: on_devices.Fused = False,
    train: training.Train = False,
    freeze: training.Freeze = None,
    optimizers: training.Optimizers = None,
    checkpoint: training.Checkpoint = None,
    algorithm: on_devices.Algorithm = None,
    inplace: options.Inplace = False,
    order: options.Order = False,
    watch: Annotated[
        bool,
        typer.Option(
            "--watch",
            help="Serve the page to this machine only, and redraw it when the model is saved, "
            "until Ctrl+C.",
        ),
    ] = False,
    open_: Annotated[
        bool,
        typer.Option(
            "--open/--no-open", help="Open the page in a browser, or only print where it is."
        ),
    ] = True,
    out: options.Output = None,
) -> None:
    """Show a network in the browser: modules, graph, memory, fields, formulas.

    Of several designs, the layers of each are shown beside those of the first. The page is that of
    `analyze` or `compare --format html`, in a temporary folder unless -o names a file.

    \b
    Examples:
      convcost view resnet50
      convcost view models/net.yaml --watch
      convcost view old.yaml new.yaml
    """
    found = named.parsed(designs, least=1)
    given = options.given(inputs, dims, values, as_written=as_written)
    load = partial(named.load, found, settings, given, batch, dtype)
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
    labels = named.labels(found)

    def page(served: int) -> str:
        return _page(labels, [*map(count, load())], served)

    if watch:
        if out is not None or any(design.path == STDIN for design in found):
            what = "-o" if out is not None else "standard input"
            raise typer.BadParameter(f"{what} has no changes to follow: leave out --watch")
        _watch(page, open_)
        return
    text = page(0)
    path = out or os.path.join(written.own_folder(), "network.html")
    output.write(text, path)
    output.write(f"{path}\n", None)
    if open_:
        _open(Path(os.path.abspath(path)).as_uri())


def _page(labels: Sequence[str], analyses: Sequence[Analysis], served: int) -> str:
    from convcost.render.formats.page.html import write
    from convcost.render.report import Medium

    report = _compared(labels, analyses) if len(analyses) > 1 else _analysed(analyses[0])
    return write(report, Medium(), served=served)


def _analysed(analysis: Analysis) -> Report:
    from convcost.render.reports.analyze import report

    return report(analysis, analysis.layers)


def _compared(labels: Sequence[str], analyses: Sequence[Analysis]) -> Report:
    from convcost.analysis.compare.comparison import compare
    from convcost.render.reports.compare.report import report
    from convcost.render.reports.compare.sheet import Sheet

    comparison = compare(*analyses)
    rows = comparison.rows
    listed = [row for row in rows if not row.same]
    return report(Sheet(comparison, labels, "layer", "macs", rows, listed))


def _watch(page: Callable[[int], str], open_: bool) -> None:
    """Serve the page until someone ends it."""
    from convcost.cli.served import Served

    served = Served(page)
    output.write(f"{served.address}\n", None)
    if open_:
        _open(served.address)
    served.forever()


def _open(address: str) -> None:
    import webbrowser

    if not webbrowser.open(address):
        output.note(f"no browser could be opened here: open {address}")
