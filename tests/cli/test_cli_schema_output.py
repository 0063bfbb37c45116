"""``schema --output`` has what commands print with ``--format json``, and nothing else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft7Validator
from repository import Repository, spec
from running import ROOT, formats_of

from convcost.cli.app import COMMANDS
from convcost.cli.gate import FACETS
from convcost.render import formats
from convcost.render.schema import DOCUMENTS, output_schema

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., tuple[int, str, str]]

EXAMPLES = "specs/examples"
ASKED: dict[str, list[list[str]]] = {
    "analyze": [
        ["specs/efficientnet_b0.yaml"],
        ["specs/resnet50.yaml", "--by", "stage"],
        ["specs/resnet50.yaml", "--depth", "2"],
        [f"{EXAMPLES}/transposed.yaml", "--dtype", "float16", "--convention", "thop"],
        ["specs/unet_original.yaml"],
        ["specs/resnet50.yaml", "--device", "rtx3090", "--fused"],
        ["specs/xception.yaml", "--device", "t4", "--algorithm", "im2col", "--order"],
        ["specs/resnet18.yaml", "--device", "stm32h743", "--dtype", "int8"],
    ],
    "compare": [
        ["specs/mobilenet_v1.yaml", "@separable=false", "--metric", "fvcore.flops"],
        ["specs/resnet50.yaml", "specs/alexnet_2012.yaml", "--by", "op"],
    ],
    "rf": [
        [f"{EXAMPLES}/hybrid_dilated.yaml"],
        ["specs/efficientnet_b0.yaml", "--all"],
        ["specs/context_network.yaml", "context.5.conv1"],
        ["specs/alexnet_2012.yaml", "classifier"],
    ],
    "rank": [["specs/resnet18.yaml", "specs/alexnet.yaml", "--device", "rtx3090"]],
    "reconcile": [
        ["specs/mobilenet_v2.yaml"],
        ["specs/vit_b_16.yaml", "--tool", "torchinfo"],
        ["specs/alexnet.yaml", "--says", "714M"],
    ],
    "alternatives": [["specs/alexnet_2012.yaml"], ["specs/resnet50.yaml", "*"]],
    "specs": [[]],
    "explain": [
        ["conv_transpose"],
        ["bottleneck"],
        ["macs"],
        ["same"],
        ["stride"],
        ["CC104"],
        ["where"],
        ["specs/resnet50.yaml", "classifier"],
        [f"{EXAMPLES}/transposed.yaml", "stride_2", "--matrix"],
        ["specs/alexnet_2012.yaml", "features.2.conv1", "--algorithms"],
    ],
    "lint": [["specs/alexnet_2012.yaml"], ["--explain", "all"], ["--explain", "CC101"]],
    "verify": [[f"{EXAMPLES}/transposed.yaml"]],
    "baseline": [["specs/alexnet_2012.yaml"]],
    "calibrate": [["tests/data/devices/measured.csv", "--device", "rtx3090"]],
    "check": [["specs/alexnet_2012.yaml"], ["tests/golden/head.yaml"]],
    "fit": [["specs/mobilenet_v2.yaml", "--budget", "macs=300M", "--vars", "width=0.5:2:0.5"]],
    "history": [["{repo}"]],
    "sweep": [["specs/mobilenet_v2.yaml", "width=0.5,1", "side=16,224", "--metrics", "macs"]],
}
FORMAT: dict[str, tuple[str, ...]] = {"baseline": ()}  # it has no other


@pytest.mark.parametrize("command", ASKED)
def test_documents_are_as_the_schema_says(
    run: Run, repo: Repository, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    repo.commit(a_yaml=spec())
    monkeypatch.chdir(ROOT)
    one: Any = Draft7Validator(output_schema(command))
    every: Any = Draft7Validator(output_schema())
    for arguments in ASKED[command]:
        words = [word.format(repo=repo.folder) for word in arguments]
        _, out, _ = run(command, *words, *FORMAT.get(command, ("--format", "json")))
        document = json.loads(out)
        assert [error.message for error in one.iter_errors(document)] == []
        assert every.is_valid(document)
        assert not one.is_valid({**document, "another": 1})
        assert not one.is_valid({key: document[key] for key in document if key != "convcost"})


@pytest.mark.parametrize("path", sorted((ROOT / "tests" / "golden").glob("*.json")), ids=str)
def test_documents_of_golden_files(path: Any) -> None:
    every: Any = Draft7Validator(output_schema())
    assert every.is_valid(json.loads(path.read_text()))


def test_every_command_with_documents_has_a_schema() -> None:
    assert "json" in formats.names(FACETS)
    printing = {name for name in COMMANDS if "json" in formats_of(name)} | {*FORMAT, "check"}
    assert sorted(printing) == sorted(DOCUMENTS), "see convcost/render/schema.py"
    assert sorted(ASKED) == sorted(DOCUMENTS)


def test_the_command_prints_it(run: Run) -> None:
    assert json.loads(run("schema", "--output")[1]) == output_schema()
    assert json.loads(run("schema", "--output", "rf")[1]) == output_schema("rf")
    Draft7Validator.check_schema(output_schema())


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--output", "x.json"], "-o FILE writes to a file"),
        (["analyze"], "it goes with --output"),
    ],
)
def test_what_it_cannot_print(run: Run, arguments: list[str], says: str) -> None:
    code, out, err = run("schema", *arguments)
    assert (code, out) == (2, "")
    assert says in " ".join(err.split())
