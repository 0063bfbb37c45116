"""CC501 to CC504: a spec's own text: names that nothing reads, figures that no longer hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.analysis.lint.graph import Found, Graph
from convcost.analysis.unmet import unmet
from convcost.spec.names import unread_args, unread_blocks, unread_vars

if TYPE_CHECKING:
    from collections.abc import Iterator


def unused_var(graph: Graph) -> Iterator[Found]:
    """Vars that no expression names."""
    for name, source in unread_vars(graph.document) if graph.document else ():
        yield Found(f"no expression names the var `{name}`", "use it, or remove it", source=source)


def unused_block(graph: Graph) -> Iterator[Found]:
    """Blocks of the spec's own that no layer calls."""
    for name, source in unread_blocks(graph.document) if graph.document else ():
        yield Found(
            f"no layer calls the block `{name}`",
            "call it, remove it, or keep it in a file that others `include:`",
            source=source,
        )


def unused_argument(graph: Graph) -> Iterator[Found]:
    """Arguments that no expression in their block names."""
    for block, name, source in unread_args(graph.document) if graph.document else ():
        yield Found(
            f"block `{block}` never names its argument `{name}`, so what a call gives is ignored",
            "use it, or remove it and what calls give",
            source=source,
        )


def broken_expectation(graph: Graph) -> Iterator[Found]:
    """Figures under ``expect:`` that the network does not have."""
    document = graph.document
    if document is None:
        return
    for claim in unmet(graph.analysis):
        section, _, rest = claim.partition(": ")
        name = rest.partition(" ")[0]
        if section == "expect" and name in document.expect:
            yield Found(
                f"{name} is expected to be {rest.partition(' is ')[2]}",
                "correct the layers, or the figure",
                source=document.expect[name].node.source,
            )
