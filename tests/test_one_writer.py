"""Rules for the source: where files are opened and written, what is never loaded, how docstrings
begin, and that exceptions to the linters' rules have a reason."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

import convcost

PACKAGE = Path(convcost.__file__).parent
SOURCES = sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))
ROOT = Path(__file__).parent.parent
FOLDERS = ("convcost", "tests", "fuzz", "benchmarks", "docs", "action")
EVERY = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
WRITER, READER = "files/written.py", "files/opened.py"
WRITING = {
    *("write_text", "write_bytes", "savez", "savez_compressed", "savetxt", "tofile", "touch"),
    *("NamedTemporaryFile", "mkstemp", "replace", "rename", "unlink", "remove", "mkdir", "symlink"),
}
READING = {"read_text", "read_bytes", "fromfile", "loadtxt", "genfromtxt", "memmap"}
OF_THE_PACKAGE = {  # files that come with it
    "spec/read_blocks.py",
    "spec/other_words.py",
    "analysis/shipped.py",
    "analysis/explain/blocks.py",
    "analysis/lint/__init__.py",
    "render/html/document.py",
    "parallel/job.py",
}
OF_THE_SYSTEM = {"execution/memory_free.py"}  # what it says of its memory
OF_ANOTHER_PROCESS = {"gate/factory_child.py"}
"""A script that knows nothing of the package, and writes to the folder that it is given."""
OF_OWN_PROCESSES = "parallel/job.py"
"""Pickles that convcost hands to convcost in other processes, and reads from nowhere else."""
UNSAFE = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib"}


@cache
def calls(path: Path) -> list[tuple[str, str, ast.Call]]:
    """The calls in a file: of what, its name, and the call."""
    tree = ast.parse((PACKAGE / path).read_text("utf-8"))
    found: list[tuple[str, str, ast.Call]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                found.append((ast.unparse(node.func.value), node.func.attr, node))
            elif isinstance(node.func, ast.Name):
                found.append(("", node.func.id, node))
    return found


def is_nothing(call: ast.Call) -> bool:
    """Whether a call opens the null device, or a buffer in memory."""
    return any("devnull" in ast.unparse(argument) for argument in call.args)


def of_files(of: str, name: str, call: ast.Call) -> bool:
    """Whether a call of a name that texts and layers have, too, is of a file."""
    if name == "replace":
        return of in ("os", "shutil") or of.startswith("Path(")
    if name in ("savez", "savez_compressed"):
        return ast.unparse(call.args[0]) != "out"  # a buffer in memory
    if name == "remove":
        return of == "os"
    return True


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_files_are_written_in_one_place(path: Path) -> None:
    if str(path) in {WRITER} | OF_ANOTHER_PROCESS:
        return
    for of, name, call in calls(path):
        opens = name in ("open", "fdopen") and of in ("", "os", "io")
        opens = opens or (name == "open" and (of.startswith("Path(") or "path" in of.lower()))
        assert not (opens and str(path) != READER) or is_nothing(call), (
            f"convcost/{path}:{call.lineno}: opens a file: use convcost.files"
        )
        assert not (name in WRITING and of_files(of, name, call)), (
            f"convcost/{path}:{call.lineno}: writes a file: use convcost.files.written"
        )


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_files_of_users_are_read_in_one_place(path: Path) -> None:
    own = OF_THE_PACKAGE | OF_THE_SYSTEM | OF_ANOTHER_PROCESS
    for _, name, call in calls(path):
        assert not (name in READING and str(path) not in own), (
            f"convcost/{path}:{call.lineno}: reads a file: use convcost.files.opened"
        )


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_nothing_that_runs_code_is_loaded(path: Path) -> None:
    tree = ast.parse((PACKAGE / path).read_text("utf-8"))
    for node in ast.walk(tree):
        names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        if str(path) == OF_OWN_PROCESSES and names == ["pickle"]:
            continue
        assert not UNSAFE & {name.partition(".")[0] for name in names}, f"convcost/{path}: {names}"
        if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
            assert isinstance(node.value, ast.Constant), f"convcost/{path}: allow_pickle"
            assert node.value.value is False, f"convcost/{path}: allow_pickle"
    for of, name, call in calls(path):
        assert (of, name) not in {("np", "load"), ("numpy", "load"), ("", "exec")}, (
            f"convcost/{path}:{call.lineno}"
        )
        assert (of, name) not in {("yaml", "load"), ("yaml", "unsafe_load"), ("os", "system")}


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_expressions_are_parsed_in_one_place(path: Path) -> None:
    if str(path) in ("parsing.py", "docstrings.py"):  # the second parses whole modules
        return
    for of, name, call in calls(path):
        assert (of, name) != ("ast", "parse"), (
            f"convcost/{path}:{call.lineno}: parses an expression: use convcost.parsing"
        )


@pytest.mark.parametrize("folder", FOLDERS)
def test_docstrings_do_not_begin_as_questions(folder: str) -> None:
    """ "Return the total" or "The total" say more than "What it comes to"."""
    begins = [
        f"{path.relative_to(ROOT)}:{node.body[0].lineno}: {text.splitlines()[0]}"
        for path in EVERY
        if path.is_relative_to(ROOT / folder)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and (text := ast.get_docstring(node))
        and text.startswith(("What ", "What's ", "Which "))
    ]
    assert begins == []


def test_ignored_rules_have_a_reason() -> None:
    """A rule that is named and plain to see needs none: only unused arguments and bare ignores."""
    bare = re.compile(r"# (noqa: ARG00\d|pyright: ignore)$", re.MULTILINE)
    found = {str(path) for path in SOURCES if bare.search((PACKAGE / path).read_text("utf-8"))}
    assert found == set()
