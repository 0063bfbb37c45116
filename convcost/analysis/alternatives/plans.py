"""Replacements of a convolution: other layers from its input to an output of its shape."""

from __future__ import annotations

from math import gcd, prod
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from convcost.errors import plural
from convcost.ops.linear import Linear
from convcost.ops.pool import MaxPool
from convcost.ops.reshape import Flatten, Reshape
from convcost.ops.resize import Crop
from convcost.spec.expression import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from fractions import Fraction

    from convcost.ops.conv import Conv
    from convcost.ops.op import Op

Path = tuple[tuple[str, "Op"], ...]
"""Layers that follow each other, each with its name."""

WIDEST_STACK = 65  # positions: nobody puts more than 32 layers in the place of one
AS_IT_IS, STANDARD = "as_it_is", "standard"


class Plan(NamedTuple):
    """Layers to put in the place of a convolution.

    Attributes:
        word: what it is called.
        paths: its layers; several paths read the same input and are concatenated.
        formula: its macs, divided by those of the standard convolution, for a stride of 1 and
            padding that keeps the size; as an expression over ``letters``.
        letters: what the formula's letters stand for here.
        gives_up: what the standard convolution can do and this cannot, in a few words.
        mixes: whether each output channel depends on all input channels.
    """

    word: str
    paths: tuple[Path, ...]
    formula: str
    letters: Mapping[str, int]
    gives_up: str = ""
    mixes: bool = True

    @property
    def parts(self) -> int:
        """The number of its layers, a final concat not counted."""
        return sum(map(len, self.paths))

    @property
    def narrows(self) -> bool:
        """Whether its cost depends on a width that can be chosen."""
        return "w" in parse(self.formula).names

    @property
    def value(self) -> Fraction | int:
        """The value of the formula."""
        value = parse(self.formula).evaluate(self.letters.__getitem__)
        return cast("Fraction | int", value)


def plans(op: Conv, x: tuple[int, ...], width: int | None = None) -> list[Plan]:
    """The replacements of a convolution, itself among them, in the order of textbooks.

    Args:
        op: the convolution; of any rank, stride, padding, dilation and groups.
        x: the full shape of its input.
        width: channels inside of what first reduces them; a quarter of those of the smaller side
            unless given.
    """
    given = _Given(op, x, width)
    found: list[Plan] = []
    for made in _KINDS:
        for plan in made(given):
            if all(plan.paths != other.paths for other in found):  # under two names it stands once
                found.append(plan)
    return found


