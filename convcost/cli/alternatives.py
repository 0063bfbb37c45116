"""``convcost alternatives``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from convcost.cli import complete, on_devices, one_layer, options, output
from convcost.dtype import DEFAULT
from convcost.errors import ConvcostError, printable
from convcost.given import shape_of
from convcost.metrics import COUNTS
from convcost.render.formats import FIRST

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convcost.analysis.alternatives.rows import Alternatives, Row
    from convcost.network import Network

FLAGS = {
    "out_channels": "--out",
    "kernel_size": "--kernel",
    "stride": "--stride",
    "padding": "--padding",
    "dilation": "--dilation",
    "bias": "--bias",
}
"""The options that describe a convolution, by its fields."""


if TYPE_CHECKING:
    Sort = str
else:
    Sort = options.choice("Sort", ("kind", *COUNTS))


Out = Annotated[
    int | None, typer.Option("--out", metavar="N", help="Without a SPEC: output channels.")
]
Kernel = Annotated[
    str | None, typer.Option("--kernel", metavar="N[xN]", help="Without a SPEC: taps, 3 or 1x7.")
]
Stride = Annotated[
    str | None, typer.Option("--stride", metavar="N[xN]", help="Without a SPEC: 1 unless given.")
]
Padding = Annotated[
    str | None,
    typer.Option("--padding", metavar="N[xN]", help="Without a SPEC: a number, valid, or same."),
]
Dilation = Annotated[
    str | None, typer.Option("--dilation", metavar="N[xN]", help="Without a SPEC: the rate, or 1.")
]
Bias = Annotated[bool, typer.Option("--bias", help="Without a SPEC: with a bias.")]
Width = Annotated[
    int | None,
    typer.Option(
        "--width",
        min=1,
        metavar="N",
        help="Channels inside of what reduces them: a quarter of the fewer unless given.",
    ),
]
Between = Annotated[
    str | None,
    typer.Option(
        "--between",
        metavar="OPS",
        help="What to put between the parts, such as batch_norm,relu; `same`: what follows the "
        "layer.",
    ),
]
Apply = Annotated[
    str | None,
    typer.Option("--apply", metavar="WORD", help="Write the spec with this alternative in it."),
]


def command(
    context: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SPEC [LAYER]",
            help=f"{options.SPEC}. LAYER is a convolution of it; or a block, or a pattern such as "
            "'stage.*', for all in it: the one of most MACs unless given. With --op "
            "FIELD=VALUE...",
            autocompletion=complete.specs_or_convolutions,
        ),
    ] = None,
    op: one_layer.OpName = None,
    settings: options.Settings = None,
    inputs: options.Inputs = None,
    dims: options.Dims = None,
    values: options.Values = None,
    as_written: options.AsWritten = False,
    batch: options.Batch = None,
    dtype: options.Dtype = None,
    out_channels: Out = None,
    kernel: Kernel = None,
    stride: Stride = None,
    padding: Padding = None,
    dilation: Dilation = None,
    bias: Bias = False,
    width: Width = None,
    between: Between = None,
    apply: Apply = None,
    sort: Annotated[
        Sort,
        typer.Option(
            "--sort",
            metavar="ORDER",
            help=f"Order of the alternatives: kind, or a count, least first: {', '.join(COUNTS)}.",
        ),
    ] = "macs",
    all_: Annotated[
        bool, typer.Option("--all", help="List every row and the formulas on a terminal, too.")
    ] = False,
    devices: on_devices.Devices = None,
    fused: on_devices.Fused = False,
    format_: options.TableFormat = FIRST,
    out: options.Output = None,
) -> None:
    """Show what could stand in the place of a convolution, and what each would cost.

    All have its input and output shape. It is a layer of a SPEC, or given by --op and its fields,
    or in short by --input, --out and --kernel: without a bias then, and padded to the same size.
    Several layers are replaced together, and totals of the network shown.

    \b
    Examples:
      convcost alternatives --op conv --input 192x28x28 kernel_size=3 padding=1
      convcost alternatives --input 192x28x28 --out 256 --kernel 3
      convcost alternatives vgg16 '*' --apply reduced -o small.yaml
    """
    from convcost.analysis.alternatives.rows import alternatives, pick
    from convcost.analysis.analyze.cost import analyze
    from convcost.render.reports.alternatives.report import report

    given = _given(
        out_channels=out_channels,
        kernel_size=kernel,
        stride=stride,
        padding=padding,
        dilation=dilation,
        bias=bias or None,
    )
    if apply is not None and format_ != FIRST:
        raise typer.BadParameter("--apply writes a spec: leave out --format", param_hint="--format")
    asked = options.given(inputs, dims, values, as_written=as_written)
    layer = None
    if words or op is not None:
        if given:
            flag = FLAGS[next(iter(given))]
            raise typer.BadParameter("describes a layer where there is no SPEC", param_hint=flag)
        found = one_layer.words(context, words, 2, op)
        if op is not None:
            network = one_layer.load(op, found, asked, settings, batch, dtype)
        else:
            network = options.load(found[0], settings, asked, batch, dtype)
            layer = found[1] if len(found) > 1 else None
    else:
        one_layer.refuse_for_specs(asked, settings)
        network = _convolution(given, inputs, batch, dtype)
    count = on_devices.timing(analyze, devices, fused=fused)
    answer = alternatives(network, pick(network, layer), width=width, parts=between)
    answer = answer.counted(count) if devices else answer
    if apply is not None:
        _apply(answer, apply, out)
        return
    rows = _sorted(answer.rows, sort)
    output.report(report(answer, rows, everything=all_), format_, out)


def _given(**fields: Any) -> dict[str, Any]:
    """The fields that were given, in the form of a spec's values."""
    return {name: _value(name, text) for name, text in fields.items() if text is not None}


