"""Figures that authors print, against our MACs of the same networks.

``published.csv`` has MACs of networks that come as no spec, too: PyTorch's FlopCounterMode counted
them (half its total) of torchvision 0.29.1 and timm 1.0.31.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

import convcost
from convcost.analysis.reconcile.printed import printed
from convcost.analysis.reconcile.written import CUT_OFF, said
from convcost.conventions.published import figures
from convcost.conventions.read import convention
from convcost.ops import OPS, op_class
from convcost.ops.op import Op

if TYPE_CHECKING:
    from convcost.conventions.published import Published

OF_SPECS = [one for one in figures() if one.spec]
COUNT = re.compile(r"\d{1,3}(?:,\d{3}){2,}")


@pytest.mark.parametrize(
    "one", OF_SPECS, ids=lambda one: f"{one.network} {one.input} {one.printed}"
)
def test_our_macs(one: Published) -> None:
    shape = [int(size) for size in one.input.split("x")]
    settings = dict(pair.split("=") for pair in one.settings.split())
    network = convcost.load(one.spec, settings=settings, inputs={"": shape})
    assert convcost.analyze(network).totals["macs"] == one.macs, f"published.csv: {one}"


@pytest.mark.parametrize(
    "one", figures(), ids=lambda one: f"{one.network} {one.input} {one.printed}"
)
def test_a_figure_is_our_macs_rounded_or_says_why_not(one: Published) -> None:
    figure = said(one.printed)
    way = figure.way(one.macs)
    if not one.apart:
        assert way, f"published.csv: {one.network}: `apart` is empty"
        assert way.cost == 0, f"published.csv: {one.network}: it is {way.remark}"
    elif one.apart.startswith("cut"):
        assert way, f"published.csv: {one.network}: it is not cut"
        assert way.remark == CUT_OFF, f"published.csv: {one.network}: it is not cut"
    elif count := COUNT.search(one.apart):
        way = figure.way(int(count[0].replace(",", "")))
        assert way, f"published.csv: {one.network}: {count[0]} is not {one.printed}"
        assert (way.remark == CUT_OFF) == one.apart.endswith(", cut")


@pytest.mark.parametrize(
    ("spec", "settings", "left_out"),
    [("vgg16", {}, "linear"), ("mobilenet_v1", {"separable": "false"}, "linear")],
)
def test_counts_without_the_classifier(spec: str, settings: dict[str, str], left_out: str) -> None:
    """The counts that two figures are said to be of."""
    analysis = convcost.analyze(convcost.load(spec, settings=settings))
    kept = sum(layer.counts["macs"] for layer in analysis.layers if layer.op != left_out)
    (told,) = {
        count[0]
        for one in figures()
        if (one.spec, one.macs) == (spec, analysis.totals["macs"])
        and (count := COUNT.search(one.apart))
    }
    assert told == f"{kept:,}"


def test_counts_with_strides_in_the_first_convolution() -> None:
    """ResNet-50 as its paper has it: three blocks stride in the first 1x1, and not in the 3x3."""
    macs = convcost.analyze(convcost.load("resnet50")).totals["macs"]
    for width, channels, side in ((128, 256, 56), (256, 512, 28), (512, 1024, 14)):
        macs -= channels * width * (side**2 - (side // 2) ** 2)
    told = [one.apart for one in figures() if one.network == "ResNet-50" and one.apart]
    assert told
    assert all(f"{macs:,}" in apart for apart in told)


def test_who_prints_a_number() -> None:
    macs = convcost.analyze(convcost.load("mobilenet_v1")).totals["macs"]
    (first, *_) = printed(said("569M"), macs)
    assert (first.network, first.where) == ("MobileNet 1.0", "arXiv 1704.04861, table 6")
    assert printed(said("568740352"), macs)[0] == first
    assert printed(said("123456789"), macs) == []


def test_sources_are_papers_or_pages_of_their_authors() -> None:
    for one in figures():
        known = re.match(r"arXiv \d{4}\.\d{5}|github\.com/\S+, \S+|arXiv \d{4}\.\d{4}", one.where)
        assert known, f"published.csv: {one.network}: {one.where} is neither a paper nor a page"


def test_papers_count_every_product() -> None:
    """So their convention knows all ops that have MACs."""
    with_products = {name for name in OPS if op_class(name).macs != Op.macs}
    missing = with_products - convention("papers").products
    assert not missing, f"convcost/conventions/tools/papers.yaml: lacks {sorted(missing)}"
