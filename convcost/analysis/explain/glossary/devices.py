"""Headings and labels of times on devices."""

from __future__ import annotations

from convcost.analysis.explain.glossary.word import Word

PAGE = "docs/devices.md"
_ANALYZE = "convcost analyze resnet50 --device rtx3090 --dtype float16"
_CALIBRATE = "convcost calibrate --help"
_RANK = "convcost rank resnet18 mobilenet_v2 --device rtx3090 --dtype float16"

WORDS = (
    Word(
        ("estimate", "estimate_ns"),
        "about how long a network takes on a device when a framework runs it layer by layer: the "
        "time that its data sheet allows for each layer, times a factor fitted on measurements. "
        "It is printed with the error that it had for networks it was not fitted on. Files have "
        "it in nanoseconds.",
        _ANALYZE,
        PAGE,
    ),
    Word(
        ("measured", "measured_ns"),
        "the time that a row of a table of measurements states, for all its samples at once. Files "
        "have it in nanoseconds.",
        _CALIBRATE,
        PAGE,
    ),
    Word(
        ("off",),
        "how far an estimate is above (+) or below (-) the time that was measured, fitted on the "
        "other networks of the table alone.",
        _CALIBRATE,
        PAGE,
    ),
    Word(
        ("fitted on",),
        "the measurements that the factor of an estimate comes from.",
        _CALIBRATE,
        PAGE,
    ),
    Word(
        ("place",),
        "where a design stands among those that are ranked, the smallest figure first.",
        _RANK,
        PAGE,
    ),
    Word(
        ("near_before",),
        "whether the error of the estimate cannot tell a design apart from the one before it.",
        _RANK,
        PAGE,
    ),
)
