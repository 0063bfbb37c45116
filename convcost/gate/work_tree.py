"""The files of a revision in a temporary folder, on which its own code is run.

Written by git from an index of its own: the repository, its index and its list of work trees stay
as they are, no hook runs, and whatever ends the command leaves nothing behind in the repository.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from convcost.files.stopping import undone

if TYPE_CHECKING:
    from convcost.gate.git import Repository


class WorkTree:
    """A folder with all files of a revision, until it is closed.

    Raises:
        ConvcostError: git cannot write them.
    """

    def __init__(self, repository: Repository, revision: str) -> None:
        self._folder = TemporaryDirectory(prefix="convcost-")
        self._until_closed = ExitStack()
        self._until_closed.enter_context(undone(self._folder.cleanup))
        self.path = Path(os.path.realpath(self._folder.name), "base")
        try:
            repository.write_out(revision, self.path, self.path.parent / "index")
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Remove the folder."""
        self._until_closed.close()
