"""Every form of a report: valid, the same from run to run, and harmless whatever names hold."""

from __future__ import annotations

import json
import os
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import jsonschema
import onnx
import pytest
from markdown_it import MarkdownIt
from onnx import TensorProto, helper
from repository import Repository, spec

from convcost.render.schema import output_schema

if TYPE_CHECKING:
    from collections.abc import Callable

    from running import Ran

    Run = Callable[..., Ran]

ROOT = Path(__file__).parent.parent.parent
GOLDEN = ROOT / "tests" / "golden"
SCHEMA = output_schema("check")
SARIF = json.loads((ROOT / "tests" / "data" / "sarif-schema-2.1.0.json").read_text())
FORMATS = ("text", "json", "markdown", "github", "gitlab", "junit", "sarif")
BUDGET = "{params: {max: 116, max_increase: +5%, message: ask first}, macs: {max: 1, level: warn}}"
HOSTILE = (
    "a%0A,b:c|d`e`",
    "::error::x",
    "\n::set-output name=x::y",
    "##[error]x",
    "##vso[task.setvariable variable=x]y",
    "<img src=x onerror=alert(1)>&amp;",
    "[x](javascript:alert(1)) **b** _i_ # h",
    "\x1b[2J\x07\r\x00\u2028\ufffe",
    "]]><failure><!-- -->",
    "| a |\n| - |",
)


def changed(repo: Repository) -> None:
    """Four models: one that breaks its budget, one kept, one new, one deleted."""
    repo.commit(
        a_yaml=spec(4, BUDGET),
        b_yaml=spec(4, "{params: 1k}"),
        gone_yaml="layers: [relu]\ninput: [7]\n",
    )
    repo.write("a.yaml", spec(5, BUDGET) + "expect: {params: 116}\n")
    repo.write("new.yaml", spec(2, "{receptive_field: {min: 3}}"))
    (repo.folder / "gone.yaml").unlink()


@pytest.mark.parametrize("format_", FORMATS)
def test_output_is_the_golden_file(run: Run, repo: Repository, format_: str):
    """``UPDATE_GOLDEN=1`` writes the files anew."""
    changed(repo)
    ran = run("check", "--base", "HEAD", "--format", format_)
    assert (ran.code, ran.err) == (1, "")
    file = GOLDEN / f"check.{format_}"
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_bytes(ran.out.encode())
    assert ran.out.encode() == file.read_bytes()
    again = run("check", "--base", "HEAD", "--format", format_)
    assert again.out == ran.out


def test_on_a_terminal(on_terminal: Callable[..., str], repo: Repository):
    changed(repo)
    shown = on_terminal("check", "--base", "HEAD", "--exit-zero", cwd=repo.folder)
    shown = shown[shown.index("\x1b[31ma.yaml: expect") :]  # after the bar
    file = GOLDEN / "check.ansi"
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_bytes(shown.encode())
    assert shown.encode() == file.read_bytes()
    table = re.sub(r"\x1b\[[0-9;]*m", "", shown).partition("\n\ncompared")[2]
    assert max(map(len, table.splitlines())) <= 80


