"""``convcost rf``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, assert_never

import typer

from convcost.cli import options, output
from convcost.cli.options import Format

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.network import Network
    from convcost.render.plot_chars import Glyphs

OTHER_PICTURES = (".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".pdf", ".eps")


def command(
    spec: options.Spec,
    layer: Annotated[
        str | None, typer.Argument(metavar="[LAYER]", help="Show what one unit of it reads.")
    ] = None,
    unit: Annotated[
        str | None,
        typer.Option("--unit", metavar="Y,X", help="Which unit of LAYER: the middle unless said."),
    ] = None,
    onto: Annotated[
        str | None,
        typer.Option("--onto", metavar="NAME", help="Map positions of this input or layer."),
    ] = None,
    axes: Annotated[
        str | None,
        typer.Option("--axes", metavar="A,B", help="Axes of the map: the last two unless said."),
    ] = None,
    settings: options.Settings = None,
    inputs: options.Inputs = None,
    batch: options.Batch = None,
    everything: Annotated[
        bool, typer.Option("--all", help="List layers that do not change the field, too.")
    ] = False,
    ascii_: Annotated[bool, typer.Option("--ascii", help="Plot without blocks.")] = False,
    format_: options.TableFormat = Format.TEXT,
    out: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write to a file instead; .svg and .png are pictures of LAYER's map.",
        ),
    ] = None,
) -> None:
    """Show how the receptive field grows, where it has holes, and what a unit reads.

    \b
    Examples:
      convcost rf specs/examples/hybrid_dilated.yaml --set third=9
      convcost rf specs/context_network.yaml context.5.conv1 -o map.svg
    """
    network = options.load(spec, settings, inputs, batch)
    glyphs = output.glyphs(out, plain=ascii_)
    if layer is None:
        for option, value in (("--unit", unit), ("--onto", onto), ("--axes", axes)):
            if value is not None:
                raise typer.BadParameter("it is about one LAYER: name one", param_hint=option)
        if _is_picture(out):
            raise typer.BadParameter(
                "a picture shows the map of one LAYER: name one", param_hint="-o"
            )
        _network(network, format_, out, glyphs, everything=everything)
        return
    asked = (_numbers(unit, "--unit", "7,7"), onto, _numbers(axes, "--axes", "1,2"))
    _unit(network, layer, asked, format_, out, glyphs)


def _network(
    network: Network, format_: Format, out: str | None, glyphs: Glyphs, *, everything: bool
) -> None:
    from convcost.analysis.rf.growth import growth

    grown = growth(network)
    match format_:
        case Format.TEXT:
            from convcost.render.rf.text import lines

            output.show(lambda width: lines(grown, width, glyphs, everything=everything), out)
        case Format.JSON:
            from convcost.render.rf.formats import to_json

            output.write(to_json(grown, everything=everything), out)
        case Format.MARKDOWN:
            from convcost.render.rf.formats import to_markdown

            output.write(to_markdown(grown, everything=everything), out)
        case Format.CSV:
            from convcost.render.rf.formats import to_csv

            output.write(to_csv(grown, everything=everything), out)
        case _:
            assert_never(format_)


def _unit(
    network: Network,
    layer: str,
    asked: tuple[Sequence[int] | None, str | None, Sequence[int] | None],
    format_: Format,
    out: str | None,
    glyphs: Glyphs,
) -> None:
    from convcost.analysis.rf.growth import detail

    unit, onto, axes = asked
    found = detail(network, layer, unit=unit, onto=onto, axes=axes)
    if out is not None and _is_picture(out):
        from convcost.render.rf.picture import picture

        output.save(picture(found, out), out)
        out = None
    match format_:
        case Format.TEXT:
            from convcost.render.rf.text import unit_lines

            output.show(lambda width: unit_lines(found, width, glyphs), out)
        case Format.JSON:
            from convcost.render.rf.formats import unit_json

            output.write(unit_json(found), out)
        case Format.MARKDOWN:
            from convcost.render.rf.formats import unit_markdown

            output.write(unit_markdown(found), out)
        case Format.CSV:
            from convcost.render.rf.formats import unit_csv

            output.write(unit_csv(found), out)
        case _:
            assert_never(format_)


def _is_picture(path: str | None) -> bool:
    """Whether a file is to hold a picture.

    Raises:
        BadParameter: of a kind that is not drawn, so that it would hold text.
    """
    if path is not None and path.lower().endswith(OTHER_PICTURES):
        raise typer.BadParameter(f"{path!r}: a picture is an .svg or a .png", param_hint="-o")
    return path is not None and path.lower().endswith((".svg", ".png"))


def _numbers(text: str | None, option: str, example: str) -> Sequence[int] | None:
    if text is None:
        return None
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdigit() and len(part) < 16 for part in parts):
        raise typer.BadParameter(f"{text!r} is not numbers, such as {example}", param_hint=option)
    return [int(part) for part in parts]
