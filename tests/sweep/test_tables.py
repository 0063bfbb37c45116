"""Rows of a sweep as tables of other libraries, where those are installed."""

from __future__ import annotations

from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

import convcost
from convcost.sweeps.parquet import parquet

SPEC = Path(__file__).parents[2] / "specs" / "mobilenet_v2.yaml"
LARGE = 2**40


@pytest.fixture(scope="module")
def rows() -> convcost.Sweep:
    axes = ["width=0.5,1/3", f"batch=1,{LARGE}", "dtype=int8,float16"]
    return convcost.sweep(SPEC, axes, metrics=["macs", "params", "intensity"])


def held(table: dict[str, list[Any]], rows: convcost.Sweep) -> None:
    for name in ("batch", "dtype", "macs", "params", "intensity"):
        assert table[name] == rows.columns[name].tolist()
    assert table["width"] == [float(one) for one in rows.columns["width"]]
    assert max(table["macs"]) > 2**63


def test_pandas(rows: convcost.Sweep) -> None:
    pytest.importorskip("pandas", reason="the extra `pandas` is not installed")
    held(rows.to_pandas().to_dict("list"), rows)


def test_arrow(rows: convcost.Sweep) -> None:
    pytest.importorskip("pyarrow", reason="the extra `parquet` is not installed")
    held(rows.to_arrow().to_pydict(), rows)


def test_parquet(rows: convcost.Sweep) -> None:
    pytest.importorskip("pyarrow", reason="the extra `parquet` is not installed")
    reader: Any = import_module("pyarrow.parquet")
    file = BytesIO()
    parquet(rows, file)
    held(reader.read_table(BytesIO(file.getvalue())).to_pydict(), rows)
