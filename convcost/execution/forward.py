"""A Network handed to the executor: which kernel, which arrays, in which order.

The only place where the two sides meet. It passes fields and arrays on and knows no cost.
"""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager, nullcontext
from functools import cache
from inspect import signature
from math import prod, sqrt
from typing import TYPE_CHECKING, Any, NamedTuple, cast
from zlib import crc32

import numpy as np

from convcost.execution.weight_files import weight_file
from convcost.executor.kernels import KERNELS, STORED
from convcost.ops import op_name
from convcost.ops.fields import declared
from convcost.tensor import Weight

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping, Sequence

    from convcost.executor.namespace import Array, Plain
    from convcost.network import Layer, Network
    from convcost.tensor import Tensor

    Arrays = Callable[[Weight], Array]


def seeded(seed: int, dtype: type[Any] = np.float32) -> Arrays:
    """Arrays for weights: the same for the same seed and name, of a size that keeps the values of
    deep networks in range."""

    def array(weight: Weight) -> Array:
        rng = np.random.default_rng([seed, crc32(weight.name.encode())])
        values = rng.random(weight.shape, dtype=np.float32)
        if weight.name.endswith("running_var"):
            return (values + np.float32(0.5)).astype(dtype, copy=False)
        values -= np.float32(0.5)
        if len(weight.shape) > 1:
            values *= np.float32(2 * sqrt(3 / max(1, prod(weight.shape[1:]))))
        return values.astype(dtype, copy=False)

    return array


@contextmanager
def given(network: Network, path: str | None, seed: int) -> Generator[tuple[Arrays, list[str]]]:
    """The arrays that a spec gives, and seeded ones for weights that it leaves open.

    Args:
        network: whose weights.
        path: an ``.npz`` file with arrays by the weights' names, in place of the spec's; it stays
            open, and is read as arrays are asked for.
        seed: of the others.

    Yields:
        The function that makes the array of a weight, and the names of those that are seeded.

    Raises:
        ConvcostError: the file cannot be read, or does not fit the network.
    """
    weights = {w.name: w for layer in network.layers for w in layer.weights.values()}
    path = path or network.weights
    drawn = seeded(seed)
    shapes = {name: weight.shape for name, weight in weights.items()}
    with nullcontext() if path is None else weight_file(path, shapes, _by_path(network)) as stored:

        def array(weight: Weight) -> Array:
            if weight.values is not None:
                return np.broadcast_to(np.array(weight.values, dtype=np.float32), weight.shape)
            if stored is not None and weight.name in stored:
                return stored.array(weight.name)
            return drawn(weight)

        known = {*stored.entries} if stored is not None else set[str]()
        yield array, [n for n, w in weights.items() if w.values is None and n not in known]


def _by_path(network: Network) -> dict[str, str]:
    """The names of weights by what they are called after the paths of layers."""
    return {
        f"{layer.path}.{role}": weight.name
        for layer in network.layers
        for role, weight in layer.weights.items()
    }


def seeded_inputs(network: Network, seed: int) -> dict[str, Array]:
    """An array for each input, by name: the same for the same seed."""
    rng = np.random.default_rng(seed)
    return {
        name: rng.standard_normal(tensor.shape, dtype=np.float32)
        for name, tensor in network.inputs.items()
    }


@cache
def _takes(function: Callable[..., Any]) -> frozenset[str]:
    return frozenset(signature(function).parameters)


def op_fields(layer: Layer, function: Callable[..., Any]) -> dict[str, Any]:
    """The fields of a layer's op that a function takes."""
    takes = _takes(function)
    fields = declared(type(layer.op))
    return {name: getattr(layer.op, name) for name in fields if name in takes}


def kernel_fields(layer: Layer) -> dict[str, Any]:
    """The fields of a layer's op that its kernel takes."""
    fields = op_fields(layer, KERNELS[op_name(type(layer.op))])
    fields.pop("bias", None)  # of the kernel that is the array, not whether there is one
    return fields


def stored(layer: Layer, shapes: Sequence[tuple[int, ...]]) -> dict[str, Weight]:
    """The weights of a layer, by role, as its kernel wants them: the op is not asked for them. They
    are the layer's own where it has them so. A model may hold what an op would learn as a buffer.

    Args:
        layer: whose names and types they have.
        shapes: of the arrays that it reads.
    """
    wanted = STORED.get(op_name(type(layer.op)))
    if wanted is None:
        return {}
    arrays = wanted(*shapes, **op_fields(layer, wanted))
    found: dict[str, Weight] = {}
    for learned, some in ((True, arrays.learned), (False, arrays.constant)):
        for role, shape in some.items():
            own = layer.weights.get(role)
            if own is None:
                own = Weight(f"{layer.name}.{role}", shape, learned, layer.outputs[0].dtype)
            held = learned and not own.learned and role in layer.op.weights(*layer.input_shapes)
            if own.shape != shape or (own.learned != learned and not held):
                own = Weight(own.name, shape, learned, own.dtype)
            found[role] = own
    return found


