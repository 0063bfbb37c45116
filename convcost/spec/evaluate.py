"""Templates to values, with every mistake reported once, where it stands.

None is the value of what cannot be known because of a mistake that is reported.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, cast

from convcost.allowance import work
from convcost.dtype import DTYPES
from convcost.errors import closest, listed, similar
from convcost.ops import OPS
from convcost.ops.kinds import shown
from convcost.spec.expression import SIZES
from convcost.spec.functions import FUNCTIONS
from convcost.spec.reader import expression_problem
from convcost.spec.scope import SeenWord
from convcost.spec.syntax import (
    WORDS,
    ExpressionError,
    MisplacedWord,
    UnknownNameError,
    Value,
)
from convcost.traced import called, is_traced, told_apart

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from convcost.spec.expression import Expression
    from convcost.spec.functions import Exact
    from convcost.spec.model import Template
    from convcost.spec.problems import Problems
    from convcost.spec.scope import Flow, Scope
    from convcost.spec.syntax import Names
    from convcost.traced import Traced


MOST_VALUES = 500  # in a list and the lists in it
NAMED = ("i", *SIZES)  # known in some places alone, and no words elsewhere
CHARACTERS_A_STEP = 8  # of an expression


class UnknownValue(Exception):  # noqa: N818 - not an error: the mistake behind it is reported
    """A name whose value is not known."""


def evaluate(
    template: Template,
    problems: Problems,
    scope: Scope,
    flow: Flow = (),
    no_words: Collection[str] | None = None,
) -> Value | None:
    """The value of a template.

    Args:
        template: an expression, or a list.
        problems: told of mistakes.
        scope: names in sight.
        flow: the layer's input, for ``in_channels`` and its like; empty where there is none.
        no_words: given where a name that nothing has is a word: the names that cannot be one.
    """
    expression = template.expression
    if expression is None:
        work(len(template.items), "evaluating a list")
        values = [evaluate(item, problems, scope, flow, no_words) for item in template.items]
        known = [value for value in values if value is not None]
        if len(known) < len(values):
            return None
        if sum(map(_size, known)) > MOST_VALUES:
            problems.at(template.node, f"a list of more than {MOST_VALUES} values", scope)
            return None
        return known
    constant = expression.constant
    if constant is not None:
        if no_words is not None and isinstance(constant, str):
            return SeenWord(constant, scope)
        return constant
    work(1 + expression.size // CHARACTERS_A_STEP, "evaluating an expression")
    try:
        return _worked_out(expression, _names(template, scope, flow, no_words))
    except UnknownValue:
        return None
    except UnknownNameError as error:
        if scope.vague:
            return None
        notes = _help(error.name, scope.names)
        if error.name in expression.compared and not notes:
            notes = ("words that may be compared are the values of vars, arguments and cells",)
        problem = expression_problem(template.node, error, notes)
    except MisplacedWord as error:
        misplaced(error.word, problems, scope)
        return None
    except ExpressionError as error:
        problem = expression_problem(template.node, error, _of_default(template, scope))
    problems.once(problem, scope)
    return None


def _of_default(template: Template, scope: Scope) -> tuple[str, ...]:
    """A note for a template that is an argument's default in the block around it."""
    args = scope.calls[-1].block.args if scope.calls else {}
    return tuple(
        f"this is what `{name}` is unless given: give it where the block is called"
        for name, default in args.items()
        if default is template
    )


def _worked_out(expression: Expression, names: Names) -> Value:
    """The value of an expression. Of traced numbers it is one step, whatever it works out."""
    known: dict[str, Value] = {}
    for name in expression.names:
        with suppress(UnknownValue, ExpressionError):  # it may be a word, or not be read
            known[name] = names(name)
    leaves = {leaf.number: leaf for value in known.values() for leaf in _leaves(value)}
    if not leaves:
        return expression.evaluate(names)
    if expression.word is not None:
        return known[expression.word]

    def of(*numbers: Exact) -> Value:
        given = dict(zip(leaves, numbers, strict=True))
        values = {name: _replaced(value, given) for name, value in known.items()}
        return expression.evaluate(lambda name: values[name] if name in values else names(name))

    def of_others(*numbers: Exact) -> Value | None:
        try:
            return of(*numbers)
        except (UnknownValue, ExpressionError):
            return None

    numbers = [*leaves.values()]
    value = of(*(leaf.value for leaf in numbers))
    read = tuple((name, told_apart(known[name])) for name in sorted(known))
    return cast("Value", called((expression, read), of_others, numbers, value))


