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
from conftest import PROGRAM, ROOT, environment

import convcost
from convcost.render.columns import rounded, share, si
from convcost.render.table import cut
from convcost.render.text import lines

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., tuple[int, str, str]]

SPECS = sorted((ROOT / "specs").glob("*.yaml"))
every_spec = pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
M5 = "specs/m5.yaml"
LONG = "x" * 60
RESIDUAL = "stage.0.1.residual1.body.reduce.conv_bn1.conv1"


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
    shown = on_terminal("analyze", f"specs/{spec}.yaml", width=width, NO_COLOR="1")
    head, _, *table = shown.partition("\n\nlayers ")[0].split("\n")
    assert "->" in head
    assert max(map(columns_of, table)) <= width
    assert "total" in table[-1]


@every_spec
def test_every_spec_fits_eighty_columns(spec: Path):
    found = convcost.analyze(convcost.load(str(spec)))
    assert max(columns_of(line.text) for line in lines(found, found.layers, 80)) <= 80
    whole = lines(found, found.layers, None)
    for layer, line in zip(found.layers, whole[4:], strict=False):
        assert line.text.startswith(f"{layer.name} ")


def test_wide_characters_are_two_columns(parsed: Callable[..., convcost.Network]):
    network = parsed("{input: [1, 8], layers: [relu, {op: conv, out_channels: 1, kernel_size: 1}]}")
    network.layers[0].name = "中文字" * 20
    found = convcost.analyze(network)
    for width in (40, 80, 200, None):
        table = [line.text for line in lines(found, found.layers, width)][2:9]
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
    wide = on_terminal("analyze", "specs/resnet50.yaml", width=80, COLUMNS="200", NO_COLOR="1")
    assert "…" not in wide
    narrow = on_terminal("analyze", "specs/resnet50.yaml", width=200, COLUMNS="80", NO_COLOR="1")
    assert "…" in narrow


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
    assert names("--sort", "params", "--top", "1") == ["fc.0.linear1"]
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

    monkeypatch.setattr(Path, "replace", full)
    code, out, err = run("analyze", ROOT / M5, "-o", target)
    assert (code, out) == (2, "")
    assert err == f"{target}: cannot be written: No space left on device\n"
    assert target.read_text() == "before"
    assert os.listdir(tmp_path) == ["out"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_directory_without_permission(run: Run, tmp_path: Path):
    target = tmp_path / "out"
    target.write_text("before")
    tmp_path.chmod(0o500)
    try:
        assert run("analyze", ROOT / M5, "-o", target)[0] == 2
        assert target.read_text() == "before"
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


def assert_expands_to_itself(
    before: convcost.Network, flat: str, parsed: Callable[..., convcost.Network]
) -> None:
    was, now = convcost.analyze(before), convcost.analyze(parsed(flat))
    assert now.network.name == was.network.name
    assert now.totals == was.totals
    for a, b in zip(now.layers, was.layers, strict=True):
        assert a[:2] == b[:2]
        assert a.layer.op == b.layer.op
        assert [tensor.name for tensor in a.layer.inputs] == [t.name for t in b.layer.inputs]
        assert a[3:-1] == b[3:-1]
        assert f"# {b.source}\n" in flat
    assert [t.name for t in now.network.outputs.values()] == [
        t.name for t in was.network.outputs.values()
    ]


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


@every_spec
def test_expand_loads_again_to_the_same_analysis(
    run: Run, parsed: Callable[..., convcost.Network], spec: Path
):
    code, flat, err = run("expand", spec)
    assert (code, err) == (0, "")
    assert_expands_to_itself(convcost.load(str(spec)), flat, parsed)


def test_expand_takes_settings_and_inputs(run: Run, parsed: Callable[..., convcost.Network]):
    path = ROOT / "specs" / "mobilenet_v2.yaml"
    _, flat, _ = run("expand", path, "--set", "width=0.5", "--input", "3x96x96")
    before = convcost.load(str(path), settings={"width": "0.5"}, inputs={"": (3, 96, 96)})
    assert_expands_to_itself(before, flat, parsed)


@pytest.mark.parametrize(
    "text",
    [
        """  # names inside that mean something else outside
input: [4, 9, 9]
layers:
  - {op: conv, name: a, out_channels: 4, kernel_size: 1}
  - name: b
    layers:
      - {op: relu, name: c}
      - {op: conv, name: a, out_channels: 4, kernel_size: 3, padding: 1}
      - name: b
        layers:
          - {op: relu, name: c}
          - {op: add, name: a, from: [c, b.a]}
      - {op: add, from: [a, b]}
  - {op: add, from: [a, b.a, b.b.a, b.c, b]}
""",
        """  # every kind of value
inputs: {true: [4, 9, 9], "2": [4, 9, 9]}
outputs: [k, parts.1, sum]
layers:
  - {op: add, name: sum, from: ["2", true]}
  - {op: conv, name: k, out_channels: 8, kernel_size: [1, 2], padding: [[1, 2], [0, 3]], groups: 2}
  - {op: batch_norm, name: n, eps: 1/1000000}
  - {op: leaky_relu, name: l, negative_slope: 2}
  - {op: dropout, name: d, p: 1/3}
  - {op: upsample, name: u, scale_factor: [3/2, 2]}
  - {op: pad, name: p, padding: [[1, 1], [2, 2]], mode: reflect}
  - {op: max_pool, name: m, kernel_size: 3, stride: 2, ceil_mode: true}
  - {op: crop, name: w, size: 4, start: [0, 1]}
  - {op: split, name: parts, sizes: [3, 5]}
  - {op: conv, name: "1", from: parts.1, out_channels: 5, kernel_size: 1}
  - {op: conv, name: "01", out_channels: 5, kernel_size: 1, share: "1"}
  - {op: permute, name: x, dims: [2, 3, 1]}
  - {op: reshape, name: r, shape: [16, -1]}
  - {op: flatten, name: f, start_dim: 2}
  - {op: softmax, name: "no", dim: 2}
""",
    ],
)
def test_expand_says_every_name_and_value(
    run: Run, parsed: Callable[..., convcost.Network], tmp_path: Path, text: str
):
    path = tmp_path / "net.yaml"
    path.write_text(text.partition("\n")[2])
    code, flat, err = run("expand", path)
    assert (code, err) == (0, "")
    assert_expands_to_itself(convcost.load(str(path)), flat, parsed)


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1.00k"),
        (9_408, "9.41k"),
        (9_995, "10.0k"),
        (99_949, "99.9k"),
        (999_499, "999k"),
        (999_500, "1.00M"),
        (118_013_952, "118M"),
        (1_005_000_000, "1.01G"),
        (15_470_264_320, "15.5G"),
        (10**18, "1.00E"),
        (123 * 10**20, "12300E"),
    ],
)
def test_rounded_counts(count: int, text: str):
    assert si(count) == text


