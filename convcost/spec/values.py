"""The numbers of a document before any layer: vars, input shapes, expectations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.dtype import DEFAULT
from convcost.errors import Problem, plural, quoted, similar
from convcost.metrics import COUNTS
from convcost.ops.kinds import Count, Counts, FieldError, shown
from convcost.spec.compose import compose
from convcost.spec.evaluate import evaluate, misplaced, part, type_of_numbers
from convcost.spec.nodes import File, Scalar
from convcost.spec.reader import Reader
from convcost.spec.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convcost.spec.model import Document, Template
    from convcost.spec.problems import Problems
    from convcost.spec.syntax import Value

LONGEST_CHAIN = 100  # vars that need each other


def set_vars(document: Document, settings: Mapping[str, str], problems: Problems) -> None:
    """Put values given on the command line in place of a document's vars."""
    for name, text in settings.items():
        if name not in document.vars:
            known = ", ".join(document.vars) or "none"
            notes = similar(name, document.vars, "var") or (f"vars of the spec: {known}",)
            problems.add(Problem(f"--set: the spec has no var {quoted(name)}", notes=notes))
            continue
        setting = File(f"--set {name}", text, setting=True)
        node = compose(setting, problems) or Scalar(setting, "", True, 1, 1, 1)
        document.vars[name] = Reader(problems, document.words).argument(node)


def vars_of(document: Document, problems: Problems) -> Mapping[str, Value | None]:
    """The values of all vars, each evaluated after those that it needs."""
    values: dict[str, Value | None] = dict.fromkeys(document.vars)
    scope = _scope(document, values)
    done: set[str] = set()

    def visit(name: str, chain: tuple[str, ...]) -> None:
        template = document.vars[name]
        if name in done or template is None:
            return
        if name in chain:
            loop = " -> ".join((*chain[chain.index(name) :], name))
            problems.at(template.node, f"vars go round in a circle: {loop}", scope)
        elif len(chain) > LONGEST_CHAIN:
            message = f"vars need each other more than {LONGEST_CHAIN} deep"
            problems.at(template.node, message, scope)
        else:
            for needed in sorted(template.names & document.vars.keys()):
                visit(needed, (*chain, name))
            if name not in done:  # else a circle has come back here
                values[name] = evaluate(template, problems, scope, no_words=())
        done.add(name)

    for name in document.vars:
        visit(name, ())
    return values


def input_shapes(
    document: Document,
    given: Mapping[str, Sequence[int]],
    vars_: Mapping[str, Value | None],
    problems: Problems,
) -> dict[str, tuple[int, ...] | None]:
    """Shapes without the batch, by input; None where a mistake leaves one unknown."""
    scope = _scope(document, vars_)
    own = {
        name: _shape(template, scope, problems) if template is not None else None
        for name, template in document.inputs.items()
    }
    shapes = own.copy()
    for word, sizes in given.items():
        name = next(iter(own)) if word == "" and len(own) == 1 else word
        if name not in own:
            known = ", ".join(f"{known}=..." for known in own)
            said = f"there is no input {quoted(name)}" if name else "the spec has several inputs"
            problems.add(Problem(f"--input: {said}", notes=(f"inputs: {known}",)))
            continue
        shapes[name] = _given_shape(name, sizes, own[name], problems)
    return shapes


def _scope(document: Document, vars_: Mapping[str, Value | None]) -> Scope:
    scope = Scope(vars_, {}, [])
    scope.vague, scope.words = document.vague, document.words
    return scope


def _shape(template: Template, scope: Scope, problems: Problems) -> tuple[int, ...] | None:
    value = evaluate(template, problems, scope)
    if value is None:
        return None
    try:
        return _sizes(value)
    except FieldError as error:
        if not misplaced(part(value, error.path), problems, scope):
            what = "a size of the input" if error.path else "the input's shape"
            problems.at(template.at(error.path), f"{what} {error}", scope)
        return None


def dtype_of(document: Document, vars_: Mapping[str, Value | None], problems: Problems) -> str:
    """The type of numbers that the document names for all layers."""
    if document.dtype is None:
        return DEFAULT
    return type_of_numbers(document.dtype, problems, _scope(document, vars_), ()) or DEFAULT


def _given_shape(
    name: str, sizes: Sequence[int], own: tuple[int, ...] | None, problems: Problems
) -> tuple[int, ...] | None:
    written = "x".join(map(str, sizes))
    try:
        shape = _sizes(list(sizes))
    except FieldError as error:
        problems.add(Problem(f"--input {name}={written}: the input's shape {error}"))
        return None
    if own is None or len(own) == len(shape):
        return shape
    here = f"and here {'is' if len(shape) == 1 else 'are'} {len(shape)}"
    message = f"the spec's input has {plural(len(own), 'size')}, as in {list(own)}, {here}"
    notes = ("channels come first, and the batch is not written",)
    problems.add(Problem(f"--input {name}={written}: {message}", notes=notes))
    return None


def _sizes(value: object) -> tuple[int, ...]:
    """A shape from its value; FieldError says what is wrong with it."""
    shape = Counts("a list of sizes, channels first").normal(value, 0)
    for size in shape:
        Count().normal(size)
    return shape


def expectations(
    document: Document, vars_: Mapping[str, Value | None], problems: Problems
) -> dict[str, Value]:
    """Figures that the author of a spec vouches for."""
    scope = _scope(document, vars_)
    expect: dict[str, Value] = {}
    for name, template in document.expect.items():
        value = evaluate(template, problems, scope)
        lists = name not in COUNTS
        if value is None:
            continue
        if isinstance(value, list if lists else int) and not isinstance(value, bool):
            expect[name] = value
        elif not misplaced(value, problems, scope):
            wanted = "a list" if lists else "a whole number"
            message = f"{name} is {shown(value)}, and {wanted} is wanted"
            problems.at(template.node, message, scope)
    return expect
