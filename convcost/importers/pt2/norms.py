"""Normalisation."""

from __future__ import annotations

from fractions import Fraction
from math import isinf
from typing import TYPE_CHECKING, Any

from convcost.importers.building.apply import then, viewed
from convcost.importers.building.node import NotUnderstood, axis_of

if TYPE_CHECKING:
    from convcost.importers.pt2.builder import Builder
    from convcost.importers.pt2.node import Node
    from convcost.importers.pt2.products import Act
    from convcost.tensor import Tensor, Weight

RUNNING = {"running_mean": "running_mean", "running_var": "running_var"}


def batch_norm(b: Builder, node: Node) -> None:
    """batch_norm, by the mean and variance that the program stores; in training it would count the
    same, so a program that was exported so is counted as if it were not."""
    x, eps = b.arg(node, "input"), node.get("eps", 1e-5)
    affine = _whole(node)
    if not node.gives("running_mean"):  # no_stats, where all is of a sample
        _of_batch(b, node, x, eps)
        return
    names = {"weight": "weight", "bias": "bias", **RUNNING} if affine else RUNNING
    made, weights = b.roles(node, **names)
    if made or weights is None:
        _written_out(b, node, x, eps)
        return
    stored = {
        role: b.weight(array, learned=role in ("weight", "bias"))
        for role, name in names.items()
        if (array := b.array(node, name)) is not None
    }
    if node.get("training", False):
        b.differ(node, "it normalises by its own samples: export the module after `eval()`")
    y = then(b, node, "batch_norm", x, weights=stored, eps=eps, affine=affine)
    b.give(node, y if affine else _scaled(b, node, y))


def _whole(node: Node) -> bool:
    """Whether there are a scale and a shift, as an affine norm has them."""
    return node.gives("weight") and node.gives("bias")


def _of_batch(b: Builder, node: Node, x: Tensor, eps: float) -> None:
    """Without stored statistics it is by those of the sample, as in an instance norm of one."""
    if x.shape[0] != 1:
        raise NotUnderstood("it normalises over several samples, as in training")
    y = then(b, node, "instance_norm", x, eps=eps, affine=False)
    b.give(node, _scaled(b, node, y))


def _written_out(b: Builder, node: Node, x: Tensor, eps: float) -> None:
    """A normalisation by what layers make, step by step."""
    y = then(b, node, "sub", x, _wide(b, node, "running_mean", x))
    deviation = then(b, node, "shift", _wide(b, node, "running_var", x), amount=eps)
    y = then(b, node, "div", y, then(b, node, "sqrt", deviation))
    b.give(node, _scaled(b, node, y))


def _wide(b: Builder, node: Node, name: str, x: Tensor) -> Tensor:
    """A number a channel, so that it broadcasts."""
    sizes = (1, x.shape[1], *(1,) * (len(x.shape) - 2))
    return viewed(b, node, b.arg(node, name), sizes)


def _scaled(b: Builder, node: Node, y: Tensor) -> Tensor:
    """A scale and a shift of each channel, where they are given."""
    for name, op in (("weight", "multiply"), ("bias", "add")):
        if node.gives(name):
            y = then(b, node, op, y, _wide(b, node, name, y))
    return y


def instance_norm(b: Builder, node: Node) -> None:
    """instance_norm."""
    x, eps = b.arg(node, "input"), node.get("eps", 1e-5)
    made, weights = b.roles(node, weight="weight", bias="bias")
    if made or not _whole(node):
        y = then(b, node, "instance_norm", x, eps=eps, affine=False)
        b.give(node, _scaled(b, node, y))
        return
    b.give(node, then(b, node, "instance_norm", x, weights=weights, eps=eps, affine=True))


