"""The report of ``explain``."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from convcost.analysis.explain.blocks import BlockExplanation
from convcost.analysis.explain.entry import Entry
from convcost.render.formats.formulas.latex import plain
from convcost.render.report import Document, Formulas, Report
from convcost.render.reports.entries import VERSION
from convcost.render.reports.explain.page import also, heading, page, written
from convcost.render.reports.explain.word import said

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from convcost.analysis.explain.formula import Formula
    from convcost.analysis.explain.layer import Explanation
    from convcost.analysis.explain.topics import Topic
    from convcost.render.report import Medium, Part


def report(topic: Topic, *, everything: bool = False) -> Report:
    """The report of an op, a layer, a block of the library or a word; ``everything``: a terminal
    has all sections, whatever its height."""

    def shown(medium: Medium) -> Iterable[Part]:
        if medium.height is None or everything:
            return page(topic, medium)
        if isinstance(topic, Entry | BlockExplanation) or topic.layer is None:
            return page(topic, medium)
        from convcost.render.reports.explain.fitted import fitted  # for terminals only

        return fitted(topic, medium)

    return Report(
        page=shown,
        document=lambda: Document({"convcost": VERSION, **_document(topic)}, indented=True),
        formulas=lambda: [*_formulas(topic)],
    )


def _formulas(topic: Topic) -> Iterator[Formulas]:
    if isinstance(topic, Entry):
        yield Formulas(source=f"\\texttt{{{plain(topic.name)}}}: {plain(said(topic))}")
    elif isinstance(topic, BlockExplanation):
        yield Formulas(f"{topic.name}: {topic.doc}", topic.formulas)
    else:
        yield Formulas(heading(topic))
        weights = [weight.size for weight in topic.weights]
        parts: list[tuple[str, Sequence[Formula]]] = [
            ("output", (*topic.lengths, *topic.same)),
            ("params and buffers", weights),
            ("arithmetic", topic.costs),
            ("backward pass", topic.gradients),
            ("macs, read otherwise", topic.readings),
            ("where", topic.where),
            *((f"with {variant.setting}", variant.formulas) for variant in topic.variants),
        ]
        for name, formulas in parts:
            if formulas:
                yield Formulas(name, formulas, worked=topic.layer is not None)


def _document(topic: Topic) -> dict[str, Any]:
    if isinstance(topic, Entry):
        return _of_entry(topic)
    return _of_block(topic) if isinstance(topic, BlockExplanation) else _of_op(topic)


def _of_entry(topic: Entry) -> dict[str, Any]:
    return {
        topic.kind: topic.name,
        "says": topic.says,
        "also": list(topic.also),
        "example": topic.example.split("\n"),
        "read": topic.read,
    }


def _of_block(topic: BlockExplanation) -> dict[str, Any]:
    return {
        "block": topic.name,
        "says": topic.doc,
        **_elsewhere(topic),
        "paper": topic.paper,
        "picture": topic.picture.split("\n"),
        "args": [{"name": name, "default": default} for name, default in topic.args],
        "formulas": {formula.name: formula.text for formula in topic.formulas},
        "notes": list(topic.notes),
        "layers": topic.layers.split("\n"),
    }


def _of_op(topic: Explanation) -> dict[str, Any]:
    layer = topic.layer
    formula = partial(_formula, worked=layer is not None)
    return {
        **({"layer": layer.name, "source": layer.source and str(layer.source)} if layer else {}),
        "op": topic.op,
        "says": list(topic.doc),
        **_elsewhere(topic),
        "written": written(topic),
        "fields": [field._asdict() for field in topic.fields],
        "inputs": list(topic.reads),
        "output": list(topic.output),
        "lengths": [*map(formula, (*topic.lengths, *topic.same))],
        "requires": list(topic.requires),
        "weights": [
            {
                **formula(weight.size),
                "layout": [size.text for size in weight.layout],
                "learned": weight.learned,
                "owner": weight.owner,
            }
            for weight in topic.weights
        ],
        "arithmetic": [*map(formula, topic.costs)],
        "backward": [*map(formula, topic.gradients)],
        "readings": [*map(formula, topic.readings)],
        "where": [*map(formula, topic.where)],
        "variants": [
            {"with": v.setting, "formulas": [_formula(f, worked=False) for f in v.formulas]}
            for v in topic.variants
        ],
    }


def _elsewhere(topic: Explanation | BlockExplanation) -> dict[str, str]:
    found = also(topic)
    return {"elsewhere": found} if found else {}


def _formula(formula: Formula, *, worked: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"name": formula.name, "formula": formula.text, "says": formula.says}
    if worked:
        found["worked"] = [part._asdict() for part in formula.worked]
    return found
