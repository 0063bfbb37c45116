"""A file with what models cost, to compare with later."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from convcost.budget.verdict import Figures, Row
from convcost.errors import ConvcostError, Source, printable
from convcost.files.opened import Unreadable, content
from convcost.further_metrics import further
from convcost.metrics import COUNTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

VERSION = 1
LARGEST = 2**27  # bytes: some hundred thousand layers


def to_json(models: Mapping[str, Figures]) -> str:
    """A baseline of models by their paths: a line a layer, ending in a newline.

    Counts of 0 are left out of a layer.
    """
    parts = [f"    {json.dumps(path)}: {_model(figures)}" for path, figures in models.items()]
    inner = ",\n".join(parts)
    return f'{{\n  "convcost": {VERSION},\n  "models": {{\n{inner}\n  }}\n}}\n'


def _model(figures: Figures) -> str:
    rows = [json.dumps(_row(row)) for row in figures.rows]
    head = {
        "name": figures.name,
        "totals": dict(figures.totals),
        "receptive_field": list(figures.sizes),
        "unknown": list(figures.unknown),
    }
    lines = [f'      "{key}": {json.dumps(value)}' for key, value in head.items()]
    layers = ",\n".join(f"        {row}" for row in rows)
    return "{\n" + ",\n".join(lines) + f',\n      "layers": [\n{layers}\n      ]\n    }}'


def _row(row: Row) -> dict[str, Any]:
    counts = {metric: count for metric, count in row.counts.items() if count}
    source = row.source and [row.source.path, row.source.line, row.source.column]
    return {
        "name": row.name,
        **({"path": row.path} if row.path != row.name else {}),
        "op": row.op,
        **counts,
        "receptive_field": list(row.sizes),
        "source": source,
    }


def read_baseline(path: Path, shown: str) -> dict[str, Figures]:
    """The figures of each model, by its path as the file has it.

    A document that ``convcost analyze --format json`` printed is a baseline of its one model.

    Raises:
        ConvcostError: the file is not a baseline.
    """

    def refuse(reason: str) -> ConvcostError:
        return ConvcostError(
            f"{printable(shown)}: {reason}\n  `convcost baseline -o {printable(shown)}` writes one"
        )

    try:
        data = content(path, LARGEST)
    except Unreadable as error:
        raise refuse(str(error)) from None
    if len(data) > LARGEST:
        raise refuse(f"is larger than {LARGEST >> 20} MiB, too large for a baseline")
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        raise refuse("this is not JSON, so it is not a baseline") from None
    try:
        version = document["convcost"]
        if version != VERSION:
            raise refuse(f"this convcost reads version {VERSION}, and here is {version!r}")
        if "network" in document:
            return {str(document["network"]["source"]): _analysed(document)}
        models: dict[str, Any] = document["models"]
        return {name: _figures(model) for name, model in models.items()}
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        raise refuse("this is not a baseline of models") from None


def _figures(model: Mapping[str, Any]) -> Figures:
    totals = _totals(model["totals"])
    return Figures(
        name=str(model["name"]),
        totals=totals,
        rows=[_row_of(row, row["receptive_field"], totals) for row in model["layers"]],
        sizes=_sizes(model["receptive_field"]),
        unknown=[str(reason) for reason in model["unknown"]],
    )


def _row_of(row: Mapping[str, Any], sizes: object, known: Iterable[str]) -> Row:
    source = row["source"] and Source(str(row["source"][0]), *map(int, row["source"][1:3]))
    name = str(row["name"])
    path = str(row.get("path", name))
    return Row(name, path, str(row["op"]), _counts(row, known), _sizes(sizes), source)


def renamed(before: Figures, after: Figures) -> Figures:
    """Figures of a file whose layers are called by their paths, as older ones have them, by the
    names that the layers have now."""
    names = {row.path: row.name for row in after.rows}
    rows = [
        row._replace(name=names.get(row.path, row.name)) if row.name == row.path else row
        for row in before.rows
    ]
    return before._replace(rows=rows)


def _totals(given: Mapping[str, Any]) -> dict[str, int]:
    """Those of metrics that were counted when the file was saved."""
    return _counts(given, [metric for metric in (*COUNTS, *further(given)) if metric in {**given}])


def _counts(given: Mapping[str, Any], known: Iterable[str]) -> dict[str, int]:
    counts = {metric: given.get(metric, 0) for metric in known}
    if not all(type(count) is int for count in counts.values()):
        raise ValueError
    return counts


def _sizes(given: object) -> list[int | None]:
    sizes = cast("list[object]", given)
    return [None if size is None else int(cast("int", size)) for size in sizes]


def _analysed(document: Mapping[str, Any]) -> Figures:
    """The figures of what ``convcost analyze`` printed."""
    rows: list[Row] = []
    totals = _totals(document["totals"])
    for layer in document["layers"]:
        if "layers" in layer or "times" in layer:  # folded by --depth
            raise ValueError
        path, _, line = str(layer["source"] or ":0").rpartition(":")
        sizes = [axis["size"] for axis in layer["receptive_field"]]
        source = [path, int(line), 1] if path and line.isdigit() else None
        rows.append(_row_of({**layer, "source": source}, sizes, totals))
    return Figures(
        name=str(document["network"]["name"]),
        totals=totals,
        rows=rows,
        sizes=rows[-1].sizes if rows else [],
        unknown=[str(reason) for reason in document["unknown"]],
    )
