"""Each command where streams, locales, Python or folders are not as usual: the right exit code, the
right stream, and never a traceback."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest
from repository import SETTINGS
from running import PROGRAM, ROOT, Ran, environment

from convcost.cli.app import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SPEC = "net.yaml"
ASKED = {
    "alternatives": [SPEC],
    "analyze": [SPEC],
    "badge": [SPEC],
    "baseline": [SPEC],
    "calibrate": ["measured.csv", "--device", "rtx3090"],
    "check": [SPEC],
    "compare": [SPEC, "@3x16x16"],
    "expand": [SPEC],
    "explain": ["deform_conv"],
    "export": [SPEC, "--to", "torch"],
    "fit": [SPEC, "--budget", "macs=1M", "--vars", "side"],
    "history": [SPEC],
    "init": [SPEC],
    "lint": [SPEC],
    "new": ["unet"],
    "rank": [SPEC, "@3x16x16"],
    "reconcile": [SPEC],
    "rf": [SPEC],
    "run": [SPEC, "--input", "in.npy"],
    "schema": ["--output", "analyze"],
    "specs": [],
    "sweep": [SPEC, "side=8,16"],
    "verify": [SPEC],
    "view": [SPEC, "--no-open", "-o", "net.html"],
}
"""An example of each command, in a folder that has these files."""

WITHOUT_RESULT = {"init", "new"}
"""Commands that print nothing, as a file is their result."""

CODES = {"check": 1, "lint": 1}  # of a spec that does not keep what it expects
"""Exit codes of those that do not end with 0."""

OTHERS: dict[str, list[str]] = {
    words: [] for words in ("--help", "--version", "analyze --help", "run --help")
}
LINES = {**ASKED, **OTHERS}
every_command = pytest.mark.parametrize("command", LINES)

EXPECT = "expect: {params: 1}"
NET = f"""
name: é ✓
input: [3, 8, 8]
{EXPECT}
layers:
  - op: conv
    out_channels: 4
    kernel_size: 3
  - op: relu
    name: zuletzt_ß
"""
NAMES = ("alexnet", "resnet18", "resnet50", "vgg16", SPEC)
MEASURED = "\n".join(("model,batch,time_ms", *(f"{name},1,10" for name in NAMES)))
NO_FOLDER = b"the working directory cannot be found"
CLOSED = "standard output: cannot be written: it is closed\n"
FULL = "standard output: cannot be written: No space left on device\n"
full = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a system without /dev/full")


def test_every_command_has_an_example() -> None:
    missing = {*COMMANDS} - {*ASKED}
    assert not missing, f"tests/cli/test_environments.py: add {', '.join(sorted(missing))} to ASKED"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the files of the examples."""
    return filled(tmp_path)


def filled(folder: Path) -> Path:
    (folder / SPEC).write_text(NET, encoding="utf-8")
    (folder / "measured.csv").write_text(MEASURED, encoding="utf-8")
    np.save(folder / "in.npy", np.ones((3, 8, 8), np.float32))
    for words in (["init", "-q"], ["add", SPEC], ["commit", "-qm", "a network"]):
        env = {**os.environ, **SETTINGS}
        subprocess.run(["git", *words], cwd=folder, env=env, check=True)
    return folder


def without_results(folder: Path) -> None:
    """A folder without the files that `init` and `new` make, and do not write over."""
    for made in ("convcost.toml", "unet.yaml"):
        (folder / made).unlink(missing_ok=True)


def words_of(command: str) -> list[str]:
    return [*PROGRAM, *command.split(), *LINES[command]]


def shell(folder: Path, command: str, redirected: str = "", **env: str) -> Ran:
    """Run a command as a shell does, its output piped unless redirected."""
    without_results(folder)
    line = f"{shlex.join(words_of(command))} {redirected}"
    done = subprocess.run(
        ["sh", "-c", line], cwd=folder, capture_output=True, check=False, env=environment(env)
    )
    assert b"Traceback" not in done.stderr
    assert b"defect" not in done.stderr
    assert b"Exception ignored" not in done.stderr
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Ran]:
    """The result of a command in the usual environment."""
    folder = filled(tmp_path_factory.mktemp("plain"))

    @cache
    def run(command: str) -> Ran:
        ran = shell(folder, command)
        assert ran.code == CODES.get(command, 0), ran.err
        assert (command in WITHOUT_RESULT) == (not ran.out)
        return ran

    return run


@every_command
@full
def test_results_that_cannot_be_written(folder: Path, command: str) -> None:
    for redirected, said in ((">&-", CLOSED), (">/dev/full", FULL)):
        code, out, err = shell(folder, command, redirected)
        assert out == ""
        if command in WITHOUT_RESULT:
            assert code == 0
        else:
            assert (code, err[-len(said) :]) == (2, said)


@full
def test_neither_results_nor_messages_can_be_written(folder: Path) -> None:
    for redirected in (">&- 2>&-", ">&- 2>/dev/full", ">/dev/full 2>&-", ">/dev/full 2>/dev/full"):
        assert shell(folder, "analyze", redirected) == (2, "", "")


@every_command
@full
def test_messages_that_cannot_be_written(
    folder: Path, plain: Callable[[str], Ran], command: str
) -> None:
    usual = plain(command)
    for redirected in ("2>&-", "2>/dev/full"):
        assert shell(folder, command, redirected) == (usual.code, usual.out, "")


