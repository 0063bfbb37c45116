"""Hypothesis strategies shared by the tests of formulas."""

from __future__ import annotations

from typing import Any, NamedTuple

from hypothesis import strategies as st

# Expressions over every kind of number: nested tuples of an operator and its operands.

Expression = tuple[Any, ...]
NAMES = ("h", "k", "t", "t_")  # t and t_ are what a printed sum would like to call its variable
TAPS = "k"  # the name whose values stay small enough to sum over

_ints = st.integers(-(2**40), 2**40) | st.integers(-3, 3)
_leaves = st.tuples(st.just("name"), st.sampled_from(NAMES)) | st.tuples(st.just("int"), _ints)
_divisors = st.tuples(st.just("int"), st.integers(1, 9)) | st.tuples(
    st.just("name"), st.sampled_from(NAMES)
)


def _grown(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    one_or_more = _divisors | inner.map(lambda e: ("larger", e, ("int", 1)))
    taps = st.tuples(st.just("name"), st.just(TAPS)) | st.tuples(st.just("int"), st.integers(0, 3))
    return st.one_of(
        st.tuples(st.sampled_from(("+", "-", "*", "smaller", "larger")), inner, inner),
        st.tuples(st.sampled_from(("//", "%", "ceil_div")), inner, one_or_more),
        st.tuples(st.sampled_from(("negative", "at_least_zero")), inner),
        st.tuples(st.sampled_from(("log2_ceil", "power_of_two")), one_or_more),
        # the term may use the variable of its own sum and of those around it
        st.tuples(
            st.just("total"), taps, inner | st.tuples(st.just("*"), inner, st.just(("tap",)))
        ),
    )


expressions: st.SearchStrategy[Expression] = st.recursive(_leaves, _grown, max_leaves=12)
"""Divisors are at least 1 where names are."""

environments: st.SearchStrategy[dict[str, int]] = st.fixed_dictionaries(
    {name: st.integers(1, 4 if name == TAPS else 2**40) for name in NAMES}
)
"""Values of the names."""

TRAPS: list[Expression] = [
    ("-", ("name", "h"), ("-", ("name", "k"), ("name", "t"))),
    ("-", ("name", "h"), ("+", ("name", "k"), ("name", "t"))),
    ("-", ("name", "h"), ("negative", ("name", "k"))),
    ("*", ("name", "h"), ("//", ("name", "t"), ("name", "k"))),
    ("*", ("name", "h"), ("*", ("//", ("name", "t"), ("name", "k")), ("name", "t"))),
    ("*", ("name", "h"), ("%", ("name", "t"), ("name", "k"))),
    ("//", ("name", "h"), ("*", ("name", "k"), ("name", "k"))),
    ("//", ("negative", ("name", "h")), ("name", "k")),
    ("//", ("negative", ("//", ("name", "h"), ("name", "k"))), ("name", "k")),
    ("negative", ("//", ("name", "h"), ("name", "k"))),
    ("negative", ("%", ("name", "h"), ("name", "k"))),
    ("%", ("negative", ("name", "h")), ("name", "k")),
    ("-", ("%", ("name", "h"), ("name", "k")), ("%", ("name", "t"), ("name", "k"))),
    ("*", ("int", -3), ("int", -5)),
    ("-", ("name", "h"), ("int", -5)),
    ("total", ("name", "k"), ("*", ("total", ("name", "k"), ("tap",)), ("tap",))),
    ("total", ("name", "k"), ("*", ("name", "t"), ("tap",))),
    ("//", ("name", "h"), ("power_of_two", ("-", ("name", "h"), ("name", "k")))),
    ("negative", ("*", ("power_of_two", ("name", "t")), ("log2_ceil", ("name", "h")))),
]
"""Expressions in which brackets matter."""


# Windows


class Along(NamedTuple):
    """A window on an axis."""

    size: int
    kernel: int
    stride: int
    before: int
    after: int
    dilation: int


along_an_axis = st.builds(
    Along,
    size=st.integers(1, 12),
    kernel=st.integers(1, 5),
    stride=st.integers(1, 6),
    before=st.integers(0, 5),
    after=st.integers(0, 5),
    dilation=st.integers(1, 4),
)


# Ops: fields as they are written in a spec, and the shapes of the inputs.

Written = tuple[dict[str, Any], list[tuple[int, ...]]]

small = st.integers(1, 3)
borders = st.integers(0, 2)


def shapes(rank: st.SearchStrategy[int], most: int = 5) -> st.SearchStrategy[tuple[int, ...]]:
    """A full shape with so many spatial axes."""
    return rank.flatmap(lambda r: st.tuples(small, st.integers(1, 4), *[st.integers(1, most)] * r))


def per_axis(each: st.SearchStrategy[Any], rank: int) -> st.SearchStrategy[Any]:
    """One value for all axes, or one for each."""
    return each | st.lists(each, min_size=rank, max_size=rank)


def pairs(each: st.SearchStrategy[int], rank: int) -> st.SearchStrategy[Any]:
    """As per_axis, or [before, after] for each."""
    return per_axis(each, rank) | st.lists(
        st.tuples(each, each).map(list), min_size=rank, max_size=rank
    )


@st.composite
def convs(draw: st.DrawFn) -> Written:
    groups = draw(small)
    x = draw(shapes(st.integers(1, 2)) | shapes(st.just(3), most=3))
    rank = len(x) - 2
    channels = draw(st.sampled_from((groups, 2 * groups, x[1])))
    fields = {
        "out_channels": draw(st.sampled_from((groups, 2 * groups, 3))),
        "kernel_size": draw(per_axis(small, rank)),
        "stride": draw(per_axis(small, rank)),
        "padding": draw(st.sampled_from(("same", "valid")) | pairs(borders, rank)),
        "dilation": draw(per_axis(small, rank)),
        "groups": groups,
        "bias": draw(st.booleans()),
    }
    return fields, [(1 if rank == 3 else x[0], channels, *x[2:])]


@st.composite
def wide_convs(draw: st.DrawFn) -> Written:
    """Convolutions with wider kernels, and channels that groups divide in several ways."""
    rank = draw(st.sampled_from((1, 2, 2, 3)))
    kernels = st.sampled_from((1, 2, 3, 5, 7) if rank < 3 else (1, 3, 5))
    groups = draw(st.sampled_from((1, 1, 2)))
    channels = st.sampled_from((1, 2, 3, 4, 6)).map(lambda n: n * groups)
    fields = {
        "out_channels": draw(channels),
        "kernel_size": draw(per_axis(kernels, rank)),
        "stride": draw(per_axis(small, rank)),
        "padding": draw(st.sampled_from(("same", "valid")) | pairs(st.integers(0, 4), rank)),
        "dilation": draw(per_axis(st.integers(1, 2), rank)),
        "groups": groups,
        "bias": draw(st.booleans()),
    }
    sizes = draw(st.lists(st.integers(1, 9 if rank < 3 else 5), min_size=rank, max_size=rank))
    return fields, [(draw(st.integers(1, 2)), draw(channels), *sizes)]


@st.composite
def transposed_convs(draw: st.DrawFn) -> Written:
    fields, (x,) = draw(convs())
    rank = len(x) - 2
    if isinstance(fields["padding"], str):
        fields["padding"] = 0
    fields["output_padding"] = draw(per_axis(borders, rank))
    return fields, [(*x[:2], *(min(size, 3) for size in x[2:]))]


@st.composite
def pools(draw: st.DrawFn) -> Written:
    x = draw(shapes(st.integers(1, 2), most=8) | shapes(st.just(3), most=3))
    rank = len(x) - 2
    fields: dict[str, Any] = {
        "kernel_size": draw(per_axis(small, rank)),
        "padding": draw(pairs(borders, rank)),
        "ceil_mode": draw(st.booleans()),
        **draw(st.fixed_dictionaries({}, optional={"stride": per_axis(small, rank)})),
    }
    return fields, [x]
