"""The base that a command line or continuous integration asks for."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from convcost.errors import ConvcostError, printable
from convcost.files.root import git_top
from convcost.gate.base import NONE, Base
from convcost.gate.git import Repository, found_base
from convcost.gate.hosts import host_of, wanted_base
from convcost.gate.revision import Revision
from convcost.gate.saved import Saved

if TYPE_CHECKING:
    from collections.abc import Mapping


def base_of(
    ref: str | None, file: str | None, here: Path, environment: Mapping[str, str]
) -> Base | None:
    """The base to compare with.

    Args:
        ref: a revision, or ``none``.
        file: a saved baseline.
        here: the folder in which the command runs.
        environment: of continuous integration, which names the base of a pull request.

    Raises:
        ConvcostError: there is no such thing, with what would help.
    """
    if ref and file:
        raise ConvcostError("give either --base or --baseline")
    if file:
        return Saved(file, here)
    wanted = wanted_base(environment)
    if ref == NONE or (ref is None and wanted is None):
        return None
    root = git_top(Path(os.path.realpath(here)))
    if root is None:
        raise ConvcostError(
            f"base: {printable(str(here))} is in no git repository\n"
            "  `--baseline FILE` compares with a file that `convcost baseline -o FILE` wrote, "
            "`--base none` with nothing"
        )
    repository = Repository(root, host_of(environment))
    if ref is not None:
        return Revision(repository, repository.revision(ref), ref, here)
    assert wanted is not None
    try:
        revision = found_base(repository, wanted)
    except ConvcostError as error:
        raise ConvcostError(
            f"{error}\n  {wanted.variable} names it as the base of this change; "
            "`--base none` checks it without its base"
        ) from None
    return Revision(repository, revision, f"{wanted.ref}, from {wanted.variable}", here)
