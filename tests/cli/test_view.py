"""``convcost view``: a page in a folder of its own, or served to this machine alone."""

from __future__ import annotations

import http.client
import json
import os
import signal
import stat
import subprocess
import webbrowser
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from running import PROGRAM, environment

from convcost.cli.served import Served
from convcost.errors import ConvcostError
from convcost.files.command import command
from convcost.files.opened import content

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from running import Ran

    Run = Callable[..., Ran]

SPEC = "input: [3, 8, 8]\nlayers: [{op: conv, out_channels: 4, kernel_size: 3}]\n"


def saved(path: Path, text: str) -> None:
    """Write a file as an editor does: another one in its place."""
    beside = path.with_suffix(".new")
    beside.write_text(text)
    os.replace(beside, path)


def test_a_page_in_a_folder_of_its_own(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def opens(address: str) -> bool:
        opened.append(address)
        return True

    monkeypatch.setattr(webbrowser, "open", opens)
    ran = run("view", "-", stdin=SPEC)
    path = Path(ran.out.removesuffix("\n"))
    assert (ran.code, ran.err) == (0, "")
    assert opened == [path.as_uri()]
    assert path.read_text().startswith("<!DOCTYPE html>")
    assert "connect-src" not in path.read_text()
    if os.name == "posix":
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_it_is_the_page_of_analyze(run: Run, tmp_path: Path) -> None:
    ran = run("view", "srcnn", "--no-open", "--device", "t4", "-o", tmp_path / "x.html")
    assert ran == (0, f"{tmp_path / 'x.html'}\n", "")
    wanted = run("analyze", "srcnn", "--device", "t4", "--format", "html").out
    assert (tmp_path / "x.html").read_text() == wanted


ASKED = (
    ("srcnn", "--order"),
    ("srcnn@3x64x64", "--inplace"),
    ("alexnet", "--train", "--freeze", "features.0*", "--optimizer", "adamw"),
    ("alexnet", "--device", "t4", "--fused", "--algorithm", "im2col"),
)


@pytest.mark.parametrize("words", ASKED, ids=" ".join)
def test_options_are_those_of_analyze(run: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    path = tmp_path / "x.html"
    assert run("view", *words, "--no-open", "-o", path) == (0, f"{path}\n", "")
    assert path.read_text() == run("analyze", *words, "--format", "html").out


def test_several_designs_are_the_page_of_compare(run: Run, tmp_path: Path) -> None:
    path, designs = tmp_path / "x.html", ("mobilenet_v2", "@width=0.5", "mobilenet_v1")
    assert run("view", *designs, "--no-open", "-o", path) == (0, f"{path}\n", "")
    assert path.read_text() == run("compare", *designs, "--format", "html").out


def test_a_training_step_of_several_designs(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "x.html"
    assert run("view", "alexnet", "vgg16", "--train", "--no-open", "-o", path).code == 0
    text = path.read_text()
    for name in ("alexnet", "vgg16"):
        document = json.loads(run("analyze", name, "--train", "--format", "json").out)
        assert f"{document['totals']['train.macs']:,}" in text


def test_where_no_browser_opens(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def opens_not(_: str) -> bool:
        return False

    monkeypatch.setattr(webbrowser, "open", opens_not)
    path = tmp_path / "x.html"
    said = f"no browser could be opened here: open {path.as_uri()}\n"
    assert run("view", "srcnn", "-o", path) == (0, f"{path}\n", said)


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["srcnn", "-o", "x.html"], "-o"),
        (["-"], "standard input"),
        (["srcnn", "-"], "standard input"),
    ],
)
def test_what_cannot_be_followed(run: Run, words: list[str], what: str) -> None:
    ran = run("view", "--watch", "--no-open", *words)
    assert (ran.code, ran.out) == (2, "")
    assert f"{what} has no changes to follow: leave out --watch" in " ".join(ran.err.split())


def test_a_file_that_is_not_there_is_not_served(run: Run) -> None:
    ran = run("view", "--watch", "--no-open", "gone.yaml")
    assert ran == (2, "", "gone.yaml: there is no such file\n")


@contextmanager
def serving(page: Callable[[int], str]) -> Generator[Served]:
    with command():
        served = Served(page)
        Thread(target=served.forever, daemon=True).start()
        try:
            yield served
        finally:
            served.stop()


def asked(
    served: Served, path: str, *, method: str = "GET", headers: Mapping[str, str] | None = None
) -> tuple[int, str, Mapping[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=20)
    connection.request(method, path, headers=dict(headers or {}))
    answer = connection.getresponse()
    found = answer.status, answer.read().decode(), dict(answer.getheaders())
    connection.close()
    return found


def test_nobody_else_is_answered(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("secret")
    with serving(lambda _: content(file, 99).decode()) as served:
        home = "/" + served.address.split("/", 3)[3]
        code, text, headers = asked(served, home)
        assert (code, text) == (200, "secret")
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        for host in ("evil.example", f"evil.example:{served.port}", "127.0.0.1", ""):
            assert asked(served, home, headers={"Host": host})[:2] == (403, "not by this name\n")
        half = home[: len(home) // 2]
        for path in ("/", "/version", f"{half}/", f"{home}x", f"{home}../a.txt", home[:-1], "*"):
            code, text, _ = asked(served, path)
            assert (code, "secret" in text) == (404, False), path
        assert asked(served, home, method="POST")[0] == 501


def test_a_page_follows_its_file(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("one")

    def page(number: int) -> str:
        text = content(file, 99).decode()
        if text == "wrong":
            raise ConvcostError("a.txt:1:1: <it> is wrong")
        return f"{number} {text}"

    with serving(page) as served:
        home = "/" + served.address.split("/", 3)[3]
        assert asked(served, home)[1] == "1 one"
        assert asked(served, f"{home}version")[1] == "1"
        saved(file, "two")
        assert asked(served, f"{home}version")[1] == "2"
        assert asked(served, home)[1] == asked(served, home)[1] == "2 two"
        saved(file, "wrong")
        text = asked(served, home)[1]
        assert "a.txt:1:1: &lt;it&gt; is wrong" in text
        assert "<meta name=number content=3>" in text
        file.unlink()
        assert asked(served, f"{home}version")[1] == "4"
        assert "there is no such file" in asked(served, home)[1]
        saved(file, "five")
        assert asked(served, home)[1] == "5 five"


def test_a_file_that_is_saved_meanwhile_has_changed(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("one")
    made: list[str] = []

    def page(_: int) -> str:
        made.append(content(file, 99).decode())
        if len(made) == 2:
            saved(file, "three")
        return made[-1]

    with serving(page) as served:
        saved(file, "two")
        assert [served.page(), served.version()] == ["two", "3"]
        assert served.page() == "three"


@pytest.mark.skipif(os.name != "posix", reason="signals are sent")
def test_it_ends_when_it_is_interrupted(tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(SPEC)
    words = [*PROGRAM, "view", "net.yaml", "--watch", "--no-open"]
    with subprocess.Popen(
        words, cwd=tmp_path, env=environment({}), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(b"http://127.0.0.1:")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        assert (process.returncode, out, err) == (128 + signal.SIGINT, b"", b"")
