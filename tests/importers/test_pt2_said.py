"""Names, notes and counts of exported programs, besides the values of their operators."""

from __future__ import annotations

import copy
import json
from typing import Any

import numpy as np
from one_aten import archived, loaded, programs

import convcost
from convcost.importers.pt2 import load
from convcost.ops import op_name
from convcost.ops.pick import Gather


def program(name: str) -> Any:
    return copy.deepcopy(programs()[name]["program"])


def test_positions_that_stand_in_the_file_are_known() -> None:
    written = program("index of a table")
    (spec,) = [
        one["tensor_constant"]
        for one in written["graph_module"]["signature"]["input_specs"]
        if "tensor_constant" in one
    ]
    meta = {
        "dtype": 5,
        "sizes": [{"as_int": 2}, {"as_int": 2}],
        "strides": [{"as_int": 2}, {"as_int": 1}],
        "storage_offset": {"as_int": 0},
        "device": {"type": "cpu"},
    }
    stored = {"path_name": "tensor_0", "use_pickle": False, "tensor_meta": meta}
    config = {"config": {spec["tensor_constant_name"]: stored}}

    def read(positions: list[list[int]], stride: int = 2) -> list[Any]:
        meta["strides"] = [{"as_int": stride}, {"as_int": 1}]
        members = {
            "data/constants/model_constants_config.json": json.dumps(config).encode(),
            "data/constants/tensor_0": np.array(positions, "<i8").tobytes(),
        }
        network = load("model.pt2", read=lambda _: archived(written, **members))
        return [layer.op.indices for layer in network.layers if isinstance(layer.op, Gather)]

    assert read([[0, 1], [4, 2]]) == [(0, 1, 4, 2)]
    assert read([[0, 1], [4, 9]]) == []  # no such place: the node is opaque
    assert read([[0, 1], [4, 2]], stride=1) == [None]  # stored in another order


def test_arrays_that_torchao_stores_quantised() -> None:
    totals = convcost.analyze(loaded(program("torchao IntxWeightOnlyConfig"))).totals
    matrix, rows = 6 * 32, 6  # a scale, a zero point and a bias for each row
    assert totals["params"] == matrix + 3 * rows
    assert totals["weight_bytes"] == matrix + rows * (4 + 4 + 1)
    assert totals["macs"] == 4 * matrix
    dynamic = loaded(program("torchao Int8DynamicActivationInt8WeightConfig"))
    assert convcost.analyze(dynamic).totals["macs"] == 4 * matrix


def test_a_cell_that_goes_over_a_sequence_has_its_arrays_once() -> None:
    totals = convcost.analyze(loaded(program("gru_cell in a loop"))).totals
    assert totals["params"] == 3 * 5 * (4 + 5 + 2)
    assert totals["macs"] == 2 * 3 * 15 * (4 + 5)  # samples, steps


def test_parameters_of_an_unknown_type_are_said() -> None:
    written = program("a parameter times")
    (name,) = (n for n in written["graph_module"]["graph"]["tensor_values"] if n.startswith("p_"))
    written["graph_module"]["graph"]["tensor_values"][name]["dtype"] = 10  # complex64
    network = loaded(written)
    assert network.unknown[0] == (
        "parameter arrays.0: convcost does not know the type of its numbers"
    )
    assert not convcost.analyze(network).complete


def test_arrays_that_are_stored_quantised() -> None:
    network = loaded(program("quantised layers"))
    filters, matrix = 6 * 4 * 3 * 3, 5 * 6
    totals = convcost.analyze(network).totals
    assert (totals["params"], totals["weight_bytes"]) == (filters + matrix, filters + matrix)
    assert totals["macs"] == 2 * (filters * 4 * 3 + matrix)  # two samples, 4 x 3 positions
    assert network.doubts == [
        "parameters that nothing reads are left out, as the program has their numbers quantised "
        "besides: original"
    ]


def test_sizes_that_depend_on_data_are_the_most_that_they_may_be() -> None:
    network = loaded(program("nms"))
    assert network.assumes == ["the most boxes that nms (torchvision.nms) may make, 4"]
    assert [tensor.shape for tensor in network.outputs.values()] == [(4,)]
    network = loaded(program("index by a mask"))
    assert network.assumes == ["the most elements that index (aten.index) may make, 120"]
    assert [tensor.shape for tensor in network.outputs.values()] == [(120,)]


def test_a_size_that_nothing_makes_known() -> None:
    written = program("nms")
    (node,) = written["graph_module"]["graph"]["nodes"][:1]
    node["target"] = "torch.ops.torchvision.others.default"
    network = loaded(written)
    assert network.unknown[0] == ("nms (torchvision.others): convcost does not know this operator")
    assert network.assumes == []


