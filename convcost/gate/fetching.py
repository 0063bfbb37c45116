"""The git command that brings a revision which a clone does not have: it is advised, never run."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

ORIGIN = "origin"
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_TAG = re.compile(r"v?[0-9]+(\.[0-9]+)*([-.+_].*)?")  # as releases are called
_SEEN_FROM = re.compile(r"[~^:]|@\{")  # HEAD~1: a revision as seen from another


def command(ref: str, remotes: Sequence[str], *, shallow: bool, joined: bool) -> str | None:
    """The command that brings a revision, or None where none is known to.

    Args:
        ref: the revision, as ``origin/main``, ``main``, ``v1.2`` or a commit.
        remotes: the remotes of the clone.
        shallow: whether the clone lacks history.
        joined: whether the commit at which the revision and HEAD parted is needed as well.
    """
    if ref.startswith("-") or not ref.isprintable() or " " in ref or ref in remotes:
        return None
    if _SEEN_FROM.search(ref):
        return "git fetch --unshallow" if shallow else None
    remote, name = _split(ref, remotes)
    if remote is None:
        return None
    words = ["git", "fetch"]
    if _COMMIT.fullmatch(name):
        if shallow:
            words += ["--unshallow"] if joined else ["--depth", "1"]
        return shlex.join((*words, remote, name))
    if shallow:
        words.append("--unshallow")
    return shlex.join((*words, remote, _refspec(name, remote)))


def _split(ref: str, remotes: Sequence[str]) -> tuple[str | None, str]:
    """The remote of a revision, and its name there."""
    for remote in remotes:
        if ref.startswith(f"{remote}/"):
            return remote, ref.removeprefix(f"{remote}/")
    if ORIGIN in remotes:
        return ORIGIN, ref
    return (remotes[0], ref) if len(remotes) == 1 else (None, ref)


def _refspec(name: str, remote: str) -> str:
    """The name there and the name here, in full: a clone of a single branch is set up to keep no
    name for any other."""
    if name == "HEAD":
        return f"+HEAD:refs/remotes/{remote}/HEAD"
    if _TAG.fullmatch(name):
        return f"+refs/tags/{name}:refs/tags/{name}"
    return f"+refs/heads/{name}:refs/remotes/{remote}/{name}"
