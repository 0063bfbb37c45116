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
        "roofline time of each layer, times a factor fitted on measurements. It is printed with "
        "its error on networks that it was not fitted on. Files give it in nanoseconds.",
        _ANALYZE,
        PAGE,
    ),
    Word(
        ("measured", "measured_ns"),
        "the measured time of a row in a table of measurements, for a whole batch. Files give it "
        "in nanoseconds.",
        _CALIBRATE,
        PAGE,
    ),
    Word(
        ("off",),
        "how far an estimate is above (+) or below (-) the measured time, if only the other groups "
        "of networks in the table are used to fit it.",
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
        "the place of a design in the ranking, the smallest figure first.",
        _RANK,
        PAGE,
    ),
    Word(
        ("near_before",),
        "whether a design and the one before it differ by less than the error of estimates, so "
        "that either may be the faster one.",
        _RANK,
        PAGE,
    ),
)
