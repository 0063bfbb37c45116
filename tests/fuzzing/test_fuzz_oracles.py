"""The fuzzer sees what it is to see: answers that are wrong in one way each."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from convcost.analysis.analyze import cost
from fuzz.case import Input
from fuzz.commands import Ran, run
from fuzz.minimise import minimised
from fuzz.oracles import Broken, broken
from fuzz.sequels import broken as broken_after
from fuzz.session import again, played
from fuzz.small import NET, ONNX

if TYPE_CHECKING:
    from pathlib import Path

    from fuzz.case import Line

ANALYZE = ("analyze", "net.yaml")
SMALL = b"input: [1]\nname: x\nlayers:\n  - sigmoid\n  - {op: relu, name: unit}\nbudget: {}\n"
GOOD = Ran(0, b"a table\n", b"")
WRONG: list[tuple[str, Line, Ran]] = [
    ("no_defect", ANALYZE, Ran(2, b"", b"which is a defect of convcost: KeyError\n")),
    ("no_traceback", ANALYZE, Ran(2, b"", b"Traceback (most recent call last):\n")),
    ("no_traceback", ANALYZE, Ran(2, b"", b"said\n", "KeyError: 'a'")),
    ("documented_code", ANALYZE, GOOD._replace(code=4)),
    ("failure_has_a_message", ANALYZE, Ran(2, b"", b"")),
    ("failure_has_a_message", ANALYZE, Ran(2, b"", b"cut")),
    ("failure_prints_nothing", ANALYZE, Ran(2, b"half a table\n", b"said\n")),
    ("nothing_commands_a_terminal", ANALYZE, GOOD._replace(err=b"a \x1b[31m\n")),
    ("nothing_commands_a_terminal", ANALYZE, GOOD._replace(out=b"\xff\n")),
    ("a_format_parses", ANALYZE, GOOD._replace(out=b"no end")),
    ("a_format_parses", (*ANALYZE, "--format", "json"), GOOD),
    ("a_format_parses", (*ANALYZE, "--format", "json"), GOOD._replace(out=b"{}\n")),
    ("a_format_parses", ("check", "--format", "sarif"), GOOD._replace(out=b'{"a": NaN}\n')),
    ("a_format_parses", ("check", "--format", "junit"), GOOD._replace(out=b"<a>\n")),
    ("a_format_parses", ("lint", "--format", "github"), GOOD),
    ("a_format_parses", (*ANALYZE, "--format", "csv"), GOOD._replace(out=b"a,b\nc\n")),
    ("verified", ("verify", "net.yaml"), Ran(1, b"2 checks disagree\n", b"")),
    ("algorithms_agree", ("explain", "net.yaml", "a", "--algorithms"), GOOD._replace(code=1)),
]


@pytest.mark.parametrize(("what", "line", "ran"), WRONG)
def test_a_wrong_answer_is_seen(what: str, line: Line, ran: Ran) -> None:
    assert what in [found.what for found in broken(line, ran)]


def test_right_answers_are_not_complained_of() -> None:
    assert not list(broken(ANALYZE, GOOD))
    assert not list(broken(ANALYZE, Ran(2, b"", b"net.yaml: there is no such file\n")))
    assert not list(broken(("verify", "net.yaml"), Ran(1, b"there is nothing to confirm\n", b"")))
    for given in (Input("text", ".yaml", NET.encode()), Input("onnx", ".onnx", ONNX)):
        assert not list(played(given, lambda line: "--format" not in line))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "net.yaml").write_text(NET)
    return tmp_path


def test_an_expanded_spec_that_differs_is_seen(folder: Path) -> None:
    def runner(line: Line) -> Ran:
        return run(line, folder)

    right = runner(("expand", "net.yaml"))
    for old, new in ((b"out_features: 2", b"out_features: 3"), (b"input:", b"inputs:")):
        wrong = right._replace(out=right.out.replace(old, new))
        assert wrong != right
        (found,) = broken_after(("expand", "net.yaml"), wrong, folder, runner)
        assert found.what == "expanded_reads_back"


def test_bytes_that_are_not_those_of_a_shape_are_seen(folder: Path) -> None:
    line = ("analyze", "net.yaml", "--format", "json")
    right = run(line, folder)
    document = json.loads(right.out)
    document["layers"][0]["activation_bytes"] += 4
    wrong = right._replace(out=json.dumps(document).encode())
    (found,) = broken_after(line, wrong, folder, lambda line: run(line, folder))
    assert found.what == "memory_is_what_outputs_take"


def test_figures_that_differ_from_their_own_baseline_are_seen(folder: Path) -> None:
    right = run(("baseline", "net.yaml"), folder)
    wrong = right._replace(out=right.out.replace(b'"params": ', b'"params": 1', 1))
    (found,) = broken_after(("baseline", "net.yaml"), wrong, folder, lambda line: run(line, folder))
    assert found.what == "baseline_has_not_grown"


def test_a_fault_is_found_and_made_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: networks with a residual cannot be analysed."""
    right = cost.analyze

    def analyze(network: object, **asked: object) -> object:
        if any(layer.name.startswith("unit") for layer in network.layers):  # type: ignore[attr-defined]
            raise KeyError("unit")
        return right(network, **asked)  # type: ignore[arg-type]

    monkeypatch.setattr(cost, "analyze", analyze)
    given = Input("text", ".yaml", SMALL)
    (found,) = again(given, ("analyze", "text.yaml"))
    assert (found.what, found.cause.split()[1]) == ("no_defect", "KeyError")
    smaller = minimised(given, found).data
    assert b"unit" in smaller
    assert not any(word in smaller for word in (b"sigmoid", b"budget", b"name: x"))


def test_what_is_not_found_again_stays_as_it_is() -> None:
    given = Input("text", ".yaml", NET.encode())
    assert minimised(given, Broken("no_defect", ANALYZE, "", "another")) == given