def branches(written: Any) -> list[Any]:
    (node,) = [
        node
        for node in written["graph_module"]["graph"]["nodes"]
        if node["target"].endswith("cond")
    ]
    return [one["arg"]["as_graph"]["graph"] for one in node["inputs"] if "as_graph" in one["arg"]]


def test_branches_of_the_same_costs_are_counted() -> None:
    network = loaded(program("cond"))
    totals = convcost.analyze(network).totals
    assert (totals["macs"], totals["params"]) == (3 * 2 * 4 * 4, 2 * (4 * 4 + 4))
    assert network.assumes == [
        "the first branch of cond (higher_order.cond), whose other one costs the same"
    ]


def test_branches_of_other_costs_are_not() -> None:
    written = program("cond")
    first, other = branches(written)
    (node,) = other["nodes"]
    node["inputs"] = [one for one in node["inputs"] if one["name"] != "bias"]
    network = loaded(written)
    said = "which of its branches runs depends on data, and they do not cost the same"
    assert network.unknown == [f"cond (higher_order.cond): {said}; it makes 2x4"]
    assert convcost.analyze(network).totals["macs"] == 2 * 2 * 4 * 4
    node["target"] = "torch.ops.aten.relu.default"
    node["inputs"] = [{**node["inputs"][0], "name": "self"}]
    (said,) = loaded(written).unknown
    assert "depends on data, and they cost 32 or 0 MACs; it makes 2x4" in said
    node["target"] = "torch.ops.aten.nothing.default"
    (said,) = loaded(written).unknown
    assert "it runs one of two branches, and not all that they do is known" in said
    assert first["nodes"]


def test_parameters_that_may_be_others_again() -> None:
    written = program("linear")
    module = written["graph_module"]
    specs = module["signature"]["input_specs"]
    (spec,) = [
        one["parameter"]
        for one in specs
        if one.get("parameter", {}).get("parameter_name") == "weight"
    ]
    again = {"arg": {"name": "p_again"}, "parameter_name": "again.matrix"}
    specs.append({"parameter": again})
    values = module["graph"]["tensor_values"]
    values["p_again"] = values[spec["arg"]["name"]]
    counted, other = loaded(written).doubts
    assert counted.endswith("since the module has them: again.matrix")
    assert other.startswith("they may be those that are read under other names, of which each has ")
    values["p_again"] = {**values["p_again"], "sizes": [{"as_int": 7}]}
    assert len(loaded(written).doubts) == 1


def pool(name: str, *left_out: str, **given: int) -> Any:
    """The program of a pool without some of its arguments, and with others."""
    written = program(name)
    (node,) = (n for n in written["graph_module"]["graph"]["nodes"] if "_pool" in n["target"])
    kept = [one for one in node["inputs"] if one["name"] not in left_out]
    more = [{"name": key, "arg": {"as_int": value}, "kind": 2} for key, value in given.items()]
    node["inputs"] = [*kept, *more]
    return written


def test_windows_of_a_pool_lie_side_by_side_where_no_stride_is_given() -> None:
    """As ``torch.nn.functional.avg_pool2d(x, 3)`` is exported; its output has the shape that the
    file says, or the node is not understood."""
    written = pool("avg_pool2d", "stride", "padding")
    graph = written["graph_module"]["graph"]
    (node,) = graph["nodes"]
    sizes = graph["tensor_values"][node["outputs"][0]["as_tensor"]["name"]]["sizes"]
    sizes[2:] = [{"as_int": 2}, {"as_int": 1}]  # of 6 and 5
    network = loaded(written)
    assert [op_name(type(layer.op)) for layer in network.layers] == ["avg_pool"]
    assert network.layers[0].outputs[0].shape[2:] == (2, 1)


def test_a_divisor_of_its_own_is_no_mean() -> None:
    network = loaded(pool("avg_pool2d", divisor_override=5))
    assert not convcost.analyze(network).complete
    assert "divided by a number of its own" in network.unknown[0]


def test_positions_of_a_pool_that_nothing_reads_are_no_output() -> None:
    counts = [
        convcost.analyze(loaded(program(name))).totals
        for name in ("max_pool2d", "max_pool2d, decomposed")
    ]
    assert counts[0] == counts[1]


def test_a_batch_norm_learns_two_arrays_and_stores_two_more() -> None:
    for name in ("batch_norm", "batch_norm, decomposed"):
        network = loaded(program(name))
        channels = next(iter(network.inputs.values())).shape[1]
        totals = convcost.analyze(network).totals
        assert (totals["params"], totals["buffers"]) == (2 * channels, 2 * channels)
