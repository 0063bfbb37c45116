"""Ops of random fields on random shapes, against running them: when they can, what comes out."""

from __future__ import annotations

from math import prod
from typing import Any

import pytest
from brute_ops import RUN
from brute_sets import inputs_of
from check_op import broken, check_op
from hypothesis import given, settings
from hypothesis import strategies as st
from kinds import agree
from strategies import (
    Along,
    Written,
    along_an_axis,
    borders,
    convs,
    pairs,
    per_axis,
    pools,
    shapes,
    small,
    transposed_convs,
)
from test_ops import answers

from convcost.ops import op_class
from convcost.ops.fields import build
from convcost.ops.pool import MaxPool

some = settings(max_examples=150)
ranks = st.integers(1, 3)


def made(name: str, written: Written) -> Any:
    fields, inputs = written
    return build(op_class(name), len(inputs[0]) - 2, fields)


def check(name: str, written: Written) -> None:
    check_op(name, made(name, written), written[1])


@some
@given(convs())
def test_conv(written: Written) -> None:
    check("conv", written)


@some
@given(transposed_convs())
def test_conv_transpose(written: Written) -> None:
    # What output_padding may be is a convention of PyTorch's, not a matter of what can run.
    op = made("conv_transpose", written)
    complaint = broken(op, written[1])
    if complaint is None or complaint.field != "output_padding":
        check("conv_transpose", written)


@given(st.lists(convs(), min_size=2, max_size=6))
def test_convs_of_a_sweep(rows: list[Written]) -> None:
    """Columns, intervals and symbols, over every conv alike but for its numbers."""

    def form(written: Written) -> tuple[int, bool, bool]:
        fields, (x,) = written
        return len(x), fields["padding"] == "same", fields["bias"]

    alike = [row for row in rows if form(row) == form(rows[0])]
    alike.append(alike[0])  # columns have at least two rows
    for name in ("conv", "conv_transpose"):
        words = any(isinstance(fields["padding"], str) for fields, _ in alike)
        if name == "conv" or not words:
            agree(answers, [made(name, row) for row in alike], [inputs for _, inputs in alike])


@some
@given(convs(), small, st.booleans(), st.integers(0, 9))
def test_deform_conv(written: Written, offset_groups: int, masked: bool, spoilt: int) -> None:
    fields, (x,) = written
    plain = made("conv", written)
    out = plain.output(x)[2:] if broken(plain, [x]) is None else x[2:]
    points = prod(plain.kernel_size) * offset_groups
    steering = [[x[0], points * (len(x) - 2), *out], [x[0], points, *out]][: 1 + masked]
    if spoilt < 2:  # a channel or a position too many
        steering[-1][1 + spoilt] += 1
    inputs = [x, *map(tuple, steering)]
    check("deform_conv", (fields | {"offset_groups": offset_groups}, inputs))


