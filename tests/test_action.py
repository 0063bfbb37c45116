"""The GitHub Action: its scripts are run as a runner does, with convcost, pip and gh in their place
where they would leave this machine."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from docs.workflows import workflows

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parent.parent
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
INSTALL, CHECK, COMMENT, RESULT = ACTION["runs"]["steps"]
OF_CHECK = ("paths", "base", "sarif", "arguments")
SHELL = ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c")
SPEC = """\
input: [3, 8, 8]
layers:
  - {op: conv, out_channels: 4, kernel_size: 3}
budget: {params: 1k}
"""


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def step(
    which: dict[str, Any], folder: Path, env: dict[str, str], *, check: bool = True
) -> subprocess.CompletedProcess[str]:
    """Run the script of a step."""
    given = {
        "PATH": f"{folder / 'programs'}:{os.environ['PATH']}",
        "GITHUB_ACTION_PATH": str(ROOT),
        "GITHUB_OUTPUT": str(folder / "output"),
        "GITHUB_STEP_SUMMARY": str(folder / "summary"),
        "RUNNER_TEMP": str(folder),
    }
    return subprocess.run(
        [*SHELL, which["run"]],
        cwd=folder,
        env={**given, **env},
        capture_output=True,
        check=check,
        text=True,
    )


def of_check(folder: Path, **inputs: str) -> dict[str, str]:
    """The variables of the step that checks."""
    defaults = {name: str(ACTION["inputs"][name]["default"]) for name in OF_CHECK}
    given = {name.upper(): text for name, text in {**defaults, **inputs}.items()}
    return {**given, "FOLDER": str(folder), "PROGRAMS": str(folder / "programs")}


def words(folder: Path, **inputs: str) -> list[str]:
    """The command line that the action would run with some inputs."""
    program(folder / "programs" / "convcost", f'#!/bin/sh\nprintf "%s\\n" "$@" > {folder}/words\n')
    program(folder / "programs" / "python", f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    done = step(CHECK, folder, of_check(folder, **inputs))
    assert (done.stdout, done.stderr) == ("", "")
    found = (folder / "words").read_text().replace(str(folder), "FOLDER").splitlines()
    own = ["--format", "json:FOLDER/convcost.json", "--format", "markdown:FOLDER/convcost.md"]
    assert found[3:7] == own
    return found[:3] + found[7:]


def test_the_action_runs_check(tmp_path: Path):
    assert words(tmp_path) == ["check", "--format", "github", "--"]
    given = {"paths": "a.yaml\nmy models/b.onnx\n", "base": "main", "sarif": "o.sarif"}
    assert words(tmp_path, **given, arguments="--baseline=x y.json") == [
        *("check", "--format", "github", "--format", "sarif:o.sarif", "--base", "main"),
        *("--baseline=x y.json", "--", "a.yaml", "my models/b.onnx"),
    ]


@pytest.mark.parametrize("name", OF_CHECK)
def test_no_input_becomes_code(tmp_path: Path, name: str):
    hostile = '"; touch broken; $(touch broken) `touch broken` *'
    assert hostile in " ".join(words(tmp_path, **{name: hostile}))
    assert not (tmp_path / "broken").exists()


def test_inputs_reach_scripts_as_variables_only():
    used: dict[str, str] = {}
    for one in ACTION["runs"]["steps"]:
        assert "${{" not in one["run"]
        used |= one["env"]
    for name in ACTION["inputs"]:
        if name != "comment":
            assert f"${{{{ inputs.{name} }}}}" in used.values(), name
    assert COMMENT["if"].startswith("inputs.comment == 'true' && ")


def test_only_the_step_that_comments_has_a_token():
    for one in ACTION["runs"]["steps"]:
        tokens = [text for text in one["env"].values() if "token" in text.casefold()]
        assert tokens == (["${{ inputs.token }}"] if one is COMMENT else [])


@pytest.fixture
def checked(tmp_path: Path) -> Callable[..., dict[str, str]]:
    """Run the check of the action in a folder, and return its outputs."""
    program(
        tmp_path / "programs" / "convcost",
        f'#!/bin/sh\nexec {sys.executable} -m convcost "$@"\n',
    )
    program(tmp_path / "programs" / "python", f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    # The step unsets it, so that the user's modules are not those of the action; here it is what
    # makes this checkout the one that is tested.
    run = CHECK["run"].replace("unset PYTHONPATH PYTHONHOME", "")
    assert run != CHECK["run"]

    def check(**env: str) -> dict[str, str]:
        (tmp_path / "output").unlink(missing_ok=True)
        variables = {"PYTHONPATH": os.environ["PYTHONPATH"], **of_check(tmp_path), **env}
        step({"run": run}, tmp_path, variables)
        lines = (tmp_path / "output").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)

    return check


def test_outputs(tmp_path: Path, checked: Callable[..., dict[str, str]]):
    (tmp_path / "a.yaml").write_text(SPEC)
    found = checked()
    assert found == {
        "failed": "false",
        "changed": "true",  # nothing is known of before
        "summary": "1 model keeps its budget",
        "exit-code": "0",
        "wanted": "true",
        "json": f"{tmp_path}/convcost.json",
        "markdown": f"{tmp_path}/convcost.md",
    }
    named = {text.split(".")[-1].rstrip(" }") for text in map(_value, ACTION["outputs"].values())}
    assert named == {*found} - {"wanted"}
    assert (tmp_path / "summary").read_text() == (tmp_path / "convcost.md").read_text()
    (tmp_path / "a.yaml").write_text(SPEC.replace("1k", "1"))
    found = checked()
    assert (found["failed"], found["exit-code"]) == ("true", "1")
    assert found["summary"] == "1 of 1 model breaks its budget"
    done = step(RESULT, tmp_path, {"CODE": found["exit-code"]}, check=False)
    assert done.returncode == 1


def _value(output: dict[str, str]) -> str:
    return output["value"]


def test_outputs_where_there_is_no_report(tmp_path: Path, checked: Callable[..., dict[str, str]]):
    found = checked(ARGUMENTS="--no-such-option")
    assert found == {
        "failed": "true",
        "changed": "true",
        "exit-code": "2",
        "wanted": "true",
        "summary": "convcost check ended with 2",
        "json": "",
        "markdown": "",
    }
    assert not (tmp_path / "summary").exists()
    assert step(RESULT, tmp_path, {"CODE": "2"}, check=False).returncode == 2
    assert step(RESULT, tmp_path, {"CODE": ""}, check=False).returncode == 2


def test_outputs_of_a_check_that_ended_with_a_mistake(
    tmp_path: Path, checked: Callable[..., dict[str, str]]
):
    """The model that can be read keeps its budget, and still the check does not pass."""
    (tmp_path / "a.yaml").write_text(SPEC)
    (tmp_path / "b.yaml").write_text(SPEC.replace("kernel_size", "kernal_size"))
    found = checked()
    assert (found["failed"], found["exit-code"]) == ("true", "2")
    assert "1 model could not be checked" in found["summary"]
    assert found["json"]


def test_only_if_changed(tmp_path: Path, checked: Callable[..., dict[str, str]]):
    (tmp_path / "a.yaml").write_text(SPEC)
    (tmp_path / ".gitignore").write_text("programs\n*.json\n*.md\noutput\nsummary\n")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "add", "-A"], cwd=tmp_path, check=True)
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run(["git", *who, "commit", "-qm", "x"], cwd=tmp_path, check=True)
    given = {"ONLY_IF_CHANGED": "true", "BASE": "HEAD"}
    found = checked(**given)
    assert (found["changed"], found["wanted"], found["failed"]) == ("false", "false", "false")
    assert not (tmp_path / "summary").exists()
    assert checked(BASE="HEAD")["wanted"] == "true"
    (tmp_path / "a.yaml").write_text(SPEC.replace("out_channels: 4", "out_channels: 5"))
    found = checked(**given)
    assert (found["changed"], found["wanted"]) == ("true", "true")


GH = """#!/usr/bin/env python3
import json, os, sys
from pathlib import Path
words = sys.argv[1:]
folder = Path(os.environ["FAKE"])
with (folder / "calls").open("a") as calls:
    calls.write(json.dumps(words) + "\\n")
