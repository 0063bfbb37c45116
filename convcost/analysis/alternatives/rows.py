"""Convolutions of a network beside what could stand in their place."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple, cast

from convcost.allowance import answering
from convcost.analysis.alternatives.plans import AS_IT_IS, STANDARD, plans
from convcost.analysis.alternatives.replace import Between, alone, between, replaced
from convcost.analysis.analyze.cost import analyze
from convcost.analysis.rf.receptive_field import reports, views
from convcost.errors import ConvcostError, NothingMatched, closest, printable, quoted
from convcost.named import ambiguous, clues, meant, within
from convcost.ops import op_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from convcost.analysis.alternatives.plans import Plan
    from convcost.analysis.analyze.layer_cost import LayerCost
    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.analysis.rf.receptive_field import AxisField
    from convcost.network import Layer, Network
    from convcost.ops.conv import Conv


class Row(NamedTuple):
    """One alternative: the plan of each layer that it replaces, by name, and what the network costs
    with them.

    ``ratio`` is macs to those of the standard convolution, ``saves`` whether it has at most half of
    what is there now, ``keeps_field`` whether units of the layers read from where they do now.
    """

    word: str
    plans: Mapping[str, Plan]
    analysis: Analysis
    ratio: Fraction
    saves: bool
    keeps_field: bool

    @property
    def plan(self) -> Plan:
        """The plan of the first layer."""
        return next(iter(self.plans.values()))

    @property
    def mixes(self) -> bool:
        """Whether each output channel of the layers depends on all input channels."""
        return all(plan.mixes for plan in self.plans.values())

    @property
    def output(self) -> LayerCost:
        """The layer whose output is the network's first."""
        return _output(self.analysis)


class Alternatives(NamedTuple):
    """The layers that were asked about, and their alternatives.

    Attributes:
        network: that of one layer, or the whole one where several are replaced.
        asked: the network that was asked about.
        layers: the convolutions that are replaced.
        rows: the alternatives, in the order of textbooks.
        now: the row of what is there now: the standard convolution, or one in groups.
        between: what stands between the parts, by layer.
    """

    network: Network
    asked: Network
    layers: Sequence[Layer]
    rows: Sequence[Row]
    now: Row
    between: Between

    @property
    def several(self) -> bool:
        """Whether these are totals of a network with several layers replaced."""
        return len(self.layers) > 1

    def counted(self, count: Callable[[Network], Analysis]) -> Alternatives:
        """The same, with other counts: those of a function that analyses a network."""
        rows = [row._replace(analysis=count(row.analysis.network)) for row in self.rows]
        now = next(row for row in rows if row.word == self.now.word)
        return self._replace(rows=rows, now=now)

    def no_faster(self, metric: str) -> list[Row]:
        """The rows of fewer macs than what is there now, and of no less time."""
        now = self.now.analysis.totals
        return [
            row
            for row in self.rows
            if row.analysis.totals["macs"] < now["macs"]
            and row.analysis.totals[metric] >= now[metric]
        ]

    def find(self, word: str) -> Row:
        """The row of a word; ConvcostError where it is none."""
        rows = {row.word: row for row in self.rows}
        if word in rows:
            return rows[word]
        near = closest(word, rows)
        note = f"one with a similar name exists: `{near}`" if near else f"words: {', '.join(rows)}"
        raise ConvcostError(f"there is no alternative {quoted(word)} here\n  {note}")

    def best(self, *, mixing: bool) -> Row | None:
        """The row of fewest macs among those that save half and keep the field, and all mixing of
        channels if asked; of those whose cost is not set by a width of one's own choice."""
        return _least(r for r in self._kept() if not r.plan.narrows and (r.mixes or not mixing))

    def narrow(self) -> Row | None:
        """The row of fewest macs among those that save half, keep the field, and are as narrow
        inside as one likes."""
        return _least(row for row in self._kept() if row.plan.narrows)

    def _kept(self) -> Iterator[Row]:
        return (row for row in self.rows if row.saves and row.keeps_field)


def _least(rows: Iterable[Row]) -> Row | None:
    return min(rows, key=lambda row: row.ratio, default=None)


