"""A layer whose kernel is run, and what makes such layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from brute_ops import RUN
from brute_sets import inputs_of

from convcost.executor.kernels import KERNELS

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
        """The elements that each output reads, and the products, by loops; None if there are no
        loops."""
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


def pad(about: str, shape: Shape, padding: Any, mode: str, value: float) -> Case:
    return Case("pad", about, (shape,), {"padding": padding, "mode": mode, "value": value})
