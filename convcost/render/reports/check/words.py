"""Sentences about a limit, alike in every format."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from convcost.budget.limit import Bound
from convcost.budget.verdict import Status, sentence, shown, subject
from convcost.errors import plural, printable
from convcost.finding import Level
from convcost.gate.checks import State
from convcost.gate.difference import by_line, total

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.gate.checks import Checked, Checks, Held, Repair, Unexpected
    from convcost.gate.difference import Change

MOST_LINES = 5  # listed as those that made a difference


def label(held: Held) -> str:
    """The subject of a limit, and how it was written where that is not an amount."""
    limit = held.verdict.limit
    written = isinstance(limit.amount, Fraction) or limit.relative
    return subject(limit) + (f" ({printable(limit.text)})" if written else "")


def outcome(held: Held, *, number: str = "") -> str:
    """The outcome of a limit, in a word or two: ``6,102,144 over``; ``number`` stands in place of
    all its digits."""
    verdict = held.verdict
    match verdict.status:
        case Status.BROKEN:
            word = "short" if verdict.limit.bound is Bound.MIN else "over"
            return f"{number or f'{verdict.over:,}'} {word}"
        case Status.KEPT:
            word = "to spare" if verdict.limit.bound is Bound.MIN else "left"
            return f"{number or f'{-verdict.over:,}'} {word}"
        case Status.UNKNOWN:
            return "not all counted"
        case Status.NEW:
            return "nothing before"
        case Status.UNMATCHED:
            return "no such layer"


def message(held: Held) -> str:
    """The mistake, in a sentence, and what the budget's author has to say about it."""
    verdict = held.verdict
    limit = verdict.limit
    if verdict.status is Status.UNKNOWN:
        said = f"{subject(limit)} cannot be held against its limit: not all layers were counted"
    else:
        said = sentence(verdict)
    return f"{said}: {printable(limit.message)}" if limit.message else said


def unchecked_limit(model: Checked, held: Held) -> str:
    """Why a limit was neither kept nor broken; "" where it was one of them."""
    match held.verdict.status:
        case Status.UNKNOWN:
            return message(held)
        case Status.NEW if model.state is State.NEW:
            return "growth not checked: the model is new"
        case Status.NEW:
            return "growth not checked: there is no baseline"
        case Status.UNMATCHED:
            return "the model has no such layer"
        case Status.KEPT | Status.BROKEN:
            return ""


def marked(report: Checks, held: Held) -> str:
    """As :func:`message`, and that it is a warning where it does not fail."""
    if report.counts_as_failure(held):
        return message(held)
    return f"{'note' if held.level is Level.NOTE else 'warning'}: {message(held)}"


def unexpected(model: Checked) -> list[Unexpected]:
    """The figures that are not as expected and of which there is something to say."""
    return [wrong for wrong in model.unexpected if wrong.level is not None]


def expected(wrong: Unexpected) -> str:
    """A figure that is not as its author expects, and that it is a warning where it does not
    fail."""
    said = printable(wrong.message)
    return said if wrong.level is Level.ERROR else f"warning: {said}"


def history(held: Held, state: State) -> str:
    """The state before this change, and what that added; "" where nothing is known of that."""
    verdict = held.verdict
    if state is State.NEW:
        return "the model is new"
    if verdict.before is None or verdict.change is None:
        return ""
    metric = verdict.limit.metric
    change = verdict.change
    if not change:
        adds = "which changes nothing in that"
    else:
        does = "adds" if change > 0 else "takes off"
        adds = f"which {does} {shown(abs(change), metric)}"
    if verdict.limit.relative:
        return ""
    if verdict.over_before:
        word = "short" if verdict.limit.bound is Bound.MIN else "over"
        before = shown(verdict.over_before, metric)
        return f"already {before} {word} before this change, {adds}"
    return f"within the limit before this change ({shown(verdict.before, metric)}), {adds}"


def loosened(held: Held) -> str:
    """That a change lets more through than the limit did before; "" where it does not."""
    if held.loosened is None:
        return ""
    old, new = printable(held.loosened.text), printable(held.verdict.limit.text)
    return f"this change moves the limit itself from {old} to {new}"


def layers(changes: Sequence[Change]) -> list[str]:
    """The lines of the spec that made the most of a difference, and the rest of it: ``+9,000
    net.yaml:25  stage.1.0``. What has no line is listed by its layer."""
    groups = by_line(changes)
    said = [_group(group) for group in groups[:MOST_LINES]]
    rest = [change for group in groups[MOST_LINES:] for change in group]
    return [*said, f"{total(rest):+,}  in {plural(len(rest), 'layer')} more"] if rest else said


