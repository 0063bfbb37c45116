"""The base of a change on each host of continuous integration: its variables, and a clone as it
makes them."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from checked import GROWTH
from host_builds import EXAMPLES, MERGE, OTHER_BUILDS, Example
from repository import Repository, spec

from convcost.gate.fetching import command
from convcost.gate.hosts import HOSTS, Branch, Commit, Default, Event, host_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from running import Ran

    Run = Callable[..., Ran]

every_example = pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)


@pytest.fixture
def upstream(repo: Repository) -> dict[str, str]:
    """A repository whose model grew on a branch, while main went on; its commits by name."""
    commits = {"start": repo.commit(a_yaml=spec(4, GROWTH))}
    repo.git("checkout", "-b", "work")
    repo.commit(a_yaml=spec(5, GROWTH))
    commits["work"] = repo.commit(other_txt="no model")
    repo.git("checkout", "main")
    commits["tip"] = repo.commit(more_txt="no model either")
    repo.git("checkout", "--detach")
    repo.git("merge", "--no-ff", "work", "--message", "merge")
    commits["merge"] = repo.git("rev-parse", "HEAD")
    repo.git("checkout", "main")
    repo.git("update-ref", MERGE, commits["merge"])
    repo.git("update-ref", "refs/heads/gh-readonly-queue/main/pr-7", commits["merge"])
    return commits


@pytest.fixture
def clone(repo: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Clone one ref as hosts do, to a depth, and go there."""

    def clone(ref: str, depth: int | None) -> None:
        made = tmp_path / "clone"
        options = [f"--depth={depth}"] if depth else []
        where = f"file://{repo.folder}"
        if ref.startswith("refs/heads/"):
            branch = ref.removeprefix("refs/heads/")
            repo.git("clone", *options, "--single-branch", "--branch", branch, where, str(made))
        else:
            here = Repository(made)
            here.git("remote", "add", "origin", where)
            here.git("fetch", *options, "origin", f"+{ref}:refs/remotes/{ref[5:]}")
            here.git("checkout", "--detach", f"refs/remotes/{ref[5:]}")
        monkeypatch.chdir(made)

    return clone


