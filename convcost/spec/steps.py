"""Steps of expanding: an end to a spec whose expansion would go on for ever, or go too deep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.errors import plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.network import Network
    from convcost.spec.model import Call, Item
    from convcost.spec.problems import Problems
    from convcost.spec.scope import Scope

DEEPEST = 64  # structures and blocks in each other
MOST_STEPS = 5_000  # taken in vain, and some more for each layer that they add
STEPS_A_LAYER = 20


class Steps:
    """The steps that have led to ``network``.

    ``last`` is the item of the last one, and where it stands.
    """

    def __init__(self, network: Network, problems: Problems) -> None:
        self.network = network
        self.problems = problems
        self.taken = 0
        self.last: tuple[Item, Scope] | None = None

    def take(self, item: Item, scope: Scope) -> None:
        """Count a step; end with an error where there is too much to do."""
        self.taken += 1
        self.last = (item, scope)
        layers = len(self.network.layers)
        if self.taken > MOST_STEPS + STEPS_A_LAYER * layers:
            message = (
                f"{self.taken:,} steps of expanding have led to {plural(layers, 'layer')} only"
            )
        elif scope.depth > DEEPEST:
            message = f"structures and blocks are more than {DEEPEST} deep here"
        else:
            return
        node, notes = item.node, ()
        loop = _loop(scope.calls)
        if scope.depth > DEEPEST and loop:
            node = loop[0].node
            names = " -> ".join((*(call.word for call in loop), loop[0].word))
            message = f"block `{loop[0].word}` calls itself more than {DEEPEST} deep: {names}"
            notes = ("a `when:` on the call ends it, as in `when: depth > 1`",)
        self.problems.stop(node.problem(message, notes), scope)


def _loop(calls: Sequence[Call]) -> Sequence[Call]:
    """The calls from a block's last call of itself on; none where the last block does not."""
    for back in range(2, len(calls) + 1):
        if calls[-back].block is calls[-1].block:
            return calls[-back + 1 :]
    return ()
