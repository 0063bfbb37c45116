"""The command ``convcost``: options in, one function called, its result printed."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from convcost.cli import analyze, expand, run, schema, verify
from convcost.errors import ConvcostError

if TYPE_CHECKING:
    from types import FrameType

app = typer.Typer(
    name="convcost",
    no_args_is_help=True,
    rich_markup_mode=None,  # help without rich: the same on every terminal, and 50 ms earlier
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from convcost import __version__

        print(f"convcost {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[  # noqa: ARG001 - acted on by its callback
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks of errors.")] = False,
) -> None:
    """Exact costs, shapes and receptive fields of convolutional networks, from a YAML spec."""
    _State.debug = debug


class _State:
    debug = False


app.command("analyze")(analyze.command)
app.command("expand")(expand.command)
app.command("run")(run.command)
app.command("schema")(schema.command)
app.command("verify")(verify.command)


def main() -> None:
    """Run the command line: errors as sentences, exit codes as documented, no traceback."""
    signal.signal(signal.SIGINT, _interrupted)
    # NumPy's idle threads wait by spinning, which slows down what else a network does by a third.
    os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "20")
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `| head` ends it quietly
    try:
        app(prog_name="convcost")
    except ConvcostError as error:
        _fail(str(error), error.exit_code)
    except Exception as error:
        _fail(
            f"convcost failed, which is a defect of convcost: {type(error).__name__}: {error}\n"
            "  `convcost --debug ...` shows where: please report it",
            ConvcostError.exit_code,
        )


def _fail(message: str, code: int) -> NoReturn:
    if _State.debug:
        import traceback

        traceback.print_exc()
    print(message, file=sys.stderr)
    sys.exit(code)


def _interrupted(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001 - signal's form
    raise SystemExit(128 + signum)
