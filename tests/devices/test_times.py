"""Times on devices, worked out by hand and by brute force."""

from __future__ import annotations

from fractions import Fraction
from math import hypot
from typing import TYPE_CHECKING

import pytest

import convcost
from convcost.analysis.analyze.cost import analyze
from convcost.analysis.devices.beside import beside
from convcost.analysis.devices.estimate import unfused
from convcost.analysis.devices.mixed import traffic
from convcost.analysis.devices.pieces import fewest_bytes, pieces
from convcost.analysis.devices.roofline import bounds
from convcost.devices.device import Calibration, Device, Figure
from convcost.devices.read import device
from convcost.errors import ConvcostError, Source
from convcost.further_metrics import duration

if TYPE_CHECKING:
    from pathlib import Path

    from convcost.network import Network

BOARD = Device(
    "board",
    "A board",
    matrix={"float32": Figure(10**9, "made up")},
    vector={"float32": Figure(10**8, "made up")},
    float32_sums={},
    bandwidth=Figure(10**9, "made up"),
    on_chip=Figure(1024, "made up"),
    memory=None,
    flash=None,
    launch=None,
    calibration=Calibration(Fraction(2), Fraction(1, 10), 400_000, "made up"),
)
TWO = """\
input: [8, 10, 10]
layers:
  - {op: conv, out_channels: 16, kernel_size: 3, padding: 1, bias: false}
  - relu
"""
STRIDED = """\
input: [8, 9, 9]
layers:
  - {op: conv, out_channels: 16, kernel_size: 1, stride: 2, bias: false}
"""


def _network(tmp_path: Path, text: str, batch: int = 1) -> Network:
    path = tmp_path / "net.yaml"
    path.write_text(text)
    return convcost.load(path, batch=batch)


def test_two_layers_by_hand(tmp_path: Path) -> None:
    """16 x 100 positions x 72 products take 230,400 ns at a GFLOPS. The relu reads and writes 6,400
    bytes, and 1,024 of each may stay in the cache: 10,752 ns at a GB/s."""
    analysis = analyze(_network(tmp_path, TWO))
    found = bounds(analysis, BOARD)
    assert [(bound.time, bound.binds) for bound in found] == [
        *((230_400, "arithmetic"), (10_752, "memory"))
    ]


def test_merged_layers_move_nothing_between_them(tmp_path: Path) -> None:
    """With arithmetic for nothing: 3,200 bytes in, 6,400 out and 4,608 of weights, of which the
    cache saves 1,024 each."""
    analysis = analyze(_network(tmp_path, TWO))
    fast = BOARD._replace(matrix={"float32": Figure(10**18, "made up")})
    (found,) = bounds(analysis, fast, fused=True)
    assert (found.time, found.binds) == (3_200 + 6_400 + 4_608 - 3 * 1_024, "memory")


def test_the_estimate_by_hand(tmp_path: Path) -> None:
    """A tile has 64 columns for 16, and sums of 96 products for 72: 1,228,800 ns. 14,208 bytes are
    moved three times by the convolution, and 12,800 by the relu. All of it takes twice as long."""
    analysis = beside(analyze(_network(tmp_path, TWO)), [BOARD])
    counts = [cost.counts["board.estimate"] for cost in analysis.layers]
    assert counts == [round(2 * hypot(1_228_800, 3 * 14_208)), 2 * 12_800]
    assert analysis.totals["board.estimate"] == sum(counts)


def test_starting_a_layer_takes_time_where_that_is_known(tmp_path: Path) -> None:
    analysis = analyze(_network(tmp_path, TWO + "  - flatten\n"))
    slow, fast = (
        unfused(analysis, BOARD._replace(launch=launch)) for launch in (Figure(500, "it"), None)
    )
    assert slow is not None
    assert fast is not None
    assert [a - b for a, b in zip(slow.values(), fast.values(), strict=True)] == [500, 500, 0]


