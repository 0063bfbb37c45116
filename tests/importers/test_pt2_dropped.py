"""Dropout of numbers or of samples is a layer that does nothing at inference."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest
from one_aten import loaded, programs

from convcost.ops import op_name

if TYPE_CHECKING:
    from convcost.network import Layer

TORCHVISION = "key,features.0.drop,torchvision.ops.stochastic_depth.StochasticDepth"
TIMM = "key,blocks.0.drop_path1,timm.layers.drop.DropPath"
DROPOUT = "key,classifier.0,torch.nn.modules.dropout.Dropout"


def _layers(stack: str, p: float = 0.5) -> list[Layer]:
    program: Any = deepcopy(programs()["dropout"]["program"])
    (node,) = program["graph_module"]["graph"]["nodes"]
    node["metadata"] = {"nn_module_stack": stack}
    node["inputs"][1]["arg"] = {"as_float": p}
    return loaded(program).layers


@pytest.mark.parametrize(
    ("stack", "op"),
    [
        (DROPOUT, "dropout"),
        ("", "dropout"),
        (TORCHVISION, "stochastic_depth"),
        (TIMM, "stochastic_depth"),
    ],
)
def test_the_class_of_the_module_says_what_is_dropped(stack: str, op: str) -> None:
    (layer,) = _layers(stack)
    assert op_name(type(layer.op)) == op
    assert not layer.makes_memory


def test_nothing_dropped_is_no_layer() -> None:
    assert not _layers(DROPOUT, p=0.0)
