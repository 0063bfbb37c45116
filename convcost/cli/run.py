"""``convcost run``."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Annotated, Any

import typer

from convcost.cli import options, output
from convcost.errors import ConvcostError, listed, plural, printable
from convcost.files.command import intended
from convcost.files.written import save

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convcost.execution.array_files import ArrayFile
    from convcost.executor.namespace import Array
    from convcost.given import Declared, Given
    from convcost.network import Network

if TYPE_CHECKING:
    Out = str | None
else:
    Out = options.to_file("--output", "-o", help_="A picture, .npy, or .npz for all outputs.")


def command(
    spec: options.Spec,
    inputs: Annotated[
        list[str],
        typer.Option(
            "--input",
            metavar="[NAME=]FILE",
            help="A picture or an .npy array, channels first. Repeatable.",
        ),
    ],
    settings: options.Settings = None,
    dims: options.Dims = None,
    values: options.Values = None,
    as_written: options.AsWritten = False,
    weights: Annotated[
        str | None,
        typer.Option("--weights", metavar="FILE", help="An .npz file with arrays by weight."),
    ] = None,
    seed: Annotated[
        int, typer.Option("--seed", min=0, metavar="N", help="Of weights that are not given.")
    ] = 0,
    memory: options.Memory = None,
    out: Out = None,
) -> None:
    """Run a network on a picture or an array.

    The input takes the size of what it is given. A picture's values are 0 to 1, and are cut to that
    when a picture is written.

    \b
    Example:
      convcost run kernels/sobel --input photo.png --output edges.png
    """
    from convcost.execution.array_files import encoded
    from convcost.execution.forward import execute, given
    from convcost.execution.memory_needed import needed, refuse_too_large
    from convcost.executor.namespace import Running

    if out is not None:
        intended(None)  # for the summary
    paths = dict(map(options.named, inputs))
    asked = options.given(None, dims, values, as_written=as_written)
    network, files = _fed(spec, settings, asked, paths)
    allowed = options.memory_of(memory)
    refuse_too_large(needed(network), allowed, "running", "a smaller `--input` needs less")
    with given(network, weights, seed) as (make, drawn), output.progress("running") as progress:
        if drawn:
            output.warn(f"{spec}: {plural(len(drawn), 'weight')} not given, drawn by --seed {seed}")
        total = len(network.layers)
        numbers = iter(range(1, total + 1))

        def done(*_: object) -> None:
            progress(next(numbers), total)

        results = execute(network, _arrays(network, files), make, Running(), done)
    if not results or not all(result.size for result in results.values()):
        raise ConvcostError(f"{spec}: the output is empty for inputs of this size")
    if out is not None:
        save(encoded(results, out), out)
    output.write("".join(f"{line}\n" for line in _summary(results)), None)


def _arrays(network: Network, files: Mapping[str, ArrayFile]) -> dict[str, Array]:
    """The arrays of files, of the full shapes of inputs."""
    return {
        name: files[name].read().reshape(tensor.shape) for name, tensor in network.inputs.items()
    }


def _fed(
    spec: str, settings: Sequence[str] | None, given: Given, paths: Mapping[str, str]
) -> tuple[Network, dict[str, ArrayFile]]:
    """The network with inputs of the sizes of what it is given, and that."""
    from convcost.loading import inputs_of

    read = options.read_once(spec)
    declared = inputs_of(spec, settings=options.settings_of(settings), read=read)
    wanted = {name: shape for name, shape in declared.items() if name not in given.values}
    if "" in paths and len(wanted) == 1:
        paths = {next(iter(wanted)): paths[""]}
    if not wanted:
        raise ConvcostError(f"{spec}: it has no inputs that a file could be given for")
    if paths.keys() != wanted.keys():
        names = listed([f"{name}=FILE" for name in wanted])
        raise ConvcostError(f"{spec}: --input is wanted for each input: {names}")
    files = {name: _file(paths[name], shape) for name, shape in wanted.items()}
    shapes = {n: _full(paths[n], file.shape, wanted[n]) for n, file in files.items()}
    batches = {shape[0] for shape in shapes.values() if shape}
    if len(batches) > 1:
        raise ConvcostError(f"{spec}: the inputs have different numbers of samples")
    given = given._replace(inputs={n: shape[1:] for n, shape in shapes.items() if shape})
    network = options.load(spec, settings, given, next(iter(batches), None), read=read)
    _refuse_unknown(spec, network)
    return network, files


def _file(path: str, declared: Declared) -> ArrayFile:
    """The file that an input is given."""
    from convcost.execution.array_files import array_file

    sizes = [size if isinstance(size, int) else 0 for size in declared or ()]
    channels = sizes[1] or None if len(sizes) == 4 else None
    return array_file(path, channels, prod(sizes[2:]))


def _full(path: str, shape: tuple[int, ...], declared: Declared) -> tuple[int, ...]:
    """The shape of what an input is given, with an axis for the samples."""
    if declared is None or len(shape) == len(declared):
        return shape
    if len(shape) != len(declared) - 1:
        wanted = ", ".join("?" if size is None else str(size) for size in declared[1:])
        raise ConvcostError(
            f"{path}: its shape is {list(shape)}, and one such as [{wanted}] is wanted"
        )
    return (1, *shape)


def _refuse_unknown(spec: str, network: Network) -> None:
    """Raise where outputs cannot be computed, and say where they are not quite the model's."""
    if network.unknown:
        raise ConvcostError(
            f"{spec}: its outputs cannot be computed, because a part of it is not known: "
            f"{printable(network.unknown[0])}"
        )
    opaque = [layer.name for layer in network.layers if layer.op.opaque]
    if opaque:
        raise ConvcostError(
            f"{spec}: layer '{printable(opaque[0])}' is known by a rule for its costs, which says "
            "nothing of what it computes"
        )
    if network.differs:
        layers = plural(len(network.differs), "layer")
        output.warn(
            f"{spec}: the values of {layers} are not quite the model's, such as "
            f"{printable(network.differs[0])}"
        )


def _summary(results: Mapping[str, Any]) -> list[str]:
    """A line an output."""
    from convcost.execution.array_files import mean

    lines: list[str] = []
    for name, array in results.items():
        one = array.shape[:1] == (1,)
        shape = "x".join(map(str, array.shape[one:]))
        lines.append(
            f"{name}  {shape}  {array.min():.4g} to {array.max():.4g}, mean {mean(array):.4g}"
        )
    return lines
