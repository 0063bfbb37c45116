"""A network as a spec that a person would keep: blocks, repeats and tables."""

from __future__ import annotations

from collections import Counter
from textwrap import wrap
from typing import TYPE_CHECKING, NamedTuple

from convcost.analysis.analyze.cost import analyze
from convcost.errors import ConvcostError
from convcost.execution.transform import rebuilt
from convcost.loading import confirm
from convcost.ops import OPS
from convcost.render.folding.blocks import blocks_of
from convcost.render.folding.names import give_names
from convcost.render.folding.optional import say_optional
from convcost.render.folding.repeats import Folder
from convcost.render.folding.skips import say_skips
from convcost.render.folding.stages import with_stages
from convcost.render.folding.structures import items_of
from convcost.render.folding.words import LEAST, say_words
from convcost.render.folding.write import WIDTH, Writer, name_outputs
from convcost.render.spec import head, quoted, written
from convcost.render.spec_names import inputs_of
from convcost.spec.read_blocks import FOLDER
from convcost.spec.read_structures import STRUCTURES

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from convcost.network import Network
    from convcost.render.folding.words import Kind, Word

MOST_MORE = 20  # lines than layers, where blocks do not pay


class Way(NamedTuple):
    """Whether one word stands for several activations, and one block for bodies of which some lack
    entries."""

    joined: bool = False
    optional: bool = False


WAYS = Way(), Way(joined=True), Way(optional=True), Way(joined=True, optional=True)


def folded_spec(network: Network, folder: str = "") -> str | None:
    """A folded spec that is the network when it is read again; None where there is none.

    Args:
        network: what to write, which :func:`convcost.render.spec.to_spec` can write.
        folder: that the spec is to be in, from which paths are seen.
    """
    stored = Counter(weight for layer in network.layers for weight in {*layer.weights.values()})
    if stored and max(stored.values()) > 1:
        return None
    most = len(network.layers) + MOST_MORE
    try:
        texts = _shortest_first(network, folder)
    except ConvcostError:
        return None
    return next((t for t in texts if t.count("\n") <= most and _is_read(t, network)), None)


def to_folded_spec(network: Network, folder: str = "") -> str:
    """A spec with blocks where layers come again, and repeats and tables where they differ in
    numbers only. Where that is shorter, layers and activations that only some of them have are
    optional.

    Args:
        network: what to write, which :func:`convcost.render.spec.to_spec` can write.
        folder: that the spec is to be in, from which paths are seen.
    """
    return _shortest_first(network, folder)[0]


def _is_read(text: str, network: Network) -> bool:
    """Whether a spec is the network when it is read again."""
    try:
        confirm(text, network, any_order=True)
    except ConvcostError:
        return False
    return True


def _shortest_first(network: Network, folder: str) -> list[str]:
    """The specs of a network in all ways that apply to it, the plainest first of those that are as
    long."""
    taken = {*OPS, *STRUCTURES, *(path.stem for path in FOLDER.glob("*.yaml"))}
    made = (_folded(network, taken, way) for way in WAYS)
    texts = [_text(network, folder, taken, *one) for one in made if one]
    return sorted(texts, key=lambda text: text.count("\n"))


def _folded(
    network: Network, taken: Collection[str], way: Way
) -> tuple[Folder, Sequence[Word]] | None:
    """The entries of a network in blocks, and the words of its own that are used often enough; None
    where there is nothing to be said in that way."""
    outputs = tuple(network.outputs.values())
    unsaid: set[Kind] = set()
    while True:
        items = items_of(network)
        words = say_words(items, outputs, taken, unsaid, joined=way.joined)
        if way.joined and not any(word.kind.choices for word in words):
            return None
        say_skips(items, outputs)
        if way.optional and not say_optional(items):
            return None
        work = Folder(network, items)
        work.fold()
        counts = work.counts
        rare = {word.kind for word in words if counts[word.name] < _least(word)}
        if not rare:
            return work, words
        unsaid |= rare


def _least(word: Word) -> int:
    """The entries for which there is a word. One that stands for several activations lets blocks be
    one, however few entries it then has."""
    return 1 if word.kind.choices else LEAST


def _text(
    network: Network, folder: str, taken: Collection[str], work: Folder, words: Sequence[Word]
) -> str:
    """Blocks and what calls them as a spec."""
    outputs = tuple(network.outputs.values())
    blocks = blocks_of(work, {*taken, *(word.name for word in words)})
    give_names(work.items, work, 0)
    items = with_stages(work.items, outputs, work.tokens, work.paths)
    inputs = inputs_of(network)
    name_outputs(items, outputs, tuple(inputs.values()))
    writer = Writer({block.number: block.name for block in blocks})
    lines = [short for line in head(network, folder, inputs) for short in _wrapped(line)]
    lines += ["", "blocks:"] if words or blocks else []
    for word in words:
        lines += writer.block(word.name, word.args, word.layers)
    for block in blocks:
        lines += writer.block(block.name, block.args, block.layers, block.entry)
    names = {tensor: inputs[name] for name, tensor in network.inputs.items()}
    entry = tuple(network.inputs.values())[:1]
    lines += ["", "layers:", *writer.list(items, 2, entry, names, tuple(inputs.values()))]
    if outputs != items[-1].outputs:
        made = writer.names(items, names)
        lines += [f"outputs: [{', '.join(quoted(made[tensor]) for tensor in outputs)}]"]
    lines += ["", f"expect: {{{_expected(network)}}}"]
    return "\n".join(lines) + "\n"


def _wrapped(line: str) -> list[str]:
    """A line; a comment in as many as it needs."""
    return wrap(line, WIDTH, subsequent_indent="# ") if line.startswith("# ") else [line]


def _expected(network: Network) -> str:
    """Figures of one sample, as specs are of one."""
    shapes = {name: (1, *tensor.shape[1:]) for name, tensor in network.inputs.items()}
    alone = network if network.batch == 1 else rebuilt(network, shapes=shapes)
    totals = analyze(alone).totals
    return ", ".join(f"{name}: {written(totals[name])}" for name in ("params", "macs"))
