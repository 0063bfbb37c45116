"""The growth of the receptive field through a network, and the field of one unit."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convcost import arguments
from convcost.allowance import answering
from convcost.analysis.analyze.cost import analyze
from convcost.analysis.rf.dilation import Stack, stacks
from convcost.analysis.rf.layer_paths import Paths, layer_paths, paths_to
from convcost.analysis.rf.position_paths import NoMap, PathMap, local_paths, unit_paths
from convcost.analysis.rf.positions_read import places_read
from convcost.analysis.rf.receptive_field import reports, views
from convcost.errors import ConvcostError, listed, plural, printable, represented
from convcost.field import GLOBAL, MISALIGNED, ends_of
from convcost.gc_pause import paused
from convcost.network import Network

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convcost.analysis.analyze.layer_cost import LayerCost
    from convcost.analysis.rf.receptive_field import AxisField
    from convcost.field import Span
    from convcost.network import Layer
    from convcost.tensor import Tensor


class Row(NamedTuple):
    """The field of a layer on one input of the network, axis by axis.

    ``lengths`` are those of the input, ``grown`` how much larger the field is than the largest of
    what the layer reads (None where a size is unknown). ``changed``: no input of the layer has this
    field. ``strides`` are those of the branches, along each axis, where they differ.
    """

    cost: LayerCost
    input: str
    axes: Sequence[AxisField]
    lengths: Sequence[int]
    grown: Sequence[int | None]
    changed: bool
    strides: Sequence[Sequence[int | str | None]]

    @property
    def flags(self) -> list[str]:
        """Those of all axes, each once."""
        return list(dict.fromkeys(flag for axis in self.axes for flag in axis.flags))

    @property
    def exceeds(self) -> bool:
        """Whether the field is larger than the input along some axis."""
        sizes = zip(self.axes, self.lengths, strict=True)
        return any(
            axis.size is not None and axis.size > length and GLOBAL not in axis.flags
            for axis, length in sizes
        )


class Growth(NamedTuple):
    """The fields of all layers, the dilated stacks, and the paths to each output by name."""

    network: Network
    rows: Sequence[Row]
    stacks: Sequence[Stack]
    paths: Mapping[str, Paths | None]

    def __repr__(self) -> str:
        said = f"{plural(len(self.rows), 'row')}, {plural(len(self.stacks), 'dilated stack')}"
        return represented(self, f"of {self.network.name}", said)


@answering
def rf(network: Network) -> Growth:
    """Follow the receptive field through a network: how it grows, its dilated stacks, its paths.

    Sizes and positions are in input positions. Luo et al., "Understanding the Effective Receptive
    Field in Deep Convolutional Neural Networks" (2016), count the paths; Araujo, Norris and Sim
    (Distill 2019) work out the fields.

    Args:
        network: the network.

    Returns:
        A Growth: ``rows`` with the field, stride and start of each layer, ``stacks`` of dilated
        layers, ``paths`` to each output.

    Raises:
        TypeError: an argument is of another type than it is declared with.
        ConvcostError: following it takes more work or memory than is allowed.
    """
    arguments.instance("network", network, Network)
    with paused():
        rows = _rows(network)
        found = paths_to(network, network.outputs.values())
        paths = {name: found.get(tensor) for name, tensor in network.outputs.items()}
        return Growth(network, rows, stacks(network), paths)


def _rows(network: Network) -> list[Row]:
    seen = views(network)
    known = {tensor: reports(seen[tensor]) for tensor in network.inputs.values()}
    rows: list[Row] = []
    for cost in analyze(network).layers:
        fields = cost.receptive_fields
        for name, axes in fields.items():
            before = [known[tensor][name] for tensor in cost.layer.inputs if name in known[tensor]]
            lengths = [network.inputs[name].shape[axis] for axis in network.spatial_axes(name)]
            view = seen[cost.layer.outputs[0]]
            strides = [view[name, axis].field.strides() for axis in network.spatial_axes(name)]
            grown = [
                _grown(axis.size, [one[number].size for one in before])
                for number, axis in enumerate(axes)
            ]
            changed = all(list(map(_plain, one)) != list(map(_plain, axes)) for one in before)
            rows.append(Row(cost, name, axes, lengths, grown, changed, strides))
        for output in cost.layer.outputs:
            known[output] = fields
    return rows


def _plain(axis: AxisField) -> AxisField:
    return axis._replace(without_gates=None)


def _grown(size: int | None, before: Sequence[int | None]) -> int | None:
    sizes = [one for one in before if one is not None]
    return None if size is None or len(sizes) < len(before) else size - max(sizes)


class AxisDetail(NamedTuple):
    """The positions that one unit reads along an axis of an input.

    ``unit`` is its position along what moves along the input (None where all units see alike),
    ``span`` the first and the last position unclipped, ``clipped`` those that it really reads,
    ``touched`` how many it reads; None where they cannot be followed.
    """

    input: str
    axis: int
    length: int
    field: AxisField
    unit: int | None
    span: Span | None
    clipped: Span | None
    touched: int | None

    @property
    def holes(self) -> int | None:
        """Positions between others that it does not read."""
        if self.touched is None or self.clipped is None:
            return self.touched
        return self.clipped[1] - self.clipped[0] + 1 - self.touched


class Detail(NamedTuple):
    """The field of one unit of a layer.

    ``map`` is the paths from it to the positions of ``onto``, or None: ``without`` is then why not.
    """

    network: Network
    cost: LayerCost
    unit: Sequence[int]
    axes: Sequence[AxisDetail]
    onto: Tensor
    map: PathMap | None
    without: str
    stacks: Sequence[Stack]
    paths: Paths | None

    def __repr__(self) -> str:
        return represented(self, f"of {self.cost.name}", f"unit {list(self.unit)}")


@answering
def detail(
    network: Network,
    name: str,
    *,
    unit: Sequence[int] | None = None,
    onto: str | None = None,
    axes: Sequence[int] | None = None,
) -> Detail:
    """The receptive field of one unit of a layer.

    Args:
        network: the network.
        name: of the layer.
        unit: its position along each axis that moves along the input; the middle unless given.
        onto: the input, or the layer, onto whose positions the map shall be; the first input that
            the layer reads unless given. Onto a layer it is unclipped.
        axes: one or two of its axes for the map, the batch being axis 0; the last two unless given.

    Returns:
        A Detail: ``cost`` has the layer's fields, ``map`` the number of paths from the unit to each
        position.

    Raises:
        ConvcostError: there is no such layer, unit or axis.
        TypeError: an argument is of another type than it is declared with.
    """
    arguments.instance("network", network, Network)
    unit = None if unit is None else arguments.sizes("unit", unit)
    onto = None if onto is None else arguments.text("onto", onto)
    axes = None if axes is None else arguments.sizes("axes", axes)
    layer = network.layer(name)
    cost = next(cost for cost in analyze(network).layers if cost.layer is layer)
    target = layer.outputs[0]
    at = _unit(network, layer, unit)
    source = _source(network, cost, onto)
    found: PathMap | None = None
    without = ""
    try:
        chosen = _axes(network, source, axes)
        if any(source is tensor for tensor in network.inputs.values()):
            found = unit_paths(network, target, at, source.name, chosen)
        else:
            found = local_paths(network, target, at, source, chosen)
    except NoMap as error:
        without = str(error)
    return Detail(
        network,
        cost,
        at,
        _details(network, cost, at),
        source,
        found,
        without,
        [stack for stack in stacks(network) if layer.name in stack.layers or target is stack.end],
        layer_paths(network, target),
    )


def middle_unit(network: Network, layer: Layer) -> list[int]:
    """The unit in the middle of a layer's first output, along what moves along an input."""
    axes = _moving(network, layer)
    return [size // 2 if axis in axes else 0 for axis, size in enumerate(layer.outputs[0].shape)]


def _moving(network: Network, layer: Layer) -> list[int]:
    """The axes of a layer's first output along which units read other positions."""
    views_of = views(network)[layer.outputs[0]].values()
    return sorted({axis for seen in views_of for axis in seen.axes})


def _unit(network: Network, layer: Layer, unit: Sequence[int] | None) -> list[int]:
    if unit is None:
        return middle_unit(network, layer)
    target, axes = layer.outputs[0], _moving(network, layer)
    said = f"`{printable(layer.name)}`"
    if not axes:
        raise ConvcostError(f"all units of {said} see the same, so there is none to choose")
    if len(unit) != len(axes):
        raise ConvcostError(
            f"a unit of {said} has {plural(len(axes), 'position')}, one for each axis that moves "
            f"along the input, and here {'is' if len(unit) == 1 else 'are'} {len(unit)}"
        )
    at = [0] * len(target.shape)
    for axis, position in zip(axes, unit, strict=True):
        units = target.shape[axis]
        if position >= units:
            raise ConvcostError(
                f"{said} has {plural(units, 'unit')} along axis {axis - 1}, so there is no unit "
                f"{position}: the last is {units - 1}"
            )
        at[axis] = position
    return at


def _source(network: Network, cost: LayerCost, onto: str | None) -> Tensor:
    if onto is not None:
        if onto in network.inputs:
            return network.inputs[onto]
        return network.layer(onto).outputs[0]
    seen = next(iter(cost.receptive_fields), next(iter(network.inputs), None))
    if seen is None:
        raise ConvcostError("the network has no inputs, so there is nothing that a unit reads")
    return network.inputs[seen]


def _axes(network: Network, source: Tensor, axes: Sequence[int] | None) -> Sequence[int]:
    spatial = list(range(2, len(source.shape)))
    for name, tensor in network.inputs.items():
        if tensor is source:
            spatial = list(network.spatial_axes(name))
    if not spatial:
        raise NoMap(f"`{printable(source.name)}` has no spatial axis")
    if axes is None:
        return spatial[-2:]
    wanted = [axis + 1 for axis in axes]
    if not 1 <= len(set(wanted)) == len(wanted) <= 2 or not set(wanted) <= set(spatial):
        have = listed([str(axis - 1) for axis in spatial])
        raise ConvcostError(
            f"a map has one or two of the spatial axes of `{printable(source.name)}`, which are "
            f"{have}"
        )
    return wanted


def _details(network: Network, cost: LayerCost, unit: Sequence[int]) -> list[AxisDetail]:
    target = cost.layer.outputs[0]
    view = views(network)[target]
    read = places_read(network, target, dict(enumerate(unit)))
    found: list[AxisDetail] = []
    for name, fields in cost.receptive_fields.items():
        for axis, field in zip(network.spatial_axes(name), fields, strict=True):
            seen = view[name, axis]
            at = seen.unit(unit) if seen.digits else None
            positions = read.get((name, axis), ())
            ends = ends_of(positions) if positions else None
            found.append(
                AxisDetail(
                    input=name,
                    axis=axis,
                    length=network.inputs[name].shape[axis],
                    field=field,
                    unit=at,
                    span=seen.field.span(at or 0),
                    clipped=ends,
                    touched=None if positions is None else len(positions),
                )
            )
    return found


def misaligned(rows: Sequence[Row]) -> list[Row]:
    """The rows at which branches of different strides first meet."""
    made = {
        tensor.name for row in rows if MISALIGNED in row.flags for tensor in row.cost.layer.outputs
    }
    return [
        row for row in rows if MISALIGNED in row.flags and not made.intersection(row.cost.inputs)
    ]
