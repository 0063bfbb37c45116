"""Configurations: which one holds, what it may say, and where it is wrong."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from repository import Repository, spec

from convcost.gate.patterns import matches
from convcost.gate.toml import read_toml
from convcost.spec.nodes import File, List, Mapping, Node, Scalar

if TYPE_CHECKING:
    from collections.abc import Callable

    from running import Ran

    Run = Callable[..., Ran]


def limits(run: Run, *arguments: str) -> dict[str, list[int]]:
    """The limits of each model that is checked, as amounts."""
    ran = run("check", "--format", "json", *arguments)
    assert ran.code in (0, 1), ran.err
    models = json.loads(ran.out)["models"]
    return {model["path"]: [limit["limit"] for limit in model["limits"]] for model in models}


def test_limits_of_all_and_of_some(run: Run, repo: Repository):
    repo.write("mobile/a.yaml", spec(4, "{params: 1k}"))
    repo.write("server/b.yaml", spec())
    repo.write(
        "convcost.toml",
        """
        [[budget]]
        params = 2_000
        [[budget]]
        models = ["mobile"]
        params = "3k"
        [[budget]]
        models = ["*/b.yaml", "*/c.yaml"]
        macs = {max = "4M"}
        [budget.layers."st*"]
        params = "5k"
        """,
    )
    found = limits(run)
    assert found == {"mobile/a.yaml": [1000, 2000, 3000], "server/b.yaml": [2000, 4_000_000, 5000]}


def test_configurations_merge_down_to_a_model(run: Run, repo: Repository):
    for folder in ("", "one/", "one/two/", "three/"):
        repo.write(f"{folder}a.yaml", spec())
    repo.write("convcost.toml", "budget = {params = 1000}\n")
    repo.write("one/pyproject.toml", "[tool.convcost.budget]\nparams = 2000\n")
    repo.write("one/two/pyproject.toml", "[tool.other]\nx = 1\n")
    repo.write("three/convcost.toml", "")
    assert limits(run) == {
        "a.yaml": [1000],
        "one/a.yaml": [2000],
        "one/two/a.yaml": [2000],
        "three/a.yaml": [1000],
    }
    repo.write("other.toml", "budget = {params = 3000}\n")
    assert set(map(tuple, limits(run, "--config", "other.toml").values())) == {(3000,)}


def test_a_configuration_beside_a_pyproject_wins(run: Run, repo: Repository):
    repo.write("a.yaml", spec())
    repo.write("convcost.toml", "budget = {params = 1000}\n")
    repo.write("pyproject.toml", "[tool.convcost]\nbudget = {params = 2000}\n")
    assert limits(run) == {"a.yaml": [1000]}
    assert limits(run, "--config", "pyproject.toml") == {"a.yaml": [2000]}


def test_nothing_above_the_repository_is_looked_at(run: Run, repo: Repository):
    (repo.folder.parent / "convcost.toml").write_text("budget = {params = 1000}\n")
    repo.write("a.yaml", spec())
    assert limits(run) == {"a.yaml": []}


def test_models_and_what_is_left_out(run: Run, repo: Repository):
    for name in ("a.yaml", "b.yml", "old/c.yaml", "old/d.yaml", ".hidden/e.yaml", ".f.yaml"):
        repo.write(f"models/{name}", spec())
    repo.write("models/blocks.yaml", "blocks: {}\n")
    repo.write("models/compose.yaml", "services: {layers: 3}\n")
    repo.write("elsewhere.yaml", spec())
    repo.write("convcost.toml", 'models = ["models/**/*.yaml"]\nexclude = ["models/old/d*"]\n')
    assert list(limits(run)) == ["models/a.yaml", "models/old/c.yaml"]
    assert list(limits(run, "models/old")) == ["models/old/c.yaml"]
    assert list(limits(run, "models/old/d.yaml")) == ["models/old/d.yaml"]
    assert list(limits(run, "models/*.y*ml")) == ["models/a.yaml", "models/b.yml"]
    repo.write("convcost.toml", 'models = "models/b.yml"\n')
    assert list(limits(run)) == ["models/b.yml"]


def test_a_model_that_is_named_is_never_passed_over(run: Run, repo: Repository):
    repo.write("models/a.yaml", spec().replace("input: [3, 8, 8]\n", ""))
    repo.write("convcost.toml", 'models = ["models/*.yaml"]\n')
    ran = run("check")
    assert ran.code == 2
    assert "a spec needs `input:`" in ran.err
    assert run("check", "models").code == 3


@pytest.mark.parametrize(
    ("pattern", "path", "does"),
    [
        ("a/*.yaml", "a/x.yaml", True),
        ("a/*.yaml", "a/b/x.yaml", False),
        ("*.yaml", "a/x.yaml", False),
        ("**/*.yaml", "x.yaml", True),
        ("**/*.yaml", "a/b/x.yaml", True),
        ("a/**/x.yaml", "a/x.yaml", True),
        ("a/**/b/*", "a/c/b/d/b/x.yaml", True),
        ("a/**/b/x.yaml", "a/c/x.yaml", False),
        ("./a/", "a/b/x.yaml", True),
        ("a/[bc]?.yaml", "a/b1.yaml", True),
        ("a", "ab/x.yaml", False),
        ("../m/*.yaml", "../m/x.yaml", True),
        ("A.yaml", "a.yaml", False),
    ],
)
def test_patterns_of_paths(pattern: str, path: str, does: bool):
    assert matches(pattern, path) is does


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            'budget = {params = "4 K"}',
            "convcost.toml:1:20: `4 K` has the unit `K`: write `k`\n"
            '    1 | budget = {params = "4 K"}\n      |                    ^^^^^\n',
        ),
        (
            "[budget]\nparamz = 3",
            "convcost.toml:2:1: budget knows no figure `paramz`\n    2 | paramz = 3\n"
            "      | ^^^^^^\n  a figure with a similar name exists: `params`\n",
        ),
        (
            'modles = ["a.yaml"]',
            "convcost.toml:1:1: a configuration has no key `modles`\n"
            '    1 | modles = ["a.yaml"]\n      | ^^^^^^\n'
            "  a key with a similar name exists: `models`\n",
        ),
        (
            "models = [3]",
            'convcost.toml:1:11: models is a path or a list of them, as in ["models/*.yaml"], and '
            "here is `3`\n    1 | models = [3]\n      |           ^\n",
        ),
        (
            "[budget]\nmodels = [3]",
            'convcost.toml:2:11: models is a path or a list of them, as in ["models/*.yaml"], and '
            "here is `3`\n    2 | models = [3]\n      |           ^\n",
        ),
        (
            "budget = 3",
            "convcost.toml:1:10: budget is a mapping, and here is `3`\n    1 | budget = 3\n"
            "      |          ^\n",
        ),
        (
            '[[budget]]\n[[budget]]\n[budget.ops."relu"]\nmacs.max_increase = "5%"',
            "convcost.toml:4:21: `5%` lacks the sign of an increase: write `+5%`\n"
            '    4 | macs.max_increase = "5%"\n      |                     ^^^^\n',
        ),
        (
            "a = \n",
            "convcost.toml:1:5: this is not TOML: Invalid value\n    1 | a =\n      |     ^\n",
        ),
        (
            'a = """\n',
            "convcost.toml:2:1: this is not TOML: Unterminated string\n    2 | \n      | ^\n",
        ),
    ],
)
def test_mistakes_say_where(run: Run, repo: Repository, text: str, says: str):
    repo.write("a.yaml", spec())
    repo.write("convcost.toml", text)
    assert run("check") == (2, "", says)


