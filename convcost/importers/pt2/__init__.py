"""Exported programs of PyTorch (``.pt2``, written by ``torch.export.save``) as Networks, without
PyTorch; weights are never read."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from io import BytesIO
from pathlib import PurePath
from typing import IO, TYPE_CHECKING, Any, cast

from convcost.dtype import DEFAULT
from convcost.errors import ConvcostError, Source, printable
from convcost.files.command import Overwritten
from convcost.gc_pause import paused
from convcost.given import NOTHING
from convcost.importers.building.asked import named, refuse_unknown
from convcost.importers.building.batch import refuse_half_a_count
from convcost.importers.building.finish import finished
from convcost.importers.building.mapped import mapped
from convcost.importers.building.sizes import Asked, Sizes
from convcost.importers.building.values import Stored
from convcost.importers.pt2.archive import Archive
from convcost.importers.pt2.builder import Builder
from convcost.importers.pt2.graph import Program
from convcost.importers.pt2.positions import positions
from convcost.importers.pt2.translate import WAYS
from convcost.importers.pt2.unused import hold_unused
from convcost.network import Network
from convcost.samples import Samples
from convcost.tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

    from convcost.given import Declared, Given

DAMAGED = (KeyError, TypeError, AttributeError, ValueError, IndexError, RecursionError)
"""What reading a graph that is not as the schema has it ends in."""


def load(
    path: str,
    *,
    given: Given = NOTHING,
    batch: int | None = None,
    dtype: str | None = None,
    read: Callable[[str], bytes] | None = None,
    usual_batch: int = 1,
    shapes: Mapping[str, Sequence[int]] | None = None,
    same: Mapping[str, str] | None = None,
) -> Network:
    """The network of an exported program.

    Args:
        path: the file.
        given: sizes that the program leaves open, rules for its operators, and whether ops that are
            written out in others stay so.
        batch: samples; as the program says, or ``usual_batch``, unless given.
        dtype: in place of float32.
        read: returns the bytes of the path, in place of the file.
        usual_batch: samples where neither ``batch`` nor the program says how many.
        shapes: full shapes of inputs, by name, for sizes that the program leaves open.
        same: for names of parameters that are another's too, the first name, where the file has no
            weights that would tell.

    Raises:
        ConvcostError: the file is not a program that can be read, or what is given does not fit it;
            an OpenSizes where sizes of inputs are not known.
    """
    with _undamaged(path), paused():
        program = _program(path, read)
        if same is not None:
            program.first_names, program.on_meta = {**same}, False
        if shapes is not None:
            given, usual_batch = _sized(program, given, shapes, usual_batch)
        network, b = _network(path, program, given, Asked(batch, usual_batch))
    if b.fixed is not None and network.batch != b.fixed:
        own, _ = _network(path, program, given._replace(as_written=True), Asked(b.fixed, b.fixed))
        refuse_half_a_count(path, network, own)
    return finished(network, b.skipped, as_written=given.as_written, dtype=dtype)


def _sized(
    program: Program, given: Given, shapes: Mapping[str, Sequence[int]], usual: int
) -> tuple[Given, int]:
    """Complete the given sizes from full shapes of the inputs. Also return the usual batch size:
    the first size of an input that leaves it open."""
    dims = dict(given.dims)
    for name, declared in program.inputs().items():
        for axis, (size, own) in enumerate(zip(shapes[name], declared or (), strict=True)):
            if isinstance(own, str) and axis == 0:
                usual = size
            elif isinstance(own, str):
                dims.setdefault(own, size)
    return given._replace(dims=dims), usual


def inputs_of(path: str, read: Callable[[str], bytes] | None = None) -> Mapping[str, Declared]:
    """The inputs of an exported program, and their shapes as it declares them.

    Raises:
        ConvcostError: the file is not a program that can be read.
    """
    with _undamaged(path):
        return _program(path, read).inputs()


def reduced(path: str) -> bytes:
    """The bytes of an exported program without its weights, from which it is read as from its file.

    Raises:
        ConvcostError: the file is no such program; without its path.
    """
    with mapped(path) as data:
        return Archive(cast("IO[bytes]", _Mapped(data))).reduced()


@contextmanager
def _undamaged(path: str) -> Generator[None]:
    """Say of a graph that is not as the schema has it that this is so."""
    try:
        yield
    except DAMAGED as error:
        said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        raise ConvcostError(
            f"{printable(path)}: its graph is not as PyTorch's schema has it ({printable(said)})"
        ) from None


def _program(path: str, read: Callable[[str], bytes] | None) -> Program:
    try:
        with mapped(path) if read is None else nullcontext(read(path)) as data:
            stream = BytesIO(data) if isinstance(data, bytes) else cast("IO[bytes]", _Mapped(data))
            archive = Archive(stream)
            return Program(archive.graph(), archive.constants("weights"), positions(archive))
    except Overwritten:
        raise
    except ConvcostError as error:
        raise ConvcostError(f"{printable(path)}: {error}") from None


def _network(path: str, program: Program, given: Given, asked: Asked) -> tuple[Network, Builder]:
    """The network as the program has it, and what made it."""
    network = Network(PurePath(path).stem, Source(path))
    inputs = program.inputs()
    given = named(given, inputs)
    refuse_unknown(path, (), inputs, given)
    sizes = Sizes(path, inputs, given, asked)
    sizes.refuse_open()
    b = Builder(network, program, sizes.named, WAYS, given.operators)
    b.fixed = sizes.fixed
    for name in inputs:
        axis = sizes.samples_axis(name)
        made = program.made(name, sizes.named)
        samples = None if axis is None else Samples(axis)
        dtype = DEFAULT if made is None else made.dtype
        tensor = Tensor(name, sizes.whole(name), samples, dtype)
        network.inputs[name] = b.values[name] = tensor
    _store(b, program)
    b.run_all(program.nodes, [*program.outputs()])
    _outputs(b, program)
    return network, b


def _store(b: Builder, program: Program) -> None:
    """The arrays of the program, of which only parameters are learned."""
    for array in program.arrays():
        made = program.made(array.value, b.sizes)
        if made is not None:
            learned = array.kind == "parameter"
            name = program.first_names.get(array.name, array.name)
            known = program.positions.get(array.name) if array.kind == "tensor_constant" else None
            known = known if known is not None and known.shape == made.shape else None
            b.values[array.value] = Stored(name, made.shape, made.dtype, known, learned)
        elif array.kind == "parameter":
            b.network.unknown.append(
                f"parameter {printable(array.name)}: convcost does not know the type of its numbers"
            )


def _outputs(b: Builder, program: Program) -> None:
    """The outputs; parameters that no layer reads are the module's too."""
    network = b.network
    for name in program.outputs():
        made = b.values.get(name)
        if isinstance(made, Stored) and 0 not in made.shape:
            made = b.alone(made)
        if isinstance(made, Tensor):
            network.outputs[name] = made
        else:
            network.unknown.append(f"output {name}: it is not known")
    hold_unused(b, program)


class _Mapped:
    """A mapped file as the zip module reads one."""

    def __init__(self, data: Any) -> None:
        self._data = data

    def seekable(self) -> bool:
        """Whether one can go back in it."""
        return True

    def __getattr__(self, name: str) -> Any:
        """``read``, ``tell`` and ``seek`` of the file."""
        return getattr(self._data, name)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place, and say which."""
        self._data.seek(offset, whence)
        return self._data.tell()
