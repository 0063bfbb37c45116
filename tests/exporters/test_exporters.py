"""Networks written as files of other programs: what all kinds of file have in common."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

import convcost
from convcost.errors import ConvcostError
from convcost.exporters import EXPORTERS, of_ending, written
from convcost.ops import OPS, op_class, place
from convcost.ops.opaque import Opaque

if TYPE_CHECKING:
    from pathlib import Path

    from convcost.network import Network


def network(layers: str, shape: str = "[3, 8, 8]") -> Network:
    text = f"input: {shape}\nlayers: {layers}".encode()
    return convcost.load("net.yaml", read=lambda _: text)


def test_the_ending_says_which_kind(tmp_path: Path) -> None:
    convcost.export(network("[relu]"), tmp_path / "net.PY")
    assert "nn.ReLU()" in (tmp_path / "net.PY").read_text()


@pytest.mark.parametrize("path", ["net.yaml", "net", ""])
def test_an_ending_of_no_kind_is_refused(path: str) -> None:
    with pytest.raises(ConvcostError, match=r"`--to torch` \(a module of PyTorch, \.py\)"):
        of_ending(path)


def test_a_word_for_no_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConvcostError, match="to: `pytorch` is not a kind of file"):
        convcost.export(network("[relu]"), tmp_path / "net.py", to="pytorch")


def test_endings_are_told_apart() -> None:
    assert len({target.ending for target in EXPORTERS.values()}) == len(EXPORTERS)


@pytest.mark.parametrize("to", EXPORTERS)
def test_an_operator_that_is_not_known_is_refused(to: str) -> None:
    net = network("[relu]")
    (x,) = net.inputs.values()
    fields: Any = {
        "makes": ((1, 3, 8, 8),),
        "arrays": (),
        "constants": (),
        "batch": True,
        "costs": None,
    }
    net.add("mystery", Opaque(operator="acme.Swirl", **fields), [x])
    with pytest.raises(ConvcostError) as refused:
        written(net, to)
    called = EXPORTERS[to].called
    assert str(refused.value) == (
        f"'net' cannot be written as {called}:\n"
        "  layer 'mystery', opaque: convcost does not know what it does"
    )


@pytest.mark.parametrize("to", EXPORTERS)
def test_every_op_is_written_or_has_a_reason(to: str) -> None:
    rows = import_module(f"convcost.exporters.{to}.table").ROWS
    table = f"a table of convcost/exporters/{to}/table.py"
    for op in OPS:
        assert (op in rows) != op_class(op).unwritten, (
            f"{table}: give `{op}` a row, what writes it or why it cannot be said; or `unwritten` "
            f"in {place(op)}, for no exporter has one"
        )
    assert not rows.keys() - OPS.keys()


@pytest.mark.parametrize("to", EXPORTERS)
def test_reasons_are_sentences_about_the_layer(to: str) -> None:
    rows = import_module(f"convcost.exporters.{to}.table").ROWS
    for op, row in rows.items():
        assert not isinstance(row, str) or (len(row) > 20 and not row.endswith(".")), op
