"""The network that a sweep is of, made and counted for one candidate whose numbers are traced."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, cast

from convcost.allowance import MOST_WORK, WORK_A_LAYER, Allowance, allowing
from convcost.analysis.analyze.cost import analyze_counts
from convcost.analysis.analyze.depth import depth
from convcost.analysis.counted import Sources
from convcost.dtype import DTYPES
from convcost.errors import (
    ConvcostError,
    Problem,
    Source,
    SpecError,
    printable,
    quoted,
    similar,
)
from convcost.files.root import given_root
from convcost.further_metrics import further, is_memory
from convcost.gc_pause import paused
from convcost.metrics import DEPTH
from convcost.spec.expand import Expander
from convcost.spec.expression import Expression
from convcost.spec.files import STDIN, Files, held, noting
from convcost.spec.model import Template
from convcost.spec.nodes import File, decode
from convcost.spec.problems import Problems
from convcost.spec.read_document import read_document
from convcost.spec.values import dtype_of, input_shapes, set_vars, vars_of
from convcost.sweeps.axes import BadAxis
from convcost.trace import Trace
from convcost.traced import Traced, on_axis, plain, sentence_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from convcost.network import Network
    from convcost.spec.model import Document
    from convcost.sweeps.axes import Axis

SIDE, BATCH, DTYPE = "side", "batch", "dtype"
"""Axes of every sweep, where the spec has no var of the name: all spatial sizes of the only input,
the samples, and the type of numbers."""


class Refused(NamedTuple):
    """A reason for which candidates are not networks: the sentence is about one of them."""

    trace: Trace
    sentence: str


class Topology(NamedTuple):
    """A network as it is for all candidates whose decisions are those of the trace: its figures
    are traced numbers, or ints where they are all alike; None where one is not known."""

    trace: Trace
    figures: Mapping[str, Any]
    network: Network


class _First(Problems):
    """Mistakes, of which the first one ends a candidate."""

    def add(self, problem: Problem) -> NoReturn:
        """Raise it."""
        raise SpecError([problem])


class Subject:
    """A spec, with what holds for all candidates.

    Args:
        path: of the spec, or the name of one that comes with convcost.
        axes: of the sweep.
        settings: values for vars that are not axes.
        inputs: shapes without the batch in place of the spec's.
        batch: samples, where that is not an axis.
        dtype: type of numbers, where that is not an axis.
        inplace: whether element-wise layers write over their input.
        root: the folder in which the files that a spec names stay.
        read: returns the bytes of a path, in place of the file.

    Raises:
        ConvcostError: the spec cannot be read, or an axis is of nothing that it has.
    """

    def __init__(
        self,
        path: str,
        axes: Sequence[Axis],
        *,
        settings: Mapping[str, str] | None = None,
        inputs: Mapping[str, Sequence[int]] | None = None,
        batch: int = 1,
        dtype: str | None = None,
        inplace: bool = False,
        root: str | None = None,
        read: Callable[[str], bytes] | None = None,
    ) -> None:
        self.path = path
        self.axes = axes
        self.settings = dict(settings or {})
        self.inputs = dict(inputs or {})
        self.batch = batch
        self.dtype = dtype
        self.inplace = inplace
        self.root = root
        read = Files() if read is None else read
        self._files = read.read if isinstance(read, Files) else {}
        read = read if isinstance(read, Files) else noting(read, self._files)
        text = read.spec(path) if isinstance(read, Files) else read(path)
        self.text = text
        self.file = File("<stdin>" if path == STDIN else path, decode(text, path))
        problems = Problems(self.file)
        with given_root(root), self._allowed():
            self.document: Document = read_document(self.file, problems, read)
        problems.refuse()
        self._own = dict(self.document.vars)
        self._others = Sources({}, {}, {})
        self._check_axes()

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle the arguments, with the contents of all files and the devices of all figures, so
        that no file is read or looked for when it is unpickled."""
        asked = (self.settings, self.inputs, self.batch, self.dtype, self.inplace)
        made_of = (self.path, self.axes, asked, dict(self._files))
        return _again, made_of, {"_others": self._others}

    def _check_axes(self) -> None:
        for axis in self.axes:
            name = axis.name
            if self._is_var(name) or name in (BATCH, DTYPE) or self._place(name) is not None:
                continue
            if name == SIDE and len(self.document.inputs) == 1:
                continue
            known = [*self._own, SIDE, BATCH, DTYPE, *(f"{one}.0" for one in self.document.inputs)]
            notes = similar(name, known, "axis") or (f"axes: {', '.join(known)}",)
            raise BadAxis(
                "\n  ".join((f"{printable(self.path)} has no var {quoted(name)}", *notes))
            )
        for axis in self.axes:
            if axis.name == DTYPE and not self._is_var(DTYPE):
                _refuse_unknown(axis)
        twice = {a.name for a in self.axes if sum(a.name == b.name for b in self.axes) > 1}
        if twice:
            raise BadAxis(f"axis {quoted(min(twice))} is given twice")

    def take(self, axes: Sequence[Axis]) -> None:
        """Go on with other axes.

        Raises:
            BadAxis: one is of nothing that the spec has.
        """
        self.axes = axes
        self._check_axes()

    def ask(self, metrics: Iterable[str]) -> None:
        """Have figures of others worked out, too: ``thop.macs``, ``rtx3090.bound``.

        Raises:
            ConvcostError: nothing has one of them, or it is none that a sweep works out.
        """
        known = {*self._others.tools, *self._others.devices, *self._others.step}
        for metric in further(metrics):
            if metric in known:
                continue
            self._others.find(metric, Source(self.path))
            if is_memory(metric):
                device = metric.partition(".")[0]
                raise ConvcostError(
                    f"{quoted(metric)}: bytes of a device are not a figure of a sweep\n"
                    f"  `convcost analyze --device {device}` has them, of one design at a time"
                )

    def own_values(self) -> dict[str, int | Fraction]:
        """The numbers that vars have in the spec, and ``side``, where all spatial sizes of the only
        input are one."""
        problems = _First(self.file)
        self.document.vars = dict(self._own)
        set_vars(self.document, self.settings, problems)
        known = vars_of(self.document, problems)
        found = {
            name: value
            for name, value in known.items()
            if isinstance(value, (int, Fraction)) and not isinstance(value, bool)
        }
        shapes = [*input_shapes(self.document, self.inputs, known, problems).values()]
        sizes = {*(shapes[0] or ())[1:]} if len(shapes) == 1 else set[int]()
        if len(sizes) == 1:
            found.setdefault(SIDE, sizes.pop())
        return found

    def _is_var(self, name: str) -> bool:
        return name in self._own

    def _place(self, name: str) -> tuple[str, int] | None:
        """The input and the number of the size that ``NAME.K`` is."""
        word, dot, number = name.rpartition(".")
        if not dot or word not in self.document.inputs or not number.isdecimal():
            return None
        return word, int(number)

    def traced(self, values: Mapping[str, Any], texts: Mapping[str, str]) -> Topology | Refused:
        """The network of one candidate.

        Args:
            values: what it has on each axis.
            texts: how these are written.
        """
        trace = Trace()
        try:
            with given_root(self.root), self._allowed(), paused():
                network = self._network(trace, values, texts)
                analysis = analyze_counts(network)
                ours = {**analysis.totals, DEPTH: depth(analysis)}
                figures = {**ours, **self._others.totals(analysis)}
        except SpecError as error:
            return _refused(trace, str(error.problems[0]._replace(line=None)))
        except ConvcostError as error:
            return _refused(trace, str(error))
        return Topology(trace, figures, network)

    def _allowed(self) -> Any:
        return allowing(Allowance(MOST_WORK + WORK_A_LAYER))

    def _network(
        self, trace: Trace, values: Mapping[str, Any], texts: Mapping[str, str]
    ) -> Network:
        problems = _First(self.file)
        document = self.document
        document.vars = dict(self._own)
        numbers: dict[str, Any] = {}
        words: dict[str, str] = dict(self.settings)
        for axis in self.axes:
            if axis.numbers:
                numbers[axis.name] = on_axis(trace, axis.name, values[axis.name])
            else:
                trace.is_on(axis.name, values[axis.name])
            if self._is_var(axis.name):
                words[axis.name] = texts[axis.name]
        set_vars(document, words, problems)
        for name, number in numbers.items():
            if self._is_var(name):
                document.vars[name] = _of(number, cast("Template", document.vars[name]))
        known = vars_of(document, problems)
        shapes = self._shapes(known, numbers, problems)
        batch = self._size(numbers, BATCH, self.batch)
        dtype = self.dtype if self._is_var(DTYPE) else texts.get(DTYPE, self.dtype)
        own = dtype_of(document, known, problems)
        return Expander(document, known, problems).run(shapes, batch, dtype or own)

    def _size(self, numbers: Mapping[str, Any], name: str, unless: int) -> int:
        if self._is_var(name) or name not in numbers:
            return unless
        size = numbers[name]
        if not isinstance(size, int) or size < 1:
            raise ConvcostError(f"axis {name}: {size} is not a whole number from 1 up")
        return size

    def _shapes(
        self, known: Mapping[str, Any], numbers: Mapping[str, Any], problems: Problems
    ) -> dict[str, tuple[int, ...] | None]:
        """Shapes of inputs, with the sizes that are on axes."""
        document = self.document
        own = input_shapes(document, self.inputs, known, problems)
        given: dict[str, list[int]] = {}
        for name, size in numbers.items():
            place = None if self._is_var(name) else self._place(name)
            if place is not None:
                shape = given.setdefault(place[0], [*(own[place[0]] or ())])
                if place[1] >= len(shape):
                    raise ConvcostError(
                        f"axis {name}: input '{place[0]}' has {len(shape)} sizes, numbered from 0"
                    )
                shape[place[1]] = size
        if SIDE in numbers and not self._is_var(SIDE):
            (name,) = own
            shape = given.setdefault(name, [*(own[name] or ())])
            shape[1:] = [numbers[SIDE]] * (len(shape) - 1)
        return input_shapes(document, {**self.inputs, **given}, known, problems) if given else own


def _refuse_unknown(axis: Axis) -> None:
    """Refuse types of numbers that there are not."""
    for text in axis.texts:
        if text not in DTYPES:
            notes = similar(text, DTYPES, "type") or (f"types: {', '.join(DTYPES)}",)
            raise BadAxis(
                "\n  ".join((f"axis `dtype`: {quoted(text)} is not a type of numbers", *notes))
            )


def _again(
    path: str, axes: Sequence[Axis], asked: tuple[Any, ...], files: Mapping[str, bytes]
) -> Subject:
    settings, inputs, batch, dtype, inplace = asked
    options: dict[str, Any] = {"settings": settings, "inputs": inputs, "inplace": inplace}
    return Subject(path, axes, batch=batch, dtype=dtype, read=held(files), **options)


def _refused(trace: Trace, said: str) -> Refused:
    """A mistake and what helps, as one line of a list of reasons."""
    return Refused(trace, sentence_of(trace, "; ".join(line.strip() for line in said.splitlines())))


def _of(number: Traced, template: Template) -> Template:
    """A template whose value is a traced number."""
    return Template(
        template.node,
        Expression(str(plain(number)), lambda _: cast("Any", number), frozenset(), None),
    )
