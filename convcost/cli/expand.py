"""``convcost expand``."""

from __future__ import annotations

import os

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
      convcost expand resnet50
    """
    from convcost.loading import confirm
    from convcost.render.spec import to_spec
    from convcost.spec.nodes import TooLarge

    asked = options.given(inputs, dims, values, as_written=as_written)
    network = options.load(spec, settings, asked, None)
    text = to_spec(network, os.path.dirname(out or ""))
    lacking = [f"assumes {what}" for what in network.assumes]
    try:
        confirm(text, network)
    except TooLarge as error:
        said = error.problems[-1].message.removeprefix("spec.yaml: ")
        lacking.append(f"cannot be read as a spec: it {said}")
        strict_fails = True
    else:
        strict_fails = bool(network.unknown)
    output.write(text, out)
    if network.unknown:
        parts = plural(len(network.unknown), "part")
        lacking.append(f"lacks {parts} of the model: its comments say which")
    for what in lacking:
        output.warn(f"{spec}: the result {what}")
    if strict and strict_fails:
        raise typer.Exit(1)
