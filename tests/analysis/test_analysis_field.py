"""Receptive fields: the cases that a definition has to settle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import convcost
from convcost.analysis.rf.receptive_field import AxisField

if TYPE_CHECKING:
    from collections.abc import Callable

    Parsed = Callable[..., convcost.Network]


def fields(network: convcost.Network) -> dict[str, AxisField]:
    """The field of each layer along the first spatial axis of the first input."""
    layers = convcost.analyze(network).layers
    return {layer.name: next(iter(layer.receptive_fields.values()))[0] for layer in layers}


def seen(network: convcost.Network, unit: int) -> set[int]:
    """Positions that a unit of the last layer touches along the first spatial axis."""
    touched = convcost.positions_read(network, network.layers[-1].outputs[0], {2: unit})
    return touched["input", 2] or set()


def dilated(rates: list[int]) -> str:
    layers = [f"{{op: conv, out_channels: 1, kernel_size: 3, dilation: {d}}}" for d in rates]
    return f"{{input: [1, 64], layers: [{', '.join(layers)}]}}"


def test_clipped_means_clipped_at_every_layer(parsed: Parsed):
    network = parsed("""
        input: [1, 8]
        layers:
          - {op: conv, out_channels: 1, kernel_size: 1, stride: 2}
          - {op: conv, out_channels: 1, kernel_size: 3, padding: 1}
    """)
    assert fields(network)["conv2"] == AxisField(5, (5,), 2, -2, ())
    assert seen(network, 3) == {4, 6}  # not 4..7, to which the unclipped field 4..8 clips
    assert seen(network, 0) == {0, 2}


def test_deformable_layers_have_the_field_of_their_undeformed_grid(parsed: Parsed):
    network = parsed("""
        input: [4, 32]
        layers:
          - {op: conv, name: wide, out_channels: 3, kernel_size: 9, padding: 4}
          - op: deform_conv
            from: [input, wide]
            out_channels: 4
            kernel_size: 3
            padding: 1
          - {op: conv, name: after, out_channels: 4, kernel_size: 3, stride: 2}
          - {op: relu, name: before, from: input}
    """)
    found = fields(network)
    assert found["wide"].flags == found["before"].flags == ()
    # what says where to sample has been read, too
    assert found["deform_conv"] == AxisField(9, (9,), 1, -4, ("data_dependent",))
    assert found["after"] == AxisField(11, (11,), 2, -4, ("data_dependent",))


@pytest.mark.parametrize(
    ("size", "scale", "corners", "expected"),
    [
        (8, 2, False, AxisField(2, (2,), "1/2", -1, ())),
        (8, 3, False, AxisField(2, (1, 2), "1/3", -1, ())),
        (5, 2, True, AxisField(2, (1, 2), "4/9", 0, ())),
    ],
)
def test_fields_of_linear_upsampling(
    parsed: Parsed, size: int, scale: int, corners: bool, expected: AxisField
):
    """Thirds lie on positions now and then, and corners always."""
    options = f"scale_factor: {scale}, mode: linear, align_corners: {str(corners).lower()}"
    network = parsed(f"{{input: [1, {size}], layers: [{{op: upsample, {options}}}]}}")
    assert fields(network)["upsample"] == expected


@pytest.mark.parametrize(
    ("rates", "size", "holes"),
    [
        ([1, 2, 4], 15, False),
        ([1, 2, 5], 17, False),
        ([1, 2, 5, 1, 2, 5], 33, False),
        ([2, 2, 2], 13, True),
        ([2, 4, 6], 25, True),
        ([1, 2, 9], 25, True),
    ],
)
def test_holes_of_dilated_stacks(parsed: Parsed, rates: list[int], size: int, holes: bool):
    network = parsed(dilated(rates))
    assert fields(network)[f"conv{len(rates)}"] == AxisField(size, (size,), 1, 0, ())
    assert (seen(network, 5) < set(range(5, 5 + size))) == holes
    assert {5, 5 + size - 1} <= seen(network, 5) <= set(range(5, 5 + size))


def test_small_kernels_see_as_much_as_large_ones(parsed: Parsed):
    stack = ", ".join(["{op: conv, out_channels: 1, kernel_size: 3}"] * 3)
    found = fields(parsed(f"{{input: [1, 20, 20], layers: [{stack}]}}"))
    assert [field.size for field in found.values()] == [3, 5, 7]


def test_squeeze_and_excitation_sees_everything(parsed: Parsed):
    network = parsed("""
        input: [16, 20, 20]
        layers:
          - {op: conv, name: before, out_channels: 16, kernel_size: 3}
          - {op: squeeze_excite, name: se, ratio: 4}
          - {op: conv, name: after, out_channels: 16, kernel_size: 3, padding: 1}
    """)
    found = fields(network)
    assert found["before"] == AxisField(3, (3,), 1, 0, ())
    everything = AxisField(20, (20,), 0, 0, ("global",))
    assert found["se.squeeze"] == everything
    # The factors tell only by how much a unit is scaled.
    assert found["se.reweight"] == everything._replace(without_gates=3)
    assert found["after"] == everything._replace(without_gates=5)
    assert seen(network, 0) == set(range(20))


def test_units_of_a_flattened_map_keep_their_fields_and_what_reads_all_is_global(parsed: Parsed):
    network = parsed("""
        input: [3, 9, 9]
        layers:
          - {op: conv, out_channels: 4, kernel_size: 3, stride: 2, padding: 1}
          - flatten
          - {op: dropout}
          - {op: linear, out_features: 10}
          - relu
          - {op: linear, out_features: 10}
    """)
    found = fields(network)
    assert found["conv"] == AxisField(3, (3,), 2, -1, ())
    assert found["flatten"] == found["dropout"] == found["conv"]
    everything = AxisField(9, (9,), 0, 0, ("global",))
    assert found["linear1"] == found["relu"] == found["linear2"] == everything


def test_branches_that_are_not_aligned_are_flagged_and_measured_unit_by_unit(parsed: Parsed):
    network = parsed("""
        input: [1, 8]
        layers:
          - op: branches
            name: joined
            paths:
              slow:
                - {op: max_pool, kernel_size: 2}
              fast:
                - {op: crop, size: 4, start: 0}
    """)
    # Unit u reads 2u and 2u + 1 by one path, u by the other.
    sizes = sorted({max(2 * u + 1, u) - min(2 * u, u) + 1 for u in range(4)})
    expected = AxisField(max(sizes), tuple(sizes), None, 0, ("misaligned",))
    assert fields(network)["joined.concat"] == expected
    assert seen(network, 3) == {3, 6, 7}


def test_axes_have_fields_of_their_own(parsed: Parsed):
    network = parsed("""
        input: [1, 20, 30]
        layers:
          - {op: conv, out_channels: 1, kernel_size: [3, 7], stride: [1, 2], padding: [1, 0]}
    """)
    (layer,) = convcost.analyze(network).layers
    tall, wide = layer.receptive_fields["input"]
    assert tall == AxisField(3, (3,), 1, -1, ())
    assert wide == AxisField(7, (7,), 2, 0, ())


def test_axes_are_joined_each_with_its_own(parsed: Parsed):
    network = parsed("""
        input: [1, 20, 30]
        layers:
          - {op: conv, name: square, out_channels: 1, kernel_size: 3, padding: 1}
          - {op: conv, name: wide, from: input, out_channels: 1, kernel_size: [1, 5],
             padding: [0, 2]}
          - {op: add, from: [square, wide]}
    """)
    layer = convcost.analyze(network).layers[-1]
    assert [axis.size for axis in layer.receptive_fields["input"]] == [3, 5]


def test_an_axis_shows_the_sizes_of_the_units_it_has(parsed: Parsed):
    network = parsed("""
        input: [1, 1, 4]
        layers:
          - {op: conv_transpose, out_channels: 1, kernel_size: 1, stride: 2}
    """)
    (layer,) = convcost.analyze(network).layers
    assert [axis.sizes for axis in layer.receptive_fields["input"]] == [(1,), (0, 1)]


def test_each_input_has_a_field(parsed: Parsed):
    network = parsed("""
        inputs: {rgb: [3, 16, 16], flow: [2, 16, 16], code: [4]}
        layers:
          - {op: conv, name: of_rgb, from: rgb, out_channels: 8, kernel_size: 3, padding: 1}
          - {op: conv, name: of_flow, from: flow, out_channels: 8, kernel_size: 5, padding: 2}
          - {op: add, from: [of_rgb, of_flow]}
    """)
    found = {layer.name: layer.receptive_fields for layer in convcost.analyze(network).layers}
    assert {name: [axis.size for axis in axes] for name, axes in found["add"].items()} == {
        "rgb": [3, 3],
        "flow": [5, 5],
    }
    assert list(found["of_flow"]) == ["flow"]
    touched = convcost.positions_read(network, network.layers[-1].outputs[0], {2: 0, 3: 8})
    assert touched == {
        ("rgb", 2): {0, 1},
        ("rgb", 3): {7, 8, 9},
        ("flow", 2): {0, 1, 2},
        ("flow", 3): set(range(6, 11)),
    }


def test_a_unit_that_reads_nothing_touches_nothing(parsed: Parsed):
    network = parsed("""
        input: [1, 4, 4]
        layers:
          - {op: conv_transpose, out_channels: 1, kernel_size: 1, stride: 2}
    """)
    (layer,) = convcost.analyze(network).layers
    assert layer.receptive_fields["input"][0] == AxisField(1, (0, 1), "1/2", 0, ())
    output = network.layers[-1].outputs[0]
    assert convcost.positions_read(network, output, {2: 2, 3: 4}) == {
        ("input", 2): {1},
        ("input", 3): {2},
    }
    nothing = {("input", 2): set[int](), ("input", 3): set[int]()}
    assert convcost.positions_read(network, output, {2: 1, 3: 4}) == nothing
