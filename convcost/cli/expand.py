"""``convcost expand``."""

from __future__ import annotations

from convcost.cli import options, output


def command(
    spec: options.Spec,
    settings: options.Settings = None,
    inputs: options.Inputs = None,
    out: options.Output = None,
) -> None:
    """Write a spec out in full: every layer with its fields, and where it came from.

    The result is a spec again, without vars, blocks and structures.

    \b
    Example:
      convcost expand specs/resnet50.yaml
    """
    from convcost.render.spec import to_spec

    output.write(to_spec(options.load(spec, settings, inputs, None)), out)
