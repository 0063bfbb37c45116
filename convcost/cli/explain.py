"""``convcost explain``."""

from __future__ import annotations

from os.path import exists
from typing import TYPE_CHECKING, Annotated

import typer

from convcost.cli import complete, one_layer, options, output
from convcost.files.known import is_known
from convcost.render.formats import FIRST

STDIN = "-"

if TYPE_CHECKING:
    from convcost.network import Layer, Network

    Format = str
else:
    Format = options.format_of("page", "document", "formulas")


def command(
    context: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="WHAT [LAYER]",
            help="A word: an op, a block, a field, a metric, a lint code, whatever reports print. "
            "Or a SPEC and a LAYER of it: its name, or a part that no other has.",
            autocompletion=complete.topics,
        ),
    ] = None,
    op: one_layer.OpName = None,
    settings: options.Settings = None,
    inputs: options.Inputs = None,
    dims: options.Dims = None,
    values: options.Values = None,
    as_written: options.AsWritten = False,
    batch: options.Batch = None,
    algorithms: Annotated[
        bool,
        typer.Option("--algorithms", help="Ways to compute the LAYER, each executed and counted."),
    ] = False,
    matrix: Annotated[
        bool, typer.Option("--matrix", help="The LAYER as a matrix of its weights by name.")
    ] = False,
    all_: Annotated[
        bool, typer.Option("--all", help="Show every section on a terminal, however many.")
    ] = False,
    memory: options.Memory = None,
    format_: Format = FIRST,
    out: options.Output = None,
) -> None:
    """Explain a word of this program, or the figures of a layer with the numbers in them.

    Alone, WHAT is always a word, also where a file is called so. Two words are a SPEC and a LAYER
    where the first is a file or comes with convcost, else one WHAT: explain in bounds.

    \b
    Examples:
      convcost explain MACs
      convcost explain conv
      convcost explain resnet50 classifier
      convcost explain --op conv --input 3x32x32 kernel_size=5 stride=2 padding=2
      convcost explain vgg16 features.1.0 --algorithms
    """
    asked = options.given(inputs, dims, values, as_written=as_written)
    if op is not None:
        network = one_layer.load(op, words or (), asked, settings, batch)
        _layer(network, _only(network, op), algorithms, matrix, all_, memory, format_, out)
        return
    if not words:
        context.fail("Missing argument 'WHAT': give a word, such as MACs, or a SPEC and a LAYER")
    what, layer = _parted(context, words)
    if layer is not None:
        network = options.load(what, settings, asked, batch)
        _layer(network, layer, algorithms, matrix, all_, memory, format_, out)
        return
    if algorithms or matrix:
        raise typer.BadParameter(
            "give the name of a layer after the SPEC",
            param_hint="--algorithms" if algorithms else "--matrix",
        )
    if settings or inputs or dims or values or batch:
        raise typer.BadParameter(
            "--set, --input, --dim, --value and --batch are for a layer of a SPEC"
        )
    _word(what, all_, format_, out)


def _word(what: str, everything: bool, format_: str, out: str | None) -> None:
    from convcost.analysis.explain.topics import explain, name_of, topic
    from convcost.errors import quoted
    from convcost.render.reports.explain.report import report

    found = explain(what)
    output.report(report(found, everything=everything), format_, out)
    if topic(what) is None:
        name = name_of(found)
        output.note(f"nothing is named {quoted(what)}: what is explained is {quoted(name)}")
    if exists(what):
        output.note(f"`{what}` is a file as well: `convcost explain {what} LAYER` explains a layer")


def _parted(context: typer.Context, words: list[str]) -> tuple[str, str | None]:
    """Return the topic or file that is asked about, and the layer if one follows the file."""
    if len(words) == 1:
        return words[0], None
    first, second, *more = words
    if not (exists(first) or first == STDIN or is_known(first)):
        from convcost.analysis.explain.topics import topic

        label = " ".join(words)
        if topic(label) is not None:
            return label, None
    if more:
        context.fail(f"Got unexpected extra argument ({more[0]})")
    return first, second


def _only(network: Network, op: str) -> str:
    """The name of the only layer of a network."""
    if len(network.layers) != 1:
        raise typer.BadParameter(
            f"`{op}` is {len(network.layers)} layers here: `convcost analyze --op {op} ...` lists "
            f"them, and `convcost explain {op}` has the formulas",
            param_hint="--op",
        )
    return network.layers[0].name


def _layer(
    network: Network,
    layer: str,
    algorithms: bool,
    matrix: bool,
    everything: bool,
    memory: str | None,
    format_: str,
    out: str | None,
) -> None:
    """Show a layer with its numbers, or the ways to compute it."""
    from convcost.analysis.explain.topics import explain
    from convcost.render.reports.explain.report import report

    if algorithms or matrix:
        allowed = options.memory_of(memory)
        _computed(network.layer(layer), algorithms, matrix, allowed, format_, out)
    else:
        answer = report(explain(network, layer), everything=everything)
        output.report(answer, format_, out)


def _computed(
    layer: Layer,
    algorithms: bool,
    matrix: bool,
    allowed: int | None,
    format_: str,
    out: str | None,
) -> None:
    """Show the ways to compute a layer, its matrix, or both; exit code 1 where what was executed
    does not agree with the formulas."""
    from convcost.render.reports.explain.computed import report

    if algorithms and format_ == "latex":
        raise typer.BadParameter("--algorithms has no form in LaTeX", param_hint="--format")
    tried = written = None
    if algorithms:
        from convcost.execution.algorithm_runs import trial

        tried = trial(layer, memory=allowed)
    if matrix:
        from convcost.analysis.explain.toeplitz import matrix as matrix_of

        written = matrix_of(layer)
    output.report(report(layer, tried, written), format_, out)
    if tried and tried.broken:
        raise typer.Exit(1)
