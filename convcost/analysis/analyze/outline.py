"""A network as few rows: folded by the words of names, and opened where it costs most.

What has no MACs and keeps its shape (norms, activations, sums) is in the row before it, a view in
the row after it. Blocks that follow each other and are alike are one row. All rows together have
every layer once, so their costs add up to the network's.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from convcost.analysis.analyze.fold import like, row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from convcost.analysis.analyze.layer_cost import LayerCost

Block = tuple["LayerCost", ...]


class Outline(NamedTuple):
    """Rows in the order of the network; ``others`` has all layers for which no row was left."""

    rows: Sequence[LayerCost]
    others: LayerCost | None = None


class _Part(NamedTuple):
    """Blocks that are alike, and become one row.

    ``depth`` is how many words of their names have been looked at. Where only one layer of a block
    is worth a row, ``lead`` says which.
    """

    name: str
    blocks: Sequence[Block]
    depth: int
    lead: int | None = None

    @property
    def layers(self) -> list[LayerCost]:
        return list(chain.from_iterable(self.blocks))

    @property
    def macs(self) -> int:
        return sum(layer.counts["macs"] for layer in self.layers)


def outlined(layers: Sequence[LayerCost], most: int) -> Outline:
    """The layers of a network in at most so many rows, which are 2 or more.

    The dearest part is opened first, and blocks that stand for several last.
    """
    if len(layers) <= most:
        return Outline(layers)
    parts = _opened(_Part("", [tuple(layers)], 0))
    if len(parts) > most:
        parts = _counted(parts)
    kept, others = _largest(parts, most)
    if others:
        return Outline(list(map(_row, kept)), row("", 1, others))
    return Outline(list(map(_row, _unfolded(kept, most))))


def headed(layers: Sequence[LayerCost], most: int) -> Outline:
    """The first of some layers in at most so many rows, with all others as one."""
    if len(layers) <= most:
        return Outline(layers)
    return Outline(layers[: most - 1], row("", 1, layers[most - 1 :]))


def _unfolded(parts: Sequence[_Part], most: int) -> list[_Part]:
    """Parts opened one by one, as long as there is room for what is inside of them: more of it
    where much of that costs nothing."""
    shown = list(parts)
    closed = [part for part in shown if part.lead is None]
    while closed:
        part = min(closed, key=lambda part: (len(part.blocks) > 1, -part.macs))
        closed.remove(part)
        inside = _opened(part)
        costly = sum(bool(part.macs) for part in inside)
        needed = len(inside) - 1 if 3 * costly >= 2 * len(inside) else 2 * len(inside)
        if len(inside) == 1 or needed <= most - len(shown):
            at = shown.index(part)
            shown[at : at + 1] = inside
            closed += [part for part in inside if part.lead is None]
    return shown


def _opened(part: _Part) -> list[_Part]:
    """The parts inside of a part, down to where there are several."""
    if part.lead is not None:
        return [part]
    inside = list(_runs(_absorbed(_split(part))))
    if len(inside) == 1 and inside[0].lead is None and inside[0].depth <= _longest(part):
        return _opened(inside[0])
    return inside


def _longest(part: _Part) -> int:
    return max(layer.name.count(".") + 1 for layer in part.blocks[0])


def _split(part: _Part) -> Iterator[_Part]:
    """Parts by one more word of the names."""
    depth = part.depth + 1
    places: dict[str, list[int]] = {}
    for at, layer in enumerate(part.blocks[0]):
        places.setdefault(".".join(layer.name.split(".")[:depth]), []).append(at)
    for name, inside in places.items():
        blocks = [tuple(block[at] for at in inside) for block in part.blocks]
        yield _led(_Part(name, blocks, depth))


def _led(part: _Part) -> _Part:
    """A part of one layer, or of one and what is small beside it, is led by that."""
    block = part.blocks[0]
    large = [at for at, layer in enumerate(block) if not _is_small(layer)]
    if len(block) == 1 or (len(large) == 1 and block[large[0]].name == part.name):
        return part._replace(lead=(large or [0])[0])
    return part


def _absorbed(parts: Iterable[_Part]) -> list[_Part]:
    """Parts with the small ones put into the one before, and views into the one after."""
    found: list[_Part] = []
    views: list[_Part] = []
    for part in parts:
        if _all(_is_view, part):
            views.append(part)
        elif _all(_is_small, part) and found and not views:
            found[-1] = _joined([found[-1], part], 0)
        else:
            found.append(_joined([*views, part], len(views)))
            views = []
    if views and found:
        return [*found[:-1], _joined([found[-1], *views], 0)]
    return [*found, *views]


def _counted(parts: Iterable[_Part]) -> list[_Part]:
    """Parts that have MACs, with those that have none put into the next, or else the one before."""
    found: list[_Part] = []
    waiting: list[_Part] = []
    for part in parts:
        waiting.append(part)
        if part.macs:
            found.append(_joined(waiting, len(waiting) - 1))
            waiting = []
    if waiting and found:
        return [*found[:-1], _joined([found[-1], *waiting], 0)]
    return [*found, *waiting]


def _joined(parts: Sequence[_Part], main: int) -> _Part:
    """Parts as one that has the name of the main one among them."""
    if len(parts) == 1:
        return parts[0]
    before = sum(len(part.blocks[0]) for part in parts[:main])
    lead = parts[main].lead
    together = zip(*(part.blocks for part in parts), strict=True)
    blocks = [tuple(chain.from_iterable(some)) for some in together]
    return parts[main]._replace(blocks=blocks, lead=None if lead is None else lead + before)


def _runs(parts: Sequence[_Part]) -> Iterator[_Part]:
    """Parts that follow each other and are alike, as one."""
    before: _Part | None = None
    alike: object = None
    for part in parts:
        what = (part.name.rpartition(".")[0], [like(x, part.name) for x in part.blocks[0]])
        if before is not None and what == alike:
            before = before._replace(blocks=[*before.blocks, *part.blocks])
            continue
        if before is not None:
            yield before
        before, alike = part, what
    if before is not None:
        yield before


def _largest(parts: Sequence[_Part], most: int) -> tuple[list[_Part], list[LayerCost]]:
    """The parts with most MACs, one fewer than may be, and the layers of all others; or all."""
    if len(parts) <= most:
        return list(parts), []
    order = sorted(range(len(parts)), key=lambda at: -parts[at].macs)
    chosen = set(order[: most - 1])
    rest = [part.layers for at, part in enumerate(parts) if at not in chosen]
    return [parts[at] for at in sorted(chosen)], list(chain.from_iterable(rest))


def _row(part: _Part) -> LayerCost:
    found = row(part.name, len(part.blocks), part.layers)
    if part.lead is None or len(part.blocks[0]) == 1:
        return found
    lead = part.blocks[-1][part.lead]
    return lead._replace(
        name=part.blocks[0][part.lead].name,
        counts=found.counts,
        needed=found.needed,
        layers=found.layers,
        times=found.times,
    )


def _all(what: Callable[[LayerCost], bool], part: _Part) -> bool:
    return all(map(what, part.blocks[0]))


def _is_small(layer: LayerCost) -> bool:
    """Whether no table misses it: it has no MACs and keeps its shape."""
    if layer.counts["macs"] or layer.uncounted or not layer.input_shapes:
        return False
    return all(shape == layer.input_shapes[0] for shape in layer.output_shapes)


def _is_view(layer: LayerCost) -> bool:
    """Whether it only reads an array in another shape."""
    counts = layer.counts
    return not (counts["macs"] or counts["activation_bytes"] or layer.uncounted)
