"""CC101: stacks of dilated layers that leave holes in what they read.

What a stack is, what it reads and which rates would leave no hole is what ``rf`` says of it, too.
Wang et al., "Understanding Convolution for Semantic Segmentation", arXiv 1702.08502, section 3.2,
has the problem and the remedy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.analysis.lint.graph import Found
from convcost.analysis.rf.dilation import stacks
from convcost.analysis.rf.rates import shortened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcost.analysis.lint.graph import Graph
    from convcost.analysis.rf.dilation import Stack
    from convcost.network import Layer


def gridding(graph: Graph) -> Iterator[Found]:
    """Two or more dilated layers in a row that leave holes where their stack ends."""
    said: set[Layer] = set()
    for stack in stacks(graph.network):
        last = stack.dilated[-1]
        if len(stack.dilated) >= 2 and last not in said:
            said.add(last)
            yield from _judged(stack)


def _judged(stack: Stack) -> Iterator[Found]:
    """The finding about the first axis with holes. Corners of a map that branches beside each other
    leave out are no grid: its rows and columns are all read."""
    for along in stack.rates:
        read, field = stack.read_along(along.axes[0])
        if read < field and along.holes:
            divisor = along.divisor if stack.alone else 1
            why = f": {divisor} divides all rates, so neighbours share no position"
            yield Found(
                f"the dilated stack that ends here (rates {shortened(along.rates)}) reads "
                f"{read:,} of the {field:,} positions of its field{why if divisor > 1 else ''}",
                along.remedy,
                stack.dilated[-1],
            )
            return
