"""The roofline of ``convcost analyze``: on a page, or as a picture."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import typer

from convcost.cli import output

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.render.report import Report

SVG = ".svg"


def picture_file(
    context: typer.Context, devices: Sequence[str] | None, out: str | None
) -> str | None:
    """The file that a roofline is drawn in: an ``.svg``, where a device is named and ``--format``
    does not say what else the file holds."""
    given = context.get_parameter_source("format_")
    said = given is not None and given.name == "COMMANDLINE"
    return out if devices and not said else None


def asked(
    devices: Sequence[str] | None, designs: int, *, plotted: bool, out: str | None
) -> str | None:
    """The device whose roofline is asked for, by its name; None where none is.

    Args:
        devices: those that are named.
        designs: how many designs are analysed.
        plotted: whether ``--roofline`` is given.
        out: the file that the answer goes to: an ``.svg`` is a picture of it.

    Raises:
        typer.BadParameter: there is not just one device and one design.
    """
    drawn = out is not None and out.lower().endswith(SVG)
    if not plotted and not drawn:
        return None
    option = "--roofline" if plotted else "-o"
    if devices is None or len({*devices}) != 1:
        said = "a roofline is that of one device: name it by --device"
        raise typer.BadParameter(said, param_hint=option)
    if designs > 1:
        raise typer.BadParameter("a roofline shows one design: give one", param_hint=option)
    return devices[0]


def answer(
    analysis: Analysis, device: str, found: Report, out: str | None, *, fused: bool
) -> Report | None:
    """The report with the roofline on its page; None where it is a picture, which is then written.

    Raises:
        ConvcostError: there is no roofline, or no such device.
    """
    from convcost.analysis.devices.points import roofline
    from convcost.devices.read import device as read

    points = roofline(analysis, read(device), fused=fused)
    if out is not None and out.lower().endswith(SVG):
        from convcost.render.reports.roofline.picture import picture

        output.write(picture(analysis.network.name, points), out)
        return None
    from convcost.render.reports.roofline.page import page

    return found._replace(page=partial(page, analysis, points))
