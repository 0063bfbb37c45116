"""From a text to nodes, by YAML's events, so that nothing unsafe is ever built.

Tags, merge keys, duplicate keys, deep nesting and alias bombs are refused here. What a scalar
means is decided later, by the place it stands in (see ``expression.py``), so that no rule of YAML
1.1 turns ``no`` or ``010`` into something else.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

import yaml

from convcost.errors import Problem, printable, quoted
from convcost.spec.nodes import File, List, Mapping, Node, Scalar, TooLarge
from convcost.spec.scanner import Loader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from convcost.spec.problems import Problems

DEEPEST = 64
MOST_NODES = 250_000  # aliases counted as often as they are used

_CONTROL = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"  # what YAML allows
)


def compose(file: File, problems: Problems) -> Node | None:
    """The only document of a file as nodes; None where it is empty.

    Args:
        file: a YAML text.
        problems: told of mistakes; it stops where the text is not YAML, or is nested or aliased
            beyond reason.
    """
    control = _CONTROL.search(file.text)
    if control is not None:
        line = file.text.count("\n", 0, control.start()) + 1
        column = control.start() - file.text.rfind("\n", 0, control.start())
        message = f"the control character U+{ord(control[0]):04X} is not allowed in YAML"
        problems.stop(file.problem(message, line, column, 1))
    fast: Any = getattr(yaml, "CSafeLoader", None)
    if fast is not None:
        with problems.attempt(yaml.YAMLError):
            return _composed(file, problems, fast)
    try:
        return _composed(file, problems, Loader)
    except yaml.MarkedYAMLError as error:
        from convcost.spec.yaml_errors import syntax_problem

        problems.stop(syntax_problem(file, error))
    except yaml.YAMLError as error:
        reason = printable(str(error).partition("\n")[0])
        problems.stop(Problem(f"{printable(file.path)}: this is not YAML: {reason}"))


def _composed(file: File, problems: Problems, loader: Any) -> Node | None:
    return _Composer(file, problems).root(yaml.parse(file.text, Loader=loader))


def _ignore(event: yaml.Event) -> None:
    """Starts and ends of streams and documents say nothing."""


class _Open:
    """A collection whose end is not read yet, and the key in it that waits for its value."""

    __slots__ = ("anchor", "key", "node")

    def __init__(self, node: List | Mapping, anchor: str | None) -> None:
        self.node = node
        self.anchor = anchor
        self.key: Scalar | None = None


class _Composer:
    def __init__(self, file: File, problems: Problems) -> None:
        self.file = file
        self.problems = problems
        self.anchors: dict[str, Node | None] = {}  # None: still open
        self.stack: list[_Open] = []
        self.found: list[Node] = []
        self.cut_until = (0, 0)  # up to here stands the rest of a text that commas have cut

    def root(self, events: Iterable[Any]) -> Node | None:
        """The node of the only document."""
        handlers: dict[type[yaml.Event], Callable[[Any], None]] = {
            yaml.ScalarEvent: self._scalar,
            yaml.AliasEvent: self._alias,
            yaml.SequenceStartEvent: self._start,
            yaml.MappingStartEvent: self._start,
            yaml.SequenceEndEvent: self._end,
            yaml.MappingEndEvent: self._end,
            yaml.DocumentStartEvent: self._document,
        }
        for event in events:
            handlers.get(cast("type[yaml.Event]", type(event)), _ignore)(event)
        root = self.found[0] if self.found else None
        return None if isinstance(root, Scalar) and root.empty else root

    def _document(self, event: Any) -> None:
        if self.found:
            place = self._place(event, 3)
            self.problems.stop(place.problem("a second document begins here, and a spec is one"))

    def _scalar(self, event: Any) -> None:
        start, end = event.start_mark, event.end_mark
        line, column = start.line + 1, start.column + 1
        if (line, column) <= self.cut_until:
            return
        width = end.column - start.column if end.line == start.line else 1
        node = Scalar(self.file, event.value, not event.style, line, column, max(1, width))
        if node.plain and self.stack and self.stack[-1].node.flow:
            if not node.text:
                # Of nothing, libyaml says where it ends, PyYAML where it begins.
                rest = self.file.rest(node.line, node.column)
                node.column += len(rest) - len(rest.lstrip(" \t"))
            elif "(" in node.text:
                self._watch_for_cut(node)
        self._refuse_tag(event, node)
        self._add(node, event.anchor)

    def _watch_for_cut(self, node: Scalar) -> None:
        """Note the whole of a text that a comma has cut inside its brackets."""
        depth = 0
        text = self.file.rest(node.line, node.column)
        for length, character in enumerate(text):
            if depth == 0 and character in ",]}":
                whole = text[:length].rstrip()
                if whole != node.text:
                    node.cut, node.width = whole, length
                    self.cut_until = (node.line, node.column + length)
                return
            depth += {"(": 1, ")": -1}.get(character, 0)

    def _alias(self, event: Any) -> None:
        place = self._place(event, len(event.anchor) + 1)
        name = quoted(f"*{event.anchor}")
        if event.anchor not in self.anchors:
            self.problems.stop(place.problem(f"{name} has no anchor before it"))
        node = self.anchors[event.anchor]
        if node is None:
            self.problems.stop(place.problem(f"{name} stands inside the value that it repeats"))
        self._add(node, None)

    def _start(self, event: Any) -> None:
        mark = event.start_mark
        kind = List if type(event) is yaml.SequenceStartEvent else Mapping
        node = kind(self.file, mark.line + 1, mark.column + 1, bool(event.flow_style))
        self._refuse_tag(event, node)
        if len(self.stack) >= DEEPEST:
            self.problems.stop(node.problem(f"nested more than {DEEPEST} levels deep"))
        if event.anchor:
            self.anchors[event.anchor] = None
        self.stack.append(_Open(node, event.anchor))

    def _end(self, event: Any) -> None:
        opened = self.stack.pop()
        node, end = opened.node, event.end_mark
        if node.flow and end.line + 1 == node.line:
            node.width = end.column + 1 - node.column
        self._add(node, opened.anchor)

    def _place(self, event: Any, width: int) -> Node:
        mark = event.start_mark
        return Node(self.file, mark.line + 1, mark.column + 1, width)

    def _refuse_tag(self, event: Any, node: Node) -> None:
        if event.tag is not None:
            tag = quoted(event.tag.replace("tag:yaml.org,2002:", "!!"))
            self.problems.add(node.problem(f"the tag {tag} is not part of specs"))

    def _add(self, node: Node, anchor: str | None) -> None:
        """Put a node that is complete into the collection around it."""
        if anchor:
            self.anchors[anchor] = node
        if not self.stack:
            self.found.append(node)
            return
        around = self.stack[-1]
        around.node.size += node.size
        if around.node.size > MOST_NODES:
            message = f"holds more than {MOST_NODES:,} values, too many for a spec"
            notes = ("an alias counts as often as it is used",) if self.anchors else ()
            problem = around.node.problem(message, notes)
            raise TooLarge([*self.problems.in_order(), problem])
        if isinstance(around.node, List):
            around.node.items.append(node)
        elif around.key is not None:
            self._put(around.node, around.key, node)
            around.key = None
        elif isinstance(node, Scalar):
            around.key = node
        else:
            self.problems.stop(node.problem(f"{node.what} stands where a key is wanted"))

    def _put(self, parent: Mapping, key: Scalar, node: Node) -> None:
        if key.text == "<<" and key.plain:
            message = "merge keys are not part of specs"
            notes = ("a block with arguments gives layers what they have in common",)
            self.problems.add(key.problem(message, notes))
            parent.merged = True
        elif key.text in parent.entries:
            first = parent.entries[key.text][0].line
            message = f"{quoted(key.text)} is given twice"
            self.problems.add(key.problem(message, (f"the first is on line {first}",)))
        else:
            parent.entries[key.text] = (key, node)
