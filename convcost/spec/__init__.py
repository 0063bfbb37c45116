"""The spec language: YAML, read, expanded and checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.gc_pause import paused
from convcost.spec.expand import Expander
from convcost.spec.files import STDIN, Files
from convcost.spec.nodes import File, decode
from convcost.spec.problems import Problems
from convcost.spec.read_document import read_document
from convcost.spec.values import dtype_of, expectations, input_shapes, set_vars, vars_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from convcost.network import Network


def load(
    path: str,
    *,
    settings: Mapping[str, str] | None = None,
    inputs: Mapping[str, Sequence[int]] | None = None,
    batch: int = 1,
    dtype: str | None = None,
    read: Callable[[str], bytes] | None = None,
) -> Network:
    """The network of a spec.

    Args:
        path: its file, or the name of a spec that comes with convcost where there is no such file;
            ``-`` is standard input.
        settings: values for vars of the spec in place of its own, written as in a spec.
        inputs: shapes without the batch in place of the spec's, by the input's name; the key ``""``
            stands for the only input.
        batch: samples.
        dtype: type of the numbers of inputs and layers for which the spec names none of their own.
        read: returns the bytes of a path, in place of the file.

    Raises:
        SpecError: with every mistake of the file.
    """
    read = Files() if read is None else read
    text = read.spec(path) if isinstance(read, Files) else read(path)
    file = File("<stdin>" if path == STDIN else path, decode(text, path))
    problems = Problems(file)
    with paused():
        document = read_document(file, problems, read)
        set_vars(document, settings or {}, problems)
        vars_ = vars_of(document, problems)
        shapes = input_shapes(document, inputs or {}, vars_, problems)
        own = dtype_of(document, vars_, problems)
        network = Expander(document, vars_, problems).run(shapes, batch, dtype or own)
        if not settings and not inputs and batch == 1 and dtype in (None, own):
            network.expect = expectations(document, vars_, problems)
        document.as_written = not settings and not inputs
        network.document = document
        network.budget = document.budget if batch == 1 else ()  # a budget is for one sample
        problems.refuse()
    return network
