"""Where output goes and what it looks like there: pipes, terminals, files."""

from __future__ import annotations

import os
import re
import stat
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING
from unicodedata import east_asian_width

import pytest
from in_format import lines_of
from running import PROGRAM, ROOT, environment

import convcost
from convcost.cli.app import COMMANDS
from convcost.render.reports.analyze import report

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., tuple[int, str, str]]

SPECS = sorted((ROOT / "specs").rglob("*.yaml"))
every_spec = pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
M5 = "specs/m5.yaml"
LONG = "x" * 60


@pytest.fixture
def long_names(tmp_path: Path) -> Path:
    path = tmp_path / "long.yaml"
    path.write_text(
        f"input: [1, 9]\nlayers:\n  - name: {LONG}\n    layers:\n"
        f"      - {{op: conv, name: {LONG}, out_channels: 1, kernel_size: 3}}\n"
    )
    return path


def test_dash_reads_stdin(run: Run):
    text = (ROOT / M5).read_text()
    code, out, err = run("analyze", "-", "--format", "csv", stdin=text)
    assert (code, err) == (0, "")
    _, of_file, _ = run("analyze", ROOT / M5, "--format", "csv")
    assert out == of_file.replace(str(ROOT / M5), "<stdin>")


@pytest.mark.parametrize("columns", ["", "20", "80"])
def test_a_piped_table_is_never_cut(spawn: Run, long_names: Path, columns: str):
    code, out, err = spawn("analyze", long_names, COLUMNS=columns)
    assert (code, err) == (0, "")
    assert f"\n{LONG}.{LONG}  conv 3  1x7" in out
    assert "…" not in out
    assert "\x1b" not in out


def test_output_is_the_same_from_run_to_run(spawn: Run):
    for format_ in ("text", "json", "markdown", "csv"):
        runs = {
            spawn("analyze", "specs/googlenet.yaml", "--format", format_, PYTHONHASHSEED=seed)
            for seed in ("1", "2")
        }
        assert len(runs) == 1


def columns_of(line: str) -> int:
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in line)


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("spec", ["resnet50", "shufflenet_v2_x1_0", "c3d", "unet_original"])
def test_a_terminal_is_wide_enough(on_terminal: Callable[..., str], spec: str, width: int):
    path = f"specs/{spec}.yaml"
    folded = on_terminal("analyze", path, width=width, NO_COLOR="1").splitlines()
    assert len(folded) < 24
    assert max(map(columns_of, folded)) <= width
    shown = on_terminal("analyze", path, "--all", width=width, NO_COLOR="1")
    head, _, *table = shown.partition("\n\nlayers ")[0].split("\n")
    assert "->" in head
    assert max(map(columns_of, table)) <= width
    assert "total" in table[-1]


@every_spec
def test_every_spec_fits_eighty_columns(spec: Path):
    found = convcost.analyze(convcost.load(str(spec)))
    assert max(columns_of(line) for line in lines_of(report(found, found.layers), 80)) <= 80
    whole = lines_of(report(found, found.layers), None)
    for layer, line in zip(found.layers, whole[4:], strict=False):
        assert line.startswith(f"{layer.name} ")


def test_shapes_that_do_not_fit_in_one_line_have_one_each():
    found = convcost.analyze(convcost.load(str(ROOT / "specs" / "examples" / "transposed.yaml")))
    whole = lines_of(report(found, found.layers), None)
    assert whole[0].startswith(
        "transposed convolution   map 1x2x2, spread 1x3x3 -> bordered 1x4x4, "
    )
    narrow = lines_of(report(found, found.layers), 80)
    assert narrow[:8] == [
        "transposed convolution",
        "  map 1x2x2",
        "  spread 1x3x3",
        "  -> bordered 1x4x4",
        "  -> stride_2 1x5x5",
        "  -> inserted 1x5x5",
        "  -> back 1x2x2",
        "",
    ]


def test_wide_characters_are_two_columns(parsed: Callable[..., convcost.Network]):
    network = parsed("{input: [1, 8], layers: [relu, {op: conv, out_channels: 1, kernel_size: 1}]}")
    network.layers[0].name = "中文字" * 20
    found = convcost.analyze(network)
    for width in (40, 80, 200, None):
        table = lines_of(report(found, found.layers), width)[2:9]
        assert len({columns_of(line) for line in (table[2], table[3])}) == 1
        assert width is None or max(map(columns_of, table)) <= width


