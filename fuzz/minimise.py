"""A smaller input with the same fault: parts are left out for as long as it stays."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from fuzz.session import again

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from fuzz.case import Input
    from fuzz.oracles import Broken

MOST_TRIES = 200


def minimised(given: Input, found: Broken) -> Input:
    """The smallest input met that is broken for the same cause in the same command line."""
    tries = 0

    def fails(data: bytes) -> bool:
        nonlocal tries
        tries += 1
        if tries > MOST_TRIES:
            return False
        return any(one.cause == found.cause for one in again(given._replace(data=data), found.line))

    if not fails(given.data):
        return given
    best = given.data
    for reduced in (_tree, _messages, _parts(b"\n"), _parts(b" "), _bytes):
        best = reduced(best, fails)
    return given._replace(data=best)


def _kept(parts: Sequence[Any], fails: Callable[[Sequence[Any]], bool]) -> Sequence[Any]:
    """Delta debugging (Zeller and Hildebrandt 2002), by halves and then smaller."""
    size = max(1, len(parts) // 2)
    while parts:
        at = 0
        while at < len(parts):
            fewer = [*parts[:at], *parts[at + size :]]
            if fails(fewer):
                parts = fewer
            else:
                at += size
        if size == 1:
            break
        size //= 2
    return parts


def _parts(between: bytes) -> Callable[[bytes, Callable[[bytes], bool]], bytes]:
    """Without some of the lines, or words."""

    def reduced(data: bytes, fails: Callable[[bytes], bool]) -> bytes:
        parts = data.split(between)
        return between.join(_kept(parts, lambda kept: fails(between.join(kept))))

    return reduced


def _bytes(data: bytes, fails: Callable[[bytes], bool]) -> bytes:
    kept = _kept([data[n : n + 1] for n in range(len(data))], lambda parts: fails(b"".join(parts)))
    return b"".join(kept)


def _tree(data: bytes, fails: Callable[[bytes], bool]) -> bytes:
    """Without some of the entries of a JSON document."""
    try:
        document = json.loads(data)
    except ValueError:
        return data

    def text() -> bytes:
        return (json.dumps(document, indent=1) + "\n").encode()

    for inside in list(_inside(document)):
        for key in _keys(inside)[::-1]:
            value = inside.pop(key)
            if not fails(text()):
                inside.insert(key, value) if isinstance(key, int) else inside.update({key: value})
    return text()


def _keys(document: Any) -> list[Any]:
    """The places of a list, the keys of a mapping, and of anything else none."""
    if isinstance(document, list):
        return [*range(len(cast("list[Any]", document)))]
    return [*cast("dict[str, Any]", document)] if isinstance(document, dict) else []


def _inside(document: Any) -> Iterator[Any]:
    """The lists and mappings of a document, from the outside in."""
    if isinstance(document, (dict, list)):
        yield document
    for key in _keys(document):
        yield from _inside(document[key])


def _messages(data: bytes, fails: Callable[[bytes], bool]) -> bytes:
    """Without some of the fields of an ONNX model."""
    import onnx
    from google.protobuf.message import DecodeError

    model = onnx.ModelProto()
    try:
        model.ParseFromString(data)
    except DecodeError:
        return data
    if not fails(model.SerializeToString()):
        return data
    _fewer_fields(model, lambda: fails(model.SerializeToString()))
    return model.SerializeToString()


def _fewer_fields(message: Any, fails: Callable[[], bool]) -> None:
    for field, value in message.ListFields():
        before = type(message)()
        before.CopyFrom(message)
        message.ClearField(field.name)
        if fails():
            continue
        message.CopyFrom(before)
        value = getattr(message, field.name)
        if not hasattr(value, "ListFields") and not hasattr(value, "append"):
            continue
        if hasattr(value, "append"):
            for at in range(len(value))[::-1]:
                kept = list(value)
                del value[at]
                if not fails():
                    del value[:]
                    value.extend(kept)
            parts = [part for part in value if hasattr(part, "ListFields")]
        else:
            parts = [value]
        for part in parts:
            _fewer_fields(part, fails)
