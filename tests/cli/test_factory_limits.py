"""`check --run-code`: time and memory of factories are bounded, and interpreters are named."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from factories import CONFIG, MOBILENET, NAME, RESNET, document, factory, network, refused
from running import PROGRAM, environment

import convcost

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from repository import Repository
    from running import Ran

    Run = Callable[..., Ran]


def test_time_is_bounded(run: Run, made: Repository, scratch: Path):
    code = "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'while 1: print(1)'])\n"
    factory(made, code, "timeout = 1\n")
    assert refused(run).startswith(
        f"convcost.toml:2:11: the factory `{NAME}`: it still ran after 1 s and was stopped\n"
        "  `timeout = 4` beside it lets it run longer\n"
        "  it printed: 1\n"
    )
    assert list(scratch.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="a system that may not bound memory")
def test_memory_is_bounded(run: Run, made: Repository):
    code = "def build():\n    return [bytearray(1 << 20) for _ in range(4096)]\n"
    factory(made, code, 'memory = "256 MiB"\n')
    assert refused(run) == (
        f"convcost.toml:2:11: the factory `{NAME}`: it took more memory than it may (256 MiB)\n"
        '  `memory = "..."` beside it lets it take more'
    )


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_whatever_ends_it_leaves_nothing_behind(
    made: Repository, tmp_path: Path, how: signal.Signals
):
    made.write(
        "nets/small.py",
        "import os, time\nopen('pid', 'w').write(str(os.getpid()))\ntime.sleep(600)\n",
    )
    made.commit()
    made.write("other", "")
    folder = tmp_path / "left"
    folder.mkdir()
    given = environment({"TMPDIR": str(folder)})
    process = subprocess.Popen([*PROGRAM, "check", "--run-code", "--base", "HEAD"], env=given)
    pid = made.folder / "pid"
    for _ in range(1000):
        if pid.exists() and pid.read_text():
            break
        time.sleep(0.02)
    process.send_signal(how)
    assert process.wait() != 0
    assert list(folder.iterdir()) == []
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


def interpreter(folder: Path) -> Path:
    """An interpreter of its own, which leaves a file behind where it runs."""
    python = folder / "env" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\ntouch "{folder}/used"\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    return python


@pytest.mark.skipif(os.name != "posix", reason="a script stands in for an interpreter")
@pytest.mark.parametrize("how", ["table", "option", "name", "baseline", "api"])
def test_the_interpreter_of_a_factory(
    run: Run, made: Repository, monkeypatch: pytest.MonkeyPatch, how: str
):
    python = interpreter(made.folder)
    inside = "env/bin/python"
    if how == "table":
        made.write("convcost.toml", CONFIG.replace("\n\n", f'\npython = "{inside}"\n\n'))
        assert run("check", "--run-code").code == 0
    elif how == "option":
        assert run("check", "--run-code", "--python", inside).code == 0
    elif how == "name":
        monkeypatch.setenv("PATH", str(python.parent), prepend=os.pathsep)
        assert run("check", "--run-code", "--python", "python").code == 0
    elif how == "baseline":
        assert run("baseline", "--run-code", "--python", inside).code == 0
    else:
        assert not convcost.check(run_code=True, python=inside).is_failed
    assert (made.folder / "used").exists()


def test_the_interpreter_makes_the_base_too(run: Run, made: Repository):
    python = interpreter(made.folder)
    made.write(".gitignore", "ran\nenv\nused\n")
    table = CONFIG.replace("\n\n", '\npython = "env/bin/python"\n\n')
    made.write("convcost.toml", table)
    made.commit()
    made.write("nets/.small.pt2", network("resnet18"))
    (made.folder / "used").unlink(missing_ok=True)
    growth = document(run, "--base", "main")["models"][0]["limits"][1]
    assert (growth["value"], growth["before"]) == (RESNET, MOBILENET)
    assert python.exists()  # it is in no revision
    assert (made.folder / "used").exists()


def test_interpreters_that_there_are_not(run: Run, made: Repository):
    said = refused(run, "--python", "env/bin/python")
    where = made.folder / "env/bin/python"
    head = "convcost.toml:2:11: the factory `nets.small:build`: there is no interpreter"
    assert said == f"{head} {where}"
    said = refused(run, "--python", "python-x")
    assert said == f"{head} python-x in PATH, nor {made.folder}/python-x"
    made.write("convcost.toml", CONFIG.replace("\n\n", "\npython = 3\n\n"))
    wanted = 'python is the path or the name of an interpreter, as in ".venv/bin/python"'
    assert f"convcost.toml:3:10: {wanted}, and here is `3`" in refused(run)
    assert "is for --run-code" in run("check", "--python", "python3").err