class _Given:
    """The convolution that is to be replaced, and what most replacements are made from."""

    def __init__(self, op: Conv, x: tuple[int, ...], width: int | None) -> None:
        windows = op.windows(x)  # padding `same` is a number here: parts see other sizes
        padding = tuple((w.before, w.after) for w in windows)
        self.own = op.replaced(padding=padding)
        self.full = self.own.replaced(groups=1)
        self.x = x
        self.out = cast("tuple[int, ...]", op.output(x))
        self.ins, self.outs = x[1], self.out[1]
        self.rank = len(x) - 2
        self.kernel = cast("tuple[int, ...]", op.kernel_size)
        self.taps = prod(self.kernel)
        self.spans = cast("tuple[int, ...]", tuple(w.span for w in windows))
        self.padding = cast("tuple[tuple[int, int], ...]", padding)
        self.inside = width or max(1, min(self.ins, self.outs) // 4)
        self.wide = [axis for axis, size in enumerate(self.kernel) if size > 1]
        self.cubic = len({*self.kernel}) == 1
        self.window = self.power(self.rank) if self.cubic else "taps"
        self.letters = {"M": self.ins, "N": self.outs, "w": self.inside}
        self.letters |= {"k": self.kernel[0]} if self.cubic else {"taps": self.taps}

    @staticmethod
    def power(exponent: int) -> str:
        """A power of k as an expression."""
        return "k" if exponent == 1 else f"k**{exponent}"

    def conv(self, **changes: Any) -> Conv:
        """The convolution of all channels, but for what is changed."""
        return self.full.replaced(**changes)

    def along(self, axes: list[int], **changes: Any) -> Conv:
        """The part of the convolution that looks along some axes only."""

        def only(values: tuple[Any, ...], other: Any) -> tuple[Any, ...]:
            return tuple(v if a in axes else other for a, v in enumerate(values))

        return self.conv(
            kernel_size=only(self.kernel, 1),
            stride=only(self.full.stride, 1),
            padding=only(self.padding, (0, 0)),
            dilation=only(self.full.dilation, 1),
            **changes,
        )

    def point(self, channels: int) -> Conv:
        """A 1x1 convolution to so many channels."""
        return self.along([], out_channels=channels)

    def centre(self, channels: int) -> Path | None:
        """A 1x1 convolution of what lies under the middle tap of each window; None where nothing of
        the input lies there."""
        middle = [(span - 1) // 2 for span in self.spans]
        border = [
            (before - first, after - (span - 1 - first))
            for (before, after), first, span in zip(self.padding, middle, self.spans, strict=True)
        ]
        cut = [(max(0, -before), max(0, -after)) for before, after in border]
        sizes = [n - a - b for n, (a, b) in zip(self.x[2:], cut, strict=True)]
        if min(sizes) < 1:
            return None
        padding = tuple((max(0, before), max(0, after)) for before, after in border)
        ones = (1,) * self.rank
        point = self.conv(out_channels=channels, kernel_size=ones, dilation=ones, padding=padding)
        if tuple(sizes) == self.x[2:]:
            return (("point", point),)
        start = tuple(before for before, _ in cut)
        return (("crop", Crop(size=tuple(sizes), start=start)), ("point", point))

    def plan(self, word: str, path: Path, formula: str, gives_up: str = "", **more: Any) -> Plan:
        """A plan of one path."""
        return Plan(word, (path,), formula, self.letters, gives_up, **more)


def _as_it_is(it: _Given) -> Iterator[Plan]:
    groups = cast("int", it.own.groups)
    if groups > 1:
        letters = {**it.letters, "g": groups}
        loses = "no mix of channels" if groups == it.ins else "no mix across groups"
        yield Plan(AS_IT_IS, ((("conv", it.own),),), "1/g", letters, loses, mixes=False)


def _standard(it: _Given) -> Iterator[Plan]:
    yield it.plan(STANDARD, (("conv", it.full),), "1")


def _pointwise(it: _Given) -> Iterator[Plan]:
    path = it.centre(it.outs)
    if it.wide and path is not None:
        yield it.plan("pointwise", path, f"1/{it.window}", "sees one position")


def _grouped(it: _Given) -> Iterator[Plan]:
    groups = 2
    while gcd(it.ins, it.outs) % groups == 0:
        if groups < it.ins:
            path = (("conv", it.conv(groups=groups)),)
            letters = {**it.letters, "g": groups}
            loses = "no mix across groups"
            yield Plan(f"grouped_{groups}", (path,), "1/g", letters, loses, mixes=False)
        groups *= 2


def _depthwise(it: _Given) -> Iterator[Plan]:
    """One group a channel."""
    if it.outs % it.ins == 0 and it.ins > 1:
        path = (("conv", it.conv(groups=it.ins)),)
        yield it.plan("depthwise", path, "1/M", "no mix of channels", mixes=False)


def _depthwise_separable(it: _Given) -> Iterator[Plan]:
    """Chollet, "Xception", arXiv 1610.02357; Howard et al., "MobileNets", arXiv 1704.04861."""
    if not it.wide:
        return
    loses = "one filter a channel"
    depthwise = it.conv(out_channels=it.ins, groups=it.ins)
    path = (("depthwise", depthwise), ("pointwise", it.point(it.outs)))
    yield it.plan("depthwise_separable", path, f"1/N + 1/{it.window}", loses)
    path = (("pointwise", it.point(it.outs)), ("depthwise", it.conv(groups=it.outs)))
    yield it.plan("pointwise_first", path, f"1/M + 1/{it.window}", loses)


def _spatially_separable(it: _Given) -> Iterator[Plan]:
    """Rigamonti, Sironi, Lepetit, Fua, "Learning Separable Filters", CVPR 2013."""
    if len(it.wide) < 2:
        return
    for word, axes in (("spatially_separable", it.wide), ("spatially_reversed", it.wide[::-1])):
        others = [axis for axis in range(it.rank) if axis not in axes]  # they may have strides
        path = (
            (f"axis{axes[0]}", it.along([axes[0], *others])),
            *((f"axis{axis}", it.along([axis])) for axis in axes[1:]),
        )
        first, *later = (it.kernel[axis] for axis in axes)
        formula = _in_a_row(it, first, sum(later), "taps")
        if it.cubic:
            formula = _in_a_row(it, 1, len(later), it.power(it.rank - 1))
        most = min(it.ins * first, it.outs * it.taps // first)
        loses = f"rank {it.outs} of {most}" if it.outs < most else "joint kernels"
        yield it.plan(word, path, formula, loses)


def _in_a_row(it: _Given, first: int, others: int, below: str) -> str:
    """The formula of layers that follow each other: taps of the first, which reads M channels, and
    of the others, which read N."""
    if it.ins == it.outs:
        return f"{first + others}/{below}"
    return f"({first} + {f'{others}*' if others > 1 else ''}N/M)/{below}"


def _bottleneck(it: _Given) -> Iterator[Plan]:
    """He, Zhang, Ren, Sun, "Deep Residual Learning", arXiv 1512.03385, figure 5."""
    if not it.wide:
        return
    path = (
        ("reduce", it.point(it.inside)),
        ("spatial", it.conv(out_channels=it.inside)),
        ("expand", it.point(it.outs)),
    )
    formula = f"w*(M + N + {it.window}*w)/({it.window}*M*N)"
    yield it.plan("bottleneck", path, formula, f"through {plural(it.inside, 'channel')}")


def _reduced(it: _Given) -> Iterator[Plan]:
    """Szegedy et al., "Going Deeper with Convolutions", arXiv 1409.4842, figure 2b: a branch."""
    path = (("reduce", it.point(it.inside)), ("spatial", it.full))
    formula = f"w/({it.window}*N) + w/M"
    yield it.plan("reduced", path, formula, f"through {plural(it.inside, 'channel')}")


def _inception(it: _Given) -> Iterator[Plan]:
    """The same paper's module, with one size of kernel: a quarter of the outputs from a 1x1, a
    quarter from a pool, the rest from a reduced convolution."""
    part = it.outs // 4
    point = it.centre(part)
    pools = all(max(pads) < span for pads, span in zip(it.padding, it.spans, strict=True))
    if not (it.wide and part and pools and point is not None):
        return
    pool = MaxPool(
        kernel_size=it.kernel,
        stride=it.full.stride,
        padding=it.padding,
        dilation=it.full.dilation,
        ceil_mode=False,
        return_indices=False,
        indices_of_all=False,
    )
    rest = it.outs - 2 * part
    spatial = (("reduce", it.point(it.inside)), ("spatial", it.conv(out_channels=rest)))
    paths = (point, spatial, (("pool", pool), ("project", it.point(part))))
    formula = f"(s + w)/({it.window}*N) + w*v/(M*N)"
    letters = {**it.letters, "s": 2 * part, "v": rest}
    loses = f"{_sizes(it.kernel)} for {rest} of {it.outs}"
    yield Plan("inception", paths, formula, letters, loses)


def _stack(it: _Given) -> Iterator[Plan]:
    """Simonyan, Zisserman, "Very Deep Convolutional Networks", arXiv 1409.1556, section 2.3."""
    if not all(span % 2 for span in it.spans) or not 5 <= max(it.spans) <= WIDEST_STACK:
        return
    steps = [(span - 1) // 2 for span in it.spans]
    depth = max(steps)
    ones = (1,) * it.rank
    path: list[tuple[str, Op]] = []
    for number in range(depth):
        conv = it.conv(
            kernel_size=tuple(3 if number < step else 1 for step in steps),
            stride=it.full.stride if number == depth - 1 else ones,
            padding=tuple(
                (_dealt(before, step, number), _dealt(after, step, number))
                for (before, after), step in zip(it.padding, steps, strict=True)
            ),
            dilation=ones,
        )
        path.append((f"step{number + 1}", conv))
    first, *others = (3 ** sum(number < step for step in steps) for number in range(depth))
    formula = _in_a_row(it, first, sum(others), it.window)
    yield it.plan("stack", tuple(path), formula, f"{depth} layers in a row")


def _dealt(padding: int, steps: int, number: int) -> int:
    """The padding of one layer of several that have so much together: early ones take the rest, so
    that no map on the way is smaller than both ends."""
    steps = max(1, steps)
    return padding // steps + (number < padding % steps) if number < steps else 0


def _dilated(it: _Given) -> Iterator[Plan]:
    """Yu, Koltun, "Multi-Scale Context Aggregation by Dilated Convolutions", arXiv 1511.07122."""
    thin = [k > 3 and span % 2 == 1 for k, span in zip(it.kernel, it.spans, strict=True)]
    if not any(thin):
        return
    kernel = tuple(3 if is_ else k for k, is_ in zip(it.kernel, thin, strict=True))
    rates = tuple(
        (span - 1) // 2 if is_ else rate
        for span, is_, rate in zip(it.spans, thin, it.full.dilation, strict=True)
    )
    path = (("conv", it.conv(kernel_size=kernel, dilation=rates)),)
    loses = f"holes: reads {prod(kernel)} of {prod(it.spans)}"
    yield it.plan("dilated", path, f"{prod(kernel)}/{it.window}", loses)


def _fully_connected(it: _Given) -> Iterator[Plan]:
    path: Path = (
        ("flatten", Flatten(start_dim=1, end_dim=-1)),
        ("linear", Linear(out_features=prod(it.out[1:]), bias=it.full.bias)),
        ("reshape", Reshape(shape=it.out[1:])),
    )
    letters = {**it.letters, "P": prod(it.x[2:])}
    loses = "one size, no sharing"
    yield Plan("fully_connected", (path,), f"P/{it.window}", letters, loses)


def _sizes(sizes: tuple[int, ...]) -> str:
    return "x".join(map(str, sizes))


_KINDS: tuple[Callable[[_Given], Iterator[Plan]], ...] = (
    *(_as_it_is, _standard, _pointwise, _grouped, _depthwise, _depthwise_separable),
    *(_spatially_separable, _bottleneck, _reduced, _inception, _stack, _dilated),
    _fully_connected,
)
