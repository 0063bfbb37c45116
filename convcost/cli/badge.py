"""``convcost badge``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from convcost.cli import options, output
from convcost.metrics import TRACED

if TYPE_CHECKING:
    Metric = str
else:
    Metric = options.choice("Badged", TRACED)


def command(
    spec: options.Spec,
    metric: Annotated[
        Metric,
        typer.Option(
            "--metric", metavar="FIGURE", help=f"The figure to show: {', '.join(TRACED)}."
        ),
    ] = "macs",
    settings: options.Settings = None,
    inputs: options.Inputs = None,
    dims: options.Dims = None,
    values: options.Values = None,
    batch: options.Batch = None,
    dtype: options.Dtype = None,
    out: options.Output = None,
) -> None:
    """Draw a figure of a network as a badge, an SVG for a README.

    \b
    Example:
      convcost badge resnet50 --metric params -o params.svg
    """
    from convcost.analysis.analyze.cost import analyze
    from convcost.gate.reading import given_for
    from convcost.render.reports.badge import badge

    given = options.given(inputs, dims, values).over(given_for(spec))
    network = options.load(spec, settings, given, batch, dtype)
    output.write(badge(analyze(network).figures, str(metric)), out)
