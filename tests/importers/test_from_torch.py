"""Modules of PyTorch, counted as they are. Where PyTorch is not installed, that is said."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
from doubles import always

import convcost
from convcost.errors import ConvcostError
from convcost.execution.forward import execute
from convcost.executor.namespace import Plain
from convcost.testing import assert_budget


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


def test_outputs_are_the_module_s(torch: Any, module: Any) -> None:
    module.eval()
    x = torch.randn(2, 3, 16, 16)
    network = convcost.from_torch(module, x)
    arrays = {name: array.detach().numpy() for name, array in module.state_dict().items()}
    (name,) = network.inputs
    made = execute(network, {name: x.numpy()}, lambda w: arrays[w.name].reshape(w.shape), Plain())
    (y,) = made.values()
    np.testing.assert_allclose(y, module(x).detach().numpy(), rtol=1e-4, atol=1e-5)


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


def test_budgets(torch: Any, module: Any) -> None:
    x = torch.zeros(1, 3, 16, 16)
    assert_budget(module, x, params="1k", macs="60k")
    with pytest.raises(AssertionError, match="params"):
        assert_budget(module, (x,), params=100)
    with pytest.raises(ConvcostError, match="`parms` is no metric that can be limited"):
        assert_budget(module, x, parms="1k")
