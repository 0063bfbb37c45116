"""``analyze`` of folders: a row a file, whoever works it out."""

from __future__ import annotations

import csv
import io
import json
import shutil
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from running import ROOT

import convcost
from convcost.loading import needed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from running import Ran

    Run = Callable[..., Ran]

DATA = ROOT / "tests" / "data"
MODELS = ("onnx/dcgan__ts13.onnx", "onnx/resnet18__ts17.onnx")
METRICS = ("params", "macs", "weight_bytes", "traffic_bytes", "peak_activation_bytes")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two models, two specs, one of which includes a file, what cannot be read, and what is no
    model."""
    folder = tmp_path_factory.mktemp("zoo")
    (folder / "deep" / "er").mkdir(parents=True)
    for model in MODELS:
        shutil.copy(DATA / model, folder / "deep")
    shutil.copy(ROOT / "specs" / "alexnet.yaml", folder / "deep" / "er")
    (folder / "blocks.yaml").write_text("blocks:\n  unit:\n    layers: [{op: relu}]\n")
    (folder / "own.yaml").write_text(
        "input: [3, 8, 8]\ninclude: blocks.yaml\n"
        "layers: [{op: unit}, {op: conv, out_channels: 4, kernel_size: 3}]\n"
    )
    (folder / "text.onnx").write_text("this is not a model")
    (folder / "wrong.yaml").write_text("input: [3, 8, 8]\nlayers:\n  - {op: cnv}\n")
    (folder / "other.yaml").write_text("name: something else\n")
    (folder / ".hidden").mkdir()
    shutil.copy(DATA / MODELS[0], folder / ".hidden")
    return folder


@pytest.fixture
def run_in(run: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command line in a folder."""

    def run_in(cwd: Path, *arguments: str) -> Ran:
        monkeypatch.chdir(cwd)
        return run(*arguments)

    return run_in


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


FILES = [
    "own.yaml",
    "text.onnx",
    "wrong.yaml",
    "deep/dcgan__ts13.onnx",
    "deep/resnet18__ts17.onnx",
    "deep/er/alexnet.yaml",
]


def test_a_row_a_file(run_in: Run, folder: Path) -> None:
    """Figures are those of each file alone; what cannot be read has its reason, and exits 2."""
    ran = run_in(folder, "analyze", ".", "--format", "csv")
    assert ran.code == 2
    assert ran.err == (
        "2 of 6 files could not be read: text.onnx: this is text, not an ONNX model\n"
    )
    rows = rows_of(ran.out)
    assert [row["file"] for row in rows] == FILES
    for row in rows:
        if row["file"] in ("text.onnx", "wrong.yaml"):
            assert set(list(row.values())[2:]) == {""}
            continue
        totals = convcost.analyze(convcost.load(folder / row["file"])).totals
        assert {name: int(row[name]) for name in METRICS} == {n: totals[n] for n in METRICS}
        assert (row["complete"], row["reason"]) == ("true", "")
    assert rows[2]["reason"].startswith("wrong.yaml:3:10: ")
    assert "|" not in rows[2]["reason"]
    last = rows[-1]
    assert (last["inputs"], last["outputs"], last["layers"]) == ("3x224x224", "1000", "22")


@pytest.mark.parametrize("format_", ["csv", "json", "text", "markdown"])
def test_several_processes_change_nothing(run_in: Run, folder: Path, format_: str) -> None:
    alone = run_in(folder, "analyze", "deep", "--format", format_)
    assert alone.code == 0
    assert run_in(folder, "analyze", "deep", "--format", format_, "--jobs", "2") == alone


def test_documents(run_in: Run, folder: Path) -> None:
    ran = run_in(folder, "analyze", ".", "--format", "json")
    jsonschema.validate(
        json.loads(ran.out), json.loads(run_in(folder, "schema", "--output", "analyze").out)
    )
    files: list[dict[str, Any]] = json.loads(ran.out)["files"]
    assert [file["file"] for file in files] == FILES
    assert files[1] == {
        "file": "text.onnx",
        "reason": "text.onnx: this is text, not an ONNX model",
    }
    alone = json.loads(run_in(folder, "analyze", "own.yaml", "--format", "json").out)
    assert {name: files[0][name] for name in ("network", "complete", "totals", "assumes")} == {
        name: alone[name] for name in ("network", "complete", "totals", "assumes")
    }