@given(shapes(st.integers(0, 3), most=3), st.integers(0, 2))
def test_deform_sample(x: tuple[int, ...], extra: int) -> None:
    offsets = (x[0], x[1] * (len(x) - 2) + extra // 2, *x[2:])
    check("deform_sample", ({}, [x, offsets]))


@some
@given(pools(), st.sampled_from(("avg_pool", "max_pool")), st.integers(1, 3))
def test_pools(written: Written, name: str, dilation: int) -> None:
    fields, inputs = written
    fields["dilation"] = dilation
    complaint = broken(made(name, written), inputs)
    if complaint is None or complaint.field != "padding":
        check(name, written)


@given(pools())
def test_no_window_pools_nothing(written: Written) -> None:
    op = made("avg_pool", written)
    if broken(op, written[1]) is None:
        ran = RUN["avg_pool"](vars(op), *inputs_of(written[1]))
        assert all(all(output.flat) for output in ran.outputs)


@given(along_an_axis)
def test_padding_as_wide_as_a_window_could_pool_nothing(axis: Along) -> None:
    size, kernel, stride, before, after, dilation = axis
    op = MaxPool(
        kernel_size=(kernel,), stride=(stride,), padding=((before, after),), ceil_mode=True,
        dilation=(dilation,), return_indices=False, indices_of_all=False,
    )  # fmt: skip
    complaint = broken(op, [(1, 1, size)])
    refused = complaint is not None and complaint.field == "padding"
    left, right = set(range(-before, 0)), set(range(size, size + after))
    spans = [range(-before, -before + kernel * dilation, dilation)]
    spans += [range(size + after - 1, size + after - 1 - kernel * dilation, -dilation)]
    assert refused == (
        (before > 0 and all(place in left for place in spans[0]))
        or (after > 0 and all(place in right for place in spans[1]))
    )


@given(shapes(ranks), st.data())
def test_adaptive_pools(x: tuple[int, ...], data: st.DataObject) -> None:
    size = data.draw(per_axis(st.integers(1, 7), len(x) - 2))
    check("adaptive_max_pool", ({"output_size": size}, [x]))
    check("adaptive_avg_pool", ({"output_size": size}, [x]))


@st.composite
def broadcasting(draw: st.DrawFn, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The end of a shape, some axes of it 1, and one now and then not what it should be."""
    end = shape[draw(st.integers(0, len(shape) - 1)) :]
    ones = [draw(st.sampled_from((size, size, size, 1))) for size in end]
    if draw(st.integers(0, 3)) == 0:
        ones[draw(st.integers(0, len(ones) - 1))] = draw(small)
    return tuple(ones)


@some
@given(shapes(st.integers(0, 2), most=3), st.data())
def test_element_wise(x: tuple[int, ...], data: st.DataObject) -> None:
    others = data.draw(st.lists(broadcasting(x), min_size=1, max_size=3))
    inputs = data.draw(st.permutations([x, *others]))
    for name in ("add", "multiply", "minimum", "maximum"):
        check(name, ({}, inputs))
    for name in ("sub", "div", "pow"):
        check(name, ({}, inputs[:2]))


@some
@given(shapes(st.integers(0, 2), most=3), small, small, st.data())
def test_matmul(batch: tuple[int, ...], rows: int, columns: int, data: st.DataObject) -> None:
    inner = data.draw(small)
    a = (*data.draw(broadcasting(batch)), rows, inner)
    b = (*data.draw(broadcasting(batch)), data.draw(st.sampled_from((inner, 2))), columns)
    check("matmul", ({}, [a, b]))


@given(shapes(st.integers(0, 2)), small)
def test_linear(x: tuple[int, ...], units: int) -> None:
    check("linear", ({"out_features": units}, [x]))


@some
@given(shapes(ranks, most=3), st.integers(1, 3), st.data())
def test_concat(x: tuple[int, ...], axis: int, data: st.DataObject) -> None:
    others = [list(x) for _ in range(data.draw(st.integers(1, 3)))]
    for other in others:
        other[0] = data.draw(st.sampled_from((x[0], 1, 2, 3)))  # one sample is joined to all
        if axis < len(x):
            other[axis] = data.draw(small)
        if data.draw(st.integers(0, 5)) == 0:
            other[data.draw(st.integers(0, len(x) - 1))] = data.draw(small)
        if data.draw(st.integers(0, 7)) == 0:
            other.append(1)
    check("concat", ({"dim": axis}, [x, *map(tuple, others)]))


@some
@given(shapes(ranks), st.integers(1, 4), st.data())
def test_split(x: tuple[int, ...], axis: int, data: st.DataObject) -> None:
    parts, sizes = data.draw(small), data.draw(st.lists(small, min_size=1, max_size=3))
    if axis < len(x) and x[axis] > 1 and data.draw(st.booleans()):
        cut = data.draw(st.integers(1, x[axis] - 1))
        sizes = [cut, x[axis] - cut]
    written: dict[str, Any] = {"parts": parts, "sizes": sizes}
    for left_out in data.draw(st.sampled_from((["parts"], ["sizes"], ["parts", "sizes"], []))):
        del written[left_out]
    check("split", ({"dim": axis, **written}, [x]))


@given(shapes(ranks), small)
def test_channel_shuffle(x: tuple[int, ...], groups: int) -> None:
    check("channel_shuffle", ({"groups": groups}, [x]))


@some
@given(shapes(st.integers(0, 3), most=3), st.integers(1, 5), st.integers(-1, 5))
def test_flatten(x: tuple[int, ...], start: int, end: int) -> None:
    check("flatten", ({"start_dim": start, "end_dim": end}, [x]))


@some
@given(shapes(ranks), st.data())
def test_reshape(x: tuple[int, ...], data: st.DataObject) -> None:
    sizes = list(data.draw(st.permutations(x[1:])))
    for _ in range(data.draw(st.integers(0, 2))):  # merge, split, insert, spoil
        at = data.draw(st.integers(0, len(sizes) - 1))
        match data.draw(st.integers(0, 4)):
            case 0 if at + 1 < len(sizes) and min(sizes) > 0:
                sizes[at : at + 2] = [sizes[at] * sizes[at + 1]]
            case 1 if sizes[at] % 2 == 0 and sizes[at] > 0:
                sizes[at : at + 1] = [2, sizes[at] // 2]
            case 2:
                sizes.insert(at, 1)
            case 3:
                sizes[at] = data.draw(small)
            case _:
                sizes[at] = -1
    check("reshape", ({"shape": sizes}, [x]))


@given(shapes(st.integers(0, 3), most=4), st.data())
def test_permute(x: tuple[int, ...], data: st.DataObject) -> None:
    axes = st.permutations(range(1, len(x))) | st.lists(st.integers(1, 4), min_size=1, max_size=4)
    check("permute", ({"dims": list(data.draw(axes))}, [x]))


@given(shapes(ranks), st.data())
def test_crop(x: tuple[int, ...], data: st.DataObject) -> None:
    rank = len(x) - 2
    written = {"size": data.draw(per_axis(st.integers(1, 6), rank))}
    if data.draw(st.booleans()):
        written["start"] = data.draw(per_axis(borders, rank))
    check("crop", (written, [x]))


@given(
    shapes(ranks, most=4),
    st.sampled_from(("constant", "reflect", "replicate", "circular")),
    st.data(),
)
def test_pad(x: tuple[int, ...], mode: str, data: st.DataObject) -> None:
    padding = data.draw(pairs(st.integers(0, 3), len(x) - 2))
    check("pad", ({"padding": padding, "mode": mode}, [x]))


@some
@given(
    shapes(ranks, most=6),
    st.sampled_from(("nearest", "linear", "bilinear", "trilinear", "bicubic")),
    st.booleans(),
    st.data(),
)
def test_upsample(x: tuple[int, ...], mode: str, corners: bool, data: st.DataObject) -> None:
    x = (*x[:2], *(min(n, 3) for n in x[2:])) if len(x) == 5 else x
    ratio = st.fractions(min_value="1/4", max_value=3, max_denominator=5)
    written = {
        "scale_factor": data.draw(per_axis(ratio, len(x) - 2)),
        "size": data.draw(per_axis(st.integers(1, 9 if len(x) < 5 else 4), len(x) - 2)),
        "mode": mode,
        "align_corners": corners,
    }
    for left_out in data.draw(
        st.sampled_from((["size"], ["scale_factor"], ["size", "scale_factor"], []))
    ):
        del written[left_out]
    places = {"step": ratio, "start": st.fractions(-2, 2, max_denominator=4)}
    for name in data.draw(st.sampled_from(((), (), ("step", "start"), ("step",), ("start",)))):
        written[name] = data.draw(per_axis(places[name], len(x) - 2))
    check("upsample", (written, [x]))


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("pixel_shuffle", "upscale_factor"),
        ("pixel_unshuffle", "downscale_factor"),
        ("depth_to_space", "block_size"),
        ("space_to_depth", "block_size"),
    ],
)
@given(x=shapes(ranks, most=4), data=st.data())
def test_blocks(name: str, field: str, x: tuple[int, ...], data: st.DataObject) -> None:
    block = data.draw(per_axis(st.integers(1, 2), len(x) - 2))
    check(name, ({field: block}, [x]))


@pytest.mark.parametrize("name", ["global_max_pool", "global_avg_pool", "local_response_norm"])
@given(x=shapes(ranks, most=3), size=st.integers(1, 5))
def test_ops_of_any_map(name: str, x: tuple[int, ...], size: int) -> None:
    check(name, ({"size": size} if name == "local_response_norm" else {}, [x]))


@given(shapes(st.integers(0, 2), most=3), st.integers(1, 4))
def test_softmax(x: tuple[int, ...], axis: int) -> None:
    if broken(made("softmax", ({"dim": axis}, [x])), [x]) is None:
        check("softmax", ({"dim": axis}, [x]))
    else:
        assert axis >= len(x)


dims = st.integers(-4, 4).filter(bool)


@some
@given(shapes(st.integers(0, 2), most=3), dims | st.lists(dims, min_size=1, max_size=3), st.data())
def test_ops_along_axes(x: tuple[int, ...], dim: int | list[int], data: st.DataObject) -> None:
    keepdim = data.draw(st.booleans())
    for name in ("sum", "mean", "amax", "prod", "l2", "log_sum_exp"):
        check(name, ({"dim": dim, "keepdim": keepdim}, [x]))
    affine, bias = data.draw(st.booleans()), data.draw(st.booleans())
    fields = {"dim": dim, "elementwise_affine": affine, "bias": bias}
    check("layer_norm", (fields, [x]))
    check("rms_norm", ({"dim": dim, "elementwise_affine": affine}, [x]))
    check("lp_norm", ({"dim": dim, "p": 1 + affine}, [x]))


@given(shapes(st.integers(0, 2), most=3), small, st.booleans())
def test_norms_of_channels(x: tuple[int, ...], groups: int, affine: bool) -> None:
    check("group_norm", ({"num_groups": groups, "affine": affine}, [x]))
    if len(x) > 2:
        check("instance_norm", ({"affine": affine}, [x]))


@given(shapes(st.integers(0, 2), most=2), small)
def test_prelu(x: tuple[int, ...], weights: int) -> None:
    check("prelu", ({"num_parameters": weights}, [x]))
