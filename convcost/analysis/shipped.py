"""The specs that come with convcost, and what each costs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from convcost.analysis.analyze.cost import analyze
from convcost.files import known
from convcost.spec import load

_NAME = re.compile(r"^name: *(.+?)(?: *#.*)?$", re.MULTILINE)
_FIGURES = re.compile(r"^expect: *\{params: (\d+), macs: (\d+)\b", re.MULTILINE)
_PAPER = re.compile(r"arXiv (\d{4}\.\d{4,5})")


class Shipped(NamedTuple):
    """A spec by the name that commands know, and the network's own. ``paper`` is an arXiv number,
    or "" where it has none."""

    name: str
    network: str
    params: int
    macs: int
    paper: str


def shipped() -> list[Shipped]:
    """All of them. Figures are those that a spec expects of itself, which tests confirm; the few
    small ones that expect nothing are counted."""
    return [_read(name) for name in known.names()]


def _read(name: str) -> Shipped:
    path = known.path_of(name)
    assert path is not None
    text = Path(path).read_text("utf-8")
    comments = " ".join(line[1:].strip() for line in text.splitlines() if line.startswith("#"))
    called, paper, figures = _NAME.search(text), _PAPER.search(comments), _FIGURES.search(text)
    if figures:
        params, macs = map(int, figures.groups())
    else:
        totals = analyze(load(name)).totals
        params, macs = totals["params"], totals["macs"]
    return Shipped(name, called[1] if called else name, params, macs, paper[1] if paper else "")
