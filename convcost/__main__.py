"""``convcost`` and ``python -m convcost``: quiet on Ctrl-C from the first moment on."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType


def main() -> None:
    """Run the command line."""
    signal.signal(signal.SIGINT, _interrupted)
    from convcost.cli.app import main as run
    from convcost.cli.streams import prepare

    prepare()
    run()


def _interrupted(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001 - signal's form
    # No exception: one that is raised in a destructor or a callback is ignored by Python, and the
    # command would go on to its end.
    stopping = sys.modules.get("convcost.files.stopping")
    if stopping is not None:
        stopping.undo()
    os._exit(128 + signum)


if __name__ == "__main__":
    main()
