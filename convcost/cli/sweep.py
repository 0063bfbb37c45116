"""``convcost sweep``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from convcost.cli import complete, options, output, vars_of
from convcost.render.formats import FIRST

if TYPE_CHECKING:
    from convcost.sweeps.sweeping import Sweep

    Out = str | None
else:
    Out = options.to_file(
        "--output", "-o", help_="Write to a file instead: .csv, .json, .md, .parquet or .svg."
    )

PARQUET, PICTURE = ".parquet", ".svg"


def command(
    spec: vars_of.YamlSpec,
    axes: Annotated[
        list[str],
        typer.Argument(
            metavar="AXIS=VALUES...",
            help="Values of a var, of side, batch or dtype, or of a size of the input.",
        ),
    ],
    metrics: Annotated[
        str | None,
        typer.Option(
            "--metrics",
            metavar="LIST",
            help="Figures of each row, separated by commas: params, macs, weight_bytes, "
            "traffic_bytes and peak_activation_bytes unless given.",
        ),
    ] = None,
    where: Annotated[
        str | None,
        typer.Option(
            "--where",
            metavar="CONDITION",
            help='Keep the rows for which this holds, such as "macs < 600M and peak < 2MB".',
            autocompletion=complete.metrics,
        ),
    ] = None,
    pareto: Annotated[
        str | None,
        typer.Option(
            "--pareto",
            metavar="LIST",
            help="Keep the Pareto front of these figures: macs,field or macs,width:max.",
            autocompletion=complete.listed_metrics,
        ),
    ] = None,
    top: Annotated[
        int | None,
        typer.Option(
            "--top", min=1, metavar="N", help="Keep the best N rows in the order of --by."
        ),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(
            "--by",
            metavar="FIGURE",
            help="Order of --top: macs, or macs:max for the largest first.",
            autocompletion=complete.metrics,
        ),
    ] = None,
    sample: Annotated[
        int | None,
        typer.Option(
            "--sample", min=1, metavar="N", help="Draw N random candidates instead of all."
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, metavar="N", help="Seed of --sample.")] = 0,
    settings: options.Settings = None,
    inputs: options.Inputs = None,
    batch: options.Batch = None,
    dtype: options.Dtype = None,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="With -o: continue an interrupted sweep."),
    ] = False,
    jobs: options.Jobs = None,
    cluster: options.Cluster = None,
    format_: options.TableFormat = FIRST,
    out: Out = None,
) -> None:
    """Compute the costs of many designs of one spec at once, as analyze would one by one.

    \b
    An axis has a list of values, or a range with both ends and a step:
      width=0.25:1.5:0.05  depth=1,2,3  side=128:320:32  input.0=1,3
      dtype=int8,float16
    side is every spatial size of the only input; input.0 is a single size.

    \b
    Example:
      convcost sweep mobilenet_v2 width=0.5:1.4:0.1 --pareto macs,width
    """
    from convcost.files.stopping import when_stopped
    from convcost.parallel.chosen import workers
    from convcost.render.reports.sweep.report import refusals, report
    from convcost.sweeps.asked import USUAL, asked_of, axes_of
    from convcost.sweeps.state import State
    from convcost.sweeps.subject import Subject
    from convcost.sweeps.sweeping import swept

    if resume and out is None:
        raise typer.BadParameter("there is no file to continue: name it with -o", param_hint="-o")
    if by is not None and top is None:
        raise typer.BadParameter("--by orders the rows that --top keeps: give --top, too")
    asked = asked_of(
        axes_of(axes),
        _list(metrics) or USUAL,
        where=where,
        pareto=_list(pareto),
        top=top,
        by=by,
        sample=sample,
        seed=seed,
    )
    subject = Subject(
        spec,
        asked.grid.axes,
        settings=options.settings_of(settings),
        inputs=options.given(inputs, None, None).inputs,
        batch=batch or 1,
        dtype=dtype,
    )
    state = State(subject, asked, out, resume=resume)
    with (
        when_stopped(state.say),
        workers(cluster, jobs) as pool,
        output.progress("pricing") as progress,
    ):
        found = swept(subject, asked, progress, state.kept, state.save, pool)
    picture = out is not None and out.lower().endswith((PARQUET, PICTURE))
    if out is not None and picture:
        _write(found, spec, out)
    else:
        output.report(report(found, spec), format_, out)
    state.remove()
    if found.refused and (picture or format_ == "csv"):  # what else is written says so itself
        output.note(refusals(found))
    if not found.valid:
        raise typer.Exit(1)


def _list(text: str | None) -> list[str]:
    return [part.strip() for part in text.split(",")] if text else []


def _write(found: Sweep, spec: str, out: str) -> None:
    if out.lower().endswith(PARQUET):
        from convcost.sweeps.parquet import parquet

        with output.saving(out) as file:
            parquet(found, file)
        return
    from convcost.render.reports.sweep.picture import picture
    from convcost.sweeps.chosen import aim

    names = [one.name for one in found.asked.grid.axes]
    aims = [*found.asked.pareto, *(aim(name, names) for name in found.head)]
    output.write(picture(found, spec, aims[0], aims[1]), out)
