"""What is installed: dependencies, the GitHub Action and the pre-commit hooks."""

from __future__ import annotations

import os
import subprocess
import tomllib
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import grimp
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from convcost.cli.app import COMMANDS

ROOT = Path(__file__).parent.parent
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
INSTALL, CHECK = ACTION["runs"]["steps"]


def words(tmp_path: Path, **inputs: str) -> list[str]:
    """What the action's script would run with some inputs."""
    fake = tmp_path / "convcost"
    fake.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    fake.chmod(0o755)
    given = {n.upper(): inputs.get(n) or str(ACTION["inputs"][n]["default"]) for n in NAMES}
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", CHECK["run"]],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", **given},
        capture_output=True,
        check=True,
        text=True,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


NAMES: list[str] = [name for name in ACTION["inputs"] if name != "extras"]


def test_the_action_runs_check(tmp_path: Path):
    assert words(tmp_path) == ["check", "--format", "github", "--"]
    given = {"paths": "a.yaml\nmy models/b.onnx\n", "base": "main", "sarif": "o.sarif"}
    assert words(tmp_path, **given, arguments="--baseline=x y.json") == [
        *("check", "--format", "github", "--format", "sarif:o.sarif", "--base", "main"),
        *("--baseline=x y.json", "--", "a.yaml", "my models/b.onnx"),
    ]


@pytest.mark.parametrize("name", NAMES)
def test_no_input_becomes_code(tmp_path: Path, name: str):
    hostile = '"; touch broken; $(touch broken) `touch broken` *'
    assert hostile in " ".join(words(tmp_path, **{name: hostile}))
    assert not (tmp_path / "broken").exists()
    assert not Path("broken").exists()


def test_inputs_reach_scripts_as_variables_only():
    for step in (INSTALL, CHECK):
        assert "${{" not in step["run"]
    used = {**INSTALL["env"], **CHECK["env"]}
    assert used == {name.upper(): f"${{{{ inputs.{name} }}}}" for name in ACTION["inputs"]}


def test_hooks_are_commands():
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    for hook in hooks:
        program, command = hook["entry"].split()
        assert program == "convcost"
        assert command in COMMANDS
        assert hook["id"] == f"convcost-{command}"


WRITTEN: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT: dict[str, Any] = WRITTEN["project"]
DIRECT = [
    Requirement(line)
    for lines in (PROJECT["dependencies"], *PROJECT["optional-dependencies"].values())
    for line in lines
]


def pinned(name: str) -> dict[str, list[Version]]:
    """The versions of a set by package: several where they differ by Python."""
    found: dict[str, list[Version]] = {}
    for line in (ROOT / "requirements" / f"{name}.txt").read_text().splitlines():
        if not line.startswith("#"):
            requirement = Requirement(line)
            (exact,) = requirement.specifier
            assert exact.operator == "=="
            package = canonicalize_name(requirement.name)
            found.setdefault(package, []).append(Version(exact.version))
    return found


@pytest.mark.parametrize("requirement", DIRECT, ids=lambda r: r.name)
def test_what_is_allowed_is_what_is_tested(requirement: Requirement):
    package = canonicalize_name(requirement.name)
    assert all(requirement.specifier.contains(found) for found in pinned("newest")[package])
    (least,) = (s.version for s in requirement.specifier if s.operator == ">=")
    if str(requirement) not in PROJECT["optional-dependencies"]["site"]:  # never with the oldest
        assert pinned("oldest")[package] == [Version(least)]


@pytest.mark.parametrize("name", ["oldest", "newest"])
def test_sets_name_no_addresses(name: str):
    assert "://" not in (ROOT / "requirements" / f"{name}.txt").read_text()


def of_group(name: str) -> set[str]:
    """The requirements of a group, and of those that it includes."""
    entries: list[str | dict[str, str]] = WRITTEN["dependency-groups"][name]
    found = {entry for entry in entries if isinstance(entry, str)}
    included = (entry["include-group"] for entry in entries if isinstance(entry, dict))
    return found.union(*map(of_group, included))


def test_the_extra_for_tests_is_the_groups_that_continuous_integration_needs():
    extra = set(PROJECT["optional-dependencies"]["test"])
    assert extra == of_group("test") | of_group("lint"), "see pyproject.toml"
    assert extra < of_group("dev")


def test_hooks_of_this_repository_come_from_its_environment():
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    for repository in config["repos"]:
        assert repository["repo"] == "local"
        assert {hook["language"] for hook in repository["hooks"]} == {"system"}


def test_no_modules_import_each_other() -> None:
    """Not even inside functions, or for types alone; CycleError names them."""
    graph = grimp.build_graph("convcost")
    TopologicalSorter(
        {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    ).prepare()
