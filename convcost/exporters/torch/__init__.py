"""A network as a module of PyTorch, in Python."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from convcost.allowance import work
from convcost.analysis.analyze.cost import analyze
from convcost.errors import cut, printable
from convcost.exporters.refused import CannotSay, refusal, refuse_unsaid
from convcost.exporters.torch.bodies import Class
from convcost.exporters.torch.classes import Classes
from convcost.exporters.torch.layout import WIDTH
from convcost.exporters.torch.naming import name_classes
from convcost.exporters.torch.places import places
from convcost.exporters.torch.shapes import concat, of_each_sample
from convcost.exporters.torch.sharing import Otherwise, share
from convcost.exporters.torch.table import ROWS
from convcost.exporters.torch.text import file_of
from convcost.exporters.torch.tree import Group, Leaf, Node, Uses, tree_of
from convcost.exporters.torch.values import array_of
from convcost.exporters.torch.words import arguments_of
from convcost.ops import op_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convcost.exporters.torch.said import Said
    from convcost.network import Layer, Network

KIND = "a module of PyTorch"
WORK_A_LAYER = 600
FEW = 3
"""Layers of a block that is there once up to which it is not a class of its own."""


def written(network: Network) -> bytes:
    """A Python file with a class for each block, the last of which is the network.

    Raises:
        ConvcostError: PyTorch cannot say a layer.
    """
    return written_classes(network)[0].encode()


def written_classes(network: Network) -> tuple[str, Classes, Group]:
    """The file, the classes that are in it, and the groups of layers that they are of.

    Raises:
        ConvcostError: PyTorch cannot say a layer.
    """
    work(WORK_A_LAYER * len(network.layers), "writing the network")
    refuse_unsaid(network, ROWS, KIND)
    root = tree_of(network, _said(network))
    try:
        ties = share(root)
    except Otherwise as error:
        raise refusal(network, KIND, [(error.layer, str(error))]) from None
    uses = Uses(network, root)
    classes = _settled(root, uses)
    name_classes(classes, root, network)
    inputs = ["x"] if len(network.inputs) == 1 else arguments_of(network.inputs)
    at = dict(places(classes, root))
    tied = {_array(tie.leaf, tie.role, at): _array(tie.owner, tie.owned, at) for tie in ties}
    return file_of(classes.all, _about(network), inputs, tied), classes, root


def _array(leaf: Leaf, role: str, at: Mapping[Leaf, str]) -> str:
    """The attribute of the network that is an array of a layer."""
    return array_of(leaf, role, at[leaf])


def _said(network: Network) -> dict[Layer, Said]:
    """How each layer is said; a ConvcostError with all that cannot be."""
    found: dict[Layer, Said] = {}
    refused: list[tuple[Layer, str]] = []
    alone = {
        tensor
        for layer in network.layers
        for tensor in layer.outputs
        if not layer.inputs and getattr(layer.op, "batch", False)
    }
    for layer in network.layers:
        row = ROWS[op_name(type(layer.op))]
        assert not isinstance(row, str)  # those are refused before
        try:
            said = row(layer)
            found[layer] = of_each_sample(layer, said, alone) if row is concat else said
        except CannotSay as error:
            refused.append((layer, str(error)))
    if refused:
        raise refusal(network, KIND, refused)
    return found


def _settled(root: Group, uses: Uses) -> Classes:
    """The classes, when small blocks that are there once have gone into what holds them."""
    while True:
        classes = Classes(root, uses)
        small = {group: _small(group, classes) for group in root.groups()}
        if not any(small.values()):
            return classes
        for group, children in small.items():
            if children:
                group.dissolve(children)


def _small(parent: Group, classes: Classes) -> set[Node]:
    """The groups in another one that are not a class of their own."""
    shared = {child.same for child in parent.children}
    alone = (child for child in parent.children if not child.same and child not in shared)
    return {child for child in alone if isinstance(child, Group) and _is_small(child, classes)}


def _is_small(group: Group, classes: Classes) -> bool:
    """Whether a group holds few layers and is there once, or holds one thing."""
    if len(group.children) == 1:
        return True
    of = classes.of[group]
    leaves = all(isinstance(child, Leaf) for child in group.children)
    return isinstance(of, Class) and len(of.groups) == 1 and leaves and len(group.children) <= FEW


def _about(network: Network) -> str:
    """The module docstring at the head of the file."""
    totals = analyze(network).totals
    shapes = " and ".join(str(list(t.sample_shape)) for t in network.inputs.values())
    name = printable(network.name).replace("\\", "\\\\").replace('"', "'")
    inputs = "an input" if len(network.inputs) == 1 else "inputs"
    said = f"{totals['params']:,} parameters and {totals['macs']:,} MACs on {inputs} of {shapes}."
    return "\n".join((f"{cut(name)}, written by convcost.", "", *wrap(said, WIDTH), ""))
