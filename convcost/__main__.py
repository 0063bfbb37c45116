"""``convcost`` and ``python -m convcost``: quiet on Ctrl-C from the first moment on."""

from __future__ import annotations

import gc
import os
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

MOST_NEW = 100_000
"""Objects made since the cycle collector last looked: Python's 700 would have it look at what
modules define 50 times before a command begins."""


def main() -> None:
    """Run the command line."""
    signal.signal(signal.SIGINT, _interrupted)
    gc.set_threshold(MOST_NEW)
    from convcost.cli.app import main as run
    from convcost.cli.streams import prepare

    prepare()
    try:
        run()
    finally:
        gc.freeze()  # or Python, on its way out, searches all that the process frees anyway


def _interrupted(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001 - signal's form
    # No exception: one that is raised in a destructor or a callback is ignored by Python, and the
    # command would go on to its end.
    stopping = sys.modules.get("convcost.files.stopping")
    if stopping is not None:
        stopping.undo()
    os._exit(128 + signum)


if __name__ == "__main__":
    main()
