"""Messages of protobuf changed at random: numbers, words, parts left out, doubled or exchanged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from random import Random

NUMBERS = (0, 1, -1, 2, 3, 7, 8, 255, 65536, 2**31 - 1, -(2**31))
LARGE = (*NUMBERS, 2**31, 2**40, 2**63 - 1, -(2**63))
WORDS = (
    "",
    "x",
    "x0",
    "y",
    "conv1",
    "Relu",
    "Conv",
    "Shape",
    "ai.onnx",
    "com.microsoft",
    "é\n::",
    "a.b",
)


def change(rng: Random, message: Any, other: Any) -> None:
    """One to four changes, anywhere in a message; ``other`` gives parts to put in their place."""
    for _ in range(rng.randint(1, 4)):
        _one(rng, message, other)


def _one(rng: Random, message: Any, other: Any) -> None:
    """Go down into a message, and change a field of where that ends."""
    present = message.ListFields()
    fields = message.DESCRIPTOR.fields
    nested = [
        (f, value) for f, value in present if f.type == f.TYPE_MESSAGE and len(_list(f, value))
    ]
    if nested and rng.random() < 0.85:
        field, value = rng.choice(nested)
        _one(rng, rng.choice(_list(field, value)), other)
        return
    field = (
        rng.choice([f for f, _ in present] or fields) if rng.random() < 0.8 else rng.choice(fields)
    )
    if _repeated(field):
        _change_list(rng, field, getattr(message, field.name))
    elif field.type == field.TYPE_MESSAGE or rng.random() < 0.2:
        message.ClearField(field.name)
    else:
        _set(message, field, _scalar(rng, field))


def _repeated(field: Any) -> bool:
    return bool(field.is_repeated if hasattr(field, "is_repeated") else field.label == 3)


def _list(field: Any, value: Any) -> Any:
    return value if _repeated(field) else [value]


def _change_list(rng: Random, field: Any, values: Any) -> None:
    if not len(values):
        if field.type != field.TYPE_MESSAGE:
            values.append(_scalar(rng, field))
        return
    at, to = rng.randrange(len(values)), rng.randrange(len(values))
    if field.type == field.TYPE_MESSAGE:
        match rng.randrange(3):
            case 0:
                del values[at]
            case 1:
                values.add().CopyFrom(values[at])
            case _:
                copy = type(values[at])()
                copy.CopyFrom(values[at])
                values[at].CopyFrom(values[to])
                values[to].CopyFrom(copy)
    elif rng.random() < 0.3:
        del values[at]
    else:
        values[at] = values[to] if rng.random() < 0.3 else _scalar(rng, field)


def _set(message: Any, field: Any, value: Any) -> None:
    try:
        setattr(message, field.name, value)
    except ValueError:  # an enum without that number, or one out of a type's range
        message.ClearField(field.name)


def _scalar(rng: Random, field: Any) -> Any:
    if field.type == field.TYPE_STRING:
        return rng.choice(WORDS)
    if field.type == field.TYPE_BYTES:
        return rng.choice((b"", b"\x00" * 8, b"\xff" * 9, b"SAME_UPPER"))
    if field.type in (field.TYPE_FLOAT, field.TYPE_DOUBLE):
        return rng.choice((0.0, 1.0, -1.0, 1e30, float("inf"), float("nan")))
    if field.type in (field.TYPE_UINT64, field.TYPE_UINT32):
        return rng.choice([number for number in NUMBERS if number >= 0])
    if field.type == field.TYPE_INT64:
        return rng.choice(LARGE)
    return rng.choice(NUMBERS)
