"""Normalisation."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from convcost.importers.building.apply import then, viewed
from convcost.importers.building.make import make
from convcost.importers.building.node import NotUnderstood, axis_of
from convcost.importers.building.values import Stored

if TYPE_CHECKING:
    from convcost.importers.onnx.builder import Builder
    from convcost.importers.onnx.node import Node
    from convcost.tensor import Tensor, Weight


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
    if not node.get("spatial", 1):
        raise NotUnderstood("its mean and variance are those of each position, not of each channel")
    if node.get("training_mode", 0) or not all(b.stored(node, number) for number in roles):
        _written_out(b, node)
        return
    affine = not (_constant(b, node, 1, 1) and _constant(b, node, 2, 0))
    if not affine:
        roles = {number: role for number, role in roles.items() if number > 2}
    op = make("batch_norm", eps=node.get("epsilon", 1e-5), affine=affine)
    b.give(node, b.add(node, op, (x,), _weights(b, node, roles)).outputs[0])


def _constant(b: Builder, node: Node, number: int, value: int) -> bool:
    """Whether an input is a constant of the graph that is one number everywhere, as operators have
    it who must be given a scale and a shift where nothing is learned."""
    given = b.value(node, number)
    if not isinstance(given, Stored) or given.learned or given.known is None:
        return False
    return bool((given.known == value).all())


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
            learned = value.learned and number < 3  # a mean and a variance are measured
            return b.passed(value.reshaped(sizes)._replace(learned=learned))
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
    made = scale is None or shift is None
    weights = None if trivial or made else _weights(b, node, {1: "weight", 2: "bias"})
    y = then(b, node, "instance_norm", x, weights=weights, eps=eps, affine=weights is not None)
    if made:
        sizes = (1, x.shape[1], *(1,) * (len(x.shape) - 2))
        y = then(b, node, "multiply", y, viewed(b, node, b.tensor(node, 1), sizes))
        y = then(b, node, "add", y, viewed(b, node, b.tensor(node, 2), sizes))
    b.give(node, y)


def group_norm(b: Builder, node: Node) -> None:
    """GroupNormalization, whose scale and shift are for each channel; until opset 21 they were for
    each group, in which case they are layers of their own."""
    x = b.tensor(node, 0)
    groups, eps = node.fields["num_groups"], node.get("epsilon", 1e-5)
    if _constant(b, node, 1, 1) and _constant(b, node, 2, 0):
        b.give(node, then(b, node, "group_norm", x, num_groups=groups, eps=eps, affine=False))
        return
    made = [number for number in (1, 2) if b.stored(node, number) is None]
    if not made and b.shape(node, 1) == x.shape[1:2]:
        weights = _weights(b, node, {1: "weight", 2: "bias"})
        b.give(node, then(b, node, "group_norm", x, weights=weights, num_groups=groups, eps=eps))
        return
    y = then(b, node, "group_norm", x, num_groups=groups, eps=eps, affine=False)
    for number, name in ((1, "multiply"), (2, "add")):
        given = b.tensor(node, number)
        if given.shape == (groups,) != x.shape[1:2]:
            y = viewed(b, node, y, (x.shape[0], groups, prod(x.shape[1:]) // groups))
        sizes = (1, given.shape[0], *(1,) * (len(y.shape) - 2))
        y = then(b, node, name, y, viewed(b, node, given, sizes))
    b.give(node, viewed(b, node, y, x.shape))


def layer_norm(b: Builder, node: Node) -> None:
    """LayerNormalization over the axes from ``axis`` on; its further outputs are the mean and one
    over the deviation."""
    x, rank, eps = b.tensor(node, 0), len(b.shape(node, 0)), node.get("epsilon", 1e-5)
    axes = tuple(range(axis_of(node.get("axis", -1), rank), rank))
    y = normalised(b, node, "layer_norm", x, axes, eps=eps)
    b.give(node, y, *_moments(b, node, x, axes, eps))


def rms_norm(b: Builder, node: Node) -> None:
    """RMSNormalization over the axes from ``axis`` on; onnxruntime calls it
    SimplifiedLayerNormalization."""
    x, rank = b.tensor(node, 0), len(b.shape(node, 0))
    axes = tuple(range(axis_of(node.get("axis", -1), rank), rank))
    b.give(node, normalised(b, node, "rms_norm", x, axes, eps=node.get("epsilon", 1e-5)))


def normalised(
    b: Builder,
    node: Node,
    name: str,
    x: Tensor,
    axes: tuple[int, ...],
    *,
    eps: float,
    scale_at: int = 1,
    shift_at: int = 2,
) -> Tensor:
    """A ``layer_norm`` or ``rms_norm`` over the last axes, with the scale and the shift that are
    inputs of those numbers: weights where the file has them in the sizes of the axes, else layers
    of their own."""
    sizes = tuple(x.shape[axis] for axis in axes)
    after: list[tuple[str, int]] = []
    weights: dict[str, Weight] = {}
    for role, apart, number in (("weight", "multiply", scale_at), ("bias", "add", shift_at)):
        if not node.has(number) or _constant(b, node, number, int(role == "weight")):
            continue
        value = b.value(node, number)
        if isinstance(value, Stored) and value.shape == sizes and not after:
            weights[role] = b.weight(value, learned=True)
        else:
            after.append((apart, number))
    fields: dict[str, Any] = {"elementwise_affine": "weight" in weights}
    if name == "layer_norm":
        fields["bias"] = "bias" in weights
    y = then(b, node, name, x, weights=weights, dim=axes, eps=eps, **fields)
    for apart, number in after:
        y = then(b, node, apart, y, b.tensor(node, number))
    return y


def _moments(
    b: Builder, node: Node, x: Tensor, axes: tuple[int, ...], eps: float
) -> tuple[Tensor, ...]:
    """The mean and one over the deviation, where the graph reads them."""
    if not any(b.read[name] for name in node.outputs[1:] if name):
        return ()
    mean = then(b, node, "mean", x, dim=axes, keepdim=True)
    apart = then(b, node, "sub", x, mean)
    variance = then(
        b, node, "mean", then(b, node, "multiply", apart, apart), dim=axes, keepdim=True
    )
    root = then(b, node, "sqrt", then(b, node, "shift", variance, amount=eps))
    return mean, then(b, node, "reciprocal", root)


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
    "SimplifiedLayerNormalization": rms_norm,
    "LpNormalization": lp_norm,
    "LRN": local_response_norm,
}
