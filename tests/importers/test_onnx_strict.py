"""Files that onnx.checker refuses, or that are newer than anything known here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import onnx
import pytest
from onnx import AttributeProto, checker, defs, helper
from onnx_models import call, function, model_of, node, refusal, value, weights, written

import convcost

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

STRIDES = helper.make_attribute("strides", [2, 2])
NAMELESS = AttributeProto(type=AttributeProto.INTS, ints=[2, 2])
UNTYPED = AttributeProto(name="strides", ints=[2, 2])
ANOTHER = AttributeProto(name="strides", type=AttributeProto.INT, ints=[2, 2])
BOTH = AttributeProto(name="strides", type=AttributeProto.INTS, ints=[2, 2], f=1)
BORROWED = AttributeProto(name="strides", type=AttributeProto.INTS, ref_attr_name="s")

BROKEN = {  # what is said of a node, by its attributes
    "has two attributes `strides`": [STRIDES, STRIDES],
    "has an attribute without a name": [NAMELESS],
    "has an attribute `strides` without a type": [UNTYPED],
    "has an attribute `strides` with a value that is not of the type that it names": [ANOTHER],
}


def convolution(attributes: Sequence[Any], inputs: str = "x w", output: str = "y") -> Any:
    made = node("Conv", inputs, output, name="conv")
    made.attribute.extend(attributes)
    return made


def refused_by_checker(model: onnx.ModelProto) -> bool:
    try:
        checker.check_model(model)  # pyright: ignore[reportUnknownMemberType]
    except checker.ValidationError:
        return True
    return False


@pytest.mark.parametrize("said", BROKEN)
def test_an_attribute_that_means_several_things_is_refused(said: str, tmp_path: Path) -> None:
    model = model_of([convolution(BROKEN[said])], [weights("w", 4, 3, 3, 3)])
    assert refused_by_checker(model)
    assert refusal(model, tmp_path) == f"the node `conv` (`Conv`) {said}: export the model again"


def test_an_attribute_of_a_function_outside_of_one_is_refused(tmp_path: Path) -> None:
    model = model_of([convolution([BORROWED])], [weights("w", 4, 3, 3, 3)])
    assert "takes `strides` from a function, and is in none" in refusal(model, tmp_path)


def test_a_value_of_two_types_is_refused(tmp_path: Path) -> None:
    model = model_of([convolution([BOTH])], [weights("w", 4, 3, 3, 3)])
    assert refused_by_checker(model)
    assert "a value that is not of the type that it names" in refusal(model, tmp_path)


def test_it_is_refused_in_a_branch_and_in_a_function(tmp_path: Path) -> None:
    twice = [STRIDES, STRIDES]
    inner = helper.make_graph([convolution(twice, output="b")], "t", [], [value("b")])
    condition = helper.make_node("Constant", [], ["c"], value_int=1)
    branch = helper.make_node("If", ["c"], ["y"], then_branch=inner, else_branch=inner)
    models = (
        model_of([condition, branch], [weights("w", 4, 3, 3, 3)]),
        model_of([call("f", "x", "y")], bodies=[function("f", [convolution(twice, "a a", "b")])]),
    )
    for model in models:
        assert "has two attributes `strides`" in refusal(model, tmp_path)


def test_an_attribute_of_a_function_may_come_from_its_call(tmp_path: Path) -> None:
    body = function("f", [convolution([BORROWED], "a a", "b")])
    body.attribute.append("s")
    model = model_of([call("f", "x", "y")], bodies=[body])
    model.graph.node[0].attribute.append(helper.make_attribute("s", [1, 1]))
    assert convcost.load(written(model, tmp_path)).unknown == []


NEWEST = defs.onnx_opset_version()
OPSET = (
    f"it is of operator set 999, and the newest that the onnx package here knows is {NEWEST}: its "
    "nodes are read as of that one"
)
FORMAT = (
    f"it is of IR version 99, and the newest that the onnx package here knows is {onnx.IR_VERSION}:"
    " what is new in its format is not seen"
)


def newer(domain: str = "", opset: int = NEWEST, ir: int = onnx.IR_VERSION) -> onnx.ModelProto:
    model = model_of([convolution([STRIDES])], [weights("w", 4, 3, 3, 3)])
    model.opset_import[0].domain, model.opset_import[0].version = domain, opset
    model.ir_version = ir
    return model


@pytest.mark.parametrize(
    ("model", "doubts"),
    [
        (newer(), []),
        (newer(opset=999), [OPSET]),
        (newer("ai.onnx", 999), [OPSET]),
        (newer(ir=99), [FORMAT]),
        (newer(opset=999, ir=99), [OPSET, FORMAT]),
    ],
)
def test_what_is_newer_than_anything_known_is_counted_and_said(
    model: onnx.ModelProto, doubts: list[str], tmp_path: Path
) -> None:
    network = convcost.load(written(model, tmp_path))
    assert network.doubts == doubts
    assert network.unknown == []
    assert convcost.analyze(network).totals["macs"] == 3 * 3 * 4 * 27
