"""Files in Git LFS: a repository holds pointers, and the files beside its own objects."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from convcost.files.opened import Unreadable, content

if TYPE_CHECKING:
    from convcost.gate.git import Repository

VERSION = b"version https://git-lfs.github.com/"
LARGEST = 1024  # bytes; a pointer is smaller
_LINE = re.compile(rb"^(oid sha256:([0-9a-f]{64})|size ([0-9]{1,18}))$", re.MULTILINE)


class Pointer(NamedTuple):
    """A pointer of Git LFS in the place of a file: the SHA-256 of its content, and its size."""

    oid: str
    size: int


def is_pointer(data: bytes) -> bool:
    """Whether the content of a file is a pointer."""
    return data.startswith(VERSION) and len(data) <= LARGEST


def pointer(data: bytes) -> Pointer | None:
    """The pointer that a content is; None where it is none, or one that says nothing."""
    if not is_pointer(data):
        return None
    found = [line.groups()[1:] for line in _LINE.finditer(data)]
    oids = [oid.decode() for oid, _ in found if oid]
    sizes = [int(size) for _, size in found if size]
    return Pointer(oids[0], sizes[0]) if len(oids) == len(sizes) == 1 else None


def stored(repository: Repository, of: Pointer) -> bytes | None:
    """The file that a pointer stands for; None where this clone has not got it, or got another."""
    folder = _storage(repository)
    if folder is None:
        return None
    path = folder / "objects" / of.oid[:2] / of.oid[2:4] / of.oid
    try:
        data = content(path, of.size, input_=False)
    except Unreadable:
        return None
    same = len(data) == of.size and hashlib.sha256(data).hexdigest() == of.oid
    return data if same else None


def _storage(repository: Repository) -> Path | None:
    """The folder that Git LFS keeps files in: work trees share that of their repository."""
    common = repository.said("rev-parse", "--git-common-dir")
    if not common:
        return None
    told = repository.said("config", "--get", "lfs.storage")
    return Path(repository.root, common, told or "lfs")
