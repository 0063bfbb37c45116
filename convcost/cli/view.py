"""``convcost view``."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from convcost.cli import on_devices, options, output
from convcost.files import written

if TYPE_CHECKING:
    from collections.abc import Callable

    from convcost.analysis.analyze.network_cost import Analysis

STDIN = "-"


def command(
    spec: options.Spec,
    settings: options.Settings = None,
    inputs: options.Inputs = None,
    dims: options.Dims = None,
    values: options.Values = None,
    as_written: options.AsWritten = False,
    batch: options.Batch = None,
    dtype: options.Dtype = None,
    conventions: options.Conventions = None,
    devices: on_devices.Devices = None,
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

    The page is that of `analyze --format html`, in a temporary folder unless -o names a file.

    \b
    Examples:
      convcost view resnet50
      convcost view models/net.yaml --watch
    """
    given = options.given(inputs, dims, values, as_written=as_written)
    load = partial(options.load, spec, settings, given, batch, dtype)
    from convcost.analysis.analyze.cost import analyze

    count = on_devices.timing(options.counting(analyze, conventions), devices, fused=False)
    count = on_devices.remembering(count, devices, inplace=False, algorithm=None)

    def page(served: int) -> str:
        return _page(count(load()), served)

    if watch:
        if out is not None or spec == STDIN:
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


def _page(analysis: Analysis, served: int) -> str:
    from convcost.render.formats.page.html import write
    from convcost.render.report import Medium
    from convcost.render.reports.analyze import report

    return write(report(analysis, analysis.layers), Medium(), served=served)


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
