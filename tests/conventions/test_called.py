"""How a layer of an exported program is called, by the class of its module, and what terms make of
it: classes of timm and torchvision, some derived from PyTorch's and some not."""

from __future__ import annotations

from pathlib import Path

import pytest

import convcost
from convcost.analysis.reconcile.counted import how_called
from convcost.importers.pt2.origin import function_of

DATA = Path(__file__).parent.parent / "data"


@pytest.mark.parametrize(
    ("module", "op", "called"),
    [
        ("torch.nn.modules.conv.Conv2d", "conv", "module"),
        ("torch.nn.modules.activation.Hardswish", "hard_swish", "module"),
        ("timm.layers.conv2d_same.Conv2dSame", "conv", "subclass"),
        ("timm.layers.std_conv.ScaledStdConv2dSame", "conv", "subclass"),
        ("timm.layers.norm_act.BatchNormAct2d", "batch_norm", "subclass"),
        ("timm.layers.norm.LayerNorm2d", "layer_norm", "subclass"),
        ("timm.layers.linear.Linear", "linear", "subclass"),
        ("timm.layers.conv2d_same.Conv2dSame", "pad", "function"),
        ("torch.nn.modules.activation.MultiheadAttention", "linear", "function"),
        ("torchvision.models.swin_transformer.ShiftedWindowAttention", "softmax", "function"),
        ("", "conv", ""),
    ],
)
def test_how_a_layer_is_called(module: str, op: str, called: str) -> None:
    assert how_called(module, op) == called


@pytest.mark.parametrize(
    ("op", "line", "function"),
    [
        ("matmul", "attn = q @ k.transpose(-2, -1)", "@"),
        ("matmul", "attn = torch.matmul(q, k)  # as q @ k", "matmul"),
        ("softmax", "attn = attn.softmax(dim=-1)", "Tensor.softmax"),
        ("softmax", "attn = F.softmax(attn, dim=-1)", "softmax"),
        ("softmax", "return torch.nn.functional.softmax(x, 1)", "softmax"),
        ("mul", "x = x.mul(self.gamma)", "Tensor.mul"),
        ("mul", "x = x * self.gamma", "mul"),
        ("conv2d", "", "conv2d"),
    ],
)
def test_the_function_that_a_line_calls(op: str, line: str, function: str) -> None:
    trace = f'  File "a.py", line 1, in forward\n    {line}\n'
    assert function_of(op, trace) == function


def test_terms_by_what_is_around(tmp_path: Path) -> None:
    """Softmax of an exported transformer is in MultiheadAttention, or calls the one function."""
    network = convcost.load(DATA / "pt2" / "test_vit.pt2")
    inside = _total(network, tmp_path, "within: Attention")
    assert inside == _total(network, tmp_path, "function: scaled_dot_product_attention") > 0
    assert _total(network, tmp_path, "outside: Attention") == 0
    assert _total(network, tmp_path, "function: softmax") == 0


def _total(network: convcost.Network, folder: Path, about: str) -> int:
    path = folder / "ours.yaml"
    path.write_text(
        "tool: ours\ncounts: flops\nproducts: [conv, linear, matmul]\ntimes: 0\n"
        f"terms:\n  softmax: {{ops: softmax, count: inputs, {about}}}\n"
    )
    (found,) = convcost.reconcile(network, str(path)).tools
    return found.total
