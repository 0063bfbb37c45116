"""Exit codes, and messages on stderr: sentences, never a traceback."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from running import ROOT, environment

from convcost.analysis.analyze import cost

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., tuple[int, str, str]]

GOOD = """
name: good
input: [3, 8, 8]
vars: {width: 4}
layers:
  - {op: conv, name: stem, out_channels: width, kernel_size: 3}
"""


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.yaml"
    path.write_text(GOOD)
    return path


def refused(ran: tuple[int, str, str]) -> str:
    """The message of a command that ended as bad usage does."""
    code, out, err = ran
    assert (code, out) == (2, "")
    assert "Traceback" not in err
    assert "defect" not in err
    assert err.endswith("\n")
    return err


def test_success(run: Run, good: Path):
    code, out, err = run("analyze", good)
    assert (code, err) == (0, "")
    assert out.startswith("good   3x8x8 -> 4x6x6\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--set", "width=8", "--set", "width=2"],
        ["--input", "3x9x9"],
        ["--input", "input=3x9x9"],
        ["--batch", "4"],
        ["--sort", "macs", "--top", "1"],
        ["--format", "json"],
    ],
    ids=" ".join,
)
def test_every_option_is_taken(run: Run, good: Path, arguments: list[str]):
    code, out, err = run("analyze", good, *arguments)
    assert (code, err) == (0, "")
    assert out


def test_a_bad_spec_says_where(run: Run, tmp_path: Path):
    path = tmp_path / "bad.yaml"
    path.write_text(GOOD.replace("kernel_size: 3", "kernel_size: 30"))
    message = refused(run("analyze", path))
    assert message.startswith(f"{path}:6:")
    assert message == refused(run("expand", path))
    for format_ in ("json", "markdown", "csv"):
        assert message == refused(run("analyze", path, "--format", format_))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--set", "widht=8"], "no var `widht`"),
        (["--set", "width"], "'width' is not VAR=VALUE, such as width=0.75"),
        (["--set", "width=1 +"], "--set width=1 +: "),
        (["--set", "width=-1"], "width"),
        (["--input", "3xtallxwide"], "'3xtallxwide' is not a shape, such as 3x320x320"),
        (["--input", ""], "'' is not a shape"),
        (["--input", "3x-8x8"], "is not a shape"),
        (["--input", "3x0x8"], "3x0x8"),
        (["--input", "flow=3x8x8"], "there is no input `flow`"),
        (["--batch", "0"], "0 is not in the range x>=1"),
        (["--batch", "two"], "'two' is not a valid int"),
        (["--top", "0"], "0 is not in the range x>=1"),
        (["--format", "yaml"], "'yaml' is not one of"),
        (["--sort", "size"], "'size' is not one of"),
        (["--no-such-option"], "No such option"),
        (["another.yaml"], "another.yaml: there is no such file"),
    ],
)
def test_bad_options(run: Run, good: Path, arguments: list[str], says: str):
    assert says in refused(run("analyze", good, *arguments))


def test_files_that_cannot_be_read(run: Run, tmp_path: Path):
    missing = tmp_path / "missing.yaml"
    assert refused(run("analyze", missing)) == f"{missing}: there is no such file\n"
    assert "directory" in refused(run("rf", tmp_path))
    assert "empty" in refused(run("analyze", "-"))
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"\xff\xfe\x00\x80")
    refused(run("analyze", binary))


def test_no_command_and_an_unknown_one(run: Run):
    said = "Error: there is no command `analyse`; a command with a similar name exists: `analyze`\n"
    assert said in refused(run("analyse"))
    assert "Error: there is no command `zzz`\n" in refused(run("zzz"))
    assert "Missing argument" in refused(run("analyze"))
    code, _, err = run()
    assert code == 2
    assert "analyze" in err


@pytest.mark.parametrize("arguments", [["--help"], ["analyze", "--help"], ["expand", "-h"]])
def test_help_has_an_example_of_each_command(run: Run, arguments: list[str]):
    code, out, err = run(*arguments)
    assert (code, err) == (0, "")
    assert out.startswith("Usage: convcost")
    if len(arguments) > 1:
        assert re.search(rf"Examples?:\n    convcost {arguments[0]} [a-z]", out)


def test_claims_that_do_not_hold_are_warnings(run: Run, tmp_path: Path):
    path = tmp_path / "claims.yaml"
    path.write_text(f"{GOOD}expect: {{params: 7}}\nbudget: {{macs: 1}}\n")
    for format_ in ("text", "json", "markdown", "csv"):
        code, out, err = run("analyze", path, "--format", format_)
        assert code == 0
        assert "warning" not in out
        assert err == (
            f"warning: {path}: expect: params is 7, and the network has 112\n"
            f"warning: {path}: budget: macs is 3,888, 3,887 over the limit of 1\n"
        )
    assert run("expand", path)[::2] == (0, "")


def test_debug_shows_the_traceback_and_changes_no_exit_code(run: Run, tmp_path: Path):
    code, out, err = run("--debug", "analyze", tmp_path / "missing.yaml")
    assert (code, out) == (2, "")
    assert err.startswith("Traceback")
    assert err.endswith("missing.yaml: there is no such file\n")


def test_a_defect_is_a_sentence_too(run: Run, good: Path, monkeypatch: pytest.MonkeyPatch):
    def broken(network: object, **_: object) -> None:
        raise ValueError(f"no {type(network).__name__}")

    monkeypatch.setattr(cost, "analyze", broken)
    code, out, err = run("analyze", good)
    assert (code, out) == (2, "")
    assert err == (
        "convcost failed, which is a defect of convcost: ValueError: no Network\n"
        "  `convcost --debug ...` shows where: please report it\n"
    )
    code, out, err = run("--debug", "analyze", good)
    assert (code, out) == (2, "")
    assert err.startswith("Traceback")


INTERRUPTED = """
import os, signal, sys, time
from convcost.__main__ import main
{before}
print("up", flush=True)
main()
"""
IN_A_DESTRUCTOR = """
class Last:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(5)  # the handler runs here, and what it raises would be ignored
sys.setprofile(lambda *_: (sys.setprofile(None), Last()) if "yaml" in sys.modules else None)
"""


def interrupted(before: str) -> subprocess.Popen[str]:
    """A command that takes seconds, just before ``main`` is called."""
    code = INTERRUPTED.format(before=before)
    process = subprocess.Popen(
        [sys.executable, "-c", code, "verify", str(ROOT / "specs" / "vgg16.yaml")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment({}),
        text=True,
    )
    assert process.stdout
    assert process.stdout.readline() == "up\n"
    return process


@pytest.mark.parametrize(
    "module", ["convcost.cli.app", "yaml", "numpy", "convcost.execution.probe"]
)
def test_an_interrupt_ends_it_quietly(module: str):
    """At any moment after ``main`` is called: the moments are imports, as a clock would be late on
    a busy machine."""
    process = interrupted(
        f"sys.setprofile(lambda *_: {module!r} in sys.modules"
        " and (sys.setprofile(None), os.kill(os.getpid(), signal.SIGINT)))"
    )
    assert process.communicate() == ("", "")
    assert process.returncode == 130


def test_an_interrupt_while_exceptions_are_ignored():
    process = interrupted(IN_A_DESTRUCTOR)
    assert process.communicate() == ("", "")
    assert process.returncode == 130


@pytest.mark.parametrize(
    ("redirected", "code", "said"),
    [
        ("analyze {good} >&-", 2, "standard output: cannot be written: it is closed\n"),
        ("analyze {good} -o {good}.txt >&-", 0, ""),
        ("analyze {good}x 2>&-", 2, ""),
    ],
)
def test_closed_streams(redirected: str, code: int, said: str, good: Path):
    command = f"{sys.executable} -m convcost {redirected.format(good=good)}"
    done = subprocess.run(
        ["sh", "-c", command], capture_output=True, text=True, check=False, env=environment({})
    )
    assert (done.returncode, done.stdout, done.stderr) == (code, "", said)


@pytest.mark.parametrize(
    ("shape", "meant"),
    [("[224, 224, 3]", "[3, 224, 224]"), ("[1, 3, 64, 64]", "[3, 64, 64], and `--batch 1`")],
)
def test_inputs_as_other_tools_write_them_are_noticed(
    run: Run, tmp_path: Path, shape: str, meant: str
):
    path = tmp_path / "other.yaml"
    path.write_text(f"input: {shape}\nlayers: [{{op: conv, out_channels: 8, kernel_size: 1}}]\n")
    code, _, err = run("analyze", str(path))
    assert code == 0
    assert f"is it {meant}?" in err
    path.write_text(f"input: {shape}  # convcost: ignore[CC402,CC403]\nlayers: [relu]\n")
    assert run("analyze", str(path))[2] == ""
