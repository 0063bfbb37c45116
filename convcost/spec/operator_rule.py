"""Rules of a user's own for operators of ONNX files that convcost does not know.

```toml
[operators."acme.Swirl"]
shapes = [["batch", "filters", "in_height // stride", "in_width // stride"]]
macs = "batch * filters * in_channels * in_height * in_width // stride ** 2"
```

Expressions are those of a spec. They know the attributes of the node by their names (``pads_0``,
``pads_1`` ... of one that is a list), ``batch`` and the sizes of the first input as a spec calls
them, and ``size_1_0``: axis 0 of input 1, both counted from 0. Without ``shapes``, those that onnx
infers or the file states are taken. Costs that are left out are 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from convcost.errors import ConvcostError, printable, quoted, similar
from convcost.given import Stated
from convcost.metrics import OF_OPS
from convcost.spec.expression import parse
from convcost.spec.nodes import List, Scalar, described
from convcost.spec.syntax import ExpressionError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from convcost.errors import Source
    from convcost.spec.expression import Expression
    from convcost.spec.nodes import Mapping as Table
    from convcost.spec.nodes import Node
    from convcost.spec.reader import Reader

COSTS = OF_OPS
KEYS = ("shapes", *COSTS)
MAP = ("in_height", "in_width")
SPATIAL = {1: ("in_length",), 2: MAP, 3: ("in_depth", *MAP)}
WANTED = "a list of sizes for each output, as in [['batch', 64, 'in_height', 'in_width']]"


class OperatorRule(NamedTuple):
    """The shapes and costs of an operator as expressions; ``source`` is where they are written."""

    operator: str
    shapes: tuple[tuple[Expression, ...], ...]
    costs: Mapping[str, Expression]
    source: Source | None = None

    def of(
        self, attributes: Mapping[str, object], shapes: Sequence[tuple[int, ...] | None]
    ) -> Stated:
        """The statement of the rule about one node.

        Args:
            attributes: of the node.
            shapes: full shapes of its inputs, None for one that is not known.

        Raises:
            ConvcostError: an expression has no value here, or none that can be a size or a count.
        """
        names = dict(_names(attributes, shapes))
        return Stated(
            tuple(
                tuple(self._whole("shapes", size, names, 1) for size in shape)
                for shape in self.shapes
            ),
            {metric: self._whole(metric, cost, names, 0) for metric, cost in self.costs.items()},
        )

    def _whole(self, key: str, of: Expression, names: Mapping[str, int], least: int) -> int:
        try:
            value = of.evaluate(lambda name: _looked_up(name, names))
        except UnknownNameError as error:
            raise self._error(key, f"{error}", similar(error.name, (*names,), "name")) from None
        except ExpressionError as error:
            raise self._error(key, error.message, error.notes) from None
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            wanted = f"a whole number from {least} is wanted"
            raise self._error(key, f"it comes to {value}, and {wanted}")
        return value

    def _error(self, key: str, said: str, notes: Sequence[str] = ()) -> ConvcostError:
        at = f"{self.source}: " if self.source else ""
        operator = printable(self.operator)
        whole = f"{at}the rule of the operator {quoted(operator)}: {key}: {said}"
        return ConvcostError("\n  ".join((whole, *notes)))


def _looked_up(name: str, names: Mapping[str, int]) -> int:
    if name not in names:
        raise UnknownNameError(name)
    return names[name]


def _names(
    attributes: Mapping[str, object], shapes: Sequence[tuple[int, ...] | None]
) -> Iterator[tuple[str, int]]:
    for name, value in attributes.items():
        values = cast("Sequence[object]", value) if isinstance(value, (list, tuple)) else [value]
        for number, one in enumerate(values):
            if isinstance(one, int):
                yield (f"{name}_{number}" if isinstance(value, (list, tuple)) else name), one
    for number, shape in enumerate(shapes):
        yield from ((f"size_{number}_{axis}", size) for axis, size in enumerate(shape or ()))
    first = next((shape for shape in shapes if shape), ())
    called = ("batch", "in_channels", *SPATIAL.get(len(first) - 2, ()))
    yield from zip(called, first, strict=False)
    yield from (("in_features", size) for size in first[-1:])


def read_operators(reader: Reader, table: Table | None) -> dict[str, OperatorRule]:
    """The rules in a table of a configuration; a complaint for each mistake."""
    found: dict[str, OperatorRule] = {}
    for name, (at, node) in table.entries.items() if table else ():
        mapping = reader.mapping(node, f"the rule of {quoted(name)}")
        if mapping is None:
            continue
        reader.known_keys(mapping, KEYS, "the rule of an operator", "key")
        shapes = mapping.get("shapes")
        costs = {key: mapping.get(key) for key in COSTS}
        read = {key: _expression(reader, node) for key, node in costs.items() if node is not None}
        if "macs" not in costs or costs["macs"] is None:
            reader.complain(f"the rule of {quoted(name)} says nothing of its macs: 0 if none", at)
        found[name] = OperatorRule(
            name,
            tuple(_shapes(reader, shapes)) if shapes is not None else (),
            {key: one for key, one in read.items() if one is not None},
            at.source,
        )
    return found


def _shapes(reader: Reader, node: Node) -> Iterator[tuple[Expression, ...]]:
    outputs = node.items if isinstance(node, List) else []
    if not outputs or not all(isinstance(one, List) and one.items for one in outputs):
        reader.complain(f"shapes is {WANTED}, and here is {described(node)}", node)
        return
    for one in outputs:
        sizes = [_expression(reader, size) for size in cast("List", one).items]
        yield tuple(size for size in sizes if size is not None)


def _expression(reader: Reader, node: Node) -> Expression | None:
    if not isinstance(node, Scalar):
        reader.complain(f"an expression is wanted, and here is {described(node)}", node)
        return None
    try:
        return parse(node.text)
    except ExpressionError as error:
        reader.complain(error.message, node, *error.notes)
        return None


def rule_of(operator: str, written: Mapping[str, object]) -> OperatorRule:
    """A rule from Python: ``{"shapes": [["batch", 8]], "macs": "batch * 8"}``.

    Raises:
        ConvcostError: it is not one.
    """

    def refused(why: str) -> ConvcostError:
        return ConvcostError(f"the rule of the operator {quoted(printable(operator))}: {why}")

    def expression(value: object) -> Expression:
        try:
            return parse(str(value))
        except ExpressionError as error:
            raise refused(error.message) from None

    for key in written:
        if key not in KEYS:
            raise refused(f"it has {quoted(key)}, and takes {', '.join(KEYS)}")
    if "macs" not in written:
        raise refused("it says nothing of its macs: 0 if none")
    shapes = cast("Sequence[Sequence[object]]", written.get("shapes", ()))
    if not all(isinstance(one, (list, tuple)) for one in (shapes, *shapes)):
        raise refused(f"shapes is {WANTED}")
    costs = {key: expression(value) for key, value in written.items() if key != "shapes"}
    return OperatorRule(operator, tuple(tuple(map(expression, s)) for s in shapes), costs)
