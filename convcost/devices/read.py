"""Devices from their files.

```yaml
device: NVIDIA GeForce RTX 3090
sources: {ga102: NVIDIA Ampere GA102 GPU Architecture whitepaper}
matrix: {float16: [142 TFLOPS, ga102]}
vector: {float32: [35.6 TFLOPS, ga102]}
bandwidth: [936 GB/s, ga102]
on_chip: [6 MiB, ga102]
```

Each number stands with the key of the source that has it.
"""

from __future__ import annotations

import os
import re
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING

from convcost.devices.device import Calibration, Device, Figure
from convcost.dtype import DTYPES
from convcost.errors import quoted, similar
from convcost.spec.catalogue import Catalogue
from convcost.spec.nodes import List, Mapping, Scalar, described

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.spec.nodes import Node
    from convcost.spec.reader import Reader

DEVICES = Catalogue(
    os.path.join(os.path.dirname(os.path.abspath(__file__)), "data"), "device", "device"
)
KEYS = (
    *("device", "sources", "matrix", "vector", "float32_sums", "bandwidth"),
    *("on_chip", "memory", "flash", "launch", "calibration"),
)
MEASURED_KEYS = ("factor", "error", "dtypes", "least", "source")
CALIBRATION_KEYS = (*MEASURED_KEYS, "of")

