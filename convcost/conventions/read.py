"""Conventions from their files.

```yaml
tool: fvcore 0.1.5
counts: flops
products: [conv, conv_transpose, linear, matmul]
terms:
  batch norm: {ops: batch_norm, count: 2 * outputs, why: a product and a sum of each number}
sources: [https://github.com/facebookresearch/fvcore]
```

A count is an expression of the spec language over what a layer is: our metrics (``macs``), the
fields of its op (``groups``) and the names of ``counted.SHAPES`` (``outputs``).
"""

from __future__ import annotations

import os
import re
from functools import cache
from typing import TYPE_CHECKING

from convcost.conventions.convention import Convention, Term
from convcost.errors import listed, quoted, similar
from convcost.further_metrics import OF_STEP, STEP_MACS
from convcost.ops import OPS
from convcost.spec.catalogue import Catalogue
from convcost.spec.expression import TRUTHS, ExpressionError, parse
from convcost.spec.nodes import List, Mapping, Scalar, described
from convcost.spec.reader import expression_problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.spec.expression import Expression
    from convcost.spec.nodes import Node
    from convcost.spec.reader import Reader

CONVENTIONS = Catalogue(
    os.path.join(os.path.dirname(os.path.abspath(__file__)), "tools"), "convention", "tool"
)
KEYS = ("tool", "counts", "times", "products", "unknown", "terms", "says", "training", "sources")
TRAINING_KEYS = ("terms", "says")
TERM_KEYS = ("ops", "count", "when", "called", "within", "outside", "function", "fault", "why")
CALLED = ("module", "subclass", "function")

_WORD = re.compile(r"[a-z][a-z0-9_]{0,40}")


def names() -> Sequence[str]:
    """The conventions that come with convcost."""
    return CONVENTIONS.names()


def convention(name: str) -> Convention:
    """A convention by its name, or from a file of a user's own.

    Args:
        name: one of :func:`names`, or the path of a ``.yaml`` file, whose name without the ending
            names the convention.

    Raises:
        ConvcostError: there is none, or it cannot be read; a SpecError with all mistakes of a file.
    """
    return _shipped(name) if name in names() else _read(name)


def of_metric(metric: str) -> Convention | None:
    """The convention that comes with convcost and has a total of that name; None: none has.

    Args:
        metric: such as ``thop.macs``, or ``calflops.flops``, which is that of ``calflops_flops``.
    """
    tool, _, counts = metric.partition(".")
    found = [convention(name) for name in (tool, f"{tool}_{counts}") if name in names()]
    ways = (one for several in found for one in several.ways)
    return next((one for one in ways if one.metric == metric), None)


def _read(name: str) -> Convention:
    entry = CONVENTIONS.entry(name)
    found = _Conventions(entry.reader).convention(entry.name, entry.root)
    entry.refuse()
    return found


_shipped = cache(_read)