MIXED = """input: [64]
layers:
  - {op: linear, out_features: 64, bias: false}
  - layer_norm
  - relu
  - {op: linear, out_features: 64, bias: false}
  - relu
"""


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_norms_make_float32_in_mixed_precision(tmp_path: Path, dtype: str) -> None:
    """64 numbers of 2 or 4 bytes: the norm reads 2 and writes 4, with its weights in 2, the relu
    reads and writes 4, the linear layer reads 4 and makes 2."""
    (tmp_path / "net.yaml").write_text(MIXED)
    network = convcost.load(tmp_path / "net.yaml", dtype=dtype)
    moved = traffic(analyze(network))
    weights = 64 * 64 * 2
    each = [64 * 4 + weights, 64 * 6 + 2 * 64 * 2, 64 * 8, 64 * 6 + weights, 64 * 4]
    assert [*moved.values()] == each


def test_a_tensor_that_a_layer_reads_twice_is_as_wide_as_one(tmp_path: Path) -> None:
    """All that the sum reads and writes is twice as wide as its type says."""
    twice = "  - {op: add, name: twice, from: [norm, norm]}\n"
    text = MIXED.replace("  - relu\n", twice, 1).replace(
        "layer_norm", "{op: layer_norm, name: norm}"
    )
    (tmp_path / "net.yaml").write_text(text)
    analysis = analyze(convcost.load(tmp_path / "net.yaml", dtype="float16"))
    cost = analysis.layers[2]
    assert cost.name == "twice"
    assert traffic(analysis)[cost.layer] == 2 * cost.counts["traffic_bytes"]


def test_numbers_as_wide_as_float32_are_not_mixed(tmp_path: Path) -> None:
    analysis = analyze(_network(tmp_path, MIXED))
    assert [*traffic(analysis).values()] == [c.counts["traffic_bytes"] for c in analysis.layers]


def test_products_of_float16_are_summed_in_float32() -> None:
    """The peak of bfloat16 on GeForce; elsewhere both are the same."""
    on = device("rtx3090")
    assert (on.peak("float16"), on.peak_in_float32("float16")) == (142 * 10**12, 71 * 10**12)
    for name in ("a100_40gb", "h100_sxm"):
        assert device(name).peak_in_float32("float16") == device(name).peak("float16")
    assert BOARD.peak_in_float32("float16") is None


def test_an_estimate_below_all_measurements_says_so(tmp_path: Path) -> None:
    """The two layers take 2.48 ms, and about twice that for two samples."""
    assert BOARD.calibration is not None
    on = BOARD._replace(calibration=BOARD.calibration._replace(least=3_000_000))
    said = [
        beside(analyze(_network(tmp_path, TWO, batch)), [on]).remarks["board.estimate"]
        for batch in (1, 2)
    ]
    assert said[0] == (
        "about 2.48 ms, 10 % off (median) for other networks; 2 x the roofline, layer by layer, "
        "fitted on made up; no measured network took less than 3 ms: starting layers may take "
        "longer"
    )
    assert "no measured network" not in said[1]


def test_depthwise_convolutions_run_on_vector_units(tmp_path: Path) -> None:
    """800 x 9 products take 144,000 ns at a tenth of a GFLOPS. 6,688 bytes move three times."""
    text = TWO.replace("out_channels: 16", "out_channels: 8, groups: 8")
    times = unfused(analyze(_network(tmp_path, text)), BOARD)
    assert times is not None
    assert float(next(iter(times.values()))) == pytest.approx(hypot(144_000, 3 * 6_688))


@pytest.mark.parametrize(
    ("channels", "groups", "tiles"), [(64, 1, 1), (65, 1, 2), (128, 2, 2), (64, 2, 2), (8, 1, 1)]
)
def test_columns_of_products_come_in_tiles(
    tmp_path: Path, channels: int, groups: int, tiles: int
) -> None:
    """Of 64 columns; with groups each has its own. Sums of 64 products are two deep."""
    text = f"input: [{64 * groups}, 4, 4]\nlayers:\n  - {{op: conv, out_channels: {channels}, "
    text += f"kernel_size: 1, bias: false, groups: {groups}}}\n"
    still = BOARD._replace(bandwidth=Figure(10**18, "made up"))
    times = unfused(analyze(_network(tmp_path, text)), still)
    assert times is not None
    assert round(next(iter(times.values()))) == 2 * 16 * 64 * 64 * tiles


