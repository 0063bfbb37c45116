"""Running the command line, inside this process or as one of its own."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import struct
import subprocess
import sys
import termios
from typing import TYPE_CHECKING

import pytest
from factories import made as made
from factories import scratch as scratch
from repository import SETTINGS, Repository
from running import PROGRAM, ROOT, Ran, environment

from convcost.cli import app

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """Run a command line inside this process."""

    def run(*arguments: str | Path, stdin: str = "") -> Ran:
        monkeypatch.setattr(sys, "argv", ["convcost", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        monkeypatch.setattr(app._State, "debug", False)  # pyright: ignore[reportPrivateUsage]
        capsys.readouterr()
        with pytest.raises(SystemExit) as stopped:
            app.main()
        out, err = capsys.readouterr()
        return Ran(int(stopped.value.code or 0), out, err)

    return run


@pytest.fixture
def spawn() -> Callable[..., Ran]:
    """Run a command line as a process, its output piped."""

    def spawn(*arguments: str | Path, stdin: str = "", cwd: Path = ROOT, **env: str) -> Ran:
        done = subprocess.run(
            [*PROGRAM, *map(str, arguments)],
            input=stdin.encode(),
            capture_output=True,
            cwd=cwd,
            env=environment(env),
            check=False,
        )
        encoding = env.get("PYTHONIOENCODING", "utf-8")
        return Ran(done.returncode, done.stdout.decode(encoding), done.stderr.decode(encoding))

    return spawn


@pytest.fixture
def on_terminal() -> Callable[..., str]:
    """A function that returns the output of a command line on a terminal of some width."""

    def show(*arguments: str | Path, width: int = 80, cwd: Path = ROOT, **env: str) -> str:
        reader, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
        process = subprocess.Popen(
            [*PROGRAM, *map(str, arguments)],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            cwd=cwd,
            env=environment(env),
        )
        os.close(terminal)
        shown = b""
        try:
            while part := os.read(reader, 1 << 16):
                shown += part
        except OSError:  # Linux says so where the other end is closed
            pass
        finally:
            os.close(reader)
        assert process.wait() == 0
        return shown.decode().replace("\r\n", "\n")

    return show


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """An empty repository in which the command runs."""
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    repository = Repository(tmp_path / "repo")
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.chdir(repository.folder)
    return repository


@pytest.fixture
def net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a spec, in the folder in which commands run."""
    (tmp_path / "convcost.toml").write_text("")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "net.yaml"
