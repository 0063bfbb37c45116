"""Residual, branches and table: each reads the keys that are its own."""

from __future__ import annotations

from convcost.errors import listed, plural, quoted, similar
from convcost.spec.expression import parse
from convcost.spec.model import Branches, Call, Group, Item, Residual, Table, Template
from convcost.spec.nodes import List, Mapping, Node, Scalar, described
from convcost.spec.read_layers import LayerReader, Structure

ROW_NAMES = "name"
"""The column of a table whose cells name its rows."""


def _read_residual(reader: LayerReader, node: Mapping, word: Scalar) -> Residual:
    item = Residual(word)
    body, shortcut = node.get("body"), node.get("shortcut")
    if body is None:
        _complain_of_missing(reader, item, node, "a residual needs `body:`")
    else:
        item.body = reader.items(body, "body")
        if isinstance(body, List) and not body.items:
            reader.complain("the body is empty: a residual would join its input to itself", body)
        item.broken |= not item.body
    if shortcut is not None:
        item.shortcut = reader.items(shortcut, "shortcut")
    item.skip = reader.part(item, node, "skip")
    item.join = reader.part(item, node, "join")
    return item


def _read_branches(reader: LayerReader, node: Mapping, word: Scalar) -> Branches:
    item = Branches(word)
    paths = node.get("paths")
    if isinstance(paths, Mapping):
        for key, value in paths.entries.values():
            _read_path(reader, item, reader.name(key, "a path") or "path", value)
    elif isinstance(paths, List):
        for number, value in enumerate(paths.items, start=1):
            _read_path(reader, item, f"path{number}", value, told=False)
    elif paths is None:
        _complain_of_missing(reader, item, node, "branches need `paths:`")
    else:
        message = "paths is a list of lists of layers, or a mapping of named ones"
        reader.complain(f"{message}, and here is {described(paths)}", paths)
    if isinstance(paths, List | Mapping) and not item.paths:
        reader.complain("branches need a path at least", paths)
    _refuse_twins(reader, item.paths)
    item.broken |= not item.paths
    item.split = reader.part(item, node, "split")
    if item.split is not None:
        item.fields = {"sizes": item.split, "parts": item.split}  # of the op that deals them out
    item.join = reader.part(item, node, "join")
    return item


def _read_path(
    reader: LayerReader, item: Branches, name: str, value: Node, *, told: bool = True
) -> None:
    if isinstance(value, Mapping) and "layers" in value.entries and "op" not in value.entries:
        path = reader.entry(value)
        assert isinstance(path, Group)
    else:
        path = Group(value)
        path.layers = reader.items(value, "a path")
        path.broken = not isinstance(value, List)
    path.segment = path.name.text if path.name else name
    path.told = told or path.name is not None
    item.paths.append(path)


def _refuse_twins(reader: LayerReader, paths: list[Group]) -> None:
    own = {"split", *Branches.joins}  # names of the layers that branches add
    taken: set[str] = set()
    for path in paths:
        if path.segment in own:
            message = f"`{path.segment}` cannot name a path: a layer of the branches is named so"
            reader.complain(message, path.node)
        elif path.segment in taken:
            reader.complain(f"two paths are named `{path.segment}`", path.node)
        path.broken |= path.segment in own or path.segment in taken
        taken.add(path.segment)


def _read_table(reader: LayerReader, node: Mapping, word: Scalar) -> Table:
    item = Table(word)
    columns, rows = node.get("columns"), node.get("rows")
    headings: list[str] | None = None
    missing = [f"`{key}:`" for key in ("columns", "rows") if node.get(key) is None]
    if node.get("layers") is None and node.get("of") is None:
        missing.append("`layers:` (or `of:`)")
    if missing:
        _complain_of_missing(reader, item, node, f"a table needs {listed(missing)}")
    for key, value in (("columns", columns), ("rows", rows)):
        if value is not None and not isinstance(value, List):
            reader.complain(f"{key} is a list, and here is {described(value)}", value)
            item.broken = True
    if isinstance(columns, List):
        headings = _read_columns(reader, item, columns)
    item.vague = headings is None
    if isinstance(rows, List) and headings is not None:
        names: set[str] = set()
        for row in rows.items:
            _read_row(reader, item, row, headings, names)
    _read_table_layers(reader, item, node, columns)
    index = node.get("index")
    if isinstance(index, Scalar) and node.get("repeat") is None and index.text in item.columns:
        reader.complain(f"a column is named {quoted(index.text)}, too", index)
        item.broken = True
    return item


