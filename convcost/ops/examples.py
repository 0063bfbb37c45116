"""A layer of each op, as a person may write it: what `explain` shows and names the sizes of."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convcost.ops.op import Op

MAP = (64, 28, 28)


class Example(NamedTuple):
    """Fields as they are written in a spec, and the shapes of the inputs without the batch."""

    fields: Mapping[str, object] = {}
    shapes: tuple[tuple[int, ...], ...] = (MAP,)


_PLAIN = (Example(),)
_TWO = (Example(shapes=(MAP, MAP)),)
_OFFSETS, _MASK = (18, 28, 28), (9, 28, 28)
_CONV = {"out_channels": 128, "kernel_size": 3, "padding": 1}
_POOL = (Example({"kernel_size": 3, "stride": 2, "padding": 1}),)
_REDUCTION = (Example({"dim": [2, 3]}),)
_SIZES = (Example({"output_size": 7}),)

EXAMPLES: dict[str, tuple[Example, ...]] = {
    "conv": (Example(_CONV),),
    "conv_transpose": (Example({"out_channels": 32, "kernel_size": 4, "stride": 2, "padding": 1}),),
    "deform_conv": (
        Example(_CONV, (MAP, _OFFSETS)),
        Example(_CONV, (MAP, _OFFSETS, _MASK)),
    ),
    "deform_sample": (Example({}, (MAP, (128, 28, 28))),),
    "grid_sample": (Example({}, (MAP, (14, 14, 2))),),
    "linear": (Example({"out_features": 1000}, ((512,),)),),
    "matmul": (Example(shapes=((8, 196, 64), (8, 64, 196))),),
    "einsum": (Example({"equation": "bij,bjk->bik"}, ((196, 64), (64, 196))),),
    "max_pool": _POOL,
    "avg_pool": _POOL,
    "adaptive_max_pool": _SIZES,
    "adaptive_avg_pool": _SIZES,
    "local_response_norm": (Example({"size": 5}),),
    "group_norm": (Example({"num_groups": 32}),),
    "scale": (Example({"factor": Fraction(1, 8)}),),
    "shift": (Example({"amount": 3}),),
    "clip": (Example({"min": 0, "max": 6}),),
    "pow": (Example({"exponent": 2}), *_TWO),
    "sum": _REDUCTION,
    "mean": _REDUCTION,
    "amax": _REDUCTION,
    "amin": _REDUCTION,
    "prod": _REDUCTION,
    "l1": _REDUCTION,
    "l2": _REDUCTION,
    "sum_square": _REDUCTION,
    "log_sum_exp": _REDUCTION,
    "topk": (Example({"k": 5}),),
    "parameter": (Example({"shape": [64, 1, 1]}, ()),),
    "concat": (Example(shapes=(MAP, (32, 28, 28))),),
    "split": (Example({"parts": 2}), Example({"sizes": [48, 16]})),
    "channel_shuffle": (Example({"groups": 4}),),
    "reshape": (Example({"shape": [64, -1]}),),
    "permute": (Example({"dims": [2, 3, 1]}),),
    "view": (Example({"shape": [1, 64, -1]}),),
    "transpose": (Example({"dims": [0, 2, 3, 1]}),),
    "slice": (Example({"dims": [2], "starts": [0], "ends": [-1], "steps": [2]}),),
    "expand": (Example({"shape": [1, 64, 28, 28]}, ((64, 1, 1),)),),
    "tile": (Example({"repeats": [1, 1, 2, 2]}),),
    "gather": (Example({"indices": [0, 1]}), Example({}, (MAP, (7,)))),
    "scatter": (Example({"dim": 1}, (MAP, (7, 28, 28), (7, 28, 28))),),
    "where": (Example({}, (MAP, MAP, MAP)),),
    "pixel_shuffle": (Example({"upscale_factor": 2}),),
    "pixel_unshuffle": (Example({"downscale_factor": 2}),),
    "depth_to_space": (Example({"block_size": 2}),),
    "space_to_depth": (Example({"block_size": 2}),),
    "crop": (Example({"size": 24}),),
    "pad": (Example({"padding": 1}),),
    "upsample": (Example({"scale_factor": 2}), Example({"size": 50})),
    **dict.fromkeys(
        ("add", "multiply", "sub", "div", "minimum", "maximum", "less", "greater", "equal"), _TWO
    ),
    "logical_and": _TWO,
    "logical_or": _TWO,
}
"""The first one is what an op's formulas are shown of, the others where they differ."""


def input_names(op: type[Op], count: int) -> tuple[str, ...]:
    """What the inputs of an example are called."""
    return (op.inputs_called or ("a", "b", "c"))[:count]


def examples(op: str) -> tuple[Example, ...]:
    """Layers of an op: one without fields over one input, unless the table says otherwise."""
    return EXAMPLES.get(op, _PLAIN)
