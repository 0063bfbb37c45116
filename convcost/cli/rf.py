"""``convcost rf``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from convcost.cli import complete, one_layer, options, output
from convcost.files.written import save
from convcost.render.formats import FIRST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.given import Given
    from convcost.network import Network
    from convcost.render.report import Report

OWN_ENDINGS = (".svg", ".png")  # of files that are pictures, whatever the format
OTHER_PICTURES = (".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".pdf", ".eps")


if TYPE_CHECKING:
    Out = str | None
else:
    Out = options.to_file(
        "--output",
        "-o",
        help_="Write to a file instead; .svg and .png are pictures of LAYER's map.",
    )


def command(
    context: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SPEC [LAYER]",
            help=f"{options.SPEC}. With a LAYER: what one unit of it reads. With --op "
            "FIELD=VALUE...",
            autocompletion=complete.specs_or_layers,
        ),
    ] = None,
    op: one_layer.OpName = None,
    unit: Annotated[
        str | None,
        typer.Option("--unit", metavar="Y,X", help="Which unit of LAYER: the middle unless said."),
    ] = None,
    onto: Annotated[
        str | None,
        typer.Option(
            "--onto",
            metavar="NAME",
            help="Map positions of this input or layer.",
            autocompletion=complete.positions,
        ),
    ] = None,
    axes: Annotated[
        str | None,
        typer.Option("--axes", metavar="A,B", help="Axes of the map: the last two unless said."),
    ] = None,
    settings: options.Settings = None,
    inputs: options.Inputs = None,
    dims: options.Dims = None,
    values: options.Values = None,
    as_written: options.AsWritten = False,
    batch: options.Batch = None,
    everything: Annotated[
        bool,
        typer.Option(
            "--all", help="List every layer, and draw everything, on a terminal of any height."
        ),
    ] = False,
    ascii_: Annotated[bool, typer.Option("--ascii", help="Plot without blocks.")] = False,
    format_: options.TableFormat = FIRST,
    out: Out = None,
) -> None:
    """Show how the receptive field grows, where it has holes, and what a unit reads.

    \b
    Examples:
      convcost rf examples/hybrid_dilated --set third=9
      convcost rf context_network context.5 -o map.svg
      convcost rf --op conv --input 3x32x32 out_channels=8 kernel_size=3 repeat=3
    """
    told = options.given(inputs, dims, values, as_written=as_written)
    network, layer = _asked(context, words, op, settings, told, batch)
    if layer is None:
        for option, value in (("--unit", unit), ("--onto", onto), ("--axes", axes)):
            if value is not None:
                raise typer.BadParameter("name the LAYER that it is about", param_hint=option)
        if _is_picture(out):
            raise typer.BadParameter(
                "a picture shows the map of one LAYER: name one", param_hint="-o"
            )
        from convcost.analysis.rf.growth import rf
        from convcost.render.reports.rf.report import report

        found = report(rf(network), everything=everything)
    else:
        asked = (_numbers(unit, "--unit", "7,7"), onto, _numbers(axes, "--axes", "1,2"))
        found, out = _unit(network, layer, asked, out, everything=everything)
    output.report(found, format_, out, plain=ascii_)


def _asked(
    context: typer.Context,
    words: Sequence[str] | None,
    op: str | None,
    settings: Sequence[str] | None,
    given: Given,
    batch: int | None,
) -> tuple[Network, str | None]:
    """The network that is asked about, and the layer."""
    found = one_layer.words(context, words, 2, op)
    if op is not None:
        return one_layer.load(op, found, given, settings, batch), None
    network = options.load(found[0], settings, given, batch)
    return network, found[1] if len(found) > 1 else None


def _unit(
    network: Network,
    layer: str,
    asked: tuple[Sequence[int] | None, str | None, Sequence[int] | None],
    out: str | None,
    *,
    everything: bool,
) -> tuple[Report, str | None]:
    """The report of a unit, and the file that it goes to: none where that has a picture."""
    from convcost.analysis.rf.growth import detail
    from convcost.render.reports.rf.report import unit_report

    unit, onto, axes = asked
    found = detail(network, layer, unit=unit, onto=onto, axes=axes)
    if out is not None and _is_picture(out):
        from convcost.render.reports.rf.picture import picture

        save(picture(found, out), out)
        out = None
    return unit_report(found, everything=everything), out


def _is_picture(path: str | None) -> bool:
    """Whether a file is to hold a picture.

    Raises:
        BadParameter: of a kind that is not drawn, so that it would hold text.
    """
    if path is not None and path.lower().endswith(OTHER_PICTURES):
        raise typer.BadParameter(f"{path!r}: a picture is an .svg or a .png", param_hint="-o")
    return path is not None and path.lower().endswith(OWN_ENDINGS)


def _numbers(text: str | None, option: str, example: str) -> Sequence[int] | None:
    if text is None:
        return None
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdigit() and len(part) < 16 for part in parts):
        raise typer.BadParameter(f"{text!r} is not numbers, such as {example}", param_hint=option)
    return [int(part) for part in parts]
