"""``convcost run``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from convcost.cli import options, output
from convcost.errors import ConvcostError, listed, plural, printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convcost.executor.namespace import Array
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
    network, arrays = _fed(spec, settings, paths)
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
    spec: str, settings: Sequence[str] | None, paths: Mapping[str, str]
) -> tuple[Network, dict[str, Array]]:
    """The network with inputs of the sizes of what it is given, and that."""
    from convcost.execution.array_files import load_array

    network = options.load(spec, settings, None, None)
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
    if "" in paths and len(network.inputs) == 1:
        paths = {next(iter(network.inputs)): paths[""]}
    names = listed([f"{name}=FILE" for name in network.inputs])
    if paths.keys() != network.inputs.keys():
        raise ConvcostError(f"{spec}: --input is wanted for each input: {names}")
    if network.differs:
        layers = plural(len(network.differs), "layer")
        output.warn(
            f"{spec}: the values of {layers} are not quite the model's, such as "
            f"{printable(network.differs[0])}"
        )
    arrays: dict[str, Array] = {}
    batches: set[int] = set()
    for name, tensor in network.inputs.items():
        image = tensor.sample_shape[0] if len(tensor.sample_shape) == 3 else None
        array = load_array(paths[name], image)
        if array.ndim == len(tensor.sample_shape):
            array = array[None]
        if array.ndim != len(tensor.shape):
            raise ConvcostError(
                f"{paths[name]}: its shape is {list(array.shape)}, and one such as "
                f"{list(tensor.sample_shape)} is wanted"
            )
        arrays[name] = array
        batches.add(len(array))
    if len(batches) > 1:
        raise ConvcostError(f"{spec}: the inputs have different numbers of samples")
    shapes = [f"{name}={'x'.join(map(str, a.shape[1:]))}" for name, a in arrays.items()]
    return options.load(spec, settings, shapes, batches.pop()), arrays


def _summary(results: Mapping[str, Any]) -> list[str]:
    """A line an output."""
    lines: list[str] = []
    for name, array in results.items():
        shape = "x".join(map(str, array.shape[1:] if len(array) == 1 else array.shape))
        lines.append(
            f"{name}  {shape}  {array.min():.4g} to {array.max():.4g}, mean {array.mean():.4g}"
        )
    return lines
