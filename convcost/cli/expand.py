"""``convcost expand``."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from convcost.cli import options, output
from convcost.errors import plural

Blocks = Annotated[
    bool | None,
    typer.Option(
        "--blocks/--flat",
        help="Find blocks and repeats, or write every layer. [default: --blocks for exported "
        "models, --flat for specs]",
        show_default=False,
    ),
]


def command(
    spec: options.Spec,
    settings: options.Settings = None,
    inputs: options.Inputs = None,
    dims: options.Dims = None,
    values: options.Values = None,
    as_written: options.AsWritten = False,
    blocks: Blocks = None,
    strict: options.Strict = False,
    out: options.Output = None,
) -> None:
    """Write a network as a spec.

    Of a spec: every layer with its fields, and where it came from, without vars, blocks and
    structures (--flat). Of an exported model: a spec to keep, with blocks where layers come again,
    repeats and tables where they differ in numbers only, and the figures as `expect:` (--blocks).
    Either is read again before it is printed. Names that no spec can have are changed; what is not
    known of a model is said in comments.

    \b
    Example:
      convcost expand resnet50
      convcost expand model.pt2 -o model.yaml
    """
    from convcost.loading import confirm, is_exported
    from convcost.render.folding.spec import folded_spec
    from convcost.render.spec import to_spec
    from convcost.spec.nodes import TooLarge

    asked = options.given(inputs, dims, values, as_written=as_written)
    network = options.load(spec, settings, asked, None)
    folder = os.path.dirname(out or "")
    text = to_spec(network, folder)
    lacking = [f"assumes {what}" for what in network.assumes]
    strict_fails = bool(network.unknown)
    folds = is_exported(spec) if blocks is None else blocks
    folded = folded_spec(network, folder) if folds else None
    try:
        if folded is None:
            confirm(text, network)
    except TooLarge as error:
        said = error.problems[-1].message.removeprefix("spec.yaml: ")
        lacking.append(f"cannot be read as a spec: it {said}")
        strict_fails = True
    output.write(folded or text, out)
    if network.unknown:
        parts = plural(len(network.unknown), "part")
        lacking.append(f"lacks {parts} of the model: its comments say which")
    for what in lacking:
        output.warn(f"{spec}: the result {what}")
    if strict and strict_fails:
        raise typer.Exit(1)
