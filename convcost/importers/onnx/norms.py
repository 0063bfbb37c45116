"""Normalisation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcost.importers.onnx.make import make
from convcost.importers.onnx.node import NotUnderstood, axis_of
from convcost.importers.onnx.values import Stored

if TYPE_CHECKING:
    from convcost.importers.onnx.builder import Builder
    from convcost.importers.onnx.node import Node
    from convcost.network import Tensor, Weight


def _weights(b: Builder, node: Node, roles: dict[int, str]) -> dict[str, Weight]:
    weights: dict[str, Weight] = {}
    for number, role in roles.items():
        value = b.value(node, number)
        if not isinstance(value, Stored):
            raise NotUnderstood(f"its {role} is made by the graph")
        weights[role] = b.weight(value, learned=not role.startswith("running"))
    return weights


def batch_norm(b: Builder, node: Node) -> None:
    """BatchNormalization."""
    roles = {1: "weight", 2: "bias", 3: "running_mean", 4: "running_var"}
    x = b.tensor(node, 0)
    if node.get("training_mode", 0) or not all(b.stored(node, number) for number in roles):
        _written_out(b, node)
        return
    op = make("batch_norm", eps=node.get("epsilon", 1e-5))
    b.give(node, b.add(node, op, (x,), _weights(b, node, roles)).outputs[0])


def _written_out(b: Builder, node: Node) -> None:
    """A normalisation by what the graph makes (or, as in training, by the sample's own mean and
    variance), step by step: how weights are standardised."""
    x, eps = b.tensor(node, 0), node.get("epsilon", 1e-5)
    sizes = (1, x.shape[1], *[1] * (len(x.shape) - 2))

    def then(name: str, *inputs: Tensor, **fields: float | bool) -> Tensor:
        return b.add(node, make(name, 2, **fields), inputs).outputs[0]

    def each(number: int) -> Tensor:
        """An input with a number a channel, so that it broadcasts."""
        value = b.value(node, number)
        if isinstance(value, Stored):
            return b.passed(value.reshaped(sizes))
        return b.add(node, make("view", shape=sizes), (b.tensor(node, number),)).outputs[0]

    if node.get("training_mode", 0):
        if x.shape[0] != 1:
            raise NotUnderstood("it normalises over several samples, as in training")
        y = then("instance_norm", x, eps=eps, affine=False)
    else:
        y = then("sub", x, each(3))
        y = then("div", y, then("sqrt", then("shift", each(4), amount=eps)))
    for number, name in ((1, "multiply"), (2, "add")):
        value = b.value(node, number)
        known = value.known if isinstance(value, Stored) else None
        if known is None or not bool((known == 2 - number).all()):
            y = then(name, y, each(number))
    b.give(node, y)


def instance_norm(b: Builder, node: Node) -> None:
    """InstanceNormalization; a scale of ones and a shift of zeros are none."""
    x, eps = b.tensor(node, 0), node.get("epsilon", 1e-5)
    scale, shift = b.stored(node, 1), b.stored(node, 2)
    trivial = (
        scale is not None
        and shift is not None
        and scale.known is not None
        and shift.known is not None
        and bool((scale.known == 1).all())
        and bool((shift.known == 0).all())
    )
    op = make("instance_norm", eps=eps, affine=not trivial)
    weights = None if trivial else _weights(b, node, {1: "weight", 2: "bias"})
    b.give(node, b.add(node, op, (x,), weights).outputs[0])


def group_norm(b: Builder, node: Node) -> None:
    """GroupNormalization."""
    x = b.tensor(node, 0)
    eps, groups = node.get("epsilon", 1e-5), node.fields["num_groups"]
    op = make("group_norm", num_groups=groups, eps=eps)
    b.give(node, b.add(node, op, (x,), _weights(b, node, {1: "weight", 2: "bias"})).outputs[0])


def layer_norm(b: Builder, node: Node) -> None:
    """LayerNormalization over the axes from ``axis`` on."""
    x, rank = b.tensor(node, 0), len(b.shape(node, 0))
    axes = tuple(range(axis_of(node.get("axis", -1), rank), rank))
    roles = {1: "weight"} | ({2: "bias"} if node.has(2) else {})
    op = make("layer_norm", dim=axes, eps=node.get("epsilon", 1e-5), bias=node.has(2))
    b.give(node, b.add(node, op, (x,), _weights(b, node, roles)).outputs[0])


def rms_norm(b: Builder, node: Node) -> None:
    """RMSNormalization over the axes from ``axis`` on."""
    x, rank = b.tensor(node, 0), len(b.shape(node, 0))
    axes = tuple(range(axis_of(node.get("axis", -1), rank), rank))
    op = make("rms_norm", dim=axes, eps=node.get("epsilon", 1e-5))
    b.give(node, b.add(node, op, (x,), _weights(b, node, {1: "weight"})).outputs[0])


def lp_norm(b: Builder, node: Node) -> None:
    """LpNormalization."""
    x, rank = b.tensor(node, 0), len(b.shape(node, 0))
    op = make("lp_norm", p=node.get("p", 2), dim=(axis_of(node.get("axis", -1), rank),))
    b.give(node, b.add(node, op, (x,)).outputs[0])


def local_response_norm(b: Builder, node: Node) -> None:
    """LRN."""
    op = make(
        "local_response_norm",
        size=node.fields["size"],
        alpha=node.get("alpha", 1e-4),
        beta=node.get("beta", 0.75),
        k=node.get("bias", 1.0),
    )
    b.give(node, b.add(node, op, (b.tensor(node, 0),)).outputs[0])


ACTS = {
    "BatchNormalization": batch_norm,
    "InstanceNormalization": instance_norm,
    "GroupNormalization": group_norm,
    "LayerNormalization": layer_norm,
    "RMSNormalization": rms_norm,
    "LpNormalization": lp_norm,
    "LRN": local_response_norm,
}
