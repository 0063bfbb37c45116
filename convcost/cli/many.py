"""``convcost analyze`` of folders: a row a file, worked out in one process, in several, or by a
cluster."""

from __future__ import annotations

import os
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

import typer

from convcost.cli import options, output
from convcost.errors import ConvcostError, NothingMatched, plural, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.cli.designs import Design
    from convcost.given import Given, Rule
    from convcost.network import Network
    from convcost.render.reports.analyze_rows import Row

PARQUET = ".parquet"
MOST_SENT, LEAST_PARTS = 16, 64


class File(NamedTuple):
    """A file, and what is set for it alone. ``files`` are its bytes and ``operators`` its rules,
    if it is read where it is not; ``made`` is its row, if that is known already."""

    label: str
    design: Design
    made: Row | None = None
    files: Mapping[str, bytes] | None = None
    operators: Mapping[str, Rule] | None = None


class Costs(NamedTuple):
    """Counts the network of a file; what is set for all of them gives way to what is its own."""

    analyze: Callable[[Network], Analysis]
    settings: Sequence[str]
    given: Given
    batch: int | None
    dtype: str | None

    def __call__(self, files: Sequence[File]) -> list[Row]:
        """The rows of files."""
        return [self.row(file) for file in files]

    def row(self, file: File) -> Row:
        """The row of a file, also of one that cannot be read."""
        from convcost.render.reports.analyze_rows import Row, row_of

        if file.made is not None:
            return file.made
        try:
            return row_of(file.label, self.analyze(self._network(file)))
        except ConvcostError as error:
            said = str(error)
            return Row(file.label, f"{file.label}: {said}" if said.startswith("--") else said)

    def _network(self, file: File) -> Network:
        from convcost.loading import is_exported
        from convcost.spec.files import held

        design, exported = file.design, is_exported(file.design.path)
        given = options.given(design.inputs, design.dims).over(self.given)
        given = given._replace(operators=file.operators or {})
        if not exported:
            given = given._replace(dims={}, values={})
        settings = design.settings if exported else [*self.settings, *design.settings]
        read = None if file.files is None else held(file.files)
        return options.unsaid(design.path, settings, given, self.batch, self.dtype, read)


def is_asked(words: Sequence[str], jobs: int | None, cluster: str | None) -> bool:
    """Whether words name more than designs, or others are to do the work."""
    return jobs is not None or cluster is not None or any(map(_is_several, words))


def _is_several(word: str) -> bool:
    if os.path.lexists(word):
        return os.path.isdir(word)
    from convcost.gate.patterns import is_pattern

    return is_pattern(word)


def found(words: Sequence[str]) -> list[File]:
    """The files that words name, each once: those of a folder and of all folders in it, in order.

    Raises:
        NothingMatched: there are none.
        ConvcostError: a word names no file.
    """
    files: dict[str, File] = {}
    for word in words:
        for file in _of_folder(word) if _is_several(word) else _named(word):
            files.setdefault(file.label, file)
    if not files:
        raise NothingMatched(
            f"no spec and no exported model is in {', '.join(map(printable, words))}\n"
            "  they end in .onnx, .pt2 or .yaml, and a spec has `input:` and `layers:`"
        )
    return [*files.values()]


def _named(word: str) -> Iterator[File]:
    from convcost.cli.designs import parsed

    (design,) = parsed([word], least=1)
    yield File(word, design)


def _of_folder(word: str) -> Iterator[File]:
    from convcost.cli.designs import Design
    from convcost.gate.models import chosen
    from convcost.gate.working_folder import working_folder
    from convcost.render.reports.analyze_rows import Row

    here = working_folder()
    choices = chosen([word], None, here)
    for path in choices.files():
        seen = str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
        file = File(seen, Design(seen, ()))
        try:
            choices.refuse_outside(path, seen)
            yield file
        except ConvcostError as error:
            yield file._replace(made=Row(seen, str(error)))


def rows(files: Sequence[File], costs: Costs, jobs: int | None, cluster: str | None) -> list[Row]:
    """The rows of files, in their order."""
    from convcost.parallel.chosen import workers

    made: list[Row] = []
    with workers(cluster, jobs) as pool, output.progress("analyzing") as progress:
        sent = (_sent(file, costs, cluster) for file in files)
        for several in pool.each(costs, _in_parts(sent, len(files))):
            made += several
            progress(len(made), len(files))
    return made


def _in_parts(files: Iterable[File], number: int) -> Iterator[Sequence[File]]:
    """Files that are sent together, of which there are few unless there are many in all: sending
    takes as long as the costs of a small model."""
    left = iter(files)
    size = max(1, min(MOST_SENT, number // LEAST_PARTS))
    while several := tuple(islice(left, size)):
        yield several


def _sent(file: File, costs: Costs, cluster: str | None) -> File:
    """A file as those who work on it read it: a cluster has not its disk, and no other process has
    its standard input. If it cannot be sent whole, its row is made here."""
    from convcost.gate.reading import given_for
    from convcost.loading import needed
    from convcost.spec.files import STDIN

    path = file.design.path
    if file.made is not None or (cluster is None and path != STDIN):
        return file
    try:
        return file._replace(files=needed(path), operators={**given_for(path).operators})
    except ConvcostError:
        return file._replace(made=costs.row(file))


def answer(
    made: Sequence[Row],
    sort: str,
    top: int | None,
    *,
    everything: bool,
    format_: str,
    out: str | None,
) -> None:
    """Print the report of rows."""
    from convcost.render.reports.analyze_files import report

    ordered = _sorted(made, sort)[:top]
    if out is not None and out.lower().endswith(PARQUET):
        from convcost.files.parquet import parquet
        from convcost.render.reports.analyze_files import columns

        output.write_file(parquet(columns(ordered)), out)
    else:
        output.report(report(ordered, everything=everything or top is not None), format_, out)


def end(made: Sequence[Row], *, strict: bool) -> None:
    """Say on standard error how many files could not be read, and end with what that means.

    Raises:
        typer.Exit: there are such files, or with ``strict`` a figure that is not fully known.
    """
    unread = [row for row in made if row.reason]
    if unread:
        first = unread[0].reason.splitlines()[0]
        output.error(f"{len(unread)} of {plural(len(made), 'file')} could not be read: {first}")
        raise typer.Exit(ConvcostError.exit_code)
    if strict and not all(row.known for row in made):
        raise typer.Exit(1)


def _sorted(made: Sequence[Row], sort: str) -> Sequence[Row]:
    """Rows in an order, those of files that could not be read last."""
    if sort == "graph":
        return made
    if sort == "name":
        return sorted(made, key=lambda row: row.label)
    return sorted(made, key=lambda row: -row.totals.get(sort, -1))
