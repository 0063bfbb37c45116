"""The sizes of a model's inputs, from its file and from what is given beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from convcost.errors import ConvcostError, OpenSizes, plural, printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convcost.given import Declared, Given

MOST_NAMED = 8  # inputs in a message
LARGEST = 1 << 40  # positions along one axis
MOST_CHANNELS = 4  # of a picture, by which a last axis is known as that of channels
CHANNELS, MAP, OTHER = 3, {2: 224, 3: 32}, 128
"""Sizes of examples: of channels, of maps by their number of axes, and of everything else."""


class Asked(NamedTuple):
    """The number of samples that is asked for, and the usual one where the file has none either."""

    asked: int | None
    usual: int


class Sizes:
    """The sizes of all inputs; those of one name are one size.

    Raises:
        ConvcostError: what is given contradicts the file or itself.
    """

    def __init__(
        self, path: str, inputs: Mapping[str, Declared], given: Given, samples: Asked
    ) -> None:
        self.path = printable(path)
        self.inputs = inputs
        self.given = given
        self.samples = samples
        for name, size in given.dims.items():
            self._refuse_size(size, f"--dim {name}={size}")
        tensors = [shape for name, shape in inputs.items() if name not in given.values and shape]
        self.batch_name = next((shape[0] for shape in tensors if isinstance(shape[0], str)), None)
        self.asked = self._asked()
        self.open = any(not isinstance(shape[0], int) for shape in tensors)
        """Whether some input leaves its first axis open, which is then that of the samples."""
        self._own: int | None = None
        fixed = [
            shape[0] for shape in tensors if isinstance(shape[0], int) and self._is_batch(shape)
        ]
        if not self.open and len({*fixed}) > 1:  # some inputs hold no samples, as boxes do
            self._own = 1 if 1 in fixed else fixed[0]
            fixed = [self._own]
        # samples, as the file states shapes
        self.fixed = fixed[0] if len({*fixed}) == 1 and self.batch_name is None else None
        self.batch = self.asked or (1 if fixed else samples.usual)
        self.named = dict(given.dims)
        for name, sizes in given.inputs.items():
            self._bind(name, sizes)
        several = any(shape.count(self.batch_name) > 1 for shape in tensors)
        if self.batch_name is not None and not several:
            self.named.setdefault(self.batch_name, self.batch)

    def shape(self, name: str) -> tuple[int | str | None, ...] | None:
        """The full shape of an input, in which open sizes are as the file declares them."""
        own = self.inputs[name]
        sizes = self.given.inputs.get(name)
        if own == ():
            return own
        if sizes is not None:
            return (self._first(own), *sizes)
        if own is None:
            return None
        samples = self.samples_axis(name)
        rest = (self._known(size) for size in own[1:])
        filled = (
            self.batch if axis == samples and size is None else size
            for axis, size in enumerate(rest, start=1)
        )
        return (self._first(own), *filled)

    def whole(self, name: str) -> tuple[int, ...]:
        """The full shape of an input, once none is open."""
        shape = tuple(size for size in self.shape(name) or () if isinstance(size, int))
        if max(shape, default=0) > LARGEST:
            raise ConvcostError(f"{self.path}: input '{printable(name)}' has an impossible size")
        return shape

    def samples_axis(self, name: str) -> int | None:
        """The axis of an input along which the samples lie: the first, but where that has another
        size than inputs that leave it open; then one of the batch's name, or the first open one."""
        own = self.inputs[name]
        if own is None or self._is_batch(own):
            return 0 if own is None or own else None
        return next((axis for axis, size in enumerate(own) if size == self.batch_name), None)

    def steps(self, name: str) -> int | None:
        """The size of the first axis, as the file has it, of an input whose samples lie along its
        second one, if the file fixes both."""
        steps, samples = (*(self.inputs[name] or ()), None, None)[:2]
        return steps if isinstance(steps, int) and isinstance(samples, int) else None

    def moved(self, name: str) -> int:
        """The number of samples of an input whose samples lie along its second axis, which the
        file fixes: that is then what the file fixes."""
        own = cast("Sequence[int]", self.inputs[name])
        self.fixed, self.batch = own[1], self.asked or own[1]
        return self.batch

    def _is_batch(self, own: Sequence[int | str | None]) -> bool:
        """Whether the first axis is that of the samples: states of layers, stacked, are not samples
        where another input says how many there are."""
        if not own or not isinstance(own[0], int):
            return True
        return own[0] == 1 if self.open else own[0] == (self._own or own[0])

    def refuse_open(self) -> None:
        """Raise where sizes of tensors are open, with all of them."""
        shapes = {n: self.shape(n) for n in self.inputs if n not in self.given.values}
        left = {
            name: None if shape is None else shape[1:]
            for name, shape in shapes.items()
            if shape is None or not all(isinstance(size, int) for size in shape)
        }
        if not left:
            return
        examples = {name: _example(shape) for name, shape in left.items()}
        dims: dict[str, int] = {}
        for name, shape in left.items():
            for size, example in zip(shape or (), examples[name], strict=False):
                if isinstance(size, str):
                    dims.setdefault(size, example)
        if any(shape is None or None in shape for shape in left.values()):
            dims = {}
        inputs = {name: shown(examples[name]) for name in left}
        raise OpenSizes(self._said(left), dims, inputs)

    def _said(self, left: Mapping[str, Declared]) -> str:
        words = {
            f"'{printable(name)}'": "it names no shape" if shape is None else shown(shape)
            for name, shape in left.items()
        }
        if len(words) == 1:
            ((name, shape),) = words.items()
            return f"{self.path}: input {name} leaves sizes open ({shape})"
        listed = [f"{name} ({shape})" for name, shape in words.items()]
        more = [f"and {len(listed) - MOST_NAMED} more"] if len(listed) > MOST_NAMED else []
        return f"{self.path}: inputs leave sizes open: {', '.join([*listed[:MOST_NAMED], *more])}"

    def _known(self, size: int | str | None) -> int | str | None:
        return self.named.get(size, size) if isinstance(size, str) else size

    def _first(self, own: Declared) -> int:
        """The size of the first axis, which is the batch unless its name is another one."""
        size = own[0] if own else None
        if isinstance(size, int) and not self._is_batch(own or ()):
            return size
        if isinstance(size, str) and size != self.batch_name and size in self.given.dims:
            return self.given.dims[size]
        if isinstance(size, int) and (self.asked is None or self.batch_name in (own or ())[1:]):
            return size
        return self.batch

    def _asked(self) -> int | None:
        asked, name = self.samples.asked, self.batch_name
        named = None if name is None else self.given.dims.get(name)
        if asked is not None and named is not None and asked != named:
            raise ConvcostError(
                f"{self.path}: --batch {asked} and --dim {printable(str(name))}={named} are the "
                "same size: give one of them"
            )
        return asked if named is None else named

    def _bind(self, name: str, sizes: Sequence[int]) -> None:
        """Give the names of an input's sizes those that are given for it."""
        own = self.inputs[name]
        option = f"--input {name}={shown(sizes)}"
        for size in sizes:
            self._refuse_size(size, option)
        if own is None:
            return
        if not own:
            raise self._refused(option, "it is a single number: --value says which one")
        if len(sizes) != len(own) - 1:
            given = plural(len(sizes), "size")
            are = "is" if len(sizes) == 1 else "are"
            raise self._refused(
                option, f"{given} {are} given, and the model has {len(own) - 1} besides the batch"
            )
        for known, size in zip(own[1:], sizes, strict=True):
            if isinstance(known, int) and known != size:
                raise self._refused(option, f"it contradicts the file, which has {shown(own[1:])}")
            if known == self.batch_name is not None and self.samples.asked not in (None, size):
                raise self._refused(option, f"it contradicts --batch {self.samples.asked}")
            if isinstance(known, str) and self.given.dims.get(known, size) != size:
                raise self._refused(
                    option, f"it contradicts --dim {known}={self.given.dims[known]}"
                )
            if isinstance(known, str):
                self.named.setdefault(known, size)

    def _refuse_size(self, size: int, option: str) -> None:
        if size < 1:
            raise self._refused(option, "a size is at least 1")

    def _refused(self, option: str, said: str) -> ConvcostError:
        return ConvcostError(f"{self.path}: {printable(option)}: {printable(said)}")


def shown(shape: Sequence[int | str | None]) -> str:
    """A shape in words, in which ``?`` is an open size: with names, ``x`` would mean two things."""
    return "x".join(str(size) if isinstance(size, int) else "?" for size in shape)


def _example(shape: Declared) -> tuple[int, ...]:
    """A shape without the batch with numbers for what is open, channels where they seem to be."""
    if shape is None:
        return (CHANNELS, MAP[2], MAP[2])
    axes = len(shape) - 1
    *_, last = shape
    channels = axes if isinstance(last, int) and last <= MOST_CHANNELS else 0
    return tuple(
        size
        if isinstance(size, int)
        else CHANNELS
        if axis == channels and axes in MAP
        else MAP.get(axes, OTHER)
        for axis, size in enumerate(shape)
    )
