"""Words that are explained in a paragraph: metrics, lint rules, fields, and the glossary."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from convcost.errors import listed, plural
from convcost.further_metrics import STATE, TRAINING
from convcost.metrics import EXAMPLE, FIELD, METRICS
from convcost.ops import OPS, op_class
from convcost.ops.fields import declared

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcost.metrics import Metric

CODE = re.compile(r"cc\d+", re.IGNORECASE)
_BETWEEN = re.compile(r"(?<=\w)[\s_-]+(?=\w)")
ON_DEVICES = {
    "bound": "nanoseconds that a network takes at least on a device: of each layer the longer of "
    "its arithmetic and of the bytes that it cannot help moving, at the peaks of the data sheet.",
    "estimate": "nanoseconds to expect of a framework that runs each layer by itself: the roofline "
    "times a factor fitted on measurements, of this device or of another that the report names.",
    "memory": "bytes of a device's memory that a network takes: its weights, and the tensors that "
    "are alive at the layer that needs most. The largest batch is the last one that fits.",
    "arena": "bytes of RAM in which the runtime of a microcontroller places tensors, as TensorFlow "
    "Lite Micro's planner does: norms and ReLUs run with the layer before them.",
    "flash": "bytes of weights and biases that a microcontroller stores, without the graph, the "
    "scales of quantised tensors and the program.",
}
SPOKEN = {
    "params": ("parameter count", "parameters"),
    "macs": ("MAC", "GMACs", "multiply-add", "multiply-adds", "mult-adds"),
    "flops": ("FLOP", "GFLOPs"),
    "weight_bytes": ("weight", "model size"),
    "peak_activation_bytes": ("memory", "peak memory", "memory usage", "RAM"),
}
"""Further names of metrics, which no report prints."""
PAGES = {FIELD: "docs/fields.md", **dict.fromkeys(TRAINING, "docs/training.md")}
MOST_OPS = 8  # that are named as those which have a field


class Entry(NamedTuple):
    """A paragraph about a word. ``kind`` says what it is: a metric, code, field or word.

    ``also`` are other spellings of it, ``example`` is a sentence or commands, ``read`` the page
    that says more.
    """

    kind: str
    name: str
    says: str
    also: tuple[str, ...]
    example: str
    read: str


def plain(word: str) -> str:
    """A word in the form in which words are compared: letter case, spaces, hyphens and underscores
    do not matter."""
    return _BETWEEN.sub(" ", word.strip().casefold())


def entry(name: str) -> Entry | None:
    """Return the entry of a word, ignoring case, or None if there is none."""
    if CODE.fullmatch(name.strip()):
        return _of_code(name.strip().upper())
    word = plain(name)
    metric = metrics().get(word)
    if metric is not None:
        return _of_metric(metric)
    if "." in word:
        return _of_tool(word.replace(" ", "_"))
    if word.endswith((" bound by", " binds")):  # on a device, whose name goes before
        word = "bound by"
    return glossary().get(word) or _of_field(word.replace(" ", "_"))


@cache
def metrics() -> dict[str, Metric]:
    """The metrics by all that they are called, in plain form."""
    return {
        plain(called): metric
        for metric in (*METRICS.values(), *TRAINING.values())
        for called in _called(metric)
    }


def _called(metric: Metric) -> Iterator[str]:
    yield from (metric.name, metric.title)
    if metric.column:
        yield metric.column.heading
    if metric.line:
        yield metric.line.label
    if metric.name == FIELD:
        yield from ("field", "receptive field")
    yield from SPOKEN.get(metric.name, ())


def _of_metric(metric: Metric) -> Entry:
    also = tuple(dict.fromkeys(called for called in _called(metric) if called != metric.name))
    page = PAGES.get(metric.name, "docs/counting.md")
    command = f"convcost analyze {EXAMPLE}{' --train' if metric.name in TRAINING else ''}"
    example = f"{metric.example}\n{command}"
    return Entry("metric", metric.name, metric.says, also, example, page)


def _of_tool(name: str) -> Entry | None:
    """The entry of a count of another tool, or of a figure of a device."""
    from convcost.conventions.read import of_metric

    tool, _, counts = name.partition(".")
    if counts in ON_DEVICES:
        return _of_device(tool, name, ON_DEVICES[counts])
    if f".{counts}" == STATE:
        return _of_optimizer(tool, name)
    found = of_metric(name)
    if found is None:
        return None
    says = f"what {found.tool} prints. {found.says}"
    example = f"convcost reconcile mobilenet_v2 --tool {found.name}"
    if found.base in TRAINING:
        example = f"convcost analyze mobilenet_v2 --train --convention {found.name}"
    return Entry("metric", name, says, (), example, "docs/conventions.md")


def _of_optimizer(optimizer: str, name: str) -> Entry | None:
    """The entry of the bytes that an optimiser keeps."""
    from convcost.analysis.training.optimizers import OPTIMIZERS

    if optimizer not in OPTIMIZERS:
        return None
    found = OPTIMIZERS[optimizer]
    says = (
        f"bytes that {optimizer} keeps for each parameter from one step to the next: {found.says}."
    )
    example = f"convcost analyze resnet18 --train --optimizer {optimizer}"
    return Entry("metric", name, says, (), example, "docs/training.md")


def _of_device(device: str, name: str, says: str) -> Entry | None:
    """The entry of a figure of a device."""
    from convcost.devices.read import names

    if device not in names():
        return None
    example = f"convcost analyze resnet50 --device {device} --dtype float16"
    return Entry("metric", name, says, (), example, "docs/devices.md")


@cache
def glossary() -> dict[str, Entry]:
    """The entries of the glossary by their spellings, in plain form."""
    from convcost.analysis.explain.glossary import WORDS

    found: dict[str, Entry] = {}
    for word in WORDS:
        name, *also = word.names
        written = Entry("word", name, word.says, tuple(also), word.example, word.read)
        found |= {plain(spelling): written for spelling in word.names}
    return found


def of_glossary(name: str) -> str:
    """Return the glossary's text for a word that also names something else, or ""."""
    found = glossary().get(plain(name))
    return found.says if found else ""


