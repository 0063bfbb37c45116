"""Whatever a report prints can be asked: every heading and label is answered by ``explain``."""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING

import pytest
from running import ROOT

from convcost.analysis.explain.entry import fields, glossary, plain
from convcost.analysis.explain.glossary import WORDS
from convcost.analysis.explain.topics import explain, topic, words
from convcost.analysis.lint import RULES
from convcost.cli.app import COMMANDS
from convcost.errors import ConvcostError
from convcost.finding import Level
from convcost.metrics import COLUMNS, EXAMPLE, LINES, METRICS
from convcost.ops import OPS
from convcost.render import formats
from convcost.render.report import Drawing, Items, Medium, Table
from convcost.render.reports.check.findings import TITLES
from convcost.spec.read_document import KEYS
from convcost.spec.read_layers import COMMON
from convcost.spec.read_structures import STRUCTURES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from repository import Repository
    from running import Ran

    from convcost.analysis.explain.entry import Entry
    from convcost.render.report import Report

    Run = Callable[..., Ran]

ASKED = [
    "analyze specs/resnet50.yaml",
    "analyze specs/resnet50.yaml --depth 2",
    "analyze specs/resnet50.yaml --by op",
    "analyze specs/unet_original.yaml --by stage",
    "rf specs/examples/hybrid_dilated.yaml --set third=9",
    "rf specs/context_network.yaml context.5",
    "rf specs/resnet50.yaml",
    "rf specs/googlenet.yaml --all",
    "compare specs/resnet18.yaml specs/resnet50.yaml",
    "compare specs/mobilenet_v2.yaml @width=0.5 @width=0.75 --by stage",
    "alternatives specs/alexnet.yaml",
    "alternatives specs/vgg16.yaml *",
    "explain conv",
    "explain deform_conv",
    "explain squeeze_excite",
    "explain conv_transpose",
    "explain same",
    "explain where",
    "explain specs/resnet50.yaml classifier",
    "explain specs/examples/transposed.yaml back --algorithms",
    "explain specs/examples/transposed.yaml back --matrix",
    "lint specs/resnet50.yaml specs/googlenet.yaml",
    "lint --explain all",
    "check specs/resnet50.yaml {tmp}/held.yaml",
    "verify specs/examples/bottleneck.yaml --shrink 8",
    "verify specs/examples/bottleneck.yaml --shrink 8 --summary",
    "analyze specs/resnet18.yaml --device rtx3090 --dtype float16",
    "analyze specs/resnet18.yaml --train --optimizer adam",
    "verify specs/examples/bottleneck.yaml --shrink 8 --input 256x5x5 --train",
    "analyze specs/resnet18.yaml --device t4 --dtype float16 --roofline",
    "analyze specs/resnet18.yaml --device stm32h743 --dtype int8 --order",
    "specs",
    "reconcile specs/mobilenet_v2.yaml",
    "reconcile specs/unet.yaml --tool thop --layers",
    "reconcile specs/mobilenet_v2.yaml --says 580M",
    "sweep specs/mobilenet_v2.yaml width=0.5,1 side=128,224 --pareto macs,width",
    "fit specs/mobilenet_v2.yaml --budget macs=300M --vars width=0.5:2:0.5",
    "history {tmp}/repo",
    "rank resnet18 mobilenet_v2 --device rtx3090 --dtype float16",
    "rank resnet18 mobilenet_v2",
    "calibrate {tmp}/measured.csv --device rtx3090 --all",
]
UNTITLED = ("badge", "baseline", "expand", "export", "init", "new", "run", "schema", "view")
"""The commands that print no headings; the page of ``view`` is that of ``analyze``."""
MEASURED = "model,batch,time_ms,dtype\n" + "".join(
    f"{name},256,60,amp\n"
    for name in ("alexnet", "resnet18", "resnet50", "squeezenet1_1", "mobilenet_v2")
)
HELD = """\
input: [3, 8, 8]
layers: [{op: conv, name: a, out_channels: 8, kernel_size: 3}]
budget: {params: 10, macs: 1M, layers: {a: {params: 20%}}}
"""
MEDIA = (Medium(), Medium(80), Medium(80, height=24), Medium(paged=True))
DESIGNS = re.compile(r"@.*|resnet\d+|mobilenet_v2|design|width")


