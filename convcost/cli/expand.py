"""``convcost expand``."""

from __future__ import annotations

import typer

from convcost.cli import options, output
from convcost.errors import plural


def command(
    spec: options.Spec,
    settings: options.Settings = None,
    inputs: options.Inputs = None,
    dims: options.Dims = None,
    values: options.Values = None,
    as_written: options.AsWritten = False,
    strict: options.Strict = False,
    out: options.Output = None,
) -> None:
    """Write a spec out in full: every layer with its fields, and where it came from.

    The result is a spec again, without vars, blocks and structures. Names of an ONNX file that no
    spec can have are changed; what is not known of it is said in comments.

    \b
    Example:
      convcost expand specs/resnet50.yaml
    """
    from convcost.render.spec import to_spec

    asked = options.given(inputs, dims, values, as_written=as_written)
    network = options.load(spec, settings, asked, None)
    output.write(to_spec(network), out)
    for what in network.assumes:
        output.warn(f"{spec}: the result assumes {what}")
    if network.unknown:
        parts = plural(len(network.unknown), "part")
        output.warn(f"{spec}: the result lacks {parts} of the model: its comments say which")
        if strict:
            raise typer.Exit(1)
