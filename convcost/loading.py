"""A file as a Network, whatever wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, cast

from convcost import arguments
from convcost.allowance import answering, reading
from convcost.dtype import DTYPES
from convcost.errors import ConvcostError, printable
from convcost.files.root import given_root
from convcost.gc_pause import paused
from convcost.given import Given
from convcost.ops.kinds import LARGEST_SIZE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from os import PathLike

    from convcost.given import Declared, Numbers, Rule
    from convcost.network import Network
    from convcost.tensor import Tensor, Weight


@answering
def load(
    path: str | PathLike[str],
    *,
    settings: Mapping[str, str] | None = None,
    inputs: Mapping[str, Sequence[int]] | None = None,
    dims: Mapping[str, int] | None = None,
    values: Mapping[str, Numbers] | None = None,
    operators: Mapping[str, Rule | Mapping[str, object]] | None = None,
    batch: int | None = None,
    dtype: str | None = None,
    read: Callable[[str], bytes] | None = None,
    usual_batch: int = 1,
    as_written: bool = False,
    root: str | PathLike[str] | None = None,
) -> Network:
    """The network of a YAML spec, an ONNX file or an exported program of PyTorch.

    Args:
        path: the file, ONNX where it ends in ``.onnx``, an exported program where it ends in
            ``.pt2``, else a spec; ``-`` is a spec on standard input. Where there is no such file,
            the name of a spec that comes with convcost, such as ``resnet50``.
        settings: values for vars of the spec in place of its own, written as in a spec.
        inputs: shapes without the batch in place of the spec's, or for what an exported model
            leaves open, by the input's name; the key ``""`` stands for the only input.
        dims: sizes that an exported model leaves open, by the names that it has for them.
        values: numbers that inputs of an ONNX file hold, which are constants then: one, or all in
            order.
        operators: rules for operators of an exported model that convcost does not know, by their
            names: ``{"acme.Swirl": {"shapes": [["batch", 8]], "macs": "batch * 8 * in_channels"}}``
            (``docs/onnx.md``). Those of installed packages (entry points of the group
            ``convcost.operators``) hold besides.
        batch: samples; ``usual_batch`` unless given, or as many as an exported model fixes.
        dtype: type of the numbers for which the file names none of their own (in an ONNX file those
            of float32).
        read: returns the bytes of a path, in place of the file.
        usual_batch: samples where neither ``batch`` nor the file says how many.
        as_written: whether ops that an exported model writes out in others stay so.
        root: the folder in which the files that a spec names stay, in place of the top of its git
            repository; see ``docs/spec.md``.

    Returns:
        The Network: its ``layers`` in order, its ``inputs`` and ``outputs``, nothing counted yet.

    Raises:
        ConvcostError: the file cannot be read as a network; of a spec a SpecError with every
            mistake, of an exported model an OpenSizes where sizes of inputs are not known. Or
            an argument has a value that it cannot have.
        TypeError: an argument is of another type than it is declared with.
    """
    path = arguments.path("path", path)
    settings = arguments.by_name("settings", {} if settings is None else settings, arguments.text)
    given = _given(inputs, dims, values, operators, as_written)
    batch = None if batch is None else arguments.whole("batch", batch, 1, LARGEST_SIZE)
    usual_batch = arguments.whole("usual_batch", usual_batch, 1, LARGEST_SIZE)
    if dtype is not None:
        arguments.word("dtype", dtype, DTYPES, "type of numbers")
    root = None if root is None else arguments.path("root", root)
    read = None if read is None else _bytes_of(arguments.function("read", read))
    reading(path)
    if is_exported(path):
        if settings:
            raise ConvcostError(f"{printable(path)}: --set: an exported model has no vars")
        return _importer(path).load(
            path, given=given, batch=batch, dtype=dtype, read=read, usual_batch=usual_batch
        )
    from convcost.spec import load as load_spec

    for option, asked in (("--dim", given.dims), ("--value", given.values)):
        if asked:
            raise ConvcostError(
                f"{printable(path)}: {option} is for exported models: --input and --set change the "
                "sizes of a spec"
            )
    with given_root(root):
        return load_spec(
            path,
            settings=settings,
            inputs=given.inputs,
            batch=usual_batch if batch is None else batch,
            dtype=dtype,
            read=read,
        )


def _given(
    inputs: Mapping[str, Sequence[int]] | None,
    dims: Mapping[str, int] | None,
    values: Mapping[str, Numbers] | None,
    operators: Mapping[str, Rule | Mapping[str, object]] | None,
    as_written: bool,
) -> Given:
    """The arguments that are about inputs and operators, checked."""
    rules: Any = operators
    if operators is None or isinstance(operators, dict):
        rules = arguments.by_name("operators", {} if operators is None else operators, _rule)
    else:  # looks rules up when they are asked for
        arguments.mapping("operators", operators)
    return Given(
        arguments.by_name("inputs", {} if inputs is None else inputs, arguments.sizes),
        arguments.by_name("dims", {} if dims is None else dims, _size),
        arguments.by_name("values", {} if values is None else values, arguments.numbers),
        Operators(rules),
        arguments.flag("as_written", as_written),
    )


def _size(name: str, value: object) -> int:
    return arguments.whole(name, value, 0, LARGEST_SIZE)


def _rule(name: str, value: object) -> Rule | Mapping[str, object]:
    if isinstance(value, Mapping):
        return cast("Mapping[str, object]", value)
    arguments.function(f"{name}.of", getattr(value, "of", None))
    return cast("Rule", value)


def _bytes_of(read: Callable[[str], bytes]) -> Callable[[str], bytes]:
    """A reader that is held to returning bytes. Our own stays as it is: files that a spec names are
    held inside a root only where it is known to read from the disk."""
    from convcost.spec.files import Files

    if isinstance(read, Files):
        return read
    return lambda path: arguments.instance("what `read` returns", read(path), bytes)


class Operators(Mapping[str, "Rule"]):
    """Rules for operators: those that are given, then those of installed packages, which are looked
    for when an operator is not known."""

    def __init__(self, given: Mapping[str, Rule | Mapping[str, object]]) -> None:
        self.given = given

    def __getitem__(self, operator: str) -> Rule:
        """The rule of an operator.

        Raises:
            KeyError: it has none.
            ConvcostError: a package has one that is none.
        """
        from convcost.spec.operator_rule import rule_of

        rule = self.given.get(operator)
        if rule is None:
            rule = _installed()[operator]
        return rule_of(operator, rule) if isinstance(rule, Mapping) else rule

    def __iter__(self) -> Iterator[str]:
        """The names of the operators."""
        return iter({**self.given, **_installed()})

    def __len__(self) -> int:
        """How many operators have a rule."""
        return len({**self.given, **_installed()})


@cache
def _installed() -> Mapping[str, Mapping[str, object]]:
    from importlib.metadata import entry_points

    found: dict[str, Mapping[str, object]] = {}
    for point in entry_points(group="convcost.operators"):
        found[point.name] = point.load()
    return found


IMPORTERS = {".onnx": "convcost.importers.onnx", ".pt2": "convcost.importers.pt2"}
"""The importer of files that other programs export, by the ending of their names."""


def is_exported(path: str) -> bool:
    """Whether a file is what another program exports, by its name: no spec."""
    return PurePath(path).suffix.lower() in IMPORTERS


def _importer(path: str) -> Any:
    """The module that reads a file which another program exported."""
    return import_module(IMPORTERS[PurePath(path).suffix.lower()])


def needed(path: str) -> Mapping[str, bytes]:
    """The bytes that a file is loaded from, by path: a spec's with those of all files that it
    includes, an exported model's without its weights. So it can be loaded where it is not.

    Raises:
        ConvcostError: it cannot be read.
    """
    if is_exported(path):
        return {path: _importer(path).reduced(path)}
    from convcost.spec.files import Files
    from convcost.spec.nodes import File, decode
    from convcost.spec.problems import Problems
    from convcost.spec.read_document import read_document

    files = Files()
    file = File(path, decode(files.spec(path), path))
    problems = Problems(file)
    read_document(file, problems, files)
    problems.refuse()
    return files.read


def inputs_of(
    path: str,
    *,
    settings: Mapping[str, str] | None = None,
    read: Callable[[str], bytes] | None = None,
) -> Mapping[str, Declared]:
    """The inputs of a file, and their full shapes as it declares them; the batch of a spec is open.

    Raises:
        ConvcostError: as :func:`load`.
    """
    if is_exported(path):
        return _importer(path).inputs_of(path, read)
    network = load(path, settings=settings, read=read)
    return {name: (None, *tensor.shape[1:]) for name, tensor in network.inputs.items()}


@paused()
def confirm(text: str, network: Network, *, any_order: bool = False) -> None:
    """See that a spec written of a network is that network when it is read.

    Args:
        text: the spec.
        network: what it was written of.
        any_order: whether the two inputs of a sum or product may be the other way round, if they
            are of one shape.

    Raises:
        TooLarge: it is larger than specs are read.
        ConvcostError: it is another, or none; the spec language cannot say all that exported models
            can.
    """
    from convcost.spec.nodes import TooLarge

    try:
        again = load("spec.yaml", batch=network.batch, read=lambda _: text.encode())
    except TooLarge:
        raise
    except ConvcostError as error:
        reason = str(error).partition("\n")[0].replace("spec.yaml:", "it would be wrong at ", 1)
    else:
        if _is_same(network, again, any_order=any_order):
            return
        reason = "it would be read as another network"
    name = printable(network.name)
    raise ConvcostError(f"'{name}' cannot be written as a spec: {reason}")


def _is_same(network: Network, other: Network, *, any_order: bool) -> bool:
    """Whether networks have the same layers, whatever they are called, between the same tensors;
    ``any_order``: it does not matter which input of a sum or product comes first."""
    if len(network.layers) != len(other.layers) or len(network.inputs) != len(other.inputs):
        return False
    tensors: dict[Tensor, Tensor] = dict(
        zip(network.inputs.values(), other.inputs.values(), strict=True)
    )
    weights: dict[Weight, Weight] = {}
    for a, b in zip(network.layers, other.layers, strict=True):
        if (a.op, len(a.outputs), [*a.weights]) != (b.op, len(b.outputs), [*b.weights]):
            return False
        read = tuple(map(tensors.get, a.inputs))
        alike = len({tensor.shape for tensor in a.inputs}) == 1
        turned = any_order and alike and a.op.commutes and read[::-1] == b.inputs
        if read != b.inputs and not turned:
            return False
        tensors.update(zip(a.outputs, b.outputs, strict=True))
        for role, weight in a.weights.items():
            if weights.setdefault(weight, b.weights[role]) is not b.weights[role]:
                return False
    made = all(
        (a.shape, a.dtype) == (b.shape, b.dtype) for a, b in (*tensors.items(), *weights.items())
    )
    return made and [*map(tensors.get, network.outputs.values())] == [*other.outputs.values()]
