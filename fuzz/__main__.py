"""``python -m fuzz --hours 1 --seed 3``: hunt, and write what is found to the corpus."""

from __future__ import annotations

import argparse
import os
import time
from contextlib import suppress
from pathlib import Path

from fuzz.hunt import ROOT, Hunt
from fuzz.kinds import KINDS


def main() -> int:
    """Hunt as the options say; 1 where something was found."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("--hours", type=float, default=1.0, help="how long (1)")
    parser.add_argument("--seed", type=int, default=0, help="other cases for each (0)")
    parser.add_argument("--only", choices=sorted(KINDS), action="append", help="of a kind alone")
    parser.add_argument(
        "--corpus", type=Path, default=ROOT / "tests" / "data" / "fuzz", help="where finds go"
    )
    asked = parser.parse_args()
    os.nice(10)
    hunt = Hunt(asked.only or sorted(KINDS), asked.seed, asked.corpus)
    with suppress(KeyboardInterrupt):
        hunt.until(time.monotonic() + asked.hours * 3600)
    print(f"{hunt.cases:,} cases, {hunt.lines:,} commands, {len(hunt.finds)} finds")
    return 1 if hunt.finds else 0


if __name__ == "__main__":
    raise SystemExit(main())
