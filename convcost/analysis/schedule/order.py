"""The order of jobs in which fewest bytes are alive at once.

What is alive depends on which jobs have run, and not on their order. So an order is a path through
sets of jobs, and the best is found as the widest path of a graph is: the set that was reached with
the least peak is looked at first. A job that frees at least what it makes, and needs no more than
was alive before, is always next: any order in which it comes later is as good with it moved there.

For graphs whose sets are too many, an order is built job by job, and only the best few are kept at
each length.
"""

from __future__ import annotations

from collections import Counter
from heapq import heappop, heappush, nsmallest
from typing import TYPE_CHECKING, NamedTuple

from convcost.allowance import affords, answering

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convcost.analysis.schedule.jobs import Jobs

MOST_SETS = 10_000  # that an exact search looks at
MOST_JOBS = 4_000  # of which an order is searched at all
MOST_READY = 64  # jobs that can run next, in an exact search
KEPT = 16  # sets of one length, where not all can be looked at
WORK_A_JOB = 20  # to run one more
WORK_A_TRY = 6  # to see what it would leave


class Order(NamedTuple):
    """An order of jobs, by their numbers.

    Attributes:
        jobs: the numbers, in order.
        peak: the most bytes that are alive at once.
        least: whether no order has a lower peak.
    """

    jobs: Sequence[int]
    peak: int
    least: bool


