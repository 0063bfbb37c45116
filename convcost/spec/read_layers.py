"""From nodes to items: every mistake that can be seen without numbers is reported here."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple, Protocol

from convcost.errors import listed, quoted, similar
from convcost.ops import OPS, op_class
from convcost.ops.fields import declared
from convcost.ops.op import Op
from convcost.spec.expression import TRUTHS
from convcost.spec.model import Apply, Call, Group, Item, Table
from convcost.spec.nodes import List, Mapping, Node, Scalar, described
from convcost.spec.reader import Reader
from convcost.spec.settle import MODE, may_pad_otherwise
from convcost.spec.weights import read_weights

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Sequence
    from collections.abc import Mapping as Entries

    from convcost.spec.model import Block, Template
    from convcost.spec.problems import Problems

    Structures = Entries[str, "Structure"]

COMMON = ("op", "name", "from", "when", "repeat", "index", "share", "dtype")
"""The keys that every entry of a list of layers may have."""


class Structure(NamedTuple):
    """A structure's keys, those it needs first among them, and how it is read."""

    keys: tuple[str, ...]
    needed: tuple[str, ...]
    read: Callable[[LayerReader, Mapping, Scalar], Item]


class Words(Protocol):
    """Words for layers besides ops and a file's own blocks: structures and blocks of all."""

    @property
    def structures(self) -> Structures:
        """The structures by their words."""
        ...

    @property
    def names(self) -> Sequence[str]:
        """The names of the blocks."""
        ...

    @property
    def words(self) -> set[str]:
        """Names in any of the files that may be words."""
        ...

    def find(self, name: str) -> Block | None:
        """A block by its name, or None."""
        ...