def test_configurations_that_are_none(run: Run, repo: Repository):
    repo.write("a.yaml", spec())
    assert run("check", "--config", "x.toml") == (2, "", "x.toml: there is no such file\n")
    repo.write("pyproject.toml", "[tool.x]\n")
    none = "pyproject.toml: has no [tool.convcost]\n"
    assert run("check", "--config", "pyproject.toml") == (2, "", none)
    repo.write("convcost.toml", "a = " + "[" * 100_000)
    assert run("check") == (2, "", "convcost.toml: nested too deep\n")
    repo.write("convcost.toml", b"a = \xff")
    assert "is not UTF-8 text" in run("check").err


# What TOML means is known to tomllib; where it stands, to nobody else: so a text is put together of
# parts whose places are known.
STRINGS = st.text(st.characters(codec="utf-8", exclude_characters="\x7f", min_codepoint=32))
SCALARS = st.one_of(
    st.integers(0, 10**9).map(str),
    st.booleans().map(lambda yes: "true" if yes else "false"),
    st.sampled_from(["1.5", "'4M'", "'''a\n'b''''", '"""x\\"""" # """', "1979-05-27 07:32:00"]),
    STRINGS.map(json.dumps).filter(lambda text: "\\ud" not in text),
)
GAPS = st.sampled_from(["", " ", "\t"])


