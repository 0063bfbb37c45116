"""Available memory: of the machine, and of the control groups around a process."""

from __future__ import annotations

import resource
from typing import TYPE_CHECKING

import pytest
from doubles import always

from convcost.execution.memory_free import free_bytes

if TYPE_CHECKING:
    from pathlib import Path

MEMINFO = "MemTotal:       8000 kB\nMemFree:         100 kB\nMemAvailable:   4000 kB\n"
FOUR_MB = 4000 * 1024


@pytest.fixture(autouse=True)
def _no_limit_of_the_address_space(monkeypatch: pytest.MonkeyPatch):  # pyright: ignore[reportUnusedFunction]
    unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    monkeypatch.setattr(resource, "getrlimit", always(unlimited))


def system(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


@pytest.mark.parametrize(
    ("files", "free"),
    [
        ({}, FOUR_MB),
        (  # version 2: the limit of a group above counts as well
            {
                "proc/self/cgroup": "0::/jobs/one\n",
                "sys/fs/cgroup/jobs/one/memory.max": "max\n",
                "sys/fs/cgroup/jobs/one/memory.current": "900000\n",
                "sys/fs/cgroup/jobs/memory.max": "2000000\n",
                "sys/fs/cgroup/jobs/memory.current": "1500000\n",
                "sys/fs/cgroup/jobs/memory.stat": "anon 1000000\ninactive_file 250000\n",
            },
            750_000,
        ),
        (  # in a container the path is that of the host
            {
                "proc/self/cgroup": "0::/docker/4f2a\n",
                "sys/fs/cgroup/memory.max": "3000000\n",
                "sys/fs/cgroup/memory.current": "1000000\n",
            },
            2_000_000,
        ),
        (  # version 1
            {
                "proc/self/cgroup": "11:cpu,cpuacct:/\n5:memory:/job\n",
                "sys/fs/cgroup/memory/job/memory.limit_in_bytes": "3000000\n",
                "sys/fs/cgroup/memory/job/memory.usage_in_bytes": "1000000\n",
                "sys/fs/cgroup/memory/job/memory.stat": "total_inactive_file 5000\n",
            },
            2_005_000,
        ),
        (  # no limit, as version 1 writes it
            {
                "proc/self/cgroup": "5:memory:/\n",
                "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
                "sys/fs/cgroup/memory/memory.usage_in_bytes": "1000000\n",
            },
            FOUR_MB,
        ),
    ],
)
def test_the_least_that_is_left(tmp_path: Path, files: dict[str, str], free: int):
    assert free_bytes(system(tmp_path, {"proc/meminfo": MEMINFO, **files})) == free


def test_a_limit_of_the_address_space_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(resource, "getrlimit", always((10 * resource.getpagesize(), 0)))
    root = system(tmp_path, {"proc/meminfo": MEMINFO, "proc/self/statm": "7 3 1 1 0 2 0\n"})
    assert free_bytes(root) == 3 * resource.getpagesize()
