"""``budget:`` of a spec or of a configuration: limits, with what is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convcost.budget.limit import Bound, Limit, Part
from convcost.errors import listed, printable, quoted, similar
from convcost.finding import Level
from convcost.further_metrics import is_memory, is_of_a_tool
from convcost.metrics import FIELD, LIMITABLE
from convcost.ops import OPS
from convcost.spec import quantity
from convcost.spec.expression import TRUTHS
from convcost.spec.nodes import Mapping, Node, Scalar, described

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.spec.reader import Reader

PARTS = (Part.LAYERS.value, Part.OPS.value)
LEVELS = {"error": Level.ERROR, "warn": Level.WARNING, "off": None}
WORDS = ("level", "message", "each")


_Leveled = tuple["Level | None", "Limit"]
"""A limit and its level, None for one that is off."""


class _About(NamedTuple):
    """The subject of a limit, and how much it matters; ``level`` None: not at all."""

    metric: str
    part: Part
    pattern: str
    level: Level | None = Level.ERROR
    message: str = ""
    each: bool = False


class Limits(NamedTuple):
    """The limits of a section, and the subjects of those that it switches off."""

    held: list[Limit]
    off: Sequence[tuple[object, ...]]


def read_budget(reader: Reader, node: Node | None) -> list[Limit]:
    """The limits of a section that are not off; as :func:`read_limits`."""
    return read_limits(reader, node).held


def read_limits(reader: Reader, node: Node | None) -> Limits:
    """The limits of a section; mistakes go to the reader's problems.

    Args:
        reader: of the file.
        node: the section: limits by metric, and under ``layers`` and ``ops`` by pattern and metric.
    """
    found = _all(reader, node)
    off = [limit.subject for level, limit in found if level is None]
    return Limits([limit for level, limit in found if level is not None], off)


def _all(reader: Reader, node: Node | None) -> list[_Leveled]:
    mapping = reader.mapping(node, "budget")
    limits: list[_Leveled] = []
    for key, value in mapping.entries.values() if mapping else ():
        if key.text in PARTS:
            limits += _part(reader, Part(key.text), value)
        elif key.text in LIMITABLE or is_of_a_tool(key.text):
            limits += _metric(reader, _About(key.text, Part.NETWORK, ""), value)
        else:
            notes = _about_unknown(key.text, value)
            reader.complain(f"budget knows no figure {quoted(key.text)}", key, *notes)
    return limits


def _about_unknown(word: str, value: Node) -> Sequence[str]:
    """Notes on a figure that there is none of. In TOML, a dot in a key without quotes makes a
    table."""
    inner = [*value.entries] if isinstance(value, Mapping) else []
    if inner and not {*inner} & {*Bound, *WORDS}:
        return (f'the count of a tool is written in quotes: "{printable(word)}.{inner[0]}"',)
    known = (*LIMITABLE, *PARTS)
    return similar(word, known, "figure") or (f"figures: {', '.join(LIMITABLE)}",)


def _part(reader: Reader, part: Part, node: Node) -> Iterator[_Leveled]:
    """Limits of layers by a pattern of names, or by op."""
    mapping = reader.mapping(node, part)
    for key, value in mapping.entries.values() if mapping else ():
        if part is Part.OPS and key.text not in OPS:
            from convcost.spec.other_words import op_meant

            meant = op_meant(key.text, OPS)
            notes = (f"here it is `{meant}`",) if meant else similar(key.text, OPS, "op")
            reader.complain(f"there is no op {quoted(key.text)}", key, *notes)
            continue
        inner = reader.mapping(value, f"the budget of {quoted(key.text)}")
        for metric, limits in inner.entries.values() if inner else ():
            if is_memory(metric.text):
                said = f"{quoted(metric.text)} is of the whole network, and not of some layers"
                reader.complain(said, metric, "write it under `budget:` itself")
            elif metric.text in LIMITABLE or is_of_a_tool(metric.text):
                yield from _metric(reader, _About(metric.text, part, key.text), limits)
            else:
                notes = similar(metric.text, LIMITABLE, "figure")
                notes = notes or (f"figures: {', '.join(LIMITABLE)}",)
                reader.complain(f"budget knows no figure {quoted(metric.text)}", metric, *notes)


def _metric(reader: Reader, about: _About, node: Node) -> Iterator[_Leveled]:
    """The limits of one metric: the most that it may be, or a mapping of bounds."""
    if not isinstance(node, Mapping):
        yield from _bound(reader, about, Bound.MAX, node)
        return
    known = [bound.value for bound in Bound]
    reader.known_keys(node, (*known, *WORDS), f"a limit of {about.metric}", "key")
    about = _described(reader, about, node)
    bounds = [bound for bound in Bound if bound in node.entries]
    if not bounds:
        notes = (f"bounds: {', '.join(known)}",)
        reader.complain(f"a limit of {about.metric} needs a bound", node, *notes)
    for bound in bounds:
        yield from _bound(reader, about, bound, node.entries[bound][1])


def _described(reader: Reader, about: _About, node: Mapping) -> _About:
    """With level, message and each as a mapping has them."""
    level, message, each = map(node.get, WORDS)
    if level is not None:
        if isinstance(level, Scalar) and level.text in LEVELS:
            about = about._replace(level=LEVELS[level.text])
        else:
            wanted = listed([f"`{word}`" for word in LEVELS], "or")
            reader.complain(f"level is {wanted}, and here is {described(level)}", level)
    if message is not None:
        if isinstance(message, Scalar) and not message.empty:
            about = about._replace(message=message.text)
        else:
            reader.complain(f"message is a text, and here is {described(message)}", message)
    if each is not None:
        truth = TRUTHS.get(each.text.lower()) if isinstance(each, Scalar) else None
        if truth is None:
            reader.complain(f"each is true or false, and here is {described(each)}", each)
        elif about.part is Part.NETWORK:
            reader.complain("each is for limits under `layers:` and `ops:`", each)
        else:
            about = about._replace(each=bool(truth))
    return about


def _bound(reader: Reader, about: _About, bound: Bound, node: Node) -> Iterator[_Leveled]:
    if not isinstance(node, Scalar) or node.empty:
        reader.complain(f"a limit is an amount, and here is {described(node)}", node)
        return
    try:
        amount = _amount(about, bound, node.text)
    except ValueError as error:
        reader.complain(f"{quoted(node.text)} {error}", node)
        return
    limit = Limit(
        metric=about.metric,
        bound=bound,
        amount=amount,
        level=about.level or Level.ERROR,
        message=about.message,
        part=about.part,
        pattern=about.pattern,
        each=about.each,
        source=node.source,
        text=node.text,
        width=node.width,
    )
    yield about.level, limit


def _amount(about: _About, bound: Bound, text: str) -> int | quantity.Fraction:
    if bound is Bound.INCREASE:
        if about.each:
            raise ValueError("is an increase, which limits what layers cost together, not each")
        return quantity.increase(text, about.metric)
    if text.strip().startswith("+"):
        raise ValueError(f"has the sign of an increase: write `{{max_increase: {text.strip()}}}`")
    if not text.strip().endswith("%"):
        return quantity.amount(text, about.metric)
    share = quantity.share(text)
    if about.metric == FIELD:
        raise ValueError("is a share, and a field is a number of positions, such as 65")
    if about.part is Part.NETWORK:
        raise ValueError(
            "is a share of the total, which limits under `layers:` and `ops:` may be: "
            "an amount is wanted, such as 4M"
        )
    return share
