"""Deformable layers against SciPy's sampling, onnx's reference and onnxruntime, and the algorithm
written in loops over scalars, which counts what it does."""

from __future__ import annotations

from itertools import product
from math import floor, prod
from typing import Any, NamedTuple, cast

import numpy as np
import pytest
from cases import CASES, Case
from foreign import NOT_GIVEN, onnx_pads, reference, runtime
from hypothesis import given
from hypothesis import strategies as st
from layers import Array, Layer, agree, convs, few, filled, maps, run, seeds, some
from scipy import ndimage

from convcost.metrics import OF_OPS
from convcost.ops.deform import DeformConv, DeformSample


class Deformed(NamedTuple):
    """A deformable layer, drawn: a convolution's, with offsets and perhaps a mask."""

    layer: Layer
    offset_groups: int
    masked: bool
    reach: float

    def run(self, dtype: type[Any] = np.float64, *, reach: float | None = None) -> tuple[Any, ...]:
        """Run the kernel, and return its output before its inputs."""
        x, weight, bias = self.layer.arrays(dtype)
        out = run("conv", x, weight=weight, **self.layer.fields).shape[2:]
        points = self.offset_groups * prod(weight.shape[2:])
        rng = np.random.default_rng(self.layer.seed)
        moved = rng.normal(
            scale=self.reach if reach is None else reach,
            size=(len(x), points * (x.ndim - 2), *out),
        ).astype(dtype)
        mask = rng.random((len(x), points, *out)).astype(dtype) if self.masked else None
        y = run(
            "deform_conv", x, moved, *([] if mask is None else [mask]), weight=weight, bias=bias,
            offset_groups=self.offset_groups, **self.layer.fields,
        )  # fmt: skip
        return y, x, moved, mask, weight, bias


@st.composite
def deformed(draw: st.DrawFn, rank: st.SearchStrategy[int] | None = None) -> Deformed:
    layer = draw(convs() if rank is None else convs(rank=rank))
    divisors = [g for g in range(1, layer.x[1] + 1) if layer.x[1] % g == 0]
    return Deformed(
        layer,
        draw(st.sampled_from(divisors)),
        draw(st.booleans()),
        draw(st.sampled_from((0.1, 1.0, 5.0))),
    )


def sampled_by_scipy(channel: Array, places: Array) -> Array:
    """``channel`` at ``places`` (``[rank, *out]``); beyond the map zeros go on."""
    return ndimage.map_coordinates(channel, places, order=1, mode="grid-constant", cval=0.0)


def by_scipy(
    x: Array, moved: Array, mask: Array | None, weight: Array, bias: Array | None,
    offset_groups: int, fields: dict[str, Any],
) -> Array:  # fmt: skip
    """Deformable convolution of any rank."""
    taps = list(product(*map(range, weight.shape[2:])))
    out, rank = moved.shape[2:], x.ndim - 2
    grid = cast("Array", np.indices(out))
    each = x.shape[1] // offset_groups
    columns = np.zeros((len(x), x.shape[1], len(taps), *out))
    for n, c, (number, tap) in product(range(len(x)), range(x.shape[1]), enumerate(taps)):
        point = c // each * len(taps) + number
        places = np.stack([
            grid[axis] * fields["stride"][axis] + tap[axis] * fields["dilation"][axis]
            - fields["padding"][axis][0] + moved[n, point * rank + axis]
            for axis in range(rank)
        ])  # fmt: skip
        columns[n, c, number] = sampled_by_scipy(x[n, c], places)
        if mask is not None:
            columns[n, c, number] *= mask[n, point]
    groups = fields["groups"]
    parts = zip(
        np.split(columns, groups, axis=1),
        np.split(weight.reshape(*weight.shape[:2], -1), groups),
        strict=True,
    )
    y = np.concatenate(
        [np.einsum("nct...,oct->no...", part, filters) for part, filters in parts], axis=1
    )
    return y if bias is None else y + bias.reshape(-1, *[1] * rank)


@some
@given(deformed())
def test_any_rank(drawn: Deformed) -> None:
    y, x, moved, mask, weight, bias = drawn.run()
    fields = drawn.layer.fields
    theirs = by_scipy(x, moved, mask, weight, bias, drawn.offset_groups, fields)
    agree(y, theirs, within=10)


@few
@given(deformed())
def test_no_offsets_make_a_convolution(drawn: Deformed) -> None:
    y, x, _, _, weight, bias = drawn._replace(masked=False).run(reach=0.0)
    agree(y, run("conv", x, weight=weight, bias=bias, **drawn.layer.fields))


