"""A check that ends with a mistake: every report is written all the same, with what is known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import jsonschema
import pytest
from repository import Repository, spec

from convcost.render.schema import output_schema

if TYPE_CHECKING:
    from collections.abc import Callable

    from running import Ran

    Run = Callable[..., Ran]

SARIF = Path(__file__).parent.parent / "data" / "sarif-schema-2.1.0.json"
MISSPELT = """\
input: [3, 8, 8]
layers:
  - {op: conv, out_channels: 8, kernal_size: 3}
"""
OVER = """\
input: [3, 8, 8]
layers:
  - {op: conv, out_channels: 8, kernel_size: 3}
budget: {params: 1}
"""
ENDINGS = {
    "github": "annotations.txt",
    "sarif": "out.sarif",
    "junit": "out.xml",
    "gitlab": "quality.json",
    "json": "out.json",
    "markdown": "out.md",
    "text": "out.txt",
    "csv": "out.csv",
}


def reports(run: Run, repo: Repository, *arguments: str) -> tuple[Ran, dict[str, str]]:
    """Every format of a check, which are valid."""
    words = [f"--format={name}:{file}" for name, file in ENDINGS.items()]
    ran = run("check", *arguments, *words)
    found = {name: (repo.folder / file).read_text() for name, file in ENDINGS.items()}
    jsonschema.validate(json.loads(found["json"]), output_schema("check"))
    jsonschema.validate(json.loads(found["sarif"]), json.loads(SARIF.read_text()))
    for entry in json.loads(found["gitlab"]):
        assert entry["location"]["path"]
        assert entry["location"]["lines"]["begin"] >= 1
    ElementTree.fromstring(found["junit"].encode())
    return ran, found


def test_a_mistake_hides_no_finding_and_is_annotated_at_its_line(
    run: Run, repo: Repository, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(repo.folder / "summary.md"))
    repo.write("a.yaml", MISSPELT)
    repo.write("b.yaml", OVER)
    ran, found = reports(run, repo)
    assert ran.code == 2
    assert ran.err.startswith("a.yaml:3:33: op `conv` has no field `kernal_size`\n    3 | ")
    said = "op `conv` has no field `kernal_size`"
    near = "a field with a similar name exists: `kernel_size`"
    github = found["github"].splitlines()
    assert github[0].startswith("::error file=b.yaml,line=4,")
    assert github[1] == f"::error file=a.yaml,line=3,col=33,title=CB501::{said}%0A{near}"
    results = json.loads(found["sarif"])["runs"][0]["results"]
    places = [result["locations"][0]["physicalLocation"] for result in results]
    assert [result["ruleId"] for result in results] == ["CB101", "CB501"]
    assert places[1]["artifactLocation"] == {"uri": "a.yaml"}
    assert places[1]["region"] == {"startLine": 3, "startColumn": 33}
    kept, ended = ElementTree.fromstring(found["junit"].encode())
    assert (kept.get("name"), kept.get("failures"), kept.get("errors")) == ("b.yaml", "1", "0")
    assert (ended.get("name"), ended.get("failures"), ended.get("errors")) == ("a.yaml", "0", "1")
    assert ended[0][0].get("message") == said
    first, second = json.loads(found["gitlab"])
    assert first["location"]["path"] == "b.yaml"
    assert second["location"] == {"path": "a.yaml", "lines": {"begin": 3}}
    document = json.loads(found["json"])
    assert document["errors"] == [
        {
            "message": said,
            "notes": [near],
            "models": ["a.yaml"],
            "source": {"path": "a.yaml", "line": 3, "column": 33},
        }
    ]
    assert document["failed"]
    assert document["summary"] == "1 of 1 model breaks its budget; 1 model could not be checked"
    assert [model["path"] for model in document["models"]] == ["b.yaml"]
    for name in ("markdown", "text"):
        assert "a.yaml:3:33:" in found[name].replace("\\", "")
        assert "b.yaml" in found[name]
    assert (repo.folder / "summary.md").read_text() == found["markdown"]


def test_a_mistake_that_models_share_is_told_once(run: Run, repo: Repository):
    repo.write("common/blocks.yaml", "blocks:\n  thick:\n    layrs: [relu]\n")
    shared = "include: ../common/blocks.yaml\ninput: [3, 8, 8]\nlayers: [{op: thick}]\n"
    for number in range(30):
        repo.write(f"models/m{number:02}.yaml", shared)
    repo.write("models/other.yaml", spec(4, "{params: 1}"))
    ran, found = reports(run, repo, "models")
    assert ran.code == 2
    count = "in 30 models: models/m00.yaml, models/m01.yaml, models/m02.yaml and 27 more"
    assert ran.err.count("layrs") == 2  # the sentence, and the line
    assert ran.err.count(count) == 1
    for name in ("github", "sarif", "gitlab", "junit", "markdown", "text"):
        assert found[name].count("27 more") == 1, name
    (mistake,) = json.loads(found["json"])["errors"]
    assert len(mistake["models"]) == 30
    assert mistake["source"]["path"] == "common/blocks.yaml"
    assert found["github"].count("::error ") == 2
    assert ElementTree.fromstring(found["junit"].encode())[1].get("errors") == "1"
    assert "30 models could not be checked" in found["text"]


@pytest.mark.parametrize(
    ("config", "arguments", "code", "place"),
    [
        ("budgit = {}\n", (), 2, "file=convcost.toml,line=1,col=1,"),
        ("[budget]\nmodels = 'x.yaml'\n", (), 2, "file=convcost.toml,line=2,col=10,"),
        ("", ("--base", "nowhere"), 2, ""),
        ("", ("--baseline", "none.json"), 2, ""),
        ("", ("missing.yaml",), 2, ""),
        ("models = 'x/*.yaml'\n", (), 3, ""),
    ],
)
def test_what_ends_a_check_at_once_is_reported_too(
    run: Run, repo: Repository, config: str, arguments: tuple[str, ...], code: int, place: str
):
    repo.commit(a_yaml=spec())
    repo.write("convcost.toml", config)
    ran, found = reports(run, repo, *arguments)
    assert ran.code == code
    assert found["github"].startswith(f"::error {place}title=CB501::")
    (mistake,) = json.loads(found["json"])["errors"]
    assert mistake["message"].splitlines()[0] in ran.err
    assert "1 mistake ended the check" in found["markdown"]
    assert mistake["message"].splitlines()[0] in found["text"]


def test_places_are_as_seen_from_the_root(
    run: Run, repo: Repository, monkeypatch: pytest.MonkeyPatch
):
    repo.write("deep/convcost.toml", "budgit = {}\n")
    monkeypatch.chdir(repo.folder / "deep")
    ran = run("check", "--format", "github")
    assert ran.out.startswith("::error file=deep/convcost.toml,line=1,col=1,")


def test_a_report_on_the_terminal_repeats_nothing(run: Run, repo: Repository):
    repo.write("a.yaml", MISSPELT)
    assert run("check").out == ""
    repo.write("b.yaml", spec())
    out = run("check").out
    assert "kernal_size" not in out
    assert out.endswith("1 model could not be checked\n")
