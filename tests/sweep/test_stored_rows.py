"""Rows in a file instead of the memory are those of a sweep that holds all, in every format."""

from __future__ import annotations

import io
import json
import tracemalloc
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from convcost.render.formats import pieces
from convcost.render.report import Medium
from convcost.render.reports.sweep.report import report
from convcost.sweeps import designs, sweeping
from convcost.sweeps import stored as stores
from convcost.sweeps.asked import Asked, asked_of, axes_of
from convcost.sweeps.kept import Kept
from convcost.sweeps.parquet import parquet
from convcost.sweeps.stored import Stored
from convcost.sweeps.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import convcost

NET = b"""input: [4, 16, 16]
vars: {width: 8, groups: 1}
layers:
  - {op: conv, out_channels: 8 * width, kernel_size: 3, groups: groups}
  - {op: linear, out_features: 3}
"""
"""Three groups do not divide four channels."""
AXES = [
    "width=0.5,1/8,1",
    "side=16:64:16",
    "groups=1,2,3",
    f"batch=1,{2**50}",
    "dtype=int8,float16",
]
METRICS = ["macs", "field", "intensity"]


def subject(asked: Asked) -> Subject:
    return Subject("net.yaml", asked.grid.axes, read=lambda _: NET)


@pytest.fixture
def both(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[convcost.Sweep, convcost.Sweep]]:
    monkeypatch.setattr(designs, "BLOCK", 10)
    monkeypatch.setattr(stores, "MOST_HELD", 20)
    asked = asked_of(axes_of(AXES), METRICS, where="batch == 1 or width <= 0.5")
    held = sweeping.swept(subject(asked), asked)
    kept = Kept(asked, Stored(asked))
    stored = sweeping.swept(subject(asked), asked, kept=kept)
    assert stored.stored is not None
    assert stored.stored.length
    assert max(held.columns["macs"]) > 2**63
    yield held, stored
    stored.stored.close()


@pytest.mark.parametrize("name", ["csv", "json", "text", "markdown"])
def test_formats_do_not_tell_them_apart(both: Any, name: str) -> None:
    held, stored = ("".join(pieces(report(one, "net"), name, Medium())) for one in both)
    assert held == stored


def test_json_has_a_row_a_line(both: Any) -> None:
    text = "".join(pieces(report(both[1], "net"), "json", Medium()))
    assert len(json.loads(text)["rows"]) == both[0].rows
    assert len(text.splitlines()) > both[0].rows


def test_tables_do_not_tell_them_apart(both: Any) -> None:
    pytest.importorskip("pyarrow", reason="the extra `parquet` is not installed")
    held, stored = (one.to_arrow() for one in both)
    assert stored.schema == held.schema
    file = io.BytesIO()
    parquet(both[1], file)
    reader: Any = import_module("pyarrow.parquet")
    assert reader.read_table(io.BytesIO(file.getvalue())).to_pylist() == held.to_pylist()
    assert stored.to_pylist() == held.to_pylist()


def test_no_rows_are_rows_too() -> None:
    asked = asked_of(axes_of(["groups=3"]), METRICS)
    found = sweeping.swept(subject(asked), asked, kept=Kept(asked, Stored(asked)))
    assert found.rows == 0
    text = "".join(pieces(report(found, "net"), "csv", Medium()))
    assert text == "groups,macs,receptive_field,intensity\n"
    assert '"rows": []' in "".join(pieces(report(found, "net"), "json", Medium()))


def test_a_file_with_less_than_it_should_have_is_none(tmp_path: Path) -> None:
    asked = asked_of(axes_of(["width=1"]), METRICS)
    path = tmp_path / "rows"
    path.write_bytes(b"short")
    store = Stored(asked, str(path), 6, 1)
    with pytest.raises(ValueError, match="missing"):
        store.check()
    store.close()


def test_memory_does_not_grow_with_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four times the rows, with a limit of rows held that both exceed."""
    monkeypatch.setattr(designs, "BLOCK", 5_000)
    monkeypatch.setattr(stores, "MOST_HELD", 10_000)

    def most(sides: int) -> int:
        asked = asked_of(axes_of([f"side=8:{sides + 7}:1", "batch=1:100:1"]), ["macs", "params"])
        tracemalloc.start()
        store = Stored(asked)
        found = sweeping.swept(subject(asked), asked, kept=Kept(asked, store))
        rows = sum(piece.count("\n") for piece in pieces(report(found, "net"), "csv", Medium()))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        store.close()
        assert rows == 100 * sides + 1
        return peak

    most(10)
    few, many = most(300), most(1_200)
    assert many < 1.3 * few


def test_a_column_of_each_kind_comes_back(tmp_path: Path) -> None:
    asked = asked_of(axes_of(["width=1,2,3"]), METRICS)
    store = Stored(asked, str(tmp_path / "rows"))
    part: dict[str, Any] = {
        "#": np.arange(3),
        "width": np.array([1, 2, 3]),
        "macs": np.array([1, 2**70, 3], object),
        "receptive_field": np.array([None, 3, None], object),
        "intensity": np.array([0.1, np.nan, 1e300]),
    }
    store.append(part)
    store.flush()
    (found,) = store
    for name, values in part.items():
        assert found[name].dtype == values.dtype
        assert repr(found[name].tolist()) == repr(values.tolist())
    store.close()