@few
@given(deformed(rank=st.just(2)))
def test_maps(drawn: Deformed) -> None:
    """Agree with onnx's operator, which has 2D in float32. Near a whole position, rounding picks
    another pair of corners, with much the same sum."""
    y, x, moved, mask, weight, bias = drawn.run(np.float32)
    fields = drawn.layer.fields
    attributes: dict[str, Any] = {
        "strides": fields["stride"],
        "pads": onnx_pads(fields["padding"]),
        "dilations": fields["dilation"],
        "group": fields["groups"],
        "offset_group": drawn.offset_groups,
        "kernel_shape": weight.shape[2:],
    }
    optional = [NOT_GIVEN if each is None else each for each in (bias, mask)]
    for judge in (runtime, reference) if min(x.shape[2:]) > 1 else (runtime,):
        agree(y, judge("DeformConv", x, weight, moved, *optional, **attributes)[0], within=30)


@some
@given(maps(channels=3), seeds, st.sampled_from((0.1, 1.0, 5.0)))
def test_samples(shape: tuple[int, ...], seed: int, reach: float) -> None:
    x, rank = filled(shape, seed), len(shape) - 2
    moved = reach * filled((shape[0], shape[1] * rank, *shape[2:]), seed + 1)
    y = run("deform_sample", x, moved)
    for n, c in np.ndindex(*shape[:2]):
        places = np.indices(shape[2:]) + moved[n, c * rank : (c + 1) * rank]
        agree(y[n, c], sampled_by_scipy(x[n, c], places))


class Scalars:
    """Scalar arithmetic that counts itself."""

    def __init__(self) -> None:
        self.counts = dict.fromkeys(OF_OPS, 0)

    def multiply(self, a: float, b: float) -> float:
        self.counts["multiplies"] += 1
        return a * b

    def add(self, a: float, b: float) -> float:
        self.counts["adds"] += 1
        return a + b

    def floor(self, a: float) -> int:
        self.counts["comparisons"] += 1
        return floor(a)

    def sum(self, terms: list[float]) -> float:
        total = terms[0]
        for term in terms[1:]:
            total = self.add(total, term)
        return total

    def corners(self, places: list[int], offsets: list[float]) -> dict[tuple[int, ...], float]:
        """Corners of the cell that a sampling point lies in, with their weights."""
        joint: dict[tuple[int, ...], float] = {}
        for place, offset in zip(places, offsets, strict=True):
            at = self.add(place, offset)
            low = self.floor(at)
            after = self.add(at, -low)
            sides = {low: self.add(1, -after), low + 1: after}
            joint = (
                {(*corner, p): self.multiply(w, v)
                 for corner, w in joint.items() for p, v in sides.items()}
                if joint else {(p,): v for p, v in sides.items()}
            )  # fmt: skip
        return joint

    def sample(self, channel: Array, corners: dict[tuple[int, ...], float]) -> float:
        """A sum over corners; those outside are 0."""
        terms: list[float] = []
        for corner, weight in corners.items():
            inside = all(0 <= p < n for p, n in zip(corner, channel.shape, strict=True))
            terms.append(self.multiply(channel[corner] if inside else 0.0, weight))
        return self.sum(terms)


def in_scalars(
    xp: Scalars, x: Array, moved: Array, mask: Array | None, weight: Array, bias: Array | None,
    offset_groups: int, fields: dict[str, Any],
) -> Array:  # fmt: skip
    """The algorithm of the op's docstring, one number after the other."""
    taps = list(product(*map(range, weight.shape[2:])))
    rank, each = x.ndim - 2, x.shape[1] // offset_groups
    inner = weight.shape[1]
    y = np.zeros((len(x), len(weight), *moved.shape[2:]))
    for n, unit in product(range(len(x)), np.ndindex(*moved.shape[2:])):
        samples: dict[tuple[int, int], float] = {}
        for group, (number, tap) in product(range(offset_groups), enumerate(taps)):
            places = [
                u * s - before + t * d
                for u, s, (before, _), t, d in zip(
                    unit, fields["stride"], fields["padding"], tap, fields["dilation"], strict=True
                )
            ]
            point = group * len(taps) + number
            corners = xp.corners(
                places, [moved[(n, point * rank + axis, *unit)] for axis in range(rank)]
            )
            for c in range(group * each, (group + 1) * each):
                sample = xp.sample(x[n, c], corners)
                if mask is not None:
                    sample = xp.multiply(sample, mask[(n, point, *unit)])
                samples[c, number] = sample
        for o in range(len(weight)):
            first = o // (len(weight) // fields["groups"]) * inner
            terms: list[float] = []
            for c, (number, tap) in product(range(inner), enumerate(taps)):
                xp.counts["macs"] += 1
                terms.append(xp.multiply(samples[first + c, number], weight[(o, c, *tap)]))
            total = xp.sum(terms)
            y[(n, o, *unit)] = total if bias is None else xp.add(total, bias[o])
    xp.counts["macs_in_bounds"] = xp.counts["macs"]
    return y