def _group(changes: Sequence[Change]) -> str:
    first = changes[0]
    name = printable(first.layer)
    if first.after is None:
        return f"{total(changes):+,}  {name}, which is gone"
    where = f"{printable(str(first.source))}  " if first.source else ""
    new = ", new" if first.before is None else ""
    if len(changes) == 1:
        return f"{total(changes):+,}  {where}{name}{new}"
    return f"{total(changes):+,}  {where}{len(changes)} layers, most of it {name}{new}"


def repaired(repair: Repair) -> str:
    """The one number that fits again."""
    change = f"`{repair.what}: {repair.after}` in place of {repair.before}"
    return f"it keeps its limits with {change} ({printable(str(repair.source))})"


def details(model: Checked, held: Held) -> list[str]:
    """Everything about a broken limit besides its sentence, a line each."""
    exempt = held.excused.why if held.excused and held.level is Level.NOTE else ""
    said = [history(held, model.state), loosened(held), exempt]
    return [line for line in said if line]


def heading(model: Checked) -> str:
    """A model and what became of it since."""
    words = [printable(model.path)]
    if model.figures.name:
        words.append(printable(model.figures.name))
    if model.state is State.RENAMED:
        words.append(f"(was {printable(model.path_before)})")
    return "  ".join(words)


def status(report: Checks, model: Checked) -> str:
    """A model's result in a word."""
    if report.failed(model):
        return "FAILED"
    if model.state is State.DELETED:
        return "deleted"
    broken = [held for held in model.held if is_broken(held)]
    if any(h.level is Level.WARNING for h in broken) or model.weakened or unexpected(model):
        return "warning"
    if broken:
        return "exempt"
    if any(held.verdict.status is not Status.NEW for held in model.held):
        return "passed"
    return "unchecked" if model.held and model.state is not State.NEW else "no limit"


def summary(report: Checks) -> str:
    """The whole result in a sentence."""
    unread = unchecked(report)
    if not report.models and unread:
        return unread
    said = _result(report)
    return f"{said}; {unread}" if unread else said


def unchecked(report: Checks) -> str:
    """How many models could not be checked, or how many mistakes are in no model; "" where all is
    well."""
    if not report.errors:
        return ""
    models = {model for mistake in report.errors for model in mistake.models}
    if not models:
        return f"{plural(len(report.errors), 'mistake')} ended the check"
    return f"{plural(len(models), 'model')} could not be checked"


def _result(report: Checks) -> str:
    there = [model for model in report.models if model.state is not State.DELETED]
    failed = len(report.failures)
    warned = sum(any(_warns(h) for h in m.held) and not report.failed(m) for m in there)
    warned += sum(one.level is Level.WARNING for one in report.concerns)
    places = plural(len(report.weakened), "place")
    weaker = f"; this change weakens its own gate in {places}" if report.weakened else ""
    if report.breaches:
        weaker += f"; its policy is broken in {plural(report.breaches, 'place')}"
    if not any(model.held or model.unexpected for model in there):
        warnings = f", {plural(warned, 'warning')}" if warned else ""
        return f"{plural(len(there), 'model')}, and no budget to keep{warnings}{weaker}"
    if failed:
        verb = "breaks its budget" if failed == 1 else "break their budgets"
        said = f"{failed:,} of {plural(len(there), 'model')} {verb}"
    else:
        kept = "keeps its budget" if len(there) == 1 else "keep their budgets"
        said = f"{plural(len(there), 'model')} {kept}"
    if warned:
        said += f", {plural(warned, 'warning')}"
    return f"{said}{weaker}"


def _warns(held: Held) -> bool:
    unknown = held.verdict.status is Status.UNKNOWN
    return is_broken(held) and (unknown or held.level is Level.WARNING)


def is_broken(held: Held) -> bool:
    """Whether there is something to say about a limit."""
    wrong = held.verdict.status in (Status.BROKEN, Status.UNKNOWN)
    return wrong and held.level is not None


def percent(change: int | None, before: int | None) -> str:
    """A change in percent of what was before, to a tenth: `` (+5.1%)``."""
    if not change or not before:
        return ""
    tenths = (2000 * abs(change) + before) // (2 * before)
    sign = "+" if change > 0 else "-"
    return f" ({sign}{tenths // 10}.{tenths % 10}%)" if tenths else f" ({sign}<0.1%)"
