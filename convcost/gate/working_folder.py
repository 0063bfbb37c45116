"""The folder in which convcost runs."""

from __future__ import annotations

from pathlib import Path

from convcost.errors import ConvcostError


def working_folder() -> Path:
    """Where relative paths begin.

    Raises:
        ConvcostError: it cannot be told, as it was deleted.
    """
    try:
        return Path.cwd()
    except OSError as error:
        reason = error.strerror or error
        raise ConvcostError(
            f"the working directory cannot be found: {reason}\n  `cd` into one that exists"
        ) from None
