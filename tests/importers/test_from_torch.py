"""Modules of PyTorch, counted as they are. Where PyTorch is not installed, that is said."""

from __future__ import annotations

import pickle
import sys
from typing import TYPE_CHECKING, Any

import pytest
from doubles import always

import convcost
from convcost.errors import ConvcostError
from convcost.testing import assert_budget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convcost.network import Network


def test_without_pytorch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ConvcostError) as caught:
        convcost.from_torch(object())
    assert str(caught.value) == (
        "from_torch needs PyTorch 2.8 or newer, which is not installed: pip install torch"
    )


def test_limits_of_files_are_in_their_budgets() -> None:
    with pytest.raises(ConvcostError, match="params: limits of files are written in their budgets"):
        assert_budget("model.yaml", params="5M")


@pytest.fixture
def torch() -> Any:
    return pytest.importorskip("torch")


@pytest.fixture
def module(torch: Any) -> Any:
    nn = torch.nn
    layers = (nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.Dropout(0.5))
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 5))


def test_counts(torch: Any, module: Any) -> None:
    totals = convcost.analyze(convcost.from_torch(module, torch.zeros(1, 3, 16, 16))).totals
    assert totals["params"] == sum(p.numel() for p in module.parameters())
    assert totals["macs"] == 16 * 16 * 8 * 27 + 40


def test_what_drops_samples_in_training_is_there(torch: Any, module: Any) -> None:
    class StochasticDepth(torch.nn.Module):  # as torchvision's, which leaves no node after training
        p = 0.2

        def forward(self, x: Any) -> Any:
            return x

    around = torch.nn.Sequential(module[0], StochasticDepth())
    network = convcost.from_torch(around, torch.zeros(1, 3, 16, 16))
    assert [type(layer.op).__name__ for layer in network.layers] == ["Conv", "StochasticDepth"]
    assert "forward" not in vars(around[1])


def test_parameters_may_have_any_name(torch: Any) -> None:
    class Pooling(torch.nn.Module):  # as generalised means of retrieval have it
        p: Any

        def forward(self, x: Any) -> Any:
            return x.clamp(min=1e-6).pow(self.p).mean((2, 3)).pow(1 / self.p)

    pooling = Pooling()
    pooling.p = torch.nn.Parameter(torch.full((4,), 3.0).reshape(4, 1, 1))
    pooling.drop_prob = torch.nn.Parameter(torch.ones(2))
    network = convcost.from_torch(pooling, torch.zeros(1, 4, 6, 6))
    assert convcost.analyze(network).totals["params"] == 6


def test_the_module_is_left_as_it_was(torch: Any, module: Any) -> None:
    module[0].register_forward_hook(always(None))
    before = {name: array.clone() for name, array in module.state_dict().items()}
    module[3].eval()
    flags = [part.training for part in module.modules()]
    convcost.from_torch(module, torch.ones(2, 3, 16, 16))
    assert [part.training for part in module.modules()] == flags
    assert len(module[0]._forward_hooks) == 1
    for name, array in module.state_dict().items():
        assert array.device.type == "cpu"
        assert torch.equal(array, before[name])


def outputs_of(network: Network) -> Sequence[object]:
    """The executed outputs of a verification, or why there are none."""
    found = convcost.verify(network)
    assert found.agrees
    said = [line for line in found.unconfirmed if line.startswith("outputs beside")]
    return [check.executed for check in found.checks if check.metric == "outputs"] or said


def test_outputs_are_the_module_s(torch: Any, module: Any) -> None:
    flags = [part.training for part in module.modules()]
    network = convcost.from_torch(module, torch.zeros(2, 3, 16, 16))
    assert outputs_of(network) == ["as the model's"]
    assert [part.training for part in module.modules()] == flags
    module[0].weight.data += 1  # the module is what it is when it is asked
    assert outputs_of(network) == ["as the model's"]
    assert pickle.loads(pickle.dumps(network)).original is None


def test_outputs_of_square_matrices_dicts_and_constants(torch: Any) -> None:
    class Square(torch.nn.Module):
        w: Any
        scale: Any

        def forward(self, x: Any) -> Any:
            return {"a": x @ self.w + self.scale, "b": [x @ self.w.t(), None]}

    square = Square()
    square.w = torch.nn.Parameter(torch.randn(6, 6))
    square.scale = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    network = convcost.from_torch(square, torch.zeros(2, 6))
    assert [*outputs_of(network)] == ["as the model's"] * 2


