"""Inputs whose values are given: constants, as if they stood in the file."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from convcost.errors import ConvcostError, cut, plural, printable
from convcost.importers.building.sizes import shown
from convcost.importers.building.values import Stored
from convcost.importers.onnx.dtypes import DTYPES
from convcost.importers.onnx.fold import MOST_ELEMENTS, TYPES

if TYPE_CHECKING:
    import onnx

    from convcost.importers.building.sizes import Sizes
    from convcost.importers.building.values import Known


def stored_value(path: str, value: onnx.ValueInfoProto, sizes: Sizes) -> Stored:
    """An input as a constant of the values that are given for it.

    One number fills the whole input, and numbers of one sample are those of every sample.

    Raises:
        ConvcostError: the numbers do not fit its shape or its type.
    """
    import numpy as np

    numbers = np.asarray(sizes.given.values[value.name])
    written = ",".join(map(str, numbers.reshape(-1)[:8].tolist()))
    option = f"--value {value.name}={cut(written)}"

    def refused(said: str) -> ConvcostError:
        return ConvcostError(f"{printable(path)}: {printable(option)}: {said}")

    shape = _shape(sizes, value.name, numbers)
    if shape is None:
        open_ = shown(sizes.shape(value.name) or ())
        raise refused(f"its shape is open ({open_}): --dim or --input gives the sizes")
    if prod(shape) > MOST_ELEMENTS:
        raise refused(f"its shape is {shown(shape)}, which is more than {MOST_ELEMENTS:,} numbers")
    elements = value.type.tensor_type.elem_type
    array = _cast(numbers.reshape(-1), elements)
    if array is None:
        raise refused(f"the input is of {_type(elements)}")
    if array.size not in (1, prod(shape), _of_sample(sizes, value.name, shape)):
        takes = f"shape {shown(shape)}" if shape else "one number"
        raise refused(f"{plural(array.size, 'number')} for an input of {takes}")
    known = np.resize(array, shape)
    return Stored(value.name, shape, DTYPES.get(elements, "float32"), known, learned=False)


def _shape(sizes: Sizes, name: str, numbers: Known) -> tuple[int, ...] | None:
    """The full shape, where one open size may follow from how many numbers there are."""
    shape = sizes.shape(name)
    if shape is None:
        return numbers.shape
    own = sizes.inputs[name]
    if len(shape) == 1 and own and not isinstance(own[0], int) and numbers.size > 1:
        return (numbers.size,)
    known = [size for size in shape if isinstance(size, int)]
    if len(known) == len(shape):
        return tuple(known)
    sample, left = prod(known[1:]), len(shape) - len(known)
    if left > 1 or numbers.size == 1 or numbers.size % max(1, sample):
        return None
    return tuple(s if isinstance(s, int) else numbers.size // sample for s in shape)


def _of_sample(sizes: Sizes, name: str, shape: tuple[int, ...]) -> int:
    """How many numbers one sample takes; all, where the file fixes the first axis."""
    fixed = (sizes.inputs[name] or shape)[:1] == shape[:1]
    return prod(shape if fixed else shape[1:])


def _dtype(elements: int) -> Any:
    import numpy as np
    from onnx import helper

    try:
        return np.dtype(TYPES.get(elements) or helper.tensor_dtype_to_np_dtype(elements))
    except KeyError:
        return np.dtype(object)


def _cast(numbers: Known, elements: int) -> Known | None:
    """The numbers as the input's type has them; None where it cannot hold one of them."""
    import numpy as np

    dtype = _dtype(elements)
    if dtype.kind not in "biuf" or numbers.dtype.kind not in "biuf":
        return None
    with np.errstate(all="ignore"):
        array = numbers.astype(dtype)
    exact = dtype.kind == "f" or bool((array == numbers).all())
    return array if exact else None


def _type(elements: int) -> str:
    dtype = _dtype(elements)
    return f"{dtype} numbers" if dtype.kind in "biuf" else "what is not a number"
