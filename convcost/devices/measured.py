"""Times that somebody measured, from a table: a CSV file with a row a measurement.

```
model,batch,time,dtype
nets/small.yaml,64,3.4 ms,float16
resnet50,64,21.7 ms,float16
```

The headings that timm's benchmark writes are known as well.
"""

from __future__ import annotations

import csv
import re
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from convcost.dtype import DTYPES
from convcost.errors import ConvcostError, Problem, Source, listed, printable, quoted, similar
from convcost.files.opened import Unreadable, content
from convcost.further_metrics import DURATIONS
from convcost.ops.kinds import LARGEST_SIZE
from convcost.spec.nodes import LARGEST_FILE, File, decode
from convcost.spec.problems import Problems

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

UNITS = dict(DURATIONS)
COLUMNS = {
    "model": ("model",),
    "batch": ("batch", "batch_size"),
    "dtype": ("dtype", "precision"),
    "img_size": ("img_size",),
    "device": ("device",),
    "time": ("time",),
    "time_s": ("time_s",),
    "time_ms": ("time_ms", "step_time"),
    "time_us": ("time_us",),
    "time_ns": ("time_ns",),
    "throughput": ("throughput", "samples_per_sec"),
}
"""Columns that are read, and their headings: those of timm with or without ``infer_``."""

HEADINGS = {heading: column for column, words in COLUMNS.items() for heading in words}
WORDS = {
    "float32": ("fp32", "float"),
    "float16": ("fp16", "half", "amp"),
    "bfloat16": ("bf16", "amp_bfloat16"),
}
"""Other words for types of numbers: automatic mixed precision multiplies float16."""

TYPES = {word: dtype for dtype in DTYPES for word in (dtype, *WORDS.get(dtype, ()))}

TIMED = ("time", "throughput")
FORM = "the first line is such as: model,batch,time,dtype"
AGREE = Fraction(1, 10)  # a time and a throughput of one row
LONGEST = 10**6 * UNITS["s"]

_NUMBER = r"[0-9]{1,15}(?:\.[0-9]{1,15})?(?:[eE][+-]?[0-9]{1,2})?"
_TIME = re.compile(rf"({_NUMBER}) ?([a-z]*)")


class Measurement(NamedTuple):
    """A network whose time was measured.

    Attributes:
        model: what names it.
        batch: samples at once; None where the table has no such column.
        time: nanoseconds for all of them.
        dtype: type of the numbers, as far as the row says.
        img_size: height and width of images, as far as the row says.
        device: the device, as far as the row says.
        file: the table.
        line: where in it.
    """

    model: str
    batch: int | None
    time: Fraction
    dtype: str | None
    img_size: int | None
    device: str | None
    file: File
    line: int

    def problem(self, message: str, *notes: str) -> Problem:
        """A problem with the row."""
        width = len(self.file.lines[self.line - 1])
        return self.file.problem(message, self.line, 1, max(1, width), notes)

    @property
    def source(self) -> Source:
        """Where it is."""
        return Source(self.file.path, self.line)


def measured(path: str) -> Sequence[Measurement]:
    """The measurements of a table.

    Args:
        path: of a CSV file.

    Raises:
        ConvcostError: it cannot be read; a SpecError with all mistakes in it.
    """
    try:
        data = content(path, LARGEST_FILE)
    except Unreadable as error:
        raise ConvcostError(f"{printable(path)}: {error}") from None
    if b"\0" in data or len(data) > LARGEST_FILE:
        size = f"larger than {LARGEST_FILE // 2**20} MiB" if len(data) > LARGEST_FILE else "binary"
        raise ConvcostError(f"{printable(path)}: this is {size}, and a table is CSV text")
    return _Table(File(path, decode(data, path))).rows()


def of_device(rows: Sequence[Measurement], name: str | None) -> tuple[str, Sequence[Measurement]]:
    """The device of a table, and what was measured on it.

    Args:
        rows: of the table.
        name: the device that is asked for; None for the only one that the table names.

    Raises:
        ConvcostError: it names none, or several, and none is asked for; or no row is of the device.
    """
    known = dict.fromkeys(row.device for row in rows if row.device)
    if name is None:
        if len(known) == 1:
            name = next(iter(known))
        else:
            said = "the table names no device" if not known else "the table names several devices"
            some = f": {listed([quoted(one) for one in known])}" if known else ""
            raise ConvcostError(f"{said}{some}\n  say which one by --device, such as rtx3090")
    found = [row for row in rows if row.device in (None, name)]
    if rows and not found:
        named = listed([quoted(one) for one in known])
        raise ConvcostError(f"nothing was measured on {quoted(name)}: the table names {named}")
    return name, found


