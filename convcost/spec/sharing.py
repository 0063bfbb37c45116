"""Weights that a layer shares: those of another one, or of the first pass of a repeat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.spec.scope import Scope, Share, joined

if TYPE_CHECKING:
    from convcost.spec.model import Item, Reference
    from convcost.spec.outputs import Outputs
    from convcost.spec.problems import Problems


def shared_with(item: Item, share: Reference, outputs: Outputs, scope: Scope) -> str | None:
    """The path of the layer whose weights an item uses, or None with a complaint."""
    head = share.text.partition(".")[0]
    itself = head == item.segment and joined(scope.prefixes[0], head) not in outputs.known
    if itself and item.repeat is not None:
        message = f"`{head}` is this layer itself, and cannot be shared with from outside"
        notes = ("`share: true` gives all passes of a repeat the weights of the first",)
        outputs.problems.at(share.node, message, scope, notes)
        return None
    return outputs.find(share, scope)


def of_first_pass(item: Item, scope: Scope, path: str, problems: Problems) -> str | None:
    """The layer of the first pass whose weights an item of each pass uses; none in that pass
    itself, and outside of any with a complaint. Rows of a table are passes of it."""
    if scope.repeats is None:
        message = "`share: true` is for what is repeated or in a table, and nothing here is"
        problems.at(item.node, message, scope, ("`share: NAME` names another layer",))
        return None
    first, own = scope.repeats
    return None if own == first else first + path[len(own) :]


def sharing(scope: Scope, item: Item, path: str, target: str | None) -> Scope:
    """The scope of an item at ``path`` that uses the weights of what is at ``target``."""
    if target is None:
        return scope
    return scope.sharing(Share(path, target, item.share.node if item.share else item.node))
