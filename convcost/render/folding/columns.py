"""Numbers in which instances of a block differ: arguments, and expressions of them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from convcost.render.folding.items import ACT, CALL, OPTIONAL, WHOLE, Item
from convcost.slotted import Slotted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.render.folding.items import Value

CHANNELS = "channels"
ALONE = frozenset(
    ("stride", "kernel_size", "padding", "dilation", "groups", "skip", "shortcut", ACT)
)
"""Fields that are not numbers of channels: only their like is equal to them for a reason."""

MOST_TIMES = 16  # channels of one layer over those of another


class Column(Slotted):
    """A number of a block's layers that is not the same in all instances.

    Attributes:
        item: the entry that it stands in, of the first instance.
        field: its field there.
        kind: what it is a number of.
        values: that of each instance; None where the entry is not there.
        local: the channels that the entry reads in each.
        of_input: whether those are the channels of the block's input.
        text: how the block says it, where no variable does.
        test: what a condition holds it to, besides.
    """

    __slots__ = (
        "field",
        "item",
        "kind",
        "local",
        "of_input",
        "test",
        "text",
        "values",
        "variable",
    )

    def __init__(
        self,
        item: Item,
        field: str,
        kind: str,
        values: Sequence[Value],
        local: Sequence[int | None],
    ) -> None:
        self.item = item
        self.field = field
        self.kind = kind
        self.values = values
        self.local = local
        self.of_input = False
        self.text = ""
        self.test: Test | None = None
        self.variable: Variable | None = None

    @property
    def hint(self) -> str:
        """The name of the entry, or of the path that it is in."""
        return self.item.name or self.item.path


class Test(NamedTuple):
    """A condition on the channels that an entry reads, on a stride, or on either.

    ``made`` is what the channels are compared with; None where they are not, as ``stride`` is.
    ``holds`` is whether nothing changes.
    """

    made: Variable | int | None
    stride: Variable | None
    holds: bool


class Variable(Slotted):
    """A number that the layers of a block have in common: an argument, or an expression.

    Attributes:
        kind: what it is a number of.
        values: that of each instance; None where nothing says.
        columns: where it stands.
        base: the variable that it is an expression of, if any.
        expression: the text, with ``{}`` for what it is of.
        of_input: whether that is the channels of the block's input.
        name: of the argument.
        default: what the argument is unless given.
    """

    __slots__ = (
        "base",
        "columns",
        "default",
        "expression",
        "kind",
        "name",
        "of_input",
        "used",
        "values",
    )

    def __init__(self, column: Column) -> None:
        self.kind = column.kind
        self.values = list(column.values)
        self.columns = [column]
        self.base: Variable | None = None
        self.expression = ""
        self.of_input = False
        self.used = False
        self.name = ""
        self.default: Value = None

    @property
    def given(self) -> bool:
        """Whether who calls the block says it."""
        return not self.expression


class Sheet:
    """The columns of a block, gathered while its instances are laid over each other."""

    def __init__(self, instances: Sequence[Sequence[Item]], *, deep: bool = False) -> None:
        self.columns: list[Column] = []
        self.variables: list[Variable] = []
        self.deep = deep
        first = [_entry(one) for one in instances]
        self.entry = [item.in_channels for item in first]
        self.made = [_channels(one[-1]) for one in instances]
        self.conditions: list[Column] = []
        self.template = self._list(instances)
        self._solve()

    # Laying instances over each other

    def _list(self, instances: Sequence[Sequence[Item] | None]) -> list[Item]:
        first = next(one for one in instances if one)
        return [
            self._item([one[place] if one else None for one in instances])
            for place in range(len(first))
        ]

    def _item(self, items: Sequence[Item | None]) -> Item:
        first = next(item for item in items if item is not None)
        template = Item(first.word, {}, first.reads, first.outputs, (first.start, first.stop))
        template.defaults, template.block = first.defaults, first.block
        template.kind, template.kinds = first.kind, first.kinds
        for name in first.values:
            template.values[name] = self._cell(template, items, name)
        for name, part in first.parts.items():
            if first.word == CALL and not self.deep:
                template.parts[name] = part
            else:
                template.parts[name] = self._part(template, items, name)
        return template

    def _part(self, template: Item, items: Sequence[Item | None], name: str) -> list[Item]:
        lists = [None if item is None else item.parts[name] for item in items]
        there = [one for one in lists if one]
        if not there:
            return []
        if any(one == [] for one in lists):
            present = [None if one is None else bool(one) for one in lists]
            local = [None if item is None else item.in_channels for item in items]
            column = Column(template, name, name, present, local)
            self.conditions.append(column)
            template.values["when"] = column
        return self._list([one or None for one in lists])

    def _cell(self, first: Item, items: Sequence[Item | None], name: str) -> Any:
        values = [None if item is None else item.values[name] for item in items]
        local = [None if item is None else item.in_channels for item in items]
        kind = kind_of(first, name)
        return self._folded(first, name, kind, values, local, [i is not None for i in items])

    def _folded(
        self,
        first: Item,
        name: str,
        kind: str,
        values: Sequence[Value],
        local: Sequence[int | None],
        there: Sequence[bool],
    ) -> Any:
        found = [value for value, is_there in zip(values, there, strict=True) if is_there]
        if all(value == found[0] and type(value) is type(found[0]) for value in found):
            return found[0]
        if isinstance(found[0], tuple) and name not in WHOLE:
            return tuple(
                self._folded(
                    first,
                    name,
                    kind,
                    [value[place] if isinstance(value, tuple) else None for value in values],
                    local,
                    there,
                )
                for place in range(len(found[0]))
            )
        column = Column(first, name, kind, values, local)
        (self.conditions if kind == "skip" else self.columns).append(column)
        return column

    # Finding out what is an expression of what

    def _solve(self) -> None:
        for column in self.columns:
            column.of_input = all(
                own is None or own == entry
                for own, entry in zip(column.local, self.entry, strict=True)
            )
            self._place(column)
        for column in self.conditions:
            self._place_condition(column)

    def _place(self, column: Column) -> None:
        if column.field == "groups" and column.values == column.local:
            column.text = "in_channels"
            return
        known = next((one for one in self.variables if _agree(one, column)), None)
        if known is not None:
            _join(known, column)
            return
        if column.item.kind == "depthwise" and column.values == column.local:
            column.text = "in_channels"
            return
        variable = column.variable = Variable(column)
        self._express(variable)
        self.variables.append(variable)

    def _express(self, variable: Variable) -> None:
        if variable.kind == CHANNELS:
            times = _times(variable.values, self.entry)
            if times and None not in self.entry:
                variable.expression, variable.of_input = times, True
                return
        for base in self.variables:
            both = base.given and base.kind in (CHANNELS, "kernel_size")
            text = _expressed(variable, base) if both else ""
            if text:
                variable.expression, variable.base = text, base
                base.used = True
                return

    def _place_condition(self, column: Column) -> None:
        if column.item.word == OPTIONAL and self._place_optional(column):
            return
        column.test = self._test(column)
        if column.test is not None:
            return
        wanted = list(column.values)
        known = next((one for one in self.variables if one.values == wanted), None)
        if known is None:
            self.variables.append(known := Variable(column))
        column.variable = known

    def _place_optional(self, column: Column) -> bool:
        """Whether numbers of an optional entry tell if it is there: that of the channels that it
        makes is another one than it reads, or is 0 where it is not there."""
        (inside,) = column.item.parts["layers"]
        for variable in self.variables:
            if variable.kind != CHANNELS:
                continue
            pairs = list(zip(column.values, variable.values, strict=True))
            makes = any(one.item is inside for one in variable.columns)
            changes = zip(column.values, variable.values, column.local, strict=True)
            if makes and all(is_there in (None, made != own) for is_there, made, own in changes):
                column.test = Test(variable, None, False)
                variable.used = True
                return True
            if variable.given and all((n is None) == (not is_there) for is_there, n in pairs):
                variable.values = [0 if is_there is False else n for is_there, n in pairs]
                column.variable = variable
                return True
        return False

    def _test(self, column: Column) -> Test | None:
        """The condition that a column follows, if any."""
        same = [a == b for a, b in zip(column.local, self.made, strict=True)]
        made = self.made[0] if len({*self.made}) == 1 else self._said(self.made)
        strides = [v for v in self.variables if v.kind == "stride" and v.given]
        stays = [[value in (1, None) for value in one.values] for one in strides]
        tests = [(Test(made, None, True), same)] if made is not None else []
        for stride, still in zip(strides, stays, strict=True):
            tests.append((Test(None, stride, True), still))
            if made is not None:
                both = [a and b for a, b in zip(same, still, strict=True)]
                tests.append((Test(made, stride, True), both))
        holds = column.field == "skip"
        for test, truth in tests:
            pairs = zip(column.values, truth, strict=True)
            if all(value is None or value == (true is holds) for value, true in pairs):
                for one in test[:2]:
                    if isinstance(one, Variable):
                        one.used = True
                return test._replace(holds=holds)
        return None

    def _said(self, values: Sequence[int | None]) -> Variable | None:
        return next((one for one in self.variables if one.values == list(values)), None)


def _entry(items: Sequence[Item]) -> Item:
    """The first of some entries that reads something."""
    return next((item for item in items if item.reads), items[0])


def _channels(item: Item) -> int | None:
    shape = item.outputs[0].shape
    return shape[1] if len(shape) > 1 else None


def kind_of(item: Item, field: str) -> str:
    """Return the kind of a field's numbers, such as channels."""
    return item.kinds.get(field, field if field in ALONE else CHANNELS)


