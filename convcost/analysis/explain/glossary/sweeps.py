"""Headings and labels of `sweep` and `fit`."""

from __future__ import annotations

from convcost.analysis.explain.glossary.word import Word

_SWEEP = "convcost sweep mobilenet_v2 width=0.5,1 side=128,224 --pareto macs,width"
_FIT = "convcost fit mobilenet_v2 --budget macs=300M --vars width,side"
PAGE = "docs/sweep.md"

WORDS = (
    Word(
        ("side",),
        "an axis of `sweep` and `fit`: every spatial size of the only input, where the spec has no "
        "var of that name. `input.1` is a single one of the sizes of `input`.",
        _SWEEP,
        PAGE,
    ),
    Word(
        ("Pareto front",),
        "the designs that none other is better than: as good in every figure that was named, and "
        "better in one. More is better of receptive fields, depth, intensity and axes, less of "
        "all else.",
        _SWEEP,
        PAGE,
    ),
    Word(
        ("fits",),
        "whether a design of `fit` keeps to all budgets: if so it is one of the largest, else one "
        "of the nearest misses.",
        _FIT,
        PAGE,
    ),
    Word(
        ("used",),
        "the part of its budget that a design has of a figure: `MACs used` is 99.8% where nearly "
        "all of them are used, and above 100% in a miss.",
        _FIT,
        PAGE,
    ),
)
