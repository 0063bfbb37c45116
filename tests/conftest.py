"""What tests share."""

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
    """What is tested, and what it runs on: the first thing to know of a failure elsewhere."""
    python = ".".join(map(str, sys.version_info[:3]))
    used = ", ".join(f"{name} {version(name)}" for name in ("numpy", "PyYAML", "typer", "rich"))
    libyaml = "with" if yaml.__with_libyaml__ else "without"
    where = Path(convcost.__file__).parent
    return f"convcost of {where}\nPython {python}, {used} ({libyaml} libyaml)"


# Files that take more than a second of an idle core, or of some hundred tests of one kind; drawn
# examples left aside.
SLOW = frozenset(
    {
        *("test_verify", "test_explain", "test_docs", "test_memory", "test_alternatives"),
        *(
            "test_rows_are_analyses",
            "test_compare",
            "test_field",
            "test_attention",
            "test_kernels_nan",
            "test_ops",
        ),
        *("test_lint_specs", "test_lint_evidence", "test_algorithm_runs"),
        *("test_onnx_models", "test_onnx_hostile", "test_onnx_fields"),
        *("test_spec_scale", "test_spec_hostile", "test_spec_language", "test_spec_parsers"),
        *("test_check_base", "test_check_budget", "test_check_formats", "test_check_repair"),
        *("test_cli_algorithms", "test_cli_alternatives", "test_cli_compare", "test_cli_expand"),
        *("test_cli_expand_onnx", "test_cli_explain", "test_cli_formats", "test_cli_onnx"),
        *("test_cli_output", "test_cli_rf", "test_cli_schema", "test_cli_startup"),
        *("test_cli_exit", "test_cli_worked_examples", "test_check_tighten"),
        *("test_mutate", "test_memory_needed", "test_verify_faults", "test_verify_random"),
        *("test_explain_requirements", "test_explain_sentences", "test_fields_through_graphs"),
        *("test_onnx_conformance_lines", "test_onnx_one_node_elementwise", "test_check_base_found"),
        *("test_onnx_one_node_norms", "test_onnx_one_node_products", "test_onnx_one_node_shapes"),
        *("test_onnx_conformance_said", "test_onnx_sampling", "test_onnx_backend"),
        *("test_cli_every_format", "test_cli_schema_output", "test_api", "test_sdist"),
        *("test_environments", "test_site", "test_check_hosts", "test_check_lfs"),
        *(
            "test_history",
            "test_browser",
            "test_watch_browser",
            "test_browser_compare",
            "test_browser_commands",
        ),
        *("test_traits", "test_cli_metrics", "test_results", "test_kernels_counting"),
        *("test_work", "test_ranks", "test_cli_bounds"),
        *("test_fuzz_many", "test_fuzz_finds"),
        *("test_to_onnx_ops", "test_to_onnx_networks", "test_to_onnx_values", "test_torch"),
    }
)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Files of slow tests are not even read where nobody asks for one: that takes seconds too."""
    unwanted = config.getoption("markexpr") == "not slow" and collection_path.stem in SLOW
    return True if unwanted else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what is slow: those files, and tests of many drawn examples."""
    _only_what_names_the_missing_source(config, items)
    for item in items:
        drawn = getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
        if drawn or item.path.stem in SLOW:
            item.add_marker(pytest.mark.slow)


def _only_what_names_the_missing_source(config: pytest.Config, items: list[pytest.Item]) -> None:
    """While a metric has no source nothing can be counted, and nearly every test would say so in
    its own way: leave the one that names the file to edit."""
    said = next((said for said in map(lacking, METRICS) if said), "")
    if not said:
        return
    naming = [item for item in items if item.name.startswith("test_every_metric_has_a_source")]
    if not naming:
        pytest.exit(said, returncode=1)
    config.hook.pytest_deselected(items=[item for item in items if item not in naming])
    items[:] = naming


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
