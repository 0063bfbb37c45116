"""A device's file with another calibration in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from convcost.devices.read import DEVICES
from convcost.errors import SpecError, printable

if TYPE_CHECKING:
    from convcost.devices.device import Calibration


def recalibrated(name: str, calibration: Calibration) -> str:
    """The text of a device's file, comments and all, with this calibration in place of its own.

    Args:
        name: of a device that comes with convcost, or the path of a file.
        calibration: the new one.

    Raises:
        ConvcostError: there is no such device, or its file is written in a pair of braces.
    """
    root = DEVICES.entry(name).root
    if root.flow:
        said = "a calibration is put under the other keys: write them a line each, without braces"
        raise SpecError([root.problem(said)])
    lines = root.file.text.splitlines()
    starts = sorted(key.line for key, _ in root.entries.values())
    if "calibration" in root.entries:
        at = root.entries["calibration"][0].line
        end = next((start for start in starts if start > at), len(lines) + 1)
        del lines[at - 1 : end - 1]
    return "\n".join([*lines, *_block(calibration), ""])


def named(path: str) -> None:
    """Raise ConvcostError where a device's file may not be called so."""
    DEVICES.named(path, path)


def _block(calibration: Calibration) -> list[str]:
    if calibration.error is None:
        return ["calibration:", f"  of: {calibration.of}"]
    return [
        "calibration:",
        f"  factor: {float(calibration.factor):.9g}",
        f"  error: {float(calibration.error):.9g}",
        f"  dtypes: [{', '.join(calibration.dtypes)}]",
        f"  least: {calibration.least / 10**6:.6f} ms",
        f"  source: {json.dumps(printable(calibration.source), ensure_ascii=False)}",
    ]
