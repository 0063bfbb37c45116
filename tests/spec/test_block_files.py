"""Files of blocks alone: what can be seen in them without a call, and nothing else."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
import yaml
from spec_support import ROOT

import convcost
from convcost.errors import ConvcostError, SpecError
from convcost.spec.block_files import holds_only_blocks, load_blocks

if TYPE_CHECKING:
    from pathlib import Path

LIBRARY = sorted((ROOT / "convcost" / "library").glob("*.yaml"))
SPECS = sorted([*(ROOT / "specs").rglob("*.yaml"), *(ROOT / "tests/data/papers").glob("*.yaml")])


def mistakes(text: str) -> list[str]:
    """Where something is wrong, and what."""
    try:
        load_blocks("blocks.yaml", lambda _: text.encode())
    except SpecError as error:
        return [f"{p.source.line if p.source else 0}: {p.message}" for p in error.problems]
    return []


def body(*layers: str, args: str = "{out: ~, n: 2}") -> str:
    lines = "".join(f"      - {layer}\n" for layer in layers)
    return f"blocks:\n  body:\n    args: {args}\n    layers:\n{lines}"


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.stem)
def test_blocks_of_the_library_have_no_mistake(path: Path):
    text = "".join(f"    {line}" for line in path.read_text().splitlines(keepends=True))
    text = f"blocks:\n  mine:\n{text}"
    assert holds_only_blocks(text.encode())
    assert mistakes(text) == []


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_blocks_of_specs_lack_nothing_but_their_vars(path: Path):
    spec = yaml.safe_load(path.read_text())
    if "blocks" not in spec:
        return
    found = mistakes(f"blocks: {json.dumps(spec['blocks'])}\n")  # JSON is YAML
    names = [re.search(r"unknown name `(\w+)`", one) for one in found]
    assert all(name and name[1] in spec["vars"] for name in names), found


@pytest.mark.parametrize(
    ("layers", "said"),
    [
        (["{op: cnov, out_channels: 8, kernel_size: 3}"], "5: unknown op or block `cnov`"),
        (["{op: conv, out_channels: out, kernel_sise: 3}"], "`kernel_sise`"),
        (["{op: conv, out_channels: otu, kernel_size: 3}"], "5: unknown name `otu`"),
        (["{op: conv, out_channels: 2 *, kernel_size: 3}"], "5: "),
        (["{op: conv, out_channels: out, kernel_size: 3, stride: 0}"], "stride is 0"),
        (["{op: relu, from: before}"], "5: there is no layer `before` here"),
        (["{op: body, wdth: 3, out: 2}"], "5: block `body` has no argument `wdth`"),
        (["{repeat: n, layers: [{op: relu, from: lost}]}"], "5: there is no layer `lost` here"),
        (["{op: relu, when: out > 3, from: lost}"], "5: there is no layer `lost` here"),
        (
            ["{op: branches, paths: [[relu], {when: n > 1, layers: [{op: relu, from: lost}]}]}"],
            "5: there is no layer `lost` here",
        ),
        (["{op: table, columns: [c], rows: [[1]], layers: [{op: relu, from: x}]}"], "`x` here"),
    ],
)
def test_names_fields_and_values(layers: list[str], said: str):
    (found,) = mistakes(body(*layers))
    assert said in found


@pytest.mark.parametrize(
    "layers",
    [
        [
            "{op: conv, name: a, out_channels: out * n, kernel_size: 3}",
            "{op: add, from: [a, input]}",
        ],
        ["{repeat: n, layers: [{op: conv, out_channels: 3, kernel_size: 3, share: true}]}"],
        ["{op: conv, out_channels: 3, kernel_size: 3, repeat: n, share: true}"],
        ["{op: relu, when: out == swish}"],  # a word that a caller may give
        ["{op: dropout, name: d, repeat: n}", "{op: relu, from: d.1}", "{op: add, from: d.*}"],
        ["{op: body, name: deep, out: n, when: n > 1}", "{op: relu, from: deep.conv1}"],
        ["{op: conv, out_channels: in_channels, kernel_size: 3, groups: in_channels}"],
    ],
)
def test_what_only_a_call_can_tell_is_silent(layers: list[str]):
    assert mistakes(body(*layers)) == []


def test_outputs_and_inputs_of_a_block():
    text = "blocks:\n  two:\n    inputs: [a, b]\n    layers:\n      - {op: add, from: [a, b]}\n"
    assert mistakes(text) == []
    assert mistakes(f"{text}    outputs: [c]\n") == ["6: there is no layer `c` here"]


def test_a_var_of_the_file_is_none_of_its_blocks():
    text = "vars: {width: 8}\n" + body("{op: conv, out_channels: width, kernel_size: 3}")
    assert mistakes(text) == ["6: unknown name `width`"]
    spec = "include: blocks.yaml\ninput: [3, 8, 8]\nlayers: [{op: body, out: 3}]\n"
    files = {"net.yaml": spec.encode(), "blocks.yaml": text.encode()}
    with pytest.raises(ConvcostError, match="unknown name `width`"):
        convcost.load("net.yaml", read=files.__getitem__)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("blocks: {a: {layers: [relu]}}\n", True),
        ("{blocks: {a: {layers: [relu]}}}\n", True),
        ("# blocks\ninclude: other.yaml\n", True),
        ("blocks: {a: {layers: [relu]}}\ninput: [3, 8, 8]\n", False),
        ("blocks: {a: {layers: [relu]}}\nlayers: [relu]\n", False),
        ('blocks: {}\n"layers": [relu]\n', False),
        ("blocks: [\n", False),
        ("name: blocks\n", False),
    ],
)
def test_which_files_they_are(text: str, is_one: bool):
    assert holds_only_blocks(text.encode()) is is_one
