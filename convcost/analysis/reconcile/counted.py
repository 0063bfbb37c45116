"""A network counted by a convention: our MACs, and what each of its terms adds."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import cache
from itertools import combinations
from math import isfinite, prod
from typing import TYPE_CHECKING, NamedTuple, cast

from convcost.allowance import answering, at_each
from convcost.errors import ConvcostError, similar
from convcost.further_metrics import TRAINING
from convcost.metrics import COUNTS
from convcost.ops.fields import declared
from convcost.ops.kinds import PerAxis, Word
from convcost.spec.syntax import ExpressionError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from convcost.analysis.analyze.layer_cost import LayerCost
    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.conventions.convention import Convention, Term
    from convcost.network import Layer
    from convcost.spec.expression import Expression
    from convcost.spec.syntax import Value

SHAPES: Mapping[str, Callable[[Layer], Value]] = {
    "batch": lambda layer: layer.inputs[0].shape[0],
    "inputs": lambda layer: prod(layer.inputs[0].shape),
    "outputs": lambda layer: prod(layer.outputs[0].shape),
    "all_outputs": lambda layer: sum(prod(tensor.shape) for tensor in layer.outputs),
    "in_channels": lambda layer: layer.inputs[0].shape[layer.op.channels_axis],
    "out_channels": lambda layer: layer.outputs[0].shape[layer.op.channels_axis],
    "in_positions": lambda layer: prod(layer.inputs[0].shape[2:]),
    "out_positions": lambda layer: prod(layer.outputs[0].shape[2:]),
    "in_rank": lambda layer: len(layer.inputs[0].shape),
    "in_shape": lambda layer: [*layer.inputs[0].shape],
    "in_features": lambda layer: layer.inputs[0].shape[-1],
    "out_features": lambda layer: layer.outputs[0].shape[-1],
    "taps": lambda layer: prod(getattr(layer.op, "kernel_size", ())),
    "weights": lambda layer: _learned(layer, "weight"),
    "biases": lambda layer: _learned(layer, "bias"),
    "averaged": lambda layer: _averaged(layer),
    "einsum_path": lambda layer: _einsum_path(layer),
}
"""Names that counts know of every layer, besides our metrics and the fields of its op: elements of
its first input and output, their sizes, elements of its learned arrays, the numbers that windows of
averages have in them, and what NumPy's ``einsum_path`` reports of an einsum."""


MODULE = "module"
SUBCLASS = "subclass"
OF_PYTORCH = "torch.nn.modules."
_WORD = re.compile(r"[A-Z]+(?![a-z])(?:\dd)?|[A-Z][a-z]*(?:\dd)?")
# Hardly anybody calls the functions of these, which take arrays that modules keep.
OF_MODULES = ("batch_norm", "conv", "conv_transpose", "linear")


class Count(NamedTuple):
    """The count that a term adds for one layer. ``assumed``: if a module of PyTorch computes it, as
    most networks have it; the file does not say."""

    term: Term
    value: int
    assumed: bool = False


class CountedLayer(NamedTuple):
    """A layer as a tool counts it.

    Attributes:
        cost: the layer.
        products: its MACs, as often as the tool counts one.
        counts: what terms add, in order; those that add nothing are left out.
        known: whether the convention says how the tool counts such a layer.
    """

    cost: LayerCost
    products: int
    counts: Sequence[Count]
    known: bool

    @property
    def total(self) -> int:
        """The tool's count for it."""
        return self.products + sum(count.value for count in self.counts)


class Counted(NamedTuple):
    """A network as a tool counts it. ``unknown`` are layers of which the convention says nothing:
    they have MACs, and the total may lack them."""

    convention: Convention
    layers: Sequence[CountedLayer]

    @property
    def total(self) -> int:
        """The tool's total, but for unknown layers."""
        return sum(layer.total for layer in self.layers)

    @property
    def unknown(self) -> Sequence[CountedLayer]:
        """Layers that have MACs, and the convention does not say how the tool counts them."""
        return [layer for layer in self.layers if not layer.known]

    @property
    def products(self) -> int:
        """Our MACs, as often as the tool counts one."""
        return sum(layer.products for layer in self.layers)

    @property
    def assumed(self) -> Sequence[tuple[CountedLayer, Count]]:
        """The counts that hold only if modules of PyTorch compute the layers, which the file does
        not say."""
        return [(layer, c) for layer in self.layers for c in layer.counts if c.assumed]

    @property
    def by_term(self) -> Mapping[str, Sequence[tuple[CountedLayer, Count]]]:
        """The count of each term, layer by layer, in the order of the convention."""
        found: dict[str, list[tuple[CountedLayer, Count]]] = {
            term.name: [] for term in self.convention.terms
        }
        for layer in self.layers:
            for count in layer.counts:
                found[count.term.name].append((layer, count))
        return {name: counts for name, counts in found.items() if counts}


@answering
def counted(analysis: Analysis, convention: Convention) -> Counted:
    """A network as a tool counts it.

    Args:
        analysis: of the network.
        convention: of the tool.

    Raises:
        ConvcostError: an expression of the convention has no value for a layer.
    """
    terms = convention.by_op
    kept: dict[object, tuple[int, tuple[Count, ...], bool]] = {}
    layers: list[CountedLayer] = []
    costs = {cost.layer: cost for cost in analysis.layers}
    metrics = (*COUNTS, *(name for name in TRAINING if name in analysis.totals))
    for layer in at_each([cost.layer for cost in analysis.layers]):
        cost = costs[layer]
        arrays = tuple((role, of.shape, of.learned) for role, of in layer.weights.items())
        shapes = (layer.input_shapes, tuple(tensor.shape for tensor in layer.outputs))
        counts = tuple(cost.counts[metric] for metric in metrics)
        called = (layer.module, layer.around, layer.function)
        key = (layer.op, called, shapes, arrays, counts, convention.base in cost.lacking)
        if key not in kept:
            kept[key] = _counted(cost, convention, terms.get(cost.op, ()))
        layers.append(CountedLayer(cost, *kept[key]))
    return Counted(convention, layers)


