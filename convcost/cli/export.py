"""``convcost export``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from convcost.cli import options, output
from convcost.errors import ConvcostError
from convcost.exporters import EXPORTERS, of_ending, written

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
    out: options.Output = None,
) -> None:
    """Write a network as a file that another program runs: a module of PyTorch.

    What such a file cannot say is refused, layer by layer.

    \b
    Example:
      convcost export resnet50 --to torch
    """
    kind = str(to) if to else of_ending(out)
    target = EXPORTERS[kind]
    if out is None and not target.text:
        raise ConvcostError(
            f"{target.called} is no text: -o FILE{target.ending} says where it goes"
        )
    asked = options.given(inputs, dims, values, as_written=as_written)
    network = options.load(spec, settings, asked, batch)
    data = written(network, kind)
    if out is None:
        output.write(data.decode(), None)
    else:
        output.write_file(data, out)
