"""Blocks of other files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from spec_support import names

from convcost.errors import Problem, SpecError
from convcost.spec import load

if TYPE_CHECKING:
    from convcost.network import Network

UNIT = """
blocks:
  unit:
    args: {channels: ~}
    layers: [{op: conv, out_channels: channels, kernel_size: 3}, relu]
"""
TWICE = """
include: ../unit.yaml
blocks:
  twice:
    args: {channels: ~}
    layers: [{op: unit, channels: channels}, {op: unit, channels: channels + 1}]
"""
LAYERS = "input: [3, 8, 8]\nlayers: [{op: unit, channels: 4}, {op: twice, channels: 2}]\n"
PLAIN = "input: [3, 8, 8]\nlayers: [relu]\n"


def loaded(**files: str) -> Network:
    """The network of ``net`` among files, whose names have ``__`` for ``/``."""
    given = {f"{name.replace('__', '/')}.yaml": text for name, text in files.items()}

    def read(path: str) -> bytes:
        if path not in given:
            raise SpecError([Problem(f"{path}: there is no such file")])
        return given[path].encode()

    return load("net.yaml", read=read)


def mistakes(**files: str) -> list[str]:
    with pytest.raises(SpecError) as caught:
        loaded(**files)
    return str(caught.value).split("\n")


def test_blocks_of_files_and_of_the_files_that_they_include() -> None:
    net = loaded(
        net=f"include: [unit.yaml, deep/twice.yaml]\n{LAYERS}", unit=UNIT, deep__twice=TWICE
    )
    assert names(net) == [
        *("unit1.conv1", "unit1.relu1", "twice1.unit1.conv1", "twice1.unit1.relu1"),
        *("twice1.unit2.conv1", "twice1.unit2.relu1"),
    ]
    assert [str(layer.source) for layer in net.layers[:2]] == ["unit.yaml:5", "unit.yaml:5"]
    assert net.layers[-1].outputs[0].sample_shape == (3, 2, 2)


def test_only_the_blocks_of_a_whole_spec_are_used() -> None:
    other = f"name: other\ninput: [1, 1]\nvars: {{a: 1}}\nlayers: [relu]\n{UNIT}"
    net = loaded(
        net="include: other.yaml\ninput: [3, 8, 8]\nlayers: [{op: unit, channels: 1}]", other=other
    )
    assert (net.name, names(net)) == ("net", ["conv1", "relu1"])


def test_a_file_does_not_see_the_blocks_of_those_that_include_it() -> None:
    net = "include: a.yaml\ninput: [3]\nblocks: {b: {layers: [relu]}}\nlayers: [a]"
    assert mistakes(net=net, a="blocks: {a: {layers: [b]}}") == [
        "a.yaml:1:23: unknown op or block `b`",
        "    1 | blocks: {a: {layers: [b]}}",
        "      |                       ^",
    ]


def test_a_mistake_in_an_included_file_has_its_place_there() -> None:
    net = f"include: [unit.yaml, deep/twice.yaml]\n{LAYERS}"
    wrong = UNIT.replace("channels, k", "chanels, k")
    found = mistakes(net=net, unit=wrong, deep__twice=TWICE)
    assert found[0] == "unit.yaml:5:39: unknown name `chanels`"
    assert len([line for line in found if "unknown" in line]) == 1


@pytest.mark.parametrize(
    ("files", "first"),
    [
        (
            {"net": f"include: a.yaml\n{LAYERS}", "a": "include: b.yaml", "b": "include: ./a.yaml"},
            "b.yaml:1:10: files include each other in a circle: a.yaml -> b.yaml -> a.yaml",
        ),
        (
            {"net": f"include: net.yaml\n{LAYERS}"},
            "net.yaml:1:10: files include each other in a circle: net.yaml -> net.yaml",
        ),
        ({"net": f"include: no.yaml\n{LAYERS}"}, "net.yaml:1:10: no.yaml: there is no such file"),
        ({"net": f"include: /a.yaml\n{LAYERS}"}, "net.yaml:1:10: `/a.yaml` is an absolute path"),
        (
            {"net": f"include: [[a]]\n{LAYERS}"},
            "net.yaml:1:11: the path of a file is wanted, and here is a list",
        ),
        (
            {"net": f"include: a.yaml\n{LAYERS}", "a": "[1]"},
            "net.yaml:1:10: `a.yaml` has no `blocks:` to include",
        ),
        (
            {"net": f"include: a.yaml\n{LAYERS}", "a": ""},
            "net.yaml:1:10: `a.yaml` has no `blocks:` to include",
        ),
        (
            {"net": f"include: a.yaml\n{LAYERS}", "a": "layers: [relu]"},
            "net.yaml:1:10: `a.yaml` has no `blocks:` to include",
        ),
        (
            {"net": f"include: a.yaml\n{LAYERS}", "a": "blocs: {}"},
            "net.yaml:1:10: `a.yaml` has no `blocks:` to include",
        ),
        (
            {"net": f"include: [a.yaml, b.yaml]\n{PLAIN}", "a": UNIT, "b": UNIT},
            "net.yaml:1:19: two included blocks are named `unit`",
        ),
        (
            {"net": f"include: a.yaml{UNIT}{PLAIN}", "a": UNIT},
            "net.yaml:3:3: an included block has the name `unit`",
        ),
    ],
)
def test_mistakes(files: dict[str, str], first: str) -> None:
    found = mistakes(**files)
    assert found[0] == first
    assert not [line for line in found[1:] if "unknown" in line]


def test_there_is_an_end_to_including() -> None:
    files = {f"f{n}": f"include: f{n + 1}.yaml" for n in range(200)}
    found = mistakes(net=f"include: f0.yaml\n{LAYERS}", **files)
    assert found[0] == "f99.yaml:1:10: more than 100 files are included"
