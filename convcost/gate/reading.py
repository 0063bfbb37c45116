"""Models as the gate reads them: with the sizes that a configuration gives."""

from __future__ import annotations

import os
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from convcost.errors import ConvcostError, OpenSizes, printable
from convcost.gate import told
from convcost.gate.config import NAME, PROJECT, Configs
from convcost.gate.variants import AS_WRITTEN
from convcost.gate.working_folder import working_folder
from convcost.given import NOTHING, Given
from convcost.loading import inputs_of, is_exported, load

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from convcost.gate.config import Config
    from convcost.gate.variants import Variant
    from convcost.network import Network

OPTIONS = ("--input", "--dim", "--value")


class Unsized(ConvcostError):  # noqa: N818 - it names what is so
    """Sizes of a model's inputs are open, and its configuration gives none.

    ``said`` is that in words, ``lines`` would give them in a configuration.
    """

    def __init__(self, said: str, lines: Sequence[str], file: str) -> None:
        self.said, self.lines, self.file = said, lines, file
        shown = "".join(f"\n    {printable(line)}" for line in lines)
        super().__init__(f"{said}\n  add to {printable(file)}, with your sizes:{shown}")


def given_for(path: str) -> Given:
    """The closest configuration's settings for an ONNX file.

    Raises:
        ConvcostError: the configuration cannot be read.
    """
    if not is_exported(path):
        return NOTHING
    folder = working_folder()
    where = Path(os.path.abspath(folder / path))
    config = Configs(None, folder).of(where.parent)
    return config.given(where) if config else NOTHING


def load_given(
    path: Path,
    shown: str,
    given: Given,
    config: Config | None,
    read: Callable[[str], bytes] | None = None,
    variant: Variant = AS_WRITTEN,
) -> Network:
    """A model with the sizes that are given for it.

    Args:
        path: its absolute path.
        shown: its path in messages, from which it is read.
        given: the sizes, those of its configuration among them.
        config: the configuration that holds for it.
        read: returns the bytes of the path, in place of the file.
        variant: which one of it.

    Raises:
        Unsized: its sizes are open.
        ConvcostError: it cannot be read.
    """
    try:
        return load(shown, **variant.arguments(given, exported=is_exported(shown)), read=read)
    except OpenSizes as error:
        seen = config.seen(path) if config else shown
        lines = told.written(seen, _examples(error), _prefix(config))
        raise Unsized(error.said, lines, config.path if config else NAME) from None
    except ConvcostError as error:
        if config is None or not any(f": {option}" in str(error) for option in OPTIONS):
            raise
        where = f"it is given in {printable(config.path)}, under [[{_prefix(config)}model]]"
        raise ConvcostError(f"{error}\n  {where}") from None


def _examples(error: OpenSizes) -> Given:
    """Sizes that would do, by their names where all have names."""
    if error.dims:
        return Given(dims=error.dims)
    shapes = {name: tuple(map(int, text.split("x"))) for name, text in error.inputs.items()}
    return Given(inputs=shapes)


def _prefix(config: Config | None) -> str:
    return "tool.convcost." if config and PurePath(config.path).name == PROJECT else ""


def load_like(
    network: Network,
    given: Given,
    path: str,
    read: Callable[[str], bytes],
    dtype: str | None = None,
) -> Network:
    """An ONNX file of another time, with the sizes of a network where it leaves them open.

    Args:
        network: the model as it is now.
        given: the values that were given for it.
        path: the file.
        read: returns its bytes.
        dtype: the type of numbers for which the file names none of their own.

    Raises:
        ConvcostError: it cannot be read.
    """
    data = read(path)

    def again(_: str) -> bytes:
        return data

    declared = inputs_of(path, read=again)
    sizes = {name: tensor.shape[1:] for name, tensor in network.inputs.items() if tensor.shape}
    fitting = Given(inputs=sizes, values=given.values).fitting(declared)
    return load(path, **fitting._asdict(), usual_batch=network.batch, dtype=dtype, read=again)
