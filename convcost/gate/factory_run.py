"""Factories of the user's code, run: each in a process of its own, bounded in time and memory.

Only what asks for it by ``--run-code`` comes here. The process writes files, so what the user's
code prints is kept apart; ``convcost.gate.factory_child`` is what it runs.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from functools import partial
from importlib import import_module
from os.path import relpath, sep
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from convcost.errors import ConvcostError, cut, printable, quoted, similar
from convcost.files.opened import Unreadable, content
from convcost.files.stopping import undone
from convcost.gate import factory_child
from convcost.given import Given
from convcost.loading import IMPORTERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import IO

    from convcost.errors import Source
    from convcost.gate.factory import Factory
    from convcost.given import Rule
    from convcost.network import Network

LARGEST = 1 << 30  # bytes of an exported file, which has no need of weights
LARGEST_ANSWER = 1 << 26
KEPT = 1 << 13  # bytes of what a factory prints
SHOWN = 5  # lines of it
USUAL = "float32"  # type of inputs
LONGEST_LINE = 200

START = "import runpy, sys; runpy.run_path(sys.argv[1], run_name='__main__')"
"""Runs a script without its folder among those of modules."""


class NoFactory(ConvcostError):  # noqa: N818 - it names what is so
    """There is no module, or no function in it, of the factory's name."""


class Foreign(ConvcostError):  # noqa: N818 - it names what is so
    """Another revision's code was to be run, and some of it was that of the files as they are."""


class Ground(NamedTuple):
    """The files that a factory is run on: those of ``root`` as they are now, or of another revision
    in ``tree``. ``here`` is the folder from which messages see paths."""

    here: Path
    root: Path | None = None
    tree: Path | None = None

    def folder(self, factory: Factory) -> Path:
        """The folder that a factory runs in."""
        if self.root is None or self.tree is None:
            return factory.folder
        return self.tree / relpath(os.path.realpath(factory.folder), self.root)

    def shown(self, path: str) -> str:
        """A file in messages: where it is in the files as they are now."""
        if self.root is not None and self.tree is not None:
            inside = relpath(path, os.path.realpath(self.tree))
            if not inside.startswith(".."):
                path = str(self.root / inside)
        return relpath(path, self.here).replace(sep, "/")


class _Run(NamedTuple):
    """An ended process: its exit code (None: stopped as it took too long), the end of what it
    printed, and its answer."""

    code: int | None
    printed: str
    answer: Mapping[str, Any] | None
    data: bytes


def network_of(
    factory: Factory, shown: str, ground: Ground, operators: Mapping[str, Rule]
) -> Network:
    """The network that a factory makes, whose code is run for it.

    Args:
        factory: the factory.
        shown: its name in messages.
        ground: the files that it is run on.
        operators: rules for operators.

    Raises:
        NoFactory: there is none of its name.
        ConvcostError: it fails, with the line of the user's code, or makes nothing that can be
            counted.
    """
    run = _run(factory, ground)
    answer = run.answer
    if answer is None:
        raise _ended(factory, run)
    if "said" in answer:
        raise _failed(factory, ground, answer)
    shapes, same = answer.get("shapes"), answer.get("same")
    given = Given(operators=operators)
    how: dict[str, Any] = {"shapes": shapes, "same": same}
    if shapes is None:
        given, how = factory.given.over(given), {}
    importer: Any = import_module(IMPORTERS[str(answer["ending"])])

    def read(_: str) -> bytes:
        return run.data

    network = importer.load(shown, given=given, read=read, **how)
    network.name = cut(str(answer.get("name", factory.name.rpartition(":")[2])))
    return network


def _run(factory: Factory, ground: Ground) -> _Run:
    from convcost.importers.pt2 import exporting

    folder = ground.folder(factory)
    if not folder.is_dir():
        raise NoFactory(_told(factory, "the folder of its configuration is not there", ()))
    temporary = TemporaryDirectory(prefix="convcost-")
    with undone(temporary.cleanup):
        examples = factory.examples
        if examples is None:
            given = factory.given.inputs
            examples = {name: ((1, *sizes), USUAL) for name, sizes in given.items()}
        request = factory_child.Request(
            factory=factory.name,
            inputs={name: [*shape] for name, (shape, _) in examples.items()},
            dtypes={name: dtype for name, (_, dtype) in examples.items()},
            path=[os.path.normpath(folder / part) for part in factory.path],
            memory=factory.memory,
            result=temporary.name,
            exporting=exporting.__file__,
            foreign=str(ground.root) if ground.tree else None,
        )
        asked = json.dumps(request._asdict())
        command = [python_of(factory), "-B", "-c", START, factory_child.__file__, asked]
        try:
            code, printed = _waited(command, folder, factory.seconds)
        except OSError as error:
            said = f"{quoted(command[0])} cannot be run: {error.strerror}"
            raise ConvcostError(_told(factory, said, ())) from None
        answer, data = _result(Path(temporary.name))
    return _Run(code, printed, answer, data)


