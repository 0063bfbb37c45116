"""``convcost`` and ``python -m convcost``: quiet on Ctrl-C from the first moment on."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType


def main() -> None:
    """Run the command line."""
    signal.signal(signal.SIGINT, _interrupted)
    from convcost.cli.app import main as run

    run()


def _interrupted(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001 - signal's form
    raise SystemExit(128 + signum)


if __name__ == "__main__":
    main()