def group_norm(b: Builder, node: Node) -> None:
    """group_norm and native_group_norm."""
    x, eps = b.arg(node, "input"), node.get("eps", 1e-5)
    groups = node.get("num_groups", node.get("group", 1))
    made, weights = b.roles(node, weight="weight", bias="bias")
    if made or not _whole(node):
        y = then(b, node, "group_norm", x, num_groups=groups, eps=eps, affine=False)
        b.give(node, _scaled(b, node, y))
        return
    y = then(b, node, "group_norm", x, weights=weights, num_groups=groups, eps=eps, affine=True)
    b.give(node, y)


def over_last(name: str) -> Act:
    """layer_norm and rms_norm, over the last axes."""

    def act(b: Builder, node: Node) -> None:
        x, rank = b.arg(node, "input"), len(b.shape(node, node.at("input")))
        axes = tuple(range(rank - len(node.fields["normalized_shape"]), rank))
        roles = {"weight": "weight"} if name == "rms_norm" else {"weight": "weight", "bias": "bias"}
        made, weights = b.roles(node, **roles)
        shift_alone = node.gives("bias") and not node.gives("weight")
        weights = None if shift_alone else weights
        held: dict[str, Weight] = dict(weights or {})
        fields: dict[str, object] = {"elementwise_affine": "weight" in held}
        if name == "layer_norm":
            fields["bias"] = "bias" in held
        y = then(
            b, node, name, x, weights=held, dim=axes, eps=node.get("eps", None) or 1e-5, **fields
        )
        if made or shift_alone:
            for role, op in (("weight", "multiply"), ("bias", "add")):
                if node.gives(role):
                    y = then(b, node, op, y, b.arg(node, role))
        b.give(node, y)

    return act


def norm(b: Builder, node: Node) -> None:
    """linalg_vector_norm, linalg_norm without an order, and norm: of vectors."""
    x = b.arg(node, "self")
    order = node.get("ord", node.get("p", 2))
    if order is None:
        order = 2
    rank = len(x.shape)
    dims = node.get("dim", None) or range(rank)
    dims = tuple(sorted(d % rank for d in ([dims] if isinstance(dims, int) else dims)))
    if node.op == "linalg_norm" and node.get("ord", None) is not None and len(dims) > 1:
        raise NotUnderstood("it is the norm of a matrix")
    keep = bool(node.get("keepdim", False))
    b.give(node, _of_order(b, node, x, order, dim=dims, keepdim=keep))


def _of_order(b: Builder, node: Node, x: Tensor, order: Any, **over: Any) -> Tensor:
    """The norm of vectors along axes."""
    if order in (1, 2):
        return then(b, node, "l1" if order == 1 else "l2", x, **over)
    if not isinstance(order, int | float) or order == 0:
        raise NotUnderstood(f"it is a norm of order {order}")
    x = then(b, node, "abs", x)
    if isinf(order):
        return then(b, node, "amax" if order > 0 else "amin", x, **over)
    exponent = Fraction(order).limit_denominator(1 << 16)
    x = then(b, node, "sum", then(b, node, "pow", x, exponent=exponent), **over)
    return then(b, node, "pow", x, exponent=1 / exponent)


def weight_norm(b: Builder, node: Node) -> None:
    """_weight_norm: a direction over its length, times a length for each position of an axis."""
    v, g = b.arg(node, "v"), b.arg(node, "g")
    kept = axis_of(node.get("dim", 0), len(v.shape))
    over = tuple(axis for axis in range(len(v.shape)) if axis != kept)
    length = then(b, node, "l2", v, dim=over, keepdim=True)
    b.give(node, then(b, node, "multiply", v, then(b, node, "div", g, length)))


ACTS = {
    "batch_norm": batch_norm,
    "_native_batch_norm_legit_no_training": batch_norm,
    "_native_batch_norm_legit": batch_norm,
    "instance_norm": instance_norm,
    "group_norm": group_norm,
    "native_group_norm": group_norm,
    "layer_norm": over_last("layer_norm"),
    "native_layer_norm": over_last("layer_norm"),
    "rms_norm": over_last("rms_norm"),
    "linalg_vector_norm": norm,
    "norm": norm,
    "linalg_norm": norm,
    "_weight_norm": weight_norm,
}
