"""Convolutions and matrix products."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convcost.importers.building.apply import then, transposed, viewed
from convcost.importers.building.einsum import einsum
from convcost.importers.building.make import make
from convcost.importers.building.node import NotUnderstood
from convcost.importers.pt2.windows import evenly, field

if TYPE_CHECKING:
    from collections.abc import Callable

    from convcost.importers.building.values import Stored
    from convcost.importers.pt2.builder import Builder
    from convcost.importers.pt2.node import Node
    from convcost.tensor import Tensor

    Act = Callable[[Builder, Node], None]


def _weight_shape(b: Builder, node: Node) -> tuple[int, ...]:
    return b.shape(node, node.at("weight"))


def conv(b: Builder, node: Node) -> None:
    """conv1d, conv2d, conv3d and convolution, whose sample may come without a batch."""
    if node.get("transposed", False):
        conv_transpose(b, node)
        return
    shape = _weight_shape(b, node)
    rank = len(shape) - 2
    x, alone = _with_batch(b, node, rank)
    padding: Any = node.get("padding", 0)
    fields = {
        "out_channels": shape[0],
        "kernel_size": shape[2:],
        "stride": field(node, "stride", rank, 1),
        "padding": padding if isinstance(padding, str) else evenly(field(node, "padding", rank, 0)),
        "dilation": field(node, "dilation", rank, 1),
        "groups": node.get("groups", 1),
        "bias": node.gives("bias"),
    }
    if padding == "valid":
        fields["padding"] = 0
    made, weights = b.roles(node, weight="weight", bias="bias")
    y = b.add(node, make("conv", rank, **fields), (x, *made), weights).outputs[0]
    b.give(node, viewed(b, node, y, y.shape[1:]) if alone else y)


def _with_batch(b: Builder, node: Node, rank: int) -> tuple[Tensor, bool]:
    """The input, and whether it came as one sample alone."""
    x = b.arg(node, "input")
    if len(x.shape) == rank + 1:
        return viewed(b, node, x, (1, *x.shape)), True
    return x, False


def conv_transpose(b: Builder, node: Node) -> None:
    """conv_transpose1d to 3d, and convolution where it says so."""
    shape = _weight_shape(b, node)
    rank, groups = len(shape) - 2, node.get("groups", 1)
    x, alone = _with_batch(b, node, rank)
    made, weights = b.roles(node, weight="weight", bias="bias")
    op = make(
        "conv_transpose",
        rank,
        out_channels=shape[1] * groups,
        kernel_size=shape[2:],
        stride=field(node, "stride", rank, 1),
        padding=evenly(field(node, "padding", rank, 0)),
        output_padding=field(node, "output_padding", rank, 0),
        dilation=field(node, "dilation", rank, 1),
        groups=groups,
        bias=node.gives("bias"),
    )
    y = b.add(node, op, (x, *made), weights).outputs[0]
    b.give(node, viewed(b, node, y, y.shape[1:]) if alone else y)


def linear(b: Builder, node: Node) -> None:
    """linear."""
    weight = b.array(node, "weight")
    x = b.arg(node, "input")
    if weight is not None:
        bias = b.array(node, "bias") if node.gives("bias") else None
        if bias is not None or not node.gives("bias"):
            b.give(node, _linear(b, node, x, weight, bias))
            return
    w = b.arg(node, "weight")
    y = then(b, node, "matmul", x, transposed(b, node, w, 1, 0))
    b.give(node, then(b, node, "add", y, b.arg(node, "bias")) if node.gives("bias") else y)


def _linear(
    b: Builder, node: Node, x: Tensor, weight: Stored, bias: Stored | None, *, turned: bool = False
) -> Tensor:
    """Rows times a matrix of the program, ``[out, in]`` or, ``turned``, ``[in, out]``."""
    out, features = weight.shape[::-1] if turned else weight.shape
    weights = {"weight": b.weight(weight, (out, features), turned=turned)}
    if bias is not None:
        weights["bias"] = b.weight(bias, (out,))
    op = make("linear", out_features=out, bias=bias is not None)
    return b.add(node, op, (x,), weights).outputs[0]


def matmul(left: str, right: str) -> Act:
    """Matrix products of two arguments: a linear layer where the program stores the second."""

    def act(b: Builder, node: Node) -> None:
        y = None
        if b.array(node, left) is None:
            y = _by_matrix(b, node, b.arg(node, left), right, None)
        b.give(node, y or product(b, node, b.arg(node, left), b.arg(node, right)))

    return act


def _by_matrix(b: Builder, node: Node, x: Tensor, right: str, bias: Stored | None) -> Tensor | None:
    """Rows times a matrix of the program, which an argument is, turned or not; None where it is
    none."""
    own = b.turned(node, right)
    if own is not None:
        return _linear(b, node, x, own, bias)
    matrix = b.array(node, right)
    if matrix is None or len(matrix.shape) != 2:
        return None
    return _linear(b, node, x, matrix, bias, turned=True)


def product(b: Builder, node: Node, x: Tensor, y: Tensor) -> Tensor:
    """A matrix product, in which a vector is a matrix of one row, or of one column."""
    lacks = [axis for axis, one in ((-2, x), (-1, y)) if len(one.shape) == 1]
    if len(x.shape) == 1:
        x = viewed(b, node, x, (1, *x.shape))
    if len(y.shape) == 1:
        y = viewed(b, node, y, (*y.shape, 1))
    z = then(b, node, "matmul", x, y)
    gone = [axis % len(z.shape) for axis in lacks]
    return viewed(b, node, z, tuple(n for axis, n in enumerate(z.shape) if axis not in gone))


def addmm(left: str, right: str) -> Act:
    """addmm and baddbmm: a product, and what is added to it."""

    def act(b: Builder, node: Node) -> None:
        alpha, beta = node.get("alpha", 1), node.get("beta", 1)
        bias, columns = b.array(node, "self"), b.shape(node, node.at(right))[-1:]
        if alpha == beta == 1 and bias is not None and bias.shape == columns:
            x = b.array(node, left) is None and b.arg(node, left)
            y = _by_matrix(b, node, x, right, bias) if x else None
            if y is not None:
                b.give(node, y)
                return
        y = product(b, node, b.arg(node, left), b.arg(node, right))
        if alpha != 1:
            y = then(b, node, "scale", y, factor=alpha)
        if beta == 0:
            b.give(node, y)
            return
        added = b.arg(node, "self")
        if beta != 1:
            added = then(b, node, "scale", added, factor=beta)
        b.give(node, then(b, node, "add", added, y))

    return act


def contracted(b: Builder, node: Node) -> None:
    """einsum."""
    given = [b.tensor(node, number) for number in node.every("tensors")]
    equation, path = str(node.fields["equation"]), node.get("path", None) or ()
    b.give(node, einsum(b, node, given, equation, path))


def outer(b: Builder, node: Node) -> None:
    """outer: each of a vector times each of another."""
    x, y = b.arg(node, "self"), b.arg(node, "vec2")
    b.give(node, then(b, node, "multiply", viewed(b, node, x, (*x.shape, 1)), y))


FEW_ROWS = 25  # up to which PyTorch subtracts vectors from each other


def distances(b: Builder, node: Node) -> None:
    """cdist: Euclidean distances of rows, by products where there are many."""
    x, y = b.arg(node, "x1"), b.arg(node, "x2")
    if node.get("p", 2.0) != 2 or x.shape[:-2] != y.shape[:-2]:
        raise NotUnderstood("only Euclidean distances of as many rows are known")
    mode = node.get("compute_mode", None) or 0
    many = max(x.shape[-2], y.shape[-2]) > FEW_ROWS
    if mode == 2 or (mode == 0 and not many):
        apart = then(
            *(b, node, "sub"),
            viewed(b, node, x, (*x.shape[:-1], 1, x.shape[-1])),
            viewed(b, node, y, (*y.shape[:-2], 1, *y.shape[-2:])),
        )
        b.give(node, then(b, node, "l2", apart, dim=(len(apart.shape) - 1,), keepdim=False))
        return
    last, rank = (len(x.shape) - 1,), len(x.shape)
    turned = transposed(b, node, y, *range(rank - 2), rank - 1, rank - 2)
    products = then(b, node, "scale", then(b, node, "matmul", x, turned), factor=-2)
    squares = [then(b, node, "pow", one, exponent=2) for one in (x, y)]
    norms = [then(b, node, "sum", one, dim=last, keepdim=True) for one in squares]
    norms[1] = viewed(b, node, norms[1], (*y.shape[:-2], 1, y.shape[-2]))
    whole = then(b, node, "add", then(b, node, "add", products, norms[0]), norms[1])
    b.give(node, then(b, node, "sqrt", then(b, node, "clip", whole, min=0.0, max=None)))


ACTS: dict[str, Act] = {
    **dict.fromkeys(("conv1d", "conv2d", "conv3d", "convolution"), conv),
    "conv_transpose1d": conv_transpose,
    "conv_transpose2d": conv_transpose,
    "conv_transpose3d": conv_transpose,
    "linear": linear,
    "matmul": matmul("self", "other"),
    "mm": matmul("self", "mat2"),
    "_int_mm": matmul("self", "mat2"),
    "bmm": matmul("self", "mat2"),
    "mv": matmul("self", "vec"),
    "addmm": addmm("mat1", "mat2"),
    "baddbmm": addmm("batch1", "batch2"),
    "einsum": contracted,
    "outer": outer,
    "dot": matmul("self", "tensor"),
    "vdot": matmul("self", "other"),
    "cdist": distances,
    "_cdist_forward": distances,
}
