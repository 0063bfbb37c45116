"""``convcost fit``."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Annotated

import typer

from convcost.cli import complete, options, output, vars_of
from convcost.errors import ConvcostError, quoted
from convcost.render.formats import FIRST

if TYPE_CHECKING:
    from convcost.sweeps.axes import Axis


def command(
    spec: vars_of.YamlSpec,
    budget: Annotated[
        list[str],
        typer.Option(
            "--budget",
            metavar="FIGURE=AMOUNT",
            help="Limit of a figure, such as macs=300M. Repeatable.",
            autocompletion=complete.limits,
        ),
    ],
    vars_: Annotated[
        str,
        typer.Option(
            "--vars",
            metavar="LIST",
            help="Axes: width,side, or with their values, width=0.5:2:0.1,side=128:320:32.",
        ),
    ],
    keep_ratio: Annotated[
        str | None,
        typer.Option(
            "--keep-ratio",
            metavar="LIST",
            help="Scale all axes together, by a common power of these factors: "
            "depth=1.2,width=1.1,side=1.15.",
        ),
    ] = None,
    metrics: Annotated[
        str,
        typer.Option(
            "--metrics", metavar="LIST", help="Further figures to show, separated by commas."
        ),
    ] = "params,macs",
    top: Annotated[
        int, typer.Option("--top", min=1, metavar="N", help="How many designs to show.")
    ] = 5,
    settings: options.Settings = None,
    inputs: options.Inputs = None,
    batch: options.Batch = None,
    dtype: options.Dtype = None,
    format_: options.TableFormat = FIRST,
    out: options.Output = None,
) -> None:
    """Find the largest designs of a spec within a budget, and the nearest misses.

    The costs of every combination of values are exact. An axis without values goes from a quarter
    of its value in the spec to twice that value. With --keep-ratio all axes grow together, as in
    EfficientNet.

    \b
    Example:
      convcost fit mobilenet_v2 --budget macs=300M --vars width,side
    """
    from convcost.render.reports.sweep.fit import report
    from convcost.sweeps.fitting import axis_around, fitted, limit, scaled
    from convcost.sweeps.subject import Subject
    from convcost.sweeps.where import full_name

    limits = [limit(text) for text in budget]
    shown = [full_name(name.strip(), ()) for name in metrics.split(",") if name.strip()]
    subject = Subject(
        spec,
        (),
        settings=options.settings_of(settings),
        inputs=options.given(inputs, None, None).inputs,
        batch=batch or 1,
        dtype=dtype,
    )
    own = subject.own_values()
    axes = [axis_around(text, own) for text in _split(vars_)]
    _refuse_words(axes)
    subject.take(axes)
    if keep_ratio is not None:
        found = scaled(subject, limits, shown, _ratios(keep_ratio), own, top=top)
    else:
        with output.progress("pricing") as progress:
            found = fitted(subject, limits, shown, top=top, progress=progress)
    output.report(report(found, spec), format_, out)
    if not found.fit:
        raise typer.Exit(1)


def _split(text: str) -> list[str]:
    """Axes between commas; a part without a name is one more value of the axis before it."""
    parts: list[str] = []
    for part in text.split(","):
        value = part.strip()
        if parts and "=" in parts[-1] and "=" not in value and not value[:1].isalpha():
            parts[-1] += f",{value}"
        else:
            parts.append(value)
    return parts


def _refuse_words(axes: list[Axis]) -> None:
    for axis in axes:
        if not axis.numbers:
            raise ConvcostError(f"--vars: axis {quoted(axis.name)} has values that are not numbers")


def _ratios(text: str) -> dict[str, Fraction]:
    ratios: dict[str, Fraction] = {}
    for part in text.split(","):
        name, _, ratio = part.partition("=")
        try:
            ratios[name.strip()] = Fraction(ratio.strip())
        except (ValueError, ZeroDivisionError):
            raise ConvcostError(
                f"--keep-ratio: {quoted(part)} is not a ratio, such as width=1.1"
            ) from None
    return ratios
