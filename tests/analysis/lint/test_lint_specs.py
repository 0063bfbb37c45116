"""Published networks: what is found in them is what their critics found."""

from __future__ import annotations

from pathlib import Path

import pytest

import convcost
from convcost.analysis.lint import lint
from convcost.finding import Level

SPECS = Path(__file__).parent.parent.parent.parent / "specs"
WARNINGS = {
    "alexnet_2012.yaml": ["CC303"],  # on purpose: one half on each GPU
    "deform_per_channel.yaml": ["CC203"],  # a layer and a classifier, to show the layer
    "examples/transposed.yaml": ["CC102"],  # shows it
    "m5.yaml": ["CC201"],  # as its authors have it
    "unet_3d.yaml": ["CC201", "CC201"],  # as its paper has it
    "wavenet.yaml": ["CC202"],  # the last block's part for a next one
}
MOST = 3


@pytest.mark.parametrize("path", sorted(SPECS.rglob("*.yaml")), ids=lambda path: path.stem)
def test_a_published_network_has_few_findings(path: Path):
    found = lint(convcost.load(str(path)), str(path))
    named = [f.code for f in found if f.level is not Level.NOTE]
    assert named == WARNINGS.get(path.relative_to(SPECS).as_posix(), [])
    assert len(found) <= MOST
    assert all(f.source is not None and f.source.path == str(path) for f in found)
