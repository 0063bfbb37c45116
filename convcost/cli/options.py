"""Arguments and options that commands share, and how they are read."""

from __future__ import annotations

import re
from enum import StrEnum
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from convcost.cli import complete, output
from convcost.dtype import DTYPES
from convcost.errors import listed
from convcost.files.command import intended
from convcost.given import numbers_of, shape_of
from convcost.render.formats import names

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.conventions.convention import Convention
    from convcost.given import Given, Numbers
    from convcost.network import Network


FEW_FORMATS = 8


def choice(name: str, words: Sequence[str]) -> Any:
    """An enum of words, for an option that takes one of them."""
    return StrEnum(name, {word.upper(): word for word in words})


def format_of(*facets: str) -> Any:
    """The option for the format of a report that has some facets."""
    words = names(facets)
    many = len(words) > FEW_FORMATS  # more than a line of help can hold
    says = f"What to print: {listed(words, 'or')}." if many else "What to print."
    option = typer.Option("--format", metavar="FORMAT" if many else None, help=says)
    return Annotated[choice("Format", words), option]


SPEC = "A YAML spec (- is standard input), a name of `convcost specs`, or a model.onnx or .pt2"
Spec = Annotated[
    str, typer.Argument(metavar="SPEC", help=f"{SPEC}.", autocompletion=complete.specs)
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="VAR=VALUE",
        help="Set a var of the spec. Repeatable.",
        autocompletion=complete.settings,
    ),
]
Inputs = Annotated[
    list[str] | None,
    typer.Option(
        "--input",
        metavar="[NAME=]SHAPE",
        help="Input shape without the batch, such as 3x320x320 or rgb=3x320x320. Repeatable.",
    ),
]
Dims = Annotated[
    list[str] | None,
    typer.Option(
        "--dim",
        metavar="NAME=SIZE",
        help="A size that an ONNX file leaves open, such as height=320. Repeatable.",
    ),
]
Values = Annotated[
    list[str] | None,
    typer.Option(
        "--value",
        metavar="NAME=NUMBERS",
        help="The value of an input of an ONNX file, such as sr=16000. Repeatable.",
    ),
]
Batch = Annotated[
    int | None,
    typer.Option(
        "--batch", min=1, metavar="N", help="Samples in a batch: 1, or as many as a model fixes."
    ),
]
AsWritten = Annotated[
    bool,
    typer.Option(
        "--as-written",
        help="Keep the nodes of an ONNX file as they are, such as the 5 that make up a gelu.",
    ),
]
Conventions = Annotated[
    list[str] | None,
    typer.Option(
        "--convention",
        metavar="TOOL",
        help="Also count as this tool does: fvcore, thop ... (see `reconcile`).",
        autocompletion=complete.conventions,
    ),
]
Order = Annotated[
    bool,
    typer.Option(
        "--order", help="Put layers in the order that needs the least memory for tensors."
    ),
]
Inplace = Annotated[
    bool,
    typer.Option("--inplace", help="Element-wise layers overwrite inputs that nothing else needs."),
]
Memory = Annotated[
    str | None,
    typer.Option(
        "--memory",
        metavar="SIZE",
        help="Refuse to use more than this, such as 2GB: what is available unless given.",
    ),
]
Cluster = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        metavar="ADDRESS",
        help="Have the workers of a Dask cluster do the work: tcp://host:8786, or local:4 for 4 "
        "workers here.",
    ),
]
Jobs = Annotated[
    int | None,
    typer.Option("--jobs", "-j", min=1, max=1000, metavar="N", help="Work in N processes."),
]
Strict = Annotated[bool, typer.Option("--strict", help="Exit 1 if any figure is not fully known.")]


def to_file(*names: str, help_: str = "Write to a file instead.") -> Any:
    """The option for the file that a result goes to, which is not an input."""
    return Annotated[
        str | None, typer.Option(*names, metavar="FILE", help=help_, callback=_to_file)
    ]


def _to_file(path: str | None) -> str | None:
    if path is not None:
        intended(path)
    return path


if TYPE_CHECKING:
    Dtype = str | None
else:
    Dtype = Annotated[
        choice("DtypeName", tuple(DTYPES)) | None,
        typer.Option(
            "--dtype",
            metavar="TYPE",
            help="Type of layers for which the spec names none, such as float16 or int8: float32 "
            "unless given.",
        ),
    ]


if TYPE_CHECKING:
    Output = str | None
    NewFile = str | None
else:
    Output = to_file("--output", "-o")
    NewFile = to_file("--output", "-o", help_="In place of NAME.yaml. It must not exist yet.")


if TYPE_CHECKING:
    TableFormat = PageFormat = str
else:
    TableFormat = format_of("page", "document", "records")
    PageFormat = format_of("page", "document")


def load(
    spec: str,
    settings: Sequence[str] | None,
    given: Given,
    batch: int | None,
    dtype: str | None = None,
    read: Callable[[str], bytes] | None = None,
) -> Network:
    """The network that a command line names; what is doubtful about its file is said.

    Raises:
        SpecError: the spec, or what is asked of it, is wrong.
        typer.BadParameter: an option cannot be read.
    """
    return said(spec, unsaid(spec, settings, given, batch, dtype, read))


