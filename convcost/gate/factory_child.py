"""A factory of the user's, run in a process of its own; what it makes is written to files.

A script for any Python that has the user's packages: it knows nothing of convcost but the file
``importers/pt2/exporting.py``, whose path it is given. It reads a request and writes an answer,
both in JSON; ``convcost.gate.factory_run`` has the other side. It catches any exception of the
user's code and of PyTorch's exporter, and says it in its answer.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import json
import os
import shutil
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ENDINGS = (".pt2", ".onnx")
PACKAGES = ("site-packages", "dist-packages")
WANTED = (
    "a torch.nn.Module, a module and its inputs, an exported program, or the path of an exported "
    "file"
)


class Refused(Exception):  # noqa: N818 - it names what happened
    """The factory cannot be used: ``facts`` are what the answer says of it."""

    def __init__(self, said: str, **facts: Any) -> None:
        self.facts = {"said": said, **facts}
        super().__init__(said)


class Request(NamedTuple):
    """A request: the factory by its name, shapes of inputs with a batch and their types, by
    their names, folders of modules, bytes of memory, and where the result goes. ``foreign`` is a
    folder from which no module may come, as another revision of it is meant."""

    factory: str
    inputs: Mapping[str, list[int]]
    dtypes: Mapping[str, str]
    path: list[str]
    memory: int
    result: str
    exporting: str
    foreign: str | None = None


def main(asked: str) -> None:
    """Answer a request."""
    request = Request(**json.loads(asked))
    sys.path[:] = [*request.path, *filter(None, sys.path)]
    try:
        _bound_memory(request.memory)
        answer = _answer(request)
    except Refused as refusal:
        answer = refusal.facts
    except MemoryError:
        answer = {"said": "it took more memory than it may", "memory": True}
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # the user's code may raise anything
        answer = _failure(error, request, "failed")
    part = Path(request.result, "answer.part")
    part.write_text(json.dumps(answer), encoding="utf-8")
    os.replace(part, Path(request.result, "answer.json"))


def _bound_memory(most: int) -> None:
    """Have the system refuse memory beyond a bound, where it can."""
    try:
        import resource

        hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
        unbounded = hard == resource.RLIM_INFINITY
        resource.setrlimit(resource.RLIMIT_DATA, (most if unbounded else min(most, hard), hard))
    except (ImportError, OSError, ValueError):  # Windows, and systems that lack it
        pass


def _answer(request: Request) -> dict[str, Any]:
    factory = _factory(request)
    try:
        made = factory()
    except Exception as error:
        raise Refused(**_failure(error, request, "it failed")) from None
    found = _written(made, request)
    _refuse_foreign(request)
    return found


def _factory(request: Request) -> Any:
    """The function that a factory's name stands for."""
    name, _, path = request.factory.partition(":")
    try:
        found: Any = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and f"{name}.".startswith(f"{error.name}."):
            said = f"there is no module `{error.name}`"
            raise Refused(said, missing=True) from None
        raise Refused(**_failure(error, request, "it cannot be imported")) from None
    except Exception as error:
        raise Refused(**_failure(error, request, "it cannot be imported")) from None
    _refuse_foreign(request)
    for word in path.split("."):
        known = [one for one in dir(found) if callable(getattr(found, one, None))]
        found = getattr(found, word, None)
        if found is None:
            raise Refused(f"the module `{name}` has no `{path}`", missing=True, known=known)
    if not callable(found):
        raise Refused(f"`{path}` of the module `{name}` is not a function")
    return found


