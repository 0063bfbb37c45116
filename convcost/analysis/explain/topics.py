"""Topics that can be explained: ops, blocks of the library, words, layers of a network."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from convcost import arguments
from convcost.allowance import answering
from convcost.analysis.explain.blocks import BlockExplanation, blocks, explain_block
from convcost.analysis.explain.entry import Entry, entry, fields, glossary, metrics
from convcost.analysis.explain.layer import Explanation, explain_layer, explain_op
from convcost.errors import ConvcostError, closest, quoted, with_article
from convcost.metrics import METRICS
from convcost.network import Network
from convcost.ops import OPS
from convcost.spec.other_words import op_meant

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Topic = Explanation | BlockExplanation | Entry

ASKED = (
    "ask for an op (`conv`), a block (`residual`), a field (`dilation`), a metric (`macs`), a lint "
    "code (`CC101`), any word of a report, or a SPEC and a LAYER (`resnet50 conv1`)"
)
"""What there is to ask for, where nothing has a similar name."""

_END = re.compile(r"[,;:]? |[,;:]")  # of a word, in a label of several


@answering
def explain(what: str | Network, layer: str = "") -> Topic:
    """Explain an op, a block of the library or a word by its name, or a layer of a network.

    An op, a block and a metric go before other words. Several words may be an op in plain English,
    such as ``max pooling``. What several words of a report say, such as ``arithmetic, for one
    sample``, is explained by the first of them that are known.

    Args:
        what: the name, in whatever case, or the network.
        layer: the name of a layer of the network.

    Returns:
        What is known of it: an Explanation of an op or a layer, with formulas; a BlockExplanation
        of a block; or an Entry of the glossary.

    Raises:
        ConvcostError: nothing has that name.
        TypeError: an argument is of another type than it is declared with.
    """
    arguments.text("layer", layer)
    if not isinstance(what, str):
        arguments.instance("what", what, Network)
        return explain_layer(what, layer)
    if layer:
        raise ConvcostError(
            "layer: layers belong to a network: pass the network in place of a name"
        )
    found = next(filter(None, map(topic, _beginnings(what))), None)
    if found is None:
        raise _unknown(what)
    return found


def topic(name: str) -> Topic | None:
    """Return the topic with exactly this name, ignoring case, or None if there is none."""
    lower = name.strip().casefold().replace(" ", "_")
    if lower in OPS:
        return explain_op(lower)
    if lower not in METRICS and lower in blocks():
        return explain_block(lower)
    return entry(name)


def name_of(found: Topic) -> str:
    """The name that a topic is asked for by."""
    return found.op if isinstance(found, Explanation) else found.name


def words() -> list[str]:
    """The names of all topics but layers, as a shell offers them."""
    from convcost.analysis.lint import RULES

    called = (spelling for name in METRICS for spelling in _spellings(entry(name)))
    named = [*OPS, *blocks(), *called, *fields()]
    told = [spelling for found in glossary().values() for spelling in _spellings(found)]
    return list(dict.fromkeys([*named, *told, *(rule.code for rule in RULES)]))


def _spellings(found: Entry | None) -> Sequence[str]:
    return (found.name, *found.also) if found else ()


def _beginnings(label: str) -> Iterator[str]:
    """A label; the op that it is in other words (``max pooling``); and its beginnings that end
    where a word does, the longest first."""
    yield label
    if " " in label and (meant := op_meant(label, OPS)):
        yield meant
    for end in reversed([found.start() for found in _END.finditer(label)]):
        yield label[:end]


def _unknown(name: str) -> ConvcostError:
    meant = op_meant(name, OPS)
    notes = [f"here it is `{meant}`"] if meant else _alike(name)
    if "/" in name or name == "-" or name.endswith((".yaml", ".yml", ".onnx", ".pt2")):
        notes = ["of a spec one layer is explained: give its name as well"]
    notes = notes or [ASKED]
    return ConvcostError("\n  ".join((f"there is nothing to explain named {quoted(name)}", *notes)))


def _alike(name: str) -> list[str]:
    """Notes on the words of each kind that are most like a misspelt one."""
    from convcost.analysis.lint import RULES

    spellings = {word.casefold(): word for word in words()}
    codes = [rule.code for rule in RULES]
    kinds = {"op": OPS, "block": blocks(), "metric": metrics(), "word": glossary()}
    found = {what: closest(name.casefold(), known) for what, known in kinds.items()}
    found["field"] = closest(name.casefold(), fields())
    found["code"] = closest(name.upper(), codes) if name[:2].upper() == "CC" else None
    return [
        f"{with_article(what)} with a similar name exists: `{spellings.get(word, word)}`"
        for what, word in found.items()
        if word
    ]
