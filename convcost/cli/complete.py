"""Words that a shell offers: layers and vars of the file that is typed already, ops, codes, specs.

Nothing is loaded before a shell asks. Where a file cannot be read there is nothing to offer, and no
error: the command will say it.
"""

from __future__ import annotations

import os
import shlex
from contextlib import suppress
from itertools import chain, pairwise
from os.path import isfile
from typing import TYPE_CHECKING

from convcost.errors import ConvcostError
from convcost.files import known

if TYPE_CHECKING:
    from collections.abc import Iterable

    from convcost.network import Network


def layers(incomplete: str) -> list[str]:
    """The layers of the file."""
    network = _network()
    return _beginning(incomplete, _names(network)) if network else []


def convolutions(incomplete: str) -> list[str]:
    """The convolutions of the file."""
    network = _network()
    known = (
        layer.name
        for layer in (network.layers if network else ())
        if layer.op.weighs_taps and layer.op.slides
    )
    return _beginning(incomplete, known)


def positions(incomplete: str) -> list[str]:
    """The inputs and layers of the file."""
    network = _network()
    return _beginning(incomplete, [*network.inputs, *_names(network)]) if network else []


def settings(incomplete: str) -> list[str]:
    """The vars of the file, each with its ``=``."""
    return settings_of(_file(), incomplete)


def designs(incomplete: str) -> list[str]:
    """The vars of a design, once its ``@`` is typed; before it specs, and a shell offers files."""
    path, at, last = incomplete.rpartition("@")
    file = path.partition("@")[0] or _file()
    return [f"{path}@{name}" for name in settings_of(file, last)] if at else specs(last)


def settings_of(file: str, incomplete: str) -> list[str]:
    """The vars of a file that begin so, each with its ``=``."""
    return _beginning(incomplete, (f"{name}=" for name in _vars(file)))


def topics(incomplete: str) -> list[str]:
    """Complete the words of ``explain``: topics of one word and specs by name; after a file, its
    layers; after ``--op``, the fields of the op."""
    op = _option("--op")
    if op or _file():
        return _fields(op, incomplete) if op else layers(incomplete)
    if any(word != incomplete for word in _words()[2:]):
        return []
    from convcost.analysis.explain.topics import words

    single = (word for word in words() if " " not in word)
    return _beginning(incomplete, [*single, *known.names()])


def conventions(incomplete: str) -> list[str]:
    """Tools that counts are known of."""
    from convcost.conventions.read import names

    return _beginning(incomplete, names())


def devices(incomplete: str) -> list[str]:
    """Devices whose data sheets are known."""
    from convcost.devices.read import names

    return _beginning(incomplete, names())


def optimizers(incomplete: str) -> list[str]:
    """Optimisers whose states are known."""
    from convcost.analysis.training.optimizers import OPTIMIZERS

    return _beginning(incomplete, OPTIMIZERS)


def metrics(incomplete: str) -> list[str]:
    """Figures that add up, of ours, of other tools and of devices."""
    from convcost.conventions.read import convention
    from convcost.conventions.read import names as tools
    from convcost.devices.read import device
    from convcost.devices.read import names as devices
    from convcost.further_metrics import TRAINING
    from convcost.metrics import SUMS

    counts = (one.metric for tool in tools() for one in convention(tool).ways)
    times = chain.from_iterable(device(name).times for name in devices())
    return _beginning(incomplete, [*SUMS, *TRAINING, *counts, *times])


def listed_metrics(incomplete: str) -> list[str]:
    """Such figures after those of a list that are there already."""
    before, comma, last = incomplete.rpartition(",")
    return [f"{before}{comma}{name}" for name in metrics(last)]


def limits(incomplete: str) -> list[str]:
    """Such figures, as the amount of a limit follows them."""
    return [f"{name}=" for name in metrics(incomplete)]


