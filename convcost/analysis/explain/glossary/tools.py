"""Headings and labels of `reconcile`."""

from __future__ import annotations

from convcost.analysis.explain.glossary.word import Word

PAGE = "docs/conventions.md"
_TOOL = "convcost reconcile mobilenet_v2 --tool thop"
_SAYS = "convcost reconcile mobilenet_v2 --says 580M"

WORDS = (
    Word(
        ("convention",),
        "how a tool counts: what it adds to our MACs and leaves out. Ours is `dense`: products "
        "with padding zeros are MACs.",
        _TOOL,
        PAGE,
    ),
    Word(
        ("count",),
        "a total of ours or of another tool, by the tool and its word for it (`thop.macs`). In the "
        "steps of a tool, what a step adds.",
        "convcost reconcile mobilenet_v2",
        PAGE,
    ),
    Word(("/ MACs",), "a tool's total over our MACs.", "convcost reconcile mobilenet_v2", PAGE),
    Word(
        ("beside our MACs",),
        "the steps from our MACs to a tool's total: `+` what it adds, `-` what it leaves out, and "
        "`x 2` where a multiplication and an addition are two.",
        "convcost reconcile mobilenet_v2",
        PAGE,
    ),
    Word(("our MACs",), "products, those with padding zeros included.", _TOOL, PAGE),
    Word(
        ("apart",),
        "how far a count is from the number that was asked about; `=` where it rounds to it.",
        _SAYS,
        PAGE,
    ),
    Word(
        ("at",),
        "the design that has a count: another input size or value of a var. Nothing is written for "
        "the one that was asked about.",
        _SAYS,
        PAGE,
    ),
    Word(
        ("what", "remark", "rounds to it"),
        "what has a value, and what else must be so, as functions in place of modules.",
        _SAYS,
        PAGE,
    ),
)
