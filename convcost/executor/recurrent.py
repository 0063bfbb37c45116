"""Recurrent layers, step by step."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from convcost.executor.cell_arrays import Weights, cells_of
from convcost.executor.cell_functions import apply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from convcost.executor.namespace import Array, Plain
    from convcost.executor.stored import Shape

    Functions = Sequence[str | Sequence[str | float]]
    States = tuple[Array, ...]
    Step = Callable[[Weights, Array, States], States]


class Form(NamedTuple):
    """The fields that all recurrent layers have in common."""

    num_layers: int
    dim: int
    bidirectional: bool
    return_state: bool
    reverse: bool
    clip: float | None
    layout: str

    def sequence(self, x: Array) -> Array:
        """``[steps, batch, features]``, from wherever they are."""
        return x if self.dim == 0 else np.moveaxis(x, self.dim, 0)

    def state(self, array: Array) -> Array:
        """``[layers, batch, units]``."""
        return array.swapaxes(0, 1) if self.dim else array

    def written(self, made: Array) -> Array:
        """``[steps, batch, directions, units]`` as the layout has it."""
        if self.layout == "torch":
            y = made.reshape(*made.shape[:2], -1)
            return np.ascontiguousarray(np.moveaxis(y, 0, self.dim))
        order = (1, 0, 2, 3) if self.dim else (0, 2, 1, 3)
        return np.ascontiguousarray(made.transpose(order))

    def by_direction(self, functions: Functions, each: int) -> Sequence[Functions]:
        """The functions of each direction, which may share theirs."""
        several = functions if len(functions) > each else (*functions, *functions)
        return [several[:each], several[each:]][: 1 + self.bidirectional]


def _biased(xp: Plain, y: Array, bias: Array | None) -> Array:
    return y if bias is None else xp.add(y, bias, out=y)


def _clipped(xp: Plain, x: Array, bound: float | None) -> Array:
    return x if bound is None else xp.minimum(xp.maximum(x, -bound), bound)


def _passed(
    xp: Plain, x: Array, states: States, weights: Weights, step: Step, y: Array, *, back: bool
) -> States:
    """One layer in one direction: ``y`` is filled with the first state after each step, and the
    last states are returned."""
    steps, batch, features = x.shape
    given = xp.matmul(x.reshape(steps * batch, features), weights.ih.T)
    given = _biased(xp, given, weights.bias_ih).reshape(steps, batch, -1)
    for at in range(steps)[:: -1 if back else 1]:
        states = step(weights, given[at], states)
        y[at] = states[0]
    return states


def _run(
    xp: Plain,
    x: Array,
    given: Sequence[Array],
    sizes: Sequence[int],
    cell: Callable[[Functions], Step],
    functions: Sequence[Functions],
    form: Form,
    arrays: Mapping[str, Array],
) -> Array | tuple[Array, ...]:
    """All layers of a sequence, one after the other.

    Args:
        xp: the arithmetic.
        x: the sequence.
        given: the first states; zeros where there are none.
        sizes: of the states.
        cell: makes the step of some functions.
        functions: of each direction.
        form: what all recurrent layers have in common.
        arrays: weights by their names.
    """
    x = form.sequence(x)
    shape = (form.num_layers * len(functions), x.shape[1])
    first = [form.state(state) for state in given]
    first = first or [xp.constant(np.zeros((*shape, size)), like=x) for size in sizes]
    last: list[States] = []
    made = x[:, :, None]
    for cells in cells_of(arrays, form.num_layers, form.bidirectional, form.layout):
        made = np.empty((*x.shape[:2], len(cells), sizes[0]), dtype=x.dtype)
        for direction, weights in enumerate(cells):
            states = tuple(state[len(last)] for state in first)
            back, y = form.reverse or direction == 1, made[:, :, direction]
            step = cell(functions[direction])
            last.append(_passed(xp, x, states, weights, step, y, back=back))
        x = made.reshape(*made.shape[:2], -1)
    y = form.written(made)
    if not form.return_state:
        return y
    return (y, *(np.stack(ends, axis=int(form.dim > 0)) for ends in zip(*last, strict=True)))


def _of_state(xp: Plain, h: Array, weights: Weights) -> Array:
    return _biased(xp, xp.matmul(h, weights.hh.T), weights.bias_hh)


def _state_size(arrays: Mapping[str, Array]) -> int:
    return next(array for role, array in arrays.items() if role.startswith("weight_hh")).shape[-1]


def rnn(
    xp: Plain,
    x: Array,
    *states: Array,
    nonlinearity: Functions,
    num_layers: int,
    dim: int,
    bidirectional: bool,
    return_state: bool,
    reverse: bool,
    clip: float | None,
    layout: str,
    **arrays: Array,
) -> Array | tuple[Array, ...]:
    """``h = f(W x + b + U h + d)``."""
    form = Form(num_layers, dim, bidirectional, return_state, reverse, clip, layout)

    def cell(functions: Functions) -> Step:
        def step(weights: Weights, given: Array, states: States) -> States:
            z = xp.add(given, _of_state(xp, states[0], weights))
            return (apply(xp, functions[0], _clipped(xp, z, clip)),)

        return step

    functions = form.by_direction(nonlinearity, 1)
    return _run(xp, x, states, (_state_size(arrays),), cell, functions, form, arrays)


def gru(
    xp: Plain,
    x: Array,
    *states: Array,
    activations: Functions,
    reset_after: bool,
    num_layers: int,
    dim: int,
    bidirectional: bool,
    return_state: bool,
    reverse: bool,
    clip: float | None,
    layout: str,
    **arrays: Array,
) -> Array | tuple[Array, ...]:
    """``h = (1 - z) n + z h``; the reset gate acts on what is made of the state, or on itself."""
    form = Form(num_layers, dim, bidirectional, return_state, reverse, clip, layout)
    size = _state_size(arrays)
    gates = {"torch": "rz", "onnx": "zr"}[layout]

    def cell(functions: Functions) -> Step:
        def step(weights: Weights, given: Array, states: States) -> States:
            (h,) = states
            parts = slice(0, 2 * size)
            of_state = _of_state(xp, h, weights.rows(parts))
            z = xp.add(given[:, parts], of_state)
            both = apply(xp, functions[0], _clipped(xp, z, clip))
            gate = dict(zip(gates, np.split(both, 2, axis=1), strict=True))
            own = weights.rows(slice(2 * size, None))
            if reset_after:
                new = xp.multiply(gate["r"], _of_state(xp, h, own))
            else:
                new = _of_state(xp, xp.multiply(gate["r"], h), own)
            new = _clipped(xp, xp.add(given[:, 2 * size :], new), clip)
            new = xp.multiply(apply(xp, functions[1], new), _one_less(xp, gate["z"]))
            return (xp.add(new, xp.multiply(gate["z"], h)),)

        return step

    functions = form.by_direction(activations, 2)
    return _run(xp, x, states, (size,), cell, functions, form, arrays)


def _one_less(xp: Plain, x: Array) -> Array:
    return xp.add(xp.negative(x), 1.0)


def lstm(
    xp: Plain,
    x: Array,
    *states: Array,
    activations: Functions,
    input_forget: bool,
    num_layers: int,
    dim: int,
    bidirectional: bool,
    return_state: bool,
    reverse: bool,
    clip: float | None,
    layout: str,
    **arrays: Array,
) -> Array | tuple[Array, ...]:
    """``c = f c + i g`` and ``h = o tanh(c)``, which may be projected."""
    form = Form(num_layers, dim, bidirectional, return_state, reverse, clip, layout)
    order = {"torch": "ifgo", "onnx": "iofg"}[layout]

    def cell(functions: Functions) -> Step:
        def step(weights: Weights, given: Array, states: States) -> States:
            h, c = states
            sums = np.split(xp.add(given, _of_state(xp, h, weights)), 4, axis=1)
            z = dict(zip(order, sums, strict=True))
            seen = weights.seen

            def gate(name: str, c: Array) -> Array:
                total = xp.add(z[name], xp.multiply(c, seen[name])) if seen else z[name]
                return apply(xp, functions[0], _clipped(xp, total, clip))

            i = gate("i", c)
            f = _one_less(xp, i) if input_forget else gate("f", c)
            g = apply(xp, functions[1], _clipped(xp, z["g"], clip))
            c = xp.add(xp.multiply(f, c), xp.multiply(i, g))
            h = xp.multiply(gate("o", c), apply(xp, functions[2], c))
            return (h if weights.hr is None else xp.matmul(h, weights.hr.T), c)

        return step

    size = _state_size(arrays)
    hidden = next(a.shape[-2] for role, a in arrays.items() if role.startswith("weight_hh")) // 4
    functions = form.by_direction(activations, 3)
    return _run(xp, x, states, (size, hidden), cell, functions, form, arrays)


def of_recurrent(
    x: Shape,
    *others: Shape,
    gates: int,
    hidden_size: int,
    num_layers: int,
    bidirectional: bool,
    dim: int,
    layout: str,
) -> int:
    """The products of an input for all gates and what a layer makes, beside the sequence in order
    or what the layer before made; arrays of a step; and what is made before it is put in order."""
    made = prod(others[-1])
    features = x[1 if dim == 2 else 2]
    rows = prod(x) // features
    batch = rows // x[dim]
    ordered = dim == 0 or (dim == 1 and batch == 1)
    before = max(0 if ordered else prod(x), made if num_layers > 1 else 0)
    working = made + rows * gates * hidden_size + before + 4 * gates * batch * hidden_size
    in_place = ordered and (layout == "torch" or not bidirectional)
    return max(working - made, 0 if in_place else made)
