"""A ratchet: limits lowered to what models cost, never raised.

Only the amounts change, in place, so comments and the rest of a file stay as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convcost.budget.limit import Bound
from convcost.budget.verdict import Status
from convcost.errors import ConvcostError, printable
from convcost.gate.config import parsed
from convcost.gate.rounding import with_room, written
from convcost.loading import load
from convcost.spec.files import Files
from convcost.spec.nodes import File, decode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from fractions import Fraction

    from convcost.budget.limit import Limit
    from convcost.gate.checks import Checks
    from convcost.gate.found import Found


class Tightened(NamedTuple):
    """A limit and the lower one that takes its place."""

    limit: Limit
    amount: int
    text: str


def tightened(report: Checks, found: Found, headroom: Fraction) -> list[Tightened]:
    """The limits that can be lowered.

    A limit of a configuration, which holds for many models, is left alone where only some were
    checked.

    Args:
        report: a check of the models.
        found: which models these were.
        headroom: what a limit has room for beside the measured value, such as 1/50.
    """
    measured: dict[Limit, list[int | None]] = {}
    for model in report.models:
        for verdict in (held.verdict for held in model.held):
            limit = verdict.limit
            shared = limit.source is not None and limit.source.path != model.file
            if verdict.status is not Status.UNMATCHED and (found.complete or not shared):
                kept = verdict.status is Status.KEPT
                measured.setdefault(limit, []).append(verdict.value if kept else None)
    result: list[Tightened] = []
    for limit, values in measured.items():
        known = [value for value in values if value is not None]
        if limit.bound is not Bound.MAX or not isinstance(limit.amount, int):
            continue
        if limit.source is None or len(known) < len(values):
            continue
        room = with_room(max(known), headroom)
        amount, text = written(room, limit.metric, limit.text, exact=not headroom)
        if amount < limit.amount:
            result.append(Tightened(limit, amount, text))
    return result


def edited(found: Found, limits: Sequence[Tightened]) -> Mapping[str, bytes]:
    """The new content of each file, by its path.

    Raises:
        ConvcostError: a file, written so, would not say just that; nothing is to be written then.
    """
    files: dict[str, list[Tightened]] = {}
    for one in limits:
        if one.limit.source is not None:
            files.setdefault(one.limit.source.path, []).append(one)
    return {path: _edited(found, path, ones) for path, ones in files.items()}


def _edited(found: Found, path: str, ones: Sequence[Tightened]) -> bytes:
    data = Files()(str(found.here / path))
    mark = data[:3] if data.startswith(b"\xef\xbb\xbf") else b""
    file = File(path, decode(data, path))
    text = file.text
    for one in sorted(ones, key=lambda one: one.limit.source or ("",), reverse=True):
        _, line, column = one.limit.source or (path, 1, 1)
        start = file.offset(line, column)
        raw = file.text[start : start + one.limit.width]
        text = (
            text[:start]
            + _in_place(raw, one, toml=path.endswith(".toml"))
            + text[start + len(raw) :]
        )
    now = {(one.limit.source, one.limit.subject): one.amount for one in ones}
    before, after = (_budget(found, path, t) for t in (file.text, text))
    wanted = [now.get((limit.source, limit.subject), limit.amount) for limit in before]
    if [limit.amount for limit in after] != wanted:
        raise ConvcostError(
            f"{printable(path)}: its limits cannot be lowered in place, as they are written in a "
            "way that one change of the text cannot follow; no file was changed"
        )
    return mark + text.encode()


def _in_place(raw: str, one: Tightened, *, toml: bool) -> str:
    """The new text of an amount where the old one stood, in quotes where that was."""
    if raw[:1] in ('"', "'"):
        return f"{raw[0]}{one.text}{raw[0]}"
    return f"{one.amount:_}" if toml else one.text


def _budget(found: Found, path: str, text: str) -> Sequence[Limit]:
    """The limits that a file holds, in order."""
    if path.endswith(".toml"):
        config = parsed(File(path, text), found.here / path)
        return [limit for budget in config.budgets for limit in budget.limits] if config else []

    try:
        return load(path, read=Files({path: text.encode()})).budget
    except ConvcostError:
        return []
