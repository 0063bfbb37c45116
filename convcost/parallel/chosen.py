"""The workers that a command line asks for."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from convcost.errors import ConvcostError
from convcost.parallel.job import Here

if TYPE_CHECKING:
    from collections.abc import Generator

    from convcost.parallel.job import Workers


MOST_JOBS = 1000


@contextmanager
def workers(cluster: str | None, jobs: int | None) -> Generator[Workers]:
    """Those of a cluster, or a number of processes; else this process.

    Raises:
        ConvcostError: both are given, or there is no such cluster.
    """
    if cluster is not None:
        if jobs is not None:
            raise ConvcostError("--jobs are processes of this machine: leave out --cluster")
        from convcost.parallel.cluster import cluster as connected

        with connected(cluster) as found:
            yield found
    elif jobs is not None and jobs > 1:
        from convcost.parallel.processes import Processes

        yield Processes(jobs)
    else:
        yield Here()
