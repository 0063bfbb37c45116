"""`convcost check` of 500 models of which 200 changed, beside analysing the 500 once.

Each of the 200 has two changed values of its own, and one in a file that all 500 include; with
``--broken`` they break a limit, too, so that causes and repairs of all of them are looked for.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from timing import in_turns, process, report

MODELS = 500
CHANGED = 200
CHECK = "import sys; from convcost.cli.app import main; main()"
ANALYSE = """\
import sys, convcost
for path in sys.argv[1:]:
    convcost.analyze(convcost.load(path))
"""
GIT = ["git", "-c", "user.name=bench", "-c", "user.email=bench@example.org"]
SPEC = """\
input: [3, 64, 64]
include: blocks.yaml
vars: {width: 16, depth: 3}
layers:
  - {op: conv, out_channels: width, kernel_size: 3, stride: 2, padding: 1}
  - {op: bottleneck_like, out: 2 * width, repeat: depth}
  - {op: bottleneck_like, out: 4 * width, repeat: depth}
  - global_avg_pool
  - flatten
  - {op: linear, out_features: 10}
"""
BLOCKS = """\
blocks:
  bottleneck_like:
    args: {out: ~}
    layers:
      - {op: conv, out_channels: out / 2, kernel_size: 1}
      - batch_norm
      - relu
      - {op: conv, out_channels: out, kernel_size: 3, padding: 1}
      - batch_norm
      - relu
"""


def make(folder: Path, broken: bool) -> None:
    """A repository of the models; what is not committed is the change."""

    def git(*arguments: str) -> None:
        subprocess.run([*GIT, *arguments], cwd=folder, check=True, capture_output=True)

    git("init", "--initial-branch=main")
    (folder / "blocks.yaml").write_text(BLOCKS)
    for number in range(MODELS):
        (folder / f"model{number}.yaml").write_text(SPEC)
    (folder / "convcost.toml").write_text(f"[budget]\nparams = '{'120k' if broken else '1M'}'\n")
    git("add", "--all")
    git("commit", "--message", "models")
    for number in range(CHANGED):
        text = SPEC.replace("width: 16", "width: 20").replace("depth: 3", "depth: 4")
        (folder / f"model{number}.yaml").write_text(text)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--broken", action="store_true", help="the 200 break a limit, too")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        make(Path(name), options.broken)
        os.chdir(name)
        models = [str(path) for path in sorted(Path().glob("model*.yaml"))]
        check = [sys.executable, "-c", CHECK, "check", "--exit-zero"]
        first = f"{MODELS} models analysed"
        times = in_turns(
            {
                first: process([sys.executable, "-c", ANALYSE, *models]),
                f"check, {CHANGED} of them changed": process([*check, "--base", "HEAD"]),
                "check, alone": process(check),
            },
            rounds=options.rounds,
        )
        print("median milliseconds (range), ratio to the first")
        report(times, first)
