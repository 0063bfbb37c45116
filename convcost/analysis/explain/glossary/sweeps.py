"""Headings and labels of `sweep` and `fit`."""

from __future__ import annotations

from convcost.analysis.explain.glossary.word import Word

_SWEEP = "convcost sweep mobilenet_v2 width=0.5,1 side=128,224 --pareto macs,width"
_FIT = "convcost fit mobilenet_v2 --budget macs=300M --vars width,side"
PAGE = "docs/sweep.md"

WORDS = (
    Word(
        ("side",),
        "an axis of `sweep` and `fit`: every spatial size of the only input, if the spec has no "
        "var of that name. `input.1` is a single size of the input named `input`.",
        _SWEEP,
        PAGE,
    ),
    Word(
        ("Pareto front",),
        "the designs that no other design beats: none is at least as good in every named figure "
        "and better in one. Larger is better for receptive fields, depth, intensity and axes, "
        "smaller for all else.",
        _SWEEP,
        PAGE,
    ),
    Word(
        ("fits",),
        "whether a design of `fit` is within all budgets: if so, it is one of the largest, "
        "otherwise one of the nearest misses.",
        _FIT,
        PAGE,
    ),
    Word(
        ("used",),
        "the share of a budget that a design uses: `MACs used` is 99.8% for a design that nearly "
        "fills it, and above 100% for a miss.",
        _FIT,
        PAGE,
    ),
)