def said(op: Any, *shapes: tuple[int, ...]) -> dict[str, Any]:
    return {metric: getattr(op, metric)(*shapes) for metric in OF_OPS}


@pytest.mark.parametrize(
    "case", [c for c in CASES if c.name == "deform_conv" and c.fields["padding"] != "same"],
    ids=lambda case: case.about,
)  # fmt: skip
def test_the_written_algorithm_does_so_many_operations(case: Case) -> None:
    """Values of the kernel, and counts of the formulas."""
    (x, moved, *mask), learned = case.arrays()
    weight, bias = learned["weight"], learned.get("bias")
    fields = dict(case.fields)
    offset_groups = fields.pop("offset_groups")
    xp = Scalars()
    y = in_scalars(xp, x, moved, mask[0] if mask else None, weight, bias, offset_groups, fields)
    kernel = run("deform_conv", x, moved, *mask, **learned, offset_groups=offset_groups, **fields)
    agree(kernel, y, within=10)
    op = DeformConv(
        out_channels=len(weight), kernel_size=weight.shape[2:], bias=bias is not None,
        offset_groups=offset_groups, **fields,
    )  # fmt: skip
    assert said(op, *case.inputs) == xp.counts


@few
@given(maps(channels=3, most=3), seeds)
def test_a_sample_does_so_many_operations(shape: tuple[int, ...], seed: int) -> None:
    x, rank = filled(shape, seed), len(shape) - 2
    moved = filled((shape[0], shape[1] * rank, *shape[2:]), seed + 1)
    xp, y = Scalars(), np.empty(shape)
    for n, c, *unit in np.ndindex(*shape):
        offsets = [float(moved[(n, c * rank + axis, *unit)]) for axis in range(rank)]
        y[(n, c, *unit)] = xp.sample(x[n, c], xp.corners(unit, offsets))
    agree(run("deform_sample", x, moved), y)
    assert said(DeformSample(), x.shape, moved.shape) == xp.counts


def test_the_equation_of_the_paper() -> None:
    """Dai et al., equations 3 and 4: ``x(p) = sum over q of max(0, 1 - |qy - py|) max(0, 1 - |qx -
    px|) x(q)``, over all q of the map."""
    x, moved = filled((1, 1, 4, 5), 1), 2 * filled((1, 2, 4, 5), 2)
    y = run("deform_sample", x, moved)
    for i, j in np.ndindex(4, 5):
        py, px = i + moved[0, 0, i, j], j + moved[0, 1, i, j]
        terms = [
            max(0, 1 - abs(qy - py)) * max(0, 1 - abs(qx - px)) * x[0, 0, qy, qx]
            for qy, qx in np.ndindex(4, 5)
        ]
        assert abs(y[0, 0, i, j] - sum(terms)) < 1e-12


@some
@given(st.integers(1, 2), st.integers(2, 3), seeds, st.data())
@pytest.mark.parametrize("mode", ["bilinear", "nearest", "bicubic"])
@pytest.mark.parametrize("padding_mode", ["zeros", "border"])
@pytest.mark.parametrize("corners", [False, True])
def test_grid_sample(
    corners: bool, padding_mode: str, mode: str, batch: int, rank: int, seed: int,
    data: st.DataObject,
) -> None:  # fmt: skip
    rank = 2 if mode == "bicubic" else rank
    size, out = (tuple(data.draw(st.integers(1, 5)) for _ in range(rank)) for _ in range(2))
    x = filled((batch, data.draw(st.integers(1, 3)), *size), seed, np.float32)
    grid = filled((batch, *out, rank), seed + 1, np.float32)
    fields = {"mode": mode, "padding_mode": padding_mode}
    y = run("grid_sample", x, grid, **fields, align_corners=corners)
    theirs_mode = {"bilinear": "linear", "bicubic": "cubic"}.get(mode, mode)
    (theirs,) = runtime(
        "GridSample", x, grid, mode=theirs_mode, padding_mode=padding_mode,
        align_corners=int(corners),
    )  # fmt: skip
    agree(y, theirs, within=10)