def pick(network: Network, name: str | None) -> list[Layer]:
    """The convolutions that a name means.

    Args:
        network: where to look.
        name: of a layer; or of a block, or a pattern such as ``stage.*``, which mean standard
            convolutions only; None means the convolution of most macs.

    Raises:
        ConvcostError: the layer is not a convolution; NothingMatched where there is none.
    """
    known = [layer for layer in network.layers if _known(layer)]
    if name is None:
        if not known:
            raise NothingMatched(f"'{printable(network.name)}' has no convolution")
        return [max(known, key=_macs)]
    for layer in network.layers:
        if name in (layer.name, layer.path):
            return [_checked(layer)]
    inside = within(name, known)
    found = [layer for layer in inside if cast("Conv", layer.op).groups == 1]
    if found:
        return found
    parts = [] if inside else meant(name, known) or meant(name, network.layers)
    if len(parts) == 1:
        return [_checked(parts[0])]
    if parts:
        raise ambiguous(name, [layer.name for layer in parts])
    blocks = (layer.name.partition(".")[0] for layer in known)
    notes = clues(name, [*(layer.name for layer in known), *blocks], "layer or block")
    said = f"'{printable(network.name)}' has no standard convolution {quoted(name)}"
    raise NothingMatched("\n  ".join((said, *notes)))


def _known(layer: Layer) -> bool:
    return _convolves(layer) and len(layer.inputs) == 1


def _convolves(layer: Layer) -> bool:
    return layer.op.weighs_taps and layer.op.slides


def _macs(layer: Layer) -> int:
    return cast("int", layer.op.macs(*layer.input_shapes))


def _checked(layer: Layer) -> Layer:
    if _known(layer):
        return layer
    name, op = printable(layer.name), op_name(type(layer.op))
    reason = f"it is a {op}" if not _convolves(layer) else "other layers make its weights"
    raise ConvcostError(f"layer '{name}': alternatives are known of convolutions, and {reason}")


@answering
def alternatives(
    network: Network, layers: Sequence[Layer], *, width: int | None = None, parts: str | None = None
) -> Alternatives:
    """Convolutions of a network beside what could stand in their place.

    One layer is looked at by itself; several in their network, whose totals the rows are then.

    Args:
        network: the network.
        layers: convolutions of it, as :func:`pick` finds them.
        width: channels inside of what first reduces them; see :func:`plans`.
        parts: what to put between the parts of an alternative; see :func:`between`.

    Raises:
        ConvcostError: that cannot stand there.
    """
    base = alone(layers[0]) if len(layers) == 1 else network
    extra = between(network, layers, parts)
    by_word: dict[str, dict[str, Plan]] = {}
    for layer in layers:
        for plan in plans(cast("Conv", layer.op), layer.input_shapes[0], width):
            by_word.setdefault(plan.word, {})[layer.name] = plan
    made = {word: analyze(replaced(base, found, extra)) for word, found in by_word.items()}
    standard, now = made[STANDARD], made.get(AS_IT_IS, made[STANDARD])
    fields = _Fields({layer.name: layer for layer in layers})
    rows = {
        word: Row(
            word,
            by_word[word],
            analysis,
            ratio=Fraction(analysis.totals["macs"], standard.totals["macs"]),
            saves=2 * analysis.totals["macs"] <= now.totals["macs"],
            keeps_field=all(fields.kept(name, plan) for name, plan in by_word[word].items()),
        )
        for word, analysis in made.items()
    }
    here = rows[AS_IT_IS if AS_IT_IS in rows else STANDARD]
    return Alternatives(base, network, layers, list(rows.values()), here, extra)


class _Fields:
    """Receptive fields of layers and of what stands in their place, each worked out once: networks
    repeat a lot."""

    def __init__(self, layers: Mapping[str, Layer]) -> None:
        self.layers = layers
        self.known: dict[tuple[object, ...], bool] = {}

    def kept(self, name: str, plan: Plan) -> bool:
        """Whether the units of a plan read from where those of the layer do."""
        layer = self.layers[name]
        key = (layer.op, layer.input_shapes, plan.paths)
        if key not in self.known:
            base = alone(layer)
            self.known[key] = _field(replaced(base, {name: plan}, {})) == _field(base)
        return self.known[key]


def _field(network: Network) -> Mapping[str, Sequence[AxisField]]:
    (output,) = network.outputs.values()
    return reports(views(network)[output])


def _output(analysis: Analysis) -> LayerCost:
    output = next(iter(analysis.network.outputs.values()))
    return next(cost for cost in analysis.layers if output in cost.layer.outputs)


def applied(found: Alternatives, word: str) -> Network:
    """The network that was asked about with its layers replaced.

    Raises:
        ConvcostError: there is no such alternative.
    """
    return replaced(found.asked, found.find(word).plans, found.between)
