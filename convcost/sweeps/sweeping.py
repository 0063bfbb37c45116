"""Sweeps: all candidates of a spec priced, and those kept that are asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from convcost import arguments
from convcost.dtype import DTYPES
from convcost.errors import plural
from convcost.ops.kinds import LARGEST_SIZE
from convcost.parallel.chosen import MOST_JOBS
from convcost.parallel.chosen import workers as workers_of
from convcost.parallel.job import Here
from convcost.sweeps import designs
from convcost.sweeps.asked import USUAL, Asked, asked_of, axes_of
from convcost.sweeps.blocks import Blocks
from convcost.sweeps.chosen import first
from convcost.sweeps.kept import Kept
from convcost.sweeps.stored import Stored, joined
from convcost.sweeps.subject import Subject
from convcost.sweeps.tables import arrow, kinds_of, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from os import PathLike

    import numpy.typing as npt

    from convcost.parallel.job import Workers
    from convcost.sweeps.axes import Axis

    Array = npt.NDArray[Any]


FIRST = 20
"""Rows that are at hand where the others are stored."""


class Sweep(NamedTuple):
    """Candidates, a row each. ``columns`` has the values on axes and the metrics, by name: ints
    where they are, and exact fractions, words and what is unknown (None) as objects.

    ``tried`` is how many candidates there were, and ``valid`` how many of them are networks;
    ``refused`` says of the others why, and how many there are of each kind. Where rows are
    ``stored``, because there may be too many for the memory, ``columns`` has the first ones alone.
    """

    asked: Asked
    columns: Mapping[str, Array]
    tried: int
    valid: int
    refused: Mapping[str, int]
    stored: Stored | None = None

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(next(iter(self.columns.values())) if self.stored is None else self.stored)

    @property
    def parts(self) -> Iterator[Mapping[str, Array]]:
        """All rows, some at a time."""
        return iter([self.columns] if self.stored is None else self.stored)

    def column(self, name: str) -> Array:
        """The values of all rows in one column."""
        found = [part[name] for part in self.parts]
        return np.concatenate(found) if found else self.columns[name]

    def __repr__(self) -> str:
        return f"Sweep({plural(self.rows, 'row')} of {plural(self.tried, 'candidate')})"

    @property
    def head(self) -> list[str]:
        """The names of the columns that were asked for: axes, then metrics."""
        return [*(one.name for one in self.asked.grid.axes), *self.asked.metrics]

    def to_pandas(self) -> Any:
        """The rows as a data frame of pandas, which must be installed; fractions as floats."""
        pd: Any = import_module("pandas")
        kinds = kinds_of(self)
        return pd.DataFrame({name: plain(self.column(name), kinds[name]) for name in self.head})

    def to_arrow(self) -> Any:
        """The rows as a table of Arrow; pyarrow must be installed. Fractions are floats, and ints
        beyond 64 bits decimals, which are exact."""
        pa: Any = import_module("pyarrow")
        schema, batches = arrow(self)
        return pa.Table.from_batches(batches, schema)


def sweep(
    path: str | PathLike[str],
    axes: Mapping[str, str | Iterable[Any]] | Sequence[str],
    *,
    metrics: Sequence[str] = USUAL,
    where: str | None = None,
    pareto: Sequence[str] = (),
    top: int | None = None,
    by: str | None = None,
    sample: int | None = None,
    seed: int = 0,
    settings: Mapping[str, str] | None = None,
    inputs: Mapping[str, Sequence[int]] | None = None,
    batch: int = 1,
    dtype: str | None = None,
    jobs: int | None = None,
    cluster: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Sweep:
    """Compute the costs of many designs of one spec, each exactly as :func:`analyze` does.

    Args:
        path: the spec, or the name of one that comes with convcost.
        axes: the values of each axis by its name, as texts (``"0.25:1.5:0.05"``, ``"1,2,3"``) or
            one by one; or texts such as ``"width=0.25:1.5:0.05"``. An axis is a var, ``side`` (all
            spatial sizes of the only input), ``NAME.K`` (a size of an input, 0 being the channels),
            ``batch`` or ``dtype``.
        metrics: the figures to work out; also those of tools, devices and a training step, such as
            ``"thop.macs"`` and ``"rtx3090.bound"``, in nanoseconds.
        where: keep the rows for which this holds, such as ``"macs < 600M and t4.bound < 2ms"``.
        pareto: keep the Pareto front of these figures. Larger is better for receptive fields,
            depth, intensity and axes, smaller for all else; ``"width:min"`` and ``"macs:max"``
            reverse that.
        top: keep this many rows, the best by the figure ``by`` first.
        by: the figure of ``top``, as in ``pareto``.
        sample: draw this many random candidates instead of all.
        seed: seed of ``sample``.
        settings: values for vars that are not axes.
        inputs: shapes without the batch in place of the spec's.
        batch: samples.
        dtype: type of numbers.
        jobs: processes of this machine that do the work. They begin by importing the script that
            calls, so the call stands under ``if __name__ == "__main__":``.
        cluster: address of a Dask scheduler, whose workers do the work, such as
            ``tcp://10.0.0.5:8786``. It needs the extra ``cluster``.
        progress: called with the candidates that are done, and how many there are.

    Returns:
        A Sweep: ``columns`` by axis and metric, a row for each candidate that is kept; ``tried``,
        ``valid`` and ``refused`` say what became of the others.

    Raises:
        TypeError: an argument is of another type than it is declared with.
        ConvcostError: the spec, an axis, a condition or a name cannot be read.
    """
    asked = asked_of(
        axes_of(axes),
        metrics,
        where=where,
        pareto=pareto,
        top=top,
        by=by,
        sample=sample,
        seed=seed,
    )
    if progress is not None:
        arguments.function("progress", progress)
    jobs = None if jobs is None else arguments.whole("jobs", jobs, 1, MOST_JOBS)
    cluster = None if cluster is None else arguments.text("cluster", cluster)
    subject = subject_of(path, asked.grid.axes, settings, inputs, batch, dtype)
    with workers_of(cluster, jobs) as workers:
        return swept(subject, asked, progress, workers=workers)


def subject_of(
    path: object,
    axes: Sequence[Axis],
    settings: object,
    inputs: object,
    batch: object,
    dtype: object,
) -> Subject:
    """The spec of a call, its arguments checked."""
    return Subject(
        arguments.path("path", path),
        axes,
        settings=arguments.by_name(
            "settings", {} if settings is None else settings, arguments.text
        ),
        inputs=arguments.by_name("inputs", {} if inputs is None else inputs, arguments.sizes),
        batch=arguments.whole("batch", batch, 1, LARGEST_SIZE),
        dtype=None if dtype is None else arguments.word("dtype", dtype, DTYPES, "type of numbers"),
    )


def swept(
    subject: Subject,
    asked: Asked,
    progress: Callable[[int, int], None] | None = None,
    kept: Kept | None = None,
    saved: Callable[[Kept], None] | None = None,
    workers: Workers | None = None,
) -> Sweep:
    """Price the candidates that are asked for, block by block.

    Args:
        subject: the spec.
        asked: what of it.
        progress: told of what is done.
        kept: rows of a sweep that was interrupted.
        saved: told of the rows so far, after each block.
        workers: price blocks in place of this process.
    """
    kept = Kept(asked) if kept is None else kept
    blocks = Blocks(subject, asked)
    blocks.sentences(kept.first_refused)  # further ones of a kind are told by the same sentence
    for start in range(0, kept.next, designs.BLOCK) if len(kept.again) else ():
        these = kept.again[(kept.again >= start) & (kept.again < start + designs.BLOCK)] - start
        if len(these):
            kept.parts.append(blocks.again(start, these))
    for block in (workers or Here()).each(
        blocks, range(kept.next, asked.grid.number, designs.BLOCK)
    ):
        kept.take(block, blocks.sentences(block.refused))
        if progress is not None:
            progress(kept.next, asked.grid.number)
        if saved is not None:
            saved(kept)
    return _ended(asked, kept)


def _ended(asked: Asked, kept: Kept) -> Sweep:
    counted = (asked.grid.number, kept.valid, kept.refused)
    if kept.store is not None:
        return Sweep(asked, kept.store.first(FIRST), *counted, kept.store)
    columns = joined(kept.parts, asked)
    order = asked.by or (asked.pareto[0] if asked.pareto else None)
    if order is not None:
        rows = first(columns, order, asked.top or len(columns[order.name]))
        columns = {name: values[rows] for name, values in columns.items()}
    return Sweep(asked, columns, *counted)