def hostile(repo: Repository) -> None:
    """An ONNX file whose layers have such names, held against limits with such messages."""

    def value(name: str, channels: int) -> Any:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, channels, 4, 4])

    nodes: list[onnx.NodeProto] = []
    weights: list[onnx.TensorProto] = []
    before = "x"
    for number, name in enumerate(HOSTILE):
        weights.append(helper.make_tensor(f"w{number}", TensorProto.FLOAT, [2, 2, 1, 1], [1.0] * 4))
        nodes.append(helper.make_node("Conv", [before, f"w{number}"], [f"y{number}"], name=name))
        before = f"y{number}"
    graph = helper.make_graph(nodes, HOSTILE[5], [value("x", 2)], [value(before, 2)], weights)
    opsets = [helper.make_opsetid("", 17)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    Path("m.onnx").write_bytes(model.SerializeToString())
    parts = [f"[budget]\nparams = {{max = 1, message = {json.dumps(HOSTILE[2])}}}\n"]
    for name in HOSTILE:
        pattern = re.sub(r"([*?\[])", r"[\1]", name)
        limit = f"{{max = 1, each = true, message = {json.dumps(name)}}}".replace("\\u007f", "")
        parts.append(f"[budget.layers.{json.dumps(pattern)}]\nmacs = {limit}\n")
    repo.write("convcost.toml", "".join(parts))


@pytest.fixture
def outputs(run: Run, repo: Repository) -> dict[str, str]:
    """Every format of that report."""
    hostile(repo)
    found: dict[str, str] = {}
    for format_ in FORMATS:
        ran = run("check", "--base", "none", "--format", format_)
        assert ran.code == 1, ran.err
        found[format_] = ran.out
    return found


def test_no_line_is_a_command_of_a_log(outputs: dict[str, str]):
    """GitHub's runner takes ``::name::`` at the start of a line, after spaces, and ``##[name]``
    anywhere in it; Azure's agent ``##vso[name]``."""
    for format_, text in outputs.items():
        for line in re.split(r"[\r\n\x85\u2028\u2029]", text):
            own = format_ == "github" and line.startswith(("::error file=", "::warning file="))
            assert own or not line.lstrip().startswith("::"), (format_, line)
            assert own or "##[" not in line, (format_, line)
            assert own or "##vso[" not in line, (format_, line)
            assert "\x1b" not in line
            assert "\x00" not in line


def test_names_come_through_json_unharmed(outputs: dict[str, str]):
    document = json.loads(outputs["json"])
    (model,) = document["models"]
    assert model["name"] == HOSTILE[5]
    each = [limit for limit in model["limits"] if limit["each"]]
    assert [limit["message"] for limit in each] == list(HOSTILE)
    assert [limit["layer"] for limit in each] == list(HOSTILE)


def test_names_come_through_sarif_unharmed(outputs: dict[str, str]):
    (found,) = json.loads(outputs["sarif"])["runs"]
    names = [
        location["fullyQualifiedName"]
        for result in found["results"]
        for location in result["locations"][0].get("logicalLocations", ())
    ]
    assert names == list(HOSTILE)


class Shown(HTMLParser):
    """The text of a page, and its tags."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        assert tag in ("td", "th") or not attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def test_markdown_shows_names_and_nothing_else(outputs: dict[str, str]):
    parser = MarkdownIt("commonmark", {"html": True}).enable("table")
    page = Shown(parser.render(outputs["markdown"]))
    own = ("h2", "h3", "ul", "li", "table", "thead", "tbody", "tr", "th", "td")
    assert page.tags == set(own)
    for name in HOSTILE[:2] + HOSTILE[3:7] + HOSTILE[8:9]:
        assert page.text.count(name) >= 2, name  # in a sentence, and in the table
    assert page.text.count("FAILED") == len(HOSTILE) + 2  # a row a limit, and the heading


def test_junit_is_xml_with_the_names(outputs: dict[str, str]):
    root = ElementTree.fromstring(outputs["junit"].encode())
    (suite,) = root
    assert suite.attrib["failures"] == suite.attrib["tests"] == str(len(HOSTILE) + 1)
    assert {case.tag for case in suite} == {"testcase"}
    texts = [failure.attrib["message"] for failure in suite.iter("failure")]
    for name in HOSTILE[:2] + HOSTILE[3:7] + HOSTILE[8:9]:
        assert any(text.endswith(f"in layer '{name}': {name}") for text in texts), name


@pytest.mark.parametrize("format_", FORMATS)
def test_any_name_of_a_file(run: Run, repo: Repository, format_: str):
    name = "::error::\x01\x1b[2J ##[error]<b>|`\udcff.yaml"
    repo.write(name, spec(4, "{params: 1}"))
    ran = run("check", "--format", format_)
    assert ran.code == 1
    assert "\x1b" not in ran.out
    assert "##[" not in ran.out or format_ == "github"
    if format_ == "junit":
        (suite,) = ElementTree.fromstring(ran.out.encode())
        assert suite.attrib["name"] == "::error::��[2J ##[error]<b>|`�.yaml"
    if format_ == "json":
        assert json.loads(ran.out)["models"][0]["path"] == name


def test_gitlab_has_what_its_documentation_asks_for(outputs: dict[str, str]):
    entries = json.loads(outputs["gitlab"])
    assert len(entries) == len(HOSTILE) + 1
    assert len({entry["fingerprint"] for entry in entries}) == len(entries)
    for entry in entries:
        assert set(entry) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert entry["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert entry["location"]["path"] == "m.onnx"
        assert entry["location"]["lines"]["begin"] >= 1


@pytest.mark.parametrize("case", ["changed", "hostile"])
def test_documents_are_valid(run: Run, repo: Repository, case: str):
    (changed if case == "changed" else hostile)(repo)
    base = "HEAD" if case == "changed" else "none"
    for format_, schema in (("json", SCHEMA), ("sarif", SARIF)):
        document = json.loads(run("check", "--base", base, "--format", format_).out)
        jsonschema.validate(document, schema)


def test_at_most_ten_annotations_the_worst_first(outputs: dict[str, str]):
    lines = outputs["github"].splitlines()
    assert len(lines) == 11
    assert lines[-1] == "and 1 finding more, which GitHub would not show"


def test_several_reports_at_once(run: Run, repo: Repository, monkeypatch: pytest.MonkeyPatch):
    changed(repo)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(repo.folder / "summary.md"))
    repo.write("summary.md", "before\n")
    formats = ("text", "github", "sarif:out.sarif", "junit:sub dir/o:ut.xml", "json:out.json")
    (repo.folder / "sub dir").mkdir()
    words = [word for format_ in formats for word in ("--format", format_)]
    ran = run("check", "a.yaml", *words)
    assert ran.code == 1
    text, github = ran.out.split("break its budget", 1)[0], ran.out
    assert "MobileNet" not in text
    assert "\n::error file=a.yaml,line=" in github
    assert json.loads((repo.folder / "out.json").read_text())["failed"]
    assert json.loads((repo.folder / "out.sarif").read_text())["version"] == "2.1.0"
    assert (repo.folder / "sub dir" / "o:ut.xml").read_text().startswith("<?xml")
    summary = (repo.folder / "summary.md").read_text()
    assert summary == "before\n" + run("check", "a.yaml", "--format", "markdown").out
    run("check", "a.yaml", "--format", "text")
    assert (repo.folder / "summary.md").read_text() == summary


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            ["--format", "yaml"],
            "'yaml' is not one of text, html, markdown, svg, json, csv, github,",
        ),
        (
            ["--format", "json", "--format", "text"],
            "json and text cannot share standard output: give one a file, as in sarif:out.sarif",
        ),
        (
            ["--format", "text", "--format", "github", "-o", "x"],
            "is for one report without a file",
        ),
        (["--format", "json:x", "-o", "y"], "is for one report without a file"),
        (["--format", "json:no/x"], "no/x: cannot be written: No such file or directory"),
    ],
)
def test_reports_that_cannot_be(run: Run, repo: Repository, arguments: list[str], says: str):
    repo.write("a.yaml", spec())
    ran = run("check", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert says in " ".join(ran.err.split())
