"""The pages of ``explain``: ops, layers with their numbers, blocks of the library, words."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

from convcost.analysis.explain.blocks import BlockExplanation
from convcost.analysis.explain.entry import Entry, of_glossary
from convcost.errors import printable
from convcost.ops.op import input_names
from convcost.render.parts.numbers import exact
from convcost.render.parts.table import GAP, Column, Line, aligned
from convcost.render.parts.words import shapes
from convcost.render.report import Drawing, Heading, Paragraph
from convcost.render.reports.explain import word
from convcost.render.reports.explain.sentences import INDENT, WIDEST, room_of, sentences
from convcost.render.spec import one_layer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from convcost.analysis.explain.formula import Formula
    from convcost.analysis.explain.layer import Explanation, Weight
    from convcost.analysis.explain.topics import Topic
    from convcost.render.report import Medium, Part

Section = tuple[str, list[Line]]

SIGNS = "signs"
AS_A_WORD = "as a word elsewhere"
_SHAPE = re.compile(r"`\([^`]*\)`\.")  # words that say no more than the shape does
_LEGEND = (  # what a reader of formulas may not know, and by what text it is told
    ("//", "`//` divides and rounds down"),
    ("-(-", "`-(-a // b)` is a / b rounded up"),
    ("%", "`%` is what a division leaves"),
)


def page(topic: Topic, medium: Medium) -> Iterator[Part]:
    """Headings and what stands under each; formulas in one line where nothing limits the width."""
    width = medium.width
    if medium.paged:
        yield from _document(topic)
        return
    if isinstance(topic, Entry):
        yield from word.page(topic, width)
        return
    if isinstance(topic, BlockExplanation):
        yield Heading(topic.name)
        yield Drawing([*sentences(topic.doc, width), *sentences(topic.paper, width)])
        sections = block_sections(topic, width)
    else:
        yield title(topic)
        yield from (Drawing([*sentences(paragraph, width)]) for paragraph in sayings(topic))
        sections = layer_sections(topic, width)
    yield from (Drawing(body, name) for name, body in sections)
    if elsewhere := also(topic):
        yield Drawing([*sentences(elsewhere, width)], AS_A_WORD)


def title(topic: Explanation) -> Heading:
    """The name, and of a layer its shapes and where it is from."""
    return Heading("", lines=[Line(heading(topic), "bold"), *map(Line, _whereabouts(topic))])


def sayings(topic: Explanation) -> Sequence[str]:
    """The description of an op, in paragraphs; of a layer the first of them."""
    return topic.doc if topic.layer is None else topic.doc[:1]


def _document(topic: Topic) -> Iterator[Part]:
    """A section of documentation: fields as a table, formulas as they are written."""
    if isinstance(topic, Entry):
        yield from word.document(topic)
        return
    if isinstance(topic, BlockExplanation):
        yield Heading(topic.name)
        yield from (Paragraph(said) for said in (topic.doc, topic.paper) if said)
        yield _fenced(block_sections(topic, None))
        return
    yield Heading(heading(topic))
    for paragraph in sayings(topic):
        yield Paragraph("\n".join(_marked(paragraph)), markup=True)
    if topic.fields:
        yield Paragraph("\n".join(_field_table(topic)), markup=True)
    body: list[Section] = [("", [*map(Line, written(topic))])]
    yield _fenced([*body, *formula_sections(topic, None)])


def also(topic: Explanation | BlockExplanation) -> str:
    """Return the other meaning of an op's or a block's name, from the glossary, or ""."""
    if isinstance(topic, BlockExplanation):
        return of_glossary(topic.name)
    return "" if topic.layer is not None else of_glossary(topic.op)


def _marked(paragraph: str) -> Iterator[str]:
    for part in paragraph.split("\n"):
        yield from ("", part) if part.startswith("* ") else (part,)


def _field_table(explanation: Explanation) -> Iterator[str]:
    yield "| field | unless given | |"
    yield "|---|---|---|"
    for field in explanation.fields:
        default = "required" if field.default is None else field.default and f"`{field.default}`"
        yield f"| `{field.name}` | {default} | {field.says}: {field.kind} |"


def _fenced(body: Iterable[Section]) -> Drawing:
    """Sections as one block of text, without what explains the signs of formulas."""
    lines: list[Line] = []
    for name, part in body:
        if name != SIGNS:
            lines += (*([Line("")] if lines else ()), *([Line(name)] if name else ()), *part)
    return Drawing(lines, language="text")


def heading(explanation: Explanation) -> str:
    """The name of the op, or of the layer."""
    layer = explanation.layer
    return explanation.op if layer is None else printable(layer.name)


def _whereabouts(explanation: Explanation) -> Iterator[str]:
    """A layer's shapes, and where it is from."""
    layer = explanation.layer
    if layer is None:
        return
    reads = shapes([tensor.sample_shape for tensor in layer.inputs])
    makes = shapes([tensor.sample_shape for tensor in layer.outputs])
    yield f"{reads} -> {makes}".strip()
    if layer.source:
        yield printable(str(layer.source))


