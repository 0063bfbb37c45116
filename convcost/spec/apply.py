"""From ops and fields to layers of the network, with located errors where one does not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from convcost.applied import BrokenCondition
from convcost.errors import listed
from convcost.ops import op_class, op_name
from convcost.ops.fields import build, declared
from convcost.ops.kinds import MOST_AXES, FieldError, UnsettledError, shown
from convcost.spec.evaluate import evaluate, misplaced, part
from convcost.spec.model import Apply
from convcost.spec.scope import joined
from convcost.spec.settle import BORDERS, MODE, ZEROS, border_taken, settled
from convcost.traced import told_apart

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from convcost.network import Layer, Network
    from convcost.ops.op import Op
    from convcost.spec.model import Item
    from convcost.spec.nodes import Node
    from convcost.spec.problems import Problems
    from convcost.spec.scope import Flow, Scope, Share
    from convcost.spec.syntax import Value
    from convcost.tensor import Tensor

MOST_LAYERS = 150_000


class Applier:
    """Adds layers to ``network``."""

    def __init__(self, network: Network, problems: Problems) -> None:
        self.network = network
        self.problems = problems
        self.layers: dict[str, Layer] = {}
        self._built: dict[Hashable, Op] = {}
        self.dropped: dict[tuple[str, ...], Item] = {}
        """Items whose ``when:`` is false, by the several tensors that they pass on."""

    def apply(
        self,
        item: Item,
        word: str,
        fields: Mapping[str, object],
        inputs: Sequence[Tensor],
        scope: Scope,
        path: str,
    ) -> Layer | None:
        """Add a layer; None where its fields or inputs are refused, which is then reported.

        Args:
            item: what it is part of, to point at.
            word: its op.
            fields: their values as written.
            inputs: what it reads.
            scope: where it stands.
            path: its name.
        """
        self.refuse_size(len(self.network.layers) + 1, item, scope)
        if path in self.layers:
            message = f"a second layer has the name '{path}'"
            self.problems.at(item.node, message, scope, ("`name:` gives it another",))
            return None
        if op_class(word).most_inputs == 0:
            inputs = ()
        rank = max(0, len(inputs[0].shape) - 2) if inputs else 0
        share = scope.share_of(path)
        twin = share and self._twin(word, share, scope, path)
        if share is not None and twin is None:
            return None
        try:
            op = self._op(word, rank, fields)
            layer = self.network.add(
                path, op, inputs, item.source, twin and twin.weights, scope.dtype
            )
        except FieldError:
            self.report_fields(item, word, fields, scope, path, rank)
            return None
        except BrokenCondition as error:
            self._report(error, item, inputs, scope, path)
            return None
        if item.node.file.library:
            calls = (c for c in reversed(scope.calls) if not c.node.file.library)
            layer.origin = next((call.source for call in calls), item.source)
        self.layers[path] = layer
        return layer

    def refuse_size(self, layers: int, item: Item, scope: Scope) -> None:
        """End with an error where a network would be too large."""
        if layers > MOST_LAYERS:
            node = item.repeat.node if item.repeat else item.node
            message = f"the network would have more than {MOST_LAYERS:,} layers"
            self.problems.stop(node.problem(message), scope)

    def report_fields(
        self,
        item: Item,
        word: str,
        fields: Mapping[str, object],
        scope: Scope,
        path: str,
        rank: int | None = None,
    ) -> None:
        """Report what is wrong with fields: of themselves, or (with a rank) for that input."""
        for name, field in declared(op_class(word)).items():
            value = fields.get(name)
            if value is None:
                continue
            length = len(cast("list[object]", value)) if isinstance(value, list) else MOST_AXES - 2
            try:
                field.kind.normal(cast("object", value), length if rank is None else rank)
            except FieldError as error:
                if rank is None and isinstance(error, UnsettledError):
                    continue
                node = _field_node(item, name, error.path)
                if not misplaced(part(cast("object", value), error.path), self.problems, scope):
                    self.problems.at(node, f"layer '{path}': {name} {error}", scope)

    def size_like(
        self, item: Apply, own: Tensor, target: Tensor, scope: Scope, path: str
    ) -> dict[str, Value] | None:
        """The field that gives crop, upsample or pad the size of another layer."""
        assert item.like is not None
        sizes, wanted = own.sample_shape[1:], target.sample_shape[1:]
        try:
            return {**op_class(item.word).like(sizes, wanted)}
        except FieldError as error:
            says = str(error)
        message = f"layer '{path}': `{item.like.text}` {says}"
        notes = (
            f"its input is {self._described(own)}",
            f"`{item.like.text}` is {self._described(target)}",
        )
        self.problems.at(item.like.node, message, scope, notes)
        return None

    def settle(
        self, item: Apply, fields: dict[str, Value], flow: Flow, scope: Scope, path: str
    ) -> Flow:
        """Put numbers in place of words that follow from the input's size, into ``fields``.

        Returns:
            the inputs of the layer: with the border, where that is not of zeros.
        """
        if not flow:
            return flow
        fields |= settled(item.word, fields, flow[0].shape)
        if item.padding_mode is None:
            return flow
        mode = evaluate(item.padding_mode, self.problems, scope, flow)
        if mode is None or mode == ZEROS:
            return None if mode is None else flow
        if mode not in BORDERS:
            words = listed([f"`{word}`" for word in (ZEROS, *BORDERS)], "or")
            message = f"layer '{path}': {MODE} is {shown(mode)}, and {words} is wanted"
            self.problems.at(item.padding_mode.node, message, scope)
            return None
        padding = {"padding": border_taken(item.word, fields, flow[0].shape), "mode": mode}
        place = joined(path, "pad")
        layer = self.apply(item, "pad", padding, flow[:1], scope.alone(), place)
        return layer and (*layer.outputs, *flow[1:])

    def _op(self, word: str, rank: int, fields: Mapping[str, object]) -> Op:
        key = (word, rank, tuple([(name, told_apart(value)) for name, value in fields.items()]))
        if key not in self._built:
            self._built[key] = build(op_class(word), rank, fields)
        return self._built[key]

    def _twin(self, word: str, share: Share, scope: Scope, path: str) -> Layer | None:
        """The layer whose weights the one at ``path`` shares, or None with a complaint."""
        twin = share.target + path[len(share.own) :]
        layer = self.layers.get(twin)
        if layer is None:
            message = f"layer '{path}': there is no layer '{twin}' to share weights with"
        elif op_name(type(layer.op)) != word:
            other = f"op `{op_name(type(layer.op))}`"
            message = f"layer '{path}': op `{word}` cannot share weights with '{twin}', {other}"
        else:
            return layer
        self.problems.at(share.node, message, scope)
        return None

    def _report(
        self,
        error: BrokenCondition,
        item: Item,
        inputs: Sequence[Tensor],
        scope: Scope,
        path: str,
    ) -> None:
        """Report a condition that does not hold, with the layers that it is about."""
        must = error.must
        field = must.field or ""
        node = _field_node(item, field)
        share = scope.share_of(path)
        if field == "share" and share is not None:
            node = share.node
        elif (field == "from" or must.inputs) and node is item.node and item.from_ is not None:
            node = item.from_.node
        notes: list[str] = []
        for number in must.inputs:
            which = "its input" if len(inputs) == 1 else f"input {number + 1}"
            notes.append(f"{which} is {self._described(inputs[number])}")
        before = self.dropped.get(tuple(tensor.name for tensor in inputs))
        if before is not None and item.from_ is None:
            word = f"`{before.word}` ({before.source})"
            notes.append(f"{word} is not there, as its `when:` is false: its inputs come here")
        if field == "from" and isinstance(item, Apply):
            notes += _about_inputs(op_class(item.word))
        if field == "from" and len(inputs) > 1 and item.from_ is None:
            names = ", ".join(tensor.name for tensor in inputs[:4])
            notes.append(f"`from:` names the one it reads: {names}")
        self.problems.at(node, f"layer '{path}': {error}", scope, notes)

    def _described(self, tensor: Tensor) -> str:
        maker = self.layers.get(tensor.name)
        at = f" ({maker.source})" if maker else ""
        return f"'{tensor.name}' {list(tensor.sample_shape)}{at}"


def _about_inputs(op: type[Op]) -> list[str]:
    """Notes on the names of an op's inputs, and on where further inputs come from."""
    called = [f"`{name}`" for name in op.inputs_called]
    notes = [f"its inputs are {listed(called)}"] if len(called) > 1 else []
    return [*notes, op.inputs_from] if op.inputs_from else notes


def _field_node(item: Item, field: str, path: tuple[int, ...] = ()) -> Node:
    """Where a field of an item is written, or the item itself."""
    template = item.fields.get(field)
    return item.node if template is None else template.at(path)