@pytest.mark.parametrize(("kernel", "groups", "times"), [(1, 1, 1), (1, 2, 3), (3, 1, 3)])
def test_convolutions_with_windows_or_groups_move_their_maps_three_times(
    tmp_path: Path, kernel: int, groups: int, times: int
) -> None:
    fields = f"out_channels: 8, kernel_size: {kernel}, groups: {groups}, bias: false"
    text = f"input: [8, 9, 9]\nlayers:\n  - {{op: conv, {fields}}}\n"
    analysis = analyze(_network(tmp_path, text))
    fast = BOARD._replace(matrix={"float32": Figure(10**24, "made up")})
    found = unfused(analysis, fast)
    assert found is not None
    (taken,) = found.values()
    assert taken == times * analysis.totals["traffic_bytes"]


def test_columns_of_a_product_of_tensors_are_its_last_axis(tmp_path: Path) -> None:
    """4 rows, and 128 columns in place of 100."""
    text = "inputs: {a: [4, 64], b: [64, 100]}\nlayers:\n  - {op: matmul, from: [a, b]}\n"
    still = BOARD._replace(bandwidth=Figure(10**18, "made up"))
    found = unfused(analyze(_network(tmp_path, text)), still)
    assert found is not None
    assert [round(time) for time in found.values()] == [2 * 4 * 64 * 128]


def test_weights_stay_in_the_cache_once(tmp_path: Path) -> None:
    """Two layers of 4,096 bytes of weights and small tensors: the cache holds 1,024 of them."""
    layer = "  - {op: linear, out_features: 32, bias: false}\n"
    network = _network(tmp_path, f"input: [32]\nlayers:\n{layer}{layer}")
    fast = BOARD._replace(matrix={"float32": Figure(10**18, "made up")})
    times = [bound.time for bound in bounds(analyze(network), fast)]
    assert times == [4_096 - 1_024, 4_096]


ATTENTION = """\
inputs: {q: [4, 64], k: [64, 4], v: [4, 64]}
layers:
  - {op: matmul, from: [q, k]}
  - {op: softmax, dim: 2, name: weights}
  - {op: matmul, from: [weights, v]}
"""


def test_an_attention_that_one_line_calls_moves_no_scores(tmp_path: Path) -> None:
    network = _network(tmp_path, ATTENTION)
    fast = BOARD._replace(matrix={"float32": Figure(10**24, "made up")})
    written_out = unfused(analyze(network), fast)
    for layer in network.layers:
        layer.source = Source("model.py", 7)
    called = unfused(analyze(network), fast)
    assert written_out is not None
    assert called is not None
    scores = 4 * 4 * 4
    assert sum(written_out.values()) - sum(called.values()) == 4 * scores
    assert len(pieces(network)) == 1


def test_positions_that_a_stride_leaves_out_are_not_read(tmp_path: Path) -> None:
    (layer,) = _network(tmp_path, STRIDED).layers
    assert fewest_bytes(layer) == [8 * 5 * 5 * 4]


@pytest.mark.parametrize(("start", "end"), [(8, 8), (4, 12), (12, 8), (12, 4)])
def test_parts_of_one_tensor_are_read_together(tmp_path: Path, start: int, end: int) -> None:
    """The first positions, up to ``end``, and the last ones, from ``start``: never more than the
    tensor has, and no less than all that either names."""
    size = min(end, 16 - start)
    part = "  - {{op: slice, name: {}, from: input, dims: [2], starts: [{}], ends: [{}]}}\n"
    text = f"input: [8, 16]\nlayers:\n{part.format('a', 0, size)}"
    text += f"{part.format('b', start, start + size)}  - {{op: add, from: [a, b]}}\n"
    network = _network(tmp_path, text)
    named = len({*range(size), *range(start, start + size)})
    assert 8 * 4 * named <= sum(piece.read for piece in pieces(network)) <= 8 * 4 * 16


