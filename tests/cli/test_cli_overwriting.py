"""Outputs replace no input and no other output, and are written whole or not at all."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import typer
from onnx import TensorProto, helper
from running import PROGRAM, environment

from convcost.cli.app import COMMANDS, app
from convcost.errors import ConvcostError
from convcost.files.command import command
from convcost.files.written import save

if TYPE_CHECKING:
    from collections.abc import Callable

    from running import Ran

    Run = Callable[..., Ran]

NET = "input: [3, 4, 4]\nlayers: [{op: conv, name: c, out_channels: 2, kernel_size: 1}]\n"
READS = "this command reads it"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a network and all that it is made of, in which the command runs."""
    monkeypatch.chdir(tmp_path)
    Path("blocks.yaml").write_text("blocks: {unit: {layers: [relu]}}\n")
    Path("net.yaml").write_text(f"include: blocks.yaml\nweights: w.npz\n{NET}")
    np.savez("w.npz", **{"c.weight": np.ones((2, 3, 1, 1)), "c.bias": np.ones(2)})  # type: ignore[arg-type]
    np.save("in.npy", np.ones((3, 4, 4)))
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def refused(run: Run, here: Path, *arguments: str, said: str = READS) -> None:
    before = contents(here)
    ran = run(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.count(said) == 1
    assert f" {ran.err.partition(':')[0]}:" not in ran.err  # its name is said once, too
    assert contents(here) == before


@pytest.mark.parametrize("command", ["analyze", "rf", "lint", "verify", "expand", "compare"])
def test_a_spec_is_not_written_over(run: Run, here: Path, command: str) -> None:
    names = ["net.yaml", "net.yaml"] if command == "compare" else ["net.yaml"]
    refused(run, here, command, *names, "-o", "net.yaml")
    refused(run, here, command, *names, "--output", "net.yaml")


def test_it_is_known_by_every_name(run: Run, here: Path) -> None:
    (here / "link").symlink_to("net.yaml")
    os.link("net.yaml", "hard")
    (here / "sub").mkdir()
    (here / "around").symlink_to(".")
    for name in ("link", "hard", "sub/../net.yaml", "around/net.yaml", str(here / "net.yaml")):
        refused(run, here, "analyze", "net.yaml", "-o", name, said=f"{name}: {READS} as net.yaml")
        refused(run, here, "analyze", name, "-o", "net.yaml")


def test_what_a_spec_names_is_not_written_over(run: Run, here: Path) -> None:
    refused(run, here, "analyze", "net.yaml", "-o", "blocks.yaml")
    refused(run, here, "analyze", "net.yaml", "-o", "w.npz")  # though nothing in it is read


def test_arrays_are_not_written_over(run: Run, here: Path) -> None:
    given = ("run", "net.yaml", "--input", "in.npy")
    refused(run, here, *given, "-o", "in.npy")
    refused(run, here, *given, "-o", "w.npz")
    os.rename("w.npz", "v.npz")
    refused(run, here, *given, "--weights", "v.npz", "-o", "v.npz")
    assert run(*given, "--weights", "v.npz", "-o", "out.npy").code == 0


def test_standard_input_is_not_written_over(here: Path) -> None:
    with Path("net.yaml").open("rb") as file:
        done = subprocess.run(
            [*PROGRAM, "analyze", "-", "-o", "net.yaml"],
            stdin=file,
            capture_output=True,
            env=environment({}),
            check=False,
        )
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(b"net.yaml: this command reads it as <stdin>, ")
    assert (here / "net.yaml").read_text().endswith(NET)


def test_a_model_and_its_weights_are_not_written_over(run: Run, here: Path) -> None:
    w = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[2, 3, 1, 1])
    w.data_location = TensorProto.EXTERNAL
    w.external_data.add(key="location", value="m.data")
    value = helper.make_tensor_value_info
    x, y = (value(n, TensorProto.FLOAT, [1, c, 4, 4]) for n, c in (("x", 3), ("y", 2)))
    graph = helper.make_graph([helper.make_node("Conv", ["x", "w"], ["y"])], "g", [x], [y], [w])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    Path("m.onnx").write_bytes(model.SerializeToString())
    Path("m.data").write_bytes(bytes(24))
    assert run("analyze", "m.onnx").code == 0
    refused(run, here, "analyze", "m.onnx", "-o", "m.onnx")
    refused(run, here, "analyze", "m.onnx", "-o", "m.data")


def test_the_gate_writes_over_nothing_that_it_reads(run: Run, here: Path) -> None:
    Path("convcost.toml").write_text('models = ["net.yaml"]\n')
    assert run("baseline", "-o", "b.json").code == 0
    given = ("check", "--baseline", "b.json")
    for name in ("net.yaml", "blocks.yaml", "convcost.toml", "b.json"):
        refused(run, here, *given, "-o", name)
        refused(run, here, *given, "--format", "text", "--format", f"json:{name}")
    refused(run, here, "baseline", "-o", "net.yaml")
    refused(run, here, "baseline", "-o", "convcost.toml")
    assert run("baseline", "-o", "b.json").code == 0  # which that does not read


