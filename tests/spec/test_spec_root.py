"""Files that a spec names: inside their root alone, and nothing else is ever quoted."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest

import convcost
from convcost.errors import ConvcostError, SpecError

if TYPE_CHECKING:
    from pathlib import Path

BLOCKS = "blocks: {unit: {layers: [relu]}}\n"
SECRET = "daemon:x:0:0:Top Secret:/\nblocks: {unit: {layers: [relu]}}\n"
WORDS = ("daemon", "Top", "Secret", "hunter", "PRIVATE", "password")


def spec(included: str, key: str = "include") -> str:
    op = "unit" if key == "include" else "relu"
    return f"{key}: {included}\ninput: [3, 8, 8]\nlayers: [{op}]\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder beside one that is none of its business; the command runs in it."""
    (tmp_path / "secret.yaml").write_text(SECRET)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "blocks.yaml").write_text(BLOCKS)
    folder = tmp_path / "project"
    (folder / "nets").mkdir(parents=True)
    (folder / "blocks.yaml").write_text(BLOCKS)
    monkeypatch.chdir(folder)
    return folder


def loaded(path: Path, text: str, **asked: str) -> list[str]:
    path.write_text(text)
    return [layer.name for layer in convcost.load(str(path), **asked).layers]  # type: ignore[arg-type]


def refused(path: Path, text: str, **asked: str) -> str:
    with pytest.raises(SpecError) as caught:
        loaded(path, text, **asked)
    said = str(caught.value)
    assert not any(word in said for word in WORDS)
    return said.partition(": `")[2].partition("\n")[0]


def test_without_git_the_root_is_the_own_folder(project: Path) -> None:
    net = project / "nets" / "net.yaml"
    (project / "nets" / "near.yaml").write_text(BLOCKS)
    assert loaded(net, spec("near.yaml")) == ["relu"]
    assert refused(net, spec("../blocks.yaml")) == "../blocks.yaml` leads outside of its folder"


def test_a_configuration_above_makes_the_root_its_folder(project: Path) -> None:
    net = project / "nets" / "net.yaml"
    (project / "convcost.toml").write_text("")
    assert loaded(net, spec("../blocks.yaml")) == ["relu"]
    said = refused(net, spec("../../secret.yaml"))
    assert said == "../../secret.yaml` leads outside of the folder of its convcost.toml"


@pytest.mark.parametrize("kind", ["repository", "worktree or submodule"])
def test_in_git_the_root_is_the_top(project: Path, kind: str) -> None:
    net = project / "nets" / "net.yaml"
    if kind == "repository":
        (project / ".git").mkdir()
    else:
        (project / ".git").write_text("gitdir: ../elsewhere/.git/worktrees/project\n")
    (project / "nets" / "convcost.toml").write_text("")  # git goes first
    assert loaded(net, spec("../blocks.yaml")) == ["relu"]
    said = refused(net, spec("../../other/blocks.yaml"))
    assert said == "../../other/blocks.yaml` leads outside of its git repository"


def test_a_root_that_is_given_goes_before_all_others(project: Path) -> None:
    (project / ".git").mkdir()
    net, above = project / "nets" / "net.yaml", str(project.parent)
    assert loaded(net, spec("../../other/blocks.yaml"), root=above) == ["relu"]
    said = refused(net, spec("../blocks.yaml"), root="nets")
    assert said == "../blocks.yaml` leads outside of the folder of --root"
    with pytest.raises(ConvcostError, match=r"^--root: nowhere is not a folder$"):
        loaded(net, spec("near.yaml"), root="nowhere")
    assert loaded(net, spec("../blocks.yaml")) == ["relu"]  # it is for one call


@pytest.mark.parametrize("key", ["include", "weights"])
@pytest.mark.parametrize("link", ["of the file", "of its folder", "of a folder in the middle"])
def test_links_are_followed_before_that(project: Path, key: str, link: str) -> None:
    (project / ".git").mkdir()
    (project.parent / "other" / "w.npz").write_bytes(b"PK")
    (project.parent / "other" / "deep").mkdir()
    (project.parent / "other" / "deep" / "w.npz").write_bytes(b"PK")
    path = {
        "of the file": "w.npz",
        "of its folder": "away/w.npz",
        "of a folder in the middle": "away/deep/w.npz",
    }[link]
    if link == "of the file":
        (project / "w.npz").symlink_to("../other/w.npz")
    else:
        (project / "away").symlink_to("../other")
    said = refused(project / "net.yaml", spec(path, key))
    assert said == f"{path}` leads outside of its git repository"


def test_links_that_stay_inside_are_fine(project: Path) -> None:
    (project / ".git").mkdir()
    (project / "nets" / "link.yaml").symlink_to("../blocks.yaml")
    (project / "again").symlink_to("nets")
    assert loaded(project / "net.yaml", spec("again/link.yaml")) == ["relu"]


def test_a_project_that_is_reached_by_a_link_is_itself(project: Path) -> None:
    (project.parent / "alias").symlink_to("project")
    net = project.parent / "alias" / "nets" / "net.yaml"
    (project / ".git").mkdir()
    assert loaded(net, spec("../blocks.yaml")) == ["relu"]


