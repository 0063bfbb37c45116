"""Parameters that a module has under several names, and programs store once."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from convcost.importers.building.values import Stored

META = "meta"  # the device of arrays that have shapes alone


def first_names(config: Mapping[str, Any]) -> dict[str, str]:
    """For names of arrays that are stored as another, the first name of that.

    Args:
        config: what the archive says of each array, by its name.
    """
    found: dict[str, str] = {}
    first: dict[str, str] = {}
    for name, stored in config.items():
        meta = stored["tensor_meta"]
        if meta["device"]["type"] == META:
            continue
        own = [stored["path_name"], meta["sizes"], meta["strides"], meta["storage_offset"]]
        same = first.setdefault(repr(own), name)
        if same != name:
            found[name] = same
    return found


def on_meta(config: Mapping[str, Any]) -> bool:
    """Whether arrays have shapes alone, so that nothing says which are the same."""
    return all(one["tensor_meta"]["device"]["type"] == META for one in config.values())


def twins(used: Iterable[Stored], unused: Iterable[Stored]) -> dict[str, str]:
    """For modules that nothing reads, as large as they are, the path of one that is read and has
    its last name, but for numbers behind it, and parameters of the same names and shapes."""
    read, left = _by_module(used), _by_module(unused)
    whole = [path for path in left if path not in read]
    largest = [path for path in whole if path.rpartition(".")[0] not in whole]
    of = {_key(path, found): path for path, found in read.items() if path not in left}
    keys = {path: _key(path, left[path]) for path in largest}
    return {path: of[key] for path, key in keys.items() if key in of}


def may_be_others(used: Iterable[Stored], unused: Iterable[Stored]) -> bool:
    """Whether for each array that nothing reads there is one of the same shape that is read."""
    return not Counter(a.shape for a in unused) - Counter(a.shape for a in used)


def split_originals(
    unused: Iterable[Stored], quantised: Iterable[tuple[int, ...]]
) -> tuple[list[Stored], list[Stored]]:
    """The arrays that nothing reads and that have the shape of one that is stored quantised, one
    for each of those; and the others."""
    shapes = Counter(quantised)
    found: tuple[list[Stored], list[Stored]] = [], []
    for array in unused:
        other = not shapes[array.shape]
        found[other].append(array)
        if not other:
            shapes[array.shape] -= 1
    return found


def inside(name: str, modules: Iterable[str]) -> bool:
    """Whether a parameter is one of some modules, however deep."""
    return any(name.startswith(f"{path}.") for path in modules)


Parameters = set[tuple[str, tuple[int, ...]]]


def _key(path: str, parameters: Parameters) -> tuple[str, frozenset[tuple[str, tuple[int, ...]]]]:
    return path.rpartition(".")[2].rstrip("0123456789"), frozenset(parameters)


def _by_module(arrays: Iterable[Stored]) -> Mapping[str, Parameters]:
    """The parameters of modules and of all that is in them, by names from there."""
    found: dict[str, Parameters] = defaultdict(set)
    for array in arrays:
        words = array.name.split(".")
        for depth in range(1, len(words)):
            own = ".".join(words[depth:]), array.whole or array.shape
            found[".".join(words[:depth])].add(own)
    return found