def _of_code(code: str) -> Entry | None:
    from convcost.analysis.lint import RULES, page

    rule = next((rule for rule in RULES if rule.code == code), None)
    if rule is None:
        return None
    why = page(code).partition("## Why\n")[2].partition("\n## ")[0].strip().split("\n\n")[0]
    says = f"{rule.title} ({rule.level.value}). {' '.join(why.split())}"
    return Entry(
        "code", code, says, (), f"convcost lint --explain {code}", f"docs/lint.md#{code.lower()}"
    )


@cache
def fields() -> dict[str, dict[str, str]]:
    """Explanations of each field: the ops by what they say of it."""
    found: dict[str, dict[str, list[str]]] = {}
    for op in OPS:
        for name, field in declared(op_class(op)).items():
            kind = "" if field.kind.says in field.doc else f" ({field.kind.says})"
            found.setdefault(name, {}).setdefault(f"{field.doc}{kind}", []).append(op)
    return {
        name: {says: _some(ops) for says, ops in several.items()} for name, several in found.items()
    }


def _some(ops: list[str]) -> str:
    shown = [f"`{op}`" for op in ops[:MOST_OPS]]
    more = [plural(len(ops) - MOST_OPS, "other op")] if len(ops) > MOST_OPS else []
    return listed(shown + more)


def _of_field(name: str) -> Entry | None:
    from convcost.spec.other_words import about_field

    uses = fields().get(name)
    if uses is None:
        return None
    says = "\n".join(f"* of {ops}: {said}." for said, ops in uses.items())
    first = next(op for op in OPS if name in declared(op_class(op)))
    called = about_field(name)
    return Entry(
        "field",
        name,
        f"a field of ops{'' if called == f'`{name}`' else f': {called}'}.\n{says}",
        (),
        f"convcost explain {first}",
        "docs/ops.md",
    )