def _read_columns(reader: LayerReader, item: Table, columns: List) -> list[str] | None:
    headings: list[str] = []
    for column in columns.items:
        name = reader.value_name(column, "a column")
        if name is not None and name in headings:
            reader.complain(f"two columns are named `{name}`", column)
            name = None
        if name is not None:
            headings.append(name)
    item.columns = [name for name in headings if name != ROW_NAMES]
    if len(headings) == len(columns.items):
        return headings
    item.broken = True
    return None


def _read_row(
    reader: LayerReader, item: Table, row: Node, headings: list[str], names: set[str]
) -> None:
    """Read a row into ``item``, and its name into ``names``."""
    nodes = row.items if isinstance(row, List) else [row]
    if len(nodes) != len(headings):
        here = f"is {described(row)}"
        if isinstance(row, List):
            here = f"{'is' if len(row.items) == 1 else 'are'} {len(row.items)}"
        reader.complain(f"a row has {plural(len(headings), 'cell')}, and here {here}", row)
        item.broken = True
        return
    segment = str(len(item.rows))
    cells: dict[str, Template] = {}
    for heading, node in zip(headings, nodes, strict=True):
        if heading == ROW_NAMES:
            segment = reader.name(node, "a row") or segment
            if segment in names:
                note = "they may be told apart by a letter, or have no name"
                reader.complain(f"two rows are named `{segment}`", node, note)
                item.broken = True
            names.add(segment)
            continue
        template = reader.cell(node)
        item.broken |= template is None
        if template is not None:
            cells[heading] = template
    item.rows.append((segment, cells))


def _read_table_layers(
    reader: LayerReader, item: Table, node: Mapping, columns: Node | None
) -> None:
    layers, of = node.get("layers"), node.get("of")
    if layers is not None and of is not None:
        reader.complain("a table has either `layers:` or `of:`", of)
        item.broken = True
    elif layers is not None:
        item.layers = reader.items(layers)
    elif of is not None:
        item.layers = _called_by_row(reader, of, columns)
        item.broken |= not item.layers


def _called_by_row(reader: LayerReader, of: Node, columns: Node | None) -> list[Item]:
    """The one call of a table with `of:`: the columns are its arguments."""
    block = reader.block(of.text) if isinstance(of, Scalar) else None
    if block is None:
        known = (*reader.blocks, *reader.library.names)
        notes = similar(of.text, known, "block") if isinstance(of, Scalar) else ()
        reader.complain(f"`of:` names a block, and here is {described(of)}", of, *notes)
        return []
    call = Call(of, block)
    headings = (
        [c for c in columns.items if isinstance(c, Scalar)] if isinstance(columns, List) else []
    )
    for heading in headings:
        name = heading.text
        if name == ROW_NAMES:
            continue
        if name not in block.args and not block.vague:
            message = f"block `{block.name}` has no argument {quoted(name)}"
            reader.complain(message, heading, *similar(name, block.args, "argument"))
            call.broken = True
        elif name in block.args:
            call.fields[name] = Template(heading, parse(name))
    missing = [f"`{name}`" for name in block.required if name not in call.fields]
    if missing and not call.broken and headings:
        reader.complain(f"block `{block.name}` needs {listed(missing)}", of)
        call.broken = True
    return [call]


def _complain_of_missing(reader: LayerReader, item: Item, node: Mapping, message: str) -> None:
    if not node.merged:
        reader.complain(message, item.node)
    item.broken = True


STRUCTURES: dict[str, Structure] = {
    "residual": Structure(("body", "shortcut", "skip", "join"), ("body",), _read_residual),
    "branches": Structure(("paths", "join", "split"), ("paths",), _read_branches),
    "table": Structure(
        ("columns", "rows", "layers", "of"), ("columns", "rows", "layers"), _read_table
    ),
}
