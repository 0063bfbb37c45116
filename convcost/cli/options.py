"""Arguments and options that commands share, and how they are read."""

from __future__ import annotations

from enum import StrEnum
from pathlib import PurePath
from typing import TYPE_CHECKING, Annotated, Any

import typer

from convcost.render.formats import names

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from convcost.network import Network


def choice(name: str, words: Sequence[str]) -> Any:
    """An enum of words, for an option that takes one of them."""
    return StrEnum(name, {word.upper(): word for word in words})


def format_of(*facets: str) -> Any:
    """The option for the format of a report that has some facets."""
    words = choice("Format", names(facets))
    return Annotated[words, typer.Option("--format", help="What to print.")]


class DtypeName(StrEnum):
    """A type of stored numbers."""

    FLOAT32 = "float32"
    FLOAT16 = "float16"
    BFLOAT16 = "bfloat16"
    INT8 = "int8"


Spec = Annotated[
    str,
    typer.Argument(metavar="SPEC", help="A YAML spec (- reads standard input), or a model.onnx."),
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="VAR=VALUE", help="Set a var of the spec. Repeatable."),
]
Inputs = Annotated[
    list[str] | None,
    typer.Option(
        "--input",
        metavar="[NAME=]SHAPE",
        help="Input shape without the batch, such as 3x320x320 or rgb=3x320x320. Repeatable.",
    ),
]
Batch = Annotated[
    int | None,
    typer.Option(
        "--batch", min=1, metavar="N", help="Samples at once: 1, or as many as a model fixes."
    ),
]
Dtype = Annotated[
    DtypeName | None,
    typer.Option("--dtype", help="Of layers for which the spec names none: float32 unless said."),
]
Strict = Annotated[bool, typer.Option("--strict", help="Exit 1 where a part of it is not known.")]
Output = Annotated[
    str | None, typer.Option("--output", "-o", metavar="FILE", help="Write to a file instead.")
]


if TYPE_CHECKING:
    TableFormat = PageFormat = str
else:
    TableFormat = format_of("page", "document", "records")
    PageFormat = format_of("page", "document")


def load(
    spec: str,
    settings: Sequence[str] | None,
    inputs: Sequence[str] | None,
    batch: int | None,
    dtype: DtypeName | None = None,
    read: Callable[[str], bytes] | None = None,
    usual_batch: int = 1,
) -> Network:
    """The network that a command line names; ``read`` returns a spec's bytes in place of its file.
    ``usual_batch`` is how many samples it has where neither ``batch`` nor an ONNX file says so.

    Raises:
        SpecError: the spec, or what is asked of it, is wrong.
        typer.BadParameter: an option cannot be read.
    """
    from convcost.loading import load as load_file

    return load_file(
        spec,
        settings=dict(map(_setting, settings or ())),
        inputs=dict(map(shape, inputs or ())),
        batch=batch,
        dtype=dtype and dtype.value,
        read=read,
        usual_batch=usual_batch,
    )


def read_once(spec: str) -> Callable[[str], bytes] | None:
    """A reader of the files of a spec, for a command that reads it twice: standard input can be
    read but once. None for another file, which readers map into memory."""
    if PurePath(spec).suffix.lower() == ".onnx":
        return None
    from functools import cache

    from convcost.spec import read_file

    return cache(read_file)


def _setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip() or not value.strip():
        raise typer.BadParameter(
            f"{text!r} is not VAR=VALUE, such as width=0.75", param_hint="--set"
        )
    return name.strip(), value


def named(text: str) -> tuple[str, str]:
    """The name and the value of ``NAME=FILE``; the name may be left out."""
    name, equals, path = text.partition("=")
    if equals and name.replace("-", "_").isidentifier():
        return name, path
    return "", text


def shape(text: str) -> tuple[str, tuple[int, ...]]:
    """The name and the sizes of ``NAME=3x320x320``; the name may be left out."""
    name, equals, written = text.rpartition("=")
    found = sizes(written)
    if found is None:
        raise typer.BadParameter(
            f"{text!r} is not a shape, such as 3x320x320 (without the batch)", param_hint="--input"
        )
    return name if equals else "", found


def sizes(text: str) -> tuple[int, ...] | None:
    """The numbers of ``3x320x320``; None where it is something else."""
    words = text.strip().lower().split("x")
    if not all(word.isascii() and word.isdigit() and len(word) < 16 for word in words):
        return None
    return tuple(map(int, words))
