"""`convcost check` of 200 models that all changed since their base, beside analysing 400 models."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from timing import in_turns, process, report

import convcost

SPECS = sorted((Path(__file__).parent.parent / "specs").glob("*.yaml"))
MODELS = 200
CHECK = "import sys; from convcost.cli.app import main; main()"
GIT = ["git", "-c", "user.name=bench", "-c", "user.email=bench@example.org"]


def make(folder: Path) -> None:
    """A repository of 200 models, each with a limit of growth, and each changed since."""

    def git(*arguments: str) -> None:
        subprocess.run([*GIT, *arguments], cwd=folder, check=True, capture_output=True)

    git("init", "--initial-branch=main")
    for number in range(MODELS):
        text = SPECS[number % len(SPECS)].read_text()
        (folder / f"model{number}.yaml").write_text(text)
    (folder / "convcost.toml").write_text('[budget]\nmacs = {max_increase = "+5%"}\n')
    git("add", "--all")
    git("commit", "--message", "models")
    for path in folder.glob("*.yaml"):
        path.write_text(f"{path.read_text()}# changed\n")


def analyse(folder: Path) -> None:
    """Do the least that a check needs: analyse each model twice."""
    for path in sorted(folder.glob("*.yaml")):
        for _ in range(2):
            convcost.analyze(convcost.load(str(path)))


if __name__ == "__main__":
    import os
    import sys

    with tempfile.TemporaryDirectory() as name:
        make(Path(name))
        os.chdir(name)
        command = [sys.executable, "-c", CHECK, "check"]
        times = in_turns(
            {
                "400 models analysed": lambda: analyse(Path(name)),
                "check, 200 models with a base": process([*command, "--base", "HEAD"]),
                "check, 200 models alone": process(command),
            },
            rounds=3,
        )
        print("median milliseconds (range), ratio to the first")
        report(times, "400 models analysed")
