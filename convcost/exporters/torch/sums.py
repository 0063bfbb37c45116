"""Layers that add up: products, recurrent layers, what reduces axes, samples of regions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convcost.exporters.refused import CannotSay
from convcost.exporters.torch.said import Said, call, filled, literal, merged, module, runs
from convcost.exporters.torch.windows import rank_of
from convcost.ops.dims import named as axes_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from convcost.network import Layer


def linear(layer: Layer) -> Said:
    """Along the last axis."""
    op: Any = layer.op
    return module("nn.Linear", layer.input_shapes[0][-1], op.out_features, bias=(op.bias, True))


def grid_sample(layer: Layer) -> Said:
    """Samples of a map at places."""
    rank_of(layer, 3, 2)
    op: Any = layer.op
    mode = "" if op.mode == "bilinear" else f', mode="{op.mode}"'
    outside = "" if op.padding_mode == "zeros" else f', padding_mode="{op.padding_mode}"'
    return Said(f"F.grid_sample({{0}}, {{1}}{mode}{outside}, align_corners={op.align_corners})")


def reduces(run: str) -> Callable[[Layer], Said]:
    """A reduction along axes; ``<axes>`` in the template stands for the axes and whether they
    stay."""

    def say(layer: Layer) -> Said:
        op: Any = layer.op
        axes = sorted(axes_of(op.dim, layer.input_shapes[0]))
        said = literal(axes[0] if len(axes) == 1 else tuple(axes))
        stay = ", keepdim=True" if op.keepdim else ""
        return Said(run.replace("<axes>", f"dim={said}{stay}"))

    return say


def product(layer: Layer) -> Said:
    """PyTorch's is along one axis, so there is one for each."""
    op: Any = layer.op
    axes = sorted(axes_of(op.dim, layer.input_shapes[0]), reverse=True)
    stay = ", keepdim=True" if op.keepdim else ""
    return Said("{0}" + "".join(f".prod(dim={axis}{stay})" for axis in axes))


def place(name: str) -> Callable[[Layer], Said]:
    """Where the largest or smallest lies."""
    return lambda layer: Said(
        filled(f"{{0}}.{name}(dim=<dim>", layer.op)
        + (", keepdim=True)" if layer.op.values()["keepdim"] else ")")
    )


def topk(layer: Layer) -> Said:
    """Values and positions, in order."""
    op: Any = layer.op
    return Said(f"{{0}}.topk({op.k}, dim={op.dim}{'' if op.largest else ', largest=False'})")


def cumsum(layer: Layer) -> Said:
    """From either end, with the own element or without."""
    op: Any = layer.op
    turn = f".flip({op.dim})" if op.reverse else ""
    run = f"{{0}}{turn}.cumsum({op.dim}){turn}"
    return Said(f"{run} - {{0}}" if op.exclusive else run)


def recurrent(function: str) -> Callable[[Layer], Said]:
    """PyTorch's layers, which take the steps first or second and go forwards."""

    def say(layer: Layer) -> Said:
        op: Any = layer.op
        _refuse_cell(op)
        axis: int = op.axes.features
        features = layer.input_shapes[0][axis]
        named: dict[str, tuple[object, object]] = {
            "num_layers": (op.num_layers, 1),
            "bias": (op.bias, True),
            "batch_first": (bool(op.dim), False),
            "dropout": (op.dropout, 0),
            "bidirectional": (op.bidirectional, False),
        }
        values = op.values()
        if values.get("nonlinearity"):
            named["nonlinearity"] = (values["nonlinearity"][0], "tanh")
        if values.get("proj_size"):
            named["proj_size"] = (values["proj_size"], 0)
        made = call(function, features, op.hidden_size, **named)
        helpers = ("with_states",) if op.return_state else ()
        return Said(_recurrent_run(layer), {"": made}, helpers=helpers)

    return say


