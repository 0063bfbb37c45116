"""The formulas of an op, or of one layer of a network: they come, from the code that counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

from convcost.allowance import at
from convcost.analysis.explain.formula import Formula
from convcost.analysis.explain.gradients import gradients
from convcost.analysis.explain.requirement import requirement
from convcost.analysis.explain.sentences import holding
from convcost.analysis.explain.symbols import Symbols
from convcost.analysis.training.backward import backward
from convcost.applied import BrokenCondition, check
from convcost.docstrings import docstring
from convcost.errors import ConvcostError, plural, quoted, represented
from convcost.metrics import COUNTS, DERIVED, OF_OPS
from convcost.number import Symbol, prod
from convcost.ops import op_class
from convcost.ops.fields import Declared, build, declared
from convcost.ops.kinds import Padding, Word, YesNo, shown
from convcost.ops.op import EachElement, Op, Wanted, examples, input_names
from convcost.window import same_padding, same_total

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from convcost.analysis.explain.symbols import Shapes
    from convcost.network import Layer, Network
    from convcost.ops.example import Example

_DEFINED = {  # names that formulas are shortened by, in the order in which they are explained
    "out_positions": "positions of the output",
    "in_positions": "positions of the input",
    "positions": "positions of a map",
    "elements": "numbers in the input",
    "taps": "taps of the kernel",
    "block": "positions of a block",
    "rows": "rows of features",
    "met": "how often a unit and a position that it reads meet along an axis, padding apart",
    "pairs": "how often they meet along all axes",
}


class Field(NamedTuple):
    """A field of an op: how it is written, what holds unless it is given (None: it must be)."""

    name: str
    kind: str
    default: str | None
    says: str


class Weight(NamedTuple):
    """A stored array: its layout (the sizes of its axes) and how many numbers that makes."""

    role: str
    layout: tuple[Formula, ...]
    size: Formula
    learned: bool
    owner: str | None = None
    """The layer that it was counted in, if that is another one."""


class Variant(NamedTuple):
    """The formulas that differ under another setting."""

    setting: str
    formulas: tuple[Formula, ...]


class Explanation(NamedTuple):
    """An op's formulas. Those of ``where`` are what the names in the others stand for.

    ``reads`` has the shapes of the inputs in names, where there are several: sizes of one name are
    equal. ``exact`` and ``inputs`` are the op and the shapes whose sizes were named: those of the
    example, or of ``layer``, where one is explained.
    """

    op: str
    doc: tuple[str, ...]
    exact: Op
    inputs: Shapes
    fields: tuple[Field, ...]
    reads: tuple[str, ...]
    output: tuple[str, ...]
    output_says: str
    lengths: tuple[Formula, ...]
    same: tuple[Formula, ...]
    requires: tuple[str, ...]
    weights: tuple[Weight, ...]
    costs: tuple[Formula, ...]
    gradients: tuple[Formula, ...]
    readings: tuple[Formula, ...]
    where: tuple[Formula, ...]
    variants: tuple[Variant, ...] = ()
    layer: Layer | None = None

    def __repr__(self) -> str:
        name = self.layer.name if self.layer else self.op
        return represented(self, f"of {name}", f"{self.op}, {plural(len(self.costs), 'cost')}")


def explain_op(name: str) -> Explanation:
    """An op of :data:`convcost.ops.OPS`, by the example of it."""
    example, *others = examples(op_class(name))
    made = _explained(*_made(name, example))
    variants = (*_settings(name, example), *((_shown(name, other), other) for other in others))
    return made._replace(
        fields=tuple(_field(field, how) for field, how in declared(op_class(name)).items()),
        variants=_variants(name, made, variants),
    )


def explain_layer(network: Network, name: str) -> Explanation:
    """A layer of a network, with numbers in its formulas.

    Raises:
        ConvcostError: no layer has that name, or no formulas are known of it.
    """
    layer = network.layer(name)
    if layer.op.opaque:
        operator = cast("Any", layer.op).operator
        raise ConvcostError(
            f"layer {quoted(name)} is of the operator {quoted(operator)}, of which "
            "convcost has no formulas"
        )
    with at(layer):
        made = _explained(layer.op, layer.input_shapes, _wanted(network, layer))
    owners = {
        w.name: other.name for other in reversed(network.layers) for w in other.weights.values()
    }
    weights = (
        weight._replace(owner=owner)
        if weight.role in layer.weights
        and (owner := owners[layer.weights[weight.role].name]) != layer.name
        else weight
        for weight in made.weights
    )
    return _holding(made)._replace(weights=tuple(weights), layer=layer)


def _wanted(network: Network, layer: Layer) -> Wanted:
    """The gradients that a training step makes of a layer: none of a network in whole numbers."""
    try:
        return backward(network).wanted[layer]
    except ConvcostError:
        return Wanted((False,) * len(layer.inputs), weights=False)


def _holding(made: Explanation) -> Explanation:
    """With no sentences but those that hold for this layer."""

    def kept(text: str) -> str:
        return holding(text, made.exact, made.inputs)

    def said(formulas: Sequence[Formula]) -> tuple[Formula, ...]:
        return tuple(formula._replace(says=kept(formula.says)) for formula in formulas)

    return made._replace(
        doc=tuple(map(kept, made.doc)),
        output_says=kept(made.output_says),
        costs=said(made.costs),
        gradients=said(made.gradients),
        readings=said(made.readings),
    )


def _made(name: str, example: Example) -> tuple[Op, Shapes]:
    """The op of an example, and its inputs for one sample."""
    shapes = tuple((1, *shape) for shape in example.shapes)
    return build(op_class(name), len(shapes[0]) - 2 if shapes else 0, example.fields), shapes


def _explained(op: Op, shapes: Shapes, wanted: Wanted | None = None) -> Explanation:
    """Explain an op; ``wanted`` are the gradients of a training step, all of them unless given."""
    symbols = Symbols(op, shapes)
    lengths = symbols.lengths()
    output = tuple(_shape(symbols, shape) for shape in symbols.named)
    same = _same_padding(symbols)
    weights = tuple(_weights(symbols))
    costs = tuple(_costs(symbols))
    every = Wanted((True,) * len(shapes), weights=True)
    readings = tuple(
        symbols.formula(name, getattr(symbols.op, name)(*symbols.inputs), _words(op, name))
        for name in op.readings
    )
    requires = tuple(_requires(symbols))
    known = symbols.definitions
    return Explanation(
        op=symbols.name,
        doc=_paragraphs(op),
        exact=op,
        inputs=shapes,
        fields=(),
        reads=_reads(symbols),
        output=output,
        output_says=_words(op, "outputs") or _words(op, "output") or "as the input's",
        lengths=tuple(lengths),
        same=tuple(same),
        requires=requires,
        weights=weights,
        costs=costs,
        gradients=tuple(gradients(symbols, wanted or every)),
        readings=readings,
        where=tuple(known[n]._replace(says=_DEFINED[n]) for n in _DEFINED if n in known),
    )


def _reads(symbols: Symbols) -> tuple[str, ...]:
    """The names of several inputs, and their shapes in names."""
    if len(symbols.inputs) < 2:
        return ()
    names = input_names(type(symbols.exact), len(symbols.inputs))
    numbered = (f"input {number}" for number in range(len(names) + 1, len(symbols.inputs) + 1))
    pairs = zip((*names, *numbered), symbols.inputs, strict=True)
    return tuple(
        # A weight that is an input has no batch.
        f"{name}: {_listed(symbols, shape[(*map(str, shape[:1]),) in (('1',), ('batch',)) :])}"
        for name, shape in pairs
    )


def _shape(symbols: Symbols, shape: Iterable[object]) -> str:
    """A shape in names, without the batch."""
    return _listed(symbols, tuple(shape)[1:])


def _listed(symbols: Symbols, sizes: Iterable[object]) -> str:
    return f"[{', '.join(symbols.short(str(size)) for size in sizes)}]"


def _weights(symbols: Symbols) -> Iterator[Weight]:
    op, inputs = symbols.op, symbols.inputs
    for arrays, learned in ((op.weights(*inputs), True), (op.buffers(*inputs), False)):
        for role, shape in arrays.items():
            layout = tuple(symbols.measured(size) for size in shape)
            yield Weight(role, layout, symbols.formula(role, prod(shape)), learned)
        if arrays:
            total = "params" if learned else "buffers"
            yield Weight(total, (), symbols.formula(total, " + ".join(arrays)), learned)


def _costs(symbols: Symbols) -> Iterator[Formula]:
    op = symbols.exact
    macs = said = ""
    for metric in OF_OPS:
        text = symbols.short(getattr(symbols.op, metric)(*symbols.inputs))
        if text == "0" or (metric == "macs_in_bounds" and text == macs):
            continue
        if metric == "macs":
            macs = text
        elif macs and (text == macs or text.startswith(f"{macs} + ")):
            text = f"macs{text.removeprefix(macs)}"
        words = _words(op, metric)
        yield symbols.formula(metric, text, "" if words == said else words)
        said = words
        yield from _derived(symbols, metric)


def _derived(symbols: Symbols, metric: str) -> Iterator[Formula]:
    """Return the formulas of counts that follow from a metric, the last one that they need."""
    for name, derived in DERIVED.items():
        if name in COUNTS and derived.metrics[-1] == metric:
            yield symbols.formula(name, str(derived.of({m: Symbol(m) for m in derived.metrics})))


def _same_padding(symbols: Symbols) -> Sequence[Formula]:
    """The padding where it is ``same``."""
    if getattr(symbols.exact, "padding", None) != "same":
        return ()
    names = tuple(map(Symbol, ("n", "kernel", "stride", "dilation")))
    padding, window = str(same_total(*names)), same_padding(*names)
    texts = {"padding": padding}
    for side in ("before", "after"):
        texts[side] = str(getattr(window, side)).replace(padding, "padding")
    return [f for name, text in texts.items() for f in symbols.anywhere(name, text)]


# Words.


def _paragraphs(op: Op) -> tuple[str, ...]:
    return tuple(_plain(part) for part in docstring(type(op)).split("\n\n"))


def _plain(text: str) -> str:
    lines = [line.strip() for line in text.strip().splitlines()]
    kept = "".join(f"\n{line}" if line.startswith("* ") else f" {line}" for line in lines)
    return kept.strip().replace("``", "`")


def _words(op: Op, method: str) -> str:
    """The words of a formula, where the op has its own."""
    kind = type(op)
    own = getattr(kind, method)
    if own is getattr(Op, method, None):
        return ""
    if own is getattr(EachElement, method, None):
        own = cast("Any", kind).each
    return _plain(docstring(own))


def _field(name: str, how: Declared) -> Field:
    default = None if how.required else "" if how.default is None else shown(how.default)
    return Field(name, how.kind.says, default, how.doc)


# Conditions.


def _requires(symbols: Symbols) -> Iterator[str]:
    """Conditions in names, beyond those that sizes of one name are equal; what is so along all axes
    once."""
    found: dict[str, dict[str, None]] = {}
    for must in symbols.op.conditions(*symbols.inputs):
        if not isinstance(must.margin, int):
            text = requirement(symbols.short(must.margin))
            found.setdefault(symbols.general(text), {})[text] = None
    for general, texts in found.items():
        everywhere = len(texts) == len(symbols.axes)
        yield from filter(None, [general] if everywhere else texts)


# Other settings.


def _settings(name: str, example: Example) -> Iterator[tuple[str, Example]]:
    """The example with each yes and no turned, each other word, ``same`` padding."""
    for field, how in declared(op_class(name)).items():
        given = example.fields.get(field, None if how.required else how.default)
        others: Sequence[object] = ()
        if isinstance(how.kind, YesNo):
            others = (not given,)
        elif isinstance(how.kind, Word):
            others = [word for word in how.kind.words if word != given]
        elif isinstance(how.kind, Padding) and "same" not in how.kind.unsettled:
            others = ("same",)
        for value in others:
            yield (
                f"{field}: {shown(value)}",
                example._replace(fields={**example.fields, field: value}),
            )


def _shown(name: str, example: Example) -> str:
    if len(example.shapes) > 1:
        return f"from: [{', '.join(input_names(op_class(name), len(example.shapes)))}]"
    return ", ".join(f"{name}: {shown(value)}" for name, value in example.fields.items())


def _variants(
    name: str, base: Explanation, settings: Iterable[tuple[str, Example]]
) -> tuple[Variant, ...]:
    """The changes that each setting makes; those that change the same are one."""
    found: dict[tuple[tuple[str, str], ...], Variant] = {}
    for setting, example in settings:
        op, shapes = _made(name, example)
        try:
            check(op, shapes)
        except BrokenCondition:
            continue  # the word is for other shapes
        changed = _changed(base, _explained(op, shapes))
        key = tuple((formula.name, formula.text) for formula in changed)
        field, _, value = setting.partition(": ")
        if key in found and found[key].setting.startswith(f"{field}: "):
            setting = f"{found[key].setting} or {value}"
        found[key] = Variant(setting, changed)
    return tuple(variant for variant in found.values() if variant.formulas)


def _changed(base: Explanation, other: Explanation) -> tuple[Formula, ...]:
    """Formulas of another setting that are not those of the first; 0 where there is none more."""
    before = {formula.name: formula for formula in _formulas(base)}
    after = {formula.name: formula for formula in _formulas(other)}
    lengths = [formula.name for formula in base.lengths]
    found: list[Formula] = []
    for name in dict.fromkeys((*before, *after)):
        if name not in after:
            found += () if name in lengths else (Formula(name, "0"),)
        elif name not in before or before[name].text != after[name].text:
            found.append(after[name])
    return tuple(found)


def _formulas(explanation: Explanation) -> Iterator[Formula]:
    yield from explanation.lengths
    yield from explanation.same
    yield from (weight.size for weight in explanation.weights)
    yield from explanation.costs
    yield from explanation.gradients
    yield from explanation.readings
