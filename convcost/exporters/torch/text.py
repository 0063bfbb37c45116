"""Classes as text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from convcost.exporters.torch.bodies import Class, Row
from convcost.exporters.torch.forward import Forward
from convcost.exporters.torch.helpers import HELPERS
from convcost.exporters.torch.layout import lines
from convcost.exporters.torch.makes import made
from convcost.exporters.torch.said import NO_DEFAULT, literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


IMPORTS = {
    "torch.": "import torch",
    "F.": "import torch.nn.functional as F",
    "torchvision.": "import torchvision",
}
"""By how it is used, each import that not every file needs."""


def file_of(
    classes: Sequence[Class], said: str, inputs: Sequence[str], ties: Mapping[str, str]
) -> str:
    """A Python file.

    Args:
        classes: each after those that it uses; the last is the network.
        said: its docstring.
        inputs: names of the network's inputs.
        ties: arrays of the network that are others, by their places.
    """
    helpers = dict.fromkeys(name for of in classes for name in of.body.helpers)
    parts = [HELPERS[name].strip() for name in helpers]
    for of in classes:
        last = of is classes[-1]
        names = inputs if last else _input_names(of.body.inputs)
        parts.append("\n".join(_class(of, names, ties if last else {})))
    body = "\n\n\n".join(parts)
    imports = [
        line for used, line in IMPORTS.items() if re.search(rf"(?<![\w.]){re.escape(used)}", body)
    ]
    imports.append("from torch import Tensor, nn")
    head = f'"""{said}"""\n\n' + "\n".join(imports)
    return f"{head}\n\n\n{body}\n"


def _input_names(count: int) -> list[str]:
    return ["x", *(f"x{number}" for number in range(2, count + 1))]


def _class(of: Class, inputs: Sequence[str], ties: Mapping[str, str]) -> Iterator[str]:
    body = of.body
    yield f"class {of.name}(nn.Module):"
    if body.attributes or body.values:
        yield from _init(of)
        for one, other in ties.items():
            yield from lines(f"self.{one} = self.{other}", 2)
        yield ""
    result = (
        "Tensor"
        if len(body.outputs) == 1
        else f"tuple[{', '.join(['Tensor'] * len(body.outputs))}]"
    )
    if len(body.outputs) > 3:
        result = "tuple[Tensor, ...]"
    given = "".join(f", {name}: Tensor" for name in inputs)
    yield from lines(f"def forward(self{given}) -> {result}:", 1)
    for statement in Forward(body, inputs).statements:
        if statement.targets:
            yield from lines(f"{', '.join(statement.targets)} = {statement.expression}", 2)
        else:
            yield from lines(f"return {statement.expression}", 2)


def _init(of: Class) -> Iterator[str]:
    body = of.body
    given = "".join(f", {argument}" for argument in _signature(of))
    yield from lines(f"def __init__(self{given}) -> None:", 1)
    yield "        super().__init__()"
    at = 0
    slots = of.slots[0]
    for name, call in body.attributes:
        count = _count(call)
        values = of.written[at : at + count]
        defaults = [slot.default for slot in slots[at : at + count]]
        at += count
        text = made(call, values, defaults)
        said = (
            f'self.register_buffer("{name}", {text})'
            if name in body.stored
            else f"self.{name} = {text}"
        )
        yield from lines(said, 2)
    for where, numbers in body.values:
        yield from lines(f"self.{where}.data.copy_(torch.tensor({numbers}))", 2)


def _count(call: object) -> int:
    """The slots of what makes something."""
    if isinstance(call, Row):
        return sum(map(len, call.names))
    if isinstance(call, Class):
        return len(call.parameters)
    return len(cast("tuple[str, tuple[str, ...]]", call)[1])


def _signature(of: Class) -> Iterator[str]:
    for wanted in (True, False):
        for parameter in of.parameters:
            if (parameter.default is NO_DEFAULT) == wanted:
                column = [slots[parameter.slot].value for slots in of.slots]
                default = "" if wanted else f" = {literal(parameter.default)}"
                yield f"{parameter.name}: {_type(column)}{default}"


def _type(column: Sequence[object]) -> str:
    kinds = {"tuple[int, ...]" if isinstance(v, tuple) else type(v).__name__ for v in column}
    return " | ".join(sorted(kinds))