def test_two_outputs_are_two_files(run: Run, here: Path) -> None:
    (here / "link").symlink_to("out")
    two = "two outputs would be written to it"
    for first, second in (("out", "out"), ("out", "./out"), ("out", "link")):
        formats = ("--format", f"json:{first}", "--format", f"markdown:{second}")
        refused(run, here, "check", "net.yaml", *formats, said=two)
        Path("out").touch()  # once it is there, too
        refused(run, here, "check", "net.yaml", *formats, said=two)
        Path("out").unlink()
        formats = ("--format", f"json:{first}", "--format", "text", "-o", second)
        refused(run, here, "check", "net.yaml", *formats, said=two)
    formats = ("--format", "json:/dev/null", "--format", "csv:/dev/null")
    assert run("check", "net.yaml", *formats).code == 0


@pytest.mark.usefixtures("here")
def test_standard_output_is_an_output(spawn: Run) -> None:
    folder = Path.cwd()
    formats = ("--format", "text", "--format", "json:/dev/stdout")
    ran = spawn("check", "net.yaml", *formats, cwd=folder)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("/dev/stdout: two outputs would be written to it")
    ran = spawn("run", "net.yaml", "--input", "in.npy", "-o", "/dev/stdout", cwd=folder)
    assert (ran.code, ran.out) == (2, "")


def test_a_file_that_standard_output_is_appended_to_keeps_what_it_has(here: Path) -> None:
    log = here / "log"
    log.write_text("before\n")
    with log.open("ab") as file:
        done = subprocess.run(
            [*PROGRAM, "expand", "net.yaml", "-o", "/dev/stdout"],
            stdout=file,
            env=environment({}),
            check=False,
        )
    assert done.returncode == 0
    assert log.read_text().startswith("before\nconvcost: 1\n")


def test_what_is_edited_in_place_is_an_input(run: Run, here: Path) -> None:
    Path("net.yaml").write_text(f"{NET}budget: {{macs: 1000000}}\n")
    refused(run, here, "check", "net.yaml", "--tighten", "-o", "net.yaml")
    assert run("check", "net.yaml", "--tighten").code == 0
    assert "1000000" not in Path("net.yaml").read_text()


@pytest.mark.parametrize("kind", ["a file", "a link", "a link to nothing", "a folder"])
def test_a_first_configuration_replaces_nothing(run: Run, here: Path, kind: str) -> None:
    path = here / "convcost.toml"
    match kind:
        case "a file":
            path.write_text("")
        case "a folder":
            path.mkdir()
        case _:
            path.symlink_to("away")
            if kind == "a link":
                (here / "away").write_text("")
    refused(run, here, "init", said="convcost.toml: there is one already")


def test_every_option_for_a_file_announces_it() -> None:
    """An option of another name would not be compared with what is read."""
    group: Any = typer.main.get_command(app)
    for name in COMMANDS:
        for option in group.get_command(typer.Context(group), name).params:
            names = {*option.opts} & {"-o", "--output"}
            if names and option.metavar == "FILE":
                assert option.callback is not None, (name, option.opts)
                with command():
                    option.callback(None, option, "net.yaml")
                    with pytest.raises(ConvcostError, match="two outputs would be written"):
                        option.callback(None, option, "net.yaml")


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_what_fails_leaves_the_old_file(
    here: Path, monkeypatch: pytest.MonkeyPatch, failure: BaseException
) -> None:
    Path("out").write_text("before")
    before = contents(here)

    def fails(*_: object) -> None:
        raise failure

    for step in ("replace", "chmod"):
        with monkeypatch.context() as patch:
            patch.setattr(os, step, fails)
            with pytest.raises((ConvcostError, KeyboardInterrupt)):
                save(b"after", "out")
        assert contents(here) == before


def test_a_command_that_is_ended_leaves_the_old_file(here: Path) -> None:
    """Ctrl-C, sent while it counts."""
    layers = "layers: [{repeat: 40000, layers: [relu]}]\n"
    Path("net.yaml").write_text(f"input: [3, 4, 4]\n{layers}")
    Path("out").write_text("before")
    before = contents(here)
    with subprocess.Popen(
        [*PROGRAM, "analyze", "net.yaml", "-o", "out"],
        stderr=subprocess.DEVNULL,
        env=environment({}),
    ) as process:
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        code = process.wait()
    if code:  # else it was quicker
        assert contents(here) == before


def test_permissions_and_links_stay(here: Path) -> None:
    Path("out").write_text("before")
    Path("out").chmod(0o640)
    (here / "link").symlink_to("out")
    save(b"after", "link")
    assert (here / "link").is_symlink()
    assert Path("out").read_bytes() == b"after"
    assert stat.S_IMODE(Path("out").stat().st_mode) == 0o640
    (here / "new").symlink_to("fresh")
    save(b"after", "new")
    assert Path("fresh").read_bytes() == b"after"
    long = "n" * 255  # as long as a name may be: the one beside it is shorter
    save(b"after", long)
    assert Path(long).read_bytes() == b"after"
    (here / "circle").symlink_to("circle")
    with pytest.raises(ConvcostError, match=r"^circle: cannot be written: Too many levels"):
        save(b"after", "circle")


def test_the_summary_of_a_run_is_no_input(
    run: Run, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "net.yaml")
    before = contents(here)
    ran = run("check", "net.yaml", "--format", "github")
    assert ran.code == 2
    assert READS in ran.err
    assert contents(here) == before
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "summary")
    Path("summary").write_text("before\n")
    assert run("check", "net.yaml", "--format", "github").code == 0
    assert Path("summary").read_text().startswith("before\n")


def test_documents_are_whole(run: Run, here: Path) -> None:
    assert run("check", "net.yaml", "--format", "json:a.json", "--format", "json:b.json").code == 0
    assert json.loads((here / "a.json").read_text()) == json.loads((here / "b.json").read_text())
