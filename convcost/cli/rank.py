"""``convcost rank``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from convcost.cli import complete, on_devices, options, output
from convcost.cli import designs as named
from convcost.errors import listed as in_words
from convcost.errors import similar
from convcost.metrics import SUMS
from convcost.render.formats import FIRST

if TYPE_CHECKING:
    from convcost.devices.device import Calibration, Device


def command(
    designs: named.Designs,
    settings: options.Settings = None,
    inputs: options.Inputs = None,
    dims: options.Dims = None,
    values: options.Values = None,
    as_written: options.AsWritten = False,
    batch: options.Batch = None,
    dtype: options.Dtype = None,
    metric: Annotated[
        str | None,
        typer.Option(
            "--metric",
            metavar="FIGURE",
            help=f"What to order by: {in_words(SUMS, 'or')}. Unless given, with "
            "--device its estimate, or its bound if it has none; otherwise macs.",
            autocompletion=complete.ranked,
        ),
    ] = None,
    device: Annotated[
        str | None,
        typer.Option(
            "--device",
            metavar="DEVICE",
            help="Order by the time on this device: rtx3090, t4 ..., or a device file of your own.",
            autocompletion=complete.devices,
        ),
    ] = None,
    format_: options.TableFormat = FIRST,
    out: options.Output = None,
) -> None:
    """List designs from the smallest to the largest of a figure, such as the time on a device.

    Networks whose estimates are nearer to each other than estimates are to measurements are marked:
    either may be the faster one.

    \b
    Examples:
      convcost rank resnet18 mobilenet_v2 efficientnet_b0
      convcost rank resnet18 mobilenet_v2 --device rtx3090 --dtype float16
    """
    from convcost.analysis.analyze.cost import analyze
    from convcost.analysis.devices.estimate import multiplied
    from convcost.analysis.rank import ranked
    from convcost.devices.read import device as read
    from convcost.render.reports.rank import report

    found = named.parsed(designs)
    asked = options.given(inputs, dims, values, as_written=as_written)
    on = read(device) if device is not None else None
    figure, fitted = _figure(metric, on)
    count = on_devices.timing(analyze, [device] if device else None, fused=False)
    networks = named.load(found, settings, asked, batch, dtype)
    analyses = [*map(count, networks)]
    if fitted is not None:
        fitted = fitted.used_for(name for one in analyses for name in multiplied(one))
    rows = ranked(named.labels(found), analyses, figure, fitted and fitted.error)
    output.report(report(rows, figure, fitted), format_, out)


def _figure(metric: str | None, on: Device | None) -> tuple[str, Calibration | None]:
    """Return the figure to order by and, if it is an estimate, the calibration behind it."""
    times = on.times if on is not None else []
    figure = metric or (times[0] if times else "macs")
    if figure not in (*SUMS, *times):
        known = (*SUMS, *times)
        said = f"{figure!r} is not one of {', '.join(known)}"
        notes = similar(figure, known, "figure")
        raise typer.BadParameter("\n  ".join((said, *notes)), param_hint="--metric")
    return figure, on.calibration if on is not None and figure == on.estimate else None
