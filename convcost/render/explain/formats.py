"""Ops, layers, blocks and metrics as markdown, LaTeX and JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from convcost.analysis.analyze.metrics import Meaning
from convcost.analysis.explain.blocks import BlockExplanation
from convcost.render.document import VERSION
from convcost.render.explain.latex import align, plain
from convcost.render.explain.text import SIGNS, block_sections, formula_sections, heading, written
from convcost.render.markdown import escaped
from convcost.render.table import Line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from convcost.analysis.explain.formula import Formula
    from convcost.analysis.explain.layer import Explanation
    from convcost.analysis.explain.topics import Subject
    from convcost.render.explain.text import Section


def to_markdown(subject: Subject, level: int = 2) -> str:
    """A section: what it is, its fields as a table, its formulas as they are written."""
    hashes = "#" * level
    if isinstance(subject, Meaning):
        return f"{hashes} {subject.name}\n\n{subject.says}.\n"
    if isinstance(subject, BlockExplanation):
        head = [f"{hashes} {escaped(subject.name)}", escaped(subject.doc)]
        head += [escaped(subject.paper)] if subject.paper else []
        return "\n\n".join((*head, _fenced(block_sections(subject, None)))) + "\n"
    layer = subject.layer
    found = [f"{hashes} {escaped(heading(subject))}"]
    doc = subject.doc if layer is None else subject.doc[:1]
    found += ("\n".join(_marked(paragraph)) for paragraph in doc)
    if subject.fields:
        found.append("\n".join(_field_table(subject)))
    body: list[Section] = [("", [*map(Line, written(subject))])]
    found.append(_fenced([*body, *formula_sections(subject, None)]))
    return "\n\n".join(found) + "\n"


def _marked(paragraph: str) -> Iterator[str]:
    for part in paragraph.split("\n"):
        yield from ("", part) if part.startswith("* ") else (part,)


def _field_table(explanation: Explanation) -> Iterator[str]:
    yield "| field | unless given | |"
    yield "|---|---|---|"
    for field in explanation.fields:
        default = "required" if field.default is None else field.default and f"`{field.default}`"
        yield f"| `{field.name}` | {default} | {field.says}: {field.kind} |"


def _fenced(body: Iterable[Section]) -> str:
    parts = [
        "\n".join((*([name] if name else ()), *(line.text for line in part)))
        for name, part in body
        if name != SIGNS
    ]
    return "\n".join(("```text", "\n\n".join(parts), "```"))


# LaTeX.


def to_latex(subject: Subject) -> str:
    """The formulas as ``align*`` environments (of the package amsmath), with comments between."""
    if isinstance(subject, Meaning):
        return f"\\texttt{{{plain(subject.name)}}}: {plain(subject.says)}.\n"
    found: list[str] = []
    if isinstance(subject, BlockExplanation):
        found = [f"% {subject.name}: {subject.doc}", *align(subject.formulas, worked=False)]
    else:
        found = [*_latex(subject)]
    return "\n".join(found) + "\n"


def _latex(subject: Explanation) -> Iterator[str]:
    worked = subject.layer is not None
    yield f"% {heading(subject)}"
    weights = [weight.size for weight in subject.weights]
    parts: list[tuple[str, Sequence[Formula]]] = [
        ("output", (*subject.lengths, *subject.same)),
        ("params and buffers", weights),
        ("arithmetic", subject.costs),
        ("macs, read otherwise", subject.readings),
        ("where", subject.where),
        *((f"with {variant.setting}", variant.formulas) for variant in subject.variants),
    ]
    for name, formulas in parts:
        if formulas:
            yield f"% {name}"
            yield from align(formulas, worked=worked)


# JSON.


def to_json(subject: Subject) -> str:
    """One document, its numbers exact."""
    return json.dumps({"convcost": VERSION, **_document(subject)}, indent=2) + "\n"


def _document(subject: Subject) -> dict[str, Any]:
    if isinstance(subject, Meaning):
        return {"metric": subject.name, "says": subject.says}
    if isinstance(subject, BlockExplanation):
        return {
            "block": subject.name,
            "says": subject.doc,
            "paper": subject.paper,
            "picture": subject.picture.split("\n"),
            "args": [{"name": name, "default": default} for name, default in subject.args],
            "formulas": {formula.name: formula.text for formula in subject.formulas},
            "notes": list(subject.notes),
            "layers": subject.layers.split("\n"),
        }
    layer = subject.layer
    return {
        **({"layer": layer.name, "source": layer.source and str(layer.source)} if layer else {}),
        "op": subject.op,
        "says": list(subject.doc),
        "written": written(subject),
        "fields": [field._asdict() for field in subject.fields],
        "inputs": list(subject.reads),
        "output": list(subject.output),
        "lengths": [_formula(f, layer is not None) for f in (*subject.lengths, *subject.same)],
        "requires": list(subject.requires),
        "weights": [
            {
                **_formula(weight.size, layer is not None),
                "layout": [size.text for size in weight.layout],
                "learned": weight.learned,
                "owner": weight.owner,
            }
            for weight in subject.weights
        ],
        "arithmetic": [_formula(formula, layer is not None) for formula in subject.costs],
        "readings": [_formula(formula, layer is not None) for formula in subject.readings],
        "where": [_formula(formula, layer is not None) for formula in subject.where],
        "variants": [
            {"with": v.setting, "formulas": [_formula(f, False) for f in v.formulas]}
            for v in subject.variants
        ],
    }


def _formula(formula: Formula, worked: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"name": formula.name, "formula": formula.text, "says": formula.says}
    if worked:
        found["worked"] = [part._asdict() for part in formula.worked]
    return found
