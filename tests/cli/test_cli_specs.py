"""Specs that come with convcost: their names, the list of them, and copies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from repository import spec
from running import ROOT

import convcost
from convcost.cli import complete
from convcost.files import known

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from repository import Repository
    from running import Ran

    Run = Callable[..., Ran]

SPECS = sorted((ROOT / "specs").rglob("*.yaml"))
SMALL = "{input: [3, 8, 8], layers: [{op: conv, out_channels: 4, kernel_size: 3}]}"


@pytest.fixture(autouse=True)
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without any spec."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_each_spec_has_a_name() -> None:
    found = [str(path.relative_to(ROOT / "specs").with_suffix("")) for path in SPECS]
    assert sorted(known.names()) == sorted(found)


def test_figures_of_the_list_are_counted(run: Run) -> None:
    listed = json.loads(run("specs", "--format", "json").out)["specs"]
    assert [one["name"] for one in listed] == known.names()
    for one in listed:
        network = convcost.load(one["name"])
        totals = convcost.analyze(network).totals
        assert (one["network"], one["params"], one["macs"]) == (
            *(network.name, totals["params"], totals["macs"]),
        ), one["name"]


def test_the_list_fits(run: Run, on_terminal: Callable[..., str]) -> None:
    assert run("specs").out.splitlines()[0].split() == [
        "name",
        "network",
        "params",
        "MACs",
        "paper",
    ]
    assert run("specs", "--format", "csv").out.startswith(
        "name,network,params,macs,paper\nalexnet,"
    )
    assert max(map(len, on_terminal("specs", NO_COLOR="1").split("\n"))) <= 80


@pytest.mark.parametrize(
    "command",
    [
        *("analyze {}", "rf {}", "lint {}", "expand {}", "alternatives {}", "check {}"),
        *("compare {} {}@3x160x160", "explain {} conv1", "verify {} --shrink 16"),
    ],
)
def test_commands_know_names_as_files(run: Run, command: str) -> None:
    named = run(*command.replace("{}", "resnet18").split())
    path = str(ROOT / "specs" / "resnet18.yaml")
    there = run(*command.replace("{}", path).split())
    assert named.code == there.code == 0
    assert without(path, named.out) == without(path, there.out)


def without(path: str, text: str) -> list[str]:
    """Words of a text that are not about where the spec is."""
    text = text.replace(path, "").replace("resnet18", "").replace(":", " ")
    return [word for word in text.split() if set(word) != {"-"}]


def test_a_check_shows_a_name_as_it_was_typed(run: Run, repo: Repository) -> None:
    assert run("check", "resnet18").out.startswith("no limit  resnet18  ResNet-18\n")
    repo.commit(a_yaml=spec())
    on_base = run("check", "resnet18", "a.yaml", "--base", "HEAD").out
    assert "\nno limit  resnet18  ResNet-18\n" in on_base


def test_settings_of_a_name(run: Run) -> None:
    out = run("compare", "mobilenet_v2", "mobilenet_v2@width=0.5", "--format", "json").out
    assert [total["values"] for total in json.loads(out)["totals"] if total["metric"] == "params"]
    assert "1968680" in out


@pytest.mark.parametrize("command", ["analyze", "rf", "lint", "expand", "check"])
def test_a_file_of_that_name_wins(run: Run, empty: Path, command: str) -> None:
    (empty / "resnet18").write_text(SMALL)
    (empty / "same.yaml").write_text(SMALL)
    mine, other = run(command, "resnet18"), run(command, "same.yaml")
    assert mine.code == other.code == 0
    assert mine.out.replace("resnet18", "X") == other.out.replace("same.yaml", "X").replace(
        "same", "X"
    )


def test_standard_input_is_no_name(run: Run) -> None:
    assert "4x6x6" in run("analyze", "-", stdin=SMALL).out


def test_an_include_is_no_name(run: Run, empty: Path) -> None:
    (empty / "net.yaml").write_text("{include: resnet18, input: [3, 8, 8], layers: [relu]}")
    code, _, err = run("analyze", "net.yaml")
    assert code == 2
    assert "there is no such file" in err


@pytest.mark.parametrize(
    ("asked", "note"),
    [
        ("resnet5", "  `resnet50` comes with convcost: `convcost specs` lists all that do\n"),
        ("specs/vgg16.yaml", "  `vgg16` comes with convcost: `convcost specs` lists all that do\n"),
        ("net.yaml", ""),
        ("zzz", "  `convcost specs` lists the networks that come with convcost\n"),
    ],
)
def test_names_that_may_be_meant(run: Run, asked: str, note: str) -> None:
    assert run("analyze", asked) == (2, "", f"{asked}: there is no such file\n{note}")


@pytest.mark.parametrize(
    "name", ["../specs/vgg16", "/etc/passwd", "kernels", "kernels/", "", "a\0b"]
)
def test_a_name_leads_nowhere_else(name: str) -> None:
    assert known.path_of(name) is None


def test_new_copies_one_to_edit(run: Run, empty: Path) -> None:
    assert run("new", "kernels/sobel") == (
        *(
            0,
            "",
            "sobel.yaml: a copy of `kernels/sobel`; `convcost analyze sobel.yaml` counts it\n",
        ),
    )
    assert (empty / "sobel.yaml").read_bytes() == (ROOT / "specs/kernels/sobel.yaml").read_bytes()
    assert run("new", "unet_original", "-o", "mine.yaml").code == 0
    assert run("analyze", "mine.yaml").out == run("analyze", "unet_original").out


def test_new_replaces_nothing(run: Run, empty: Path) -> None:
    (empty / "vgg16.yaml").write_text("mine")
    for arguments in (["vgg16"], ["resnet18", "-o", "vgg16.yaml"]):
        code, out, err = run("new", *arguments)
        assert (code, out) == (2, "")
        assert err == "vgg16.yaml is there already, and stays as it is: -o FILE names another\n"
    assert (empty / "vgg16.yaml").read_text() == "mine"


def test_new_of_what_there_is_not(run: Run) -> None:
    said = "no spec that comes with convcost is named `resnet19`\n"
    assert run("new", "resnet19") == (2, "", f"{said}  is it `resnet18`?\n")
    assert run("new", "zzz").err.endswith("  `convcost specs` lists all\n")


def typed(monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.setenv("COMP_WORDS", line)


def test_shells_offer_names_and_what_is_in_them(monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, "convcost analyze resn")
    assert complete.designs_or_fields("resn") == ["resnet18", "resnet50"]
    typed(monkeypatch, "convcost explain resnet18 clas")
    assert complete.topics("clas") == ["classifier"]
    typed(monkeypatch, "convcost rf mobilenet_v2 --set wi")
    assert complete.settings("wi") == ["width="]
    typed(monkeypatch, "convcost analyze --op conv kern")
    assert complete.designs_or_fields("kern") == ["kernel_size="]
    typed(monkeypatch, "convcost compare mobilenet_v2@wi")
    assert complete.designs("mobilenet_v2@wi") == ["mobilenet_v2@width="]