RATES = {f"{si}{word}": 10**p for si, p in (("G", 9), ("T", 12)) for word in ("FLOPS", "OPS")}
BYTES_A_SECOND = {"MB/s": 10**6, "GB/s": 10**9, "TB/s": 10**12}
BYTES = {"KB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
TIMES = {"ns": 1, "us": 10**3, "ms": 10**6}

_NUMBER = r"\d{1,9}(?:\.\d{1,9})?"
_QUANTITY = re.compile(rf"({_NUMBER}) ?([A-Za-z/]{{1,6}})")
_FRACTION = re.compile(_NUMBER)


def names() -> Sequence[str]:
    """The devices that come with convcost."""
    return DEVICES.names()


def device(name: str) -> Device:
    """A device by its name, or from a file of a user's own.

    Args:
        name: one of :func:`names`, or the path of a ``.yaml`` file, whose name without the ending
            names the device.

    Raises:
        ConvcostError: there is none, or it cannot be read; a SpecError with all mistakes of a file.
    """
    return _shipped(name) if name in names() else _read(name)


def _read(name: str) -> Device:
    entry = DEVICES.entry(name)
    found = _Devices(entry.reader, entry.root).device(entry.name)
    entry.refuse()
    return found


_shipped = cache(_read)


@cache
def _measured(name: str) -> Calibration | None:
    """The calibration of a device that comes with convcost and was measured itself. The device is
    not read for it: its own calibration may be that of another one."""
    entry = DEVICES.entry(name)
    node = entry.root.get("calibration")
    if not isinstance(node, Mapping) or "of" in node.entries:
        return None
    return _Devices(entry.reader, entry.root).calibration(node)


class _Devices:
    """Reads a device's nodes; mistakes go to the reader's problems."""

    def __init__(self, reader: Reader, root: Mapping) -> None:
        self.reader = reader
        self.root = root
        reader.known_keys(root, KEYS, "a device", "key")
        found = reader.mapping(root.get("sources"), "sources")
        entries = found.entries.items() if found else ()
        self.sources = {key: self._text(node, key) for key, (_, node) in entries}

    def device(self, name: str) -> Device:
        """The device, of which the file tells no name."""
        root = self.root
        if "device" not in root.entries:
            self.reader.complain("`device` is missing: the name of the product", root)
        found = Device(
            name=name,
            title=self._text(root.get("device"), "device"),
            matrix=self._peaks("matrix"),
            vector=self._peaks("vector"),
            float32_sums=self._peaks("float32_sums"),
            bandwidth=self._figure(root.get("bandwidth"), "bandwidth", BYTES_A_SECOND),
            on_chip=self._figure(root.get("on_chip"), "on_chip", BYTES),
            memory=self._figure(root.get("memory"), "memory", BYTES),
            flash=self._figure(root.get("flash"), "flash", BYTES),
            launch=self._figure(root.get("launch"), "launch", TIMES),
            calibration=self.calibration(root.get("calibration")),
        )
        if not {"matrix", "vector"} & {*root.entries}:
            said = "a device has `matrix` or `vector`: operations a second by type of numbers"
            self.reader.complain(said, root)
        return found

    def _text(self, node: Node | None, key: str) -> str:
        if isinstance(node, Scalar) and not node.empty:
            return node.text
        if node is not None:
            said = f"{quoted(key)} is a text, and here is {described(node)}"
            self.reader.complain(said, node)
        return ""

    def _peaks(self, key: str) -> dict[str, Figure]:
        """Operations a second, by type of numbers."""
        mapping = self.reader.mapping(self.root.get(key), key)
        found: dict[str, Figure] = {}
        for dtype, (at, node) in mapping.entries.items() if mapping else ():
            if dtype not in DTYPES:
                said = f"there is no type of numbers {quoted(dtype)}"
                self.reader.complain(said, at, *similar(dtype, DTYPES, "type"))
            elif figure := self._figure(node, dtype, RATES):
                found[dtype] = figure
        return found

    def _figure(self, node: Node | None, key: str, units: dict[str, int]) -> Figure | None:
        """A number with its unit, and the key of its source."""
        if node is None:
            return None
        items = node.items if isinstance(node, List) else ()
        texts = [item.text for item in items if isinstance(item, Scalar)]
        if len(items) != 2 or len(texts) != 2:
            said = f"{key} is a number and its source, such as [936 GB/s, datasheet]"
            self.reader.complain(f"{said}, and here is {described(node)}", node)
            return None
        value, source = self._quantity(items[0], key, units), self.sources.get(texts[1])
        if source is None:
            said = f"there is no source {quoted(texts[1])}"
            notes = similar(texts[1], self.sources, "source") or ("name it under `sources`",)
            self.reader.complain(said, items[1], *notes)
        return Figure(value, source) if value and source else None

    def _quantity(self, node: Node, key: str, units: dict[str, int]) -> int:
        text = node.text if isinstance(node, Scalar) else ""
        found = _QUANTITY.fullmatch(text)
        value = Fraction(found[1]) * units[found[2]] if found and found[2] in units else 0
        if value >= 1:
            return int(value)
        said = f"{key} is a number above 0 with a unit ({', '.join(units)})"
        self.reader.complain(f"{said}, and here is {described(node)}", node)
        return 0

    def calibration(self, node: Node | None) -> Calibration | None:
        """Measurements on the device, or on another one."""
        mapping = self.reader.mapping(node, "calibration")
        if mapping is None:
            return None
        self.reader.known_keys(mapping, CALIBRATION_KEYS, "a calibration", "key")
        if "of" in mapping.entries:
            return self._calibration_of(mapping)
        factor, error = (self._fraction(mapping, key) for key in ("factor", "error"))
        source = self._text(mapping.get("source"), "source")
        if "source" not in mapping.entries:
            self.reader.complain("a calibration has no `source`: what was measured", mapping)
        if "least" not in mapping.entries:
            said = "a calibration has no `least`: the shortest time that was measured"
            self.reader.complain(said, mapping)
            return None
        least = self._quantity(mapping.entries["least"][1], "least", TIMES)
        dtypes = self._dtypes(mapping.get("dtypes"))
        if not factor or not error:
            return None
        return Calibration(factor, error, least, source, dtypes=dtypes)

    def _dtypes(self, node: Node | None) -> tuple[str, ...]:
        """The types of numbers that were measured."""
        items = node.items if isinstance(node, List) else ()
        texts = [item.text if isinstance(item, Scalar) else "" for item in items]
        if node is not None and (not texts or not {*texts} <= {*DTYPES}):
            said = f"`dtypes` is a list of types of numbers, as [float16], of {', '.join(DTYPES)}"
            self.reader.complain(f"{said}, and here is {described(node)}", node)
            return ()
        return tuple(texts)

    def _calibration_of(self, mapping: Mapping) -> Calibration | None:
        """The factor of another device, whose error is not known here."""
        node = mapping.entries["of"][1]
        for key in (key for key in MEASURED_KEYS if key in mapping.entries):
            said = f"a calibration `of` another device has the {key} of that one: leave one of them"
            self.reader.complain(said, mapping.entries[key][0])
        name = self._text(node, "of")
        if name and name not in names():
            notes = similar(name, names(), "device")
            self.reader.complain(f"no device {quoted(name)} comes with convcost", node, *notes)
            return None
        found = _measured(name) if name else None
        if name and found is None:
            known = ", ".join(one for one in names() if _measured(one))
            said = f"nothing was measured on {name}, so it has no factor"
            self.reader.complain(said, node, f"there are measurements of {known}")
        return found and found._replace(error=None, of=name)

    def _fraction(self, mapping: Mapping, key: str) -> Fraction | None:
        node = mapping.get(key)
        text = node.text if isinstance(node, Scalar) else ""
        if _FRACTION.fullmatch(text) and Fraction(text) > 0:
            return Fraction(text)
        said = f"{key} is a number above 0, such as 1.35"
        self.reader.complain(
            f"{said}, and here is {described(node)}" if node else said, node or mapping
        )
        return None
