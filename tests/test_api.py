"""The names that a program imports."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from pathlib import Path

import pytest

import convcost

ROOT = Path(__file__).parent.parent
SPEC = str(ROOT / "specs" / "alexnet_2012.yaml")
FUNCTIONS = ("analyze", "check", "compare", "explain", "lint", "load", "rf", "verify")


@pytest.fixture(scope="module", autouse=True)
def _every_module() -> None:  # pyright: ignore[reportUnusedFunction]
    """A module of a function's name would stand in its place as soon as it is imported."""
    for found in pkgutil.walk_packages(convcost.__path__, "convcost."):
        if not found.name.endswith("__main__"):
            importlib.import_module(found.name)


def test_no_module_shadows_a_function() -> None:
    top = {found.name for found in pkgutil.iter_modules(convcost.__path__)}
    assert not top & set(convcost.__all__)
    assert all(callable(getattr(convcost, name)) for name in convcost.__all__)


def test_each_function_answers() -> None:
    network = convcost.load(SPEC)
    analysis = convcost.analyze(network)
    assert analysis.totals["macs"] == 724_406_816
    assert convcost.compare(analysis, analysis).totals["macs"] == (724_406_816,) * 2
    assert {found.code for found in convcost.lint(network)} >= {"CC303"}
    assert convcost.rf(network).rows[0].axes[0].size == 11
    assert convcost.explain(network, "classifier") != convcost.explain("linear")
    assert convcost.check(SPEC).failures == []
    tiny = convcost.load("n.yaml", read=lambda _: b"{input: [1, 3], layers: [relu]}")
    assert convcost.verify(tiny).agrees


def of_public_functions() -> list[str]:
    return [name for name in convcost.__all__ if not isinstance(getattr(convcost, name), type)]


@pytest.mark.parametrize("name", of_public_functions())
def test_each_function_says_what_it_takes_returns_and_raises(name: str) -> None:
    function = inspect.unwrap(getattr(convcost, name))
    text = inspect.getdoc(function) or ""
    for argument in inspect.signature(function).parameters:
        assert f"\n    {argument}: " in text
    assert "\nRaises:\n" in text
    assert ("\nReturns:\n" in text) is (function.__annotations__["return"] != "None")


def test_completion_shows_them() -> None:
    assert set(FUNCTIONS) <= set(dir(convcost))
    assert dir(convcost) == sorted(["__version__", *convcost.__all__])


@pytest.mark.parametrize("name", ["explained", "explained_layer", "touched"])
def test_former_names_are_gone(name: str) -> None:
    with pytest.raises(AttributeError, match=f"'convcost' has no attribute '{name}'"):
        getattr(convcost, name)