@st.composite
def values(draw: st.DrawFn) -> str:
    def inner(depth: int) -> str:
        kind = draw(st.sampled_from(["scalar", "array", "table"] if depth else ["scalar"]))
        parts = [inner(depth - 1) for _ in range(draw(st.integers(0, 3)))] if depth else []
        if kind == "array":
            gap = draw(st.sampled_from(["", " ", "\n", " # ],\n"]))
            return f"[{gap}{f',{gap}'.join(parts)}{gap}]"
        if kind == "table":
            keys = draw(st.sampled_from([("a", "b", "c"), ('"a.b"', "a", "'='")]))
            pairs = [
                f"{key}{draw(GAPS)}={draw(GAPS)}{p}" for key, p in zip(keys, parts, strict=False)
            ]
            return f"{{{', '.join(pairs)}}}"
        text = draw(SCALARS)
        return text.partition(" # ")[0] if depth < 2 else text

    return inner(draw(st.integers(0, 2)))


def plain(node: Node, text: str) -> object:
    """The values of nodes, read again from the text at the places that they report."""
    if isinstance(node, Mapping):
        return {key: plain(value, text) for key, (_, value) in node.entries.items()}
    if isinstance(node, List):
        return [plain(item, text) for item in node.items]
    assert isinstance(node, Scalar)
    start = node.file.offset(node.line, node.column)
    return tomllib.loads(f"v = {text[start : start + node.width]}")["v"]


@given(st.lists(values(), max_size=4), st.data())
def test_every_value_is_where_it_is_said_to_be(parts: list[str], data: st.DataObject):
    heads = ["", "[t]\n", "[t.u] # x\n", "[[x]]\n", '[[x."y z"]]\n', "[x.w]\n"]
    text = "# begin\r\n"
    tables = data.draw(st.lists(st.sampled_from(heads), unique=True, max_size=4))
    for table in sorted(tables, key=heads.index):
        text += table
        for number, part in enumerate(parts):
            text += f"k{number}.'d' ={part} # end\n"
        if table:
            continue
    try:
        wanted = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    assert plain(read_toml(File("x.toml", text)), text) == wanted


def test_a_budget_of_no_model_is_a_gate_that_never_closes(run: Run, repo: Repository):
    text = '[[budget]]\nmodels = ["old/*", "b.yaml"]\nparams = 1\n'
    repo.write("a.yaml", spec())
    repo.write("convcost.toml", text)
    ran = run("check")
    assert (ran.code, ran.err) == (
        2,
        "convcost.toml:2:10: budget: no model matches `old/*` or `b.yaml`\n",
    )
    assert "\n\nno limit  a.yaml  small\n" in ran.out  # what is known is told all the same
    assert run("check", "a.yaml").code == 0  # of models that are not asked for nothing is known
    repo.write("b.yaml", spec())
    assert run("check").code == 1