def test_orders_and_words(run_in: Run, folder: Path) -> None:
    """Files of folders, of patterns and by name, each once."""
    ran = run_in(folder, "analyze", "deep/**/*.yaml", "own.yaml@3x9x9", "deep/er", "--sort", "macs")
    assert [line.split()[0] for line in ran.out.splitlines()[2:]] == [
        "deep/er/alexnet.yaml",
        "own.yaml@3x9x9",
    ]
    top = run_in(folder, "analyze", "deep", "--sort", "params", "--top", "1", "--format", "csv")
    assert [row["file"] for row in rows_of(top.out)] == ["deep/er/alexnet.yaml"]


def test_what_is_set_for_all(run_in: Run, folder: Path) -> None:
    """Counts of tools and times on devices are columns; batches and types hold for each."""
    options = ("--device", "rtx3090", "--convention", "thop", "--batch", "2", "--format", "csv")
    ran = run_in(folder, "analyze", "deep/er", "--jobs", "2", *options)
    (row,) = rows_of(ran.out)
    alone = run_in(folder, "analyze", "deep/er/alexnet.yaml", *options[:-1], "json")
    totals = json.loads(alone.out)["totals"]
    assert {"thop.macs", "rtx3090.bound"} <= totals.keys()
    for name, total in totals.items():
        assert float(row[name]) == total, name


def test_no_model(run_in: Run, tmp_path: Path) -> None:
    ran = run_in(tmp_path, "analyze", "nothing")
    said, note = "nothing: there is no such file\n", "`convcost specs` lists the networks"
    assert (ran.code, ran.err) == (2, f"{said}  {note} that come with convcost\n")
    (tmp_path / "nothing").mkdir()
    ran = run_in(tmp_path, "analyze", "nothing")
    assert ran.code == 3
    assert ran.err.startswith("no spec and no exported model is in nothing\n")


def test_links_stay_inside(run_in: Run, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "net.yaml").symlink_to(folder / "own.yaml")
    ran = run_in(tmp_path, "analyze", "in", "--format", "csv")
    assert ran.code == 2
    assert "leads outside of its folder" in rows_of(ran.out)[0]["reason"]


@pytest.mark.parametrize("strict", [(), ("--strict",)])
def test_strict(run_in: Run, tmp_path: Path, strict: tuple[str, ...]) -> None:
    """Sizes that depend on data are assumed, and said."""
    shutil.copy(DATA / "onnx" / "deform__ts19.onnx", tmp_path)
    ran = run_in(tmp_path, "analyze", ".", *strict, "--format", "csv")
    (row,) = rows_of(ran.out)
    known = row["complete"] == "true" and not row["reason"]
    assert ran.code == (1 if strict and not known else 0)


def test_a_terminal_lists_as_many_as_it_has_lines(
    on_terminal: Callable[..., str], tmp_path: Path
) -> None:
    for number in range(30):
        (tmp_path / f"n{number:02}.yaml").write_text("input: [3, 8, 8]\nlayers: [{op: relu}]\n")
    shown = on_terminal("analyze", ".", cwd=tmp_path, NO_COLOR="1")
    assert "n18.yaml" in shown
    assert "n19.yaml" not in shown
    assert "and 11 more files: --all lists them" in shown
    assert "n29.yaml" in on_terminal("analyze", ".", "--all", cwd=tmp_path, NO_COLOR="1")


@pytest.mark.parametrize("name", [*MODELS, "pt2"])
def test_files_are_loaded_alike_from_what_is_sent(name: str) -> None:
    """Without their weights: of the same file, no layer and no doubt differs."""
    path = str(next((DATA / "pt2").glob("*.pt2")) if name == "pt2" else DATA / name)
    files = needed(path)
    whole = convcost.load(path)
    sent = convcost.load(path, read=files.__getitem__)
    assert [layer.op for layer in sent.layers] == [layer.op for layer in whole.layers]
    assert convcost.analyze(sent).totals == convcost.analyze(whole).totals
    assert (sent.doubts, sent.unknown, sent.assumes) == (
        whole.doubts,
        whole.unknown,
        whole.assumes,
    )
