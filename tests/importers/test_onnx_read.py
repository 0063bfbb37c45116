"""ONNX files read without their weights: what stays, and that no more is read or opened."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnx_models import call, function, model_of, node, refusal, through, value, weights, written

from convcost.errors import ConvcostError
from convcost.importers.onnx import order, wire
from convcost.importers.onnx.read import payload_missing, read_model, small_array

if TYPE_CHECKING:
    from collections.abc import Generator

LIGHT = Path(onnx.__file__).parent / "backend/test/data/light"
PAYLOADS = ("float_data", "int32_data", "string_data", "int64_data", "raw_data", "double_data")


def test_the_numbers_of_fields_are_those_of_the_package() -> None:
    """Every way to a tensor is followed, but the one through training."""
    reached: dict[str, dict[int, str]] = {}

    def look(descriptor: Any) -> bool:
        name = descriptor.name
        if name == "TensorProto":
            return True
        if name not in reached:
            reached[name] = {}
            for field in descriptor.fields:
                if field.message_type and look(field.message_type):
                    reached[name][field.number] = field.message_type.name
        return bool(reached[name]) or name == "GraphProto"

    look(onnx.ModelProto.DESCRIPTOR)
    training = onnx.ModelProto.DESCRIPTOR.fields_by_name["training_info"]
    assert training.number == wire.TRAINING_INFO
    assert reached["ModelProto"].pop(wire.TRAINING_INFO) == "TrainingInfoProto"
    del reached["TrainingInfoProto"]
    found = {name: parts for name, parts in reached.items() if parts}
    assert found | {"TensorProto": {}} == wire.PARTS
    fields = TensorProto.DESCRIPTOR.fields_by_name
    assert {fields[name].number for name in (*PAYLOADS, "uint64_data")} == wire.PAYLOAD


@pytest.mark.parametrize("path", sorted(LIGHT.glob("*.onnx")), ids=lambda path: path.stem)
def test_light_models_come_back_as_they_are(path: Path) -> None:
    """All their constants are small."""
    expected = onnx.ModelProto.FromString(path.read_bytes())
    assert read_model(str(path)) == expected
    for tensor in expected.graph.initializer:
        array = small_array(tensor)
        assert array is not None
        np.testing.assert_array_equal(array, numpy_helper.to_array(tensor))


def test_large_payloads_go_and_everything_else_stays(tmp_path: Path) -> None:
    large, shape = weights("w", 64, 3, 7, 7), numpy_helper.from_array(np.array([1, -1]), "s")
    nodes = [
        node("Conv", "x w", "c", strides=[2, 2]),
        node("Reshape", "c s", "r"),
        node("Constant", "", "k", value=weights("k", 5000)),
        node("Add", "r k", "y"),
    ]
    model = model_of(nodes, [large, shape])
    model.doc_string = "d" * 10_000
    model.graph.value_info.append(value("c", (1, 64, 4, 4)))
    found = through(model, tmp_path)

    w, s = found.graph.initializer
    assert payload_missing(w)
    assert small_array(w) is None
    assert (w.name, w.dims, w.data_type) == ("w", [64, 3, 7, 7], TensorProto.FLOAT)
    assert not payload_missing(s)
    np.testing.assert_array_equal(small_array(s), [1, -1])  # pyright: ignore
    constant = found.graph.node[2].attribute[0].t
    assert payload_missing(constant)
    assert constant.dims == [5000]

    model.graph.initializer[0].ClearField("raw_data")
    model.graph.node[2].attribute[0].t.ClearField("raw_data")
    assert found == model


@pytest.mark.parametrize("elements", [1024, 1025])
def test_the_limit_is_4_kib_of_payload(elements: int, tmp_path: Path) -> None:
    found = through(model_of([node("Add", "x w", "y")], [weights("w", elements)]), tmp_path)
    assert payload_missing(found.graph.initializer[0]) == (elements > 1024)


TYPES = [
    ("float_data", TensorProto.FLOAT),
    ("int32_data", TensorProto.INT32),
    ("string_data", TensorProto.STRING),
    ("int64_data", TensorProto.INT64),
    ("double_data", TensorProto.DOUBLE),
    ("uint64_data", TensorProto.UINT64),
]


@pytest.mark.parametrize(("field", "kind"), TYPES)
def test_typed_payloads(field: str, kind: int, tmp_path: Path) -> None:
    one = b"word" if field == "string_data" else 7
    positions = kind in (TensorProto.INT32, TensorProto.INT64)  # these say what is picked
    count = 600_000 if positions else 5000
    many_of, few_of = cast("list[dict[str, Any]]", [{field: [one] * n} for n in (count, 2)])
    many = TensorProto(name="many", data_type=kind, dims=[count], **many_of)
    few = TensorProto(name="few", data_type=kind, dims=[2], **few_of)
    found = through(model_of([node("Add", "x x", "y")], [many, few]), tmp_path)
    assert payload_missing(found.graph.initializer[0])
    assert found.graph.initializer[0].name == "many"
    assert found.graph.initializer[1] == few
    array = small_array(found.graph.initializer[1])
    assert array is not None
    assert array.shape == (2,)


@pytest.mark.parametrize(("elements", "missing"), [(65_536, False), (65_537, True)])
def test_whole_numbers_may_be_positions(elements: int, missing: bool, tmp_path: Path) -> None:
    """Such as a table of the relative places of tokens, which is 19 kB in Swin."""
    table = numpy_helper.from_array(np.arange(elements), "i")
    found = through(model_of([node("Gather", "x i", "y")], [table]), tmp_path)
    assert payload_missing(found.graph.initializer[0]) == missing


def varint(number: int) -> bytes:
    return wire._varint(number)  # pyright: ignore[reportPrivateUsage]


def test_a_payload_written_number_by_number_is_one_payload(tmp_path: Path) -> None:
    """Old writers do not pack them."""
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[2000]).SerializeToString()
    unpacked = tensor + b"\x25\0\0\x80\x3f" * 2000
    model = model_of([node("Add", "x w", "y")], [TensorProto.FromString(unpacked)])
    graph = model.graph.SerializeToString()
    packed = model.graph.initializer[0].SerializeToString()
    head = graph.index(packed) - len(varint(len(packed)))
    graph = (
        graph[:head] + varint(len(unpacked)) + unpacked + graph[graph.index(packed) + len(packed) :]
    )
    model.ClearField("graph")
    data = model.SerializeToString() + b"\x3a" + varint(len(graph)) + graph
    (tmp_path / "m.onnx").write_bytes(data)
    (found,) = read_model(str(tmp_path / "m.onnx")).graph.initializer
    assert payload_missing(found)
    assert found.dims == [2000]


def test_tensors_in_every_place_are_reduced(tmp_path: Path) -> None:
    """In subgraphs, in lists, in sparse tensors and in functions."""
    big = weights("big", 3000)
    sparse = helper.make_sparse_tensor(
        weights("v", 90_000), numpy_helper.from_array(np.arange(90_000), "i"), [90_000]
    )
    branch = helper.make_graph([node("Constant", "", "t", value=big)], "b", [], [value("t")])
    body = function("f", [node("Constant", "", "k", value=big), node("Add", "a k", "b")])
    strange = node("Strange", "x", "q", domain="elsewhere")
    strange.attribute.append(
        onnx.AttributeProto(name="l", type=onnx.AttributeProto.TENSORS, tensors=[big, big])
    )
    nodes = [
        node("If", "x", "r", then_branch=branch, else_branch=branch),
        node("Constant", "", "p", sparse_value=sparse),
        strange,
        call("f", "r", "y"),
    ]
    model = model_of(nodes, bodies=[body])
    model.graph.sparse_initializer.append(sparse)
    found = through(model, tmp_path)
    assert len(found.SerializeToString()) < 1500
    assert not found.functions
    assert [n.op_type for n in found.graph.node] == ["If", "Constant", "Strange", "Constant", "Add"]
    assert [payload_missing(t) for t in found.graph.node[2].attribute[0].tensors] == [True, True]
    for part in (found.graph.sparse_initializer[0], found.graph.node[1].attribute[0].sparse_tensor):
        assert payload_missing(part.values)
        assert payload_missing(part.indices)
        assert part.dims == [90_000]


def test_what_trains_is_dropped(tmp_path: Path) -> None:
    model = model_of([node("Relu", "x", "y")])
    model.training_info.add().initialization.initializer.append(weights("w", 3000))
    found = through(model, tmp_path)
    assert not found.training_info
    model.ClearField("training_info")
    assert found == model


def test_values_that_do_not_fit() -> None:
    tensor = numpy_helper.from_array(np.arange(4), "t")
    for dims in ([5], [-1], [1 << 62, 1 << 62]):
        tensor.dims[:] = dims
        with pytest.raises(ConvcostError) as caught:
            small_array(tensor)
        assert str(caught.value) == (
            f"the tensor `t` of shape {dims} holds values that do not fit its shape or its type"
        )


def test_external_data_counts_even_beside_a_payload() -> None:
    """Only the writer knows which of the two is meant."""
    tensor = numpy_helper.from_array(np.arange(4), "t")
    tensor.data_location = TensorProto.EXTERNAL
    assert payload_missing(tensor)
    tensor.ClearField("data_location")
    tensor.external_data.add(key="location", value="elsewhere")
    assert payload_missing(tensor)


def test_tensors_without_elements_miss_nothing() -> None:
    empty = small_array(TensorProto(data_type=TensorProto.INT64, dims=[0]))
    assert empty is not None
    assert empty.shape == (0,)
    assert payload_missing(TensorProto(data_type=TensorProto.INT64))


MEASURE = """
import re, sys, time
from pathlib import Path
import onnx, onnx.inliner
from convcost.importers.onnx.read import payload_missing, read_model
def peak():
    return int(re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
before, start = peak(), time.perf_counter()
(tensor,) = read_model(sys.argv[1]).graph.initializer
assert payload_missing(tensor) and list(tensor.dims) == [3, 1 << 28], tensor
print(peak() - before, time.perf_counter() - start)
"""


def part(number: int, content: int) -> bytes:
    """The head of a part of some bytes."""
    return varint(number << 3 | 2) + varint(content)


def hollow(path: Path) -> None:
    """A model of 3 GiB, most of it a hole in the file."""
    model = model_of([node("Add", "x w", "y")])
    graph = model.graph.SerializeToString()
    model.ClearField("graph")
    size = 3 << 30
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[3, 1 << 28])
    inner = tensor.SerializeToString() + part(9, size)
    outer = graph + part(5, len(inner) + size) + inner
    with path.open("wb") as file:
        file.write(part(7, len(outer) + size) + outer)
        file.seek(size, os.SEEK_CUR)
        file.write(model.SerializeToString())


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peaks are read from /proc")
def test_a_model_of_3_gib_takes_the_memory_of_its_graph(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    with path.open("wb") as file:
        file.truncate(1 << 30)
    if path.stat().st_blocks * 512 > 1 << 20:
        path.unlink()
        pytest.skip("this file system has no sparse files")
    hollow(path)
    out = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path)], check=True, capture_output=True, text=True
    )
    path.unlink()
    mebibytes, seconds = map(float, out.stdout.split())
    assert mebibytes < 20
    assert seconds < 5


def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In parts that are looked at, before they are parsed; and afterwards in small ones."""
    model = model_of([node("Relu", "x", "a"), node("Relu", "a", "y")])
    for name, message in (
        ("MOST_FIELDS", "the model has more than 1 field"),
        ("MOST_NODES", "the model has more than 1 node"),
        ("MOST_BYTES", "even without its weights the model has more than 0 MiB"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(wire, name, 1)
            with pytest.raises(ConvcostError) as caught:
                wire.without_payloads(model.SerializeToString(), limit=0)
            assert str(caught.value) == message
    monkeypatch.setattr(order, "MOST_NODES", 1)
    assert refusal(model, tmp_path) == f"the model has more than {wire.MOST_NODES:,} nodes"


@pytest.mark.parametrize("extra", [0, 5000])
@pytest.mark.parametrize("more", [0, 1])
def test_subgraphs_in_subgraphs(extra: int, more: int, tmp_path: Path) -> None:
    """Counted in messages that are walked, and in small ones that are not."""
    inner = [node("Relu", "x", "z", doc="d" * extra)]
    for _ in range(wire.MOST_NESTED + more):
        graph = helper.make_graph(inner, "b", [], [value("z")])
        inner = [node("If", "x", "z", then_branch=graph)]
    model = model_of([*inner, node("Relu", "z", "y")])
    message = "the model has more than 16 subgraphs in each other"
    if more:
        assert refusal(model, tmp_path) == message
        with pytest.raises(ConvcostError, match=message):
            wire.without_payloads(model.SerializeToString(), limit=0)
    else:
        assert through(model, tmp_path) == model


watched: list[str] | None = None


def watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open" and watched is not None:
        watched.append(str(arguments[0]))


sys.addaudithook(watch)  # there is no way to remove one, so it sleeps between tests


@contextmanager
def opened() -> Generator[list[str], None, None]:
    global watched
    found: list[str] = []
    watched = found
    try:
        yield found
    finally:
        watched = None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize("place", ["absolute", "up", "link", "beside"])
def test_external_data_is_never_opened(place: str, tmp_path: Path) -> None:
    """In a function as well, as those pass through the inliner."""
    folder = tmp_path / "folder"
    folder.mkdir()
    secret = tmp_path / "secret"
    os.mkfifo(secret)  # a reader in any language would wait for ever
    (folder / "link").symlink_to(secret)
    (folder / "beside").write_bytes(bytes(100))
    location = {"absolute": str(secret), "up": "../secret"}.get(place, place)
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[2])
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=location)
    body = function("f", [node("Constant", "", "k", value=tensor), node("Add", "a k", "b")])
    nodes = [node("Add", "x w", "t"), call("f", "t", "y")]
    path = written(model_of(nodes, [tensor], [body]), folder)
    read_model(path)  # imports what it needs
    with opened() as files:
        found = read_model(path)
        tensors = [found.graph.initializer[0], found.graph.node[1].attribute[0].t]
        assert [payload_missing(t) for t in tensors] == [True, True]
        assert [small_array(t) for t in tensors] == [None, None]
    assert [file for file in files if not file.isdigit()] == [path]  # those are open already
