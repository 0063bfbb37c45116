"""ONNX bytes without their weights, by the lengths that protobuf writes before every part.

A payload is stepped over, never read, so a model costs the memory and time of its graph, and
protobuf's own limit of 2 GB never meets the weights. Nothing here imports the onnx package: the
numbers of fields are those of ``onnx.proto``, and a test compares them with the package's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convcost.errors import ConvcostError, plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from mmap import mmap

LARGEST_PAYLOAD = 4096  # bytes; shapes, pads, axes and scales are far below
LARGEST_POSITIONS = 1 << 19  # bytes of whole numbers, which may say what is picked
POSITIONS = (6, 7)  # int32 and int64
MOST_BYTES = 1 << 28  # of what is kept
MOST_FIELDS = 5_000_000  # looked at one by one, a microsecond each; small messages are not
MOST_NODES = 1_000_000
MOST_NESTED = 16  # subgraphs in subgraphs; protobuf's limit of 100 messages is three times as far

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
FIXED = {FIXED64: 8, FIXED32: 4}

PAYLOAD = frozenset((4, 5, 6, 7, 9, 10, 11))
"""float_data, int32_data, string_data, int64_data, raw_data, double_data and uint64_data."""

DATA_TYPE = 2

TRAINING_INFO = 20  # graphs that inference never runs: dropped whole

PARTS: Mapping[str, Mapping[int, str]] = {
    "ModelProto": {7: "GraphProto", 25: "FunctionProto"},
    "GraphProto": {1: "NodeProto", 5: "TensorProto", 15: "SparseTensorProto"},
    "FunctionProto": {7: "NodeProto", 11: "AttributeProto"},
    "NodeProto": {5: "AttributeProto"},
    "AttributeProto": {
        5: "TensorProto",
        6: "GraphProto",
        10: "TensorProto",
        11: "GraphProto",
        22: "SparseTensorProto",
        23: "SparseTensorProto",
    },
    "SparseTensorProto": {1: "TensorProto", 2: "TensorProto"},
    "TensorProto": {},
}
"""Of each message the parts through which tensors are reached, by the number of the field."""


class Field(NamedTuple):
    """One field: its number and wire type; offsets of its key, its content and its end."""

    number: int
    wire: int
    key: int
    content: int
    end: int


def without_payloads(data: mmap | bytes, limit: int = LARGEST_PAYLOAD) -> bytes:
    """A ModelProto in which no tensor holds a payload of more than ``limit`` bytes.

    Args:
        data: the bytes of a ModelProto; of those that are dropped, none is touched.
        limit: messages up to this size are copied as they are; a negative one walks all.

    Raises:
        ConvcostError: the lengths contradict each other or the end of the file, with the offset in
            bytes; or there is too much of something.
    """
    return _Walk(data, limit).message("ModelProto", 0, len(data), nested=-1)


class _Walk:
    """One pass over a file, and what it has counted so far."""

    def __init__(self, data: mmap | bytes, limit: int) -> None:
        self.data = data
        self.limit = limit
        self.fields = self.nodes = self.kept = 0

    def message(self, kind: str, start: int, end: int, nested: int) -> bytes:
        """The bytes of one message of a kind, reduced; ``nested`` counts the graphs around it."""
        if kind == "TensorProto":
            return self.tensor(start, end)
        if kind == "GraphProto":
            nested += 1
            if nested > MOST_NESTED:
                raise too_deep()
        out: list[bytes] = []
        since = start  # what lies between here and the next part that changes is copied in one go
        for field in self.walk(start, end):
            part = PARTS[kind].get(field.number) if field.wire == BYTES else None
            self.count(part)
            if part and field.end - field.content > self.limit:
                inner = self.message(part, field.content, field.end, nested)
                head = _varint(field.number << 3 | BYTES) + _varint(len(inner))
                out += (self.copy(since, field.key), head, inner)
            elif kind == "ModelProto" and field.number == TRAINING_INFO:
                out.append(self.copy(since, field.key))
            else:
                continue
            since = field.end
        out.append(self.copy(since, end))
        return b"".join(out)

    def tensor(self, start: int, end: int) -> bytes:
        """A tensor with its payload if that is small; it may lie in many fields, unpacked."""
        out: list[bytes] = []
        since, size, limit = start, 0, self.limit
        for field in self.walk(start, end):
            typed = field.number == DATA_TYPE and field.wire == VARINT
            if typed and self.varint(field.content, field.end)[0] in POSITIONS:
                limit = max(limit, LARGEST_POSITIONS)
            if field.number in PAYLOAD:
                size += field.end - field.content
                if field.key > since:
                    out.append(self.copy(since, field.key))
                since = field.end
        if size <= limit:
            return self.copy(start, end)
        out.append(self.copy(since, end))
        return b"".join(out)

    def copy(self, start: int, end: int) -> bytes:
        """Bytes that stay."""
        self.kept += end - start
        if self.kept > MOST_BYTES:
            raise ConvcostError(
                f"even without its weights the model has more than {MOST_BYTES >> 20} MiB"
            )
        return self.data[start:end]

    def count(self, part: str | None) -> None:
        """Counts nodes here, before memory is spent on them."""
        if part == "NodeProto":
            self.nodes += 1
            if self.nodes > MOST_NODES:
                raise too_many_nodes()

    def walk(self, start: int, end: int) -> Iterator[Field]:
        """The fields between two offsets, which must fill them exactly."""
        at = start
        while at < end:
            self.fields += 1
            if self.fields > MOST_FIELDS:
                raise ConvcostError(f"the model has more than {plural(MOST_FIELDS, 'field')}")
            field = self.field(at, end)
            yield field
            at = field.end

    def field(self, key: int, end: int) -> Field:
        """The field whose key is at an offset; it must end before its message does."""
        number, content = self.data[key], key + 1
        if number > 0x7F:  # of several bytes, which hardly any is
            number, content = self.varint(key, end)
        number, wire = number >> 3, number & 7
        if not 0 < number < 1 << 29:
            raise _corrupted(key, "the part there has no number that a part can have")
        if wire == VARINT:
            return Field(number, wire, key, content, self.varint(content, end)[1])
        if wire == BYTES:
            length, content = self.varint(content, end)
        elif wire in FIXED:
            length = FIXED[wire]
        else:
            raise _corrupted(key, f"the part there is of type {wire}, which no ONNX file has")
        if content + length > end:
            raise self.overrun(key, f"the part there should have {plural(length, 'byte')}", end)
        return Field(number, wire, key, content, content + length)

    def varint(self, start: int, end: int) -> tuple[int, int]:
        """An unsigned number, seven bits a byte, and the offset behind it."""
        value = 0
        for shift in range(10):
            at = start + shift
            if at >= end:
                raise self.overrun(start, "the number there has no end", end)
            byte = self.data[at]
            value |= (byte & 0x7F) << 7 * shift
            if byte < 0x80:
                return value, at + 1
        raise _corrupted(start, "the number there has no end")

    def overrun(self, at: int, what: str, end: int) -> ConvcostError:
        """Something goes on behind the end of its message: of the file, if that is the message."""
        if end < len(self.data):
            return _corrupted(at, f"{what}, and what holds it ends at byte {end:,}")
        return ConvcostError(
            f"the file is truncated, or corrupted at byte {at:,}: {what}, and the file ends at "
            f"byte {end:,}: copy or download it again"
        )


def _corrupted(at: int, what: str) -> ConvcostError:
    return ConvcostError(
        f"the file is corrupted, or not an ONNX model: at byte {at:,}: {what}: copy or download it "
        "again"
    )


def too_many_nodes() -> ConvcostError:
    """The error of a model with more nodes than are read."""
    return ConvcostError(f"the model has more than {plural(MOST_NODES, 'node')}")


def too_deep() -> ConvcostError:
    """The error of a model with more subgraphs in each other than are read."""
    return ConvcostError(f"the model has more than {MOST_NESTED} subgraphs in each other")


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