class _Ran(NamedTuple):
    """A set of jobs that ran, as bits, the bytes alive after them, what can run next, and how it
    was reached: the last job, and the way before it."""

    jobs: int
    alive: int
    ready: tuple[int, ...]
    peak: int
    way: _Way | None

    @property
    def work(self) -> int:
        """The steps that it takes to run each of the jobs that can run next."""
        return len(self.ready) * (WORK_A_JOB + len(self.ready) // 8)


class _Way(NamedTuple):
    job: int
    before: _Way | None


@answering
def best_order(jobs: Jobs) -> Order:
    """The order with the least peak, or a good one where the search for that takes too long.

    Args:
        jobs: what runs, in an order in which it can.

    Returns:
        The order that is given where none is better.
    """
    floor = _floor(jobs)
    peak = _peak(jobs)
    given = Order(range(len(jobs.jobs)), peak, least=peak == floor)
    if given.least or len(jobs.jobs) > MOST_JOBS:
        return given
    graph = _Graph(jobs)
    found = _exact(graph, floor, given) or _kept(graph)
    if found is None:
        return given
    return found if found.peak < given.peak else given._replace(least=found.least)


def _floor(jobs: Jobs) -> int:
    """Bytes that are alive in any order: what a job reads and makes."""
    blocks = ((*job.reads, *job.makes) for job in jobs.jobs)
    return max((sum(jobs.sizes[block] for block in each) for each in blocks), default=0)


def _peak(jobs: Jobs) -> int:
    """The peak of the order that is given: without the sets of what can run next, each of which is
    as long as a graph is wide."""
    left = Counter(block for job in jobs.jobs for block in job.reads)
    alive = sum(jobs.sizes[block] for block in jobs.given)
    peak = 0
    for job in jobs.jobs:
        alive += sum(jobs.sizes[block] for block in job.makes)
        peak = max(peak, alive)
        left.subtract(job.reads)
        ending = (b for b in (*job.reads, *job.makes) if not left[b] and b not in jobs.kept)
        alive -= sum(jobs.sizes[block] for block in ending)
    return peak


class _Graph:
    """Jobs with what follows from them: who reads a block, and who comes after a job."""

    def __init__(self, jobs: Jobs) -> None:
        self.jobs = jobs.jobs
        self.sizes = jobs.sizes
        self.readers = [0] * len(jobs.sizes)  # as bits
        for number, job in enumerate(jobs.jobs):
            for block in job.reads:
                self.readers[block] |= 1 << number
        self.needs = [sum(1 << number for number in needs) for needs in jobs.needs]
        self.after: list[list[int]] = [[] for _ in jobs.jobs]
        for number, needs in enumerate(jobs.needs):
            for before in needs:
                self.after[before].append(number)
        ready = (number for number, needs in enumerate(jobs.needs) if not needs)
        alive = sum(jobs.sizes[block] for block in jobs.given)
        self.start = _Ran(0, alive, (*ready,), 0, None)
        self.made = [sum(jobs.sizes[block] for block in job.makes) for job in jobs.jobs]
        self.freeable = [  # blocks that may be let go after a job
            [block for block in (*job.reads, *job.makes) if block not in jobs.kept]
            for job in jobs.jobs
        ]

    def ran(self, before: _Ran, number: int) -> _Ran:
        """A set of jobs with one more."""
        jobs = before.jobs | 1 << number
        left = ~jobs
        ready = [one for one in self.after[number] if not self.needs[one] & left]
        ready += (one for one in before.ready if one != number)
        peak = max(before.peak, before.alive + self.made[number])
        alive = self.alive(before, number)
        return _Ran(jobs, alive, (*ready,), peak, _Way(number, before.way))

    def alive(self, before: _Ran, number: int) -> int:
        """The bytes alive after one more job."""
        left = ~(before.jobs | 1 << number)
        return (
            before.alive
            + self.made[number]
            - sum(
                self.sizes[block]
                for block in self.freeable[number]
                if not self.readers[block] & left
            )
        )

    def settled(self, at: _Ran) -> _Ran:
        """A set with all jobs that cost nothing to run now."""
        while len(at.ready) <= MOST_READY:
            number = self._free(at)
            if number is None:
                break
            at = self.ran(at, number)
        return at

    def _free(self, at: _Ran) -> int | None:
        """A job that needs no more than was alive before, and leaves no more than is."""
        room = at.peak - at.alive
        for tried, number in enumerate(at.ready, 1):
            if self.made[number] <= room and self.alive(at, number) <= at.alive:
                return number if affords(WORK_A_JOB + WORK_A_TRY * tried) else None
        return None


def _exact(graph: _Graph, floor: int, given: Order) -> Order | None:
    """The best order, the given one where no other is better; None where too many sets would have
    to be looked at."""
    whole = (1 << len(graph.jobs)) - 1
    first = graph.settled(graph.start._replace(peak=floor))
    queue = [(first.peak, -first.jobs.bit_count(), 0, first)]
    seen: set[int] = set()
    reached: dict[int, int] = {}  # sets, before what costs nothing ran, with the least peak
    number = 0
    while queue:
        *_, at = heappop(queue)
        if at.jobs == whole:
            return Order([*_back(at.way)][::-1], at.peak, least=True)
        if at.jobs in seen:
            continue
        seen.add(at.jobs)
        if len(seen) > MOST_SETS or len(at.ready) > MOST_READY or not affords(at.work):
            return None
        for job in at.ready:
            number += 1
            after = graph.ran(at, job)
            if after.peak >= min(given.peak, reached.get(after.jobs, given.peak)):
                continue
            reached[after.jobs] = after.peak
            after = graph.settled(after)
            if after.jobs not in seen:
                heappush(queue, (after.peak, -after.jobs.bit_count(), number, after))
    return given._replace(least=True)


def _kept(graph: _Graph) -> Order | None:
    """A good order: of all sets of one length, the few with the least peaks go on. None where even
    one at a time takes too long."""
    sets = [graph.start]
    for _ in graph.jobs:
        if not affords(sum(at.work for at in sets)):
            sets = sets[:1]
            if not affords(sets[0].work):
                return None
        found: dict[int, _Ran] = {}
        for at in sets:
            for job in at.ready:
                after = graph.ran(at, job)
                known = found.get(after.jobs)
                if known is None or after.peak < known.peak:
                    found[after.jobs] = after
        sets = nsmallest(KEPT, found.values(), key=lambda at: (at.peak, at.alive))
    return Order([*_back(sets[0].way)][::-1], sets[0].peak, least=False)


def _back(way: _Way | None) -> Iterator[int]:
    while way is not None:
        yield way.job
        way = way.before
