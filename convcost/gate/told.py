"""Sizes and values of inputs in a configuration.

```toml
[[model]]
models = ["export/detector.onnx"]
dims = {height = 320, width = 320}
```
"""

from __future__ import annotations

import json
import re
from glob import escape
from typing import TYPE_CHECKING, TypeVar

from convcost.errors import quoted
from convcost.given import Given, numbers_of, shape_of
from convcost.spec.nodes import List, Mapping, Scalar, described

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from convcost.given import Numbers
    from convcost.spec.nodes import Node
    from convcost.spec.reader import Reader

T = TypeVar("T")

KEYS = ("inputs", "dims", "values")

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def given_of(reader: Reader, mapping: Mapping) -> Given:
    """Read the sizes and values that a table of a configuration gives to its models; complain about
    each mistake."""
    return Given(
        _table(reader, mapping, "inputs", _shape, 'a shape without the batch, such as "3x320x320"'),
        _table(reader, mapping, "dims", _size, "a whole number from 1, such as 320"),
        _table(reader, mapping, "values", _numbers, "a number or a list of them, such as 16000"),
    )


def _table(
    reader: Reader, mapping: Mapping, key: str, read: Callable[[Node], T | None], wanted: str
) -> dict[str, T]:
    found: dict[str, T] = {}
    table = reader.mapping(mapping.get(key), key)
    for name, (at, node) in table.entries.items() if table else ():
        value = read(node)
        if value is None:
            reader.complain(f"{key}: {quoted(name)} is {wanted}, and here is {described(node)}", at)
        else:
            found[name] = value
    return found


def _shape(node: Node) -> tuple[int, ...] | None:
    sizes = shape_of("x".join(_words(node))) or ()
    return sizes if sizes and min(sizes) > 0 else None


def _size(node: Node) -> int | None:
    sizes = _shape(node) if isinstance(node, Scalar) and node.plain else None
    return sizes[0] if sizes and len(sizes) == 1 else None


def _numbers(node: Node) -> Numbers | None:
    return numbers_of(",".join(_words(node)))


def _words(node: Node) -> list[str]:
    items = node.items if isinstance(node, List) else [node]
    return [item.text.replace("_", "") if isinstance(item, Scalar) else "?" for item in items]


def written(pattern: str, given: Given, prefix: str = "") -> list[str]:
    """The lines of a configuration that give something for one model."""
    shapes = {name: "x".join(map(str, sizes)) for name, sizes in given.inputs.items()}
    lines = [f"[[{prefix}model]]", f"models = [{text(escape(pattern))}]"]
    for key, table in zip(KEYS, (shapes, given.dims, given.values), strict=True):
        if table:
            inside = ", ".join(f"{_key(name)} = {_value(value)}" for name, value in table.items())
            lines.append(f"{key} = {{ {inside} }}")
    return lines


def text(words: str) -> str:
    """A text as TOML has it."""
    return json.dumps(words, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else text(name)


def _value(value: str | Numbers) -> str:
    if isinstance(value, str):
        return text(value)
    numbers: Sequence[float] = [value] if isinstance(value, int | float) else value
    shown = ", ".join(str(n).lower() for n in numbers)
    return shown if isinstance(value, int | float) else f"[{shown}]"
