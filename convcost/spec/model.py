"""A spec as it is written: items and blocks, checked as far as can be without numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.slotted import Slotted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from convcost.budget.limit import Limit
    from convcost.spec.expression import Expression
    from convcost.spec.nodes import File, Node, Scalar


class Template(Slotted):
    """A value to be evaluated: an expression, or a list of templates."""

    __slots__ = ("expression", "items", "node")

    def __init__(
        self, node: Node, expression: Expression | None, items: list[Template] | None = None
    ) -> None:
        self.node = node
        self.expression = expression
        self.items = items or []

    @property
    def names(self) -> frozenset[str]:
        """The names that it reads."""
        if self.expression is not None:
            return self.expression.names
        return frozenset[str]().union(*(item.names for item in self.items))

    def at(self, path: tuple[int, ...]) -> Node:
        """The node at a path into nested lists."""
        template = self
        for index in path:
            if index >= len(template.items):
                break
            template = template.items[index]
        return template.node


class Reference(Slotted):
    """The name of another layer, as ``from:``, ``like:`` and ``share:`` have it.

    In ``levels[i]`` and ``down[3 - i].skip`` it has ``pieces``: texts, and templates of numbers
    between them. The first of these may be a list, whose value it is by the ``template``.
    """

    __slots__ = ("node", "pieces", "template", "text")

    def __init__(
        self,
        node: Scalar,
        template: Template | None = None,
        pieces: Sequence[str | Template] = (),
    ) -> None:
        self.node = node
        self.text = node.text
        self.template = template
        self.pieces = pieces

    @property
    def names(self) -> frozenset[str]:
        """The names of vars, arguments and columns that it may be."""
        if not self.pieces:
            return frozenset({self.text})
        read = (piece.names for piece in self.pieces if not isinstance(piece, str))
        return frozenset({self.pieces[0]} if isinstance(self.pieces[0], str) else ()).union(*read)


class References(Slotted):
    """One name of a layer, or a list of them."""

    __slots__ = ("names", "node")

    def __init__(self, node: Node, names: list[Reference]) -> None:
        self.node = node
        self.names = names


class Item(Slotted):
    """One entry of a list of layers; of this class itself if it is not known what it is.

    ``segment`` is its part of the names of the layers in it, empty for an unnamed structure that
    is alone in its list; ``told`` is whether that part tells a reader something, so that names do
    not leave it out. A ``broken`` item has mistakes that are reported: its output is not known, and
    any part of it may be missing.
    """

    __slots__ = (
        "broken",
        "dtype",
        "fields",
        "from_",
        "index",
        "name",
        "node",
        "repeat",
        "segment",
        "share",
        "shares_passes",
        "source",
        "told",
        "when",
        "word",
    )

    def __init__(self, node: Node, word: str) -> None:
        self.node = node  # what to point at when the whole item is meant
        self.source = node.source
        self.word = word  # the op, the block or the kind of structure
        self.broken = False
        self.name: Scalar | None = None
        self.segment = ""
        self.told = True
        self.when: Template | None = None
        self.repeat: Template | None = None
        self.index = "i"  # the name of the number of the pass
        self.dtype: Template | None = None
        self.from_: References | None = None
        self.share: Reference | None = None
        self.shares_passes = False  # all passes of a repeat use the weights of the first
        self.fields: dict[str, Template] = {}  # of the op; arguments of a block call

    @property
    def lists(self) -> list[list[Item]]:
        """All lists of layers in it."""
        return []

    @property
    def collects(self) -> bool:
        """Whether it reads a layer of all passes, of which there may be one."""
        return self.from_ is not None and any("*" in one.text for one in self.from_.names)


class Apply(Item):
    """An op."""

    __slots__ = ("like", "padding_mode", "weights")

    def __init__(self, node: Node, word: str) -> None:
        super().__init__(node, word)
        self.like: Reference | None = None
        self.padding_mode: Template | None = None
        self.weights: dict[str, Template] = {}


class Call(Item):
    """A block with arguments."""

    __slots__ = ("block",)

    def __init__(self, node: Node, block: Block) -> None:
        super().__init__(node, block.name)
        self.block = block

    @property
    def lists(self) -> list[list[Item]]:
        """The block's layers."""
        return [self.block.layers]


