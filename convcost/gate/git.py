"""The contents of a git repository: read by git itself, nothing of it is changed or fetched."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING, NamedTuple

from convcost.errors import ConvcostError, closest, printable, quoted
from convcost.gate.fetching import command
from convcost.loading import IMPORTERS

if TYPE_CHECKING:
    from pathlib import Path

    from convcost.gate.hosts import Host, Wanted

MODELS = ("*.yaml", "*.yml", *(f"*{ending}" for ending in IMPORTERS))


class Blob(NamedTuple):
    """A file of a revision: the name that git gives its content, and its size."""

    name: str
    size: int


class Changed(NamedTuple):
    """The changes of models since a revision, by paths as seen from the repository's root."""

    renamed: dict[str, str]  # the old path by the new one
    deleted: list[str]
    added: list[str]  # under their new names those that were renamed, too
    modified: list[str]


class Repository:
    """A repository, by the root of its work tree, and the host that cloned it, where one did."""

    def __init__(self, root: Path, host: Host | None = None) -> None:
        self.root = root
        self.host = host
        self._readers: dict[str, subprocess.Popen[bytes]] = {}

    def revision(self, ref: str) -> str:
        """The full name of a commit. ``main...`` is where main and HEAD parted.

        Raises:
            ConvcostError: there is none, with what would help.
        """
        branch = ref.removesuffix("...")
        found = None if ref.startswith("-") else self.commit(branch) or self._of_remote(branch)
        if found is None:
            raise ConvcostError(self._unknown(branch, joined=branch != ref))
        if branch == ref:
            return found
        done = self._run("merge-base", found, "HEAD")
        if done.returncode:
            raise ConvcostError(self._no_common(branch))
        return done.stdout.decode().strip()

    def _of_remote(self, branch: str) -> str | None:
        """The commit of a branch that one remote has, and this clone has not: continuous
        integration checks out no branch but the one that is built."""
        found = [self.commit(f"refs/remotes/{remote}/{branch}") for remote in self._remotes()]
        there = [commit for commit in found if commit is not None]
        return there[0] if len(there) == 1 else None

    def _remotes(self) -> list[str]:
        return self._run("remote").stdout.decode().split()

    def commit(self, ref: str) -> str | None:
        """The full name of a commit, or None."""
        done = self._run("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
        if done.returncode and done.stderr:
            raise ConvcostError(self._failed(done))
        return None if done.returncode else done.stdout.decode().strip()

    def _unknown(self, ref: str, *, joined: bool) -> str:
        said = f"base: the repository has no revision {quoted(ref)}"
        if self.shallow:
            return f"{said}, and its clone is shallow{self._fetched(ref, joined=joined)}"
        listed = self._run("for-each-ref", "--format=%(refname:short)").stdout.decode()
        near = closest(ref, listed.split())
        if near is not None:
            said += f"\n  a revision with a similar name exists: `{near}`"
            if ref.partition("/")[0] not in self._remotes():
                return said
        return said + self._fetched(ref, joined=joined)

    def _no_common(self, branch: str) -> str:
        said = f"base: {quoted(branch)} and HEAD have no commit in common"
        if self.shallow:
            fetched = self._fetched(branch, joined=True)
            return f"{said} in this clone, which is shallow{fetched}"
        return f"{said}\n  `--base {printable(branch)}` compares with that revision itself"

    def _fetched(self, ref: str, *, joined: bool) -> str:
        """The lines that say how a revision comes into this clone."""
        shallow = self.shallow
        fetch = command(ref, self._remotes(), shallow=shallow, joined=joined)
        said = f"\n  `{fetch}` would bring it" if fetch else ""
        if shallow and self.host is not None:
            said += f"\n  on {self.host.name}: {self.host.whole}"
        return said

    @property
    def shallow(self) -> bool:
        """Whether the clone lacks history."""
        return self._run("rev-parse", "--is-shallow-repository").stdout.strip() == b"true"

    def changed(self, revision: str) -> Changed:
        """The changes of models between a revision and the files as they are."""
        done = self._run(
            *("diff", "--find-renames", "--name-status", "-z"),
            *("--diff-filter=ARDM", "--no-ext-diff", revision, "--", *MODELS),
        )
        if done.returncode:
            raise ConvcostError(self._failed(done))
        words = iter(done.stdout.decode(errors="surrogateescape").split("\0")[:-1])
        renamed: dict[str, str] = {}
        deleted: list[str] = []
        added: list[str] = []
        modified: list[str] = []
        for status in words:
            path = next(words)
            if status.startswith("R"):
                renamed[next(words)] = path
            elif status == "A":
                added.append(path)
            elif status == "M":
                modified.append(path)
            else:
                deleted.append(path)
        return Changed(renamed, sorted(deleted), sorted([*added, *renamed]), sorted(modified))

    def unchanged(self, revision: str) -> bool:
        """Whether all files are as they were in a revision, and there are no others."""
        differs = self._run("diff", "--quiet", "--no-ext-diff", revision).returncode
        others = self._run("ls-files", "--others", "--exclude-standard").stdout
        return not differs and not others

    def write_out(self, revision: str, folder: Path, index: Path) -> None:
        """Write all files of a revision to a folder; ``index`` is a file that git may use for it.

        Raises:
            ConvcostError: git cannot.
        """
        own = {"GIT_INDEX_FILE": str(index), "GIT_LFS_SKIP_SMUDGE": "1"}
        for words in (
            ("read-tree", revision),
            ("checkout-index", "--all", "--quiet", f"--prefix={folder}/"),
        ):
            done = self._run(*words, **own)
            if done.returncode:
                raise ConvcostError(self._failed(done))

    def blob(self, revision: str, path: str) -> Blob | None:
        """A file of a revision by its path as seen from the root; None where it has none."""
        return self._ask("--batch-check", revision, path)[0]

    def read(self, revision: str, path: str) -> bytes | None:
        """The bytes of a file of a revision; None where it has none."""
        return self._ask("--batch", revision, path)[1]

    def _ask(self, how: str, revision: str, path: str) -> tuple[Blob | None, bytes | None]:
        """One question to a ``git cat-file`` that goes on running: a process for each file would
        take longer than counting it."""
        if "\n" in path:  # which ends a question
            return None, None
        process = self._readers.get(how) or self._start(how)
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(os.fsencode(f"{revision}:{path}\n"))
        process.stdin.flush()
        answer = process.stdout.readline()
        if not answer:
            raise ConvcostError(f"base: git could not read {printable(path)}")
        *words, size = answer.rsplit()
        if words[-1:] == [b"blob"]:
            blob = Blob(words[0].decode(), int(size))
            if how == "--batch-check":
                return blob, None
            data = process.stdout.read(blob.size)
            process.stdout.read(1)
            return blob, data
        if size.isdigit() and (how == "--batch" or words[-1] != b"tree"):
            process.stdout.read(int(size) + 1)  # a folder; where a link leads that leads nowhere
        return None, None

    def _start(self, how: str) -> subprocess.Popen[bytes]:
        command = ["git", "-C", str(self.root), "cat-file", how, "--follow-symlinks"]
        try:
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=_environment()
            )
        except FileNotFoundError:
            raise ConvcostError(_MISSING) from None
        self._readers[how] = process
        return process

    def close(self) -> None:
        """End the processes that read."""
        for process in self._readers.values():
            process.communicate()
        self._readers.clear()

    def said(self, *arguments: str) -> str:
        """The answer of a git command, "" where it has none or fails."""
        done = self._run(*arguments)
        answer = done.stdout.decode(errors="surrogateescape").removesuffix("\n")
        return "" if done.returncode else answer

    def _run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
        try:
            return subprocess.run(
                ["git", "-C", str(self.root), *arguments],
                capture_output=True,
                stdin=subprocess.DEVNULL,
                env=_environment() | variables,
                check=False,
            )
        except FileNotFoundError:
            raise ConvcostError(_MISSING) from None

    def _failed(self, done: subprocess.CompletedProcess[bytes]) -> str:
        said = done.stderr.decode(errors="replace").strip()
        if "dubious ownership" in said:
            return (
                f"base: git does not trust the folder {printable(str(self.root))}, which another "
                f"user owns\n  git config --global --add safe.directory {self.root}"
            )
        return f"base: git failed: {printable(said.splitlines()[0] if said else 'no reason given')}"


_MISSING = (
    "base: git is not installed, and a base is read from its history\n"
    "  `--baseline FILE` compares with a file that `convcost baseline -o FILE` wrote"
)


def _environment() -> dict[str, str]:
    """Messages in English, no locks and no questions."""
    extra = {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
    return {**os.environ, **extra}


def described(revision: str, ref: str) -> str:
    """A revision as a person reads it."""
    return revision[:9] if revision.startswith(ref) else f"{revision[:9]} ({printable(ref)})"


def found_base(repository: Repository, wanted: Wanted) -> str:
    """The commit that an environment's base is.

    A checkout of GitHub's own merge commit needs no more history than its parents.

    Raises:
        ConvcostError: it is not in this clone, with what would bring it.
    """
    if wanted.merge and repository.commit("HEAD") == wanted.merge and repository.commit("HEAD^2"):
        parent = repository.commit("HEAD^1")
        if parent is not None:
            return parent
    return repository.revision(wanted.ref)