def _agree(variable: Variable, column: Column) -> bool:
    """Whether a column has a variable's numbers wherever it is there."""
    if variable.kind != column.kind and not (
        column.field == "groups" and variable.kind == CHANNELS
    ):
        return False
    pairs = zip(variable.values, column.values, strict=True)
    return all(b is None or a == b or (a is None and variable.given) for a, b in pairs) and any(
        a is not None and a == b for a, b in zip(variable.values, column.values, strict=True)
    )


def _join(variable: Variable, column: Column) -> None:
    column.variable = variable
    variable.columns.append(column)
    if variable.given:
        variable.values = [
            b if a is None else a for a, b in zip(variable.values, column.values, strict=True)
        ]


def _expressed(variable: Variable, base: Variable) -> str:
    """A variable as an expression of another one; empty where it is none."""
    if variable.kind == "padding" and base.kind == "kernel_size":
        pairs = list(zip(variable.values, base.values, strict=True))
        halves = all(
            a is None or (isinstance(a, int) and isinstance(b, int) and a == b // 2)
            for a, b in pairs
        )
        return "{} // 2" if halves else ""
    if variable.kind == base.kind == CHANNELS:
        return _times(variable.values, base.values)
    return ""


def _times(values: Sequence[Value], others: Sequence[Value]) -> str:
    """How often numbers are others, as an expression; empty where that differs."""
    both = [(a, b) for a, b in zip(values, others, strict=True) if a is not None]
    if any(not isinstance(n, int) or n < 1 for pair in both for n in pair) or not both:
        return ""
    pairs = cast("list[tuple[int, int]]", both)
    (a, b) = pairs[0]
    for times in (a // b, b // a):
        if not 1 <= times <= MOST_TIMES:
            continue
        if all(x == times * y for x, y in pairs):
            return "{}" if times == 1 else f"{times} * {{}}"
        if all(times * x == y for x, y in pairs):
            return f"{{}} // {times}"
    return ""


def arguments_needed(instances: Sequence[Sequence[Item]]) -> int:
    """The number of arguments that a block with these instances would have."""
    sheet = Sheet(instances, deep=True)
    return sum(variable.given for variable in sheet.variables)


def usual(values: Sequence[Value]) -> Value:
    """The value that at least half of the instances have; None where there is none."""
    ((value, count),) = Counter(values).most_common(1)
    return value if 2 * count >= len(values) else None
