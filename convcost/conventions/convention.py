"""A convention: how a tool counts, as terms over our metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convcost.errors import Source
    from convcost.spec.expression import Expression


class Term(NamedTuple):
    """A count that a tool adds to our MACs, or takes from them.

    Attributes:
        name: in reports, such as ``batch norm``.
        ops: the ops of layers that it is about.
        adds: for one layer, in the tool's unit; negative where the tool counts less.
        when: whether it is about a layer; None: about all of those ops.
        called: how what it is about is called: ``module`` of PyTorch, such as ``nn.ReLU``,
            ``subclass``, which is another class named after it, and ``function``, which a network
            calls by itself; none: however.
        within: classes of modules of which one is around what it is about; none: whatever is.
        outside: classes of modules of which none is around it.
        function: functions of PyTorch that it is about; none: any.
        fault: whether it is a mistake of the tool, and not another meaning of the count.
        why: a sentence.
        source: where it is written.
    """

    name: str
    ops: frozenset[str]
    adds: Expression
    when: Expression | None
    called: frozenset[str]
    within: frozenset[str]
    outside: frozenset[str]
    function: frozenset[str]
    fault: bool
    why: str
    source: Source


class Convention(NamedTuple):
    """How a tool counts.

    Attributes:
        name: in options and limits: ``fvcore``.
        tool: the tool, with its version.
        counts: what it calls its total: ``macs``, ``flops``, ``mult_adds``.
        times: how often it counts a MAC: 2 where a multiplication and an addition are two.
        products: ops whose MACs it counts as we do.
        terms: everything else that it counts, in order.
        says: a sentence on what its total means.
        sources: where that is known from.
        unknown: ops that it counts in a way that is not known, except where a term is about a
            layer; none: ops without products or terms count nothing.
        base: the metric that it multiplies: ``macs``, or those of a training step.
        training: how it counts a training step, as a convention of its own; None: it does not.
    """

    name: str
    tool: str
    counts: str
    times: int
    products: frozenset[str]
    terms: Sequence[Term]
    says: str
    sources: Sequence[str]
    unknown: frozenset[str] = frozenset()
    base: str = "macs"
    training: Convention | None = None

    @property
    def metric(self) -> str:
        """Its total in limits, documents and columns: ``fvcore.flops``; of ``calflops_flops``, the
        second total of a tool, ``calflops.flops``."""
        return f"{self.name.removesuffix(f'_{self.counts}')}.{self.counts}"

    @property
    def ways(self) -> Sequence[Convention]:
        """Itself, and how the tool counts a training step if it does."""
        return (self, self.training) if self.training else (self,)

    @property
    def by_op(self) -> Mapping[str, Sequence[Term]]:
        """The terms that are about each op, in order."""
        found: dict[str, list[Term]] = {}
        for term in self.terms:
            for op in term.ops:
                found.setdefault(op, []).append(term)
        return found