class LayerReader(Reader):
    """Reads the layers of one file, which may call the blocks of that file and the library's."""

    def __init__(self, problems: Problems, library: Words) -> None:
        super().__init__(problems, library.words)
        self.library = library
        self.structures = library.structures
        self.blocks: dict[str, Block] = {}
        self.vague = False  # the file's blocks cannot be read: any word may be one
        self.inputs: tuple[str, ...] = ()  # names that `from:` gives to inputs, not to layers

    def block(self, name: str) -> Block | None:
        """The block of a name: the file's own, or the library's."""
        return self.blocks.get(name) or self.library.find(name)

    def items(self, node: Node, what: str = "layers") -> list[Item]:
        """A list of layers, with their part of the names."""
        if not isinstance(node, List):
            self.complain(f"{what} is a list of layers, and here is {described(node)}", node)
            return []
        items = [self.item(entry) for entry in node.items]
        self._refuse_twins(items)
        give_segments(items, self.inputs)
        return items

    def _refuse_twins(self, items: list[Item]) -> None:
        first: dict[str, Scalar] = {}
        for item in items:
            if item.name is None:
                continue
            if item.name.text in first:
                message = f"two layers of this list are named `{item.name.text}`"
                note = f"the first is on line {first[item.name.text].line}"
                self.complain(message, item.name, note)
                item.broken = True
            first.setdefault(item.name.text, item.name)

    def item(self, node: Node) -> Item:
        """One entry of a list of layers."""
        if isinstance(node, Mapping):
            return self.entry(node)
        if not isinstance(node, Scalar):
            self.complain("a layer is a word or a mapping with `op:`, and here is a list", node)
            return _broken(node)
        if node.text in self.structures:
            keys = " and ".join(f"`{key}:`" for key in self.structures[node.text].needed)
            self.complain(f"{node.text} is a structure: a mapping with `op:` and {keys}", node)
            return _broken(node)
        item = self._named(node)
        self._complain_of_missing(item, ())
        return item

    def _named(self, node: Scalar) -> Item:
        """An item of the op or block that a word names."""
        word = node.text
        if node.empty:
            self.complain("a layer is missing", node)
        elif word in OPS:
            return Apply(node, word)
        else:
            block = self.block(word)
            if block is not None:
                return Call(node, block)
            known = (*OPS, *self.structures, *self.blocks, *self.library.names)
            if not self.vague:
                self._complain_of_word(node, known)
        return _broken(node)

    def _complain_of_word(self, node: Scalar, known: Sequence[str]) -> None:
        from convcost.spec.other_words import about_op

        notes = about_op(node.text, known) or similar(node.text, known, "word")
        if node.text in self.value_names:
            notes = (
                "an op is not chosen by a value: there is a layer for each, as in "
                f"{{op: relu, when: {node.text} == relu}}",
            )
        self.complain(f"unknown op or block {quoted(node.text)}", node, *notes)

    def entry(self, node: Mapping) -> Item:
        """An entry written as a mapping."""
        op = node.get("op")
        if op is None:
            item = self._without_op(node)
        elif not isinstance(op, Scalar) or op.empty:
            self.complain(f"`op:` names an op or a block, and here is {described(op)}", op)
            item = _broken(node)
        elif op.text in self.structures:
            structure = self.structures[op.text]
            fine = self.known_keys(node, (*structure.keys, *COMMON), f"op `{op.text}`")
            item = structure.read(self, node, op)
            item.broken |= node.merged or not fine
        else:
            item = self._named(op)
            self._read_fields(item, node)
        self._read_common(item, node)
        return item

    def _without_op(self, node: Mapping) -> Item:
        layers = node.get("layers")
        if layers is None:
            first = next(iter(node.entries), "")
            notes = (f"an op is written {{op: {first}, ...}}",) if first in OPS else ()
            if not node.merged:
                self.complain("a layer needs `op:`, or `layers:` for a group", node, *notes)
            return _broken(node)
        item = Group(node.entries["layers"][0])
        self._check_keys(item, node, ("layers",), "a group")
        item.layers = self.items(layers)
        return item

    def _read_fields(self, item: Item, node: Mapping) -> None:
        if isinstance(item, Apply):
            fields: tuple[str, ...] = tuple(declared(op_class(item.word)))
            like = ("like",) if op_class(item.word).fields_of_like else ()
            arrays = ("weights",) if op_class(item.word).weights is not Op.weights else ()
            mode = (MODE,) if may_pad_otherwise(op_class(item.word)) else ()
            self._check_keys(item, node, (*fields, *mode, *like, *arrays), f"op `{item.word}`")
            item.padding_mode = self.part(item, node, MODE) if mode else None
            self._read_like(item, node)
            read_weights(self, item, node)
        elif isinstance(item, Call):
            fields = tuple(item.block.args)
            if not item.block.vague:
                self._check_keys(item, node, fields, f"block `{item.word}`", "argument")
        else:
            return
        for name in fields:
            template = self.part(item, node, name, words=isinstance(item, Call))
            if template is not None:
                item.fields[name] = template
        if not node.merged:
            self._complain_of_missing(item, node.entries)

    def _check_keys(
        self, item: Item, node: Mapping, known: Iterable[str], what: str, noun: str = "field"
    ) -> None:
        item.broken |= not self.known_keys(node, (*known, *COMMON), what, noun) or node.merged

    def part(self, item: Item, node: Mapping, key: str, *, words: bool = False) -> Template | None:
        """The value of a key that may be left out; a mistake in it breaks the item."""
        value = node.get(key)
        template = value and (self.argument(value) if words else self.template(value))
        item.broken |= value is not None and template is None
        return template

    def _read_like(self, item: Apply, node: Mapping) -> None:
        like = node.get("like")
        fields = op_class(item.word).fields_of_like
        if like is None or not fields:
            return
        item.like = self.reference(like)
        item.broken |= item.like is None
        for field in fields:
            if field in node.entries:
                self.complain(f"give either `{field}` or `like`", node.entries[field][0])
                item.broken = True

    def _complain_of_missing(self, item: Item, given: Container[str]) -> None:
        """Complain of required fields and arguments that are not given."""
        if isinstance(item, Apply):
            may = op_class(item.word).fields_of_like
            liked = may if "like" in given else ()
            needed = [name for name in _required(item.word) if name not in liked]
            what, either = f"op `{item.word}`", " or `like`" if may else ""
        elif isinstance(item, Call):
            needed, what, either = item.block.required, f"block `{item.word}`", ""
        else:
            return
        missing = [name for name in needed if name not in given]
        if missing:
            names = [f"`{name}`" for name in missing]
            notes = _translated(missing) if isinstance(item, Apply) else ()
            if item.word in _JOINS and "from" in given:
                notes = (f"`{item.word}` is along axes; `{_JOINS[item.word]}` joins layers",)
            self.complain(f"{what} needs {listed(names)}{either}", item.node, *notes)
            item.broken = True

    def _read_common(self, item: Item, node: Mapping) -> None:
        item.when = self.part(item, node, "when")
        item.repeat = self.part(item, node, "repeat")
        item.dtype = self.part(item, node, "dtype")
        name, index = node.get("name"), node.get("index")
        if name is not None:
            item.name = self._name(name)
        if index is not None:
            if not (isinstance(index, Scalar) and index.text == item.index):
                item.index = self.value_name(index, "the number of a pass") or item.index
            if item.repeat is None and isinstance(item, Table):
                item.counted = True
            elif item.repeat is None:
                self.complain("`index:` names the number of a pass, and needs `repeat:`", index)
        sources, share = node.get("from"), node.get("share")
        if sources is not None:
            item.from_ = self.references(sources)
            item.broken |= item.from_ is None
        if share is None:
            return
        if isinstance(share, Scalar) and share.plain and share.text.lower() in TRUTHS:
            item.shares_passes = TRUTHS[share.text.lower()]
        else:
            item.share = self.reference(share)
            item.broken |= item.share is None

    def _name(self, node: Node) -> Scalar | None:
        """A name for a layer, or None with a complaint."""
        name = self.name(node, "a layer")
        if name == "input" or name in self.inputs:
            self.complain(f"`{name}` cannot name a layer: it names an input", node)
        elif name is not None and isinstance(node, Scalar):
            return node
        return None


