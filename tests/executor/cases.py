"""Example layers of every kernel, small enough for loops and for tallies."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from brute_ops import RUN
from brute_sets import inputs_of
from op_examples import network_of

from convcost.execution.forward import kernel_fields, stored
from convcost.executor.kernels import KERNELS
from convcost.ops import OPS

if TYPE_CHECKING:
    from brute_sets import Ran
    from layers import Array, Shape

    from convcost.executor.namespace import Plain


OF_PLACES = ("gather", "scatter", "gather_elements", "gather_nd", "reverse_sequence", "max_unpool")


class Case(NamedTuple):
    """A layer: shapes of its inputs and learned arrays, and its fields."""

    name: str
    about: str
    inputs: tuple[Shape, ...]
    fields: dict[str, Any] = {}  # noqa: RUF012 - nobody writes to it
    learned: dict[str, Shape] = {}  # noqa: RUF012

    def arrays(self, dtype: type[Any] = np.float64) -> tuple[list[Array], dict[str, Array]]:
        """Inputs and learned arrays, at random; both sides of 0 and 6."""
        rng = np.random.default_rng(2)
        inputs = [rng.normal(scale=4, size=shape).astype(dtype) for shape in self.inputs]
        if self.name in ("pow", "sqrt", "log"):  # what is real only
            inputs = [np.abs(x) for x in inputs]
        if self.name in ("asin", "acos", "atanh"):
            inputs = [np.tanh(x / 8) for x in inputs]
        if self.name == "acosh":
            inputs = [1 + np.abs(x) for x in inputs]
        if self.name in OF_PLACES:  # the second is of positions
            inputs[1:2] = [np.abs(np.rint(x)) for x in inputs[1:2]]
        if self.name == "one_hot":
            inputs = [np.rint(x) for x in inputs]
        if self.name == "grid_sample":  # some of it inside
            inputs[1] /= 4
        if self.name == "where":
            inputs[0] = np.asarray(inputs[0] > 0, dtype=dtype)
        if self.name in (
            "equal",
            "logical_and",
            "logical_or",
            "logical_xor",
            "logical_not",
        ):  # some true ones
            inputs = [np.rint(x / 4) for x in inputs]
        learned = {key: rng.normal(size=shape) for key, shape in self.learned.items()}
        if "running_var" in learned:
            learned["running_var"] **= 2
        return inputs, {key: array.astype(dtype) for key, array in learned.items()}

    def run(self, xp: Plain, inputs: list[Array], learned: dict[str, Array]) -> tuple[Array, ...]:
        """All outputs of the kernel."""
        outputs = KERNELS[self.name](xp, *inputs, **learned, **self.fields)
        return outputs if isinstance(outputs, tuple) else (outputs,)

    def by_loops(self) -> Ran | None:
        """What each output element reads, and the products, by loops; None where there are none."""
        if self.name not in RUN:
            return None
        fields = dict(self.fields)
        if self.name in ("conv", "conv_transpose", "deform_conv", "linear"):
            filters, inner, *kernel = self.learned["weight"]
            fields |= {"out_channels": filters, "out_features": filters, "kernel_size": kernel}
            if self.name == "conv_transpose":
                fields["out_channels"] = inner * fields["groups"]
        if self.name == "parameter":
            fields |= {"shape": self.learned["value"]}
        if self.name == "prelu":
            (fields["num_parameters"],) = self.learned["weight"]
        return RUN[self.name](fields, *inputs_of(self.inputs))


def conv(
    about: str, x: Shape, weight: Shape, *, bias: bool = True, name: str = "conv", **fields: Any
) -> Case:
    rank = len(x) - 2
    usual = {"stride": (1,) * rank, "padding": ((0, 0),) * rank, "dilation": (1,) * rank}
    learned = {"weight": weight}
    groups = fields.get("groups", 1)
    if bias:
        learned["bias"] = (weight[0] if name == "conv" else weight[1] * groups,)
    return Case(name, about, (x,), usual | {"groups": groups} | fields, learned)


def transposed(about: str, x: Shape, weight: Shape, **fields: Any) -> Case:
    fields = {"output_padding": (0,) * (len(x) - 2)} | fields
    return conv(about, x, weight, name="conv_transpose", **fields)


def pool(name: str, about: str, x: Shape, kernel_size: Shape, **fields: Any) -> Case:
    rank = len(x) - 2
    usual = {"kernel_size": kernel_size, "stride": None, "padding": ((0, 0),) * rank}
    usual |= {"ceil_mode": False, "dilation": (1,) * rank}
    usual |= {"count_include_pad": True} if name == "avg_pool" else {}
    usual |= {"return_indices": False, "indices_of_all": False} if name == "max_pool" else {}
    return Case(name, about, (x,), usual | fields)


def deformed(about: str, x: Shape, weight: Shape, *, mask: bool = False, **fields: Any) -> Case:
    usual: dict[str, Any] = {"offset_groups": 1}
    plain = conv(about, x, weight, name="deform_conv", **usual | fields)
    learned = {role: shape for role, shape in plain.learned.items() if role == "weight"}
    if "bias" in plain.learned:
        learned["bias"] = weight[:1]
    (seen,) = RUN["conv"](
        plain.fields | {"out_channels": weight[0], "kernel_size": weight[2:]}, *inputs_of((x,))
    ).outputs
    points = int(np.prod(weight[2:])) * plain.fields["offset_groups"]
    steering = [points * (len(x) - 2), *([points] if mask else [])]
    inputs = (x, *((x[0], values, *seen.shape[2:]) for values in steering))
    return plain._replace(inputs=inputs, learned=learned)


def upsample(about: str, x: Shape, **fields: Any) -> Case:
    usual = {"scale_factor": None, "size": None, "mode": "nearest", "align_corners": False}
    usual |= {"step": None, "start": None}
    return Case("upsample", about, (x,), usual | fields)


def scatter(about: str, *inputs: Shape, **fields: Any) -> Case:
    return Case("scatter", about, inputs, {"dim": None, "reduce": None} | fields)


ROWS = "a product for each row of taps"
AT_ONCE = "all taps at once"


def pad(about: str, shape: Shape, padding: Any, mode: str, value: float) -> Case:
    return Case("pad", about, (shape,), {"padding": padding, "mode": mode, "value": value})


CASES = [
    conv(AT_ONCE, (2, 3, 5, 4), (4, 3, 3, 2), padding=((1, 0), (0, 1))),
    conv(f"{AT_ONCE}, strided and dilated", (1, 2, 7, 6), (3, 2, 2, 3), stride=(3, 1),
         dilation=(2, 2), padding=((2, 1), (0, 2)), bias=False),
    conv(f"{AT_ONCE}, groups", (1, 6, 4, 4), (4, 3, 2, 2), groups=2, padding="same"),
    conv(f"{AT_ONCE}, 1x1", (2, 3, 3, 2), (2, 3, 1, 1), stride=(2, 1)),
    conv(f"{AT_ONCE}, 1D", (2, 3, 6), (2, 3, 3), stride=(2,), padding="same"),
    conv(f"{AT_ONCE}, 3D", (1, 2, 3, 4, 3), (2, 2, 2, 3, 2), padding=((1, 0), (1, 1), (0, 0))),
    conv(f"{ROWS}, 2 of them", (1, 64, 4, 4), (2, 64, 2, 3), padding=((0, 1), (1, 0)),
         dilation=(2, 1), stride=(1, 2)),
    conv(f"{ROWS}, 3 of them, groups", (1, 66, 4, 4), (2, 33, 3, 2), groups=2, padding="same"),
    conv(f"{ROWS}, 4 of them, 3D", (1, 64, 3, 2, 4), (2, 64, 2, 2, 1), bias=False,
         padding=((0, 0), (1, 0), (0, 0))),
    conv("depthwise", (2, 4, 4, 5), (4, 1, 3, 3), groups=4, padding="same", stride=(1, 2)),
    conv("depthwise with a multiplier", (1, 3, 4, 4), (6, 1, 2, 3), groups=3, bias=False),
    conv("depthwise 1x1, 3D", (2, 2, 2, 3, 2), (2, 1, 1, 1, 1), groups=2),
    transposed("2D", (1, 2, 3, 3), (2, 3, 3, 2), stride=(2, 1), padding=((1, 0), (0, 1)),
               output_padding=(1, 0)),
    transposed("1D, holes", (2, 2, 4), (2, 2, 2), stride=(3,), output_padding=(2,), bias=False),
    transposed("3D, groups", (1, 4, 2, 2, 3), (4, 2, 2, 1, 2), groups=2, dilation=(1, 1, 2)),
    deformed("2D", (2, 2, 4, 3), (3, 2, 3, 2), padding=((1, 1), (0, 1)), stride=(1, 2)),
    deformed("modulated, groups", (1, 4, 4, 3), (4, 2, 2, 2), mask=True, groups=2,
             offset_groups=4, dilation=(2, 1), bias=False),
    deformed("modulated, offset groups", (2, 4, 3, 3), (2, 4, 2, 2), mask=True,
             offset_groups=2, padding="same"),
    deformed("1D", (2, 2, 5), (2, 2, 3), padding="same", mask=True),
    deformed("3D", (1, 2, 2, 3, 2), (1, 2, 2, 2, 1), padding=((0, 1), (0, 0), (1, 0))),
    Case("deform_sample", "2D", ((2, 3, 3, 4), (2, 6, 3, 4))),
    Case("deform_sample", "1D", ((2, 3, 5), (2, 3, 5))),
    Case("deform_sample", "3D", ((1, 2, 2, 3, 2), (1, 6, 2, 3, 2))),
    Case("linear", "bias", ((2, 3, 4),), {}, {"weight": (5, 4), "bias": (5,)}),
    Case("linear", "no bias", ((3, 4),), {}, {"weight": (2, 4)}),
    Case("matmul", "2D", ((3, 4), (4, 2))),
    Case("matmul", "broadcast", ((2, 1, 2, 3), (4, 3, 2))),
Case("einsum", "rows by rows", ((2, 3, 4), (2, 5, 4)), {"equation": "bij,bkj->bik"}),
    Case("einsum", "nothing summed", ((2, 3), (4, 2)), {"equation": "ab,ca->bac"}),
    Case("einsum", "sums of one input", ((2, 3, 4), (3, 5)), {"equation": "abc,bd->d"}),
    Case("einsum", "two axes", ((2, 3, 4), (4, 3, 5)), {"equation": "abc,cbd->da"}),
    Case("einsum", "everything", ((2, 3), (3, 2)), {"equation": "ab,ba->"}),
    Case("grid_sample", "2D", ((2, 3, 3, 4), (2, 4, 2, 2)),
         {"mode": "bilinear", "padding_mode": "zeros", "align_corners": False}),
    Case("grid_sample", "1D, nearest", ((2, 3, 5), (2, 4, 1)),
         {"mode": "nearest", "padding_mode": "zeros", "align_corners": True}),
    Case("grid_sample", "nearest, border", ((2, 3, 5, 2), (2, 4, 3, 2)),
         {"mode": "nearest", "padding_mode": "border", "align_corners": False}),
    Case("grid_sample", "cubic", ((2, 3, 4, 3), (2, 2, 3, 2)),
         {"mode": "bicubic", "padding_mode": "zeros", "align_corners": False}),
    Case("grid_sample", "cubic, border", ((1, 2, 3, 4), (1, 3, 2, 2)),
         {"mode": "bicubic", "padding_mode": "border", "align_corners": True}),
    Case("grid_sample", "3D, border", ((1, 2, 2, 3, 2), (1, 2, 3, 1, 3)),
         {"mode": "bilinear", "padding_mode": "border", "align_corners": True}),
    pool("max_pool", "padded", (2, 2, 5, 4), (3, 2), padding=((1, 0), (0, 1)), stride=(1, 2)),
    pool("max_pool", "ceil mode", (1, 2, 5, 6), (2, 3), ceil_mode=True, dilation=(2, 1)),
    pool("max_pool", "one tap", (1, 2, 5), (1,), stride=(2,)),
    pool("max_pool", "with positions", (2, 2, 5, 4), (3, 2), padding=((1, 1), (0, 1)),
         return_indices=True, ceil_mode=True),
    pool("max_pool", "with positions in all", (2, 2, 5), (2,), return_indices=True,
         indices_of_all=True),
    pool("lp_pool", "of squares", (2, 2, 5, 4), (3, 2), padding=((1, 0), (0, 1)), norm_type=2),
    pool("lp_pool", "of absolute values", (1, 2, 5, 6), (2, 3), ceil_mode=True, norm_type=1),
    pool("lp_pool", "of cubes", (1, 2, 5), (2,), dilation=(2,), norm_type=3),
    Case("max_unpool", "to a size", ((2, 2, 3, 2), (2, 2, 3, 2)), {"kernel_size": (2, 2),
         "stride": None, "padding": ((0, 0), (0, 0)), "output_size": (7, 4)}),
    Case("max_unpool", "overlapping", ((2, 2, 3), (2, 2, 3)), {"kernel_size": (3,),
         "stride": (2,), "padding": ((1, 1),), "output_size": None}),
    pool("avg_pool", "padded", (2, 2, 5, 4), (3, 2), padding=((1, 0), (0, 1)), stride=(1, 2)),
    pool("avg_pool", "apart", (1, 2, 7, 6), (3, 2), dilation=(2, 3), count_include_pad=False),
    pool("avg_pool", "ceil mode", (1, 2, 5, 6), (2, 4), ceil_mode=True),
    pool("avg_pool", "without padding in the mean", (1, 1, 4, 3, 3), (3, 2, 2), ceil_mode=True,
         padding=((1, 1), (1, 0), (0, 1)), count_include_pad=False),
    pool("avg_pool", "one tap", (1, 2, 5), (1,), stride=(2,)),
    Case("adaptive_max_pool", "overlapping", ((2, 2, 5, 4),), {"output_size": (3, 2)}),
    Case("adaptive_max_pool", "larger than the map", ((1, 2, 3),), {"output_size": (5,)}),
    Case("adaptive_avg_pool", "overlapping", ((2, 2, 5, 4),), {"output_size": (3, 2)}),
    Case("adaptive_avg_pool", "3D", ((1, 2, 3, 2, 4),), {"output_size": (2, 1, 5)}),
    Case("global_max_pool", "2D", ((2, 3, 3, 4),)),
    Case("global_avg_pool", "2D", ((2, 3, 3, 4),)),
    Case("global_avg_pool", "3D", ((1, 3, 2, 2, 2),)),
    Case("batch_norm", "affine", ((2, 3, 4, 2),), {"eps": 1e-5},
         dict.fromkeys(("running_mean", "running_var", "weight", "bias"), (3,))),
    Case("batch_norm", "not affine", ((2, 3, 4),), {"eps": 1e-3},
         dict.fromkeys(("running_mean", "running_var"), (3,))),
    Case("batch_norm", "of features", ((2, 3),), {"eps": 1e-3},
         dict.fromkeys(("running_mean", "running_var", "weight", "bias"), (3,))),
    Case("local_response_norm", "odd", ((2, 5, 3),),
         {"size": 3, "alpha": 0.1, "beta": 0.75, "k": 2.0}),
    Case("local_response_norm", "even, wider than the channels", ((1, 3, 2, 2),),
         {"size": 8, "alpha": 0.1, "beta": 0.5, "k": 1.0}),
    Case("local_response_norm", "one channel", ((1, 3, 2),),
         {"size": 1, "alpha": 0.1, "beta": 0.5, "k": 1.0}),
    Case("layer_norm", "channels", ((2, 3, 4, 2),), {"dim": (1,), "eps": 1e-5},
         {"weight": (3,), "bias": (3,)}),
    Case("layer_norm", "last, no bias", ((2, 3, 4),), {"dim": (-1,), "eps": 1e-3},
         {"weight": (4,)}),
    Case("layer_norm", "two axes", ((2, 3, 2, 4),), {"dim": (3, 1), "eps": 1e-3},
         {"weight": (3, 4), "bias": (3, 4)}),
    Case("layer_norm", "not affine", ((2, 3),), {"dim": (1,), "eps": 1e-3}),
    Case("group_norm", "2D", ((2, 6, 2, 3),), {"num_groups": 2, "eps": 1e-5},
         {"weight": (6,), "bias": (6,)}),
    Case("group_norm", "of features", ((2, 4),), {"num_groups": 2, "eps": 1e-5}),
    Case("instance_norm", "2D", ((2, 3, 4, 2),), {"eps": 1e-5}),
    Case("instance_norm", "affine", ((2, 3, 4),), {"eps": 1e-5}, {"weight": (3,), "bias": (3,)}),
Case("layer_norm", "the batch", ((2, 3, 4),), {"dim": (0, 2), "eps": 1e-3},
         {"weight": (2, 4), "bias": (2, 4)}),
    Case("rms_norm", "channels", ((2, 3, 4, 2),), {"dim": (1,), "eps": 1e-5}, {"weight": (3,)}),
    Case("rms_norm", "not affine", ((2, 3, 4),), {"dim": (0, 2), "eps": 1e-3}),
    Case("lp_norm", "of absolute values", ((2, 3, 4),), {"dim": (1,), "p": 1}),
    Case("lp_norm", "of squares", ((2, 3, 4),), {"dim": (0, 2), "p": 2}),
    Case("relu", "2D", ((2, 3, 4, 4),)),
    Case("relu6", "2D", ((2, 3, 4, 4),)),
    Case("leaky_relu", "2D", ((2, 3, 4, 4),), {"negative_slope": 0.1}),
    Case("prelu", "one weight", ((2, 3, 4, 4),), {}, {"weight": (1,)}),
    Case("prelu", "a weight for each channel", ((2, 3, 4),), {}, {"weight": (3,)}),
    Case("gelu", "by erf", ((2, 3, 4),), {"approximate": "none"}),
    Case("gelu", "by tanh", ((2, 3, 4),), {"approximate": "tanh"}),
    Case("elu", "1D", ((2, 3, 4),), {"alpha": 0.5}),
    Case("softplus", "both sides of its threshold", ((2, 3, 4),), {"beta": 2.0, "threshold": 3.0}),
    Case("celu", "1D", ((2, 3, 4),), {"alpha": 0.5}),
    Case("thresholded_relu", "1D", ((2, 3, 4),), {"alpha": 1.0}),
    Case("softmax", "channels", ((2, 3, 4),), {"dim": 1}),
    Case("softmax", "last", ((2, 3, 2, 4),), {"dim": 3}),
Case("log_softmax", "channels", ((2, 3, 4),), {"dim": 1}),
    Case("log_softmax", "the batch", ((2, 3, 4),), {"dim": 0}),
    Case("softmax", "the batch", ((2, 3, 4),), {"dim": 0}),
    Case("parameter", "2D", (), {"batch": True}, {"value": (2, 3, 4)}),
    Case("add", "two", ((2, 3, 4), (2, 3, 4))),
    Case("add", "three, broadcast", ((2, 3, 4), (2, 3, 1), (4,))),
    Case("multiply", "two", ((2, 3, 4), (2, 3, 4))),
    Case("multiply", "three, broadcast", ((2, 1, 1), (2, 3, 1), (1, 4))),
    Case("sub", "broadcast", ((2, 3, 4), (3, 1))),
    Case("div", "broadcast", ((3, 1), (2, 3, 4))),
    Case("minimum", "three, broadcast", ((2, 3, 4), (2, 3, 1), (4,))),
    Case("maximum", "three, broadcast", ((2, 1, 1), (2, 3, 1), (1, 4))),
    Case("pow", "two inputs", ((2, 3, 4), (3, 1)), {"exponent": None}),
    Case("pow", "a constant exponent", ((2, 3, 4),), {"exponent": 0.5}),
    Case("scale", "1D", ((2, 3, 4),), {"factor": 0.125}),
    Case("shift", "1D", ((2, 3, 4),), {"amount": -0.5}),
    Case("clip", "both sides", ((2, 3, 4),), {"min": -0.5, "max": 1.5}),
    Case("clip", "from below", ((2, 3, 4),), {"min": -0.5, "max": None}),
    Case("clip", "from above", ((2, 3, 4),), {"min": None, "max": 1.5}),
    Case("less", "broadcast", ((2, 3, 4), (3, 1))),
    Case("greater", "broadcast", ((3, 1), (2, 3, 4))),
    Case("equal", "broadcast", ((3, 1), (2, 3, 4))),
    Case("logical_and", "broadcast", ((2, 3, 4), (3, 1))),
    Case("logical_or", "broadcast", ((2, 3, 4), (3, 1))),
    Case("logical_xor", "broadcast", ((2, 3, 4), (3, 1))),
    Case("remainder", "broadcast", ((2, 3, 4), (3, 1))),
    Case("fmod", "broadcast", ((2, 3, 4), (3, 1))),
    Case("isinf", "one side", ((2, 3, 4),), {"positive": False, "negative": True}),
    Case("shrink", "soft", ((2, 3, 4),), {"lambd": 2.0, "shift": 2.0}),
    Case("sum", "one axis gone", ((2, 3, 4),), {"dim": (1,), "keepdim": False}),
    Case("sum", "two axes kept", ((2, 3, 4, 2),), {"dim": (-1, 1), "keepdim": True}),
    Case("mean", "two axes gone", ((2, 3, 4, 2),), {"dim": (2, 3), "keepdim": False}),
    Case("mean", "one axis kept", ((2, 3, 4),), {"dim": (-1,), "keepdim": True}),
    Case("amax", "one axis gone", ((2, 3, 4, 2),), {"dim": (-2,), "keepdim": False}),
    Case("amax", "two axes kept", ((2, 3, 4),), {"dim": (1, 2), "keepdim": True}),
Case("amin", "one axis gone", ((2, 3, 4, 2),), {"dim": (-2,), "keepdim": False}),
    Case("amin", "two axes kept", ((2, 3, 4),), {"dim": (1, 2), "keepdim": True}),
    Case("amin", "the batch", ((2, 3, 4),), {"dim": (0, 2), "keepdim": False}),
    Case("prod", "one axis gone", ((2, 3, 4, 2),), {"dim": (-2,), "keepdim": False}),
    Case("prod", "two axes kept", ((2, 3, 4),), {"dim": (1, 2), "keepdim": True}),
    Case("prod", "the batch", ((2, 3, 4),), {"dim": (0, 2), "keepdim": False}),
    Case("l1", "one axis gone", ((2, 3, 4, 2),), {"dim": (-2,), "keepdim": False}),
    Case("l1", "two axes kept", ((2, 3, 4),), {"dim": (1, 2), "keepdim": True}),
    Case("l1", "the batch", ((2, 3, 4),), {"dim": (0, 2), "keepdim": False}),
    Case("l2", "one axis gone", ((2, 3, 4, 2),), {"dim": (-2,), "keepdim": False}),
    Case("l2", "two axes kept", ((2, 3, 4),), {"dim": (1, 2), "keepdim": True}),
    Case("l2", "the batch", ((2, 3, 4),), {"dim": (0, 2), "keepdim": False}),
    Case("sum_square", "one axis gone", ((2, 3, 4, 2),), {"dim": (-2,), "keepdim": False}),
    Case("sum_square", "two axes kept", ((2, 3, 4),), {"dim": (1, 2), "keepdim": True}),
    Case("sum_square", "the batch", ((2, 3, 4),), {"dim": (0, 2), "keepdim": False}),
    Case("log_sum_exp", "one axis gone", ((2, 3, 4, 2),), {"dim": (-2,), "keepdim": False}),
    Case("log_sum_exp", "two axes kept", ((2, 3, 4),), {"dim": (1, 2), "keepdim": True}),
    Case("log_sum_exp", "the batch", ((2, 3, 4),), {"dim": (0, 2), "keepdim": False}),
    Case("mean", "everything", ((2, 3, 4),), {"dim": (0, 1, 2), "keepdim": False}),
    Case("sum", "all but the batch", ((2, 3, 4),), {"dim": (1, 2), "keepdim": False}),
    Case("argmax", "gone", ((2, 3, 4),), {"dim": 1, "keepdim": False}),
    Case("argmax", "the batch", ((3, 4),), {"dim": 0, "keepdim": True}),
    Case("argmin", "kept", ((2, 3, 4),), {"dim": 2, "keepdim": True}),
    Case("topk", "the largest", ((2, 3, 4),), {"k": 3, "dim": 2, "largest": True}),
    Case("topk", "the smallest", ((2, 3, 4),), {"k": 1, "dim": 1, "largest": False}),
    Case("cumsum", "forwards", ((2, 3, 4),), {"dim": 2, "exclusive": False, "reverse": False}),
    Case("cumsum", "backwards", ((2, 3, 4),), {"dim": 1, "exclusive": False, "reverse": True}),
    Case("cumsum", "of those before", ((2, 3, 4),),
         {"dim": 0, "exclusive": True, "reverse": False}),
    Case("cumsum", "of those after", ((2, 4),), {"dim": 1, "exclusive": True, "reverse": True}),
    Case("concat", "channels", ((2, 3, 2), (2, 1, 2), (2, 2, 2)), {"dim": 1}),
Case("concat", "the batch", ((2, 3), (1, 3)), {"dim": 0}),
    Case("split", "the batch", ((3, 2),), {"parts": None, "sizes": (1, 2), "dim": 0}),
    Case("split", "parts", ((2, 3, 4),), {"parts": 2, "sizes": None, "dim": 2}),
    Case("split", "sizes", ((2, 6, 2),), {"parts": None, "sizes": (1, 3, 2), "dim": 1}),
    Case("channel_shuffle", "2D", ((2, 6, 2, 1),), {"groups": 3}),
    Case("flatten", "all", ((2, 3, 2, 2),), {"start_dim": 1, "end_dim": -1}),
    Case("flatten", "the map", ((2, 3, 2, 2),), {"start_dim": 2, "end_dim": 3}),
    Case("reshape", "what is left", ((2, 3, 4),), {"shape": (2, -1, 3)}),
    Case("permute", "2D", ((2, 3, 4, 2),), {"dims": (2, 3, 1)}),
Case("view", "across the batch", ((2, 3, 4),), {"shape": (4, -1)}),
    Case("transpose", "the batch last", ((2, 3, 4),), {"dims": (2, 1, 0)}),
    Case("slice", "to and fro", ((2, 5, 6),),
         {"dims": (2, 1), "starts": (-1, 1), "ends": (-100, 9), "steps": (-2, 2)}),
    Case("slice", "the batch", ((3, 4),),
         {"dims": (0,), "starts": (1,), "ends": (3,), "steps": (1,)}),
    Case("expand", "more axes", ((2, 1, 3),), {"shape": (2, 1, 4, 1)}),
    Case("tile", "the batch too", ((2, 1, 3),), {"repeats": (2, 3, 2)}),
    Case("gather", "a list", ((2, 3, 4),), {"dim": 1, "indices": (2, 0, -1, 2)}),
    Case("gather", "the batch", ((2, 3),), {"dim": 0, "indices": (1,)}),
    Case("gather", "a second input", ((2, 3, 4), (2, 2)), {"dim": 1, "indices": None}),
    scatter("along an axis", (2, 3, 4), (1, 2, 4), (1, 2, 4), dim=1),
    scatter("by addresses", (3, 4, 2), (2, 2, 2), (2, 2, 2)),
    scatter("rows by addresses", (3, 4), (5, 1), (5, 4)),
    scatter("added", (3, 4), (5, 1), (5, 4), reduce="sum"),
    scatter("multiplied", (2, 3, 4), (1, 2, 4), (1, 2, 4), dim=1, reduce="prod"),
    scatter("the larger", (3, 4), (5, 1), (5, 4), reduce="amax"),
    scatter("the smaller", (3, 4), (5, 1), (5, 4), reduce="amin"),
    Case("gather_elements", "fewer", ((2, 3, 4), (2, 5, 3)), {"dim": 1}),
    Case("gather_elements", "the batch", ((3, 4), (2, 4)), {"dim": 0}),
    Case("gather_nd", "rows", ((3, 4, 2), (2, 1)), {"axes": 1, "batch_dims": 0}),
    Case("gather_nd", "elements", ((3, 4), (2, 5, 2)), {"axes": 2, "batch_dims": 0}),
    Case("gather_nd", "shared axes", ((2, 3, 4, 5), (2, 6, 1)), {"axes": 1, "batch_dims": 1}),
    Case("gather_nd", "two shared", ((2, 3, 4), (2, 3, 1)), {"axes": 1, "batch_dims": 2}),
    Case("one_hot", "last", ((2, 3),), {"num_classes": 4, "dim": 2, "hot": 2.0, "cold": -1.0}),
    Case("tril", "moved", ((2, 3, 4),), {"diagonal": -1}),
    Case("triu", "moved", ((3, 4),), {"diagonal": 2}),
    Case("reverse_sequence", "time first", ((5, 3, 2), (3, 1)), {"dim": 0, "batch_dim": 1}),
    Case("where", "broadcast", ((2, 3, 1), (3, 4), (2, 1, 1))),
    Case("crop", "the middle", ((2, 3, 5, 4),), {"size": (2, 3), "start": None}),
    Case("crop", "from a start", ((2, 3, 5, 4),), {"size": (2, 3), "start": (3, 0)}),
    Case("crop", "nothing off", ((2, 3, 5),), {"size": (5,), "start": None}),
    pad("zeros", (2, 2, 3, 2), ((1, 2), (0, 1)), "constant", 0.0),
    pad("reflect", (2, 2, 3, 2), ((1, 2), (0, 1)), "reflect", 0.0),
    pad("circular", (2, 2, 3, 2), ((1, 2), (0, 2)), "circular", 0.0),
    pad("value", (2, 2, 3, 2), ((1, 2), (0, 1)), "constant", 2.5),
    pad("replicate", (2, 2, 3, 2), ((1, 2), (0, 3)), "replicate", 0.0),
    pad("nothing on", (2, 2, 3), ((0, 0),), "constant", 0.0),
    upsample("by a ratio", (2, 2, 3, 4), scale_factor=(Fraction(5, 3), Fraction(1, 2))),
    upsample("to a size", (2, 2, 3, 2), size=(5, 6)),
    upsample("linear", (2, 2, 4), scale_factor=(Fraction(5, 2),), mode="linear"),
    upsample("linear, corners", (1, 2, 4), size=(7,), mode="linear", align_corners=True),
    upsample("bilinear", (2, 2, 3, 4), scale_factor=(Fraction(2), Fraction(2, 3)),
             mode="bilinear"),
    upsample("bilinear, corners", (1, 2, 3, 4), size=(5, 1), mode="bilinear", align_corners=True),
    upsample("bicubic", (2, 2, 3, 4), size=(9, 5), mode="bicubic"),
    upsample("bicubic, corners", (1, 2, 4, 1), size=(7, 2), mode="bicubic", align_corners=True),
    upsample("bilinear, placed", (2, 2, 3, 4), size=(5, 3), mode="bilinear",
             step=(Fraction(1, 2), Fraction(4, 3)), start=(Fraction(-1, 3), Fraction(0))),
    upsample("trilinear", (1, 2, 2, 2, 3), size=(3, 2, 5), mode="trilinear"),
    Case("dft", "complex", ((2, 3, 5, 2),),
         {"dim": 1, "length": 4, "onesided": False, "inverse": True}),
    Case("dft", "one side", ((2, 8, 1),),
         {"dim": 1, "length": 6, "onesided": True, "inverse": False}),
    Case("unfold", "2D", ((2, 2, 4, 5),),
         {"kernel_size": (3, 2), "dilation": (1, 2), "padding": ((1, 0), (0, 2)),
          "stride": (2, 1)}),
    Case("fold", "2D", ((2, 12, 12),), {"output_size": (4, 5), "kernel_size": (3, 2),
         "dilation": (1,), "padding": (0, 1), "stride": (1,)}),
    Case("fold", "1D, a rest", ((2, 6, 2),), {"output_size": (7,), "kernel_size": (2,),
         "dilation": (2,), "padding": (0,), "stride": (3,)}),
    Case("pixel_shuffle", "2D", ((2, 12, 2, 3),), {"upscale_factor": (2, 3)}),
    Case("pixel_shuffle", "3D", ((1, 8, 1, 2, 1),), {"upscale_factor": (2, 2, 2)}),
    Case("pixel_unshuffle", "2D", ((2, 2, 4, 6),), {"downscale_factor": (2, 3)}),
    Case("depth_to_space", "2D", ((2, 12, 2, 3),), {"block_size": (2, 3)}),
    Case("depth_to_space", "1D", ((2, 6, 2),), {"block_size": (2,)}),
    Case("space_to_depth", "2D", ((2, 2, 4, 6),), {"block_size": (2, 3)}),
]  # fmt: skip


def of_example(op: str) -> Case:
    """The example of an op, made smaller, as its kernel takes it."""
    (layer,) = network_of(op, side=4).layers
    learned = {role: weight.shape for role, weight in stored(layer, layer.input_shapes).items()}
    return Case(op, "the example", layer.input_shapes, kernel_fields(layer), learned)


CASES.extend(of_example(op) for op in OPS if op in KERNELS)
IDS = [f"{case.name}: {case.about}" for case in CASES]