class _Conventions:
    """Reads a convention's nodes; mistakes go to the reader's problems."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader

    def convention(self, name: str, root: Mapping) -> Convention:
        self.reader.known_keys(root, KEYS, "a convention", "key")
        found = Convention(
            name=name,
            tool=self._text(root, "tool") or "",
            counts=self._word(root, "counts") or "macs",
            times=self._times(root.get("times")),
            products=frozenset(self._ops(root, "products")),
            terms=tuple(self._terms(root.get("terms"))),
            says=self._text(root, "says", wanted=False) or "",
            sources=tuple(self._texts(root.get("sources"))),
            unknown=frozenset(self._ops(root, "unknown") if "unknown" in root.entries else ()),
        )
        return found._replace(training=self._training(found, root.get("training")))

    def _training(self, forward: Convention, node: Node | None) -> Convention | None:
        """How a tool counts a training step: the same products, with those of the way back."""
        mapping = self.reader.mapping(node, "training")
        if mapping is None:
            return None
        self.reader.known_keys(mapping, TRAINING_KEYS, "training", "key")
        return forward._replace(
            counts=f"{OF_STEP}{forward.counts}",
            base=STEP_MACS,
            terms=tuple(self._terms(mapping.get("terms"))),
            says=self._text(mapping, "says", wanted=False) or "",
        )

    def _text(self, mapping: Mapping, key: str, *, wanted: bool = True) -> str | None:
        node = mapping.get(key)
        if node is None and not wanted:
            return None
        if isinstance(node, Scalar) and not node.empty:
            return node.text
        said = f"{key} is a text, and here is {described(node)}" if node else f"`{key}` is missing"
        self.reader.complain(said, node or mapping)
        return None

    def _word(self, mapping: Mapping, key: str) -> str | None:
        text = self._text(mapping, key)
        if text is not None and not _WORD.fullmatch(text):
            said = f"{key} is a word of small letters, such as flops, and here is {quoted(text)}"
            self.reader.complain(said, mapping.entries[key][1])
        return text

    def _times(self, node: Node | None) -> int:
        if node is None:
            return 1
        if isinstance(node, Scalar) and node.text in ("0", "1", "2"):
            return int(node.text)
        said = f"times is how often the tool counts a MAC: 1 or 2, and here is {described(node)}"
        self.reader.complain(said, node)
        return 1

    def _texts(self, node: Node | None) -> Iterator[str]:
        for item in node.items if isinstance(node, List) else [node] if node else []:
            if isinstance(item, Scalar) and not item.empty:
                yield item.text
            else:
                self.reader.complain(f"a text is wanted, and here is {described(item)}", item)

    def _ops(self, mapping: Mapping, key: str) -> Iterator[str]:
        node = mapping.get(key)
        if node is None:
            self.reader.complain(f"`{key}` is missing: a list of ops", mapping)
            return
        for item in node.items if isinstance(node, List) else [node]:
            if isinstance(item, Scalar) and item.text in OPS:
                yield item.text
                continue
            text = item.text if isinstance(item, Scalar) else ""
            said = f"there is no op {quoted(text)}" if text else f"{key} is a list of ops"
            self.reader.complain(said, item, *similar(text, OPS, "op"))

    def _terms(self, node: Node | None) -> Iterator[Term]:
        terms = self.reader.mapping(node, "terms")
        for name, (at, node) in terms.entries.items() if terms else ():
            mapping = self.reader.mapping(node, f"the term {quoted(name)}")
            if mapping is None:
                continue
            self.reader.known_keys(mapping, TERM_KEYS, "a term", "key")
            count, when = (self._expression(mapping, key) for key in ("count", "when"))
            if "count" not in mapping.entries:
                self.reader.complain(f"the term {quoted(name)} has no `count`", at)
            if count is not None:
                yield Term(
                    name=name,
                    ops=frozenset(self._ops(mapping, "ops")),
                    adds=count,
                    when=when,
                    called=frozenset(self._called(mapping.get("called"))),
                    within=frozenset(self._texts(mapping.get("within"))),
                    outside=frozenset(self._texts(mapping.get("outside"))),
                    function=frozenset(self._texts(mapping.get("function"))),
                    fault=self._is_fault(mapping.get("fault")),
                    why=self._text(mapping, "why", wanted=False) or "",
                    source=at.source,
                )

    def _called(self, node: Node | None) -> Iterator[str]:
        for item in node.items if isinstance(node, List) else [node] if node else []:
            if isinstance(item, Scalar) and item.text in CALLED:
                yield item.text
                continue
            wanted = listed(CALLED, "or")
            self.reader.complain(f"called is {wanted}, and here is {described(item)}", item)

    def _is_fault(self, node: Node | None) -> bool:
        truth = TRUTHS.get(node.text.lower()) if isinstance(node, Scalar) else None
        if node is not None and truth is None:
            self.reader.complain(f"fault is true or false, and here is {described(node)}", node)
        return bool(truth)

    def _expression(self, mapping: Mapping, key: str) -> Expression | None:
        node = mapping.get(key)
        if node is None:
            return None
        if not isinstance(node, Scalar) or node.empty:
            self.reader.complain(f"{key} is an expression, and here is {described(node)}", node)
            return None
        try:
            return parse(node.text)
        except ExpressionError as error:
            self.reader.problems.add(expression_problem(node, error))
            return None
