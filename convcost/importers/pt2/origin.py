"""Where a node comes from: the module that it belongs to, and the line of the program."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import PurePath
from typing import NamedTuple

from convcost.errors import Source

LEAVES = ("torch.nn.modules.", "torch.ao.nn.")  # classes whose nodes are the module itself
CONTAINERS = ("torch.nn.modules.container.",)
FRAME = re.compile(r'^\s*File "(?P<path>[^"\n]+)", line (?P<line>\d+)', re.MULTILINE)
CALLED = re.compile(r"(?P<owner>\w*)\.(?P<name>(?:softmax|mul|add|relu)_?)\(")
FUNCTIONAL = ("F", "functional")
OVERLOADS = ("padding",)  # `same` by its name: another operator to tools
PACKAGES = ("site-packages", "dist-packages")
OF_TORCH = re.compile(r"(^|/)torch/(nn|functional|_|utils|fx|export|jit|ao)")


class Module(NamedTuple):
    """A module in the program: its path from the root, and its class."""

    path: str
    kind: str

    @property
    def is_leaf(self) -> bool:
        """Whether it is one of PyTorch's own, so that its node is the module."""
        return self.kind.startswith(LEAVES) and not self.kind.startswith(CONTAINERS)


def modules(stack: str) -> list[Module]:
    """The modules that a node is in, from the outside in.

    Args:
        stack: ``key,path,class`` for each, between semicolons.
    """
    found: list[Module] = []
    for entry in filter(None, stack.split(";")):
        words = entry.split(",")
        if len(words) == 3:
            # A module that is called again has the number of the call behind an @.
            found.append(Module(words[1].partition("@")[0], words[2]))
    return found


@lru_cache(maxsize=4096)
def module_of(stack: str, op: str) -> str:
    """The path that a node's layer is named by: that of its module, and the operator where the
    module is not one of PyTorch's own."""
    own = modules(stack)[-1:]
    if not own:
        return op.strip("_")
    path = own[0].path
    if own[0].is_leaf and path:
        return path
    word = op.strip("_")
    return f"{path}.{word}" if path else word


@lru_cache(maxsize=4096)
def class_of(stack: str) -> str:
    """The class of the innermost module that a node is in; "" where none is known."""
    return next((module.kind for module in reversed(modules(stack))), "")


@lru_cache(maxsize=4096)
def classes_of(stack: str) -> tuple[str, ...]:
    """The classes of the modules that a node is in, from the outside in."""
    return tuple(module.kind for module in modules(stack))


@lru_cache(maxsize=4096)
def function_of(op: str, trace: str, written: str = "") -> str:
    """The function that a node calls: its operator as the program has it (``leaky_relu_``,
    ``conv2d.padding``), or ``@``, ``Tensor.softmax`` or ``torch.add`` where the line of the program
    says so, as tools which replace functions see some of those alone.

    Args:
        op: the operator.
        trace: the lines of the program that led to it.
        written: the operator with the mark of one in place and its overload; ``op`` unless given.
    """
    line = trace.rstrip().rpartition("\n")[2]
    if op == "matmul" and "@" in line and "matmul" not in line:
        return "@"
    name, _, overload = (written or op).partition(".")
    for called in CALLED.finditer(line):
        if called["name"] == name and called["owner"] not in FUNCTIONAL:
            return f"{'torch' if called['owner'] == 'torch' else 'Tensor'}.{name}"
    return written if overload in OVERLOADS else name


@lru_cache(maxsize=4096)
def source_of(trace: str) -> Source | None:
    """The innermost line of the program that is not PyTorch's own.

    The path is that below the folder of installed packages, or as it is from here.
    """
    frames = [(m["path"].replace("\\", "/"), int(m["line"])) for m in FRAME.finditer(trace)]
    for path, line in reversed(frames):
        if not OF_TORCH.search(path):
            return Source(shown(path), line)
    return None


def shown(path: str) -> str:
    """A path of the machine that exported a program, as it is said here: from the folder of
    installed packages, from the folder of work where the file is below it, else its name."""
    parts = PurePath(path).parts
    for folder in PACKAGES:
        if folder in parts:
            return "/".join(parts[len(parts) - parts[::-1].index(folder) :])
    for start in range(1, len(parts)):
        here = PurePath(*parts[start:])
        if _is_file(str(here)):
            return here.as_posix()
    return parts[-1] if parts else path


@lru_cache(maxsize=4096)
def _is_file(path: str) -> bool:
    from pathlib import Path

    try:
        return Path(path).is_file()
    except OSError:
        return False