def _value(field: str, text: Any) -> Any:
    if not isinstance(text, str) or (field == "padding" and text in ("same", "valid")):
        return text
    found = shape_of(text)
    if found is None:
        message = f"{text!r} is not a number, or one for each axis, such as 3 or 1x7"
        raise typer.BadParameter(message, param_hint=FLAGS[field])
    return found[0] if len(found) == 1 else list(found)


def _convolution(
    given: Mapping[str, Any],
    inputs: Sequence[str] | None,
    batch: int | None,
    dtype: str | None,
) -> Network:
    """The network of the convolution that the options describe."""
    from convcost.analysis.alternatives.replace import one_convolution
    from convcost.applied import BrokenCondition
    from convcost.ops.fields import FieldError

    if not (inputs and "out_channels" in given and "kernel_size" in given):
        raise typer.BadParameter(
            "give one, or a layer by --input, --out and --kernel", param_hint="SPEC"
        )
    name, x = options.shape(inputs[-1])
    if name or len(inputs) > 1 or len(x) < 2:
        message = f"{inputs[-1]!r} is not the one input of a layer, such as 192x28x28"
        raise typer.BadParameter(message, param_hint="--input")
    try:
        return one_convolution(
            (batch or 1, *x),
            {"padding": "same", "bias": False, **given},
            str(dtype or DEFAULT),
        )
    except FieldError as error:
        sentence, field = error.args
        raise typer.BadParameter(sentence, param_hint=FLAGS[field]) from None
    except BrokenCondition as error:
        raise typer.BadParameter(str(error), param_hint="--kernel") from None


def _sorted(rows: Sequence[Row], sort: str) -> Sequence[Row]:
    if sort == "kind":
        return rows
    return sorted(rows, key=lambda row: row.analysis.totals[sort])


def _apply(found: Alternatives, word: str, out: str | None) -> None:
    from convcost.analysis.alternatives.rows import applied
    from convcost.loading import confirm
    from convcost.render.reports.alternatives.page import change
    from convcost.render.spec import to_spec

    network = applied(found, word)
    if network.unknown:
        raise ConvcostError(
            f"'{printable(network.name)}' cannot be written as a spec: a part of it is not known: "
            f"{printable(network.unknown[0])}"
        )
    text = to_spec(network, os.path.dirname(out or ""))
    confirm(text, network)
    output.write(text, out)
    output.note(change(found, word, network))