@pytest.mark.parametrize(
    ("kernel", "stride", "padding", "dilation"),
    [(1, 1, 0, 1), (3, 2, 1, 1), (3, 5, 0, 1), (2, 3, 1, 2), (3, 4, 2, 2), (1, 4, 0, 1)],
)
def test_positions_read_by_brute_force(
    tmp_path: Path, kernel: int, stride: int, padding: int, dilation: int
) -> None:
    """Never more than are read, and at most what the borders hide fewer."""
    fields = f"kernel_size: {kernel}, stride: {stride}, padding: {padding}, dilation: {dilation}"
    text = (
        f"input: [1, 17, 17]\nlayers:\n  - {{op: conv, out_channels: 1, bias: false, {fields}}}\n"
    )
    (layer,) = _network(tmp_path, text).layers
    units = layer.outputs[0].shape[2]
    read = {
        unit * stride - padding + tap * dilation for unit in range(units) for tap in range(kernel)
    }
    really = len([at for at in read if 0 <= at < 17])
    (found,) = fewest_bytes(layer)
    assert (really - kernel) ** 2 * 4 <= found <= really**2 * 4


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v2", "densenet121", "unet"])
def test_what_bounds_keep_to(name: str) -> None:
    """More samples never take less, nor does more memory on the chip take more, nor merging."""
    on = device("rtx3090")
    larger = on._replace(on_chip=Figure(10**8, "made up"))
    few, many = (analyze(convcost.load(name, batch=batch, dtype="float16")) for batch in (1, 8))

    def total(analysis: convcost.Analysis, on: Device, *, fused: bool = False) -> int:
        return sum(bound.time for bound in bounds(analysis, on, fused=fused))

    assert total(few, on) <= total(many, on)
    assert total(many, larger) <= total(many, on)
    assert total(many, on, fused=True) <= total(many, on)
    alone = sum(2 * cost.counts["macs"] for cost in many.layers) * 10**9 // (142 * 10**12)
    assert alone - len(many.layers) <= total(many, larger, fused=True)


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v2"])
def test_the_bound_is_below_the_roofline(name: str) -> None:
    analysis, on = analyze(convcost.load(name, batch=8, dtype="float16")), device("rtx3090")
    roofline = unfused(analysis, on)
    assert roofline is not None
    assert sum(bound.time for bound in bounds(analysis, on)) <= sum(roofline.values())


@pytest.mark.parametrize("fused", [False, True])
def test_every_layer_is_in_one_piece(fused: bool) -> None:
    network = convcost.load("densenet121")
    layers = [layer for piece in pieces(network, fused=fused) for layer in piece.layers]
    assert len(layers) == len(network.layers)
    assert {*layers} == {*network.layers}


def test_numbers_whose_peak_is_not_known() -> None:
    analysis = analyze(convcost.load("resnet18", dtype="float64"))
    with pytest.raises(
        ConvcostError, match=r"rtx3090: nothing says how fast .* float64\n.*float16"
    ):
        bounds(analysis, device("rtx3090"))


def test_what_is_not_known_of_a_device_is_said(tmp_path: Path) -> None:
    unknown = BOARD._replace(on_chip=None, calibration=None)
    analysis = beside(analyze(_network(tmp_path, TWO)), [unknown])
    said = "at least 230 us, for arithmetic alone: the on-chip memory of the device is not known"
    assert analysis.remarks == {"board.bound": said}


def test_durations() -> None:
    found = [duration(time) for time in (0, 999, 4_130_000, 2 * 10**9, 12_345 * 10**9)]
    assert found == ["0 ns", "999 ns", "4.13 ms", "2 s", "12,345 s"]
