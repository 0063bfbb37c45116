"""The memory that is available to this process: what the machine has left and limits allow."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path("/")


def free_bytes(root: Path = ROOT) -> int | None:
    """The bytes that can still be taken: the least of what the machine, the control groups and the
    limit of the address space leave. None where the system tells nothing.

    Args:
        root: of the file system.
    """
    known = [left for left in (_machine(root), *_groups(root), _address_space(root)) if left]
    return min(known, default=None)


def _machine(root: Path) -> int | None:
    """As Linux estimates it, caches that can be dropped included; as ``sysconf`` has it
    elsewhere."""
    said = _text(root / "proc/meminfo")
    available = re.search(r"^MemAvailable:\s+(\d+) kB", said, re.MULTILINE)
    if available:
        return int(available[1]) * 1024
    for name in ("SC_AVPHYS_PAGES", "SC_PHYS_PAGES"):
        try:
            return os.sysconf(name) * os.sysconf("SC_PAGE_SIZE")
        except (AttributeError, ValueError, OSError):  # not told on this system
            continue
    return None


def _groups(root: Path) -> Iterator[int]:
    """The bytes that each control group around this process still allows, for versions 2 and 1."""
    mounted = root / "sys/fs/cgroup"
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, controllers, path = [*line.split(":", 2), "", ""][:3]
        if not controllers:
            yield from _above(mounted, path, "memory.max", "memory.current", "inactive_file")
        elif "memory" in controllers.split(","):
            names = "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"
            yield from _above(mounted / "memory", path, *names)


def _above(mounted: Path, path: str, limit: str, use: str, cache: str) -> Iterator[int]:
    """The bytes that a group and its ancestors still allow. In a container the path may be that of
    the host; the group is then the one that is mounted."""
    group = mounted / path.lstrip("/")
    for folder in (group, *group.parents):
        most, used = _text(folder / limit).strip(), _text(folder / use).strip()
        if most.isdigit() and used.isdigit():
            # Files that were read and can be dropped count as used.
            dropped = re.search(rf"^{cache} (\d+)", _text(folder / "memory.stat"), re.MULTILINE)
            yield max(1, int(most) - int(used) + (int(dropped[1]) if dropped else 0))
        if folder == mounted:
            return


def _address_space(root: Path) -> int | None:
    """The bytes of address space that ``ulimit -v`` still allows, or None if there is no limit."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    most, _ = resource.getrlimit(resource.RLIMIT_AS)
    pages = _text(root / "proc/self/statm").split()
    if most == resource.RLIM_INFINITY or not pages:
        return None
    return max(1, most - int(pages[0]) * resource.getpagesize())


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError):
        return ""