def _refuse_cell(op: Any) -> None:
    """Refuse cells that PyTorch does not have."""
    values = op.values()
    usual = {"sigmoid", "tanh"} if "activations" in values else {"tanh", "relu"}
    used = {*op.applied()}
    odd = {
        "PyTorch's recurrent layers have other orders of gates and axes": op.layout == "onnx",
        "PyTorch's recurrent layers have no bound": op.clip is not None,
        "PyTorch's cells do not see the cell's state": values.get("peephole"),
        "PyTorch's cells forget by a gate of their own": values.get("input_forget"),
        "PyTorch applies r after the product": values.get("reset_after") is False,
        f"PyTorch's cells have the functions {' and '.join(sorted(usual))}": used - usual,
    }
    for reason, there in odd.items():
        if there:
            raise CannotSay(reason)


def _recurrent_run(layer: Layer) -> str:
    """The call, with axes moved and steps turned where PyTorch has them otherwise."""
    op: Any = layer.op
    x = "{0}.transpose(1, 2)" if op.dim == 2 else "{0}"
    turned = f".flip({1 if op.dim else 0})" if op.reverse else ""
    moved = ".transpose(0, 1).contiguous()" if op.dim else ""
    states = [f"{{{number}}}{moved}" for number in range(1, len(layer.inputs))]
    given = f", ({', '.join(states)})" if len(states) > 1 else "".join(f", {s}" for s in states)
    back = f"{turned}.transpose(1, 2)" if op.dim == 2 else turned
    run = f"{{self}}({x}{turned}{given})"
    if not op.return_state:
        return f"{run}[0]{back}"
    return f"with_states({run}, {op.dim}, reverse={op.reverse})"


def dft(layer: Layer) -> Said:
    """Complex numbers as pairs, there and back."""
    op: Any = layer.op
    x = layer.input_shapes[0]
    length = "" if op.length is None else f"n={op.length}, "
    real = x[-1] == 1
    name = "ifft" if op.inverse else "rfft" if real and op.onesided else "fft"
    numbers = "{0}.squeeze(-1)" if real else "torch.view_as_complex({0}.contiguous())"
    half = f".narrow({op.dim}, 0, {layer.outputs[0].shape[op.dim]})" if op.onesided else ""
    half = "" if name == "rfft" else half
    return Said(f"torch.view_as_real(torch.fft.{name}({numbers}, {length}dim={op.dim}){half})")


def roi_align(layer: Layer) -> Said:
    """torchvision's."""
    rank_of(layer, 2, 2)
    op: Any = layer.op
    named = {
        "spatial_scale": (op.spatial_scale, 1),
        "sampling_ratio": (op.sampling_ratio, -1),
        "aligned": (op.aligned, False),
    }
    more = [f"{n}={literal(v)}" for n, (v, default) in named.items() if v != default]
    given = ", ".join([literal(merged(op.output_size)), *more])
    return Said(f"torchvision.ops.roi_align({{0}}, {{1}}, {given})")


WAYS: Mapping[str, Callable[[Layer], Said] | str] = {
    "linear": linear,
    "matmul": runs("{0} @ {1}"),
    "einsum": runs("torch.einsum(<equation>, {0}, {1})"),
    "grid_sample": grid_sample,
    "rnn": recurrent("nn.RNN"),
    "gru": recurrent("nn.GRU"),
    "lstm": recurrent("nn.LSTM"),
    "sum": reduces("{0}.sum(<axes>)"),
    "mean": reduces("{0}.mean(<axes>)"),
    "amax": reduces("{0}.amax(<axes>)"),
    "amin": reduces("{0}.amin(<axes>)"),
    "prod": product,
    "l1": reduces("{0}.abs().sum(<axes>)"),
    "l2": reduces("torch.linalg.vector_norm({0}, <axes>)"),
    "sum_square": reduces("{0}.square().sum(<axes>)"),
    "log_sum_exp": reduces("{0}.logsumexp(<axes>)"),
    "argmax": place("argmax"),
    "argmin": place("argmin"),
    "topk": topk,
    "cumsum": cumsum,
    "dft": dft,
    "roi_align": roi_align,
    "nms": "PyTorch's keeps as many boxes as there are, and here their number is fixed",
    "nonzero": "PyTorch's finds as many as there are, and here their number is fixed",
}
"""By the op, what says it or why PyTorch cannot."""
