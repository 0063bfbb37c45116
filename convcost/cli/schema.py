"""``convcost schema``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from convcost.cli import options, output
from convcost.errors import listed, quoted

if TYPE_CHECKING:
    File = str | None
else:
    File = options.to_file("-o")


def command(
    of: Annotated[
        str | None,
        typer.Argument(metavar="[COMMAND]", help="With --output: of what this command prints."),
    ] = None,
    documents: Annotated[
        bool,
        typer.Option("--output", help="The schema of what commands print with --format json."),
    ] = False,
    config: Annotated[bool, typer.Option("--config", help="The schema of convcost.toml.")] = False,
    file: File = None,
) -> None:
    """Print the spec language as a JSON Schema (draft-07), for editors; or that of convcost.toml,
    or of documents.

    With the YAML extension of VS Code: "yaml.schemas": {"convcost.schema.json": "specs/**/*.yaml"}.
    With Even Better TOML, as the first line of convcost.toml: #:schema ./config.schema.json

    \b
    Examples:
      convcost schema -o convcost.schema.json
      convcost schema --config -o config.schema.json
      convcost schema --output analyze
    """
    import json

    if documents and config:
        raise typer.BadParameter(
            "--output asks for another schema: give one of them", param_hint="--config"
        )
    if documents:
        from convcost.render.schema import DOCUMENTS, output_schema

        if of is not None and of not in DOCUMENTS:
            raise typer.BadParameter(
                f"{quoted(of)} is not a command with --format json, as {listed(list(DOCUMENTS))} "
                "are; -o FILE writes to a file",
                param_hint="COMMAND",
            )
        found = output_schema(of)
    elif of is not None:
        raise typer.BadParameter("it goes with --output", param_hint="COMMAND")
    elif config:
        from convcost.gate.config_schema import config_schema

        found = config_schema()
    else:
        from convcost.spec.schema import schema

        found = schema()
    output.write(json.dumps(found, indent=2) + "\n", file)
