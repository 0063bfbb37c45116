"""Classes as text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from convcost.exporters.torch.arguments import Slot
from convcost.exporters.torch.bodies import Class, Made, Row
from convcost.exporters.torch.forward import Forward
from convcost.exporters.torch.helpers import HELPERS
from convcost.exporters.torch.layout import lines
from convcost.exporters.torch.loops import loop_of, passes
from convcost.exporters.torch.makes import made, parts
from convcost.exporters.torch.rows import row_of
from convcost.exporters.torch.said import NO_DEFAULT, literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from convcost.exporters.torch.bodies import Body


MOST_TYPES = 3
"""Tensors that a class makes up to which each has its type."""
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
    texts = [HELPERS[name].strip() for name in helpers]
    for of in classes:
        last = of is classes[-1]
        names = inputs if last else _input_names(of.body.inputs)
        texts.append("\n".join(_class(of, names, ties if last else {})))
    body = "\n\n\n".join(texts)
    imports = [
        line for used, line in IMPORTS.items() if re.search(rf"(?<![\w.]){re.escape(used)}", body)
    ]
    imports.append("from torch import Tensor, nn")
    head = f'"""{said}"""\n\n' + "\n".join(imports)
    return f"{head}\n\n\n{body}\n"


def _input_names(count: int) -> list[str]:
    return ["x", *(f"x{number}" for number in range(2, count + 1))]


def _class(of: Class, inputs: Sequence[str], ties: Mapping[str, str]) -> Iterator[str]:
    loop = None if of.is_network else loop_of(of.body)
    if loop is not None:
        yield f"class {of.name}(nn.ModuleList):"
        yield from _list_init(of)
        yield ""
        yield from _forward_head(of.body, inputs)
        for deeper, statement in passes(loop, inputs):
            yield from lines(statement, 2 + deeper)
        return
    yield f"class {of.name}(nn.Module):"
    if of.body.attributes or of.body.values:
        yield from _init(of)
        for one, other in ties.items():
            yield from lines(f"self.{one} = self.{other}", 2)
        yield ""
    yield from _forward_head(of.body, inputs)
    for statement in Forward(of.body, inputs).statements:
        if statement.targets:
            yield from lines(f"{', '.join(statement.targets)} = {statement.expression}", 2)
        else:
            yield from lines(f"return {statement.expression}", 2)


def _forward_head(body: Body, inputs: Sequence[str]) -> Iterator[str]:
    count = len(body.outputs)
    several = "Tensor, ..." if count > MOST_TYPES else ", ".join(["Tensor"] * count)
    result = "Tensor" if count == 1 else f"tuple[{several}]"
    given = "".join(f", {name}: Tensor" for name in inputs)
    yield from lines(f"def forward(self{given}) -> {result}:", 1)


def _init_head(of: Class) -> Iterator[str]:
    given = "".join(f", {argument}" for argument in _signature(of))
    yield from lines(f"def __init__(self{given}) -> None:", 1)


def _init(of: Class) -> Iterator[str]:
    body = of.body
    yield from _init_head(of)
    yield "        super().__init__()"
    for name, call, values, defaults in _attributes(of):
        text = made(call, values, defaults)
        if name in body.stored:
            yield from lines(f'self.register_buffer("{name}", {text})', 2)
        else:
            yield from lines(f"self.{name} = {text}", 2)
    for where, numbers in body.values:
        yield from lines(f"self.{where}.data.copy_(torch.tensor({numbers}))", 2)


def _list_init(of: Class) -> Iterator[str]:
    yield from _init_head(of)
    modules = [
        Made(name, call, tuple(Slot("", *pair) for pair in zip(values, defaults, strict=True)))
        for name, call, values, defaults in _attributes(of)
    ]
    row, slots = row_of(modules)
    values, defaults = [slot.value for slot in slots], [slot.default for slot in slots]
    yield from lines(f"super().__init__([{', '.join(parts(row, values, defaults))}])", 2)


def _attributes(
    of: Class,
) -> Iterator[tuple[str, object, Sequence[object], Sequence[object]]]:
    """The attributes of a class: what makes each, of which values, and what these are if left
    out."""
    at = 0
    for name, call in of.body.attributes:
        end = at + _count(call)
        defaults = [slot.default for slot in of.slots[0][at:end]]
        yield name, call, of.written[at:end], defaults
        at = end


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
