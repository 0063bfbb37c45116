"""Layers of every op as ONNX files: onnx finds nothing wrong with them, onnxruntime makes what our
executor makes, and they cost the same when they are read back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from onnx_files import agree, checked, fed, read_back, totals
from op_examples import layers, made

from convcost.errors import ConvcostError
from convcost.exporters import written
from convcost.network import Network
from convcost.ops import OPS, op_class
from convcost.tensor import Tensor

if TYPE_CHECKING:
    from op_examples import Example

UNSAID = {
    "lstm": ("proj_size", "its state is projected"),
    "local_response_norm": ("size", "its size is even"),
    "dft": ("onesided", "it is onesided"),
    "upsample": ("step", "beyond the map"),
}
"""Fields of examples that ONNX cannot say, and part of the reason."""

OF_MAPS = ("deform_conv", "deform_sample")
"""Ops that onnxruntime has for maps of two axes alone; ONNX has them for any."""

COARSE = {"cast": 1e-3}
"""Our executor leaves halves in 32 bits."""

DIFFER = {
    "involution": "its columns are made, and its padding is not padding of theirs",
    "locally_connected": "its columns are made",
    "unfold": "its columns are picked of a padded map",
    "grid_sample": "a map of one axis becomes one of two",
    **dict.fromkeys(("rnn", "gru", "lstm"), "steps come before samples, of which there are two"),
    **dict.fromkeys(("max_pool", "max_unpool"), "positions are counted through all maps"),
    **dict.fromkeys(("adaptive_max_pool", "adaptive_avg_pool"), "windows are cut out one by one"),
    **dict.fromkeys(("dropout", "stochastic_depth", "identity", "flatten"), "there is no layer"),
    "remainder": "Mod of floats has the sign of what is divided",
    **dict.fromkeys(("less", "greater", "equal", "isnan", "isinf"), "truths take a byte each"),
    **dict.fromkeys(("logical_and", "logical_or", "logical_xor"), "numbers become truths"),
    **dict.fromkeys(("logical_not", "where"), "numbers become truths"),
    **dict.fromkeys(("argmax", "argmin", "topk"), "positions take 8 bytes each"),
    **dict.fromkeys(("gather", "gather_elements", "gather_nd"), "numbers become positions"),
    **dict.fromkeys(("scatter", "one_hot", "reverse_sequence"), "numbers become positions"),
    "roi_align": "samples and corners are cut apart",
    **dict.fromkeys(("nms", "nonzero"), "rows of -1 are laid after what is found"),
    "roll": "a layer for each axis",
}
"""Ops of which a layer is written as several, or with numbers of another type: parameters and macs
stay, and what moves between those layers is more."""

WRITTEN = [name for name in OPS if not op_class(name).unwritten]
EXAMPLES = [(name, n) for name in WRITTEN for n in range(len(layers(name)))]


def network_of(name: str, example: Example) -> Network:
    """A network of one layer, with inputs of its own."""
    network = Network(name)
    inputs = [Tensor(f"x{number}", shape) for number, shape in enumerate(example[1])]
    network.inputs = {tensor.name: tensor for tensor in inputs}
    layer = network.add(f"{name}_layer", made(name, example), inputs)
    network.outputs = {tensor.name: tensor for tensor in layer.outputs}
    return network


def unsaid(name: str, example: Example) -> str | None:
    """The reason why an example cannot be written, if it is one of those."""
    field, reason = UNSAID.get(name, ("", ""))
    fields, shapes = example
    if field not in fields or (name == "dft" and shapes[0][-1] == 1):
        return None
    even = name != "local_response_norm" or fields[field] % 2 == 0
    return reason if even else None


@pytest.mark.parametrize(("name", "number"), EXAMPLES)
def test_onnxruntime_makes_what_the_executor_makes(name: str, number: int) -> None:
    example = layers(name)[number]
    network = network_of(name, example)
    reason = unsaid(name, example)
    if reason is not None:
        with pytest.raises(ConvcostError, match=reason):
            written(network, "onnx")
    elif name in OF_MAPS and len(example[1][0]) != 4:
        checked(written(network, "onnx"))
    else:
        agree(network, fed(name, network), COARSE.get(name, 1e-5))


@pytest.mark.parametrize("size", [(7,), (2, 3, 4)])
def test_neighbouring_channels_of_maps_of_any_rank(size: tuple[int, ...]) -> None:
    network = network_of("local_response_norm", ({"size": 3, "alpha": 1}, [(2, 4, *size)]))
    agree(network, fed("local_response_norm", network))
    assert totals(read_back(network)) == totals(network)


def lines(**fields: list[float]) -> tuple[str, Example]:
    """An upsample whose units lie on lines of their own."""
    return "upsample", ({"mode": "bilinear", **fields}, [(2, 3, 8, 6)])


WRITTEN_OTHERWISE: dict[str, tuple[str, Example]] = {
    "lengths over two axes": ("lp_norm", ({"p": 2, "dim": [1, 2]}, [(2, 3, 4)])),
    "sums over two axes": ("lp_norm", ({"p": 1, "dim": [-2, -1]}, [(2, 3, 4, 5)])),
    "a threshold of its own": ("softplus", ({"threshold": 1}, [(2, 3, 40)])),
    "a threshold of what is sharpened": ("softplus", ({"beta": 3, "threshold": 2}, [(2, 3, 40)])),
    "units on lines inside": lines(size=[4, 5], start=[0.5, 1], step=[1.5, 0.5]),
    "units on lines from the start": lines(size=[4, 12], start=[0, 0], step=[2, 0.5]),
    "positions that 32 bits miss": ("upsample", ({"size": 1500}, [(1, 2, 1100)])),
    "a last window in the padding": (
        "max_pool",
        ({"kernel_size": 2, "stride": 2, "padding": 1, "ceil_mode": True}, [(2, 3, 7, 7)]),
    ),
}
"""Layers that are written in another way than the examples of their op."""


@pytest.mark.parametrize(("name", "example"), WRITTEN_OTHERWISE.values(), ids=WRITTEN_OTHERWISE)
def test_layers_that_are_written_otherwise(name: str, example: Example) -> None:
    network = network_of(name, example)
    agree(network, fed(name, network))


def test_counts_stay_when_layers_are_read_back() -> None:
    differing: set[str] = set()
    for name, number in EXAMPLES:
        example = layers(name)[number]
        if unsaid(name, example) is not None or name == "parameter":  # of which nothing is made
            continue
        network = network_of(name, example)
        back = read_back(network)
        assert not back.unknown
        ours, theirs = totals(network), totals(back)
        for metric in ("params", "macs"):
            assert ours[metric] == theirs[metric], (name, number, metric)
        if ours != theirs:
            differing.add(name)
    assert differing == DIFFER.keys()
