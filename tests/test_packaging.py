"""Packaging: dependencies, the GitHub Action and the pre-commit hooks."""

from __future__ import annotations

import re
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
from convcost.files.root import CONFIG
from convcost.gate.git import MODELS

ROOT = Path(__file__).parent.parent


def test_hooks_are_commands():
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    for hook in hooks:
        program, command = hook["entry"].split()
        assert program == "convcost"
        assert command in COMMANDS
        assert hook["id"] == f"convcost-{command}"
        assert hook["language"] == "python"  # an environment of its own


def test_hooks_run_for_whatever_is_read():
    """All models are, and not the files that changed: those may be none, as any other YAML."""
    for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text()):
        assert hook["pass_filenames"] is False
        for name in (*MODELS, CONFIG):
            assert re.search(hook["files"], name.replace("*", "net")), name


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
    optional = PROJECT["optional-dependencies"]
    if str(requirement) not in (*optional["site"], *optional["browser"]):  # never with the oldest
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
