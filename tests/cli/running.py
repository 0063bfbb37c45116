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
    """The environment of tests, with what is given."""
    return {**os.environ, **given}
