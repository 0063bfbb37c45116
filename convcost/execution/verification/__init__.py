"""Formulas against execution: every figure that convcost prints, confirmed or refuted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost import arguments
from convcost.allowance import answering
from convcost.analysis.analyze.cost import analyze
from convcost.analysis.training.backward import fixed
from convcost.analysis.training.beside import beside
from convcost.errors import plural
from convcost.execution.memory_needed import refuse_too_large
from convcost.execution.probe import Room, probe
from convcost.execution.verification.check import WHOLE, Check, Verification
from convcost.execution.verification.counted import counted, counted_by_scalars
from convcost.execution.verification.needed import scalars_needed, step_needed, verification_needed
from convcost.execution.verification.original import outputs
from convcost.execution.verification.readings import readings
from convcost.execution.verification.running import KERNEL_ERRORS
from convcost.execution.verification.trained import trained
from convcost.network import Network

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from convcost.analysis.analyze.network_cost import Analysis

    Found = tuple[Sequence[Check], Sequence[str]]


__all__ = ["WHOLE", "Check", "Verification", "verify"]

GATES = "sizes of fields without gates: no run leaves gates out"
OPAQUE = "{}, the first being {}: what they make is taken as it is stated"
ADVICE = "`--shrink N` runs it with its channels divided by N; a smaller `--input` needs less, too"
NOTHING: Found = ((), ())
NEVER = "what `rf` says of paths by position and of dilated stacks: it is not a figure of one run"


@answering
def verify(
    network: Network,
    *,
    seed: int = 0,
    scalar: bool = False,
    layer: str | None = None,
    memory: int | None = None,
    train: bool = False,
    frozen: Sequence[str] = (),
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> Verification:
    """Run a network, count, and compare with the formulas.

    A network of :func:`convcost.from_torch` is also run with the module's own weights, and what it
    makes is compared with what the module does.

    Args:
        network: what to verify, with as many samples as its inputs have. With one alone a kernel
            that forgets all others is not found out.
        seed: of weights and inputs.
        scalar: count by scalars that count themselves, which is slow, in place of the counting
            namespace.
        layer: name of a layer whose receptive field to measure besides.
        memory: bytes that it may take; those that are available, unless given.
        train: whether to run a training step as well, on numbers that remember what they are made
            of, which is slow.
        frozen: layers that are not trained, by name; a block means all of its layers.
        progress: told of macs done, and of how many.

    Returns:
        A Verification: its ``checks``, those that do not hold (``broken``), whether there are some
        and all hold (``agrees``), and what was left ``unconfirmed``, and why.

    Raises:
        ConvcostError: the network is too large to run here, or has no such layer; the seed is
            negative.
        TypeError: an argument is of another type than it is declared with.
    """
    arguments.instance("network", network, Network)
    seed = arguments.whole("seed", seed, 0)
    arguments.flag("scalar", scalar)
    arguments.flag("train", train)
    arguments.function("progress", progress)
    if memory is not None:
        memory = arguments.whole("memory", memory, 1)
    if layer is not None:
        network.layer(layer)
    analysis = analyze(network)
    if train:
        refuse_too_large(step_needed(network), memory, "verifying a training step", ADVICE)
    of_step = _step(analysis, frozen, seed) if train else NOTHING
    need = verification_needed(network)
    if scalar:
        need = max(need, scalars_needed(network), key=lambda one: one.size)
    free = refuse_too_large(need, memory, "verifying", ADVICE)
    told = _added_up(progress, 2 * analysis.totals["macs"])
    count = counted_by_scalars(analysis, seed) if scalar else counted(analysis, seed, told)
    parts = [count, of_step, *(readings(one, seed) for one in network.layers)]
    agree = all(check.agrees for checks, _ in parts for check in checks)
    fields = _fields(network, layer, seed, Room(need.size, free), agree=agree)
    own = outputs(network, seed)
    return Verification(
        network,
        [check for checks, _ in (*parts, fields, own) for check in checks],
        [*(said for _, left_out in (own, fields, *parts) for said in left_out), *_never(analysis)],
    )


def _added_up(progress: Callable[[int, int], None], total: int) -> Callable[[int], None]:
    """Tells of all that was done so far, when told of what is done."""
    done = 0

    def step(macs: int) -> None:
        nonlocal done
        done += macs
        progress(done, total)

    return step


def _fields(network: Network, layer: str | None, seed: int, room: Room, *, agree: bool) -> Found:
    """The checks of receptive fields. A kernel that fails is one more figure that does not
    ``agree``, where there are some; else it is a mistake of its own."""
    try:
        probed = probe(network, layer, seed, room)
    except KERNEL_ERRORS as error:
        if agree:
            raise
        return (), [f"receptive fields: the network cannot be run as stated ({error})"]
    return [*map(Check._make, probed.measured)], probed.left_out


def _never(analysis: Analysis) -> list[str]:
    """Sentences on the figures of a network that no run confirms."""
    axes = (a for c in analysis.layers for each in c.receptive_fields.values() for a in each)
    gated = [GATES] if any(axis.without_gates is not None for axis in axes) else []
    opaque = [layer.name for layer in analysis.network.layers if layer.op.opaque]
    stated = [OPAQUE.format(plural(len(opaque), "opaque layer"), opaque[0])] if opaque else []
    return [*gated, *stated, NEVER]


def _step(analysis: Analysis, frozen: Sequence[str], seed: int) -> Found:
    """The checks of a training step, and what was not confirmed."""
    still = fixed(analysis.network, frozen)
    return trained(beside(analysis, frozen=frozen), still, seed)