if os.environ.get("REFUSED"):
    sys.exit("gh: Resource not accessible by integration (HTTP 403)")
file = folder / "comments.json"
comments = json.loads(file.read_text()) if file.exists() else []
if "--paginate" in words:
    (own,) = [word for word in words if "startswith" in word]
    mark = own.split('startswith("')[1].split('")')[0]
    for comment in comments:
        if (comment["user"] == "Bot" or '"Bot"' not in own) and comment["body"].startswith(mark):
            print(comment["id"])
    sys.exit()
method = words[words.index("--method") + 1]
(path,) = [word for word in words if word.startswith("repos/")]
(field,) = [word for word in words if word.startswith("body=@")]
body = Path(field.removeprefix("body=@")).read_text()
if method == "POST":
    assert path == "repos/o/r/issues/7/comments"
    comments.append({"id": len(comments) + 1, "user": "Bot", "body": body})
else:
    assert method == "PATCH"
    number = int(path.removeprefix("repos/o/r/issues/comments/"))
    comments[number - 1]["body"] = body
file.write_text(json.dumps(comments))
"""


@pytest.fixture
def commented(tmp_path: Path) -> Callable[..., list[dict[str, Any]]]:
    """Write the comment of a run, and return all there are."""
    program(tmp_path / "programs" / "gh", GH)

    def comment(said: str, **env: str) -> list[dict[str, Any]]:
        (tmp_path / "convcost.md").write_text(said)
        variables = {
            "FAKE": str(tmp_path),
            "GH_REPO": "o/r",
            "NUMBER": "7",
            "WANTED": "true",
            "GITHUB_WORKFLOW": "budgets",
            "GITHUB_JOB": "check",
            "MARKDOWN": str(tmp_path / "convcost.md"),
        }
        done = step(COMMENT, tmp_path, {**variables, **env})
        (tmp_path / "said").write_text(done.stdout)
        file = tmp_path / "comments.json"
        return json.loads(file.read_text()) if file.exists() else []

    return comment


def test_a_job_keeps_one_comment(commented: Callable[..., list[dict[str, Any]]]):
    (first,) = commented("one")
    mark, body = first["body"].split("\n", 1)
    assert mark.startswith("<!-- convcost ")
    assert mark.endswith(" -->")
    assert body == "one"
    (again,) = commented("two", WANTED="false")  # what stands there is made true
    assert again["body"] == f"{mark}\ntwo"
    assert len(commented("three", GITHUB_JOB="of another job")) == 2
    assert commented("four")[0]["body"] == f"{mark}\nfour"


def test_a_comment_of_someone_else_is_left_alone(
    tmp_path: Path, commented: Callable[..., list[dict[str, Any]]]
):
    (first,) = commented("one")
    copied = {"id": 1, "user": "User", "body": first["body"]}
    (tmp_path / "comments.json").write_text(json.dumps([copied]))
    assert [comment["user"] for comment in commented("two")] == ["User", "Bot"]
    assert commented("three")[0] == copied


def test_no_comment_where_none_is_wanted(commented: Callable[..., list[dict[str, Any]]]):
    assert commented("one", WANTED="false") == []


def test_a_comment_that_cannot_be_written_is_a_warning(
    tmp_path: Path, commented: Callable[..., list[dict[str, Any]]]
):
    assert commented("one", REFUSED="1") == []
    said = (tmp_path / "said").read_text()
    assert said == (
        "::warning::the comment was not written: comments cannot be read; it needs the permission "
        "`pull-requests: write`\n"
    )
    assert commented("one", MARKDOWN="") == []
    assert (tmp_path / "said").read_text().endswith(": there is no report\n")


def fake_python(folder: Path, version: str) -> None:
    """A python3 that answers like one of a version, and writes down what it is asked."""
    program(
        folder / "programs" / "python3",
        f"""#!/bin/sh
