"""``expand`` prints what can be read again, or says why not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from doubles import always
from onnx import TensorProto, helper, numpy_helper

import convcost
from convcost.spec import compose

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from onnx import NodeProto
    from running import Ran

    Run = Callable[..., Ran]


def model(*nodes: NodeProto, opset: int = 17, arrays: Sequence[Any] = ()) -> str:
    """An ONNX file of nodes from ``x`` to ``y``."""
    x, y = (helper.make_tensor_value_info(n, TensorProto.FLOAT, [1, 3, 8, 8]) for n in "xy")
    stored = [numpy_helper.from_array(array, name) for name, array in arrays]
    graph = helper.make_graph(nodes, "g", [x], [y], stored)
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid("acme", 1)]
    made = helper.make_model(graph, opset_imports=opsets, ir_version=9)
    Path("m.onnx").write_bytes(made.SerializeToString())
    return "m.onnx"


@pytest.fixture(autouse=True)
def _there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    monkeypatch.chdir(tmp_path)


def refused(ran: Ran) -> str:
    assert (ran.code, ran.out) == (2, "")
    assert "defect" not in ran.err
    return ran.err


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("op", ["LeakyRelu", "Elu", "ThresholdedRelu", "HardSigmoid"])
def test_numbers_that_are_none(run: Run, op: str, value: float) -> None:
    path = model(helper.make_node(op, ["x"], ["y"], alpha=value))
    said = refused(run("expand", path))
    assert said.startswith("'g' cannot be written as a spec: ")
    assert f"is {value}, and numbers of a spec are finite" in said


def test_a_model_of_unknown_nodes(run: Run) -> None:
    path = model(helper.make_node("Swirl", ["x"], ["y"], domain="acme"))
    assert refused(run("expand", path)).startswith("'g' cannot be written as a spec: ")


def test_a_model_in_which_no_node_has_a_shape(run: Run) -> None:
    path = model(
        helper.make_node("Swirl", ["x"], ["a"], domain="acme"),
        helper.make_node("Relu", ["a"], ["y"]),
    )
    assert refused(run("expand", path)).startswith("'g' cannot be written as a spec: ")


def test_an_attribute_that_is_given_twice(run: Run) -> None:
    node = helper.make_node("Conv", ["x", "w"], ["y"], strides=[1, 1])
    node.attribute.append(helper.make_attribute("strides", [2, 2]))
    w = np.ones((3, 3, 1, 1), np.float32)
    for command in ("analyze", "expand"):
        said = refused(run(command, model(node, arrays=[("w", w)])))
        assert "has two attributes `strides`: export the model again" in said


def test_an_operator_set_of_the_future(run: Run) -> None:
    ran = run("analyze", model(helper.make_node("Relu", ["x"], ["y"]), opset=999))
    assert ran.code == 0
    assert ran.err.startswith("warning: m.onnx: it is of operator set 999, and the newest ")


@pytest.mark.parametrize("what", ["the op", "the input", "the output", "the shape", "the count"])
def test_another_network_is_not_printed(
    run: Run, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """A writer that says something else is found out."""
    net = (
        "input: [3, 8, 8]\nlayers: [{op: relu, name: a}, {op: relu, name: b}, "
        "{op: add, name: c, from: [a, b]}]\n"
    )
    Path("net.yaml").write_text(net)
    good = run("expand", "net.yaml").out
    wrong = {
        "the op": good.replace("op: relu, name: a", "op: sigmoid, name: a"),
        "the input": good.replace("[a, b]", "[b, a]"),
        "the output": f"{good}outputs: [b]\n",
        "the shape": good.replace("8, 8", "8, 9"),
        "the count": f"{good}  - relu\n",
    }[what]
    assert wrong != good
    from convcost.render import spec

    monkeypatch.setattr(spec, "to_spec", always(wrong))
    said = refused(run("expand", "net.yaml"))
    assert said == "'net' cannot be written as a spec: it would be read as another network\n"
    monkeypatch.setattr(spec, "to_spec", always(good.replace("relu", "relo")))
    assert "it would be wrong at 5:" in refused(run("expand", "net.yaml"))


def test_what_is_larger_than_specs_are_is_said(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("net.yaml").write_text("input: [3, 8, 8]\nlayers: [{repeat: 9, layers: [relu]}]\n")
    monkeypatch.setattr(compose, "MOST_NODES", 40)
    ran = run("expand", "net.yaml")
    assert ran.code == 0
    assert ran.out.startswith("convcost: 1\n")
    assert ran.err == (
        "warning: net.yaml: the result cannot be read as a spec: it holds more than 40 values, too "
        "many for a spec\n"
    )
    assert run("expand", "net.yaml", "--strict").code == 1


def test_weights_are_as_seen_from_the_result(run: Run, tmp_path: Path) -> None:
    (tmp_path / "nets").mkdir()
    conv = "{op: conv, name: c, out_channels: 2, kernel_size: 1}"
    net = f"weights: w.npz\ninput: [3, 8, 8]\nlayers: [{conv}]\n"
    Path("nets/net.yaml").write_text(net)
    for spec in ("nets/net.yaml", str(tmp_path / "nets" / "net.yaml")):
        assert "\nweights: nets/w.npz\n" in run("expand", spec).out.replace('"', "")
        assert run("expand", spec, "-o", "nets/flat.yaml").code == 0
        assert "\nweights: w.npz\n" in Path("nets/flat.yaml").read_text()
        again = convcost.load("nets/flat.yaml")
        assert again.weights == "nets/w.npz"
