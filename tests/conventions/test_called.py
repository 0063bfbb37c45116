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
    ("written", "line", "function"),
    [
        ("matmul.default", "attn = q @ k.transpose(-2, -1)", "@"),
        ("matmul.default", "attn = torch.matmul(q, k)  # as q @ k", "matmul"),
        ("softmax.int", "attn = attn.softmax(dim=-1)", "Tensor.softmax"),
        ("softmax.int", "attn = F.softmax(attn, dim=-1)", "softmax"),
        ("softmax.int", "attn = torch.softmax(attn, dim=-1)", "torch.softmax"),
        ("softmax.int", "return torch.nn.functional.softmax(x, 1)", "softmax"),
        ("mul.Tensor", "x = x.mul(self.gamma)", "Tensor.mul"),
        ("mul.Tensor", "x = x * self.gamma", "mul"),
        ("mul_.Tensor", "x = x.mul_(self.gamma)", "Tensor.mul_"),
        ("mul_.Tensor", "x *= self.gamma.add(1)", "mul_"),
        ("add.Tensor", "x = torch.add(x, y)", "torch.add"),
        ("add.Tensor", "x = x.add(y)", "Tensor.add"),
        ("add.Tensor", "x = x + torch.mul(x, y)", "add"),
        ("relu.default", "x = torch.relu(x)", "torch.relu"),
        ("relu.default", "x = F.relu(x)", "relu"),
        ("relu_.default", "x = F.relu(x, inplace=True)", "relu_"),
        ("relu_.default", "x = x.relu_()", "Tensor.relu_"),
        ("leaky_relu_.default", "", "leaky_relu_"),
        ("conv2d.padding", "return F.conv2d(x, w, padding='same')", "conv2d.padding"),
        ("conv2d.default", "", "conv2d"),
    ],
)
def test_the_function_that_a_line_calls(written: str, line: str, function: str) -> None:
    trace = f'  File "a.py", line 1, in forward\n    {line}\n'
    op = written.partition(".")[0].removesuffix("_")
    assert function_of(op, trace, written) == function


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


def test_a_count_that_is_no_whole_number(tmp_path: Path) -> None:
    path = tmp_path / "ours.yaml"
    path.write_text(
        "tool: ours\ncounts: flops\nproducts: [conv, linear]\n"
        "terms:\n  bias: {ops: linear, count: outputs / 3}\n"
    )
    with pytest.raises(convcost.ConvcostError) as caught:
        convcost.reconcile(convcost.load("resnet18"), str(path))
    assert str(caught.value) == (
        f"{path}:5: bias: of the layer 'classifier': "
        "a count is a whole number, and here is 1000/3\n"
        "  `//` divides, and leaves the rest out"
    )