class _Table:
    """Reads the rows of a table; all mistakes are collected."""

    def __init__(self, file: File) -> None:
        self.file = file
        self.problems = Problems(file)
        self.reader = csv.reader(file.lines, strict=True, skipinitialspace=True)
        self.cells: Mapping[str, str] = {}
        self.places: Mapping[str, int] = {}

    def rows(self) -> Sequence[Measurement]:
        """All rows; SpecError with all mistakes."""
        headings: list[str] | None = None
        found: list[Measurement] = []
        try:
            for row in self.reader:
                cells = [cell.strip() for cell in row]
                if not any(cells):
                    continue
                if headings is None:
                    headings = self._headings(cells)
                elif (one := self._row(headings, cells)) is not None:
                    found.append(one)
        except csv.Error as error:
            self.complain(f"this is not CSV: {error}")
        if headings is None:
            path = printable(self.file.path)
            self.problems.stop(Problem(f"{path}: there is nothing in it", notes=(FORM,)))
        self.problems.refuse()
        return found

    def complain(self, message: str, *notes: str, at: int | None = None) -> None:
        """Report a mistake in the row that is being read; ``at`` is the number of a cell."""
        line = max(1, self.reader.line_num)
        text = self.file.lines[line - 1]
        column, width = 1, len(text)
        if at is not None and '"' not in text:
            cells = text.split(",")
            column = len(",".join(cells[:at])) + bool(at) + 1
            column += len(cells[at]) - len(cells[at].lstrip())
            width = len(cells[at].strip())
        self.problems.add(self.file.problem(message, line, column, max(1, width), notes))

    def _headings(self, cells: Sequence[str]) -> list[str]:
        """The meaning of each column, or "" for a column that is not used."""
        words = [cell.lower().replace(" ", "_").removeprefix("infer_") for cell in cells]
        found = [HEADINGS.get(word, "") for word in words]
        for at, meaning in enumerate(found):
            if meaning in found[:at] and meaning:
                self.complain(f"a second column says the {meaning}: leave one of them", at=at)
        if "model" not in found:
            self.complain("there is no column `model`: the network that was measured", FORM)
        if not any(word.startswith(TIMED) for word in found):
            self.complain("there is no column `time`, nor `throughput`", FORM)
        self.problems.refuse()
        return found

    def _row(self, headings: Sequence[str], cells: Sequence[str]) -> Measurement | None:
        if len(cells) != len(headings):
            said = f"the row has {len(cells)} cells, and there are {len(headings)} headings"
            self.complain(said)
            return None
        self.cells = {word: cell for word, cell in zip(headings, cells, strict=True) if word}
        self.places = {word: at for at, word in enumerate(headings)}
        model = self.cells["model"]
        if not model:
            self.complain("the row names no model")
        batch, image = self._count("batch"), self._count("img_size")
        dtype, time = self._dtype(), self._time(batch)
        device = self.cells.get("device") or None
        if time is None:
            return None
        line = self.reader.line_num
        return Measurement(model, batch, time, dtype, image, device, self.file, line)

    def _count(self, word: str) -> int | None:
        """A whole number above 0, if there is one."""
        text = self.cells.get(word, "")
        if not text:
            return None
        if re.fullmatch(r"[0-9]{1,12}", text) and 0 < int(text) <= LARGEST_SIZE:
            return int(text)
        self.complain(
            f"{word} is a whole number above 0, and here is {quoted(text)}", at=self.places[word]
        )
        return None

    def _dtype(self) -> str | None:
        text = self.cells.get("dtype", "")
        if not text or text.lower() in TYPES:
            return TYPES[text.lower()] if text else None
        said = f"there is no type of numbers {quoted(text)}"
        self.complain(said, *similar(text, TYPES, "type"), at=self.places["dtype"])
        return None

    def _time(self, batch: int | None) -> Fraction | None:
        """The nanoseconds for all samples: as they stand there, or from the throughput."""
        stated = [one for one in self.cells.items() if one[0].startswith(TIMED) and one[1]]
        if not stated:
            self.complain("the row has no time")
        found = [self._nanoseconds(word, text, batch) for word, text in stated]
        times = [time for time in found if time is not None]
        if not times or None in found:
            return None
        if max(times) - min(times) > AGREE * max(times):
            both = listed([quoted(text) for _, text in stated])
            said = f"the time and the throughput do not agree: {both}, in batches of {batch}"
            self.complain(said, "a time is that of a batch, a throughput is of samples: see units")
        return times[0]

    def _nanoseconds(self, word: str, text: str, batch: int | None) -> Fraction | None:
        """The time in a cell, in nanoseconds; complain and return None if it cannot be read."""
        found = _TIME.fullmatch(text)
        value, unit = (Fraction(found[1]), found[2]) if found else (Fraction(0), "")
        if word == "throughput":
            said = "a throughput is a number of samples a second, above 0"
            time = UNITS["s"] * (batch or 1) / value if value and not unit else Fraction(0)
            if batch is None:
                said = "a throughput comes in batches: give a `batch`"
                time = Fraction(0)
        else:
            of_column = word.partition("_")[2]
            said = f"a time is a number above 0 with a unit ({', '.join(UNITS)})"
            if value and not unit and not of_column:
                said = f"a time has a unit: write {text} ms, or name the column `time_ms`"
            known = not unit or not of_column or unit == of_column
            time = value * UNITS.get(unit or of_column, 0) if known else Fraction(0)
        if 0 < time <= LONGEST:
            return time
        self.complain(f"{said}, and here is {quoted(text)}", at=self.places[word])
        return None
