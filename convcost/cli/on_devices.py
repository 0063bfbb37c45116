"""Options about times and memory on devices."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from convcost.cli import complete

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.devices.device import Device
    from convcost.network import Network


class AlgorithmName(StrEnum):
    """An algorithm of a layer that leaves something from one step for the next."""

    IM2COL = "im2col"
    WINOGRAD_2 = "winograd_2"
    WINOGRAD_4 = "winograd_4"
    FFT = "fft"
    ZERO_INSERTION = "zero_insertion"


Devices = Annotated[
    list[str] | None,
    typer.Option(
        "--device",
        metavar="DEVICE",
        help="Add the least time on this device, and an estimate where it is calibrated: "
        "rtx3090, t4 ..., or a file of your own.",
        autocompletion=complete.devices,
    ),
]
Fused = Annotated[
    bool,
    typer.Option(
        "--fused", help="With --device: fuse element-wise layers with the layer before them."
    ),
]
Algorithm = Annotated[
    AlgorithmName | None,
    typer.Option(
        "--algorithm",
        help="With --device: the algorithm of layers that it applies to, whose workspace counts as "
        "memory.",
    ),
]
Roofline = Annotated[
    bool,
    typer.Option(
        "--roofline", help="With --device: plot layers under its roofline instead of the table."
    ),
]


def timing(
    count: Callable[[Network], Analysis], devices: Sequence[str] | None, *, fused: bool
) -> Callable[[Network], Analysis]:
    """A function that analyses a network, and adds times on devices.

    Raises:
        ConvcostError: there is no such device, or its file is wrong.
        typer.BadParameter: layers are to be merged for no device.
    """
    if not devices:
        if fused:
            raise typer.BadParameter("--fused is about the time on a device: give --device, too")
        return count
    from convcost.devices.read import device

    found = [device(name) for name in dict.fromkeys(devices)]
    return partial(_timed, count, found, fused)


def _timed(
    count: Callable[[Network], Analysis], devices: Sequence[Device], fused: bool, network: Network
) -> Analysis:
    from convcost.analysis.devices.beside import beside

    return beside(count(network), devices, fused=fused)


def remembering(
    count: Callable[[Network], Analysis],
    devices: Sequence[str] | None,
    *,
    inplace: bool,
    algorithm: str | None,
) -> Callable[[Network], Analysis]:
    """A function that analyses a network, and adds what it takes of the memory of devices.

    Raises:
        ConvcostError: there is no such device, or its file is wrong.
        typer.BadParameter: an algorithm is chosen for no device.
    """
    if not devices:
        if algorithm is not None:
            raise typer.BadParameter("--algorithm is about a device's memory: give --device, too")
        return count
    from convcost.devices.read import device

    found = [device(name) for name in dict.fromkeys(devices)]
    return partial(_remembered, count, found, inplace, algorithm)


def _remembered(
    count: Callable[[Network], Analysis],
    devices: Sequence[Device],
    inplace: bool,
    algorithm: str | None,
    network: Network,
) -> Analysis:
    from convcost.analysis.devices.memory import remembered

    return remembered(count(network), devices, inplace=inplace, algorithm=algorithm)