@every_command
def test_a_reader_that_goes_away(folder: Path, command: str) -> None:
    if command in WITHOUT_RESULT:
        return
    reader, writer = os.pipe()
    os.close(reader)
    with subprocess.Popen(
        words_of(command), cwd=folder, stdout=writer, stderr=subprocess.PIPE, env=environment({})
    ) as process:
        os.close(writer)
        _, said = process.communicate()
    assert process.returncode == -signal.SIGPIPE
    assert b"Error" not in said


@every_command
def test_without_docstrings_and_with_warnings_as_errors(
    folder: Path, plain: Callable[[str], Ran], command: str
) -> None:
    usual = plain(command)
    assert shell(folder, command, PYTHONOPTIMIZE="2", PYTHONWARNINGS="error") == usual


@every_command
def test_an_encoding_of_nothing_but_ascii(
    folder: Path, plain: Callable[[str], Ran], command: str
) -> None:
    usual = plain(command)
    env = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    ran = shell(folder, command, PYTHONIOENCODING="ascii:strict", **env)
    assert ran.code == usual.code
    assert (ran.out + ran.err).isascii()
    assert len(ran.out.splitlines()) == len(usual.out.splitlines())


@every_command
def test_a_terminal_of_no_width(
    folder: Path, command: str, on_terminal: Callable[..., str]
) -> None:
    (folder / SPEC).write_text(NET.replace(EXPECT, ""), encoding="utf-8")
    for columns in ("1", "1000000000", *(["0", "-5", "wide"] if command == "analyze" else [])):
        without_results(folder)
        words = words_of(command)[len(PROGRAM) :]
        assert on_terminal(*words, cwd=folder, COLUMNS=columns, LINES="0")


@every_command
def test_no_home_no_place_for_temporary_files_and_a_deleted_folder(
    folder: Path, command: str
) -> None:
    gone = folder / "gone"
    gone.mkdir()
    files = (SPEC, "in.npy", "measured.csv")
    words = [str(folder / w) if w in files else w for w in words_of(command)]
    line = f"rmdir {shlex.quote(str(gone))} && unset HOME && exec {shlex.join(words)}"
    done = subprocess.run(
        ["sh", "-c", line],
        cwd=gone,
        capture_output=True,
        check=False,
        env=environment({"TMPDIR": "/nonexistent"}),
    )
    if done.returncode != CODES.get(command, 0):
        assert done.returncode == 2
        written = {"new": b"unet.yaml", "view": b"net.html"}
        where = written[command] + b": cannot be written" if command in written else NO_FOLDER
        assert done.stderr.startswith(where + b": No such file")


@pytest.mark.parametrize("level", ["1", "2"])
@pytest.mark.slow
def test_explanations_without_docstrings(level: str) -> None:
    """Of all ops and of the schema, which shows the words of ops as well."""
    code = (
        "from convcost.analysis.explain.layer import explain_op\n"
        "from convcost.ops import OPS\n"
        "from convcost.spec.schema import schema\n"
        "print(schema(), *(tuple(explain_op(name)) for name in OPS), sep='\\n')"
    )
    texts = [
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            capture_output=True,
            check=True,
            env=environment({"PYTHONOPTIMIZE": optimize}),
        ).stdout
        for optimize in ("", level)
    ]
    assert texts[0] == texts[1]
    assert len(texts[0]) > 100_000


@pytest.mark.slow
def test_without_docstrings_and_without_sources_it_says_so(tmp_path: Path) -> None:
    import compileall

    shutil.copytree(ROOT / "convcost", tmp_path / "convcost")
    compileall.compile_dir(tmp_path / "convcost", quiet=1, legacy=True, optimize=2)
    for source in (tmp_path / "convcost").rglob("*.py"):
        if "formats" not in source.parts:  # which are found by their files
            source.unlink()
    env = environment({"PYTHONPATH": str(tmp_path), "PYTHONOPTIMIZE": "2"})
    words = [*PROGRAM, "explain", "conv"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, check=False, env=env)
    assert done.returncode == 2
    assert done.stderr.startswith(
        b"explanations and help are docstrings, which Python drops with -OO"
    )


def test_standard_input_that_is_closed(folder: Path) -> None:
    line = f"{shlex.join(PROGRAM)} analyze - <&-"
    done = subprocess.run(
        ["sh", "-c", line], cwd=folder, capture_output=True, check=False, text=True
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "standard input: cannot be read: it is closed\n"


def test_closed_streams_are_no_files_of_the_command(folder: Path) -> None:
    """The next file that is opened would have the number of a stream that is closed."""
    code = "import os; from convcost.cli.streams import prepare; prepare(); os._exit(os.dup(0))"
    words = f"{shlex.quote(sys.executable)} -c {shlex.quote(code)}"
    for closed in (">&-", "2>&-", "<&- >&- 2>&-"):
        done = subprocess.run(["sh", "-c", f"{words} {closed}"], cwd=folder, check=False)
        assert done.returncode > 2, closed


def test_plots_on_a_terminal_of_no_width(on_terminal: Callable[..., str]) -> None:
    assert on_terminal("rf", "specs/examples/transposed.yaml", COLUMNS="1")