def labels(report: Report) -> Iterator[str]:
    """The headings of tables and drawings, the words before sentences and figures."""
    for part in (part for medium in MEDIA for part in report.page(medium)):
        if isinstance(part, Table):
            yield from (column.heading for column in part.columns)
        elif isinstance(part, Drawing):
            yield part.title
        elif isinstance(part, Items):
            yield from (item.word for item in part.items)
            figures = (re.match(r"(\S+(?: \S+)*)  ", item.text) for item in part.items)
            yield from (found[1] for found in figures if found)
    if report.records is not None:
        yield from report.records().head


@pytest.fixture
def reports(
    run: Run, repo: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, list[str]]:
    """The labels of each command line's reports."""
    repo.commit(held_yaml=HELD)
    (tmp_path / "held.yaml").write_text(HELD)
    (tmp_path / "measured.csv").write_text(MEASURED)
    monkeypatch.chdir(ROOT)
    found: dict[str, list[str]] = {}
    original = formats.pieces

    def pieces(report: Report, name: str, medium: Medium) -> Iterable[str]:
        found[line] = [label for label in dict.fromkeys(labels(report)) if label]
        return original(report, name, medium)

    monkeypatch.setattr(formats, "pieces", pieces)
    for line in ASKED:
        run(*shlex.split(line.format(tmp=tmp_path)))
    return found


def is_answered(label: str) -> bool:
    try:
        return bool(explain(label))
    except ConvcostError:
        return False


def test_every_heading_and_label_is_answered(reports: dict[str, list[str]]) -> None:
    assert {line.split()[0] for line in reports} >= {*COMMANDS} - {*UNTITLED}
    assert [line for line in ASKED if line not in reports] == []
    said = {str(label): line for line, labels in reports.items() for label in labels}
    asked = {label: line for label, line in said.items() if not DESIGNS.fullmatch(label)}
    unknown = {label: line for label, line in asked.items() if not is_answered(label)}
    assert unknown == {}, "see convcost/analysis/explain/glossary"


@pytest.mark.parametrize(
    "asked",
    [
        *("MACs", "FLOPs", "alive", "peak", "moved", "field", "share", "same", "residual"),
        *("branches", "CC101", "cc101", "in bounds", "IN_BOUNDS", "In-Bounds", "weights", "params"),
        *("exit code", "exit 1", "2", "bytes", "MiB", "repeat", "valid", "causal", "Kernel_Size"),
        *("depthwise", "Conv", "squeeze_excite", "PEAK_ACTIVATION_BYTES"),
        *("flop", "MAC", "parameters", "memory", "latency", "width", "resolution", "pooling"),
    ],
)
def test_words_of_reports_in_whatever_case(run: Run, asked: str) -> None:
    code, out, err = run("explain", asked)
    assert (code, err) == (0, "")
    assert len(out.split()) > 10


TABLES = {
    "metrics.py": [*METRICS, *(m.title for m in METRICS.values())],
    "metrics.py, columns": [column.heading for column, _ in COLUMNS],
    "metrics.py, lines": [line.label for line, _ in LINES],
    "ops": list(OPS),
    "fields of ops": list(fields()),
    "codes of check": list(TITLES),
    "lint rules": [rule.code for rule in RULES],
    "levels": [level.value for level in Level],
    "structures": list(STRUCTURES),
    "keys of layers": list(COMMON),
    "keys of specs": list(KEYS),
    "exit codes": ["0", "1", "2", "3"],
}


@pytest.mark.parametrize("table", TABLES)
def test_tables_of_the_program_are_explained(table: str) -> None:
    for word in TABLES[table]:
        assert topic(word), f"{word}: see convcost/analysis/explain/glossary"