def test_colour_is_for_terminals(on_terminal: Callable[..., str]):
    shown = on_terminal("analyze", M5)
    assert "\x1b[1m" in shown
    assert "\x1b[0m" in shown
    plain = on_terminal("analyze", M5, NO_COLOR="1")
    assert "\x1b" not in plain
    assert "\x1b" not in on_terminal("analyze", M5, TERM="dumb")
    assert "\x1b" not in on_terminal("analyze", M5, "--format", "json")


def test_colour_can_be_forced_into_a_pipe_and_nothing_is_cut_there(spawn: Run, long_names: Path):
    _, coloured, _ = spawn("analyze", long_names, FORCE_COLOR="1", COLUMNS="30")
    assert "\x1b[1m" in coloured
    assert f"\n{LONG}.{LONG}  conv 3" in coloured
    _, plain, _ = spawn("analyze", long_names, FORCE_COLOR="1", NO_COLOR="1")
    assert "\x1b" not in plain


def test_columns_is_the_width_of_a_terminal(on_terminal: Callable[..., str]):
    asked = ("analyze", "specs/resnet50.yaml", "--all")
    assert "…" not in on_terminal(*asked, width=80, COLUMNS="200", NO_COLOR="1")
    assert "…" in on_terminal(*asked, width=200, COLUMNS="80", NO_COLOR="1")


def test_lines_is_the_height_of_a_terminal(on_terminal: Callable[..., str]):
    asked = ("analyze", "specs/resnet50.yaml")
    heights = [len(on_terminal(*asked, LINES=lines).splitlines()) for lines in ("24", "50", "1000")]
    assert heights[0] < 24 <= heights[1] < 50
    assert heights[2] > 175


@pytest.mark.parametrize("asked", [[], ["--depth", "9"], ["--sort", "macs"]])
def test_all_layers_are_listed_where_all_is_asked(
    on_terminal: Callable[..., str], asked: list[str]
):
    words = "analyze", "specs/resnet50.yaml", "--all", *asked
    shown = on_terminal(*words, COLUMNS="200", NO_COLOR="1")
    assert len(shown.splitlines()) > 175 - 50 * ("--depth" in asked)


def test_colours_of_a_folded_network(on_terminal: Callable[..., str]):
    """Yellow is what has half of the MACs, dim what has none; without colours nothing is said of
    them."""
    shown = on_terminal("analyze", "specs/resnet50.yaml")
    assert re.search("\x1b\\[33mstage.3.1 ", shown)
    assert re.search("\x1b\\[2mmax_pool ", shown)
    assert "yellow: half of the MACs" in shown
    assert "yellow" not in on_terminal("analyze", "specs/resnet50.yaml", NO_COLOR="1")


def table_names(out: str) -> list[str]:
    return [line.split()[0] for line in out.split("\n\n")[1].split("\n")[2:-2]]


def test_sort_and_top(run: Run):
    path = ROOT / "specs" / "alexnet.yaml"
    layers = convcost.analyze(convcost.load(str(path))).layers
    in_order = [layer.name for layer in layers]

    def names(*arguments: str) -> list[str]:
        code, out, err = run("analyze", path, *arguments)
        assert (code, err) == (0, "")
        return table_names(out)

    assert names() == names("--sort", "graph") == in_order
    assert names("--sort", "name") == sorted(in_order)
    for metric in ("params", "macs", "macs_in_bounds", "buffers"):
        costly = sorted(layers, key=lambda layer: layer.counts[metric], reverse=True)
        assert names("--sort", metric) == [layer.name for layer in costly]
    assert names("--top", "3") == in_order[:3]
    assert names("--top", "1000") == in_order
    assert names("--sort", "params", "--top", "1") == ["fc.0"]
    _, out, _ = run("analyze", path, "--top", "3")
    assert re.search(rf"^layers +{len(layers)}  3 of them listed$", out, re.MULTILINE)
    _, out, _ = run("analyze", path, "--top", "2", "--format", "csv")
    assert len(out.splitlines()) == 3


