"""A case from its input to all that does not hold of it."""

from __future__ import annotations

import re
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from fuzz import oracles, sequels
from fuzz.commands import Ran, run
from fuzz.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from fuzz.case import Input, Line
    from fuzz.oracles import Broken


def played(
    given: Input,
    wanted: Callable[[Line], bool] = lambda _: True,
    watch: Callable[[Line], None] = lambda _: None,
) -> Iterator[Broken]:
    """Run the command lines of a case, in a folder of its own, and say what does not hold.

    Args:
        given: the input.
        wanted: which of its command lines to run.
        watch: is told of each line before it runs.
    """
    with _folder() as folder:

        def runner(line: Line) -> Ran:
            watch(line)
            return run(line, folder)

        for line in KINDS[given.kind].lines(folder, given, runner):
            if wanted(line):
                yield from _judged(line, runner(line), folder, runner)


def again(given: Input, line: Line) -> Iterator[Broken]:
    """The assertions that do not hold of one line, which another input of the kind may have led
    to."""
    with _folder() as folder:

        def runner(line: Line) -> Ran:
            return run(line, folder)

        met = False
        for other in KINDS[given.kind].lines(folder, given, runner):
            if other == line:
                met = True
                yield from _judged(line, runner(line), folder, runner)
        if not met:
            yield from _judged(line, runner(line), folder, runner)


def _judged(line: Line, ran: Ran, folder: Path, runner: Callable[[Line], Ran]) -> Iterator[Broken]:
    for found in (*oracles.broken(line, ran), *sequels.broken(line, ran, folder, runner)):
        yield found._replace(cause=_cause(found, folder))


def _cause(found: Broken, folder: Path) -> str:
    """The cause that finds are grouped by: the broken assertion, and where."""
    if found.what not in ("no_defect", "no_traceback"):
        return f"{found.what} {found.line[0]} {_alike(found.said)}"
    lines = run(found.line, folder, debug=True).said.splitlines()
    frames = [line for line in lines if line.startswith("  File ") and "/convcost/" in line]
    where = frames[-1].split("/convcost/")[-1].split(", in ")[0] if frames else ""
    raised = re.search(r"(?<=defect of convcost: )\w+", found.said) or re.match(r"\w+", found.said)
    return f"{found.what} {raised and raised[0]} {where}".replace('", line', "")


def _alike(said: str) -> str:
    """The message without names and numbers."""
    metrics = sorted({*re.findall(r"'metric': '([^']+)'", said)})
    return " ".join(metrics) or re.sub(r"'[^']*'|`[^`]*`|\"[^\"]*\"|\S+:|\d+", "_", said)[:60]


@contextmanager
def _folder() -> Generator[Path]:
    """An empty one, alone in what `..` leads to."""
    with tempfile.TemporaryDirectory(prefix="convcost-fuzz-") as name:
        folder = Path(name, "folder")
        folder.mkdir()
        yield folder
