"""``convcost calibrate``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from convcost.cli import complete, options, output
from convcost.render.formats import FIRST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.devices.measured import Measurement
    from convcost.network import Network

ENDINGS = (".yaml", ".yml", ".onnx", ".pt2")

if TYPE_CHECKING:
    DeviceFile = str | None
else:
    DeviceFile = options.to_file(
        "--output",
        "-o",
        help_="Write the calibrated device, for --device: mine.yaml gives mine.estimate.",
    )


def command(
    table: Annotated[
        str,
        typer.Argument(
            metavar="MEASURED.csv",
            help="Columns model (a file beside it, or a name of `convcost specs`), batch, time "
            "(with its unit) or throughput; also dtype, img_size and device where rows differ.",
        ),
    ],
    device: Annotated[
        str | None,
        typer.Option(
            "--device",
            metavar="DEVICE",
            help="Device that was measured: rtx3090, t4 ..., or a file of your own. Unless given, "
            "the one that the table names.",
            autocompletion=complete.devices,
        ),
    ] = None,
    batch: options.Batch = None,
    dtype: options.Dtype = None,
    all_: Annotated[bool, typer.Option("--all", help="List every measurement.")] = False,
    format_: options.TableFormat = FIRST,
    into: DeviceFile = None,
) -> None:
    """Fit the estimates of a device to times that you measured.

    One factor is fitted, and tried on networks that it was not fitted on: their median error is
    printed with every estimate. What timm's benchmark writes is read as it is. --batch and --dtype
    are for rows that say neither.

    \b
    Examples:
      convcost calibrate measured.csv --device rtx3090
      convcost calibrate measured.csv --device rtx3090 -o mine.yaml
    """
    from convcost.analysis.devices.calibrate import calibrated
    from convcost.devices.measured import measured, of_device
    from convcost.devices.read import device as read
    from convcost.devices.written import named, recalibrated
    from convcost.render.reports.calibrate import report

    if into is not None:
        named(into)
    name, rows = of_device(measured(table), device)
    folder = os.path.dirname(table)

    def load(one: Measurement) -> Network:
        return _network(one, folder, batch, dtype)

    found = calibrated(rows, read(name), load, os.path.basename(table))
    for doubt in found.doubts:
        output.warn(f"{doubt.source}: {doubt.message}")
    output.report(report(found, everything=all_), format_, None)
    if into is not None:
        output.write(recalibrated(name, found.calibration), into)


def _network(one: Measurement, folder: str, batch: int | None, dtype: str | None) -> Network:
    """The network of a measurement; Left where no file is called so."""
    from convcost.dtype import DTYPES
    from convcost.given import NOTHING

    path = _path(one.model, folder)
    size = one.batch or batch
    type_ = one.dtype if one.dtype in DTYPES else dtype
    network = options.unsaid(path, None, NOTHING, size, type_)
    if one.img_size is None:
        return network
    shapes = {name: tensor.sample_shape for name, tensor in network.inputs.items()}
    wanted = {name: _resized(shape, one.img_size) for name, shape in shapes.items()}
    if wanted == shapes:
        return network
    return options.unsaid(path, None, NOTHING._replace(inputs=wanted), size, type_)


def _resized(shape: Sequence[int], size: int) -> tuple[int, ...]:
    """The shape of images of another size; other shapes as they are."""
    return (shape[0], size, size) if len(shape) == 3 else (*shape,)


def _path(model: str, folder: str) -> str:
    from convcost.analysis.devices.calibrate import Left
    from convcost.files import known

    names = [model] if model.endswith(ENDINGS) else [model + ending for ending in ENDINGS]
    beside = (os.path.join(folder, name) for name in names)
    path = next((path for path in beside if os.path.isfile(path)), None)
    if path is None and model not in known.names():
        raise Left("there is no such file beside the table, nor such a spec among `convcost specs`")
    return path or model