echo "$0 $* PYTHONPATH=$PYTHONPATH" >> {folder}/asked
case "$1 $2" in
"-c "*) exec {sys.executable} -c "import sys; sys.version_info = {version}; $2" ;;
"-m venv") mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
esac
""",
    )


def test_the_action_has_an_environment_of_its_own(tmp_path: Path):
    """Nothing is installed where the job's own Python would see it."""
    fake_python(tmp_path, "(3, 12)")
    step(INSTALL, tmp_path, {"EXTRAS": "onnx", "PYTHONPATH": "/elsewhere"})
    outputs = dict(line.split("=", 1) for line in (tmp_path / "output").read_text().splitlines())
    assert Path(outputs["folder"]).parent == tmp_path
    assert outputs["programs"] == f"{outputs['folder']}/venv/bin"
    *_, install = (tmp_path / "asked").read_text().splitlines()
    assert install == (
        f"{outputs['programs']}/python -m pip install --quiet --disable-pip-version-check "
        f"--constraint {ROOT}/requirements/newest.txt {ROOT}[onnx] PYTHONPATH="
    )


def test_an_old_python_is_refused(tmp_path: Path):
    fake_python(tmp_path, "(3, 10)")
    done = step(INSTALL, tmp_path, {"EXTRAS": ""}, check=False)
    assert (done.returncode, done.stdout) == (
        2,
        "::error::convcost needs Python 3.11 or newer: use actions/setup-python before it\n",
    )


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed")
def test_scripts_are_clean(tmp_path: Path):
    files = [ROOT / "action" / "comment"]
    for number, one in enumerate(ACTION["runs"]["steps"]):
        file = tmp_path / f"{number}.sh"
        file.write_text(f"#!/usr/bin/env bash\n{one['run']}")
        files.append(file)
    subprocess.run(["shellcheck", *files], check=True)


def test_the_workflows_of_the_documentation_pin_what_they_run():
    """By a commit: a tag may point at other code tomorrow."""
    found = [yaml.safe_load(text) for text in workflows()]
    assert len(found) == 3
    for workflow in found:
        assert workflow["permissions"] == {"contents": "read"}
        for job in workflow["jobs"].values():
            for one in job["steps"]:
                assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", one["uses"]), one
                if one["uses"].startswith("example/"):
                    assert {*one.get("with", {})} <= {*ACTION["inputs"]}


def test_inputs_and_outputs_are_documented():
    page = (ROOT / "docs" / "ci" / "github.md").read_text()
    for name in (*ACTION["inputs"], *ACTION["outputs"]):
        assert re.search(rf"^\| (`\w+`, )?`{name}`", page, re.MULTILINE), name
