"""Readings of ``--says NUMBER``: published figures of networks, as people write them."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest

import convcost
from convcost.analysis.reconcile.reconcile import reconcile
from convcost.analysis.reconcile.says import readings
from convcost.analysis.reconcile.written import said

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., tuple[int, str, str]]

QUESTIONS = [
    # Howard et al., arXiv 1704.04861, tables 6 to 9: alpha, rho, and both.
    ("mobilenet_v1", "569 Million Mult-Adds", "MACs", ""),
    ("mobilenet_v1", "1.14 GFLOPs", "FLOPs", ""),
    ("mobilenet_v1", "325M", "MACs", "width=0.75"),
    ("mobilenet_v1", "149 MMAdds", "MACs", "width=0.5"),
    ("mobilenet_v1", "41M", "MACs", "width=0.25"),
    ("mobilenet_v1", "418M", "MACs", "input 3x192x192"),
    ("mobilenet_v1", "290M", "MACs", "input 3x160x160"),
    ("mobilenet_v1", "186M", "MACs", "input 3x128x128"),
    ("mobilenet_v1", "76M", "MACs", "width=0.5, input 3x160x160"),
    # Sandler et al., arXiv 1801.04381, table 4, and the table of its checkpoints.
    ("mobilenet_v2", "300M", "MACs", ""),
    ("mobilenet_v2", "300 MMAdds", "MACs", ""),
    ("mobilenet_v2", "0.3 BFLOPs", "MACs", ""),
    ("mobilenet_v2", "0.6 BFLOPs", "FLOPs", ""),
    ("mobilenet_v2", "600 MFLOPs", "FLOPs", ""),
    ("mobilenet_v2", "209M", "MACs", "width=0.75"),
    ("mobilenet_v2", "97M", "MACs", "width=0.5"),
    ("mobilenet_v2", "221M", "MACs", "input 3x192x192"),
    ("mobilenet_v2", "154M", "MACs", "input 3x160x160"),
    ("mobilenet_v2", "153M", "MACs", "width=0.75, input 3x192x192"),
    ("mobilenet_v2", "3.5M params", "params", ""),
    # The tables of torchvision's weights, "GFLOPS".
    ("resnet50", "4.09 GFLOPS", "MACs", ""),
    ("densenet121", "2.83 GFLOPS", "MACs", ""),
    ("inception_v3", "5.71 GFLOPS", "MACs", ""),
    ("alexnet", "0.71 GFLOPS", "MACs", ""),
    # Trackers of counters.
    ("resnet50", "4.1 GMACs", "MACs", ""),
    ("resnet50", "~4.1 x 10^9", "MACs", ""),
    ("resnet50", "4,089,184,256", "MACs", ""),
    ("resnet50", "4.12e9", "ptflops.macs", ""),
    ("resnet50", "8.2 GFLOPs", "FLOPs", ""),
    ("resnet50", "25.6M", "params", ""),
    ("resnet50", "6.8 GMACs", "MACs", "input 3x288x288"),  # timm's a1_in1k at its test size
    ("resnet18", "1.8 GMac", "MACs", ""),
    ("resnet18", "3.6 GFLOPs", "FLOPs", ""),
    ("vgg16", "15.3 billion FLOPs", "MACs of convolutions", ""),  # He et al., arXiv 1512.03385
    ("vgg16", "15.5G", "MACs", ""),
    ("vgg16", "30.9 GFLOPs", "FLOPs", ""),
    ("inception_v3", "2.85G", "fvcore.flops", "input 3x224x224"),
    ("yolov3_tiny", "5.56 BFLOPs", "FLOPs", ""),  # darknet
    ("efficientnet_b0", "390M", "MACs", ""),
]


@pytest.mark.parametrize(("model", "text", "what", "at"), QUESTIONS)
def test_the_first_explanation(run: Run, model: str, text: str, what: str, at: str) -> None:
    _, out, _ = run("reconcile", model, "--says", text, "--format", "csv")
    first = next(csv.DictReader(out.splitlines()))
    assert (first["what"], first["at"]) == (what, at)


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("569M", 568_500_000, 569_999_999),
        ("0.57 billion", 565_000_000, 579_999_999),
        ("570M", 565_000_000, 575_000_000),
        ("0.57 bn", 565_000_000, 579_999_999),
        ("0.57b", 565_000_000, 579_999_999),
        ("57 thousand", 56_500, 57_999),
        ("5.7 million", 5_650_000, 5_799_999),
        ("5.7 trillion", 5_650_000_000_000, 5_799_999_999_999),
        ("600M", 550_000_000, 650_000_000),
        ("4.10 GMACs", 4_095_000_000, 4_109_999_999),
        ("4e9", 3_500_000_000, 4_999_999_999),
        ("568,740,352", 568_740_352, 568_740_352),
        ("568740350", 568_740_350, 568_740_350),
        ("568740000", 568_735_000, 568_745_000),
    ],
)
def test_which_counts_may_be_written_so(text: str, least: int, most: int) -> None:
    way = said(text).way
    assert [way(count) is not None for count in (least - 1, least, most, most + 1)] == [
        *(False, True, True, False)
    ]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("many", "`many` is not an amount, such as 580M, 1.2G or 300774272"),
        ("4,1G", "`4,1G` is not an amount, such as 580M, 1.2G or 300774272"),
        ("9" * 50, f"`{'9' * 50}` is not an amount, such as 580M, 1.2G or 300774272"),
        ("5 MB", "the unit of `5 MB` is none of k, M, G, T or P"),
        ("5%", "the unit of `5%` is none of k, M, G, T or P"),
    ],
)
def test_what_is_no_number(run: Run, text: str, complaint: str) -> None:
    assert run("reconcile", "alexnet", "--says", text)[::2] == (2, f"--says: {complaint}\n")


def test_what_authors_print_of_this_network_comes_first(run: Run) -> None:
    lines = run("reconcile", "mobilenet_v2", "--says", "300M")[1].splitlines()
    own, table, others = (
        next(number for number, line in enumerate(lines) if line.startswith(begins))
        for begins in ("printed of this network", "count ", "printed of other networks")
    )
    assert own < table < others
    assert all("300,774,272 MACs" in line for line in lines[own + 1 : lines.index("", own)])
    assert all("300,774,272 MACs" not in line for line in lines[others + 1 :])


@pytest.mark.parametrize(
    ("text", "functions"),
    [("327,550,720", []), ("327,486,720", [(327_486_720, True)]), ("5 GMACs", [])],
)
def test_functions_are_thought_of_where_that_explains_a_number(
    text: str, functions: list[tuple[int, bool]]
) -> None:
    """thop counts 50 for each of the 1,280 channels that a module averages, and nothing for a
    function; what it counts as it stands is listed whether that is the number or not."""
    found = reconcile(convcost.load("mobilenet_v2"), "thop")
    each = [one for one in readings(said(text), found, None, most=99) if one.what == "thop.macs"]
    assert [(o.value, o.fits) for o in each if "functions" in o.remark] == functions
    assert [o.value for o in each if not o.remark] == [327_486_720 + 1280 * 50]
