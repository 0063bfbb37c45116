"""Threads and processes: the same answers, and nothing left behind."""

from __future__ import annotations

import gc
import multiprocessing
import os
import subprocess
import sys
import warnings
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Thread
from typing import TYPE_CHECKING, Any

import pytest

import convcost
from convcost.gc_pause import paused
from convcost.spec.expression import parse

if TYPE_CHECKING:
    from types import FrameType

SPECS = Path(__file__).parent.parent / "specs"
NAMES = ("alexnet", "dcn_v2_tiny", "espcn", "m5", "mobilenet_v1", "resnet18", "tcn", "vgg16")
EIGHT = [str(SPECS / f"{name}.yaml") for name in NAMES]


def figures(path: str) -> tuple[object, ...]:
    """All that is asked of a network."""
    network = convcost.load(path)
    analysis = convcost.analyze(network)
    rows = [(row.cost.name, row.axes) for row in convcost.rf(network).rows]
    findings = convcost.lint(network)
    return analysis.totals, analysis.sizes, rows, findings, convcost.explain("conv")


def test_eight_threads_answer_as_one_does() -> None:
    alone = [*map(figures, EIGHT)]
    with ThreadPoolExecutor(8) as pool:
        assert [*pool.map(figures, EIGHT)] == alone
        assert [*pool.map(figures, EIGHT[1:2] * 8)] == alone[1:2] * 8
    assert gc.isenabled()


AT_ONCE = """
import sys
sys.setswitchinterval(1e-5)
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
import convcost
together = Barrier(8)
def first(path):
    together.wait()
    return convcost.analyze(convcost.load(path)).totals["macs"]
with ThreadPoolExecutor(8) as pool:
    print(*pool.map(first, sys.argv[1:]))
"""


def test_names_load_in_threads_that_ask_at_once() -> None:
    words = [sys.executable, "-c", AT_ONCE, *EIGHT]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    macs = [convcost.analyze(convcost.load(path)).totals["macs"] for path in EIGHT]
    assert (done.stderr, done.stdout.split()) == ("", [*map(str, macs)])


@pytest.mark.parametrize("how", ["fork", "spawn"])
def test_processes_send_results_back(how: str) -> None:
    paths = EIGHT[1:4]
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", DeprecationWarning
        )  # newer Pythons warn of forks of threads
        with ProcessPoolExecutor(1, multiprocessing.get_context(how)) as pool:
            there = [*pool.map(analysis_of, paths)]
            assert [found.totals for found in there] == [analysis_of(p).totals for p in paths]
            with pytest.raises(convcost.SpecError, match=r"^nope\.yaml: there is no such file$"):
                pool.submit(convcost.load, "nope.yaml").result()


def analysis_of(path: str) -> convcost.Analysis:
    return convcost.analyze(convcost.load(path))


def test_the_collector_goes_on_when_the_last_thread_is_done() -> None:
    inside, leave = Barrier(2), Barrier(2)

    def other() -> None:
        with paused():
            inside.wait()
            leave.wait()

    thread = Thread(target=other)
    with paused():
        thread.start()
        inside.wait()
    assert not gc.isenabled()  # the other's pause began inside of ours
    leave.wait()
    thread.join()
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    try:
        with paused():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a system without fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_new_process_does_not_wait_for_threads_that_it_has_not() -> None:
    inside, leave = Barrier(2), Barrier(2)

    def other() -> None:
        with paused():
            inside.wait()
            leave.wait()

    thread = Thread(target=other)
    thread.start()
    inside.wait()
    child = os.fork()
    if child == 0:
        os._exit(0 if gc.isenabled() else 1)
    leave.wait()
    thread.join()
    assert os.waitpid(child, 0)[1] == 0


def test_an_interrupt_leaves_nothing_behind() -> None:
    before = warnings.filters[:]

    def interrupted(number: int) -> None:
        """Raise at a line, as Ctrl-C may."""
        left = number

        def trace(frame: FrameType, event: str, _: object) -> Any:
            nonlocal left
            left -= event == "line" and "convcost" in frame.f_code.co_filename
            if left == 0:
                sys.settrace(None)
                raise KeyboardInterrupt
            return trace

        sys.settrace(trace)
        try:
            convcost.analyze(convcost.load(EIGHT[1]))
        finally:
            sys.settrace(None)

    was = sys.gettrace()
    try:
        for number in (100, 1000, 3000, 10_000):
            with pytest.raises(KeyboardInterrupt):
                interrupted(number)
            assert gc.isenabled()
    finally:
        sys.settrace(was)
    assert warnings.filters == before
    assert convcost.analyze(convcost.load(EIGHT[1])).totals["macs"] == 28_377_088


def test_parsing_makes_no_errors_of_other_threads_warnings() -> None:
    stop = Barrier(2)
    raised: list[Warning] = []

    def warn_all_the_time() -> None:
        while stop.n_waiting == 0:
            try:
                warnings.warn("of this thread", RuntimeWarning, stacklevel=1)
            except RuntimeWarning as warning:
                raised.append(warning)
        stop.wait()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        thread = Thread(target=warn_all_the_time)
        thread.start()
        for number in range(2000):
            parse(f"{number} + 17 * width")
        stop.wait()
        thread.join()
    assert not raised
