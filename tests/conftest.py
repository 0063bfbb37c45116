"""Options and fixtures that all tests share."""

from __future__ import annotations

import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import settings
from metric_sources import lacking
from slow_files import A_THIRD, FAST, SLOW, in_third

import convcost
from convcost.metrics import METRICS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Tests drive the fuzzer, which is no part of the package. At the end: what is installed goes first.
sys.path.append(str(Path(__file__).parent.parent))

# Examples are not timed: other work on the machine would fail them. They are the same in every run,
# so that a change is judged by what it changes; `--hypothesis-profile=search` draws new ones. Here,
# because a test takes the profile that is loaded when its file is read.
settings.register_profile("search", deadline=None)
settings.register_profile("same", deadline=None, derandomize=True)
settings.load_profile("same")


# All that a test may know of where it runs. Everything else is someone's habit (NO_COLOR, COLUMNS,
# GIT_DIR) or says which continuous integration this is, and `check` acts on that.
KEPT = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "UPDATE_GOLDEN")
KEPT_FAMILIES = ("PYTEST_", "COV_", "COVERAGE_")


def pytest_report_header() -> str:
    """Say which package is tested and what it runs on: the first thing to know of a failure
    elsewhere."""
    python = ".".join(map(str, sys.version_info[:3]))
    used = ", ".join(f"{name} {version(name)}" for name in ("numpy", "PyYAML", "typer", "rich"))
    libyaml = "with" if yaml.__with_libyaml__ else "without"
    where = Path(convcost.__file__).parent
    return f"convcost of {where}\nPython {python}, {used} ({libyaml} libyaml)"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that leave tests out: see tests/slow_files.py."""
    parser.addoption("--fast", action="store_true", help="what is not slow of FAST, in seconds")
    parser.addoption("--third", action="store_true", help="a fixed third of A_THIRD's tests")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Files of which no test is asked for are not even read: that takes seconds too."""
    name = collection_path.stem
    if not name.startswith("test_"):
        return None
    slow = config.getoption("markexpr") == "not slow" and name in SLOW
    return True if slow or (config.getoption("fast") and name not in FAST) else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what is slow: those files, and tests of many drawn examples."""
    _only_what_names_the_missing_source(config, items)
    if config.getoption("third"):
        _keep(config, items, lambda item: item.path.stem not in A_THIRD or in_third(item.nodeid))
    for item in items:
        drawn = getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
        if drawn or item.path.stem in SLOW:
            item.add_marker(pytest.mark.slow)
    if config.getoption("fast"):
        _keep(config, items, lambda item: item.get_closest_marker("slow") is None)


def _only_what_names_the_missing_source(config: pytest.Config, items: list[pytest.Item]) -> None:
    """While a metric has no source nothing can be counted, and nearly every test would say so in
    its own way: leave the one that names the file to edit."""
    said = next((said for said in map(lacking, METRICS) if said), "")
    if not said:
        return
    naming = [item for item in items if item.name.startswith("test_every_metric_has_a_source")]
    if not naming:
        pytest.exit(said, returncode=1)
    _keep(config, items, lambda item: item in naming)


def _keep(
    config: pytest.Config, items: list[pytest.Item], wanted: Callable[[pytest.Item], bool]
) -> None:
    """Leave the wanted tests; the report counts the others."""
    kept = [item for item in items if wanted(item)]
    config.hook.pytest_deselected(items=[item for item in items if not wanted(item)])
    items[:] = kept


@pytest.fixture(scope="session", autouse=True)
def _plain_environment() -> Iterator[None]:  # pyright: ignore[reportUnusedFunction]
    """The same environment for every test, on every machine; in it, processes run the very package
    that is tested here, wherever they start."""
    package = Path(convcost.__file__).parent
    given = {"PYTHONPATH": str(package.parent), "PYTHONSAFEPATH": "1", "TERM": "xterm-256color"}
    with pytest.MonkeyPatch.context() as patch:
        for name in [*os.environ]:
            if name not in KEPT and not name.startswith(KEPT_FAMILIES):
                patch.delenv(name)
        for name, value in given.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="session")
def parsed() -> Callable[..., convcost.Network]:
    """The network of a spec's text; settings, inputs and batch as ``convcost.load`` takes them."""

    def load(text: str, **asked: object) -> convcost.Network:
        return convcost.load("net.yaml", read=lambda _: text.encode(), **asked)  # type: ignore[arg-type]

    return load
