"""Exported programs of PyTorch on the command line: sizes, sources, refusals and rules."""

from __future__ import annotations

import json
import shutil
import zipfile
from typing import TYPE_CHECKING

import pytest
from running import ROOT

import convcost
from convcost.errors import ConvcostError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from running import Ran

    Run = Callable[..., Ran]

DATA = ROOT / "tests" / "data" / "pt2"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of work, with the small exports in it."""
    for path in DATA.glob("*.pt2"):
        shutil.copy(path, tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def edited(path: Path, change: Callable[[str], str]) -> str:
    """A program with its text changed."""
    with zipfile.ZipFile(path) as archive:
        name = archive.namelist()[0]
        text = archive.read(name).decode()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, change(text))
    return str(path)


def test_a_file_that_is_none(run: Run, here: Path) -> None:
    (here / "model.pt2").write_bytes(b"PK")
    ran = run("analyze", "model.pt2")
    assert ran.code == 2
    assert ran.err == (
        "model.pt2: the file is not a zip archive, as torch.export.save writes: it may be cut off\n"
    )


@pytest.mark.usefixtures("here")
def test_open_sizes_are_asked_for(run: Run) -> None:
    ran = run("analyze", "open.pt2")
    assert ran.code == 2
    assert ran.err == (
        "open.pt2: input 'image' leaves sizes open (3x?x?): give them, as in "
        "--input image=3x224x224, or --dim s73=224 --dim s6=224\n"
    )


@pytest.mark.usefixtures("here")
def test_open_sizes_that_are_given() -> None:
    network = convcost.load("open.pt2", dims={"s73": 64, "s6": 32}, batch=3)
    assert network.inputs["image"].shape == (3, 3, 64, 32)
    # 27 products for each of 8 channels at 32x16 positions, 8 x 5 in the last layer, by hand
    assert convcost.analyze(network).totals["macs"] == 3 * (27 * 8 * 32 * 16 + 40)
    with pytest.raises(ConvcostError, match="the model has no input `z`"):
        convcost.load("open.pt2", inputs={"z": (3, 8, 8)})


@pytest.mark.parametrize("name", ["unet", "resnet18", "swin_t", "lstm"])
@pytest.mark.usefixtures("here")
def test_more_samples_than_the_program_fixes(name: str) -> None:
    one, eight = (convcost.analyze(convcost.load(f"{name}.pt2", batch=n)) for n in (None, 8))
    assert eight.totals["macs"] == 8 * one.totals["macs"]
    assert eight.totals["params"] == one.totals["params"]


@pytest.mark.usefixtures("here")
def test_layers_are_called_as_their_modules() -> None:
    network = convcost.load("resnet18.pt2")
    names = [layer.name for layer in network.layers]
    assert names[:4] == ["conv1", "bn1", "relu", "maxpool"]
    assert "layer4.0.downsample.0" in names
    assert {layer.source.path for layer in network.layers if layer.source} == {
        "torchvision/models/resnet.py"
    }


def test_lint_points_at_the_program(run: Run, here: Path) -> None:
    (here / "nets").mkdir()
    (here / "nets" / "model.py").write_text("")
    path = edited(
        here / "unet.pt2",
        lambda text: text.replace("benchmarks/exported_modules.py", "/srv/ci/nets/model.py"),
    )
    ran = run("lint", path)
    assert ran.out.startswith("nets/model.py:25:1: CC201 warning down.0: ")
    annotated = run("lint", path, "--format", "github")
    assert annotated.out.startswith("::warning file=nets/model.py,line=25,col=1,title=CC201 down.0")
    assert run("explain", path, "down.0").out.splitlines()[2] == "nets/model.py:25"


def test_an_operator_that_is_not_known(here: Path) -> None:
    path = edited(
        here / "unet.pt2",
        lambda text: text.replace(
            "torch.ops.aten.max_pool2d.default", "torch.ops.acme.swirl.default"
        ),
    )
    network = convcost.load(path)
    said = "max_pool2d (acme.swirl): convcost does not know this operator; it makes 1x8x16x16"
    assert network.unknown == [said]
    rules = {"acme.swirl": {"macs": "batch * 100"}}
    ruled = convcost.analyze(convcost.load(path, operators=rules))
    assert ruled.complete
    assert ruled.totals["macs"] == convcost.analyze(network).totals["macs"] + 100


def test_a_shape_that_differs_is_said(here: Path) -> None:
    def change(text: str) -> str:
        program = json.loads(text)
        sizes = program["graph_module"]["graph"]["tensor_values"]["max_pool2d"]["sizes"]
        sizes[3] = {"as_int": 15}
        return json.dumps(program)

    network = convcost.load(edited(here / "unet.pt2", change))
    assert network.unknown[0] == (
        "max_pool2d (aten.max_pool2d): convcost makes [1, 8, 16, 16] of it and the program "
        "[1, 8, 16, 15], which is a mistake of one of them: please report it; it makes 1x8x16x15"
    )


def test_what_nothing_reads_is_said_in_one_line(run: Run, here: Path) -> None:
    ran = run("analyze", here / "shared.pt2")
    assert ran.err.endswith(
        "21 parameters are counted that no layer reads, since the module has them: unused.weight, "
        "unused.bias\n"
    )


def test_without_weights_twins_are_taken_for_the_same(here: Path) -> None:
    """A module that is called twice has two names in a program, of which one is read."""
    whole = convcost.analyze(convcost.load("resnet18.pt2")).totals["params"]
    path = edited(
        here / "resnet18.pt2",
        lambda text: text.replace(
            '"arg":{"as_tensor":{"name":"p_layer1_1_conv1_weight"}}',
            '"arg":{"as_tensor":{"name":"p_layer1_0_conv1_weight"}}',
        ),
    )
    network = convcost.load(path)
    assert whole - convcost.analyze(network).totals["params"] == 64 * 64 * 9
    (said,) = network.doubts
    assert said.endswith("those of layer1.1.conv1 for those of layer1.1.conv2")