def layer_sections(
    explanation: Explanation, width: int | None, *, brief: bool = False
) -> Iterator[Section]:
    """Headings and what stands under each."""
    worked = explanation.layer is not None
    if explanation.fields:
        yield "fields", _fields(explanation, width)
    layer = (line for text in written(explanation) for line in _wrapped(INDENT, text, width))
    yield ("layer" if worked else "example"), [*layer]
    yield from formula_sections(explanation, width, brief=brief)


def formula_sections(
    explanation: Explanation, width: int | None, *, brief: bool = False
) -> Iterator[Section]:
    """The sections that have formulas."""
    worked = explanation.layer is not None
    if explanation.reads:
        yield "inputs", [*map(_indented, explanation.reads)]
    yield "output", [*_output(explanation, width, worked, brief=brief)]
    if explanation.requires and not worked:  # a layer would not be there
        yield "requires", [*map(_indented, explanation.requires)]
    for learned, name in ((True, "params"), (False, "buffers")):
        weights = [weight for weight in explanation.weights if weight.learned is learned]
        if weights:
            yield name, [*_weights(weights, width, worked, brief=brief)]
    if explanation.costs:
        samples = "" if worked else ", for one sample"
        yield f"arithmetic{samples}", [*_formulas(explanation.costs, width, worked, brief=brief)]
    else:
        yield "arithmetic", [_indented("none")]
    if explanation.gradients:
        samples = "" if worked else ", for one sample"
        yield (
            f"backward pass{samples}",
            [*_formulas(explanation.gradients, width, worked, brief=brief)],
        )
    if explanation.readings:
        yield "macs, read otherwise", [*_formulas(explanation.readings, width, worked, brief=brief)]
    if explanation.where:
        yield "where", [*_formulas(explanation.where, width, worked, brief=brief)]
    for variant in explanation.variants:
        yield f"with {variant.setting}", [*_formulas(variant.formulas, width, False, brief=True)]
    if legend := _legend(explanation):
        yield SIGNS, [*map(_indented, legend)]


def written(explanation: Explanation) -> list[str]:
    """The layer as a spec has it, and the shapes that it reads."""
    op, sizes = explanation.exact, [list(shape[1:]) for shape in explanation.inputs]
    rank = max(len(sizes[0]) - 1, 0) if sizes else 0
    if explanation.layer is not None:
        return [one_layer(op, rank)]
    if len(sizes) < 2:
        return [*(f"input: {size}" for size in sizes), f"- {one_layer(op, rank)}"]
    names = input_names(type(op), len(sizes))
    inputs = ", ".join(f"{name}: {size}" for name, size in zip(names, sizes, strict=True))
    return [f"inputs: {{{inputs}}}", f"- {one_layer(op, rank, names)}"]


def _fields(explanation: Explanation, width: int | None) -> list[Line]:
    defaults = ["required" if f.default is None else f.default for f in explanation.fields]
    names = [field.name for field in explanation.fields]
    table = [Column("", [*map(printable, names)]), Column("", defaults)]
    rows = [line.text for line in aligned(table, None)[2:]]
    room = max(map(len, rows)) + len(INDENT) + len(GAP)
    found: list[Line] = []
    for field, row in zip(explanation.fields, rows, strict=True):
        kind = "" if field.kind in field.says else f"; {field.kind}"
        told = textwrap.wrap(f"{field.says}{kind}", room_of(width) - room) or [""]
        head = f"{INDENT}{row:<{room - len(INDENT)}}"
        found += (Line(f"{left}{part}".rstrip()) for left, part in _beside(head, told))
    return found


def _beside(head: str, told: Sequence[str]) -> Iterator[tuple[str, str]]:
    yield head, told[0]
    for part in told[1:]:
        yield " " * len(head), part


def _output(
    explanation: Explanation, width: int | None, worked: bool, *, brief: bool
) -> Iterator[Line]:
    several = dict.fromkeys(explanation.output)
    times = f"{len(explanation.output)} of " if len(explanation.output) > len(several) else ""
    says = explanation.output_says
    told = "" if brief or _SHAPE.fullmatch(says) else f"   # {says.removesuffix('.')}"
    yield from _wrapped(INDENT, f"{times}{' '.join(several)}{told}", width)
    yield from _formulas((*explanation.lengths, *explanation.same), width, worked, brief=brief)


