"""A picture of a real terminal: ``python3 -m docs.picture`` writes docs/terminal.svg."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import termios
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

ROOT = Path(__file__).parent.parent
COMMAND = ("analyze", "specs/resnet50.yaml")
COLUMNS, LINES = 96, 40


def seen() -> str:
    """Everything that a terminal of that size receives, colours included."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (LINES, COLUMNS))
    environment = {
        "PATH": os.environ["PATH"],
        "TERM": "xterm-256color",
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "convcost", *COMMAND]
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=ROOT, env=environment
    ):
        os.close(theirs)
        parts: list[bytes] = []
        while select.select([ours], [], [], 60)[0]:
            try:
                part = os.read(ours, 65536)
            except OSError:  # how Linux says that the other end is closed
                break
            if not part:
                break
            parts.append(part)
    os.close(ours)
    return b"".join(parts).decode().replace("\r\n", "\n")


def picture(text: str) -> str:
    """An SVG of a terminal with the command and what it printed."""
    console = Console(record=True, width=COLUMNS, file=StringIO(), force_terminal=True)
    console.print(Text.assemble(("$ ", "bold"), f"convcost {' '.join(COMMAND)}"))
    console.print(Text.from_ansi(text))
    svg = console.export_svg(title="convcost", theme=MONOKAI, unique_id="terminal")
    svg = re.sub(r" *@font-face \{.*?\}\n", "", svg, flags=re.DOTALL)  # it loads nothing
    return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"


if __name__ == "__main__":
    (ROOT / "docs" / "terminal.svg").write_text(picture(seen()))
