"""Start-up loads nothing that is not needed."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from running import ROOT, environment

HEAVY = ("numpy", "rich", "yaml", "typer.rich_utils", "pydantic", "convcost.gate.reading")
PROGRAM = f"""
import json, sys
from convcost.cli.app import main
try:
    main()
finally:
    print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]), file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("arguments", "loaded"),
    [
        (["--version"], []),
        (["--help"], []),
        (["analyze", "--help"], []),
        (["analyze", "specs/resnet50.yaml"], ["yaml"]),
        (["analyze", "specs/resnet50.yaml", "--format", "json"], ["yaml"]),
        (["expand", "specs/resnet50.yaml"], ["yaml"]),
        (["alternatives", "--input", "192x28x28", "--out", "256", "--kernel", "3"], ["yaml"]),
        (["alternatives", "specs/resnet50.yaml"], ["yaml"]),
        (["rf", "specs/resnet50.yaml"], ["yaml"]),
        (["analyze", "tests/data/pt2/resnet50.pt2"], ["yaml"]),
        (["analyze", "missing.yaml"], []),
    ],
    ids=lambda value: " ".join(value),
)
def test_what_is_loaded(arguments: list[str], loaded: list[str]):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        capture_output=True,
        cwd=ROOT,
        env=environment({}),
        text=True,
        check=False,
    )
    found = json.loads(done.stderr.splitlines()[-1])
    assert set(found) <= {*loaded, "yaml"} if "missing.yaml" in arguments else found == loaded


COLLECTED = """
import atexit, gc, json, sys
seen = []
gc.callbacks.append(lambda phase, info: seen.append(info["generation"]))
left = lambda: print(json.dumps([seen, gc.get_freeze_count()]), file=sys.stderr)
atexit.register(left)
from convcost.__main__ import main
seen.clear()
main()
"""


def test_no_collection_looks_at_what_a_short_command_makes():
    done = subprocess.run(
        [sys.executable, "-c", COLLECTED, "analyze", "specs/resnet50.yaml"],
        capture_output=True,
        cwd=ROOT,
        env=environment({}),
        text=True,
        check=True,
    )
    collections, left_alone = json.loads(done.stderr.splitlines()[-1])
    assert not collections
    assert left_alone > 10_000


def test_version():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "--version"],
        capture_output=True,
        cwd=ROOT,
        env=environment({}),
        text=True,
        check=True,
    )
    import convcost

    assert done.stdout == f"convcost {convcost.__version__}\n"


def test_a_name_that_the_package_does_not_have():
    import convcost

    with pytest.raises(AttributeError, match="module 'convcost' has no attribute 'analyse'"):
        _ = convcost.analyse  # type: ignore[attr-defined]
    for name in convcost.__all__:
        assert getattr(convcost, name).__name__ == name