def _counted(
    cost: LayerCost, convention: Convention, terms: Sequence[Term]
) -> tuple[int, tuple[Count, ...], bool]:
    names = Names(cost)
    products = convention.times * cost.counts[convention.base]
    called = how_called(cost.layer.module, cost.op)
    about = [
        term
        for term in terms
        if (not term.called or (called or MODULE) in term.called)
        and _is_there(term, cost.layer)
        and (term.when is None or _value(term, term.when, names))
    ]
    counts = tuple(
        Count(
            term,
            _whole(term, _value(term, term.adds, names), names),
            assumed=bool(term.called) and not called and cost.op not in OF_MODULES,
        )
        for term in about
    )
    silent = not products and cost.op not in convention.unknown
    known = silent or cost.op in convention.products or bool(about)
    known = known and cost.layer.op.costed and convention.base not in cost.lacking
    return products, tuple(count for count in counts if count.value), known


def _is_there(term: Term, layer: Layer) -> bool:
    """Whether a layer is in the modules, and done by the functions, that a term is about."""
    if term.function and layer.function not in term.function:
        return False
    around = {*layer.around, *(kind.rpartition(".")[2] for kind in layer.around)}
    return term.outside.isdisjoint(around) and (
        not term.within or not term.within.isdisjoint(around)
    )


@cache
def how_called(module: str, op: str) -> str:
    """Whether a layer is a ``module`` of PyTorch, a ``subclass`` of one, as far as its name tells,
    or a ``function`` that a network calls; "" where nobody says.

    Args:
        module: the class of the module that computes it.
        op: the layer's op.
    """
    if not module:
        return ""
    from convcost.spec.other_words import op_meant

    name = module.rpartition(".")[2]
    if op_meant(name, [op]) == op:
        return MODULE if module.startswith(OF_PYTORCH) else SUBCLASS
    words = _WORD.findall(name)  # BatchNormAct2d, Conv2dSame
    runs = ("".join(words[i:j]) for i, j in combinations(range(len(words) + 1), 2))
    return SUBCLASS if any(op_meant(run, [op]) == op for run in runs) else "function"


class Names:
    """The names that a count may ask for, of one layer."""

    def __init__(self, cost: LayerCost) -> None:
        self.cost = cost
        self._counts = {name.replace(".", "_"): count for name, count in cost.counts.items()}

    def __call__(self, name: str) -> Value:
        """The value of a name.

        Raises:
            UnknownNameError: such a layer has none.
        """
        layer = self.cost.layer
        if name in SHAPES:
            return SHAPES[name](layer) if layer.inputs else 0
        if name in self._counts:
            return self._counts[name]
        fields = declared(type(layer.op))
        if name in fields:
            value = getattr(layer.op, name)
            if value is None and isinstance(fields[name].kind, PerAxis):
                return []
            return _of_field(value)
        if any(
            isinstance(field.kind, Word) and name in field.kind.words for field in fields.values()
        ):
            return name
        raise UnknownNameError(name)

    @property
    def known(self) -> list[str]:
        """All of them."""
        return [*SHAPES, *self._counts, *declared(type(self.cost.layer.op))]


def _of_field(value: object) -> Value:
    """A field as expressions know it: a list for each axis, "" where there is no value."""
    if isinstance(value, (list, tuple)):
        return [_of_field(item) for item in cast("Sequence[object]", value)]
    if isinstance(value, float) and isfinite(value):
        return Fraction(str(value))
    return value if isinstance(value, (int, str, Fraction)) else "" if value is None else str(value)


def _value(term: Term, of: Expression, names: Names) -> Value:
    try:
        return of.evaluate(names)
    except UnknownNameError as error:
        raise _error(term, names, f"{error}", similar(error.name, names.known, "name")) from None
    except ExpressionError as error:
        raise _error(term, names, error.message, error.notes) from None


def _whole(term: Term, value: Value, names: Names) -> int:
    if isinstance(value, int):
        return +value  # a yes is 1
    said = f"a count is a whole number, and here is {value}"
    raise _error(term, names, said, ("`//` divides, and leaves the rest out",))


def _error(term: Term, names: Names, said: str, notes: Sequence[str]) -> ConvcostError:
    where = f"{term.source}: {term.name}: of the layer '{names.cost.name}'"
    return ConvcostError("\n  ".join((f"{where}: {said}", *notes)))


def _learned(layer: Layer, role: str) -> int:
    """Elements of learned arrays of a role, or of the input that is in their place: weights that a
    network computes first."""
    if role in layer.op.inputs_called:
        place = layer.op.inputs_called.index(role)
        return prod(layer.inputs[place].shape) if place < len(layer.inputs) else _owned(layer, role)
    return _owned(layer, role)


def _owned(layer: Layer, role: str) -> int:
    return sum(
        prod(weight.shape)
        for name, weight in layer.weights.items()
        if weight.learned and (name == role or name.startswith(f"{role}_"))
    )


def _averaged(layer: Layer) -> int:
    """Numbers in all windows of an average."""
    averaged = getattr(layer.op, "averaged", None)
    return averaged(*layer.input_shapes) if averaged else 0


def _einsum_path(layer: Layer) -> int:
    """Twice the MACs and 1 more, to four digits, which is all that NumPy prints of them."""
    return int(float(f"{2 * layer.op.macs(*layer.input_shapes) + 1:.3e}"))
