"""``convcost run``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from convcost.cli import options, output
from convcost.errors import ConvcostError, listed, plural, printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convcost.executor.namespace import Array
    from convcost.given import Declared, Given
    from convcost.network import Network


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
    out: Annotated[
        str | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="A picture, .npy, or .npz for all outputs."
        ),
    ] = None,
) -> None:
    """Run a network on a picture or an array.

    The input takes the size of what it is given. A picture's values are 0 to 1, and are cut to that
    when a picture is written.

    \b
    Example:
      convcost run specs/kernels/sobel.yaml --input photo.png --output edges.png
    """
    from convcost.execution.array_files import encoded
    from convcost.execution.forward import execute, given
    from convcost.execution.memory_needed import refuse_too_large
    from convcost.executor.namespace import Plain

    paths = dict(map(options.named, inputs))
    asked = options.given(None, dims, values, as_written=as_written)
    network, arrays = _fed(spec, settings, asked, paths)
    make, drawn = given(network, weights, seed)
    if drawn:
        output.warn(f"{spec}: {plural(len(drawn), 'weight')} not given, drawn by --seed {seed}")
    refuse_too_large(network, "a smaller input needs less")
    with output.progress("running") as progress:
        total = len(network.layers)
        numbers = iter(range(1, total + 1))

        def done(*_: object) -> None:
            progress(next(numbers), total)

        results = execute(network, arrays, make, Plain(), done)
    if not all(result.size for result in results.values()):
        raise ConvcostError(f"{spec}: nothing comes out of inputs of this size")
    if out is not None:
        output.save(encoded(results, out), out)
    output.write("".join(f"{line}\n" for line in _summary(results)), None)


def _fed(
    spec: str, settings: Sequence[str] | None, given: Given, paths: Mapping[str, str]
) -> tuple[Network, dict[str, Array]]:
    """The network with inputs of the sizes of what it is given, and that."""
    from convcost.loading import inputs_of

    read = options.read_once(spec)
    declared = inputs_of(spec, settings=options.settings_of(settings), read=read)
    wanted = {name: shape for name, shape in declared.items() if name not in given.values}
    if "" in paths and len(wanted) == 1:
        paths = {next(iter(wanted)): paths[""]}
    if paths.keys() != wanted.keys():
        names = listed([f"{name}=FILE" for name in wanted])
        raise ConvcostError(f"{spec}: --input is wanted for each input: {names}")
    arrays = {name: _array(paths[name], shape) for name, shape in wanted.items()}
    batches = {len(array) for array in arrays.values() if array.ndim}
    if len(batches) > 1:
        raise ConvcostError(f"{spec}: the inputs have different numbers of samples")
    given = given._replace(inputs={n: array.shape[1:] for n, array in arrays.items() if array.ndim})
    network = options.load(spec, settings, given, next(iter(batches), None), read=read)
    _refuse_unknown(spec, network)
    return network, arrays


def _array(path: str, declared: Declared) -> Array:
    """What an input is given, with an axis for the samples."""
    from convcost.execution.array_files import load_array

    channels = declared[1] if declared and len(declared) == 4 else None
    array = load_array(path, channels if isinstance(channels, int) else None)
    if declared is None or array.ndim == len(declared):
        return array
    if array.ndim != len(declared) - 1:
        shape = ", ".join("?" if size is None else str(size) for size in declared[1:])
        raise ConvcostError(
            f"{path}: its shape is {list(array.shape)}, and one such as [{shape}] is wanted"
        )
    return array[None]


def _refuse_unknown(spec: str, network: Network) -> None:
    """Raise where outputs cannot be computed, and say where they are not quite the model's."""
    if network.unknown:
        raise ConvcostError(
            f"{spec}: what it gives cannot be computed, because a part of it is not known: "
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
    lines: list[str] = []
    for name, array in results.items():
        shape = "x".join(map(str, array.shape[1:] if len(array) == 1 else array.shape))
        lines.append(
            f"{name}  {shape}  {array.min():.4g} to {array.max():.4g}, mean {array.mean():.4g}"
        )
    return lines
