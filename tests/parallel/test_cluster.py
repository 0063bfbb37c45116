"""Sweeps of a Dask cluster: the rows are those of one process, whatever becomes of workers."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import convcost
from convcost.cli import many
from convcost.cli.designs import Design
from convcost.errors import ConvcostError
from convcost.given import Given
from convcost.loading import needed
from convcost.parallel import cluster as clusters
from convcost.parallel import job as jobs
from convcost.parallel.cluster import cluster
from convcost.sweeps.asked import asked_of, axes_of
from convcost.sweeps.kept import Kept
from convcost.sweeps.subject import Subject
from convcost.sweeps.sweeping import swept

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

dask = pytest.importorskip("dask", reason="the extra `cluster` is not installed")
distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")

MODEL = Path(__file__).parents[1] / "data" / "onnx" / "dcgan__ts13.onnx"
AXES = ["k=1,3,5", "n=1:500:1", "side=16:515:1"]
"""750,000 candidates: 15 blocks, of which a cluster of 2 workers has 8 in flight."""


@pytest.fixture(scope="module")
def workers() -> Iterator[Any]:
    """Two workers. The scheduler gives a piece of work up when its first worker is lost, so that
    all that is made again is made again by us."""
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=50
        ) as started,
    ):
        yield started


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A spec that includes another file."""
    folder = tmp_path_factory.mktemp("specs")
    (folder / "blocks.yaml").write_text(
        "blocks:\n  unit:\n    args: {c: null, k: 3}\n    layers:\n"
        "      - {op: conv, out_channels: c, kernel_size: k, padding: k // 2, groups: 2}\n"
        "      - {op: relu}\n"
    )
    path = folder / "net.yaml"
    path.write_text(
        "input: [4, 32, 32]\ninclude: blocks.yaml\nvars: {n: 8, k: 3}\n"
        "layers:\n  - {op: unit, c: n, k: k}\n  - {op: global_avg_pool}\n"
    )
    return path


@pytest.fixture(scope="module")
def whole(spec: Path) -> convcost.Sweep:
    return convcost.sweep(spec, AXES, where="macs < 3M")


def assert_same(found: convcost.Sweep, whole: convcost.Sweep) -> None:
    assert (found.tried, found.valid, found.refused) == (whole.tried, whole.valid, whole.refused)
    assert found.columns.keys() == whole.columns.keys()
    for name, values in whole.columns.items():
        assert np.array_equal(found.columns[name], values), name
        assert found.columns[name].dtype == values.dtype


def test_the_rows_of_a_cluster_are_those_of_one_process(
    workers: Any, spec: Path, whole: convcost.Sweep
) -> None:
    assert whole.refused
    assert 0 < whole.rows < whole.valid
    found = convcost.sweep(spec, AXES, where="macs < 3M", cluster=workers.scheduler_address)
    assert_same(found, whole)


@pytest.mark.parametrize("lost", [1, 2])
def test_lost_workers_lose_no_rows(
    workers: Any, spec: Path, whole: convcost.Sweep, lost: int
) -> None:
    """Killed as soon as one block is done: with both, all is lost that they had made or held."""
    killed: list[int] = []

    def kill(_done: int, _of: int) -> None:
        for nanny in [*workers.workers.values()][: 0 if killed else lost]:
            killed.append(nanny.pid)
            os.kill(nanny.pid, signal.SIGKILL)

    found = convcost.sweep(
        spec, AXES, where="macs < 3M", cluster=workers.scheduler_address, progress=kill
    )
    assert len(killed) == lost
    assert_same(found, whole)


def test_a_cluster_goes_on_where_another_sweep_ended(workers: Any, spec: Path) -> None:
    """The saved state is the same, too."""
    axes = axes_of([*AXES[:2], "side=16:165:1"])
    asked = asked_of(axes, pareto=["macs", "n"], where="macs > 9k")

    def saved(states: list[str]) -> Callable[[Kept], None]:
        return lambda kept: states.append(json.dumps(kept.state()))

    def subject() -> Subject:
        return Subject(str(spec), asked.grid.axes)

    with cluster(workers.scheduler_address) as found:
        one: list[str] = []
        other: list[str] = []
        whole = swept(subject(), asked, saved=saved(one))
        assert_same(swept(subject(), asked, saved=saved(other), workers=found), whole)
        assert one == other
        again = Kept.of(asked, json.loads(one[1]))
        assert_same(swept(subject(), asked, kept=again, workers=found), whole)


