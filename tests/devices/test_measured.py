"""Tables of measured times: headings, units, and what is wrong where."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from convcost.devices.measured import measured, of_device
from convcost.errors import ConvcostError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from convcost.devices.measured import Measurement


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def rows(folder: Path, text: str) -> Sequence[Measurement]:
    (folder / "t.csv").write_text(text)
    return measured("t.csv")


def refused(folder: Path, text: str) -> str:
    with pytest.raises(ConvcostError) as error:
        rows(folder, text)
    return str(error.value)


@pytest.mark.parametrize(
    ("heading", "cell", "nanoseconds"),
    [
        ("time", "1.5 ms", 1_500_000),
        ("time", "20us", 20_000),
        ("time", "2 s", 2_000_000_000),
        ("time_ms", "1.5", 1_500_000),
        ("Time ms", "1.5 ms", 1_500_000),
        ("step_time", "12.45", 12_450_000),
        ("infer_step_time", "1e-3", 1_000),
        ("throughput", "4000", 16_000_000),
        ("infer_samples_per_sec", "3", Fraction(64 * 10**9, 3)),
    ],
)
def test_times_in_their_units(folder: Path, heading: str, cell: str, nanoseconds: int) -> None:
    (row,) = rows(folder, f"model,batch,{heading},note\nnet,64,{cell},x\n")
    assert (row.model, row.batch, row.time) == ("net", 64, nanoseconds)


def test_the_table_that_timm_writes(folder: Path) -> None:
    """Two rows of timm's, and what a batch took by either of its columns."""
    text = (
        "model,infer_samples_per_sec,infer_step_time,infer_batch_size,infer_img_size,param_count,"
        "infer_gmacs,infer_macts\n"
        "test_vit,109337.21,9.356,1024,160,0.37,0.04,0.48\n"
        "resnet50,3219.06,318.095,1024,224,25.56,4.11,11.11\n"
    )
    first, second = rows(folder, text)
    assert (first.batch, first.img_size, first.dtype, first.line) == (1024, 160, None, 2)
    assert abs(second.time - 318_095_000) < 20_000


def test_words_for_types_of_numbers(folder: Path) -> None:
    words = ("amp", "fp16", "bfloat16", "FP32", "int8", "")
    text = "model,time_s,precision\n" + "".join(f"net,1,{word}\n" for word in words)
    found = [row.dtype for row in rows(folder, text)]
    assert found == ["float16", "float16", "bfloat16", "float32", "int8", None]


def test_mistakes_stand_where_they_are(folder: Path) -> None:
    text = "model,batch,time\nnet,0, 3 ms\nnet,8,3\nnet,8,3 hours\n,1,1 s\nnet,8\nnet,8,\n"
    assert refused(folder, text).splitlines() == [
        "t.csv:2:5: batch is a whole number above 0, and here is `0`",
        "    2 | net,0, 3 ms",
        "      |     ^",
        "t.csv:3:7: a time has a unit: write 3 ms, or name the column `time_ms`, and here is `3`",
        "    3 | net,8,3",
        "      |       ^",
        "t.csv:4:7: a time is a number above 0 with a unit (s, ms, us, ns), and here is `3 hours`",
        "    4 | net,8,3 hours",
        "      |       ^^^^^^^",
        "t.csv:5:1: the row names no model",
        "    5 | ,1,1 s",
        "      | ^^^^^^",
        "t.csv:6:1: the row has 2 cells, and there are 3 headings",
        "    6 | net,8",
        "      | ^^^^^",
        "t.csv:7:1: the row has no time",
        "    7 | net,8,",
        "      | ^^^^^^",
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "t.csv: there is nothing in it"),
        ("net,batch,time\na,1,1 s\n", "t.csv:1:1: there is no column `model`: the network"),
        ("model,batch\na,1\n", "t.csv:1:1: there is no column `time`, nor `throughput`"),
        ("model,time,time\na,1 s,1 s\n", "t.csv:1:12: a second column says the time"),
        ("model,time_ms\na,1 s\n", "t.csv:2:3: a time is a number above 0 with a unit"),
        ("model,throughput\na,9\n", "t.csv:2:3: a throughput comes in batches: give a `batch`"),
        ("model,batch,throughput\na,2,0\n", "t.csv:2:5: a throughput is a number of samples a"),
        ("model,time_s,dtype\na,1,float17\n", "t.csv:2:5: there is no type of numbers `float17`"),
        ('model,time_s\n"a,1\n', "t.csv:3:1: this is not CSV: "),
    ],
)
def test_what_is_no_table(folder: Path, text: str, says: str) -> None:
    assert refused(folder, text).startswith(says)


@pytest.mark.parametrize(
    ("data", "says"), [(b"a\0", "binary"), (b"a" * (4 * 2**20 + 1), "larger than 4 MiB")]
)
def test_files_that_are_no_text(folder: Path, data: bytes, says: str) -> None:
    (folder / "t.csv").write_bytes(data)
    with pytest.raises(ConvcostError) as error:
        measured("t.csv")
    assert str(error.value) == f"t.csv: this is {says}, and a table is CSV text"


def test_a_time_and_a_throughput_that_do_not_agree(folder: Path) -> None:
    """64 samples in 2 s are 32 a second."""
    kept = "model,batch,time,throughput\nnet,64,2 s,31.5\n"
    assert len(rows(folder, kept)) == 1
    assert refused(folder, kept.replace("2 s", "2 ms")).startswith(
        "t.csv:2:1: the time and the throughput do not agree: `2 ms` and `31.5`, in batches of 64\n"
    )


def test_the_device_of_a_table(folder: Path) -> None:
    text = "model,time_s,device\na,1,t4\nb,1,t4\n"
    found = rows(folder, text)
    assert of_device(found, None) == ("t4", found)
    both = rows(folder, f"{text}c,1,a10\n")
    assert [row.model for row in of_device(both, "a10")[1]] == ["c"]
    with pytest.raises(ConvcostError, match=r"^the table names several devices: `t4` and `a10`\n"):
        of_device(both, None)
    with pytest.raises(ConvcostError, match=r"^nothing was measured on `l4`: the table names `t4`"):
        of_device(found, "l4")
    with pytest.raises(ConvcostError, match=r"^the table names no device\n"):
        of_device(rows(folder, "model,time_s\na,1\n"), None)
