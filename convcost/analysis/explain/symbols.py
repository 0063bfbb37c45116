"""An op with names in place of its numbers, so that its formulas print themselves.

Whatever an op computes with gets a name: the sizes of its inputs, the fields that enter formulas,
the lengths of its output. Then formulas are shortened: a product over all spatial axes has a name
(``taps`` for ``kernel_height * kernel_width``), and so has a sum over the taps of an axis. What a
name stands for is kept as a formula of its own.
"""

from __future__ import annotations

import re
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from convcost.analysis.explain.formula import Formula, evaluated, names_in
from convcost.analysis.explain.requirement import equal_names
from convcost.number import Number, Shape, Symbol
from convcost.ops import op_name
from convcost.ops.fields import annotation, declared
from convcost.ops.kinds import Borders, Padding, PerAxis, Ratio

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from fractions import Fraction

    from convcost.ops.op import Op

Shapes = tuple[tuple[int, ...], ...]

_AXES = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}
_PER_AXIS = {  # what formulas call a field that has a number for each axis
    "kernel_size": "kernel",
    "output_size": "out",
    "size": "out",
    "block_size": "factor",
    "upscale_factor": "factor",
    "downscale_factor": "factor",
}
_OVER_AXES = {  # names for products over all spatial axes
    "in": "in_positions",
    "out": "out_positions",
    "kernel": "taps",
    "factor": "block",
    "met": "pairs",
}
_ATOM = re.compile(r"\w+")
_NEEDLESS = re.compile(r"(?<!\w)\((\w+)\)")  # brackets around one name


class _Parts(NamedTuple):
    """An exact ratio, as ``upsample`` takes it."""

    numerator: Number
    denominator: Number


