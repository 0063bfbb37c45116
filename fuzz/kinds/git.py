"""Repositories: names that hurt, links, references that lead nowhere, files that are not text."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

from fuzz import damage
from fuzz.case import Input
from fuzz.small import NET, ONNX

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from random import Random

    from fuzz.case import Line, Runner

NAMES = (
    *("net.yaml", "models/net.yaml", "a b.yaml", "-x.yaml", "é.yaml", "tab\t.yaml"),
    *("new\nline.yaml", "\x1b[31m.yaml", "::error::.yaml", "a:b.yaml", "*.yaml", "[x].yaml"),
    *("x@y=1.yaml", "\udcff.yaml", "convcost.toml", "model.onnx", ".git.yaml", "x" * 200 + ".yaml"),
    *("blocks.yaml", "HEAD", "main"),
)  # fmt: skip
CONTENTS = (
    *(NET, NET.replace("width: 4", "width: 5"), f"{NET}budget: {{macs: {{max_increase: +1%}}}}\n"),
    *("include: ../blocks.yaml\n" + NET, "blocks: {b: {layers: [relu]}}\n", "", "\x00\x01", "->"),
    *("[budget]\nparams = 1\n",),
    *("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n",),
)  # fmt: skip
LINKS = ("net.yaml", "..", "/etc/hostname", "nowhere", "self", "models")
REFS = (
    *("HEAD", "HEAD~1", "HEAD~9", "main", "main...", "none", "broken", "tag", "tree", "", "-"),
    *("--all", "nowhere...", "HEAD^{tree}", "HEAD:net.yaml", "@{u}", "a..b", "\x1b", "HEAD..."),
    *(":/x", "x\ny"),
)  # fmt: skip
SETTINGS = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    **{f"GIT_{who}_NAME": "A" for who in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{who}_EMAIL": "a@example.org" for who in ("AUTHOR", "COMMITTER")},
}


def generated(rng: Random) -> Input:
    """Two commits, what lies in the working tree after them, and what to compare with."""
    steps = [_files(rng), _files(rng), _files(rng) if rng.random() < 0.4 else {}]
    found = {
        "commits": steps,
        "refs": rng.sample(REFS, 2),
        "broken": rng.choice(
            ("", "HEAD", "refs/heads/broken", "index", "objects", "config", "shallow")
        ),
    }
    return Input("git", ".json", json.dumps(found, indent=1).encode())


def _files(rng: Random) -> dict[str, Any]:
    found: dict[str, Any] = {"net.yaml": rng.choice(CONTENTS[:3])}
    for _ in range(rng.randint(0, 3)):
        content = rng.choice(CONTENTS)
        if rng.random() < 0.2:
            content = damage.lines(rng, content, CONTENTS)
        found[rng.choice(NAMES)] = content
    if rng.random() < 0.3:
        found["link.yaml"] = {"link": rng.choice(LINKS)}
    if rng.random() < 0.1:
        del found["net.yaml"]
    return found


def lines(folder: Path, given: Input, run: Runner) -> Iterator[Line]:
    """The gate in that repository."""
    del run
    try:
        found: Any = json.loads(given.data)
        _laid_out(folder, found)
        refs: Sequence[str] = [*found["refs"]]
    except (ValueError, KeyError, TypeError, AttributeError):  # a recipe that was cut down
        return
    for ref in (*refs, "HEAD"):
        yield ("check", "--base", ref, "--format", "json")
        yield ("check", "--base", ref, "--format", "github")
    yield ("check", ".", "--base", "HEAD~1", "--strict", "--format", "sarif")
    yield ("check", "net.yaml", "--base", "HEAD", "--tighten")
    yield ("baseline", "-o", "costs.json")
    yield ("baseline",)
    yield ("lint", "link.yaml", "net.yaml")
    yield ("init",)
    yield ("analyze", "link.yaml", "--jobs", "1")  # may lead to a folder


def _laid_out(folder: Path, found: Any) -> None:
    _git(folder, "init", "--quiet", "--initial-branch=main")
    for number, step in enumerate(found["commits"]):
        for name, content in step.items():
            _write(folder / name, content)
        if number < 2:
            _git(folder, "add", "--all")
            _git(folder, "commit", "--quiet", "--allow-empty", "--message", "x", "--no-gpg-sign")
    _git(folder, "tag", "tag", "HEAD~1")
    _git(folder, "branch", "tree", "HEAD~1")
    if found["broken"]:
        place = folder / ".git" / found["broken"]
        if place.is_dir():
            place.rename(place.with_name("gone"))
        else:
            place.write_text("broken\n")


def _write(path: Path, content: Any) -> None:
    """A file or a link, where the machine takes its name."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_symlink() or (path.exists() and not path.is_dir()):
            path.unlink()
        if isinstance(content, dict):
            path.symlink_to(str(content["link"]))  # pyright: ignore[reportUnknownArgumentType]
        elif path.suffix == ".onnx":
            path.write_bytes(ONNX)
        else:
            path.write_bytes(content.encode("utf-8", "surrogatepass"))
    except (OSError, ValueError):
        return


def _git(folder: Path, *words: str) -> None:
    subprocess.run(
        ["git", *words], cwd=folder, env=os.environ | SETTINGS, capture_output=True, check=False
    )
