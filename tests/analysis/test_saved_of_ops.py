"""Tensors that each op keeps for the backward pass, against those that PyTorch kept.

``tests/data/saved.csv`` has what ``saved_tensors_hooks`` saw of the examples of each op, run alone
as modules of PyTorch for each choice of gradients: see ``benchmarks/saved.py``.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from op_examples import layers, made

from convcost.analysis.training.saved import kept_by
from convcost.analysis.training.storages import storages
from convcost.dtype import DTYPES
from convcost.network import Network
from convcost.ops import OPS, op_class, place
from convcost.ops.op import Wanted
from convcost.tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convcost.network import Layer

TABLE = Path(__file__).parent.parent / "data" / "saved.csv"
MADE = "PYTHONPATH=. python benchmarks/saved.py --ops"


class Row(NamedTuple):
    """The tensors that PyTorch kept of an example of an op, where some of its inputs learn."""

    example: int
    shapes: str
    wanted: tuple[int, ...]
    kept: str


def _table() -> Mapping[str, Sequence[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    with TABLE.open(newline="") as file:
        for row in csv.DictReader(file):
            wanted = tuple(map(int, row["wanted"].split()))
            found[row["op"]].append(Row(int(row["example"]), row["shapes"], wanted, row["kept"]))
    return found


ROWS = _table()


def _layer(name: str, row: Row) -> tuple[Network, Layer]:
    example = layers(name)[row.example]
    shapes = " ".join("x".join(map(str, shape)) for shape in example[1])
    assert shapes == row.shapes, f"examples of {name} are others than in {TABLE}: {MADE}"
    network = Network("net")
    inputs = [Tensor(f"in{number}", shape) for number, shape in enumerate(example[1])]
    network.inputs = {tensor.name: tensor for tensor in inputs}
    return network, network.add("layer", made(name, example), inputs)


def _kept(name: str, row: Row) -> str | None:
    """The tensors that the op says it keeps, in the words of the table."""
    network, layer = _layer(name, row)
    held = storages(network)
    inputs = tuple(number in row.wanted for number in range(len(layer.inputs)))
    kept = kept_by(layer, Wanted(inputs, bool(layer.weights)), held)
    if kept is None:
        return None
    places = {id(held[tensor].storage): f"out{n}" for n, tensor in enumerate(layer.outputs)}
    made_here = set(places)
    places |= {id(held[tensor].storage): f"in{n}" for n, tensor in enumerate(layer.inputs)}
    words = {
        (id(one.storage) if one.storage else number, one.dtype): (
            places[id(one.storage)]
            if one.storage and (one.dtype == "float32" or id(one.storage) in made_here)
            else f"{one.dtype}:{one.bytes * 8 // DTYPES[one.dtype]}"
        )
        for number, one in enumerate(kept)
    }
    return " ".join(sorted(words.values())) or "-"


@pytest.mark.parametrize("name", [name for name in OPS if not op_class(name).unknown_kept])
def test_an_op_keeps_what_pytorch_keeps(name: str) -> None:
    wrong = {row: said for row in ROWS.get(name, ()) if (said := _kept(name, row)) != row.kept}
    assert not wrong, f"{place(name)}: saved"


@pytest.mark.parametrize("name", OPS)
def test_every_op_says_what_it_keeps_or_is_unknown_by_name(name: str) -> None:
    example = layers(name)[0]
    shapes = example[1]
    wanted = Wanted((True,) * len(shapes), weights=True)
    said = made(name, example).saved(wanted, *shapes)
    known = not op_class(name).unknown_kept
    assert (said is not None) == known, f"{place(name)}: `keeps` or `saved`, or `unknown_kept`"


def test_all_ops_that_have_gradients_are_in_the_table() -> None:
    excused = [n for n in OPS if op_class(n).discrete or op_class(n).unknown_kept]
    without = [name for name in OPS if name not in ROWS and name not in excused]
    assert not without, f"{without}: {MADE}, or `unknown_kept` where PyTorch has no such layer"
