"""``convcost schema``."""

from __future__ import annotations

from convcost.cli import options, output


def command(out: options.Output = None) -> None:
    """Print the spec language as a JSON Schema (draft-07), for editors.

    With the YAML extension of VS Code: "yaml.schemas": {"convcost.schema.json": "specs/**/*.yaml"}

    \b
    Example:
      convcost schema -o convcost.schema.json
    """
    import json

    from convcost.spec.schema import schema

    output.write(json.dumps(schema(), indent=2) + "\n", out)
