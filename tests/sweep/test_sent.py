"""Objects sent to the processes that price blocks: they are complete, and files are left behind."""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path

from convcost.sweeps.asked import asked_of, axes_of
from convcost.sweeps.blocks import Blocks
from convcost.sweeps.subject import Subject

DEVICE = Path(__file__).parents[2] / "convcost" / "devices" / "data" / "rtx3090.yaml"


def test_no_file_is_read_again(tmp_path: Path) -> None:
    """Neither the spec, nor what it includes, nor a device of one's own."""
    folder = tmp_path / "own"
    folder.mkdir()
    shutil.copy(DEVICE, folder / "mine.yaml")
    (folder / "more.yaml").write_text("blocks: {unit: {layers: [{op: relu}]}}\n")
    (folder / "net.yaml").write_text(
        "input: [4, 9, 9]\ninclude: more.yaml\nvars: {n: 2}\n"
        "layers: [{op: conv, out_channels: n, kernel_size: 3}, {op: unit}]\n"
    )
    metrics = ["macs", "mine.bound", "thop.macs"]
    asked = asked_of(axes_of(["n=1:40:1"]), metrics, where="macs > 2000 and n < 33", pareto=["n"])
    blocks = Blocks(Subject(str(folder / "net.yaml"), asked.grid.axes), asked)
    sent = pickle.dumps(blocks)
    shutil.rmtree(folder)
    found, whole = pickle.loads(sent)(0), blocks(0)
    assert whole.columns["n"].tolist() == [32]
    assert {name: values.tolist() for name, values in found.columns.items()} == {
        name: values.tolist() for name, values in whole.columns.items()
    }
    assert found[1:] == whole[1:]