def test_outputs_that_are_not_compared(torch: Any) -> None:
    class Drawn(torch.nn.Module):
        def forward(self, x: Any) -> Any:
            return x + torch.rand_like(x)

    linear, x = torch.nn.Linear, torch.zeros(1, 3)
    for module, given, reason in (
        (linear(3, 4, device="meta"), x, "the module is on the meta device, and has no weights"),
        (linear(3, 4).half(), x.half(), "the module has numbers of torch.float16"),
        (Drawn(), x, "the network reads `rand_like`, which is not an array that the model stores"),
    ):
        (said,) = outputs_of(convcost.from_torch(module, given))
        assert str(said).startswith(f"outputs beside the model's own: {reason}")


def test_shared_parameters_are_counted_once(torch: Any) -> None:
    table, head = torch.nn.Embedding(20, 6), torch.nn.Linear(6, 20, bias=False)
    head.weight = table.weight
    module = torch.nn.Sequential(table, head)
    words = torch.zeros(1, 7, dtype=torch.int64)
    assert convcost.analyze(convcost.from_torch(module, words)).totals["params"] == 120


def test_dicts_and_open_sizes(torch: Any) -> None:
    class Named(torch.nn.Module):
        conv: Any

        def forward(self, given: dict[str, Any]) -> dict[str, Any]:
            y = self.conv(given["image"])
            return {"y": y, "several": [y + 1, y * 2]}

    auto = torch.export.Dim.AUTO
    dynamic = ({"image": {0: auto, 2: auto}},)
    named = Named()
    named.conv = torch.nn.Conv2d(3, 4, 1)
    network = convcost.from_torch(named, {"image": torch.zeros(2, 3, 9, 8)}, dynamic=dynamic)
    assert convcost.analyze(network).totals["macs"] == 2 * 9 * 8 * 12
    assert len(network.outputs) == 3


def test_what_cannot_be_exported(torch: Any) -> None:
    class Reading(torch.nn.Module):
        def forward(self, x: Any) -> Any:
            return x * 2 if x.sum().item() > 0 else x

    with pytest.raises(ConvcostError, match="Reading: PyTorch cannot export it without"):
        convcost.from_torch(Reading(), torch.zeros(2))


def test_tensors_that_a_module_makes_itself(torch: Any) -> None:
    class Making(torch.nn.Module):
        linear: Any
        order: Any

        def forward(self, x: Any) -> Any:
            start = torch.zeros(2, 6)  # on the processor, as all that names no device
            return self.linear(x + start)[:, self.order] + torch.arange(2)

    making = Making()
    making.linear, making.order = torch.nn.Linear(6, 4), torch.tensor([3, 0])
    network = convcost.from_torch(making, torch.zeros(2, 6))
    assert not network.unknown
    assert convcost.analyze(network).totals["macs"] == 2 * 6 * 4
    bare = convcost.from_torch(making.to("meta"), torch.zeros(2, 6, device="meta"))
    assert convcost.analyze(bare).totals == convcost.analyze(network).totals


def test_what_cannot_be_exported_is_said_without_its_graph(
    torch: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    class Asking(torch.nn.Module):
        def forward(self, x: Any) -> Any:
            return x * 2 if torch.zeros(2).sum() > x.sum() else x

    with pytest.raises(ConvcostError, match="Asking: PyTorch cannot export it without running it"):
        convcost.from_torch(Asking(), torch.zeros(2))
    assert "def forward" not in capfd.readouterr().err


def test_budgets(torch: Any, module: Any) -> None:
    x = torch.zeros(1, 3, 16, 16)
    assert_budget(module, x, params="1k", macs="60k")
    with pytest.raises(AssertionError, match="params"):
        assert_budget(module, (x,), params=100)
    with pytest.raises(ConvcostError, match="Sequential: nothing is checked"):
        assert_budget(module, x)
    with pytest.raises(ConvcostError, match="`parms` is not a metric that can be limited"):
        assert_budget(module, x, parms="1k")