def test_different_counts_look_different():
    assert rounded([36_864, 36_928, 36_864, 12_000, 5]) == [
        "36.86k",
        "36.93k",
        "36.86k",
        "12.0k",
        "5",
    ]
    assert rounded([10**9, 10**9 + 1]) == ["1.000000000G", "1.000000001G"]


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (0, 5, ""),
        (1, 3, "33.3%"),
        (1, 10**9, "<0.1%"),
        (5, 10_000, "0.1%"),
        (10**9 - 1, 10**9, ">99.9%"),
        (7, 7, "100.0%"),
    ],
)
def test_shares(part: int, whole: int, text: str):
    assert share(part, whole) == text


@pytest.mark.parametrize(
    ("name", "room", "text"),
    [
        ("conv1", 8, "conv1"),
        ("stage.0.conv1", 13, "stage.0.conv1"),
        (RESIDUAL, 46, RESIDUAL),
        (RESIDUAL, 40, "stage.0.1.residual1.body.reduce…conv1"),
        (RESIDUAL, 36, "stage.0.1.residual1…reduce…conv1"),
        (RESIDUAL, 22, "stage.0.1…reduce…conv1"),
        (RESIDUAL, 21, "stage.0.1…reduce…"),
        (RESIDUAL, 15, "stage.0.1…"),
        (RESIDUAL, 8, "stage.0…"),
        (RESIDUAL, 5, "…onv1"),
        ("a_long_word_without_dots", 9, "…out_dots"),
        ("中文字中文字", 7, "…中文字"),
    ],
)
def test_names_are_cut_where_they_say_least(name: str, room: int, text: str):
    assert cut(name, room) == text