def unsaid(
    spec: str,
    settings: Sequence[str] | None,
    given: Given,
    batch: int | None,
    dtype: str | None = None,
    read: Callable[[str], bytes] | None = None,
    usual_batch: int = 1,
) -> Network:
    """As :func:`load`, without a word. ``read`` returns a spec's bytes in place of its file;
    ``usual_batch`` is how many samples it has where neither ``batch`` nor an ONNX file says so."""
    from convcost.loading import is_exported
    from convcost.loading import load as load_file

    if is_exported(spec) and not given.operators:
        from convcost.gate.operators import ConfiguredOperators

        given = given._replace(operators=ConfiguredOperators(spec))
    return load_file(
        spec,
        settings=settings_of(settings),
        **given._asdict(),
        batch=batch,
        dtype=dtype and str(dtype),
        read=read,
        usual_batch=usual_batch,
    )


def counting(
    analyze: Callable[[Network], Analysis], tools: Sequence[str] | None
) -> Callable[[Network], Analysis]:
    """A function that analyses a network, and counts it as tools do, too.

    Raises:
        ConvcostError: there is no such tool, or its file is wrong.
    """
    if not tools:
        return analyze
    from convcost.analysis.reconcile.beside import beside
    from convcost.conventions.read import convention

    conventions = [convention(tool) for tool in dict.fromkeys(tools)]
    return partial(_counted, analyze, beside, conventions)


def _counted(
    analyze: Callable[[Network], Analysis],
    beside: Callable[[Analysis, Sequence[Convention]], Analysis],
    conventions: Sequence[Convention],
    network: Network,
) -> Analysis:
    return beside(analyze(network), conventions)


def ordering(
    count: Callable[[Network], Analysis], *, order: bool, inplace: bool
) -> Callable[[Network], Analysis]:
    """A function that analyses a network, in the order of layers that needs least memory if that
    is asked for.

    Raises:
        typer.BadParameter: layers are to write over their inputs, too.
    """
    if not order:
        return count
    if inplace:
        raise typer.BadParameter("--order is for layers that make memory: leave out --inplace")
    return partial(_ordered, count)


def _ordered(count: Callable[[Network], Analysis], network: Network) -> Analysis:
    from convcost.analysis.schedule.ordered import ordered

    found = ordered(network)
    return count(found.network)._replace(order=found.said)


def said(spec: str, network: Network) -> Network:
    """The network, once what is doubtful about its file is said."""
    for doubt in network.doubts:
        output.warn(f"{spec}: {doubt}")
    return network


def given(
    inputs: Sequence[str] | None,
    dims: Sequence[str] | None = None,
    values: Sequence[str] | None = None,
    *,
    as_written: bool = False,
) -> Given:
    """The sizes and values of inputs that a command line gives, and how the file is read.

    Raises:
        typer.BadParameter: an option cannot be read.
    """
    from convcost.given import Given

    return Given(
        dict(map(shape, inputs or ())),
        dict(map(_dim, dims or ())),
        dict(map(_value, values or ())),
        as_written=as_written,
    )


def read_once(spec: str) -> Callable[[str], bytes] | None:
    """A reader of the files of a spec, for a command that reads it twice: standard input can be
    read but once. None for another file, which readers map into memory."""
    from convcost.loading import is_exported

    if is_exported(spec):
        return None
    from convcost.spec.files import Files

    return Files()


def memory_of(text: str | None) -> int | None:
    """The bytes that a command line allows: an amount as budgets write it, or ``2e9``; BadParameter
    where they cannot be read."""
    from convcost.spec.quantity import size

    if text is None:
        return None
    if re.fullmatch(r"[0-9]+e[0-9]{1,2}", text):
        return int(Fraction(text))
    try:
        return size(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} {error}", param_hint="--memory") from None


def settings_of(settings: Sequence[str] | None) -> dict[str, str]:
    """The values of vars that a command line gives; BadParameter where one cannot be read."""
    return dict(map(_setting, settings or ()))


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
    found = shape_of(written)
    if found is None:
        raise typer.BadParameter(
            f"{text!r} is not a shape, such as 3x320x320 (without the batch)", param_hint="--input"
        )
    return name if equals else "", found


def _dim(text: str) -> tuple[str, int]:
    name, _, written = text.rpartition("=")
    size = shape_of(written) or ()
    if not name or len(size) != 1:
        raise typer.BadParameter(
            f"{text!r} is not NAME=SIZE, such as height=320", param_hint="--dim"
        )
    return name, size[0]


def _value(text: str) -> tuple[str, Numbers]:
    name, _, written = text.rpartition("=")
    numbers = numbers_of(written)
    if not name or numbers is None:
        raise typer.BadParameter(
            f"{text!r} is not NAME=NUMBERS, such as sr=16000 or size=640,480", param_hint="--value"
        )
    return name, numbers
