"""The report of ``explain --algorithms`` and ``--matrix``: a layer as it can be computed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convcost.ops import op_name
from convcost.render.report import Document, Formulas, Report
from convcost.render.reports.entries import VERSION
from convcost.render.reports.explain import algorithms, toeplitz

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcost.analysis.explain.toeplitz import Matrix
    from convcost.execution.algorithm_runs import Trial
    from convcost.network import Layer
    from convcost.render.report import Medium, Part


def report(layer: Layer, trial: Trial | None, matrix: Matrix | None) -> Report:
    """The report of what is given: algorithms that were tried, a matrix, or both."""

    def page(medium: Medium) -> Iterator[Part]:
        if trial is not None:
            yield from algorithms.page(trial, medium)
        if matrix is not None:
            yield from toeplitz.page(layer, matrix, medium)

    formulas = None if matrix is None else lambda: [Formulas(source=toeplitz.latex(matrix))]
    return Report(page, lambda: Document(_document(layer, trial, matrix)), formulas=formulas)


def _document(layer: Layer, trial: Trial | None, matrix: Matrix | None) -> dict[str, Any]:
    """One document with what is given of a layer; null where no weight stands in its matrix."""
    document: dict[str, Any] = {
        "convcost": VERSION,
        "layer": layer.name,
        "op": op_name(type(layer.op)),
        "input_shape": list(layer.inputs[0].sample_shape),
        "output_shape": list(layer.outputs[0].sample_shape),
        "batch": layer.inputs[0].shape[0],
    }
    if trial is not None:
        document["algorithms"] = algorithms.entries(trial)
    if matrix is not None:
        document["matrix"] = [list(row) for row in matrix.rows]
    return document
