"""Blocks that run one after the other and hand something on besides: a list that is gone through.

What each one makes may go to the next one, out of the loop, or both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convcost.exporters.torch.bodies import Class

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.exporters.torch.bodies import Body

FEWEST = 3
"""Blocks from which on they are a loop."""


class Loop(NamedTuple):
    """Inputs and outputs of each pass of a loop.

    ``reads`` are the inputs of the class that a block is called with, ``carried`` says for each
    output of a block the input of the class that it takes the place of, None where it takes none.
    ``collected`` is the output that comes out of every pass, ``last`` are those of the last.
    """

    reads: tuple[int, ...]
    carried: tuple[int | None, ...]
    collected: int | None
    last: tuple[int, ...]


def loop_of(body: Body) -> Loop | None:
    """The loop that a class is, if it is one."""
    steps = body.steps
    if len(steps) < FEWEST or not _is_list(body):
        return None
    first = steps[0].reads
    if any(at >= 0 for at, _ in first):
        return None
    carried: list[int | None] = [None] * steps[0].makes
    for number, (_, given) in enumerate(first):
        later = [step.reads[number] for step in steps[1:]]
        if all(ref == (-1, given) for ref in later):
            continue
        part = later[0][1]
        if later != [(at, part) for at in range(len(later))] or carried[part] is not None:
            return None
        carried[part] = given
    reads = tuple(given for _, given in first)
    taken = [given for given in carried if given is not None]
    if any(reads.count(given) > 1 for given in taken):
        return None
    return _with_outputs(body, reads, tuple(carried))


def _is_list(body: Body) -> bool:
    """Whether all that a class holds are blocks of one class, by numbers from 0 on, each run
    once."""
    calls = [call for _, call in body.attributes]
    if len(calls) != len(body.steps) or not isinstance(calls[0], Class):
        return False
    base = body.steps[0].name.removesuffix("_0")
    names = [f"{base}_{number}" for number in range(len(calls))]
    alike = all(call is calls[0] for call in calls) and not body.values
    return alike and [step.name for step in body.steps] == names


def _with_outputs(
    body: Body, reads: tuple[int, ...], carried: tuple[int | None, ...]
) -> Loop | None:
    """The loop, if what comes out of it does so in every pass or in the last one."""
    count = len(body.steps)
    by_part = {part: [at for at, p in body.outputs if p == part] for _, part in body.outputs}
    every = [part for part, ats in by_part.items() if ats == [*range(count)]]
    last = [part for part, ats in by_part.items() if ats == [count - 1]]
    if len(every) > 1 or len(every) + len(last) < len(by_part):
        return None
    collected = every[0] if every else None
    refs = [(at, collected) for at in range(count) if collected is not None]
    if list(body.outputs) != [*refs, *((count - 1, part) for part in last)]:
        return None
    return Loop(reads, carried, collected, tuple(last))


def passes(loop: Loop, inputs: Sequence[str]) -> Iterator[tuple[int, str]]:
    """The statements of the loop, each with how far it is indented beyond the first.

    Args:
        loop: what it is.
        inputs: names of the class's inputs.
    """
    used = {loop.collected, *loop.last}
    targets = [
        inputs[given] if given is not None else f"y{part or ''}" if part in used else "_"
        for part, given in enumerate(loop.carried)
    ]
    if loop.collected is not None:
        yield 0, "made = []"
    yield 0, "for block in self:"
    yield 1, f"{', '.join(targets)} = block({', '.join(inputs[given] for given in loop.reads)})"
    last = ", ".join(targets[part] for part in loop.last)
    if loop.collected is None:
        yield 0, f"return {last}"
        return
    yield 1, f"made.append({targets[loop.collected]})"
    yield 0, f"return *made, {last}" if last else "return tuple(made)"
