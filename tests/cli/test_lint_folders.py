"""``lint`` over folders, patterns, configurations and files of blocks."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest
from running import PROGRAM, environment

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from running import Ran

    Run = Callable[..., Ran]

FINE = "input: [64, 32, 32]\nlayers:\n  - {op: conv, out_channels: 64, kernel_size: 3}\n"
WARNED = f"{FINE}  - batch_norm\n"
BROKEN = FINE.replace("kernel_size", "kernel_sise")
BLOCKS = """blocks:
  body:
    args: {out: ~}
    layers:
      - {op: conv, out_channels: out, kernel_size: 3, padding: 1}
"""
CALLS = "include: ../blocks.yaml\ninput: [64, 32, 32]\nlayers:\n  - {op: body, out: 64}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which commands run, with two specs in another one, and what is not a spec."""
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "fine.yaml").write_text(FINE)
    (tmp_path / "models" / "warned.yaml").write_text(WARNED)
    (tmp_path / "convcost.toml").write_text("")  # so that specs may include what is beside them
    (tmp_path / "ci.yaml").write_text("jobs: {layers: 3}\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def places(ran: Ran) -> list[str]:
    """Where something is found, and its code."""
    heads = (line for line in ran.out.splitlines() if ": CC" in line)
    return [" ".join(head.split()[:2]) for head in heads]


@pytest.mark.parametrize(
    "paths",
    [
        *([], ["."], ["models"], ["models/*.yaml"], ["**/*.yaml"], ["models/", "models"]),
        ["models/warned.yaml", "./models/warned.yaml", "models"],
    ],
)
def test_folders_and_patterns(run: Run, folder: Path, paths: list[str]):
    assert folder.exists()
    ran = run("lint", *paths)
    assert (ran.code, places(ran)) == (0, ["models/warned.yaml:3:10: CC201"])
    assert " in 2 specs;" in ran.out


def test_where_there_is_none(run: Run, folder: Path):
    (folder / "empty").mkdir()
    assert run("lint", "empty") == (
        3,
        "",
        "there is no spec, file of blocks or exported model to lint\n"
        "  a spec is a YAML file with `input:` and `layers:` at its top level\n",
    )


def test_a_file_of_blocks(run: Run, folder: Path):
    (folder / "blocks.yaml").write_text(BLOCKS)
    assert run("lint", "blocks.yaml") == (0, "nothing found in 1 spec\n", "")
    (folder / "blocks.yaml").write_text(BLOCKS.replace("{out: ~}", "{out: ~, deep: 1}"))
    ran = run("lint", ".")
    assert places(ran) == ["blocks.yaml:3:20: CC503", "models/warned.yaml:3:10: CC201"]
    assert " in 3 specs;" in ran.out
    (folder / "blocks.yaml").write_text(BLOCKS.replace("out,", "otu,"))
    ran = run("lint", "blocks.yaml")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("blocks.yaml:5:34: unknown name `otu`\n")


def test_a_line_that_several_specs_include_is_said_once(run: Run, folder: Path):
    (folder / "blocks.yaml").write_text(f"{BLOCKS}      - batch_norm\n")
    for name in "abc":
        (folder / "models" / f"{name}.yaml").write_text(CALLS)
    ran = run("lint", "models")
    assert places(ran) == ["blocks.yaml:5:14: CC201", "models/warned.yaml:3:10: CC201"]
    assert "could learn (and in 2 specs more)\n" in ran.out
    assert ran.out.count("2 warnings in 5 specs;") == 1


def test_a_mistake_in_what_several_include_is_said_once(run: Run, folder: Path):
    (folder / "blocks.yaml").write_text(BLOCKS.replace("kernel_size", "kernel_sise"))
    for name in "abc":
        (folder / "models" / f"{name}.yaml").write_text(CALLS)
    ran = run("lint", ".")
    assert ran.code == 2
    assert ran.err == (
        "blocks.yaml:5:39: op `conv` has no field `kernel_sise`\n"
        "    5 |       - {op: conv, out_channels: out, kernel_sise: 3, padding: 1}\n"
        "      |                                       ^^^^^^^^^^^\n"
        "  a field with a similar name exists: `kernel_size`\n"
        "  in 4 models: blocks.yaml, models/a.yaml, models/b.yaml and 1 more\n"
    )
    assert places(ran) == ["models/warned.yaml:3:10: CC201"]
    assert "1 warning in 2 specs, and 4 files cannot be read;" in ran.out


def test_reports_for_machines_have_mistakes_too(run: Run, folder: Path):
    (folder / "models" / "broken.yaml").write_text(BROKEN)
    said = "op `conv` has no field `kernel_sise`"
    found = {
        format_: run("lint", ".", "--format", format_)
        for format_ in ("json", "csv", "github", "gitlab", "sarif", "junit")
    }
    assert {ran.code for ran in found.values()} == {2}
    first = json.loads(found["json"].out)["findings"][0]
    assert (first["code"], first["level"], first["message"]) == ("CC001", "error", said)
    assert (first["path"], first["line"], first["column"]) == ("models/broken.yaml", 3, 34)
    assert found["github"].out.startswith("::error file=models/broken.yaml,line=3,col=34,title=")
    assert json.loads(found["gitlab"].out)[0]["location"]["lines"] == {"begin": 3}
    result = json.loads(found["sarif"].out)["runs"][0]["results"][0]
    assert (result["ruleId"], result["ruleIndex"], result["level"]) == ("CC001", 0, "error")
    assert found["csv"].out.splitlines()[1].startswith("CC001,error,models/broken.yaml,")
    suites = ElementTree.fromstring(found["junit"].out)
    assert [suite.get("name") for suite in suites] == [
        "models/broken.yaml",
        "models/fine.yaml",
        "models/warned.yaml",
    ]


@pytest.mark.parametrize(("strict", "failures"), [([], 0), (["--strict"], 1)])
def test_junit(run: Run, folder: Path, strict: list[str], failures: int):
    assert folder.exists()
    ran = run("lint", "models", "--format", "junit", *strict)
    fine, warned = ElementTree.fromstring(ran.out)
    assert ([case.get("name") for case in fine], fine.get("failures")) == (["lint"], "0")
    assert warned.get("failures") == str(failures)
    (case,) = warned
    assert case.get("name") == "CC201 conv (models/warned.yaml:3:10)"
    assert [part.tag for part in case] == ["failure" if failures else "system-out"]


CONFIG = """
exclude = ["models/old/*"]

[lint]
select = ["CC2", "CC505"]
ignore = ["CC203"]

[lint.per-file-ignores]
"models/warned.yaml" = ["CC201"]
"""


def test_a_configuration_chooses_codes_and_files(run: Run, folder: Path):
    (folder / "convcost.toml").write_text(CONFIG)
    (folder / "models" / "old").mkdir()
    for name in ("old/a.yaml", "b.yaml"):
        (folder / "models" / name).write_text(WARNED + "vars: {unused: 1}\n")
    assert places(run("lint")) == ["models/b.yaml:3:10: CC201"]
    assert places(run("lint", "models/b.yaml")) == ["models/b.yaml:3:10: CC201"]
    # A file that is named is looked at, whatever is excluded; options go first.
    named = run("lint", "models/old/a.yaml", "--select", "CC501")
    assert places(named) == ["models/old/a.yaml:5:8: CC501"]
    assert places(run("lint", "--ignore", "CC2")) == []
    everywhere = run("lint", "--select", "CC2,CC5", "models/b.yaml", "models/warned.yaml")
    assert places(everywhere) == ["models/b.yaml:3:10: CC201", "models/b.yaml:5:8: CC501"]


def test_the_longer_code_decides(run: Run):
    text = WARNED + "vars: {unused: 1}\n"
    for options, codes in (
        (["--select", "CC201", "--ignore", "CC2"], ["CC201"]),
        (["--select", "CC2,CC5", "--ignore", "CC201"], ["CC501"]),
        (["--select", "CC201", "--ignore", "CC201"], []),
        (["--ignore", "CC2"], ["CC501"]),
    ):
        found = json.loads(run("lint", "-", *options, "--format", "json", stdin=text).out)
        assert [finding["code"] for finding in found["findings"]] == codes


def test_models_of_the_configuration(run: Run, folder: Path):
    (folder / "convcost.toml").write_text('models = ["models/w*"]\n')
    assert " in 1 spec;" in run("lint").out
    (folder / "models" / "deep").mkdir()
    (folder / "models" / "deep" / "net.yaml").write_text(WARNED)
    (folder / "models" / "deep" / "convcost.toml").write_text('[lint]\nignore = ["CC201"]\n')
    assert places(run("lint", "models")) == ["models/warned.yaml:3:10: CC201"]
    other = folder / "other.toml"
    other.write_text('[lint]\nselect = ["CC1"]\n')
    assert places(run("lint", "models", "--config", "other.toml")) == []


def test_configurations_merge_down(run: Run, folder: Path):
    (folder / ".git").mkdir()
    (folder / "convcost.toml").write_text(
        '[lint]\nselect = ["CC2"]\nignore = ["CC201"]\n'
        '[lint.per-file-ignores]\n"models/deep/old.yaml" = ["CC2"]\n'
    )
    deep = folder / "models" / "deep"
    deep.mkdir()
    for name in ("net.yaml", "old.yaml", "older.yaml"):
        (deep / name).write_text(WARNED + "vars: {unused: 1}\n")
    assert places(run("lint")) == []
    (deep / "convcost.toml").write_text(
        '[lint]\nignore = []\n[lint.per-file-ignores]\n"older.yaml" = ["CC201"]\n'
    )
    assert places(run("lint")) == ["models/deep/net.yaml:3:10: CC201"]
    (deep / "convcost.toml").write_text("root = true\n")
    assert len(places(run("lint", "models/deep"))) == 6


def test_what_a_file_ignores_holds_for_lines_of_it_too(run: Run, folder: Path):
    (folder / "blocks.yaml").write_text(f"{BLOCKS}      - batch_norm\n")
    (folder / "models" / "a.yaml").write_text(CALLS)
    (folder / "convcost.toml").write_text('[lint.per-file-ignores]\n"blocks.yaml" = ["CC201"]\n')
    assert places(run("lint", "models/a.yaml")) == []
    (folder / "convcost.toml").write_text('[lint.per-file-ignores]\n"**/a.yaml" = ["CC201"]\n')
    assert places(run("lint", "models/a.yaml")) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            'select = ["CC9"]',
            "convcost.toml:2:11: no rule has the code `CC9`\n"
            '    2 | select = ["CC9"]\n      |           ^^^^^\n'
            "  `convcost lint --explain all` lists all: CC001 to CC505\n",
        ),
        (
            'ignores = ["CC1"]',
            "convcost.toml:2:1: lint has no key `ignores`\n"
            '    2 | ignores = ["CC1"]\n      | ^^^^^^^\n'
            "  a key with a similar name exists: `ignore`\n",
        ),
        (
            'ignore = "CC104"',
            "convcost.toml:2:10: ignore is a list of codes, and here is `CC104`\n"
            '    2 | ignore = "CC104"\n      |          ^^^^^^^\n'
            '  as in ["CC104", "CC3"]\n',
        ),
        (
            "ignore = [104]",
            "convcost.toml:2:11: ignore has `104`, and a code or its beginning is wanted\n"
            "    2 | ignore = [104]\n      |           ^^^\n"
            '  as in ["CC104", "CC3"]\n',
        ),
        (
            "per-file-ignores = 3",
            "convcost.toml:2:20: per-file-ignores is a mapping, and here is `3`\n"
            "    2 | per-file-ignores = 3\n      |                    ^\n",
        ),
    ],
)
def test_mistakes_in_a_configuration(run: Run, folder: Path, text: str, said: str):
    (folder / "convcost.toml").write_text(f"[lint]\n{text}\n")
    assert run("lint", "models/fine.yaml") == (2, "", said)


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_mistakes_stand_before_findings(folder: Path, unbuffered: str):
    (folder / "models" / "broken.yaml").write_text(BROKEN)
    done = subprocess.run(
        [*PROGRAM, "lint", "models"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment({"PYTHONUNBUFFERED": unbuffered}),
        check=False,
        text=True,
    )
    assert done.stdout.startswith("models/broken.yaml:3:34: op `conv` has no field")
    assert done.stdout.endswith("and `--fix` may mend 1\n")


def test_a_link_that_leads_outside(run: Run, folder: Path):
    outside = folder.parent / "outside.yaml"
    outside.write_text(WARNED)
    (folder / "convcost.toml").write_text("")
    (folder / "models" / "link.yaml").symlink_to(outside)
    ran = run("lint", "models")
    assert ran.code == 2
    assert ran.err.startswith("models/link.yaml: it leads outside of the folder of its convcost")
    assert places(run("lint", "models/link.yaml")) == ["models/link.yaml:3:10: CC201"]
