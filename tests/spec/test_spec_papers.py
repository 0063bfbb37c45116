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
    # The same over the frames of one input: a Python loop over `x[:, t]`
    "conv_lstm_frames": Figures(9_856, 120_324_096),
    # Howard et al., arXiv 1905.02244, table 2: torchvision's mobilenet_v3_small
    "mobilenet_v3_small": Figures(2_542_856, 56_510_400),
    # Lin et al., arXiv 1708.02002: torchvision's resnet50, FeaturePyramidNetwork with
    # LastLevelP6P7, and RetinaNetHead
    "retinanet": Figures(37_968_692, 149_194_714_112),
    # van den Oord et al., arXiv 1609.03499, 30 layers; 64 and 256 channels
    "wavenet_30_layers": Figures(1_283_776, 5_079_040_000),
    # Huang et al., arXiv 1608.06993, table 1: torchvision's densenet121
    "densenet121": Figures(7_978_856, 2_834_161_664),
    # Newell, Yang and Deng, arXiv 1603.06937, two stacks: a module that holds itself
    "stacked_hourglass": Figures(6_569_824, 8_334_606_336),
    # Ronneberger, Fischer and Brox, arXiv 1505.04597, padded, without norms
    "unet": Figures(31_031_810, 48_171_581_440),
    # Szegedy et al., arXiv 1409.4842, table 1, its 5x5 as printed and without norms
    "inception_v1": Figures(6_998_552, 1_582_671_872),
    # Xie et al., arXiv 1611.05431, table 1: torchvision's resnext50_32x4d
    "resnext50": Figures(25_028_904, 4_230_479_872),
    # Ma et al., arXiv 1807.11164, table 5: torchvision's shufflenet_v2_x1_0
    "shufflenet_v2": Figures(2_278_604, 144_907_992),
    # Tan and Le, arXiv 1905.11946, table 1: torchvision's efficientnet_b0
    "efficientnet": Figures(5_288_548, 385_814_752),
    # Ledig et al., arXiv 1609.04802, figure 4, 16 blocks
    "srgan_generator": Figures(1_549_462, 1_277_669_376),
    # Redmon and Farhadi, arXiv 1612.08242, with the passthrough of 64 channels
    "yolov2": Figures(50_655_389, 14_680_167_424),
    # Long, Shelhamer and Darrell, arXiv 1411.4038, with the padding of 100
    "fcn8s": Figures(134_489_759, 62_860_657_728),
    # van den Oord et al., arXiv 1601.06759, table 1, h = 64
    "pixelcnn": Figures(2_253_056, 1_761_478_656),
    # Vaswani et al., arXiv 1706.03762, over a stem of Liu et al., arXiv 2201.03545
    "convnext_transformer": Figures(11_940_712, 3_126_248_448),
    # Bai, Kolter and Koltun, arXiv 1803.01271, 8 blocks of 25 channels, k = 7
    "tcn": Figures(66_510, 51_607_050),
    # Radford, Metz and Chintala, arXiv 1511.06434, figure 1
    "dcgan_generator": Figures(18_871_427, 640_614_400),
    # Koch, Zemel and Salakhutdinov, 2015, figure 4: one module, called twice
    "siamese": Figures(38_951_745, 1_817_251_840),
    # Shi, Bai and Yao, arXiv 1507.05717, table 1, with torch.nn.GRU
    "crnn": Figures(7_673_381, 688_104_448),
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


def test_the_compound_scaling_of_efficientnet() -> None:
    """torchvision's efficientnet_b3, of widths 1.2 and depths 1.4, has 12,233,232 parameters and
    counts 1,827,141,392 MACs at 300x300."""
    network = load(
        str(FOLDER / "efficientnet.yaml"),
        settings={"width": "1.2", "depth": "1.4"},
        inputs={"input": (3, 300, 300)},
    )
    totals = analyze(network).totals
    assert Figures(totals["params"], totals["macs"]) == Figures(12_233_232, 1_827_141_392)


def test_recurrent_layers_by_their_names() -> None:
    """`torch.nn.LSTM(100, 512, 2)` has 3,358,720 parameters; over 300 steps, each step multiplies
    all weights once."""
    text = b"input: [300, 100]\nlayers:\n  - {op: lstm, hidden_size: 512, num_layers: 2}\n"
    totals = analyze(load("lstm.yaml", read=lambda _: text)).totals
    assert totals["params"] == 3_358_720
    assert totals["macs"] == 300 * (3_358_720 - 2 * 2 * 4 * 512)


UNROLLED = b"""
input: [100, 32]
vars: {hidden: 64}
blocks:
  cell:
    args: {t: ~}
    inputs: [state, seq]
    layers:
      - {op: split, name: hc, from: state, sizes: [hidden, hidden], dim: 1}
      - {op: slice, name: x3, from: seq, dims: 1, starts: [t], ends: ["t + 1"]}
      - {op: flatten, name: x, from: x3}
      - {op: linear, name: ih, from: x, out_features: 4 * hidden}
      - {op: linear, name: hh, from: hc.0, out_features: 4 * hidden}
      - {op: add, name: gates, from: [ih, hh]}
      - {op: split, name: g, from: gates, parts: 4, dim: -1}
      - {op: sigmoid, name: i, from: g.0}
      - {op: sigmoid, name: f, from: g.1}
      - {op: tanh, name: z, from: g.2}
      - {op: sigmoid, name: o, from: g.3}
      - {op: multiply, name: fc, from: [f, hc.1]}
      - {op: multiply, name: iz, from: [i, z]}
      - {op: add, name: c, from: [fc, iz]}
      - {op: tanh, name: tc, from: c}
      - {op: multiply, name: h, from: [o, tc]}
      - {op: concat, from: [h, c]}
layers:
  - {op: parameter, name: s0, shape: [128], learned: false}
  - {op: cell, name: first, from: [s0, input], t: 0}
  - name: rest
    repeat: 99
    layers:
      - {op: identity, name: prev}
      - {op: cell, name: s, share: first, from: [prev, input], t: i + 1}
"""


@pytest.mark.parametrize(
    "text", [UNROLLED, UNROLLED.replace(b"{op: identity, name: prev}", b"relu")]
)
def test_an_unrolled_cell_counts_what_the_layer_does(text: bytes) -> None:
    """A layer that has the name `prev` is that layer; without one it is the layer before."""
    totals = analyze(load("cell.yaml", read=lambda _: text)).totals
    lstm = b"input: [100, 32]\nlayers:\n  - {op: lstm, hidden_size: 64}\n"
    layer = analyze(load("lstm.yaml", read=lambda _: lstm)).totals
    assert totals["params"] == layer["params"] == 25_088
    assert totals["macs"] == layer["macs"] == 2_457_600