def _refuse_foreign(request: Request) -> None:
    """Refuse modules of the revision that is checked out, where another one is meant."""
    if request.foreign is None:
        return
    installed = (os.path.realpath(sys.prefix), os.path.realpath(sys.base_prefix))
    for name, module in sorted(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if not isinstance(file, str) or file == request.exporting:
            continue
        real = os.path.realpath(file)
        if _inside(real, request.foreign) and not any(_inside(real, one) for one in installed):
            raise Refused(
                f"the module `{name}` comes from the files as they are now, and not from those of "
                "the base: an installed package leads there",
                place=[(real, 1)],
                foreign=True,
            )


def _inside(path: str, folder: str) -> bool:
    return os.path.commonpath([path, folder]) == folder


def _written(made: Any, request: Request) -> dict[str, Any]:
    """Write what a factory made to the folder of results, and say what it is."""
    if isinstance(made, bytes):
        return _put(request, ".pt2", made)
    if isinstance(made, str | Path):
        return _copied(Path(made), request)
    if hasattr(made, "graph_signature"):
        torch = _torch()
        return _put(request, ".pt2", _exporting(request).saved(torch, made))
    module, given = _pair(made)
    if hasattr(module, "named_parameters"):
        return _exported(module, given, request)
    raise Refused(f"it returned an object of the type {_kind(made)}, and not {WANTED}")


def _pair(made: Any) -> Any:
    """A module and its inputs, None where they are not with it."""
    if not isinstance(made, tuple):
        return made, None
    several = _items(made)
    return several if len(several) == 2 else (None, None)


def _items(several: Any) -> list[Any]:
    return [*several]


def _kind(thing: Any) -> str:
    return type(thing).__name__


def _copied(path: Path, request: Request) -> dict[str, Any]:
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise Refused(f"it returned the path {str(path)!r}, which ends in none of .pt2 and .onnx")
    if not path.is_file():
        raise Refused(f"it returned the path {str(path)!r}, and there is no such file")
    shutil.copyfile(path, Path(request.result, f"program{ending}"))
    return {"ending": ending}


def _put(request: Request, ending: str, data: bytes) -> dict[str, Any]:
    Path(request.result, f"program{ending}").write_bytes(data)
    return {"ending": ending}


def _exported(module: Any, given: Any, request: Request) -> dict[str, Any]:
    torch = _torch()
    exporting = _exporting(request)
    args, kwargs = _inputs(torch, exporting, module, given, request)
    try:
        made = exporting.exported(torch, module, args, kwargs)
    except Exception as error:
        what = f"PyTorch cannot export its {type(module).__name__} without running it"
        raise Refused(**_failure(error, request, what)) from None
    shapes = {name: list(shape) for name, shape in made.shapes.items()}
    result = _put(request, ".pt2", made.data)
    return {**result, "shapes": shapes, "same": made.same, "name": _kind(module)}


def _inputs(
    torch: Any, exporting: Any, module: Any, given: Any, request: Request
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    kind = _kind(module)
    if given is None:
        kinds = {name: getattr(torch, dtype) for name, dtype in request.dtypes.items()}
        given = {
            name: torch.empty(sizes, dtype=kinds[name], device="meta")
            for name, sizes in request.inputs.items()
        }
        if not given:
            raise Refused(
                f"it returned a {kind} alone, so its inputs are needed: "
                'inputs = { x = "3x224x224" } beside the factory, or return the module and them'
            )
    if not isinstance(given, dict):
        return (*(_items(given) if isinstance(given, tuple | list) else [given]),), {}
    named: dict[str, Any] = {**given}
    try:
        return exporting.bound(module, named)
    except TypeError as error:
        takes = ", ".join(f"`{name}`" for name in inspect.signature(module.forward).parameters)
        raise Refused(
            f"inputs do not fit the `forward` of {kind}, which takes {takes}: {error}"
        ) from None


def _torch() -> Any:
    try:
        torch: Any = importlib.import_module("torch")
        importlib.import_module("torch.export")
    except ImportError:
        raise Refused(
            f"PyTorch 2.8 or newer is needed, and {sys.executable} has none: pip install torch"
        ) from None
    return torch


def _exporting(request: Request) -> Any:
    """The file that exports modules, as a module."""
    name = "_convcost_exporting"
    found: Any = importlib.util.spec_from_file_location(name, request.exporting)
    module = sys.modules[name] = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def _failure(error: BaseException, request: Request, what: str) -> dict[str, Any]:
    """An answer that says what the user's code raised, and in which line of it."""
    if isinstance(error, MemoryError):
        return {"said": "it took more memory than it may", "memory": True}
    text = str(error).strip().partition("\n")[0]
    kind = type(error).__name__
    places = [place for one in _chain(error) for place in _places(one, request)]
    return {"said": f"{what}: {kind}: {text}" if text else f"{what}: {kind}", "place": places[-1:]}


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An exception and those that led to it, the first last of all."""
    seen: set[int] = set()
    now: BaseException | None = error
    while now is not None and id(now) not in seen:
        seen.add(id(now))
        yield now
        now = now.__cause__ or (None if now.__suppress_context__ else now.__context__)


def _places(error: BaseException, request: Request) -> Iterator[tuple[str, int]]:
    """The lines of the user's own files that an exception came through, the innermost last."""
    frames = [(f.filename, f.lineno) for f in traceback.extract_tb(error.__traceback__)]
    if isinstance(error, SyntaxError):
        frames.append((error.filename or "", error.lineno))
    own = [os.path.realpath(folder) for folder in request.path]
    for file, line in frames:
        real = os.path.realpath(file)
        mine = any(_inside(real, folder) for folder in own)
        if mine and line and not any(part in PACKAGES for part in Path(real).parts):
            yield real, line


if __name__ == "__main__":
    main(sys.argv[2])  # behind this file, by `convcost.gate.factory_run`
