"""Where an operand of attention comes from: what is moved, scaled, and made by which layer."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, NamedTuple

from convcost.importers.recompose.layout import (
    Digit,
    Layout,
    made_by,
    moved,
    moves,
    of_whole_axes,
    whole,
)
from convcost.importers.recompose.rewrite import Step
from convcost.ops.elementwise import Div, Scale
from convcost.ops.join import Multiply
from convcost.ops.linear import Linear
from convcost.tensor import Weight

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convcost.importers.recompose.graph import Graph
    from convcost.network import Layer
    from convcost.tensor import Tensor


class Operand(NamedTuple):
    """A tensor as elements of ``x``, moved and times ``factor``; ``linear`` is the layer, if any,
    that makes features of those of ``x`` first. ``path`` is what is in between: layers, each with
    the output that the next one reads."""

    x: Tensor
    layout: Layout
    factor: float
    path: Sequence[tuple[Layer, Tensor]]
    linear: Layer | None = None

    @property
    def parts(self) -> list[Layer]:
        """The layers in between."""
        return [layer for layer, _ in self.path]

    @property
    def rows(self) -> tuple[int, int]:
        """The features that it takes of those that the linear layer makes, from where to where."""
        last = len(self.layout.starts) - 1
        start = self.layout.starts[last]
        return start, start + prod(d.size for d in self.layout.digits if d.axis == last)

    @property
    def can_be_made(self) -> bool:
        """Whether it is all of ``x``, or all that some neighbouring features give."""
        *others, start = self.layout.starts
        if self.linear is None:
            all_of_it = prod(self.layout.shape) == prod(self.x.shape)
            return all_of_it and not start and not any(others)
        last, apart = len(others), 1
        for digit in sorted(self.layout.digits, key=lambda digit: digit.apart):
            if digit.axis == last:
                if digit.apart != apart:
                    return False
                apart *= digit.size
        return prod(self.layout.shape) == prod(self.x.shape[:-1]) * apart and not any(others)

    def steps(self, word: str, before: int) -> list[Step]:
        """The layers that make it, unscaled, where there are so many before them."""
        found: list[Step] = []
        width = self.x.shape[-1]
        if self.linear is not None:
            start, end = self.rows
            width = end - start
            weights = _rows(self.linear.weights, start, end)
            name = self.linear.name
            called = name if weights is self.linear.weights else f"{name}.{word}"
            op = self.linear.op.replaced(out_features=width)
            found.append(Step(op, (self.x,), weights, called))
        layout = self.layout._replace(starts=(0,) * len(self.layout.starts))
        for op in made_by(layout, (*self.x.shape[:-1], width)):
            found.append(Step(op, (before + len(found) - 1 if found else self.x,)))
        return found


def _rows(weights: Mapping[str, Weight], start: int, end: int) -> Mapping[str, Weight]:
    """The part of stored arrays that makes some of the features."""
    if all(weight.shape[0] == end - start for weight in weights.values()):
        return weights
    found: dict[str, Weight] = {}
    for role, weight in weights.items():
        name, shape = f"{weight.name}[{start}:{end}]", (end - start, *weight.shape[1:])
        found[role] = Weight(name, shape, True, weight.dtype)
        found[role].turned = weight.turned
    return found


def factor_of(graph: Graph, layer: Layer) -> tuple[Tensor, float] | None:
    """Return the tensor that a layer multiplies and the known number, or None if it does something
    else."""
    op = layer.op
    if isinstance(op, Scale):
        return layer.inputs[0], float(op.factor)
    if not isinstance(op, (Div, Multiply)) or len(layer.inputs) != 2:
        return None
    places = (1,) if isinstance(op, Div) else (0, 1)
    for place in places:
        number, x = graph.number(layer.inputs[place]), layer.inputs[1 - place]
        if number and x.shape == layer.outputs[0].shape:
            return x, 1 / number if isinstance(op, Div) else number
    return None


def operand(graph: Graph, tensor: Tensor, *, through: bool, parted: bool) -> Operand:
    """Where an operand comes from; ``through`` a linear layer, if one makes it, and from a tensor
    of which others take parts, if it may be ``parted``."""
    x, path = _path(graph, tensor, parted=parted)
    found = _followed(graph, Operand(x, whole(x.shape), 1, ()), path)
    linear = graph.makers.get(found.x)
    if not through or linear is None or not isinstance(linear.op, Linear):
        return found
    source, leading = _path(graph, linear.inputs[0], parted=parted)
    before = _followed(graph, Operand(source, whole(source.shape), 1, ()), leading)
    last = len(before.x.shape) - 1
    kept = before.layout.axes[-1] == whole(before.x.shape).axes[last]
    kept = kept and of_whole_axes(before.layout.axes, before.x.shape)
    if before.factor != 1 or not kept or not before.can_be_made:
        before = Operand(linear.inputs[0], whole(linear.inputs[0].shape), 1, ())
        last = len(before.x.shape) - 1
    features = (Digit(last, 1, linear.outputs[0].shape[-1]),)
    layout = before.layout._replace(axes=(*before.layout.axes[:-1], features))
    first = Operand(before.x, layout, 1, (*before.path, (linear, found.x)), linear)
    return _followed(graph, first, found.path)


def _path(
    graph: Graph, tensor: Tensor, *, parted: bool
) -> tuple[Tensor, list[tuple[Layer, Tensor]]]:
    """The tensor that another is moved and scaled from, and the layers that do it."""
    path: list[tuple[Layer, Tensor]] = []
    while (layer := graph.makers.get(tensor)) is not None and graph.leaf(tensor) is None:
        scaled = factor_of(graph, layer)
        if scaled is None and not moves(layer):
            break
        if prod(layer.inputs[0].shape) > prod(tensor.shape) and not parted and scaled is None:
            break
        path.append((layer, tensor))
        tensor = layer.inputs[0] if scaled is None else scaled[0]
    return tensor, path[::-1]


def _followed(graph: Graph, first: Operand, path: Sequence[tuple[Layer, Tensor]]) -> Operand:
    """An operand after some more layers; from a layer on that cannot be followed."""
    found = first
    for layer, output in path:
        scaled = factor_of(graph, layer)
        layout = found.layout if scaled is not None else moved(found.layout, layer, output)
        if layout is None:
            found = Operand(output, whole(output.shape), 1, ())
            continue
        factor = found.factor * (1 if scaled is None else scaled[1])
        further = (*found.path, (layer, output))
        found = found._replace(layout=layout, factor=factor, path=further)
    return found
