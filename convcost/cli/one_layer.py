"""A layer that a command line describes: ``--op conv --input 3x32x32 out_channels=8 ...``.

It is written as a spec and read as one, so that fields are checked, and mistakes said, as there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from convcost.cli import complete, options, output
from convcost.given import shape_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convcost.given import Given
    from convcost.network import Network

PATH = "<command line>"
CHANNELS = "out_channels"
METAVAR = "FIELD=VALUE"
EXAMPLE = "--op conv --input 64x56x56 out_channels=128 kernel_size=3"

_FIELD = re.compile(r"\s*([A-Za-z_]\w*)\s*=(.*\S.*)", re.DOTALL)

OpName = Annotated[
    str | None,
    typer.Option(
        "--op",
        metavar="OP",
        help="Instead of a SPEC: one layer that reads --input. Its fields are given as "
        "FIELD=VALUE in place of SPEC.",
        autocompletion=complete.ops,
    ),
]


def load(
    op: str,
    fields: Sequence[str],
    given: Given,
    settings: Sequence[str] | None,
    batch: int | None,
    dtype: str | None = None,
) -> Network:
    """The network of one layer, or of the layers of one block.

    Args:
        op: an op that reads one input, or a block.
        fields: each as ``FIELD=VALUE``.
        given: what the command line gives: the shape of the input.
        settings: of vars, which a layer has none of.
        batch: samples.
        dtype: of all numbers.

    Raises:
        SpecError: a field is wrong, or the layer cannot read such an input.
        typer.BadParameter: it is not said what it reads, or an option is for specs alone.
    """
    refuse_for_specs(given, settings)
    text = _spec(op, _read(given), [_field(word) for word in fields])
    return options.load(PATH, None, given._replace(inputs={}), batch, dtype, lambda _: text)


def refuse_for_specs(given: Given, settings: Sequence[str] | None) -> None:
    """Raise BadParameter for what only a file can have."""
    if settings:
        raise typer.BadParameter("vars belong to a SPEC, and none is given", param_hint="--set")
    for option, asked in (("--dim", given.dims), ("--value", given.values)):
        if asked:
            raise typer.BadParameter(
                "it is for exported models, and none is given", param_hint=option
            )


def _spec(op: str, shape: Sequence[int], fields: Sequence[tuple[str, str]]) -> bytes:
    _refuse_several(op)
    given = [("op", op), *fields, *_as_it_reads(op, shape, dict(fields))]
    entry = ", ".join(f"{name}: {value}" for name, value in given)
    return f"{{name: {op}, input: {list(shape)}, layers: [{{{entry}}}]}}\n".encode()


def _as_it_reads(
    op: str, shape: Sequence[int], fields: Mapping[str, str]
) -> Sequence[tuple[str, str]]:
    """The channels that a convolution makes where nobody says how many: those that it reads."""
    from convcost.ops import OPS, op_class
    from convcost.ops.fields import declared

    field = declared(op_class(op)).get(CHANNELS) if op in OPS else None
    if CHANNELS in fields or field is None or not field.required:
        return ()
    output.note(f"{CHANNELS} is {shape[0]}, as many as `{op}` reads, unless you say {CHANNELS}=N")
    return ((CHANNELS, str(shape[0])),)


def _read(given: Given) -> Sequence[int]:
    """The shape of the input."""
    if len(given.inputs) != 1 or "" not in given.inputs:
        raise typer.BadParameter(
            f"give the shape of what the layer reads, as in {EXAMPLE}", param_hint="--input"
        )
    return given.inputs[""]


def _refuse_several(op: str) -> None:
    from convcost.ops import OPS, op_class

    if op in OPS and op_class(op).fewest_inputs > 1:
        fewest = op_class(op).fewest_inputs
        raise typer.BadParameter(
            f"`{op}` reads {fewest} inputs, and --input is one: write a spec, with a layer such as "
            f"`convcost explain {op}` shows",
            param_hint="--op",
        )
    if not op.isidentifier():
        raise typer.BadParameter(f"{op!r} is not an op or block, such as conv", param_hint="--op")


def _field(word: str) -> tuple[str, str]:
    """A field and its value as a spec writes it; ``3x5`` is a number for each axis."""
    found = _FIELD.fullmatch(word)
    if found is None:
        raise typer.BadParameter(
            f"{word!r} is not FIELD=VALUE, such as kernel_size=3", param_hint=METAVAR
        )
    name, value = found[1], found[2].strip()
    sizes = shape_of(value) if "x" in value.lower() else None
    return name, str(list(sizes)) if sizes else value


def words(
    context: typer.Context, given: Sequence[str] | None, most: int | None, op: str | None
) -> list[str]:
    """The words of a command that takes a SPEC and perhaps a LAYER, or with ``--op`` fields.

    The command ends where a SPEC is missing, or there are more words than ``most``.
    """
    found = list(given or ())
    if op is None and not found:
        context.fail(f"Missing argument 'SPEC': give one, or a layer, as in\n  {EXAMPLE}")
    if op is None and most is not None and len(found) > most:
        context.fail(f"Got unexpected extra argument ({found[most]})")
    return found