def _leaves(value: Value) -> list[Traced]:
    """The traced numbers in a value."""
    if is_traced(value):
        return [cast("Traced", value)]
    return [leaf for one in value for leaf in _leaves(one)] if isinstance(value, list) else []


def _replaced(value: Value, given: Mapping[int, Exact]) -> Value:
    """A value with others for its traced numbers, by their nodes."""
    if is_traced(value):
        return given[cast("Traced", value).number]
    return [_replaced(one, given) for one in value] if isinstance(value, list) else value


def misplaced(value: object, problems: Problems, scope: Scope) -> bool:
    """Whether a value is a word that may be a name with a slip in it, which is reported where it is
    written: something else is wanted."""
    if not isinstance(value, SeenWord) or value.node is None:
        return False
    error = UnknownNameError(str(value))
    problem = expression_problem(value.node, error, _help(error.name, value.scope.names))
    problems.once(problem, scope)
    return True


def part(value: object, path: tuple[int, ...]) -> object:
    """The value at a path into nested lists."""
    for index in path:
        if isinstance(value, list):
            value = cast("list[object]", value)[index]
    return value


def _names(
    template: Template, scope: Scope, flow: Flow, no_words: Collection[str] | None
) -> Callable[[str], Value]:
    expression = template.expression
    assert expression is not None

    def value(name: str) -> Value:
        if name in scope.names:
            known = scope.names[name]
            if known is None:
                raise UnknownValue
            return known
        if name in SIZES and flow != ():
            return _input_size(name, flow)
        free = no_words is not None and not scope.vague and name not in (*NAMED, *no_words)
        if free and name == expression.word:
            return SeenWord(name, scope, template.node)
        if name in expression.compared and _is_word(name, scope):
            return name
        raise UnknownNameError(name)

    return value


def _is_word(name: str, scope: Scope) -> bool:
    """Whether a name that nothing has is a word where it is compared: some value is that word. In a
    block it is, unless it may be a slip: values of its arguments may be anything."""
    if name in scope.words or name in OPS:
        return True
    return scope.in_block and name not in NAMED and not closest(name, scope.names)


_SPATIAL = {
    1: ("in_length",),
    2: ("in_height", "in_width"),
    3: ("in_depth", "in_height", "in_width"),
}


def _size(value: Value) -> int:
    """The number of values in a value: itself, and those of a list."""
    return 1 + sum(map(_size, value)) if isinstance(value, list) else 1


def _input_size(name: str, flow: Flow) -> int:
    if flow is None:
        raise UnknownValue
    shape = flow[0].sample_shape
    if name == "in_channels" and shape:
        return shape[0]
    if name == "in_features" and shape:
        return shape[-1]
    axes = _SPATIAL.get(len(shape) - 1, ())
    if name in axes:
        return shape[1 + axes.index(name)]
    what = f"the input {list(shape)}" if shape else "the input is a single number, which"
    raise ExpressionError(f"{what} has no `{name}`")


def _help(name: str, names: Mapping[str, object]) -> tuple[str, ...]:
    if name == "i":
        return (
            "`i` is the number of the pass, inside `repeat:`; `from` and `when` beside `repeat:` "
            "are read before the first pass: in a group with `repeat:` they are read in each",
            "`index: i` at a table gives the number of the row",
        )
    if name in SIZES:
        return (f"`{name}` is known where a layer reads an input",)
    return similar(name, (*names, *SIZES, *FUNCTIONS, *WORDS), "name")


def type_of_numbers(template: Template, problems: Problems, scope: Scope, flow: Flow) -> str | None:
    """The value of a ``dtype:``."""
    value = evaluate(template, problems, scope, flow)
    if value is None or value in DTYPES:
        return cast("str | None", value)
    wanted = listed([f"`{dtype}`" for dtype in DTYPES], "or")
    problems.at(template.node, f"dtype is {wanted}, and this is {shown(value)}", scope)
    return None


def yes_or_no(
    template: Template | None, unless: bool, problems: Problems, scope: Scope, flow: Flow
) -> bool | None:
    """The value of a condition, ``unless`` where there is none."""
    if template is None:
        return unless
    value = evaluate(template, problems, scope, flow)
    if value is None or isinstance(value, bool):
        return value
    if not misplaced(value, problems, scope):
        message = f"a yes or no is wanted, and this is {shown(value)}"
        problems.at(template.node, message, scope)
    return None


def whole(template: Template, problems: Problems, scope: Scope, flow: Flow) -> int | None:
    """The value of a count of at least 0."""
    value = evaluate(template, problems, scope, flow)
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
        return value
    if not misplaced(value, problems, scope):
        message = f"a whole number from 0 up is wanted, and this is {shown(value)}"
        problems.at(template.node, message, scope)
    return None
