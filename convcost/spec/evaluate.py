"""Templates to values, with every mistake reported once, where it stands.

None is the value of what cannot be known because of a mistake that is reported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from convcost.allowance import work
from convcost.dtype import DTYPES
from convcost.errors import listed, similar
from convcost.ops.kinds import shown
from convcost.spec.expression import SIZES
from convcost.spec.reader import expression_problem
from convcost.spec.syntax import FUNCTIONS, WORDS, ExpressionError, UnknownNameError, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from convcost.spec.model import Template
    from convcost.spec.problems import Problems
    from convcost.spec.scope import Flow, Scope


MOST_VALUES = 500  # in a list and the lists in it
CHARACTERS_A_STEP = 8  # of an expression


class UnknownValue(Exception):  # noqa: N818 - not an error: the mistake behind it is reported
    """A name whose value is not known."""


def evaluate(template: Template, problems: Problems, scope: Scope, flow: Flow = ()) -> Value | None:
    """The value of a template.

    Args:
        template: an expression, or a list.
        problems: told of mistakes.
        scope: names in sight.
        flow: the layer's input, for ``in_channels`` and its like; empty where there is none.
    """
    expression = template.expression
    if expression is None:
        work(len(template.items), "evaluating a list")
        values = [evaluate(item, problems, scope, flow) for item in template.items]
        known = [value for value in values if value is not None]
        if len(known) < len(values):
            return None
        if sum(map(_size, known)) > MOST_VALUES:
            problems.at(template.node, f"a list of more than {MOST_VALUES} values", scope)
            return None
        return known
    if expression.constant is not None:
        return expression.constant
    work(1 + expression.size // CHARACTERS_A_STEP, "evaluating an expression")
    try:
        return expression.evaluate(_names(scope, flow))
    except UnknownValue:
        return None
    except UnknownNameError as error:
        if scope.vague:
            return None
        problem = expression_problem(template.node, error, _help(error.name, scope.names))
    except ExpressionError as error:
        problem = expression_problem(template.node, error)
    problems.once(problem, scope)
    return None


def _names(scope: Scope, flow: Flow) -> Callable[[str], Value]:
    def value(name: str) -> Value:
        if name in scope.names:
            known = scope.names[name]
            if known is None:
                raise UnknownValue
            return known
        if name in SIZES and flow != ():
            return _input_size(name, flow)
        raise UnknownNameError(name)

    return value


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
    if name == "in_channels":
        return shape[0]
    if name == "in_features":
        return shape[-1]
    axes = _SPATIAL.get(len(shape) - 1, ())
    if name in axes:
        return shape[1 + axes.index(name)]
    raise ExpressionError(f"the input {list(shape)} has no `{name}`")


def _help(name: str, names: Mapping[str, object]) -> tuple[str, ...]:
    if name == "i":
        return ("`i` is the number of the pass, inside `repeat:`",)
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
    problems.at(template.node, f"a yes or no is wanted, and this is {shown(value)}", scope)
    return None


def whole(template: Template, problems: Problems, scope: Scope, flow: Flow) -> int | None:
    """The value of a count of at least 0."""
    value = evaluate(template, problems, scope, flow)
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
        return value
    message = f"a whole number from 0 up is wanted, and this is {shown(value)}"
    problems.at(template.node, message, scope)
    return None