def _weights(
    weights: Sequence[Weight], width: int | None, worked: bool, *, brief: bool
) -> Iterator[Line]:
    for weight in weights:
        yield from _formulas([weight.size], width, worked, brief=brief)
        if len(weight.layout) > 1 and not brief:
            names = ", ".join(size.text for size in weight.layout)
            sizes = ", ".join(str(size.worked[0].value) for size in weight.layout)
            layout = f"[{names}] = [{sizes}]" if worked and names != sizes else f"[{names}]"
            yield from _told(f"layout {layout}", width)
        if weight.owner is not None:
            yield from _told(f"shared, and counted in {printable(weight.owner)}", width)


def _formulas(
    formulas: Iterable[Formula], width: int | None, worked: bool, *, brief: bool = False
) -> Iterator[Line]:
    """Formulas, with their numbers under them, and what they mean: beside them as a comment, where
    there is room. ``brief``: without that, and with their numbers alone where both need lines."""
    for formula in formulas:
        told = "" if brief else formula.says
        text = [line.text for line in _formula(formula, width, worked, brief=brief)]
        if told and len(text) == 1 and len(text[0]) + len(told) + 5 <= (width or WIDEST):
            yield Line(f"{text[0]}   # {told}")
            continue
        yield from map(Line, text)
        yield from _told(told, width)


def _formula(formula: Formula, width: int | None, worked: bool, *, brief: bool) -> Iterator[Line]:
    name, text = formula.name, formula.text
    if not worked:
        along = "   # along each axis" if _axis(formula) else ""
        yield from _wrapped(f"{INDENT}{name} = ", text + along, width)
        return
    if _axis(formula):
        if brief:
            told = ", ".join(f"{axis} {exact(value)}" for axis, _, value in formula.worked)
            yield from _wrapped(f"{INDENT}{name}: ", told, width)
            return
        yield from _wrapped(f"{INDENT}{name} = ", text, width)
        for axis, numbers, value in formula.worked:
            yield from _wrapped(f"{INDENT * 2}{axis}: ", f"{numbers} = {exact(value)}", width)
        return
    ((_, numbers, value),) = formula.worked
    parts = [text, numbers, exact(value)]
    if numbers == str(value):
        parts.remove(numbers)
    if text == str(value):
        parts.remove(text)
    whole = f"{INDENT}{name} = {' = '.join(parts)}"
    if len(whole) <= (width or WIDEST):
        yield Line(whole)
        return
    head = f"{INDENT}{name} = "
    if brief:
        yield from _wrapped(head, " = ".join(parts[1:]), width)
        return
    for part in parts:
        yield from _wrapped(head, part, width)
        head = f"{INDENT}{' ' * len(name)} = "


def _axis(formula: Formula) -> bool:
    return bool(formula.values and formula.values[0][0])


def _legend(explanation: Explanation) -> list[str]:
    formulas = [
        *(*explanation.lengths, *explanation.same, *explanation.costs),
        *(*explanation.gradients, *explanation.where),
        *(weight.size for weight in explanation.weights),
        *(formula for variant in explanation.variants for formula in variant.formulas),
    ]
    requires = explanation.requires if explanation.layer is None else ()
    texts = " ".join((*(formula.text for formula in formulas), *requires))
    found = [says for sign, says in _LEGEND if sign in texts]
    if any(map(_axis, formulas)):
        found.append("n and out are the lengths of an axis, before and after")
    return found


def _indented(text: str) -> Line:
    return Line(f"{INDENT}{text}")


def _told(text: str, width: int | None) -> Iterator[Line]:
    """The meaning of a formula, under it."""
    deep = INDENT * 3
    for line in textwrap.wrap(text, room_of(width), initial_indent=deep, subsequent_indent=deep):
        yield Line(line, "dim")


def _wrapped(head: str, text: str, width: int | None) -> Iterator[Line]:
    """A formula after what stands before it, in as many lines as a terminal needs."""
    if width is None or len(head) + len(text) <= width:
        yield Line(f"{head}{text}")
        return
    deep = " " * min(len(head), 12)
    wrapped = textwrap.wrap(
        head + text,
        max(width, 40),
        subsequent_indent=deep,
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=True,
    )
    yield from map(Line, wrapped)


def block_sections(block: BlockExplanation, width: int | None) -> Iterator[Section]:
    """Headings and what stands under each."""
    yield "picture", [*map(_indented, block.picture.split("\n"))]
    if block.args:
        given = [Column("", [name for name, _ in block.args])]
        given.append(Column("", [default or "required" for _, default in block.args]))
        yield "arguments", [_indented(line.text) for line in aligned(given, None)[2:]]
    yield "costs, for one sample", [*_formulas(block.formulas, width, False)]
    for note in block.notes:
        yield "note", [*map(_indented, note.split("\n"))]
    yield "written as", [*map(_indented, block.layers.split("\n"))]
