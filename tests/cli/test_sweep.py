"""``convcost sweep``: what it prints, writes and refuses."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from running import Ran

    Run = Callable[..., Ran]

SPEC = str(Path(__file__).parents[2] / "specs" / "mobilenet_v1.yaml")
ASKED = (SPEC, "width=0.5,1", "side=128:224:32")


def test_a_table(run: Run) -> None:
    ran = run("sweep", *ASKED, "--metrics", "macs,params", "--pareto", "macs,width")
    assert ran.err == ""
    head = ran.out.splitlines()[:6]
    assert head[0].endswith("2 of 8 candidates on the Pareto front")
    assert head[2].split() == ["width", "side", "MACs", "params"]
    assert head[5].split() == ["1", "128", "186,400,768", "4,231,976"]
    assert "width from below, MACs from the left" in ran.out


def test_formats_have_the_same_rows(run: Run, tmp_path: Path) -> None:
    said = run("sweep", *ASKED, "--format", "csv").out
    rows = list(csv.DictReader(io.StringIO(said)))
    document = json.loads(run("sweep", *ASKED, "--format", "json").out)
    assert document["candidates"] == document["valid"] == len(rows) == 8
    assert [[str(cell) for cell in row] for row in document["rows"]] == [
        [*r.values()] for r in rows
    ]
    assert rows[0]["width"] == "0.5"
    run("sweep", *ASKED, "-o", str(tmp_path / "rows.csv"))
    assert (tmp_path / "rows.csv").read_text() == said
    assert [path.name for path in tmp_path.iterdir()] == ["rows.csv"]


def test_a_picture(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "sweep.svg"
    assert run("sweep", *ASKED, "--pareto", "macs,side", "-o", str(path)).code == 0
    drawn = ElementTree.fromstring(path.read_text())
    kinds = [one.tag.rpartition("}")[2] for one in drawn]
    assert kinds.count("circle") == 4
    assert kinds.count("path") == 1


def test_the_front_of_a_picture_goes_up_from_left_to_right(run: Run, tmp_path: Path) -> None:
    """Larger sides are further right, and more MACs further up, in whatever order they come."""
    path = tmp_path / "sweep.svg"
    run("sweep", SPEC, "side=160,224,128,192", "--metrics", "macs", "-o", str(path))
    (line,) = ElementTree.fromstring(path.read_text()).iter("{http://www.w3.org/2000/svg}path")
    points = [part.split() for part in line.attrib["d"][1:].split(" L")]
    across, down = ([int(number) for number in axis] for axis in zip(*points, strict=True))
    assert len(points) == len({*across}) == len({*down}) == 4
    assert across == sorted(across)
    assert down == sorted(down, reverse=True)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("widht=1,2",), "has no var `widht`"),
        (("width=1,2", "--where", "macs < "), "is not a condition"),
        (("width=1,2", "--by", "macs"), "--by orders the rows that --top keeps: give --top, too"),
        (("width=1,2", "--resume"), "there is no file to continue"),
        (("width=1,2", "width=3"), "is given twice"),
        (("dtype=int8,int5",), "axis `dtype`: `int5` is not a type of numbers"),
        (("dtype=0",), "axis `dtype`: `0` is not a type of numbers"),
        (("width=1:2:0",), "a range goes up: start:stop:step with a step above 0"),
        (("width=2:1:0.5",), "a range goes up"),
        (("side=1:1000000:1", "batch=1:1000000:1"), "a sweep prices at most 10,000,000,000"),
        (("width=1", "--where", "macs < 5MB"), "has counts and bytes beside each other"),
        (("width=1", "--by", "t4.bound", "--top", "1", "--where", "t4.bound < 5"), "its unit"),
        (("input.7=1,2",), "input 'input' has 3 sizes, numbered from 0"),
        (("width=1", "--pareto", "macs:up"), "`min` or `max` is wanted after the colon"),
    ],
)
def test_what_is_refused(run: Run, words: tuple[str, ...], says: str) -> None:
    ran = run("sweep", SPEC, *words)
    if says.startswith("input 'input'"):
        assert "no networks" in ran.out
        assert says in ran.out
        assert ran.code == 1
        return
    assert ran.code == 2
    assert says in ran.err
    assert ran.out == ""


@pytest.mark.parametrize(
    "words", [("sweep", "side=64"), ("fit", "--vars", "side", "--budget", "macs=1M")]
)
def test_an_exported_model_is_made_a_spec_first(words: tuple[str, ...], run: Run) -> None:
    command, *more = words
    ran = run(command, "net.onnx", *more)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.endswith(
        "Invalid value for 'SPEC': net.onnx is an exported model, which has no vars: "
        "`convcost expand net.onnx -o spec.yaml` makes it a spec\n"
    )


def test_reasons_are_a_line_each(run: Run) -> None:
    ran = run("sweep", "conv_tasnet", "side=3")
    assert ran.out.split("no networks:\n")[1] == (
        "1: conv_tasnet:15:18: layer 'encoder': the window spans 16 positions of spatial axis 0, "
        "and the padded input has 3; its input is 'input' [1, 3]\n"
    )


def test_there_is_nothing_to_resume(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    ran = run("sweep", *ASKED, "-o", str(path), "--resume")
    assert ran.code == 2
    assert "there is no sweep to continue" in ran.err
    (tmp_path / "rows.csv.sweep").write_text('{"sweep": "x"}')
    assert "belongs to another sweep" in run("sweep", *ASKED, "-o", str(path), "--resume").err
    (tmp_path / "rows.csv.sweep").write_text("no")
    assert "is not an interrupted sweep" in run("sweep", *ASKED, "-o", str(path), "--resume").err


def test_candidates_that_are_left_out_of_rows_are_said_to_be(run: Run) -> None:
    ran = run("sweep", SPEC, "side=1,224", "batch=0,1", "--format", "csv")
    assert ran.code == 0
    assert len(ran.out.splitlines()) == 3
    assert ran.err == (
        "2 of 4 candidates are not networks; 2 of them because of this: axis batch: 0 is not a "
        "whole number from 1 up\n"
    )
    ran = run("sweep", SPEC, "batch=0", "--format", "csv")
    assert ran.code == 1
    assert ran.out == "batch,params,macs,weight_bytes,traffic_bytes,peak_activation_bytes\n"


def test_figures_of_others_are_columns(run: Run) -> None:
    ran = run(
        "sweep", SPEC, "width=0.5,1", "--top", "1", "--by", "thop.macs", "--metrics", "t4.bound"
    )
    assert ran.out.splitlines()[2].split() == ["width", "t4.bound", "thop.macs"]
    assert ran.out.splitlines()[4].split() == ["0.5", "36.9", "us", "159,608,064"]