class Group(Item):
    """Layers without a word of their own."""

    __slots__ = ("layers",)

    def __init__(self, node: Node) -> None:
        super().__init__(node, "group")
        self.layers: list[Item] = []

    @property
    def lists(self) -> list[list[Item]]:
        """Its layers."""
        return [self.layers]


class Residual(Item):
    """A body, and its input (through a shortcut path) joined to its output."""

    __slots__ = ("body", "join", "shortcut", "skip")
    joins = ("add", "multiply")  # the first unless said

    def __init__(self, node: Node) -> None:
        super().__init__(node, "residual")
        self.body: list[Item] = []
        self.shortcut: list[Item] = []
        self.join: Template | None = None
        self.skip: Template | None = None

    @property
    def lists(self) -> list[list[Item]]:
        """Body and shortcut."""
        return [self.body, self.shortcut]


class Branches(Item):
    """Paths that read the same input, or a part of its channels each, and are joined."""

    __slots__ = ("join", "paths", "split")
    joins = ("concat", "add", "multiply")

    def __init__(self, node: Node) -> None:
        super().__init__(node, "branches")
        self.paths: list[Group] = []
        self.join: Template | None = None
        self.split: Template | None = None

    @property
    def lists(self) -> list[list[Item]]:
        """The paths, as a list."""
        return [[*self.paths]]


class Table(Item):
    """Layers once a row, with the cells under the names of the columns; ``vague``: not all of these
    are known. ``counted``: the number of a row is known by the name of ``index``."""

    __slots__ = ("columns", "counted", "layers", "rows", "vague")

    def __init__(self, node: Node) -> None:
        super().__init__(node, "table")
        self.columns: list[str] = []
        self.counted = False
        self.vague = False
        self.rows: list[tuple[str, dict[str, Template]]] = []  # segments and cells
        self.layers: list[Item] = []

    @property
    def lists(self) -> list[list[Item]]:
        """Its layers."""
        return [self.layers]


class Block(Slotted):
    """A word of the spec's own (or the library's): layers with arguments.

    ``broken``: its layers are not known; ``vague``: its arguments and inputs are not.
    """

    __slots__ = (
        "args",
        "broken",
        "inputs",
        "keys",
        "layers",
        "name",
        "node",
        "outputs",
        "required",
        "vague",
    )

    def __init__(self, name: str, node: Node) -> None:
        self.name = name
        self.node = node
        self.args: dict[str, Template | None] = {}  # defaults; None: required, or a mistake
        self.keys: dict[str, Node] = {}  # where each argument is declared
        self.required: list[str] = []
        self.inputs: list[str] = []
        self.layers: list[Item] = []
        self.outputs: References | None = None  # the last layer's, unless given
        self.broken = False
        self.vague = False


def called_blocks(items: Iterable[Item]) -> Iterator[Block]:
    """The blocks that layers call, in order."""
    for item in items:
        if isinstance(item, Call):
            yield item.block
        else:
            for inner in item.lists:
                yield from called_blocks(inner)


class Document:
    """A whole spec; ``vague``: its vars are not known; ``as_written``: it was read with its own
    vars and input shapes."""

    def __init__(self, file: File, name: str) -> None:
        self.file = file
        self.name = name
        self.vague = False
        self.as_written = True
        self.words: set[str] = set()  # names that may be words
        self.inputs: dict[str, Template | None] = {}  # None: a mistake
        self.vars: dict[str, Template | None] = {}  # None: a mistake
        self.keys: dict[str, Node] = {}  # where each var is declared
        self.blocks: dict[str, Block] = {}
        self.layers: list[Item] = []
        self.outputs: References | None = None
        self.expect: dict[str, Template] = {}
        self.budget: list[Limit] = []
        self.weights: str | None = None  # a file
        self.dtype: Template | None = None

    def __deepcopy__(self, _memo: object) -> Document:
        """Itself: nothing changes once it is read, and blocks may call each other deeper than
        copies can go."""
        return self