def set_up(
    example: Example, commits: dict[str, str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in example.variables.items():
        monkeypatch.setenv(name, value.format(**commits))
    if example.event is not None:
        text = json.dumps(example.event)
        for name, commit in commits.items():
            text = text.replace(f"{{{name}}}", commit)
        event = folder / "event.json"
        event.write_text(text)
        monkeypatch.setenv("GITHUB_EVENT_PATH", str(event))


def advised(said: str) -> str:
    found = re.findall(r"^  `(git fetch .*)` would bring it$", said, re.MULTILINE)
    assert len(found) == 1, said
    return found[0]


@every_example
def test_the_base_is_found_once_the_advised_command_has_run(
    run: Run,
    upstream: dict[str, str],
    clone: Callable[..., None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    example: Example,
):
    """In a clone of one branch and one commit, which is what hosts make unless told otherwise."""
    clone(example.checkout, 1)
    set_up(example, upstream, tmp_path, monkeypatch)
    ran = run("check")
    assert (ran.code, ran.out) == (2, "")
    host = host_of(dict(example.variables))
    assert host is not None
    assert f"\n  on {host.name}: {host.whole}\n" in ran.err
    subprocess.run(["sh", "-c", advised(ran.err)], check=True, capture_output=True)
    ran = run("check")
    assert ran.err.startswith(f"compared with {upstream[example.base][:9]} ("), ran.err
    assert ran.code == 1


@every_example
def test_the_base_is_found_in_a_clone_of_one_branch_with_its_history(
    run: Run,
    upstream: dict[str, str],
    clone: Callable[..., None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    example: Example,
):
    clone(example.checkout, None)
    set_up(example, upstream, tmp_path, monkeypatch)
    ran = run("check")
    if ran.code == 2:  # it has no other branch
        assert " --" not in advised(ran.err)
        subprocess.run(["sh", "-c", advised(ran.err)], check=True, capture_output=True)
        ran = run("check")
    assert ran.err.startswith(f"compared with {upstream[example.base][:9]} ("), ran.err
    assert ran.code == 1


@pytest.mark.parametrize("example", OTHER_BUILDS.values(), ids=OTHER_BUILDS)
def test_a_build_that_changes_nothing_has_no_base(
    run: Run,
    upstream: dict[str, str],
    clone: Callable[..., None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    example: Example,
):
    clone(example.checkout, 1)
    set_up(example, upstream, tmp_path, monkeypatch)
    ran = run("check")
    assert "there is no baseline" in ran.out
    assert "compared with" not in ran.err


@pytest.mark.parametrize("ref", ["main", "main...", "origin/main", "origin/main..."])
def test_a_branch_that_only_the_remote_has(
    run: Run, upstream: dict[str, str], clone: Callable[..., None], ref: str
):
    """Continuous integration checks out no branch but the one that it builds."""
    clone("refs/heads/work", 1)
    said = run("check", "--base", ref)
    assert said.code == 2
    subprocess.run(["sh", "-c", advised(said.err)], check=True, capture_output=True)
    ran = run("check", "--base", ref, "--format", "json")
    base = upstream["start" if ref.endswith("...") else "tip"]
    assert json.loads(ran.out)["base"] == f"{base[:9]} ({ref})"


@pytest.mark.parametrize("ref", ["v1.0", "{start}", "{tip}", "{start}...", "HEAD~2"])
def test_a_tag_or_a_commit_that_is_not_there(
    run: Run, repo: Repository, upstream: dict[str, str], clone: Callable[..., None], ref: str
):
    repo.git("tag", "v1.0", upstream["start"])
    clone("refs/heads/work", 1)
    given = ref.format(**upstream)
    said = run("check", "--base", given)
    assert said.code == 2
    subprocess.run(["sh", "-c", advised(said.err)], check=True, capture_output=True)
    assert run("check", "--base", given).code == 1


def test_two_remotes_with_a_branch_of_one_name_decide_nothing(
    run: Run, repo: Repository, upstream: dict[str, str], clone: Callable[..., None]
):
    clone("refs/heads/work", None)
    here = Repository(Path.cwd())
    here.git("fetch", "origin", "+refs/heads/main:refs/remotes/origin/main")
    assert run("check", "--base", "main").code == 1
    here.git("remote", "add", "fork", str(repo.folder))
    here.git("update-ref", "refs/remotes/fork/main", upstream["start"])
    ran = run("check", "--base", "main")
    assert (ran.code, ran.err.splitlines()[0]) == (
        2,
        "base: the repository has no revision `main`",
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "it is not JSON"),
        ("[" * 100_000, "it is not JSON"),
        (None, "there is no such file"),
    ],
)
def test_an_event_that_cannot_be_read(
    run: Run,
    repo: Repository,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    text: str | None,
    says: str,
):
    repo.commit(a_yaml=spec())
    event = tmp_path / "event.json"
    if text is not None:
        event.write_text(text)
    monkeypatch.setenv("GITHUB_EVENT_NAME", "merge_group")
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(event))
    assert run("check") == (
        2,
        "",
        f"base: the event cannot be read from {event}, which GITHUB_EVENT_PATH names: {says}\n",
    )


@pytest.mark.parametrize("text", ["[]", "{}", "3", '{"merge_group": [{"base_sha": "x"}]}'])
def test_an_event_without_a_base(
    run: Run, repo: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
):
    repo.commit(a_yaml=spec())
    event = tmp_path / "event.json"
    event.write_text(text)
    monkeypatch.setenv("GITHUB_EVENT_NAME", "merge_group")
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(event))
    assert run("check").code == 0


def test_every_way_of_every_host_has_an_example():
    used = {name for example in EXAMPLES.values() for name in example.variables}
    events = {example.variables.get("GITHUB_EVENT_NAME") for example in EXAMPLES.values()}
    for host in HOSTS:
        for way in host.ways:
            match way:
                case Branch(variable) | Commit(variable):
                    named = variable in used
                case Default(variables):
                    named = variables[0] in used
                case Event(name):
                    named = name in events
            assert named, f"{__file__}: add an example of {way} on {host.name}"


@pytest.mark.parametrize(
    ("ref", "remotes", "said"),
    [
        ("a b", ["origin"], None),
        ("--upload-pack=x", ["origin"], None),
        ("main", [], None),
        ("main", ["one", "two"], None),
        ("HEAD~3", ["origin"], "git fetch --unshallow"),
        ("up/x", ["up"], "git fetch --unshallow up +refs/heads/x:refs/remotes/up/x"),
    ],
)
def test_commands(ref: str, remotes: list[str], said: str | None):
    assert command(ref, remotes, shallow=True, joined=True) == said


@pytest.mark.parametrize("branch", ["a;reboot", "$(reboot)", "`reboot`", "a'b", "a&b|c", "#x"])
def test_a_branch_is_one_word_of_a_shell(branch: str):
    """Anyone who opens a pull request names a branch, and what is advised is copied."""
    said = command(f"origin/{branch}", ["origin"], shallow=False, joined=False)
    assert said is not None
    refspec = f"+refs/heads/{branch}:refs/remotes/origin/{branch}"
    assert shlex.split(said) == ["git", "fetch", "origin", refspec]
    done = subprocess.run(
        ["sh", "-c", said.replace("git fetch", "printf '%s\\n'")], capture_output=True, check=True
    )
    assert done.stdout.decode().splitlines() == ["origin", refspec]