@pytest.mark.parametrize("arguments", [["analyze"], ["analyze", "--format", "json"], ["expand"]])
def test_output_to_a_file_is_what_a_pipe_gets(run: Run, tmp_path: Path, arguments: list[str]):
    target = tmp_path / "out"
    command, *options = arguments
    _, out, _ = run(command, ROOT / M5, *options)
    assert run(command, ROOT / M5, *options, "-o", target) == (0, "", "")
    assert target.read_bytes() == out.encode()
    assert os.listdir(tmp_path) == ["out"]


def test_a_file_is_replaced_and_stays_what_it_was(run: Run, tmp_path: Path):
    target, link = tmp_path / "out", tmp_path / "link"
    target.write_text("before\n" * 1000)
    target.chmod(0o600)
    link.symlink_to(target)
    assert run("analyze", ROOT / M5, "-o", link) == (0, "", "")
    assert link.is_symlink()
    assert target.read_text().startswith("M5 ")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_a_new_file_has_the_usual_permissions(run: Run, tmp_path: Path):
    ordinary = tmp_path / "ordinary"
    ordinary.touch()
    assert run("analyze", ROOT / M5, "--output", tmp_path / "out") == (0, "", "")
    assert (tmp_path / "out").stat().st_mode == ordinary.stat().st_mode


def test_a_file_that_cannot_be_written_is_left_as_it_was(run: Run, tmp_path: Path):
    code, out, err = run("analyze", ROOT / M5, "-o", tmp_path / "no" / "out")
    assert (code, out) == (2, "")
    assert err == f"{tmp_path}/no/out: cannot be written: No such file or directory\n"
    code, out, err = run("analyze", ROOT / M5, "-o", tmp_path)
    assert (code, out) == (2, "")
    assert err == f"{tmp_path}: cannot be written: Is a directory\n"


def test_what_fails_half_way_leaves_the_file_whole(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    target = tmp_path / "out"
    target.write_text("before")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    code, out, err = run("analyze", ROOT / M5, "-o", target)
    assert (code, out) == (2, "")
    assert err == f"{target}: cannot be written: No space left on device\n"
    assert target.read_text() == "before"
    assert os.listdir(tmp_path) == ["out"]


def test_a_directory_without_permission(run: Run, tmp_path: Path):
    # Root may write anywhere but where the kernel itself lists its parts.
    folder = tmp_path if os.geteuid() else Path("/sys/kernel")
    there = sorted(os.listdir(folder))
    tmp_path.chmod(0o500)
    try:
        target = folder / "out"
        code, out, err = run("analyze", ROOT / M5, "-o", target)
        assert (code, out) == (2, "")
        assert err == f"{target}: cannot be written: Permission denied\n"
        assert sorted(os.listdir(folder)) == there
    finally:
        tmp_path.chmod(0o700)


def test_an_output_that_is_no_file_is_written_as_it_is(spawn: Run):
    assert spawn("analyze", M5, "-o", "/dev/null") == (0, "", "")
    assert spawn("analyze", M5, "-o", "/dev/stdout") == spawn("analyze", M5)
    assert Path("/dev/null").is_char_device()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
@pytest.mark.parametrize("arguments", [["analyze", M5], ["analyze", M5, "--format", "json"]])
def test_a_full_disk_is_a_sentence(arguments: list[str]):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*PROGRAM, *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            env=environment({}),
            cwd=ROOT,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr == b"standard output: cannot be written: No space left on device\n"


def test_a_reader_that_closes_the_pipe_ends_it_quietly():
    with subprocess.Popen(
        [*PROGRAM, "analyze", "specs/densenet121.yaml", "--format", "json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment({}),
        cwd=ROOT,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"{\n"
        process.stdout.close()
        assert process.stderr.read() == b""


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_fits_80_columns(run: Run, monkeypatch: pytest.MonkeyPatch, command: str):
    monkeypatch.setenv("COLUMNS", "80")
    code, shown, _ = run(*command.split(), "--help")
    assert code == 0
    assert [line for line in shown.splitlines() if len(line) > 80] == []


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["analyze", M5], ["expand", M5]], ids=" ".join
)
def test_nobody_reading_is_no_complaint(arguments: list[str]):
    reader, pipe = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [*PROGRAM, *arguments],
        stdout=pipe,
        stderr=subprocess.PIPE,
        env=environment({}),
        cwd=ROOT,
        check=False,
    )
    os.close(pipe)
    assert done.stderr == b""
