"""A sweep in a terminal that is interrupted with Ctrl+C and resumed, as a person does it."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

pty = pytest.importorskip("pty", reason="there are no pseudo terminals here")

NET = """input: [4, 64, 64]
vars: {a: 8, b: 3}
layers:
  - {op: conv, out_channels: a, kernel_size: 3}
  - {op: conv, out_channels: b, kernel_size: 3}
"""
ASKED = (
    *("net.yaml", "a=1:2000:1", "b=1:2000:1", "batch=1:2:1"),
    *("--where", "macs < 40M", "--metrics", "macs,params"),
)
"""Eight million candidates, which take some seconds; a few hundred thousand are kept."""
IN_A_TERMINAL = """
import fcntl, os, sys, termios
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, "-m", "convcost", *sys.argv[1:]])
"""
PATIENCE = 120  # seconds; a busy machine takes its time


class Terminal:
    """A command in a pseudo terminal, and what it has shown."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.primary, secondary = pty.openpty()
        self.shown = b""
        self.process = subprocess.Popen(
            [sys.executable, "-c", IN_A_TERMINAL, *words],
            cwd=folder,
            stdin=secondary,
            stdout=secondary,
            stderr=secondary,
            env={**os.environ, "TERM": "xterm", "COLUMNS": "80", "LINES": "24"},
        )
        os.close(secondary)

    def until(self, holds: object) -> None:
        """Read what it shows until something holds, or it has ended."""
        end = time.monotonic() + PATIENCE
        while not (callable(holds) and holds()):
            assert time.monotonic() < end, self.shown
            if not select.select([self.primary], [], [], 0.02)[0]:
                continue
            try:
                self.shown += os.read(self.primary, 65536)
            except OSError:  # it has ended
                return

    def press(self, keys: bytes) -> None:
        os.write(self.primary, keys)

    def ended(self) -> int:
        """Its exit code."""
        self.until(lambda: False)
        os.close(self.primary)
        return self.process.wait(PATIENCE)


def in_a_pipe(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "convcost", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sweep")
    (path / "net.yaml").write_text(NET)
    ran = in_a_pipe(path, "sweep", *ASKED, "-o", "whole.csv")
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")  # no bar in a pipe
    return path


def interrupted(folder: Path, out: str) -> Terminal:
    """A sweep that was interrupted once it had saved something."""
    terminal = Terminal(folder, "sweep", *ASKED, "-o", out)
    terminal.until(lambda: (folder / f"{out}.sweep").exists() and b"pricing" in terminal.shown)
    terminal.press(b"\x03")
    return terminal


@pytest.mark.parametrize("out", ["rows.csv", "rows.json"])
def test_ctrl_c_and_resume(folder: Path, out: str) -> None:
    before = {*folder.glob(".convcost.*")}
    terminal = interrupted(folder, out)
    assert terminal.ended() == 128 + signal.SIGINT
    assert b"0:00:" in terminal.shown  # the bar says how long it will take
    assert b"\x1b[?25h" in terminal.shown.partition(b"^C")[2]  # the cursor is there again
    assert b"Traceback" not in terminal.shown
    assert b"--resume" in terminal.shown
    assert not (folder / out).exists()
    assert {*folder.glob(".convcost.*")} == before
    resumed = Terminal(folder, "sweep", *ASKED, "-o", out, "--resume")
    assert resumed.ended() == 0
    assert {path.name for path in folder.glob(f"{out}*")} == {out}
    if out == "rows.csv":
        assert (folder / out).read_bytes() == (folder / "whole.csv").read_bytes()
    else:
        lines = (folder / "whole.csv").read_text().splitlines()
        assert (folder / out).read_text().count("\n    [") == len(lines) - 1


def test_killed_and_resumed(folder: Path) -> None:
    """Whatever was being written: rows that the state does not know of are cut off."""
    out = "killed.csv"
    terminal = Terminal(folder, "sweep", *ASKED, "-o", out)
    terminal.until(lambda: (folder / f"{out}.sweep").exists())
    terminal.process.kill()
    assert terminal.ended() == -signal.SIGKILL
    with (folder / f"{out}.sweep.rows").open("ab") as file:
        file.write(b"half a block")
    ran = in_a_pipe(folder, "sweep", *ASKED, "-o", out, "--resume")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert (folder / out).read_bytes() == (folder / "whole.csv").read_bytes()


def test_rows_that_are_missing_are_said_to_be(folder: Path) -> None:
    out = "missing.csv"
    assert interrupted(folder, out).ended() == 128 + signal.SIGINT
    (folder / f"{out}.sweep.rows").write_bytes(b"")
    ran = in_a_pipe(folder, "sweep", *ASKED, "-o", out, "--resume")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith("missing.csv.sweep: is not an interrupted sweep")
