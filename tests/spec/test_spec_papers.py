"""Networks written as their papers print them count what PyTorch counts."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from convcost.analysis.analyze.cost import analyze
from convcost.render.spec import to_spec
from convcost.spec import load

FOLDER = Path(__file__).parent.parent / "data" / "papers"


class Figures(NamedTuple):
    """Parameters and MACs of a module in PyTorch: see ``tests/data/README.md``."""

    params: int
    macs: int


PAPERS = {
    # Howard et al., arXiv 1905.02244, table 1: torchvision's mobilenet_v3_large
    "mobilenet_v3_large": Figures(5_483_032, 216_589_760),
    # Lin et al., arXiv 1708.02002, section 4: torchvision's RetinaNetHead(256, 9, 80)
    "retinanet_head": Figures(6_463_220, 86_201_330_688),
    # van den Oord et al., arXiv 1609.03499, figure 4
    "wavenet": Figures(284_640, 574_619_648),
    # Huang et al., arXiv 1608.06993, equation 2: torchvision's _DenseBlock(6, 64, 4, 32, 0)
    "dense_block": Figures(335_040, 1_040_449_536),
    # Newell, Yang and Deng, arXiv 1603.06937, figure 3
    "hourglass": Figures(2_788_864, 1_741_422_592),
    # Shi et al., arXiv 1506.04214, equation 3, without peepholes
    "conv_lstm": Figures(9_856, 120_324_096),
}


def test_every_paper_has_its_figures() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(PAPERS)


@pytest.mark.parametrize("name", PAPERS)
def test_what_pytorch_counts(name: str) -> None:
    network = load(str(FOLDER / f"{name}.yaml"))
    totals = analyze(network).totals
    assert Figures(totals["params"], totals["macs"]) == PAPERS[name]
    text = to_spec(network).encode()
    again = analyze(load("again.yaml", read=lambda _: text)).totals
    assert again == totals
