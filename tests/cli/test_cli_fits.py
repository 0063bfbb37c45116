"""Every command that takes a network fits a terminal of 80 by 24, whatever the network.

Cheap: reports are written in this process for a terminal of that size; a few command lines run on
a real one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from running import ROOT, Ran

import convcost
from convcost.cli import output
from convcost.named import meant, within

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from convcost.render.report import Medium

    Run = Callable[..., Ran]

WIDTH, HEIGHT = 80, 24
SPECS = (  # long and deep, with branches, with many inputs and outputs, and of one layer
    *("dcn_v2_tiny", "deeplabv3plus", "esrgan", "hifigan", "inception_v3"),
    *("unet_3d", "vit_b_16", "yolov3_tiny", "examples/transposed", "row/1_convolution"),
)
COMMANDS = {  # what follows the words of a command line that name the network and a layer
    "analyze": "",
    "analyze by stage": "--by stage",
    "analyze by op": "--by op",
    "analyze depth 2": "--depth 2",
    "analyze depth 3": "--depth 3",
    "analyze sorted": "--sort params",
    "analyze trained": "--train",
    "analyze on a device": "--device rtx3090",
    "analyze on two devices": "--device rtx3090 --device stm32f746",
    "analyze a roofline": "--device rtx3090 --roofline",
    "analyze as a tool": "--convention thop",
    "reconcile": "",
    "reconcile layers": "--layers",
    "reconcile a tool": "--tool xla",
    "reconcile a tool's layers": "--tool thop --layers",
    "reconcile a number": "--says 601M",
    "alternatives": "",
    "alternatives of all": "*",
    "rf": "",
    "rf of a layer": "LAYER",
    "explain": "LAYER",
    "compare": "resnet18",
    "compare stages": "resnet18 --by stage",
    "compare three": "resnet18 mobilenet_v2",
    "lint": "",
    "check": "",
}
NOTHING_TO_SAY = {  # there is no standard convolution, so the command ends with a sentence
    "alternatives": 3,
    "alternatives of all": 3,
}
TRIED = [  # half of the specs, in turn
    (command, spec) for n, command in enumerate(COMMANDS) for spec in SPECS[n % 2 :: 2]
]
RULE = re.compile(r" *-{3,}")
NAMED = re.compile(r"(layer|MACs by layer)\b")  # headings of columns that hold names of layers


@pytest.fixture
def on_screen(run: Run, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """Run a command line in this process, fitted as on a terminal."""
    real = output.medium

    def show(*words: str, size: tuple[int, int] = (WIDTH, HEIGHT)) -> Ran:
        def medium(path: str | None, *, plain: bool = False) -> Medium:
            width, height = size
            return real(path, plain=plain)._replace(width=width, height=height)

        with monkeypatch.context() as patched:
            patched.setattr(output, "medium", medium)
            return run(*words)

    return show


def words_of(command: str, spec: str) -> list[str]:
    """The words of a command line about a spec, and about its dearest layer where one is wanted."""
    path = ROOT / "specs" / f"{spec}.yaml"
    rest = COMMANDS[command].split()
    if "LAYER" in rest:
        layers = convcost.analyze(convcost.load(str(path))).layers
        rest = [max(layers, key=lambda layer: layer.counts["macs"]).name]
    return [command.split()[0], str(path), *rest]


def tables(lines: Sequence[str]) -> list[tuple[str, list[str]]]:
    """The heading of each table, and its rows."""
    rules = [at for at, line in enumerate(lines) if RULE.fullmatch(line)]
    found: list[tuple[str, list[str]]] = []
    for at in rules:
        rest = lines[at + 1 :]
        ends = [n for n, line in enumerate(rest) if not line or RULE.fullmatch(line)]
        rows = list(rest[: ends[0]] if ends else rest)
        if at and re.match(" *[A-Za-z]", lines[at - 1]) and not lines[at - 1].startswith("paths "):
            found.append((lines[at - 1], rows))
    return found


@pytest.mark.parametrize(("command", "spec"), TRIED)
def test_a_command_fits_a_screen(on_screen: Callable[..., Ran], command: str, spec: str) -> None:
    """With a line left for what a shell writes next; rows are told apart, and typed back."""
    ran = on_screen(*words_of(command, spec))
    if ran.code == NOTHING_TO_SAY.get(command):
        return
    assert ran.code == 0
    lines = [*ran.err.splitlines(), *ran.out.splitlines()]
    assert len(lines) < HEIGHT
    assert max(map(len, ran.out.splitlines())) <= WIDTH
    layers = convcost.load(str(ROOT / "specs" / f"{spec}.yaml")).layers
    for heading, rows in tables(lines):
        assert len(set(rows)) == len(rows)
        if NAMED.match(heading) and not command.startswith("compare"):
            for row in rows:
                name = re.split(r" {2,}", row)[0]
                if not name or name.startswith("(") or "left out" in name:
                    continue
                for text in (name, name.replace("…", "...")):
                    assert len(meant(text, layers)) == 1 or within(text, layers), name


@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_piped_is_complete(run: Run, command: str) -> None:
    """It knows of no height, and of no option for more."""
    out = run(*words_of(command, "hifigan")).out
    assert not re.search(r"left out; |--all shows|\(\d+ others\)|--all lists all", out)
    assert not any("…" in row for _, rows in tables(out.splitlines()) for row in rows)


@pytest.mark.parametrize(
    "words",
    [
        ("rf", "hifigan"),
        ("compare", "resnet50", "resnet18"),
        ("reconcile", "resnet50", "--tool", "thop", "--layers"),
        ("explain", "resnet50", "conv1"),
        ("analyze", "vit_b_16", "--by", "stage"),
    ],
    ids=lambda words: words[0],
)
def test_a_real_terminal(on_terminal: Callable[..., str], words: Sequence[str]) -> None:
    shown = on_terminal(*words, NO_COLOR="1")
    assert "\x1b" not in shown
    assert 10 < len(shown.splitlines()) < HEIGHT
    assert max(map(len, shown.splitlines())) <= WIDTH
    assert "--all" in shown.splitlines()[-1]
    assert len(on_terminal(*words, LINES="1000", NO_COLOR="1").splitlines()) > HEIGHT


@pytest.mark.parametrize(
    "spec", ["row/1_convolution", "examples/transposed", "examples/deformable"]
)
def test_what_was_verified_fits_a_screen(on_screen: Callable[..., Ran], spec: str) -> None:
    ran = on_screen("verify", str(ROOT / "specs" / f"{spec}.yaml"))
    assert ran.code == 0
    assert 10 < len(ran.out.splitlines()) < HEIGHT
    assert "agree with what was executed" in ran.out


@pytest.mark.parametrize("width", [60, 132])
@pytest.mark.parametrize(
    "command", ["analyze", "analyze by stage", "alternatives", "rf", "explain", "compare"]
)
def test_other_widths(on_screen: Callable[..., Ran], command: str, width: int) -> None:
    ran = on_screen(*words_of(command, "mobilenet_v2"), size=(width, HEIGHT))
    assert len(ran.out.splitlines()) < HEIGHT
    assert max(map(len, ran.out.splitlines())) <= width
