"""A real git repository for tests, made by git itself."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.org",
    "GIT_AUTHOR_DATE": "2024-01-01T00:00:00Z",
    "GIT_COMMITTER_DATE": "2024-01-01T00:00:00Z",
}

SPEC = """\
name: small
input: [3, 8, 8]
vars: {{width: {width}}}
layers:
  - {{op: conv, name: stem, out_channels: width, kernel_size: 3, bias: false}}
  - relu
  - {{op: conv, name: head, out_channels: 2, kernel_size: 1, bias: false}}
budget: {budget}
"""


def spec(width: int = 4, budget: str = "{}") -> str:
    """A spec of 27 x width + 2 x width params, and 36 times as many macs."""
    return SPEC.format(width=width, budget=budget)


class Repository:
    """A repository in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / ".git").exists():
            self.git("init", "--initial-branch=main")

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.folder,
            env={**os.environ, **SETTINGS},
            capture_output=True,
            check=True,
            text=True,
        )
        return done.stdout.strip()

    def write(self, path: str, content: str | bytes) -> Path:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def commit(self, **files: str | bytes) -> str:
        """Commit everything; ``a_yaml="..."`` writes ``a.yaml`` first."""
        for name, content in files.items():
            self.write(name.replace("__", "/").replace("_", "."), content)
        self.git("add", "--all")
        self.git("commit", "--allow-empty", "--message", "a change")
        return self.git("rev-parse", "HEAD")
