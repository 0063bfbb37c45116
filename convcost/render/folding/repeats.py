"""Layers that come again with other numbers, made calls of one block."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from convcost.render.folding.columns import arguments_needed
from convcost.render.folding.items import (
    BRANCHES,
    CALL,
    DENSE,
    OPTIONAL,
    RESIDUAL,
    Item,
    Tokens,
    closed,
    last_uses,
    read_outside,
    span_of,
)
from convcost.render.folding.stems import stem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.network import Network
    from convcost.tensor import Tensor

LONGEST = 24  # entries of a block
LEAST_LONGEST = 4  # of them in a long list
MOST_GRAMS = 100_000  # sequences of a list that are looked at
MOST_BLOCKS = 40
MOST_ARGUMENTS = 8
MOST_STEPS = 400_000  # entries looked at
LEAST_SAVED = 2  # lines
LEAST_TORN = 8  # lines, by what is not a module of a program that has some
HEAD = 2  # lines of a block besides its layers
WHOLE, TORN = 1.25, 0.4  # factors for what is, and is not, a module of the program


class Place(NamedTuple):
    """Where a sequence of entries stands."""

    items: list[Item]
    start: int


class Folder:
    """Finds sequences of entries that come again and puts calls of a block in their places.

    ``blocks`` has the layers of each call, by the number of the block.
    """

    def __init__(self, network: Network, items: list[Item]) -> None:
        self.network = network
        self.items = items
        self.outputs = tuple(network.outputs.values())
        self.paths = [tuple(layer.name.split(".")) for layer in network.layers]
        self.has_modules = any(len(path) > 1 for path in self.paths)
        self.stems = Counter(map(stem, self.paths))
        self.tokens = Tokens()
        self.refused: set[tuple[int, ...]] = set()
        self.blocks: dict[int, tuple[int, ...]] = {}
        self.steps = 0
        self.bodies: set[int] = set()  # of calls, by identity
        for part, _ in list(self._lists(everywhere=True)):
            for place, item in enumerate(part):
                if item.word == DENSE:
                    part[place] = self._called([item], self._block_of(self.tokens.of_list([item])))

    def fold(self) -> None:
        """Make blocks as long as that makes the spec shorter."""
        while len(self.blocks) < MOST_BLOCKS and self.steps < MOST_STEPS:
            best = self._best()
            if best is None:
                return
            number = self._block_of(best)
            for part, outputs in list(self._lists(everywhere=True)):
                part[:] = self._with_calls(part, outputs, best, number)

    @property
    def counts(self) -> Counter[str]:
        """How often each word is written, in blocks once for all of their instances."""
        return Counter(item.word for part, _ in self._lists(everywhere=False) for item in part)

    def _block_of(self, tokens: tuple[int, ...]) -> int:
        for number, known in self.blocks.items():
            if known == tokens:
                return number
        self.blocks[len(self.blocks)] = tokens
        return len(self.blocks) - 1

    def _lists(self, *, everywhere: bool) -> Iterator[tuple[list[Item], Sequence[Tensor]]]:
        """All lists of layers with the tensors that they pass on; of a block one instance, unless
        ``everywhere``. Those of a call are behind the list that it is in."""
        seen: set[int] = set()
        waiting: list[tuple[list[Item], Sequence[Tensor]]] = [(self.items, self.outputs)]
        while waiting:
            part, outputs = waiting.pop()
            if not part:
                continue
            yield part, outputs
            for item in part:
                if item.block is not None and not everywhere:
                    if item.block in seen:
                        continue
                    seen.add(item.block)
                waiting += [(one, one[-1].outputs) for one in item.parts.values() if one]

    def _best(self) -> tuple[int, ...] | None:
        """The sequence that saves most lines as a block."""
        found: dict[tuple[int, ...], list[Place]] = {}
        for part, _ in self._lists(everywhere=False):
            tokens, first = self.tokens.of_list(part), self.tokens.of_first(part)
            longest = min(len(part), LONGEST, max(LEAST_LONGEST, MOST_GRAMS // len(part)))
            self.steps += longest * len(part)
            for length in range(1, longest + 1):
                for start in range(len(part) - length + 1):
                    gram = (first[start], *tokens[start + 1 : start + length])
                    if gram not in self.refused:
                        found.setdefault(gram, []).append(Place(part, start))
        again = {gram: places for gram, places in found.items() if len(places) > 1}
        ranked = sorted(
            ((self._saved(gram, places), gram) for gram, places in again.items()), reverse=True
        )
        for saved, gram in ranked:
            if saved < LEAST_SAVED:
                return None
            apart = self._apart(gram, found[gram])
            if len(apart) > 1 and self._saved(gram, apart) >= 0.5 * saved:
                everywhere = self._everywhere(gram)
                if arguments_needed(everywhere) <= MOST_ARGUMENTS:
                    return gram
            self.refused.add(gram)
        return None

    def _saved(self, gram: tuple[int, ...], places: Sequence[Place]) -> float:
        """The lines that a block saves, less where it is not a module of the program."""
        first = places[0]
        inside = first.items[first.start : first.start + len(gram)]
        if len(inside) == 1 and inside[0].word not in (RESIDUAL, BRANCHES):
            return 0
        if is_power(gram) or _has_run(inside, gram):
            return 0
        lines = sum(map(lines_of, inside))
        saved = len(places) * (lines - 1) - lines - HEAD
        whole = sum(self._is_module(place, len(gram)) for place in places)
        if 2 * whole > len(places):
            return saved * WHOLE
        return saved * TORN if saved * TORN >= LEAST_TORN or not self.has_modules else 0

    def _is_module(self, place: Place, length: int) -> bool:
        """Whether entries are all that is in some module, by the names of the layers."""
        start, stop = span_of(place.items[place.start : place.start + length])
        path = self.paths[start]
        same = 0
        end = self.paths[stop - 1]
        while same < min(len(path), len(end)) and path[same] == end[same]:
            same += 1
        beside = [self.paths[n] for n in (start - 1, stop) if 0 <= n < len(self.paths)]
        return same > 0 and all(other[:same] != path[:same] for other in beside)

    def _apart(self, gram: tuple[int, ...], places: Sequence[Place]) -> list[Place]:
        """The places that do not overlap and whose layers nothing else reads."""
        found: list[Place] = []
        uses: dict[int, dict[Tensor, int]] = {}
        for place in places:
            items, start = place
            if found and found[-1].items is items and start < found[-1].start + len(gram):
                continue
            known = uses.setdefault(id(items), {}) or last_uses(items, self._passed_on(items))
            uses[id(items)] = known
            if self._may_be_called(items, start, start + len(gram), known):
                found.append(place)
        return found

    def _passed_on(self, items: list[Item]) -> Sequence[Tensor]:
        return self.outputs if items is self.items else items[-1].outputs

    def _may_be_called(
        self, items: list[Item], start: int, stop: int, uses: dict[Tensor, int]
    ) -> bool:
        self.steps += stop - start
        whole = stop - start == len(items) and id(items) in self.bodies
        return not whole and closed(items, start, stop, uses)

    def _everywhere(self, gram: tuple[int, ...]) -> list[list[Item]]:
        """The entries of a sequence wherever it stands, in all instances of blocks."""
        found: list[list[Item]] = []
        for part, outputs in self._lists(everywhere=True):
            for start in self._starts(part, outputs, gram):
                found.append(part[start : start + len(gram)])
        return found

    def _starts(
        self, items: list[Item], outputs: Sequence[Tensor], gram: tuple[int, ...]
    ) -> list[int]:
        """The places of a list at which a sequence is made a call."""
        tokens, first = self.tokens.of_list(items), self.tokens.of_first(items)
        self.steps += len(items)
        if gram[0] not in first:
            return []
        uses = last_uses(items, outputs)
        found: list[int] = []
        start = 0
        while start + len(gram) <= len(items):
            stop = start + len(gram)
            if (first[start], *tokens[start + 1 : stop]) == gram and self._may_be_called(
                items, start, stop, uses
            ):
                found.append(start)
                start = stop
            else:
                start += 1
        return found

    def _with_calls(
        self, items: list[Item], outputs: Sequence[Tensor], gram: tuple[int, ...], number: int
    ) -> list[Item]:
        found: list[Item] = []
        done = 0
        for start in self._starts(items, outputs, gram):
            found += items[done:start]
            done = start + len(gram)
            found.append(self._called(items[start:done], number))
        return found + items[done:]

    def _called(self, inside: list[Item], number: int) -> Item:
        (entry,) = read_outside(inside)
        call = Item(CALL, {}, (entry,), inside[-1].outputs, span_of(inside), {"layers": inside})
        call.block = number
        self.bodies.add(id(inside))
        return call


def lines_of(item: Item) -> int:
    """The lines that an entry takes in a spec, or about so many."""
    if item.word == CALL or not item.parts:
        return 1
    if item.word == OPTIONAL:
        return sum(map(lines_of, item.parts["layers"])) or item.lines
    inner = sum(1 + sum(map(lines_of, part)) for part in item.parts.values() if part)
    return 1 + inner + (2 if item.word == DENSE else 0) + (item.word == BRANCHES)


def _has_run(items: Sequence[Item], gram: tuple[int, ...]) -> bool:
    """Whether a block is called twice in a row, which a repeat says better."""
    return any(
        a == b and item.word == CALL for item, (a, b) in zip(items, pairwise(gram), strict=False)
    )


def is_power(gram: tuple[int, ...]) -> bool:
    """Whether a sequence is a shorter one several times."""
    length = len(gram)
    return any(
        length % part == 0 and gram[:part] * (length // part) == gram
        for part in range(1, length // 2 + 1)
    )
