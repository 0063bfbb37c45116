"""Work in several processes of this machine."""

from __future__ import annotations

import os
import signal
from itertools import count, islice

import pytest

import convcost
from convcost.errors import ConvcostError
from convcost.parallel.chosen import workers
from convcost.parallel.job import Here, in_order
from convcost.parallel.processes import Processes

SPEC = b"""
input: [4, 32, 32]
vars: {n: 8}
layers: [{op: conv, out_channels: n, kernel_size: 3, groups: 2}]
"""


def halved(item: int) -> int:
    """A job that refuses odd items, and one whose process is killed."""
    if item == 666:
        os.kill(os.getpid(), signal.SIGKILL)
    if item % 2:
        raise ConvcostError(f"{item} is odd")
    return item // 2


def test_results_come_in_the_order_of_items() -> None:
    items = range(0, 60, 2)
    assert [*Processes(2).each(halved, items)] == [*Here().each(halved, items)] == [*range(30)]


def test_a_mistake_is_raised_where_its_item_stands() -> None:
    found = Processes(2).each(halved, [2, 4, 5, 6])
    assert [*islice(found, 2)] == [1, 2]
    with pytest.raises(ConvcostError, match=r"^5 is odd$"):
        next(found)


def test_a_process_that_is_killed() -> None:
    with pytest.raises(ConvcostError) as error:
        list(Processes(2).each(halved, [2, 666, 4]))
    assert str(error.value) == (
        "a process of --jobs ended before its work was done: it was killed, as systems do when "
        "memory runs out\n  fewer jobs take less memory"
    )


def test_no_more_than_some_items_are_in_flight() -> None:
    """Of items without an end, too."""
    flying: set[int] = set()
    most: list[int] = []

    def send(item: int) -> int:
        flying.add(item)
        most.append(len(flying))
        return item

    def fetch(item: int) -> int:
        flying.remove(item)
        return item

    assert [*islice(in_order(count(), send, fetch, lambda: 5), 100)] == [*range(100)]
    assert max(most) == 5


def test_the_rows_of_a_sweep_are_the_same(tmp_path: os.PathLike[str]) -> None:
    path = os.path.join(tmp_path, "net.yaml")
    with open(path, "wb") as file:
        file.write(SPEC)
    axes = ["n=1:400:1", "input.1=1:300:1"]
    whole = convcost.sweep(path, axes, pareto=["macs", "n"])
    found = convcost.sweep(path, axes, pareto=["macs", "n"], jobs=2)
    assert (found.valid, found.refused) == (whole.valid, whole.refused)
    assert {name: values.tolist() for name, values in found.columns.items()} == {
        name: values.tolist() for name, values in whole.columns.items()
    }
    assert len(whole.refused) == 2
    assert whole.rows > 1


def test_one_of_two() -> None:
    with (
        pytest.raises(ConvcostError, match=r"^--jobs are processes of this machine"),
        workers("local", 3),
    ):
        pass
