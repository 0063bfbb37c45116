"""``convcost export``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from convcost.cli import options, output
from convcost.errors import ConvcostError
from convcost.exporters import EXPORTERS, of_ending, written
from convcost.exporters.weights import Weights

if TYPE_CHECKING:
    To = str
else:
    To = options.choice("To", tuple(EXPORTERS))


def command(
    spec: options.Spec,
    to: Annotated[
        To | None, typer.Option("--to", help="What to write: as -o FILE ends unless said.")
    ] = None,
    settings: options.Settings = None,
    inputs: options.Inputs = None,
    dims: options.Dims = None,
    values: options.Values = None,
    batch: options.Batch = None,
    as_written: options.AsWritten = False,
    weights: Annotated[
        str | None,
        typer.Option(
            "--weights", metavar="FILE", help="An .npz file with arrays by weight, for ONNX."
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option("--seed", min=0, metavar="N", help="Of weights that are not given.")
    ] = 0,
    no_weights: Annotated[
        bool, typer.Option("--no-weights", help="Write shapes in the place of weights.")
    ] = False,
    out: options.Output = None,
) -> None:
    """Write a network as a file that another program runs: a module of PyTorch, or an ONNX
    file.

    What such a file cannot say is refused, layer by layer.

    \b
    Example:
      convcost export resnet50 --to torch
      convcost export resnet50 -o resnet50.onnx
    """
    kind = str(to) if to else of_ending(out)
    target = EXPORTERS[kind]
    if out is None and not target.text:
        raise ConvcostError(
            f"{target.called} is not text: -o FILE{target.ending} says where it goes"
        )
    asked = options.given(inputs, dims, values, as_written=as_written)
    network = options.load(spec, settings, asked, batch)
    if weights and no_weights:
        raise ConvcostError("--weights and --no-weights: give one of them")
    data = written(network, kind, Weights(weights, seed, no_weights))
    if out is None:
        output.write(data.decode(), None)
    else:
        output.write_file(data, out)
