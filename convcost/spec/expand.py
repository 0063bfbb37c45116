"""From a document to a network: blocks called, repeats unrolled, every shape checked.

A mistake is reported where it stands and makes what follows unknown; what is unknown is silent, so
that one mistake gives one message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from convcost.allowance import SMALLER, TooMuch, work
from convcost.errors import Source, listed, plural
from convcost.network import Network
from convcost.ops import op_class
from convcost.ops.kinds import shown
from convcost.spec.apply import MOST_LAYERS, Applier
from convcost.spec.evaluate import evaluate, type_of_numbers, whole, yes_or_no
from convcost.spec.layer_names import LayerNames
from convcost.spec.model import Apply, Branches, Call, Group, Item, Residual, Table
from convcost.spec.outputs import Outputs
from convcost.spec.scope import NAMES_A_STEP, Flow, Scope, joined
from convcost.spec.sharing import of_first_pass, shared_with, sharing
from convcost.spec.size_floor import Fewest
from convcost.spec.steps import Steps
from convcost.spec.weights import give_weights
from convcost.tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from convcost.spec.model import Document, Template
    from convcost.spec.problems import Problems
    from convcost.spec.syntax import Value


class Expander:
    """Expands one document into ``network``."""

    def __init__(
        self, document: Document, vars_: Mapping[str, Value | None], problems: Problems
    ) -> None:
        self.document = document
        self.vars = vars_
        self.problems = problems
        self.network = Network(document.name, Source(document.file.path))
        self.network.weights = document.weights
        self.outputs = Outputs(problems)
        self.applier = Applier(self.network, problems)
        self.fewest = Fewest()
        self.names = LayerNames()
        self.steps = Steps(self.network, problems)

    def run(self, inputs: Mapping[str, tuple[int, ...] | None], batch: int, dtype: str) -> Network:
        """Expand the whole document; look into ``problems`` before trusting the result.

        Args:
            inputs: shapes without the batch, by name; None for one that is unknown.
            batch: samples.
            dtype: of inputs, and of layers that do not say.
        """
        flows: dict[str, Flow] = {}
        for name, shape in inputs.items():
            flows[name] = None
            if shape is not None:
                self.network.inputs[name] = Tensor(name, (batch, *shape), dtype=dtype)
                flows[name] = (self.network.inputs[name],)
        first = next(iter(flows.values()), None)
        flows.setdefault("input", first)
        layers = self.document.layers
        scope = self.outputs.top = Scope(self.vars, flows, layers)
        scope.vague, scope.dtype, scope.words = self.document.vague, dtype, self.document.words
        if self.fewest.of_all(layers) > MOST_LAYERS:
            self.applier.refuse_size(
                MOST_LAYERS + 1, self.fewest.largest(layers, MOST_LAYERS), scope
            )
        try:
            last = self._items(layers, first, scope)
        except TooMuch as error:
            item, scope = self.steps.last or (layers[0], scope)
            self.problems.stop(item.node.problem(error.says, (SMALLER,)), scope)
        self.names.give(self.network)
        self._name_outputs(last, scope)
        return self.network

    def _name_outputs(self, last: Flow, scope: Scope) -> None:
        if self.document.outputs is None:
            self.network.outputs = {tensor.name: tensor for tensor in last or ()}
            return
        for reference in self.document.outputs.names:
            flow = self.outputs.of(reference, scope) or ()
            for tensor in flow:
                one = len(flow) == 1 and not reference.pieces
                name = reference.text if one else tensor.name
                self.network.outputs[name] = tensor

    # Lists and items

    def _items(self, items: Sequence[Item], flow: Flow, scope: Scope) -> Flow:
        for item in items:
            flow = self._item(item, flow, scope)
        return flow

    def _item(self, item: Item, flow: Flow, scope: Scope) -> Flow:
        self.steps.take(item, scope)
        path = joined(scope.prefixes[0], item.segment)
        self.names.note(path, item)
        if item.from_ is not None:
            flow = self.outputs.of_all(item.from_, scope, flow)
        present = self._is_there(item, flow, scope)
        if present:
            flow = self._present(item, flow, scope, path)
        elif present is False and flow and len(flow) > 1:
            self.applier.dropped[tuple(tensor.name for tensor in flow)] = item
        if item.broken or present is None:
            flow = None
        if item.segment:
            self.outputs.known[path] = flow
        return flow

    def _is_there(self, item: Item, flow: Flow, scope: Scope) -> bool | None:
        return yes_or_no(item.when, True, self.problems, scope, flow)

    def _present(self, item: Item, flow: Flow, scope: Scope, path: str) -> Flow:
        """The tensors that an item which is not dropped passes on."""
        if item.broken:  # go on for the mistakes inside; `repeat:` may be the one
            flow, scope = None, scope.naming({item.index: scope.names.get(item.index)})
        target = None
        if item.share is not None:
            target = shared_with(item, item.share, self.outputs, scope)
            if target is None or self.outputs.known[target] is None:
                flow = target = None
        if item.dtype is not None:
            dtype = type_of_numbers(item.dtype, self.problems, scope, flow)
            scope = scope.typed(dtype or scope.dtype)
        if item.repeat is not None:
            return self._repeated(item, item.repeat, flow, scope, path, target)
        if item.shares_passes:
            target = of_first_pass(item, scope, path, self.problems)
        return self._once(item, flow, sharing(scope, item, path, target), path)

    def _repeated(
        self,
        item: Item,
        repeat: Template,
        flow: Flow,
        scope: Scope,
        path: str,
        target: str | None,
    ) -> Flow:
        times = whole(repeat, self.problems, scope, flow)
        if times is None:
            inner = scope.naming({item.index: None}).passing(joined(path, "0"), joined(path, "0"))
            self._once(item, None, inner, path)
            return None
        names = {**scope.names, item.index: 0}
        inner = scope.repeated(times, names)
        self.applier.refuse_size(inner.passes * self.fewest.of_pass(item), item, scope)
        # The passes of a repeated layer share one by one, else they all share the same.
        passes = target is not None and joined(target, "0") in self.outputs.known
        done = self.outputs.passes[path] = []
        for number in range(times):
            names[item.index] = number
            pass_path = joined(path, str(number))
            shared = joined(target, str(number)) if target and passes else target
            if item.shares_passes and number:
                shared = joined(path, "0")
            each = sharing(inner.passing(joined(path, "0"), pass_path), item, pass_path, shared)
            flow = self._once(item, flow, each, pass_path)
            self.outputs.known[pass_path] = flow
            done.append(str(number))
            if flow is None:
                break
        return flow

    def _once(self, item: Item, flow: Flow, scope: Scope, path: str) -> Flow:
        """One pass of an item."""
        self.steps.take(item, scope)
        match item:
            case Apply():
                return self._apply(item, flow, scope, path)
            case Call():
                return self._call(item, flow, scope, path)
            case Residual():
                return self._residual(item, flow, scope, path)
            case Branches():
                return self._branches(item, flow, scope, path)
            case Table():
                return self._table(item, flow, scope, path)
            case Group():
                return self._items(item.layers, flow, scope.inside(path, item.layers, flow))
            case _:
                return None

    # Ops and blocks

    def _apply(self, item: Apply, flow: Flow, scope: Scope, path: str) -> Flow:
        values = self._values(item.fields, flow, scope)
        fields = {name: value for name, value in values.items() if value is not None}
        arrays = self._values(item.weights, flow, scope)
        target = item.like and self.outputs.of(item.like, scope)
        if flow is None or len(fields) < len(values) or (item.like and target is None):
            self.applier.report_fields(item, item.word, fields, scope, path)
            return None
        if item.like is not None and target is not None:
            size = self.applier.size_like(item, flow[0], target[0], scope, path)
            if size is None:
                return None
            fields |= size
        flow = self.applier.settle(item, fields, flow, scope, path)
        if flow is None:
            return None
        if len(flow) == 1 and item.collects and _joins(item.word):
            return flow  # the sum of one pass
        outputs = self._layer(item, item.word, fields, flow, scope, path)
        if arrays and outputs is not None:
            given = {role: value for role, value in arrays.items() if value is not None}
            give_weights(self.network.layers[-1], item, given, self.problems, scope)
        return outputs

    def _values(
        self,
        templates: Mapping[str, Template],
        flow: Flow,
        scope: Scope,
        no_words: Collection[str] | None = None,
    ) -> dict[str, Value | None]:
        return {
            name: evaluate(template, self.problems, scope, flow, no_words)
            for name, template in templates.items()
        }

    def _layer(
        self,
        item: Item,
        word: str,
        fields: Mapping[str, object],
        flow: Sequence[Tensor],
        scope: Scope,
        path: str,
    ) -> Flow:
        """The outputs of a layer that is added; None where it cannot be."""
        layer = self.applier.apply(item, word, fields, flow, scope, path)
        if layer is None:
            return None
        if len(layer.outputs) > 1:
            self.outputs.known |= {output.name: (output,) for output in layer.outputs}
        return layer.outputs

    def _call(self, item: Call, flow: Flow, scope: Scope, path: str) -> Flow:
        block = item.block
        wanted = len(block.inputs) or 1
        if flow is not None and len(flow) != wanted and not block.vague:
            listed = f" ({', '.join(block.inputs)})" if block.inputs else ""
            takes = f"block `{block.name}` takes {plural(wanted, 'input')}{listed}"
            here = f"and here {'is' if len(flow) == 1 else 'are'} {len(flow)}"
            self.problems.at(item.node, f"layer '{path}': {takes}, {here}", scope)
            flow = None
        inputs: dict[str, Flow] = dict.fromkeys(("input", *block.inputs))
        if flow is not None:
            inputs["input"] = flow[:1]
            inputs |= {name: (tensor,) for name, tensor in zip(block.inputs, flow, strict=False)}
        own = block.node.file is self.document.file
        work(len(self.vars) // NAMES_A_STEP, "handing names on")
        names: dict[str, Value | None] = dict(self.vars) if own else {}
        given = self._values(item.fields, flow, scope, no_words=())
        inner = scope.called(item, path, names, inputs)
        inner.vague = block.vague or (own and self.document.vague)
        for name, default in block.args.items():
            if name in given:
                names[name] = given[name]
            elif default is not None:
                entry = inputs["input"]
                names[name] = evaluate(default, self.problems, inner, entry, block.args)
            else:
                names[name] = None
        if block.broken:
            return None
        last = self._items(block.layers, inputs["input"], inner)
        return self.outputs.of_all(block.outputs, inner) if block.outputs and last else last

    # Structures

    def _residual(self, item: Residual, flow: Flow, scope: Scope, path: str) -> Flow:
        if flow is not None and len(flow) != 1:
            message = f"layer '{path}': a residual takes 1 input, and here are {len(flow)}"
            self.problems.at(item.node, message, scope)
            flow = None
        skip = yes_or_no(item.skip, True, self.problems, scope, flow)
        join = self._join(item, flow, scope)
        body, shortcut = joined(path, "body"), joined(path, "shortcut")
        self.names.note_body(body)
        result = self._items(item.body, flow, scope.inside(body, item.body, flow))
        if skip is False:
            return result
        side = None
        if skip:
            beside = scope.inside(shortcut, item.shortcut, flow)
            side = self._items(item.shortcut, flow, beside)
        if result is None or side is None or join is None:
            return None
        return self._layer(item, join, {}, (*result, *side), scope, joined(path, join))

    def _join(self, item: Residual | Branches, flow: Flow, scope: Scope) -> str | None:
        if item.join is None:
            return item.joins[0]
        word = evaluate(item.join, self.problems, scope, flow)
        if word is None or word in item.joins:
            return cast("str | None", word)
        wanted = listed([f"`{join}`" for join in item.joins], "or")
        message = f"join is {wanted}, and this is {shown(word)}"
        self.problems.at(item.join.node, message, scope)
        return None

    def _branches(self, item: Branches, flow: Flow, scope: Scope, path: str) -> Flow:
        join = self._join(item, flow, scope)
        there = [self._is_there(part, flow, scope) for part in item.paths]
        parts = [part for part, is_there in zip(item.paths, there, strict=True) if is_there]
        if not parts and None not in there and item.paths:
            self.problems.at(item.node, "`when:` drops all paths of the branches", scope)
        results: list[Flow] = []
        for part, dealt in zip(
            parts, self._dealt(item, len(parts), flow, scope, path), strict=True
        ):
            part_path = joined(path, part.segment)
            self.names.note(part_path, part)
            own = dealt if part.from_ is None else self.outputs.of_all(part.from_, scope, dealt)
            result = self._present(part, own, scope, part_path)
            self.outputs.known[part_path] = None if part.broken else result
            results.append(self.outputs.known[part_path])
        if None in results or None in there or not results or join is None:
            return None
        tensors = tuple(tensor for result in results for tensor in result or ())
        if len(results) == 1:
            return tensors
        return self._layer(item, join, {}, tensors, scope, joined(path, join))

    def _dealt(self, item: Branches, paths: int, flow: Flow, scope: Scope, path: str) -> list[Flow]:
        """The tensors that each path reads: the input, or its part of the channels."""
        if item.split is None:
            return [flow] * paths
        split = evaluate(item.split, self.problems, scope, flow)
        unknown: list[Flow] = [None] * paths
        if split is False:
            return [flow] * paths
        if split is None or flow is None:
            return unknown
        if split is not True and not isinstance(split, list):
            message = f"split is a yes or no or a list of sizes, and this is {shown(split)}"
            notes = ("`split: true` deals the channels out evenly, a part to each path",)
            self.problems.at(item.split.node, message, scope, notes)
            return unknown
        if isinstance(split, list) and len(split) != paths:
            message = (
                f"split has {plural(len(split), 'size')}, and there are {plural(paths, 'path')}"
            )
            self.problems.at(item.split.node, message, scope)
            return unknown
        fields = {"parts": paths} if split is True else {"sizes": split}
        parts = self._layer(item, "split", fields, flow, scope, joined(path, "split"))
        return unknown if parts is None else [(part,) for part in parts]

    def _table(self, item: Table, flow: Flow, scope: Scope, path: str) -> Flow:
        unread = item.broken and not item.rows
        nothing: dict[str, Template] = {}
        done = self.outputs.passes[path] = []
        for segment, cells in [("0", nothing)] if unread else item.rows:
            row: dict[str, Value | None] = dict.fromkeys(item.columns)
            row |= self._values(cells, flow, scope, no_words=())
            if item.counted:
                row[item.index] = len(done)
            row_path = joined(path, segment)
            if item.name is None:  # such a table adds nothing to the names of its rows
                self.outputs.rows.setdefault(joined(scope.prefixes[0], segment), row_path)
            inner = scope.naming(row, item.vague).inside(row_path, item.layers, flow)
            inner = inner.in_row(joined(path, item.rows[0][0] if item.rows else segment), row_path)
            flow = self._items(item.layers, flow, inner)
            self.outputs.known[row_path] = flow
            done.append(segment)
        return flow


def _joins(word: str) -> bool:
    """Whether an op takes any number of inputs from two up."""
    op = op_class(word)
    return op.fewest_inputs == 2 and op.most_inputs is None
