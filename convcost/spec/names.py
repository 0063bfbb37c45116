"""The names of a document that its expressions and calls read, and those that none does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.spec.model import Apply, Branches, Call, Residual, Table, called_blocks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from convcost.errors import Source
    from convcost.spec.model import Block, Document, Item, Reference, Template


def unread_vars(document: Document) -> Iterator[tuple[str, Source]]:
    """Vars that no expression names, and where they are declared."""
    templates = (*document.vars.values(), *document.inputs.values(), *document.expect.values())
    read = _named((*templates, document.dtype)) | _in_items(document.layers)
    for block in _own(document):
        read |= _in_block(block) - block.args.keys()
    for name, key in document.keys.items():
        if name not in read:
            yield name, key.source


def unread_blocks(document: Document) -> Iterator[tuple[str, Source]]:
    """Blocks of the document's own that its layers do not call, directly or through others."""
    called: set[Block] = set()
    waiting = [document.layers]
    while waiting:
        for block in called_blocks(waiting.pop()):
            if block not in called:
                called.add(block)
                waiting.append(block.layers)
    for block in _own(document):
        if block not in called:
            yield block.name, block.node.source


def unread_args(document: Document) -> Iterator[tuple[str, str, Source]]:
    """Arguments that no expression in their block names: the block, the argument, where it is."""
    for block in _own(document):
        read = _in_block(block)
        for name, key in block.keys.items():
            if name not in read:
                yield block.name, name, key.source


def _own(document: Document) -> Iterator[Block]:
    """The blocks written in the document's file itself."""
    return (block for block in document.blocks.values() if block.node.file is document.file)


def _in_block(block: Block) -> frozenset[str]:
    return _named(block.args.values()) | _in_items(block.layers)


def _in_items(items: Iterable[Item]) -> frozenset[str]:
    """The names that layers read, those in the blocks that they call left out."""
    return frozenset[str]().union(*map(_in_item, items))


def _in_item(item: Item) -> frozenset[str]:
    templates = [item.when, item.repeat, item.dtype, *item.fields.values()]
    match item:
        case Apply():
            templates += (*item.weights.values(), item.padding_mode)
        case Residual():
            templates += (item.join, item.skip)
        case Branches():
            templates += (item.join, item.split)
        case _:
            pass
    read = _named(templates).union(*(one.names for one in _references(item)))
    if isinstance(item, Table):
        inner = _in_items(item.layers) - set(item.columns)
        return read.union(inner, *(_named(cells.values()) for _, cells in item.rows))
    if isinstance(item, Call):
        return read
    return read.union(*map(_in_items, item.lists))


def _references(item: Item) -> Iterator[Reference]:
    yield from item.from_.names if item.from_ else ()
    yield from [item.share] if item.share else []
    if isinstance(item, Apply) and item.like:
        yield item.like


def _named(templates: Iterable[Template | None]) -> frozenset[str]:
    """The names that templates read."""
    return frozenset[str]().union(*(template.names for template in templates if template))