def python_of(factory: Factory) -> str:
    """The interpreter that runs a factory: a path as seen from the folder of its configuration, or
    a name that is looked for in ``PATH``.

    Raises:
        ConvcostError: there is none.
    """
    if not factory.python:
        return sys.executable
    path = os.path.abspath(factory.folder / Path(factory.python).expanduser())
    is_name = Path(factory.python).name == factory.python
    found = (shutil.which(factory.python) if is_name else None) or shutil.which(path)
    if found is None:
        where = f"{printable(factory.python)} in PATH, nor {printable(path)}"
        said = f"there is no interpreter {where if is_name else printable(path)}"
        raise ConvcostError(_told(factory, said, ()))
    return found


def _waited(command: Sequence[str], folder: Path, seconds: int) -> tuple[int | None, str]:
    """Run a process to its end, or for so long; its exit code and the end of what it printed."""
    with subprocess.Popen(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:
        kept = bytearray()
        assert process.stdout is not None
        reader = threading.Thread(target=_drain, args=(process.stdout, kept), daemon=True)
        reader.start()
        with undone(partial(_end, process)):
            try:
                code: int | None = process.wait(seconds)
            except subprocess.TimeoutExpired:
                code = None
        reader.join(1)
    return code, bytes(kept).decode(errors="replace")


def _drain(stream: IO[bytes], kept: bytearray) -> None:
    """Read to the end, and keep the last of it."""
    while part := os.read(stream.fileno(), 1 << 16):
        kept += part
        del kept[:-KEPT]


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and those that it started."""
    if os.name != "posix":
        process.kill()
        return
    with suppress(ProcessLookupError, PermissionError, ChildProcessError):  # all have ended
        os.killpg(process.pid, signal.SIGKILL)
        os.waitpid(process.pid, 0)


def _result(folder: Path) -> tuple[Mapping[str, Any] | None, bytes]:
    """The answer, and the file that it speaks of; None where there is none."""
    try:
        answer: Any = json.loads(content(folder / "answer.json", LARGEST_ANSWER, input_=False))
        data = b""
        if "said" not in answer:
            file = folder / f"program{answer['ending']}"
            data = content(file, LARGEST, input_=False)
    except (Unreadable, ValueError, TypeError, KeyError):
        return None, b""
    return cast("Mapping[str, Any]", answer), data


def _ended(factory: Factory, run: _Run) -> ConvcostError:
    """The error of a process that gave no answer."""
    if run.code is None:
        said = f"it still ran after {factory.seconds} s and was stopped"
        notes = [f"`timeout = {factory.seconds * 4}` beside it lets it run longer"]
    else:
        way = f"with the exit code {run.code}"
        if run.code < 0:
            way = f"by the signal {signal.Signals(-run.code).name}"
        said, notes = f"its process ended {way} before it was done", []
    lines = [line for line in run.printed.splitlines() if line.strip()]
    notes += [f"it printed: {cut(line, LONGEST_LINE)}" for line in lines[-SHOWN:]]
    return ConvcostError(_told(factory, said, notes))


def _failed(factory: Factory, ground: Ground, answer: Mapping[str, Any]) -> ConvcostError:
    """The error that an answer tells of."""
    said = cut(str(answer["said"]), 1000)
    places: Any = answer.get("place", ())
    notes: list[str] = []
    if answer.get("memory"):
        said += f" ({factory.memory >> 20:,} MiB)"
        notes.append('`memory = "..."` beside it lets it take more')
    if answer.get("foreign"):
        notes.append('`pythonpath = ["src"]` beside it says where its modules are')
    if answer.get("missing"):
        known = [str(name) for name in answer.get("known", ())]
        notes += similar(factory.name.partition(":")[2], known, "function")
        return NoFactory(_told(factory, said, notes))
    where = "".join(f"{ground.shown(str(file))}:{line}" for file, line in places)
    kind = Foreign if answer.get("foreign") else ConvcostError
    return kind(_told(factory, said, notes, where))


def _told(factory: Factory, said: str, notes: Sequence[str], where: str = "") -> str:
    """A sentence about a factory, at a line of its own code or of the configuration."""
    source: Source = factory.source
    if where:
        notes = [f"it is named in {printable(str(source))}", *notes]
    else:
        where = f"{source.path}:{source.line}:{source.column}"
    head = f"{printable(where)}: the factory {quoted(factory.name)}: {said}"
    return "\n".join((head, *(f"  {note}" for note in notes)))