def test_workers_read_no_files(workers: Any) -> None:
    """The bytes of a spec, of what it includes, and of a model are sent: no such file is there."""
    files = {
        "nowhere/net.yaml": b"input: [4, 9]\ninclude: more.yaml\nvars: {n: 2}\n"
        b"layers: [{op: unit, c: n}]\n",
        "nowhere/more.yaml": b"blocks: {unit: {args: {c: ~}, layers: [{op: linear, "
        b"out_features: c}]}}\n",
    }
    asked = asked_of(axes_of(["n=1,2,3"]), ["macs"])
    subject = Subject("nowhere/net.yaml", asked.grid.axes, read=files.__getitem__)
    exported = needed(str(MODEL))
    costs = many.Costs(convcost.analyze, (), Given(), None, None)
    models = [
        many.File("m.onnx", Design("nowhere/m.onnx", ()), None, {"nowhere/m.onnx": data})
        for data in exported.values()
    ]
    with cluster(workers.scheduler_address) as found:
        rows = swept(subject, asked, workers=found)
        ((row,),) = found.each(costs, [models])
    assert rows.columns["macs"].tolist() == [36, 72, 108]
    assert row.totals == convcost.analyze(convcost.load(MODEL)).totals


def at_most_two(item: int) -> int:
    """A job that refuses an item."""
    if item > 2:
        raise ConvcostError(f"{item} is more than two")
    return item


def test_a_mistake_of_a_job_is_that_of_the_command(workers: Any) -> None:
    with cluster(workers.scheduler_address) as found:
        assert [*found.each(at_most_two, [2, 1, 0, 2])] == [2, 1, 0, 2]
        with pytest.raises(ConvcostError, match=r"^5 is more than two$"):
            list(found.each(at_most_two, [2, 1, 5, 0]))


def test_workers_have_the_same_convcost(workers: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    own = jobs.maker()
    newer = own._replace(version="99.1", sources="f")
    monkeypatch.setattr(jobs, "maker", lambda: newer)
    monkeypatch.setattr(clusters, "maker", lambda: newer)
    with cluster(workers.scheduler_address) as found, pytest.raises(ConvcostError) as error:
        list(found.each(at_most_two, [1]))
    assert str(error.value) == (
        f"a worker on {own.host} has convcost {own.version}, and this is convcost 99.1\n"
        "  install the same convcost for all workers"
    )


class Lacking:
    """A client of workers that cannot import convcost."""

    status = "running"

    def run(self, *_: object, **__: object) -> dict[str, Exception]:
        """The answer of `distributed` in this case."""
        return {
            "tcp://10.0.0.6:1": Exception("ModuleNotFoundError(\"No module named 'convcost'\")")
        }


def test_workers_without_convcost() -> None:
    with pytest.raises(ConvcostError) as error:
        list(clusters.Cluster(Lacking(), "tcp://10.0.0.5:8786").each(at_most_two, [1]))
    assert str(error.value).startswith(
        "--cluster: the scheduler or a worker at tcp://10.0.0.5:8786 lacks this convcost: "
    )


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("tcp://127.0.0.1:1", "--cluster: no Dask scheduler answers at `tcp://127.0.0.1:1`\n"),
        ("ftp://127.0.0.1:1", "--cluster: `ftp://127.0.0.1:1` is not an address\n"),
        ("myhost", "--cluster: `myhost` is not an address\n"),
        ("local:none", "--cluster: `local:none` is not a number of workers, as local:4"),
        ("local:0", "--cluster: `local:0` is not a number of workers, as local:4"),
    ],
)
def test_an_address_that_is_none(address: str, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clusters, "CONNECTING", 0.5)
    with pytest.raises(ConvcostError) as error, cluster(address):
        pass
    assert str(error.value).startswith(says)


def test_a_scheduler_without_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clusters, "PATIENCE", 0.2)
    with distributed.LocalCluster(n_workers=0, dashboard_address=":0", silence_logs=50) as none:
        address = none.scheduler_address
        with cluster(address) as found, pytest.raises(ConvcostError) as error:
            list(found.each(at_most_two, [1]))
    assert str(error.value) == (
        f"--cluster: the scheduler at {address} has had no worker for 0.2 seconds\n"
        f"  start some: dask worker {address}"
    )
