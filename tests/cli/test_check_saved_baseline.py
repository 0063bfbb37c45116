"""`check --baseline`: a file that was saved before, and what is none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from checked import GROWTH, document, refused, states
from repository import Repository, spec

if TYPE_CHECKING:
    from collections.abc import Callable

    from running import Ran

    Run = Callable[..., Ran]

ONNX = Path(__file__).parent.parent / "data" / "onnx"


def test_a_saved_baseline(run: Run, repo: Repository, monkeypatch: pytest.MonkeyPatch):
    repo.write("models/a.yaml", spec(4, GROWTH))
    repo.write("models/b.yaml", spec(4, GROWTH))
    repo.write("saved/.keep", "")
    assert run("baseline", "-o", "saved/before.json") == (0, "", "")
    first = (repo.folder / "saved/before.json").read_bytes()
    assert run("baseline", "models", "-o", "saved/before.json").code == 0
    assert (repo.folder / "saved/before.json").read_bytes() == first
    repo.write("models/a.yaml", spec(5, GROWTH))
    (repo.folder / "models/b.yaml").unlink()
    repo.write("models/c.yaml", spec(5, GROWTH))
    monkeypatch.chdir(repo.folder / "models")
    found = document(run, "--baseline", "../saved/before.json")
    assert found["base"] == "../saved/before.json"
    assert states(found) == {"a.yaml": "changed", "c.yaml": "new", "b.yaml": "deleted"}
    (limit,) = found["models"][0]["limits"]
    assert (limit["before"], limit["change"]) == (4 * 29 * 36, 29 * 36)
    assert [layer["name"] for layer in limit["layers"]] == ["stem", "head"]


def test_a_saved_analysis_is_a_baseline(run: Run, repo: Repository):
    repo.write("a.yaml", spec(4, GROWTH))
    assert run("analyze", "a.yaml", "--format", "json", "-o", "before.json").code == 0
    repo.write("a.yaml", spec(5, GROWTH))
    found = document(run, "--baseline", "before.json")
    (limit,) = found["models"][0]["limits"]
    assert (limit["before"], limit["change"]) == (4 * 29 * 36, 29 * 36)


NESTED = """\
input: [3, 8, 8]
layers:
  - {{op: conv_bn_relu, name: stem, out_channels: 8}}
  - {{op: bottleneck, name: block, width: {width}, expansion: 1}}
budget:
  layers:
    block.reduce: {growth}
    block.residual1.body.spatial: {growth}
    "*.conv_bn1.conv1": {growth}
"""


def test_a_baseline_with_former_names(run: Run, repo: Repository):
    """Written before names were short, and limits by both."""
    repo.write("a.yaml", NESTED.format(width=4, growth=GROWTH))
    assert run("baseline", "-o", "new.json") == (0, "", "")
    new = json.loads((repo.folder / "new.json").read_text())
    layers = new["models"]["a.yaml"]["layers"]
    for layer in layers:
        layer["name"] = layer.pop("path", layer["name"])
    assert layers[3]["name"] == "block.residual1.body.reduce.conv_bn1.conv1"
    (repo.folder / "old.json").write_text(json.dumps(new))
    repo.write("a.yaml", NESTED.format(width=5, growth=GROWTH))
    found = [document(run, "--baseline", name)["models"] for name in ("new.json", "old.json")]
    assert found[0] == found[1]
    reduced, spatial, several = found[0][0]["limits"]
    assert [layer["name"] for layer in reduced["layers"]] == ["block.reduce"]
    assert (reduced["before"], reduced["value"]) == (8 * 4 * 64, 8 * 5 * 64)
    assert (spatial["before"], spatial["value"]) == (9 * 4 * 4 * 64, 9 * 5 * 5 * 64)
    assert several["before"] == 3 * 8 * 64 + reduced["before"] + spatial["before"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "there is no such file"),
        ("{", "this is not JSON, so it is not a baseline"),
        ("[" * 100_000, "this is not JSON, so it is not a baseline"),
        ("[]", "this is not a baseline of models"),
        ('{"convcost": 1}', "this is not a baseline of models"),
        (
            '{"convcost": 1, "models": {"a.yaml": {"name": "a"}}}',
            "this is not a baseline of models",
        ),
        (
            '{"convcost": 1, "models": {"a.yaml": {"name": "a", "totals": {"params": 1.5}, '
            '"layers": [], "receptive_field": [], "unknown": []}}}',
            "this is not a baseline of models",
        ),
        ('{"convcost": 2}', "this convcost reads version 1, and here is 2"),
        ('{"convcost": "\\u001b[2J"}', "this convcost reads version 1, and here is '\\x1b[2J'"),
    ],
)
def test_what_is_no_baseline(run: Run, repo: Repository, content: str | None, says: str):
    repo.write("a.yaml", spec())
    if content is not None:
        repo.write("before.json", content)
    assert refused(run("check", "--baseline", "before.json")) == (
        f"before.json: {says}\n  `convcost baseline -o before.json` writes one\n"
    )
