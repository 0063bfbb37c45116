"""How tests run the command line as a process."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent.parent
PROGRAM = [sys.executable, "-m", "convcost"]


class Ran(NamedTuple):
    """What a command did."""

    code: int
    out: str
    err: str


def environment(given: dict[str, str]) -> dict[str, str]:
    """The environment without what changes output, and with what is given."""
    changing = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "PYTHONIOENCODING")
    kept = {name: value for name, value in os.environ.items() if name not in changing}
    return {**kept, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", **given}
