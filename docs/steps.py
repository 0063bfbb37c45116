"""Pages whose steps are executed one after the other, in a repository of their own (run by cog)."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import weakref
from pathlib import Path
from typing import Any

from docs.generate import cut

ROOT = Path(__file__).parent.parent
FILE = re.compile(r"^```\w+\n(# (\S+)\n.*?)^```$", re.MULTILINE | re.DOTALL)
CONVCOST = 'convcost() { "$PYTHON" -m convcost "$@"; }\n'


class Steps:
    """The steps of a page, from an empty folder on.

    A fenced block whose first line is ``# models/small.yaml`` is that file, which is written before
    the first step below it.
    """

    def __init__(self, cog: Any) -> None:
        self._cog = cog
        self._folder = Path(tempfile.mkdtemp())
        weakref.finalize(self, shutil.rmtree, self._folder)
        self._written: set[str] = set()
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self._folder),
            "PYTHON": sys.executable,
            "PYTHONPATH": str(ROOT),
            "COLUMNS": "100",
            "NO_COLOR": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_PAGER": "cat",
        }
        for who in ("AUTHOR", "COMMITTER"):  # so that revisions have the same names every time
            self._environment |= {
                f"GIT_{who}_NAME": "You",
                f"GIT_{who}_EMAIL": "you@example.org",
                f"GIT_{who}_DATE": "2026-01-05T09:00:00Z",
            }

    def prepare(self, program: str) -> None:
        """Run a Python program in the folder, and put nothing out."""
        command = [sys.executable, "-c", program]
        subprocess.run(command, cwd=self._folder, env=self._environment, check=True)

    def copy(self, file: str, name: str) -> None:
        """Take a file of this repository along, under a name."""
        shutil.copy(ROOT / file, self._folder / name)

    def run(
        self,
        *commands: str,
        ends: int = 0,
        most: int | None = None,
        keep: tuple[str, ...] = (),
    ) -> None:
        """Put out commands and what they print; the last one ends with a code.

        ``most`` and ``keep`` are those of :func:`docs.generate.run`, for each command.
        """
        self._write()
        lines: list[str] = []
        for command in commands:
            done = subprocess.run(
                ["bash", "-c", CONVCOST + command],
                cwd=self._folder,
                env=self._environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            expected = ends if command == commands[-1] else 0
            if done.returncode != expected:
                raise RuntimeError(f"{command}: ended with {done.returncode}\n{done.stdout}")
            lines += [f"$ {command}", *cut(done.stdout, most, keep)]
        self._cog.out("\n```console\n" + "\n".join(lines) + "\n```\n")

    def _write(self) -> None:
        above = Path(self._cog.inFile).read_text().splitlines(keepends=True)
        for text, name in FILE.findall("".join(above[: self._cog.firstLineNum])):
            if name not in self._written:
                self._written.add(name)
                path = self._folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