def test_it_says_the_same_of_what_is_there_and_what_is_not(project: Path) -> None:
    there = refused(project / "net.yaml", spec("../secret.yaml"))
    assert refused(project / "net.yaml", spec("../absent.yaml")) == there.replace(
        "secret", "absent"
    )


def test_an_include_of_an_include_has_the_same_root(project: Path) -> None:
    (project / "nets" / "a.yaml").write_text("include: ../../secret.yaml\n")
    net = project / "net.yaml"
    assert refused(net, spec("nets/a.yaml")) == "../../secret.yaml` leads outside of its folder"


@pytest.mark.parametrize("name", [".git", ".GIT"])
def test_what_git_keeps_is_not_opened(project: Path, name: str) -> None:
    (project / ".git").mkdir()
    (project / ".git" / "config").write_text(f"{SECRET}[credential]\n")
    said = refused(project / "net.yaml", spec(f"{name}/config"))
    assert said == f"{name}/config` leads into .git, where git keeps what is its own"


def test_weights_that_are_absolute_are_refused(project: Path) -> None:
    said = refused(project / "net.yaml", spec(str(project / "w.npz"), "weights"))
    assert said.endswith("` is an absolute path")


FOREIGN = {
    "accounts": b"daemon:x:0:0:Top Secret:/:/bin/false\nhunter:x:1:1::/:\n",
    "a value": b"Top Secret\n",
    "variables": b"PASSWORD='Top Secret'\n",
    "a mapping": b"password: Top Secret\nuser: hunter\n",
    "json": b'{"password": "Top Secret"}',
    "broken json": b'{"password": "Top Secret",,}',
    "broken": b"Top: [Secret\n  hunter: {\n",
    "a tag": b"!!python/object:Top.Secret {}\n",
    "keys": b"-----BEGIN PRIVATE KEY-----\nTopSecret\n-----END PRIVATE KEY-----\n",
    "binary": b"\x7fELF\0\0Top Secret",
    "other text": "Top Secret ä".encode("utf-16"),
    "no text": b"Top Secret \xff hunter",
    "control": b"Top Secret \x1b[31m hunter",
    "documents": b"--- Top Secret\n--- hunter\n",
}


@pytest.mark.parametrize("data", FOREIGN.values(), ids=FOREIGN)
def test_nothing_is_said_of_an_included_file_that_is_no_spec(project: Path, data: bytes) -> None:
    (project / "it.yaml").write_bytes(data)
    with pytest.raises(SpecError) as caught:
        loaded(project / "net.yaml", spec("it.yaml"))
    (problem,) = caught.value.problems
    assert problem.source is not None
    assert problem.source[1:] == (1, 10)  # where it is included
    assert problem.line == "include: it.yaml"
    said = str(problem)
    assert not any(word in said for word in WORDS)


def test_a_spec_that_is_included_is_quoted(project: Path) -> None:
    (project / "it.yaml").write_text("blocks: {unit: {layers: [relo]}}\n")
    with pytest.raises(SpecError, match=r"it\.yaml:1:26: unknown op or block `relo`"):
        loaded(project / "net.yaml", spec("it.yaml"))


@pytest.mark.parametrize("kind", ["a pipe", "a device", "a folder", "a socket"])
def test_files_that_are_none_are_refused_at_once(project: Path, kind: str) -> None:
    path = project / "it.yaml"
    if kind == "a pipe":
        os.mkfifo(path)
    elif kind == "a device":
        path.symlink_to("/dev/zero")
    elif kind == "a folder":
        path.mkdir()
    else:
        with socket.socket(socket.AF_UNIX) as one:
            one.bind("it.yaml")
    with pytest.raises(SpecError) as caught:
        loaded(project / "net.yaml", spec("it.yaml"), root="/")
    said = {
        "a folder": "this is a directory, and a spec is a file",
        "a socket": "it cannot be read: No such device or address",
    }.get(kind, "this is not a regular file")
    head = f"{project / 'net.yaml'}:1:10: {project / 'it.yaml'}: {said}"
    assert str(caught.value).partition("\n")[0] == head
    for typed in ("it.yaml", str(path)):
        with pytest.raises(ConvcostError, match=rf"it\.yaml: {said}$"):
            convcost.load(typed)


def test_what_a_shell_has_opened_is_read(project: Path) -> None:
    """As ``<(command)`` is, which no path of a spec can be."""
    reader, writer = os.pipe()
    os.write(writer, spec("blocks.yaml").encode())
    os.close(writer)
    with pytest.raises(SpecError, match=r"blocks\.yaml: there is no such file"):
        convcost.load(f"/dev/fd/{reader}")
    os.close(reader)
    assert "leads outside" in refused(project / "net.yaml", spec("../../../../../dev/stdin"))


def test_a_file_is_read_up_to_its_bound(project: Path) -> None:
    with (project / "it.yaml").open("wb") as file:
        file.truncate(1 << 40)  # takes no room on the disk
    with pytest.raises(SpecError, match="is larger than 4 MiB"):
        loaded(project / "net.yaml", spec("it.yaml"))
