"""The one-node models that the onnx package tests runtimes with, run by us once imported.

A model's inputs are all inputs of its graph, weights and shapes too. Here the first is fed and the
others are arrays of the file, as networks have them; where that is not understood, all are fed.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import onnx
from onnx import helper, numpy_helper
from onnx.backend.test.loader import load_model_tests

from convcost.errors import ConvcostError
from convcost.execution.forward import execute
from convcost.executor.namespace import Running
from convcost.importers.onnx import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from convcost.network import Network
    from convcost.tensor import Weight

    Array = np.ndarray[Any, np.dtype[Any]]

PLAIN = {
    helper.np_dtype_to_tensor_dtype(np.dtype(name))
    for name in ("bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64")
} | {helper.np_dtype_to_tensor_dtype(np.dtype(name)) for name in ("float16", "float32", "float64")}
WITHIN = {"rtol": 1e-3, "atol": 1e-5}
WITHIN_HALF = {"rtol": 1e-2, "atol": 1e-3}  # float16 has three digits


class Case(NamedTuple):
    """A model of one node; ``arrays`` reads what it is fed and what it must make."""

    name: str
    model: onnx.ModelProto
    arrays: Callable[[], tuple[Sequence[Array], Sequence[Array]]]

    @property
    def has_plain_types(self) -> bool:
        """Whether all that it reads and makes are arrays of numbers that NumPy has."""
        values = (*self.model.graph.input, *self.model.graph.output)
        return all(value.type.tensor_type.elem_type in PLAIN for value in values)


def cases() -> Iterator[Case]:
    """Those of the package that is installed; operators written out as functions are left aside."""
    found: list[Any] = load_model_tests(kind="node")
    for case in found:
        if "_expanded" in case.name:
            continue
        if case.model is None:  # old packages ship files
            folder = Path(case.model_dir)
            model = onnx.ModelProto.FromString((folder / "model.onnx").read_bytes())
            yield Case(case.name, model, partial(_of_files, folder, model.graph))
        else:
            yield Case(case.name, case.model, partial(_of_sets, case.data_sets))


def _of_sets(sets: Sequence[Any]) -> tuple[Sequence[Array], Sequence[Array]]:
    inputs, outputs = (list(map(_array, side)) for side in sets[0])
    return inputs, outputs


def _array(value: Any) -> Array:
    return (
        numpy_helper.to_array(value) if isinstance(value, onnx.TensorProto) else np.asarray(value)
    )


def _of_files(folder: Path, graph: onnx.GraphProto) -> tuple[Sequence[Array], Sequence[Array]]:
    def arrays(kind: str, count: int) -> Sequence[Array]:
        paths = [folder / "test_data_set_0" / f"{kind}_{n}.pb" for n in range(count)]
        tensors = [onnx.TensorProto.FromString(path.read_bytes()) for path in paths]
        return [numpy_helper.to_array(tensor) for tensor in tensors]

    return arrays("input", len(graph.input)), arrays("output", len(graph.output))


class Refused(Exception):  # noqa: N818 - it says why a model is not run
    """Why a model cannot be run here."""


def outcome(case: Case, folder: Path) -> str:
    """``right``, or a word for why the model is not run, or is not run rightly."""
    reasons: list[str] = []
    for stored in (True, False):
        try:
            return _outcome(case, folder, stored=stored)
        except Refused as refused:
            reasons.append(str(refused))
    return reasons[0]


def _outcome(case: Case, folder: Path, *, stored: bool) -> str:
    if not case.has_plain_types:
        raise Refused("types")
    inputs, outputs = case.arrays()
    names = [value.name for value in case.model.graph.input]
    given: dict[str, Array] = dict(zip(names, inputs, strict=True))
    kept = {name: given.pop(name) for name in names[1:]} if stored else {}
    network = _imported(case.model, kept, folder)
    made = _made(network, given, kept)
    if network.differs:
        return "approximate"
    return "right" if all(map(_same, made, outputs)) else "wrong"


def _imported(model: onnx.ModelProto, kept: Mapping[str, Array], folder: Path) -> Network:
    """The network of a model of which some inputs are arrays of the file."""
    own = onnx.ModelProto()
    own.CopyFrom(model)
    del own.graph.input[:]
    own.graph.input.extend(value for value in model.graph.input if value.name not in kept)
    own.graph.initializer.extend(numpy_helper.from_array(a, name) for name, a in kept.items())
    path = folder / "case.onnx"
    path.write_bytes(own.SerializeToString())
    try:
        network = load(str(path))
    except ConvcostError as error:
        raise Refused("not read") from error
    if network.unknown:
        raise Refused("unknown")
    return network


def _made(network: Network, given: Mapping[str, Array], kept: Mapping[str, Array]) -> list[Array]:
    def array(weight: Weight) -> Array:
        if weight.values is not None:
            return np.broadcast_to(np.asarray(weight.values, np.float32), weight.shape)
        own = kept.get(weight.name, np.zeros(weight.shape, np.float32))  # or of a source that draws
        return own.T if own.shape != weight.shape and own.ndim == 2 else own.reshape(weight.shape)

    with np.errstate(all="ignore"):
        return list(execute(network, given, array, Running()).values())


def _same(ours: Array, theirs: Array) -> bool:
    within = WITHIN_HALF if theirs.dtype == np.float16 else WITHIN
    return ours.shape == theirs.shape and np.allclose(
        ours.astype(np.float64), theirs.astype(np.float64), equal_nan=True, **within
    )
