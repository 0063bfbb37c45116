"""The meaning of a text does not depend on whether there is a libyaml."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml
from spec_support import SPECS, mistakes, network

from convcost.spec.compose import compose
from convcost.spec.nodes import File, List, Mapping, Node, Scalar
from convcost.spec.problems import Problems

if TYPE_CHECKING:
    from pathlib import Path

# Where YAML 1.1 has a tab as a separation (sections 5.5 and 7.2: s-white).
TABS = {
    "after a key": "input:\t[3, 8, 8]\nlayers: [relu]\n",
    "many, and blanks": "input: \t \t[3, 8, 8]\nlayers: [relu]\n",
    "before a comment": "input: [3, 8, 8]\t# RGB\nlayers: [relu]\t\n",
    "between items": "input: [3,\t8,\t8]\nlayers: [relu]\n",
    "around braces": "input: [3, 8, 8]\nlayers:\n  - {\top:\trelu\t}\n",
    "before a value in quotes": "input: [3, 8, 8]\nlayers:\n  - op:\t'relu'\n",
    "at the start of a line inside brackets": "input: [3,\n\t8, 8]\nlayers: [relu]\n",
    "inside an expression": "input: [1\t+ 2, 8, 4 *\t2]\nlayers: [relu]\n",
    "before a line that goes on": "input: [1 +\t\n  2, 8, 8]\nlayers: [relu]\n",
}


@pytest.mark.parametrize("text", TABS.values(), ids=TABS)
@pytest.mark.usefixtures("parser")
def test_tabs_are_blanks(text: str) -> None:
    net = network(text)
    assert net.inputs["input"].sample_shape == (3, 8, 8)
    assert [type(layer.op).__name__ for layer in net.layers] == ["ReLU"]


@pytest.mark.parametrize("text", ["a: b\t\n---\na: b\n", "a: b\t\n...\n---\na: b\n"])
@pytest.mark.usefixtures("parser")
def test_a_tab_at_the_end_of_a_document(text: str) -> None:
    assert "a second document begins here" in str(mistakes(text))


@pytest.mark.usefixtures("parser")
def test_a_tab_that_indents_is_refused() -> None:
    says = "net.yaml:3:1: a tab indents this line, and YAML indents with spaces"
    assert str(mistakes("input: [3, 8, 8]\nlayers:\n\t- relu\n")).startswith(says)


@pytest.mark.usefixtures("parser")
def test_a_tab_that_could_indent_is_refused() -> None:
    """After a dash a nested list or mapping may begin, so blanks there are indentation."""
    assert str(mistakes("input: [3, 8, 8]\nlayers:\n  -\trelu\n")) == (
        "net.yaml:3:4: a space is wanted here\n    3 |   - relu\n      |    ^"
    )


@pytest.mark.usefixtures("parser")
def test_what_is_found_before_a_parser_gives_up_is_said_once() -> None:
    """To libyaml the tag ends before the comma, and to PyYAML behind it."""
    said = str(mistakes('input: [3, !!8, 8]\nlayers: ["relu]\n'))
    assert said.count("the tag") == 1


def tree(node: Node | None) -> Any:
    """All there is in a node."""
    match node:
        case None:
            return None
        case Scalar():
            inside: Any = (node.text, node.plain, node.cut)
        case List():
            inside = (node.flow, [tree(item) for item in node.items])
        case Mapping():
            inside = (node.flow, [(tree(k), tree(v)) for k, v in node.entries.values()])
        case _:
            raise TypeError(node)
    return (type(node), node.line, node.column, node.width, node.size, inside)


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_specs_are_the_same_nodes(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = File("net.yaml", path.read_text("utf-8"))
    one = tree(compose(file, Problems(file)))
    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    assert tree(compose(file, Problems(file))) == one