class Symbols:
    """The names of one op applied to inputs of some shapes."""

    def __init__(self, op: Op, shapes: Shapes) -> None:
        self.exact = op
        self.shapes = shapes
        self.name = op_name(type(op))
        rank = max(len(shapes[0]) - 2, 0) if shapes else 0
        self.axes = _AXES.get(rank) or tuple(f"axis{number}" for number in range(rank))
        self._channels, self._positions = "channels", ""  # their names before an op changes them
        self._begin()
        made = self._made()
        if ("out_channels" in made and len(shapes) == 1) or hasattr(op, "out_channels"):
            self._channels = "in_channels"
        if any(f"out_{axis}" in made for axis in self.axes):
            self._positions = "in_"
        self._begin()

    def _begin(self) -> None:
        """Name everything; then again, with one name for sizes that must be equal, while more of
        them are found."""
        self._same: dict[str, Number] = {}
        self._name_all()
        while found := self._equal_sizes():
            self._same |= found
            self._name_all()

    def _name_all(self) -> None:
        self.numbers: dict[str, int] = {}
        self.definitions: dict[str, Formula] = {}
        self.op: Op = self.exact.replaced(**self._fields())
        self.inputs = self._inputs()
        self.outputs = self.op.outputs(*self.inputs)
        """The formulas of the outputs' shapes."""
        self.named = self.outputs
        """Names of them, where there is one output."""
        self._name_output()

    def _symbol(self, name: str, number: int) -> Symbol:
        """A name for a number: the same one if they are the same."""
        free, again = name, 1
        while self.numbers.setdefault(free, number) != number:
            again += 1
            free = f"{name}_{again}"
        return Symbol(free)

    def _made(self) -> list[str]:
        """Names of the output's sizes that are not those of the input."""
        if len(self.outputs) != 1 or not self.inputs:
            return []
        rank, before = len(self.outputs[0]), list(map(str, self.inputs[0]))
        names = self._usual(rank) if rank == len(before) else [""] * rank
        return [
            n for n, size in zip(names, self.outputs[0], strict=True) if str(size) not in before
        ]

    def _usual(self, rank: int) -> list[str]:
        """The names of an output's sizes where an op makes them."""
        if rank == len(self.axes) + 2:
            return ["out_batch", "out_channels", *(f"out_{axis}" for axis in self.axes)]
        if rank == 2:
            return ["out_batch", "out_features"]
        return [f"out_{axis}" for axis in range(rank)]

    # Names of fields and of inputs.

    def _fields(self) -> dict[str, object]:
        found: dict[str, object] = {}
        for field, how in declared(type(self.exact)).items():
            value: Any = getattr(self.exact, field)
            if isinstance(how.kind, (Padding, Borders)):
                found[field] = self._borders(value)
            elif value is None:
                continue
            elif isinstance(how.kind, PerAxis):
                name = _PER_AXIS.get(field, field)
                ratios = isinstance(how.kind.each, Ratio)
                found[field] = self._ratios(value) if ratios else self._along(name, value)
            elif "Number" in annotation(type(self.exact), field):
                found[field] = self._symbol(field, value)
            elif annotation(type(self.exact), field) in ("Shape", "Shape | None"):
                found[field] = self._listed(field.removesuffix("s"), value)
        return found

    def _along(self, name: str, values: Sequence[int]) -> Shape:
        axes = self.axes if len(values) == len(self.axes) else ("channels", *self.axes)
        pairs = zip(axes, values, strict=True)
        return tuple(self._symbol(f"{name}_{axis}", value) for axis, value in pairs)

    def _borders(self, value: Any) -> tuple[Shape, ...]:
        if value == "same":
            windows = cast("Any", self.exact).windows(self.shapes[0])
            value = [(window.before, window.after) for window in windows]
        befores, afters = zip(*value, strict=True) if value else ((), ())
        pairs = zip(self._along("before", befores), self._along("after", afters), strict=True)
        return tuple(pairs)

    def _ratios(self, scales: Sequence[Fraction]) -> tuple[_Parts, ...]:
        if all(scale.denominator == 1 for scale in scales):
            factors = self._along("scale", [scale.numerator for scale in scales])
            return tuple(_Parts(factor, 1) for factor in factors)
        up = self._along("up", [scale.numerator for scale in scales])
        down = self._along("down", [scale.denominator for scale in scales])
        return tuple(map(_Parts, up, down))

    def _listed(self, name: str, sizes: Sequence[int]) -> Shape:
        """Sizes of a list; what stands for another size (-1) stays."""
        numbered = enumerate(sizes, start=1)
        return tuple(self._symbol(f"{name}_{n}", s) if s >= 0 else s for n, s in numbered)

    def _inputs(self) -> tuple[Shape, ...]:
        found: list[Shape] = []
        self._further: list[str] = []
        """Names of sizes of further inputs that are nothing else's."""
        for number, shape in enumerate(self.shapes):
            rank = len(shape)
            names = self.exact.sizes_called(number, rank, self.axes)
            if names is not None:
                found.append(tuple(map(self._size, names, shape)))
            elif number == 0:
                found.append(tuple(map(self._size, self._default(rank), shape)))
            else:
                found.append(tuple(map(self._further_size, self._names(number, rank), shape)))
        return tuple(found)

    def _size(self, name: str, size: int) -> Number:
        batch = name == "batch" and size == 1
        broadcast = size == 1 != self.numbers.get(name, 1)
        return size if batch or broadcast or not name else self._symbol(name, size)

    def _further_size(self, name: str, size: int) -> Number:
        if name not in self._same:
            self._further.append(name)
            return self._symbol(name, size)
        same = self._same[name]
        while str(same) in self._same:
            same = self._same[str(same)]
        return same if isinstance(same, int) else self._symbol(str(same), size)

    def _names(self, number: int, rank: int) -> Sequence[str]:
        """Names of their own for the sizes of a further input, aligned to the first at its last
        axis."""
        first = len(self.shapes[0])
        usual = ["batch", "channels", *self.axes] if first > 2 else self._default(first)
        names = usual[first - rank :] if rank <= first else [f"size{n}" for n in range(rank)]
        called = self.exact.inputs_called
        if not called:
            return [f"{name}_{number + 1}" for name in names]
        return [f"{called[number].removesuffix('s')}_{name}" for name in names]

    def _equal_sizes(self) -> dict[str, Number]:
        """The sizes that those of further inputs must equal, by their own names: another size, or 1
        where they are repeated along it."""
        found: dict[str, Number] = {}
        for must in self.op.conditions(*self.inputs):
            for own, other in equal_names(str(must.margin)):
                if own not in self._further or own in found or other in found or own == other:
                    continue
                size = int(other) if other.isdigit() else self.numbers[other]
                if size == self.numbers[own]:
                    found[own] = size if other.isdigit() else Symbol(other)
                elif self.numbers[own] == 1:
                    found[own] = 1
        if not found:  # a batch of which nothing is said
            firsts = {str(shape[0]) for shape in self.inputs[1:] if shape}
            found = {own: 1 for own in self._further if own in firsts and self.numbers[own] == 1}
        return found

    def _default(self, rank: int) -> list[str]:
        if rank < 3:
            return [[], ["size"], ["batch", "features"]][rank]
        return ["batch", self._channels, *(self._positions + axis for axis in self.axes)]

    # Names of the output, which the other formulas are told of.

    def _name_output(self) -> None:
        if len(self.outputs) != 1:
            return
        sizes = self.exact.outputs(*self.shapes)[0]
        named = tuple(map(self._out, range(len(sizes)), self.outputs[0], cast("Shapes", sizes)))
        self.named = (named,)
        formulas, inputs = self.op.output, self.inputs

        def output(*shapes: Shape) -> Shape:
            same = len(shapes) == len(inputs) and all(map(lambda a, b: a is b, shapes, inputs))
            return named if same else formulas(*shapes)

        vars(self.op)["output"] = output

    def _out(self, axis: int, formula: Number, size: Any) -> Number:
        if isinstance(formula, int) or _ATOM.fullmatch(str(formula)):
            return formula
        name = self.exact.made_called or self._usual(len(self.outputs[0]))[axis]
        return self._symbol(name, size)

    def lengths(self) -> list[Formula]:
        """The formulas of the sizes of the output, those of the spatial axes as one formula if they
        are alike."""
        if len(self.outputs) != 1:
            return []
        pairs = zip(self.named[0], self.outputs[0], strict=True)
        made = {str(name): str(text) for name, text in pairs if name is not text}
        axes = {f"out_{axis}": axis for axis in self.axes}
        spatial = {axes[name]: text for name, text in made.items() if name in axes}
        formulas = [self.formula(name, text) for name, text in made.items() if name not in axes]
        return [*formulas, *self.along("out", spatial)]

    def along(self, name: str, texts: Mapping[str, str], says: str = "") -> list[Formula]:
        """Formulas of some axes: a single one, if they differ in nothing but the axis."""
        general = {_general(text, axis) for axis, text in texts.items()}
        if len(general) != 1:
            pairs = texts.items()
            return [self.formula(f"{name}_{axis}", text, says) for axis, text in pairs]
        (text,) = general
        values = tuple((axis, self._numbers_along(axis)) for axis in texts)
        return [Formula(name, text, says, values)]

    def anywhere(self, name: str, text: str) -> list[Formula]:
        """A formula for any axis, whose result has its name along each from then on."""
        made = self.along(name, dict.fromkeys(self.axes, text))
        for formula in made:
            for axis, _, value in formula.worked:
                self.numbers[f"{name}_{axis}"] = value
        return made

    def _numbers_along(self, axis: str) -> Mapping[str, int]:
        own = {_general(name, axis): number for name, number in self.numbers.items()}
        return {**self.numbers, **own}

    # Formulas.

    def formula(self, name: str, number: Number | str, says: str = "") -> Formula:
        """A formula in short, worked out; its result has its name from then on."""
        text = self.short(number)
        made = Formula(name, text, says, (("", self.numbers_in(text)),))
        self.numbers[name] = made.worked[0].value
        return made

    def measured(self, number: Number) -> Formula:
        """A size in short, worked out, without a name of its own."""
        text = self.short(number)
        return Formula("", text, "", (("", self.numbers_in(text)),))

    def numbers_in(self, text: str) -> Mapping[str, int]:
        """The numbers of the names in a formula."""
        return {name: self.numbers[name] for name in names_in(text) if name in self.numbers}

    def general(self, text: str) -> str:
        """A text about an axis (or several), made one about any."""
        for axis in self.axes:
            text = _general(text, axis)
        return text

    def short(self, number: Number | str) -> str:
        """A formula with names for its products over axes and for its sums."""
        text = self._without_sums(str(number))
        for name, factors in self._products():
            # Its first factor must not divide: a // b * c is no a // (b * c).
            product = rf"(?<![/%] )\b{re.escape(' * '.join(factors))}\b"
            text, times = re.subn(product, name, text)
            if times and name not in self.definitions:
                values = {factor: self.numbers[factor] for factor in factors}
                self.numbers[name] = prod(values.values())
                self.definitions[name] = Formula(name, " * ".join(factors), "", (("", values),))
        return _NEEDLESS.sub(r"\1", text)

    def _products(self) -> list[tuple[str, Sequence[str]]]:
        found: list[tuple[str, Sequence[str]]] = []
        usual = self.inputs and not self.exact.sizes_called(0, len(self.shapes[0]), self.axes)
        if usual and not self._positions:
            first = [str(size) for size in self.inputs[0]]
            found.append(("elements", [size for size in first if not size.isdigit()]))
            found.append(("positions", self.axes))
        for name, product in _OVER_AXES.items():
            found.append((product, [f"{name}_{axis}" for axis in self.axes]))
        rows = [name for name in self.numbers if name.startswith("rows_")]
        return [pair for pair in (*found, ("rows", rows)) if len(pair[1]) > 1]

    def _without_sums(self, text: str) -> str:
        """Sums over the taps (or units) of an axis by name."""
        while (start := text.find("sum(")) >= 0:
            end, depth = start + len("sum("), 1
            while depth:
                depth += {"(": 1, ")": -1}.get(text[end], 0)
                end += 1
            text = text[:start] + self._sum(text[start:end]) + text[end:]
        return text

    def _sum(self, text: str) -> str:
        axis = next(axis for axis in self.axes if _general(text, axis) != text)
        name = f"met_{axis}"
        if name not in self.numbers:
            self.numbers[name] = evaluated(text, self.numbers)
            known = self.definitions.get("met")
            values = (*(known.values if known else ()), (axis, self._numbers_along(axis)))
            self.definitions["met"] = Formula("met", _general(text, axis), "", values)
        return name


def _general(text: str, axis: str) -> str:
    """A text about one axis, made one about any: ``kernel`` for ``kernel_height``, ``n`` for the
    length of the input."""
    own = re.sub(rf"\b(?:in_)?{axis}(_\d+)?\b", r"n\1", text)
    return re.sub(rf"\b([a-z]\w*)_{axis}(_\d+)?\b", r"\1\2", own)
