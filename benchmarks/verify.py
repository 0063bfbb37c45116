"""Every spec verified in full: all channels, all positions."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import convcost
from convcost.execution.verification import verify

if __name__ == "__main__":
    failed = 0
    for path in sorted((Path(__file__).parent.parent / "specs").rglob("*.yaml")):
        network = convcost.load(str(path))
        start = time.perf_counter()
        found = verify(network)
        seconds = time.perf_counter() - start
        failed += len(found.broken)
        agree = len(found.checks) - len(found.broken)
        print(f"{path.stem:20} {agree:5,} of {len(found.checks):5,} agree  {seconds:6.1f} s")
    sys.exit(failed > 0)
