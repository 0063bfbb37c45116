"""The blocks that come with the package: written as users write theirs, and without mistakes."""

from __future__ import annotations

import pytest
from spec_support import layers, names

from convcost.spec.compose import compose
from convcost.spec.nodes import File, Mapping
from convcost.spec.problems import Problems
from convcost.spec.read_blocks import FOLDER, Library

ARGUMENTS = {
    "basic_block": "out_channels: 64",
    "bottleneck": "width: 16, stride: 2",
    "conv_bn": "out_channels: 8",
    "conv_bn_relu": "out_channels: 8, kernel_size: 3",
    "conv_bn_relu6": "out_channels: 8",
    "dense_block": "depth: 2",
    "depthwise_separable_conv": "out_channels: 8",
    "double_conv": "out_channels: 8",
    "fire": "s1x1: 4, e1x1: 8, e3x3: 8",
    "inception": "out_1x1: 8, reduce_3x3: 4, out_3x3: 8, reduce_5x5: 4, out_5x5: 8, pool_proj: 8",
    "inception_a": "pool_proj: 8",
    "inception_c": "c7: 8",
    "inverted_residual": "out_channels: 32",
    "self_attention": "heads: 4",
    "shuffle_unit": "out_channels: 48, stride: 2, groups: 2",
    "shuffle_unit_v2": "out_channels: 32",
    "spatially_separable_conv": "out_channels: 8",
    "squeeze_excite": "ratio: 4",
    "tcn_block": "out_channels: 8, dilation: 2",
    "up_step": "out_channels: 8, from: [small, input]",
}
BLOCKS = sorted(path.stem for path in FOLDER.glob("*.yaml"))


def test_arguments_are_of_blocks_that_are_there() -> None:
    assert set(ARGUMENTS) <= set(BLOCKS)


@pytest.mark.parametrize("name", BLOCKS)
def test_it_is_read_without_problems(name: str) -> None:
    problems = Problems(File("net.yaml", ""))
    block = Library(problems).find(name)
    assert problems.in_order() == []
    assert block is not None
    assert block.layers
    assert (block.broken, block.vague) == (False, False)


@pytest.mark.parametrize("name", BLOCKS)
def test_it_says_what_it_is_and_whose(name: str) -> None:
    file = File(name, (FOLDER / f"{name}.yaml").read_text("utf-8"))
    node = compose(file, Problems(file))
    assert isinstance(node, Mapping)
    assert {"doc", "paper", "layers"} <= node.entries.keys()


@pytest.mark.parametrize("name", BLOCKS)
def test_it_can_be_called(name: str) -> None:
    arguments = ARGUMENTS.get(name, "")
    if "from:" not in arguments:
        arguments += ", from: input" if arguments else "from: input"
    small = "  - {op: max_pool, name: small, kernel_size: 2}\n"
    shape = "[32, 16]" if name in ("self_attention", "tcn_block") else "[32, 16, 16]"
    net = layers(f"{small}  - {{op: {name}, {arguments}}}\n  - relu\n", shape)
    assert len(names(net)) > 3
    assert all(layer.startswith(name) for layer in names(net)[1:-1])


def test_what_is_not_there_is_not_found() -> None:
    library = Library(Problems(File("net.yaml", "")))
    for name in ("", "nothing", "../library/conv_bn", "conv_bn.yaml", "x" * 100_000, "a\0b"):
        assert library.find(name) is None