def test_spellings_are_of_one_word() -> None:
    spellings = [spelling for word in WORDS for spelling in word.names]
    assert len({plain(spelling) for spelling in spellings}) == len(spellings)
    taken = {plain(name) for name in METRICS} | {plain(rule.code) for rule in RULES}
    assert not taken & set(glossary())


def test_no_spelling_is_out_of_reach() -> None:
    """A word hidden by an op, a block or a metric would never be read; ops show it beside their
    own."""
    hidden = [
        word.names for word in WORDS if all(topic(n) != glossary()[plain(n)] for n in word.names)
    ]
    assert [names for names in hidden if names[0] not in OPS] == []


@pytest.mark.parametrize("entry", glossary().values(), ids=lambda entry: entry.name)
def test_a_word_says_where_to_read_on(entry: Entry) -> None:
    page, _, anchor = entry.read.partition("#")
    text = (ROOT / page).read_text()
    headings = {
        re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-")
        for h in re.findall(r"^#+ (.*)", text, re.M)
    }
    headings |= set(re.findall(r'<a id="(\w+)">', text))
    assert not anchor or anchor in headings


COMMAND_LINES = sorted({w.example for w in WORDS if w.example.startswith("convcost ")})
MISSING = re.compile(r"net\.(onnx|yaml)|missing\.yaml|empty_folder")


@pytest.mark.parametrize("line", COMMAND_LINES)
def test_examples_are_commands_that_work(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, line: str
) -> None:
    monkeypatch.chdir(tmp_path)
    command = line.partition(";")[0].partition(" | ")[0]
    code, _, err = run(*shlex.split(command)[1:])
    assert code in ({2} if MISSING.search(line) else {0, 1}), err


def test_examples_of_metrics_are_figures_that_are_counted(run: Run) -> None:
    found = json.loads(run("analyze", *shlex.split(EXAMPLE), "--format", "json").out)
    for name in ("params", "macs", "macs_in_bounds", "multiplies", "adds", "flops", "weight_bytes"):
        assert METRICS[name].example.endswith(f"{found['totals'][name]:,}"), name
    for name in ("activation_bytes", "traffic_bytes", "peak_activation_bytes"):
        assert METRICS[name].example.endswith(f"{found['totals'][name]:,}"), name
    assert METRICS["intensity"].example.endswith(f"{found['totals']['intensity']:.1f}")


@pytest.mark.parametrize("form", ["text", "markdown", "json", "latex"])
@pytest.mark.parametrize("asked", ["alive", "same", "stride", "CC104"])
def test_words_in_every_format(run: Run, asked: str, form: str) -> None:
    code, out, err = run("explain", asked, "--format", form)
    assert (code, err) == (0, "")
    assert len(out) > 60
    if form != "latex":
        assert "docs/" in out


def test_two_words_are_a_file_and_a_layer_or_one_label(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("explain", "in", "bounds").out.startswith("macs_in_bounds\n")
    (tmp_path / "in").write_text("{input: [3, 4, 4], layers: [{op: relu, name: bounds}]}")
    assert run("explain", "in", "bounds").out.startswith("bounds\n3x4x4 -> 3x4x4\n")


def test_one_word_is_no_file(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "peak").write_text("")
    code, out, err = run("explain", "peak")
    assert (code, out.split("\n")[0]) == (0, "peak_activation_bytes")
    assert err == "`peak` is a file as well: `convcost explain peak LAYER` explains a layer\n"


@pytest.mark.parametrize(
    ("asked", "suggested"),
    [
        ("branche", "`branches`"),
        ("shares", "`share`"),
        ("CC110", "`CC1"),
        ("kernal_size", "`kernel_size`"),
    ],
)
def test_close_ones_are_suggested(run: Run, asked: str, suggested: str) -> None:
    code, out, err = run("explain", asked)
    assert (code, out) == (2, "")
    assert suggested in err


def test_shells_offer_words() -> None:
    assert {"conv", "macs", "alive", "CC101", "kernel_size", "residual", "squeeze_excite"} <= {
        *words()
    }