def ranked(incomplete: str) -> list[str]:
    """Figures that add up, and times on the device that is given."""
    from convcost.devices.read import device
    from convcost.metrics import SUMS

    times: list[str] = []
    with suppress(ConvcostError):
        times = device(name).times if (name := _option("--device")) else []
    return _beginning(incomplete, [*SUMS, *times])


def specs(incomplete: str) -> list[str]:
    """Specs that come with convcost, beside which a shell offers files."""
    return _beginning(incomplete, known.names())


def designs_or_fields(incomplete: str) -> list[str]:
    """As :func:`designs`, or after ``--op`` the fields of the op."""
    op = _option("--op")
    return _fields(op, incomplete) if op else designs(incomplete)


def specs_or_layers(incomplete: str) -> list[str]:
    """As :func:`designs_or_fields`; after a file, its layers."""
    return layers(incomplete) if _file() else designs_or_fields(incomplete)


def specs_or_convolutions(incomplete: str) -> list[str]:
    """As :func:`designs_or_fields`; after a file, its convolutions."""
    return convolutions(incomplete) if _file() else designs_or_fields(incomplete)


def ops(incomplete: str) -> list[str]:
    """Ops and blocks of the library."""
    from convcost.analysis.explain.blocks import blocks
    from convcost.ops import OPS

    return _beginning(incomplete, [*OPS, *blocks()])


def codes(incomplete: str) -> list[str]:
    """Codes of lint rules, after those that a comma ends."""
    before, comma, last = incomplete.rpartition(",")
    return [f"{before}{comma}{code}" for code in _beginning(last.upper(), _codes())]


def pages(incomplete: str) -> list[str]:
    """Codes that have a page, and the word for all."""
    return _beginning(incomplete, ["all", *_codes()])


def _codes() -> list[str]:
    from convcost.analysis.lint import RULES

    return [rule.code for rule in RULES]


def _beginning(text: str, words: Iterable[str]) -> list[str]:
    return [word for word in words if word.startswith(text)]


def _names(network: Network) -> list[str]:
    return [layer.name for layer in network.layers]


def _words() -> list[str]:
    """The words that are typed already, as shells hand them over. What typer has read of them is
    nothing where the last one is an option."""
    line = os.environ.get("COMP_WORDS") or os.environ.get("_TYPER_COMPLETE_ARGS") or ""
    try:
        return shlex.split(line)
    except ValueError:  # an open quotation mark
        return line.split()


def _file() -> str:
    """The first word after the command that is a file, or the name of a spec; not the last one,
    which is being typed."""
    words = chain.from_iterable((word, word.partition("@")[0]) for word in _words()[2:])
    return next((word for word in words if isfile(word) or known.is_known(word)), "")


def _option(option: str) -> str:
    """The value of an option that is given once, or ""."""
    return next((word for before, word in pairwise(_words()) if before == option), "")


def _fields(op: str, incomplete: str) -> list[str]:
    from convcost.ops import OPS, op_class
    from convcost.ops.fields import declared

    names = declared(op_class(op)) if op in OPS else ()
    return _beginning(incomplete, (f"{name}=" for name in names))


def _after(option: str) -> dict[str, str]:
    """The values that an option sets, by name."""
    given = (word for before, word in pairwise(_words()) if before == option)
    return {name: value for name, _, value in (w.rpartition("=") for w in given) if value}


def _network() -> Network | None:
    """The network of the first file, with what is set for it."""
    from convcost.given import shape_of
    from convcost.loading import load

    file = _file()
    if not file:
        return None
    shapes = {name: shape_of(text) or () for name, text in _after("--input").items()}
    sizes = {name: int(text) for name, text in _after("--dim").items() if text.isdecimal()}
    with suppress(ConvcostError):
        return load(file, settings=_after("--set"), inputs=shapes, dims=sizes)
    return None


def _vars(file: str) -> list[str]:
    from convcost.loading import load
    from convcost.spec.model import Document

    if not (isfile(file) or known.is_known(file)):
        return []
    with suppress(ConvcostError):
        document = load(file).document
        return [*document.vars] if isinstance(document, Document) else []
    return []
