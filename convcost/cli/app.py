"""The command ``convcost``: options in, one function called, its result printed."""

from __future__ import annotations

import os
import sys
from functools import cache
from importlib import import_module
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption

from convcost.allowance import Allowance, allowing
from convcost.cli import output
from convcost.docstrings import docstring
from convcost.errors import ConvcostError, closest, quoted, similar
from convcost.files.command import command
from convcost.files.root import give_root

COMMANDS = (
    "alternatives",
    "analyze",
    "badge",
    "baseline",
    "calibrate",
    "check",
    "compare",
    "expand",
    "explain",
    "export",
    "fit",
    "history",
    "init",
    "lint",
    "new",
    "rank",
    "reconcile",
    "rf",
    "run",
    "schema",
    "specs",
    "sweep",
    "verify",
    "view",
)
"""Each is ``command`` in a module of its name."""
READING = tuple(name for name in COMMANDS if name not in ("new", "schema", "specs"))
"""Those that read models."""


MISUSE: Any = typer.BadParameter.__mro__[1]
"""What a command line that cannot be read raises, for which typer has no name of its own."""


def _help(function: Any) -> str:
    """The help of a command, or why it has none."""
    try:
        return docstring(function)
    except ConvcostError as error:
        return str(error)


class Command(TyperCommand):
    """A command whose ``-o FILE`` says the format by its ending, unless ``--format`` does.

    ``own_endings`` are those that the command itself writes, as pictures.
    """

    own_endings: tuple[str, ...] = ()

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words of a command line."""
        try:
            rest = super().parse_args(ctx, args)
        except MISUSE as error:
            if hasattr(error, "possibilities"):  # typer's own are like it in dashes alone
                found = closest(error.option_name.lstrip("-"), self._long())
                error.possibilities = [f"--{found}"] if found else []
            raise
        path = ctx.params.get("out")
        formats: list[Any] = [option for option in self.params if option.name == "format_"]
        if path is None or path.lower().endswith(self.own_endings):
            return rest
        if formats and not ctx.resilient_parsing:
            from convcost.render.formats import by_ending

            source = ctx.get_parameter_source("format_")
            given = str(ctx.params["format_"]) if source.name == "COMMANDLINE" else None
            offered = [str(word) for word in formats[0].type.choices]
            if found := by_ending(path, offered, given):
                ctx.params["format_"] = found
        return rest

    def _long(self) -> list[str]:
        """The options in full, without their dashes."""
        names = (name for option in self.params for name in option.opts)
        return [name.removeprefix("--") for name in names if name.startswith("--")]


class Commands(TyperGroup):
    """The commands, whose modules load when they are asked for: one costs 2 ms of start-up."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - typer's form
        """Their names, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """One of them."""
        if cmd_name not in COMMANDS:
            if not ctx.resilient_parsing:  # as it is to complete words
                notes = similar(cmd_name, COMMANDS, "command")
                ctx.fail("; ".join((f"there is no command {quoted(cmd_name)}", *notes)))
            return None
        return _made(cmd_name)


@cache
def _made(name: str) -> Any:
    """A command, made of its module once for all that run in a process: tests run thousands."""
    module = import_module(f"convcost.cli.{name}")
    alone = typer.Typer(rich_markup_mode=None, add_completion=False)
    named = alone.command(name, cls=Command, help=_help(module.command))
    named(module.command)
    found: Any = typer.main.get_command(alone)
    found.own_endings = getattr(module, "OWN_ENDINGS", ())
    if name in READING:
        found.params.append(_root_option())
    return found


app = typer.Typer(
    name="convcost",
    cls=Commands,
    no_args_is_help=True,
    rich_markup_mode=None,  # help without rich: the same on every terminal, and 50 ms earlier
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


ROOT = "Folder in which includes and weights of specs stay; their git repository unless given."


def _root_option() -> TyperOption:
    """``--root`` after a command, as before it."""
    return TyperOption(
        param_decls=["--root"],
        metavar="DIR",
        help=ROOT,
        expose_value=False,
        callback=_after,
    )


def _after(_context: object, _option: object, folder: str | None) -> None:
    _root(folder)


def _root(folder: str | None) -> None:
    if folder is not None:
        give_root(folder)


def _version(wanted: bool) -> None:
    if wanted:
        from convcost import __version__

        typer.echo(f"convcost {__version__}")
        raise typer.Exit


def options(
    version: Annotated[  # noqa: ARG001 - acted on by its callback
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
    root: Annotated[  # noqa: ARG001 - acted on by its callback
        str | None, typer.Option("--root", metavar="DIR", callback=_root, help=ROOT)
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks of errors.")] = False,
) -> None:
    """Exact costs, shapes and receptive fields of convolutional networks, from a YAML spec or an
    ONNX file."""
    _State.debug = debug


app.callback(help=_help(options))(options)


class _State:
    debug = False


def main() -> None:
    """Run the command line: errors as sentences, exit codes as documented, no traceback."""
    # NumPy's idle threads wait by spinning, which slows down what else a network does by a third.
    os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "20")
    try:
        with command(), allowing(Allowance()):
            app(prog_name="convcost")
    except ConvcostError as error:
        _fail(str(error), error.exit_code)
    except Exception as error:  # a defect: no traceback reaches a user
        _fail(
            f"convcost failed, which is a defect of convcost: {type(error).__name__}: {error}\n"
            "  `convcost --debug ...` shows where: please report it",
            ConvcostError.exit_code,
        )


def _fail(message: str, code: int) -> NoReturn:
    if _State.debug:
        import traceback

        traceback.print_exc()
    output.error(message)
    sys.exit(code)