_JOINS = {"sum": "add", "prod": "multiply", "amax": "maximum", "amin": "minimum"}
"""Ops that reduce axes of a layer, and those that do the same to several layers."""


def _translated(fields: Sequence[str]) -> tuple[str, ...]:
    """Fields that other libraries call otherwise, and how."""
    from convcost.spec.other_words import in_keras

    return tuple(filter(None, map(in_keras, fields)))


@cache
def _required(op: str) -> tuple[str, ...]:
    fields = declared(op_class(op)).items()
    return tuple(name for name, field in fields if field.required)


def _broken(node: Node) -> Item:
    item = Item(node, "layer")
    item.broken = True
    return item


def give_segments(items: list[Item], inputs: Iterable[str] = ()) -> None:
    """Give each item its part of the names: its own name, or its word and a number.

    An unnamed structure or block that is alone in its list adds nothing. Inputs keep their names.
    """
    taken = {item.name.text for item in items if item.name is not None} | set(inputs)
    numbers: dict[str, int] = {}
    for item in items:
        if item.name is not None:
            item.segment = item.name.text
            item.told = len(items) > 1 or not item.node.file.library
            continue
        item.told = False
        if len(items) == 1 and not isinstance(item, Apply):
            continue
        while not item.segment or item.segment in taken:
            number = numbers[item.word] = numbers.get(item.word, 0) + 1
            item.segment = numbered(item.word, number)


def numbered(word: str, number: int | str) -> str:
    """The name of a layer that has none of its own, by its word and its number among its like."""
    return f"{word}{'_' if word[-1:].isdigit() else ''}{number}"
