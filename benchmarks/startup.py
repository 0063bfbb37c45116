"""The whole process of an analysis beside the imports that no such tool can do without."""

from __future__ import annotations

import sys
from pathlib import Path

from timing import in_turns, process, report

HERE = Path(__file__).parent.parent
EXPORTED = str(HERE / "tests" / "data" / "pt2" / "resnet50.pt2")
SPEC = str(HERE / "specs" / "resnet50.yaml")
CONVCOST = str(Path(sys.executable).parent / "convcost")
IMPORTS = "import typer, yaml, rich.table, rich.console"
OTHERS = [
    ["compare", SPEC, f"{SPEC}@3x160x160"],
    ["alternatives", SPEC],
    ["explain", "conv"],
    ["rf", SPEC],
    ["lint", SPEC],
    ["check", SPEC],
]

if __name__ == "__main__":
    times = in_turns(
        {
            "the imports alone": process([sys.executable, "-c", IMPORTS]),
            "convcost analyze": process([CONVCOST, "analyze", SPEC]),
            "convcost analyze, as on a terminal": process(
                ["env", "FORCE_COLOR=1", CONVCOST, "analyze", SPEC]
            ),
            "convcost analyze, exported": process([CONVCOST, "analyze", EXPORTED]),
            **{f"convcost {words[0]}": process([CONVCOST, *words]) for words in OTHERS},
            "convcost --version": process([CONVCOST, "--version"]),
        },
        rounds=21,
    )
    print("whole processes, median milliseconds (range), ratio to the first")
    report(times, "the imports alone")