def run_layer(
    layer: Layer, inputs: Sequence[Array], weights: Mapping[str, Array], xp: Plain
) -> Any:
    """The arrays that a layer's kernel makes."""
    plain = len(inputs) - len(layer.op.given(*layer.input_shapes))
    made: dict[str, Any] = dict(zip(layer.op.roles, inputs[plain:], strict=False))
    kernel: Any = KERNELS[op_name(type(layer.op))]
    with np.errstate(all="ignore"):  # no number and no end are values like others
        return kernel(xp, *inputs[:plain], **weights, **made, **kernel_fields(layer))


class Done(NamedTuple):
    """A layer that has run: what it made, the weights that its kernel took and their arrays, by
    role, and the arrays alive by their tensors, its inputs and outputs among them. Those of
    ``ending`` are let go next."""

    layer: Layer
    outputs: tuple[Array, ...]
    stored: Mapping[str, Weight]
    weights: Mapping[str, Array]
    alive: Mapping[Tensor, Array]
    ending: Sequence[Tensor]


def several(result: Any) -> tuple[Array, ...]:
    """The results of a kernel, as several arrays."""
    arrays = cast("tuple[Array, ...]", result if isinstance(result, tuple) else (result,))
    return tuple(np.asarray(array) for array in arrays)  # NumPy makes numbers of arrays of no axis


def _undirected(layer: Layer, sources: Sequence[Array]) -> Iterator[Sequence[Array]]:
    """The inputs of a layer without what moves its samples; once for each side of a choice."""
    moving, choosing = layer.op.offsets_input, layer.op.choice_input
    still = [x * 0 if number in (moving, choosing) else x for number, x in enumerate(sources)]
    yield still
    if choosing is not None:
        yield [x + 1 if number == choosing else x for number, x in enumerate(still)]


def _nans_of(a: Array, b: Array) -> Array:
    """One array with the NaNs of both."""
    return np.where(np.isnan(b), b, a)


def execute(
    network: Network,
    inputs: Mapping[str, Array],
    arrays: Arrays,
    xp: Plain,
    done: Callable[[Done], None] | None = None,
    *,
    undeformed: bool = False,
    run: Callable[[Layer, Sequence[Array], Mapping[str, Array], Plain], Any] = run_layer,
) -> dict[str, Array]:
    """Run a network; what no later layer reads is let go.

    Args:
        network: what to run.
        inputs: an array for each input, batch first, by name.
        arrays: makes the array of a weight, once for each.
        xp: the arithmetic.
        done: told of each layer after it ran.
        undeformed: whether offsets are taken times 0, so that nothing is moved, and all that a
            condition chooses from is taken; NaNs among them stay.
        run: runs a layer's kernel.

    Returns:
        An array for each output, by name.
    """
    left = Counter(network.edges.reads)
    alive = {t: inputs[name] for name, t in network.inputs.items() if left[t]}
    shared: dict[tuple[str, tuple[int, ...], bool], Array] = {}
    users = _users(network)
    for layer in network.layers:
        sources = [alive[tensor] for tensor in layer.inputs]
        weights: dict[str, Array] = {}
        wanted = stored(layer, [array.shape for array in sources])
        for role, weight in wanted.items():
            key = weight.name, weight.shape, weight.turned
            weights[role] = shared[key] if key in shared else arrays(weight)
            if users.get(weight.name, 1) > 1:
                shared[key] = weights[role]
        made = [
            several(run(layer, each, weights, xp))
            for each in (_undirected(layer, sources) if undeformed else (sources,))
        ]
        outputs = made[0] if len(made) == 1 else tuple(map(_nans_of, *made))
        alive.update(zip(layer.outputs, outputs, strict=True))
        left.subtract(layer.inputs)
        used = dict.fromkeys((*layer.inputs, *layer.outputs))
        ending = [tensor for tensor in used if not left[tensor]]
        if done is not None:
            done(Done(layer, outputs, wanted, weights, alive, ending))
        for tensor in ending:
            del alive[tensor]
        del sources, made, outputs, weights
    return {name: alive[tensor] for name, tensor in network.outputs.items()}


def _users(network: Network) -> dict[str, int]:
    """The number of layers that use each weight, by its name."""
    users: dict[str, int] = {}
    for layer in network.layers:
        for weight in layer.weights.values():
            users[weight.name] = users.get(weight.name, 0) + 1
    return users
