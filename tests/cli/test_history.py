"""Costs of models along history, beside those counted in a checkout of each commit."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import jsonschema
import pytest
from repository import Repository, spec
from test_check_base import ONNX
from test_check_lfs import keep, pointer

import convcost
from convcost.errors import ConvcostError
from convcost.gate import revision as base
from convcost.render.schema import output_schema

if TYPE_CHECKING:
    from collections.abc import Callable

    from running import Ran

    Run = Callable[..., Ran]

SCHEMA = output_schema("history")
SHARED = "blocks:\n  b:\n    layers:\n      - {op: conv, out_channels: WIDTH, kernel_size: 3}\n"
USER = "include: shared.yaml\ninput: [3, 8, 8]\nlayers: [b, relu]\n"


def document(run: Run, *arguments: str) -> dict[str, Any]:
    ran = run("history", "--format", "json", *arguments)
    assert ran.code == 0, ran.err
    found = json.loads(ran.out)
    jsonschema.validate(found, SCHEMA)
    return found


def along(found: dict[str, Any], path: str) -> list[dict[str, int] | str | None]:
    """The figures of a model at each commit: None before it was there, "?" where it is unknown."""
    (model,) = (model for model in found["models"] if model["path"] == path)
    steps = {step["commit"]: step for step in model["steps"]}
    result: list[dict[str, int] | str | None] = []
    now: dict[str, int] | str | None = None
    for commit in found["commits"]:
        step = steps.get(commit["commit"])
        if step is not None:
            now = step["figures"] or "?"
            assert (now == "?") == bool(step["error"]) == (not step["complete"])
        result.append(now)
    return result


def in_checkouts(repo: Repository, names: list[str]) -> list[dict[str, int] | str | None]:
    """The same by going to every commit, and reading the file that is there under its name then."""
    commits = repo.git("rev-list", "--first-parent", "--reverse", "main").split()
    result: list[dict[str, int] | str | None] = []
    for commit, name in zip(commits, names, strict=True):
        repo.git("checkout", "--detach", "--force", commit)
        if not Path(name).exists():
            result.append("?" if any(result) else None)
            continue
        try:
            totals = convcost.analyze(convcost.load(name)).totals
            result.append({metric: totals[metric] for metric in ("macs", "params")})
        except ConvcostError:
            result.append("?")
    repo.git("checkout", "--force", "main")
    return result


def edited(repo: Repository, name: str, rng: Random) -> str:
    """Change something at random, and return the name that the model has then."""
    what = rng.choice(["shared", "same", "width", "break", "delete", "move", "back", "merge"])
    file = repo.folder / name
    if what == "shared":
        repo.write("shared.yaml", SHARED.replace("WIDTH", str(rng.randint(1, 3))))
    elif what == "width":
        repo.write(name, USER + f"name: n{rng.randint(1, 3)}\n")
    elif what == "break":
        (repo.write(name, "input: 3\n") if rng.random() < 0.5 else repo.write("shared.yaml", "x"))
    elif what == "delete" and file.exists():
        file.unlink()
    elif what == "move" and file.exists():
        moved = f"m{rng.randint(0, 99)}.yaml"
        if not (repo.folder / moved).exists():
            repo.git("mv", name, moved)
            name = moved
    elif what == "back":
        repo.write(name, USER)
        repo.write("shared.yaml", SHARED.replace("WIDTH", "2"))
    elif what == "merge":
        repo.git("checkout", "-q", "-b", "side")
        repo.commit(shared_yaml=SHARED.replace("WIDTH", str(rng.randint(4, 5))))
        repo.commit(other_txt=str(rng.random()))
        repo.git("checkout", "-q", "main")
        repo.git("merge", "--no-ff", "-q", "side", "-m", "a merge")
        repo.git("branch", "-D", "side")
        return name
    repo.write("count.txt", str(rng.random()))
    repo.commit()
    return name


@pytest.mark.parametrize("seed", range(6))
def test_it_is_as_in_a_checkout_of_every_commit(run: Run, repo: Repository, seed: int):
    rng = Random(seed)
    repo.commit(first_txt="no model yet")
    name = "m.yaml"
    names = [name]
    repo.write("shared.yaml", SHARED.replace("WIDTH", "2"))
    repo.commit(m_yaml=USER)
    names.append(name)
    for _ in range(14):
        name = edited(repo, name, rng)
        names.append(name)
    repo.write(name, USER)
    repo.write("shared.yaml", SHARED.replace("WIDTH", "1"))
    repo.commit()
    names.append(name)
    assert along(document(run, name), name) == in_checkouts(repo, names)


def test_each_content_is_counted_once(run: Run, repo: Repository, monkeypatch: pytest.MonkeyPatch):
    """Twenty models along twenty commits, of which one changes now and then, and back."""
    counted: list[object] = []

    def counting(network: Any) -> Any:
        counted.append(network)
        return convcost.analyze(network)

    monkeypatch.setattr(base, "analyze", counting)
    for number in range(20):
        repo.write(f"m{number}.yaml", spec(number + 1))
    repo.commit()
    for number in range(20):
        repo.commit(m0_yaml=spec(30 + number % 2), other_txt=str(number))
    found = document(run)
    assert len(found["commits"]) == 21
    assert len(counted) == 20 + 2
    assert [len(model["steps"]) for model in found["models"]] == [21] + [1] * 19


def test_since(run: Run, repo: Repository):
    commits = [repo.commit(a_yaml=spec(width)) for width in (1, 2, 3)]
    repo.git("tag", "v1", commits[1])

    def listed(*arguments: str) -> list[str]:
        return [commit["commit"] for commit in document(run, *arguments)["commits"]]

    assert listed() == commits
    assert listed("--since", "v1") == commits[1:]
    assert listed("--since", "HEAD") == commits[2:]
    repo.git("checkout", "-b", "release", commits[0])
    repo.commit(release_txt="")
    repo.git("checkout", "main")
    assert listed("--since", "release") == commits  # from where it parted


def test_metrics_and_records(run: Run, repo: Repository):
    first = repo.commit(a_yaml=spec(1))
    second = repo.commit(a_yaml="input: 3\n")
    ran = run("history", "a.yaml", "--metric", "flops", "--metric", "params", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(ran.out)))
    figures = convcost.analyze(convcost.load("a.yaml", read=lambda _: spec(1).encode())).totals
    assert [row["commit"] for row in rows] == [first, second]
    assert (rows[0]["flops"], rows[0]["params"]) == (str(figures["flops"]), str(figures["params"]))
    assert (rows[1]["flops"], rows[1]["complete"]) == ("", "false")
    assert rows[1]["error"].startswith("a.yaml:1:")


def test_the_page(run: Run, repo: Repository):
    def commit(said: str, **files: str) -> str:
        for name, text in files.items():
            repo.write(name.replace("_", "."), text)
        repo.git("add", "--all")
        repo.git("commit", "--allow-empty", "-m", said)
        return repo.git("rev-parse", "--short=9", "HEAD")

    names = [
        commit("the first"),
        commit("a model", a_yaml=spec(4), b_yaml=spec(4)),
        commit("nothing"),
        commit("wider", a_yaml=spec(8)),
        commit("a slip", a_yaml=spec(8).replace("kernel_size: 3", "kernel_size: 30")),
        commit("mended", a_yaml=spec(5)),
    ]
    said = f"""\
history: 6 commits

a.yaml
commit     date         MACs          params
-----------------------------------------------------------------------
{names[1]}  2024-01-01  4,176             116          a model
{names[3]}  2024-01-01  8,352   +100%     232   +100%  wider
{names[4]}  2024-01-01      ?               ?          not known; a slip
{names[5]}  2024-01-01  5,220  -37.5%     145  -37.5%  mended
{names[4]}: a.yaml:5:62: layer 'stem': the window spans 30 positions of spatial axis 0, and the \
padded input has 8
MACs    ·▁▁█·▂  4,176 to 5,220 (+25%)
params  ·▁▁█·▂  116 to 145 (+25%)

1 model did not change
"""
    assert run("history").out.splitlines() == said.splitlines()


def test_it_fits_a_terminal(on_terminal: Callable[..., str], repo: Repository):
    repo.commit(a_yaml=spec(1))
    repo.write("a.yaml", spec(2))
    repo.git("commit", "-a", "-m", "長い" * 100)
    for width in (80, 70, 40, 20):
        shown = on_terminal("history", width=width, cwd=repo.folder, NO_COLOR="1")
        lines = shown[shown.index("history: 2") :].splitlines()
        assert any(line.endswith("…") for line in lines) == (width > 60)
        assert max(sum(2 if c in "長い" else 1 for c in line) for line in lines) <= max(width, 40)


def test_a_move_is_followed_and_said(run: Run, repo: Repository):
    repo.commit(old__a_yaml=spec(3))
    repo.git("mv", "old", "new")
    repo.commit()
    (model,) = document(run)["models"]
    assert model["path"] == "new/a.yaml"
    assert [step["path"] for step in model["steps"]] == ["old/a.yaml", "new/a.yaml"]
    assert "was old/a.yaml; a change" in run("history").out


def test_an_exported_model_has_the_sizes_of_today(run: Run, repo: Repository):
    small, large = (
        (ONNX / name).read_bytes() for name in ("espcn__ts13.onnx", "resnet18__ts17.onnx")
    )
    repo.commit(m_onnx=small)
    repo.commit(m_onnx=pointer(large))
    repo.commit(m_onnx=large)
    found = document(run, "m.onnx")
    (model,) = found["models"]
    first, second, third = model["steps"]
    assert "only a Git LFS pointer" in second["error"]
    assert first["figures"]["params"] < third["figures"]["params"]
    keep(large, repo.folder / ".git" / "lfs")
    assert along(document(run, "m.onnx"), "m.onnx")[1:] == [third["figures"]] * 2


def test_what_a_link_leads_to_counts(run: Run, repo: Repository):
    repo.write("real/a.yaml", spec(1))
    (repo.folder / "linked.yaml").symlink_to("real/a.yaml")
    repo.commit()
    repo.write("real/a.yaml", spec(2))
    repo.commit()
    (model,) = document(run, "linked.yaml")["models"]
    assert len(model["steps"]) == 2


def test_what_leads_outside_is_not_read(run: Run, repo: Repository, tmp_path: Path):
    (tmp_path / "blocks.yaml").write_text(SHARED.replace("WIDTH", "1"))
    repo.commit(a_yaml=USER.replace("shared.yaml", "../blocks.yaml"))
    repo.commit(a_yaml=USER, shared_yaml=SHARED.replace("WIDTH", "1"))
    (model,) = document(run, "a.yaml")["models"]
    first, second = model["steps"]
    assert first["error"] == "a.yaml:1:10: ../blocks.yaml: there is no such file"
    assert second["figures"]


def test_models_elsewhere(
    run: Run, repo: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    repo.commit(a_yaml=spec())
    monkeypatch.chdir(tmp_path)
    assert along(document(run, "repo/a.yaml"), "repo/a.yaml") != [None]
    other = Repository(tmp_path / "other")
    other.commit(b_yaml=spec())
    said = run("history", "repo/a.yaml", "other/b.yaml").err
    assert said == "other/b.yaml: is not in the repository of repo/a.yaml\n"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--since", "mian"], 2, "--since: the repository has no revision `mian`\n  a revision"),
        (["resnet50"], 2, "resnet50: comes with convcost, and has no history"),
        (["nowhere.yaml"], 2, "nowhere.yaml: there is no such file"),
        (["empty"], 3, "what is named holds no model"),
        (["--metric", "receptive_field"], 2, "Invalid value for '--metric'"),
    ],
)
def test_there_is_no_history(
    run: Run, repo: Repository, arguments: list[str], code: int, says: str
):
    (repo.folder / "empty").mkdir()
    repo.commit(a_yaml=spec())
    ran = run("history", *arguments)
    assert (ran.code, ran.out) == (code, "")
    assert says in ran.err


def test_no_commit_and_no_repository(
    run: Run, repo: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    repo.write("a.yaml", spec())
    assert run("history") == (2, "", "the repository has no commit, and so no history\n")
    repo.commit(b_yaml=spec())
    repo.write("c.yaml", spec())
    assert document(run)["notes"] == ["1 model in no commit: c.yaml"]
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.yaml").write_text(spec())
    monkeypatch.chdir(outside)
    assert run("history").err.startswith(f"{outside} is in no git repository")


def test_a_shallow_clone_says_where_it_begins(
    run: Run, repo: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for width in (1, 2, 3):
        repo.commit(a_yaml=spec(width))
    repo.git("clone", "--depth=2", f"file://{repo.folder}", str(tmp_path / "clone"))
    monkeypatch.chdir(tmp_path / "clone")
    found = document(run)
    assert (len(found["commits"]), len(found["notes"])) == (2, 1)
    assert found["notes"][0].startswith("the clone is shallow")


HOSTILE = "::error::x <b>&\x1b[2J ##[error] | `"


def test_subjects_and_names_command_nothing(run: Run, repo: Repository):
    name = "::x::<b>&##[y].yaml"
    repo.write(name, spec(1))
    repo.git("add", "--all")
    repo.git("commit", "-m", HOSTILE)
    repo.write(name, spec(2))
    repo.commit()
    for format_ in ("text", "markdown"):
        text = run("history", "--format", format_).out
        assert "\x1b" not in text
        assert "##[" not in text
        assert not any(line.lstrip().startswith("::") for line in text.splitlines())
    assert run("history", "-o", "h.svg").code == 0
    assert name in "".join(ElementTree.parse("h.svg").getroot().itertext())


def test_the_picture(run: Run, repo: Repository):
    """A line for each stretch at which a model is known; its height says what it cost."""
    for width in (1, 3, 3, 2):
        repo.commit(a_yaml=spec(width), other_txt=str(width))
    repo.commit(a_yaml="input: 3\n")
    repo.commit(a_yaml=spec(2))
    assert run("history", "--metric", "params", "-o", "h.svg").code == 0
    root = ElementTree.parse("h.svg").getroot()
    paths = [path.attrib["d"] for path in root.iter("{http://www.w3.org/2000/svg}path")]
    assert len(paths) == 2
    assert "V" not in paths[1]  # nothing leads over the gap
    heights = [
        int(part) for part in paths[0].replace("M12 ", "V").split("V")[1:] if "H" not in part
    ]
    heights = [int(part.split("H")[0]) for part in paths[0].replace("M12 ", "V").split("V")[1:]]
    assert len(heights) == 3  # three costs, one of them twice
    low, high, middle = heights
    assert low > middle > high  # an SVG counts from above
    assert 2 * (middle - high) == low - high
    text = "".join(root.itertext())
    assert "a.yaml: params" in text
    assert "+100%" in text


def test_a_badge(run: Run, repo: Repository):
    repo.write("a.yaml", spec(4))
    root = ElementTree.fromstring(run("badge", "a.yaml").out)
    assert root.attrib["aria-label"] == "MACs: 4.18k"
    words = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert words == ["MACs", "4.18k"]
    assert run("badge", "a.yaml", "--metric", "weight_bytes", "-o", "b.svg").code == 0
    assert Path("b.svg").read_text().count("464B") == 3
    assert run("badge", "a.yaml", "--metric", "receptive_field").code == 2
    assert run("badge", "b.yaml").code == 2


def test_a_badge_of_what_is_not_all_counted_says_so(run: Run, repo: Repository):
    """An unknown cost is not a zero."""
    from onnx import TensorProto, helper

    node = helper.make_node("Strange", ["x"], ["y"], domain="some.where")
    values = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [1, 2]) for n in "xy"]
    graph = helper.make_graph([node], "g", values[:1], values[1:])
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("some.where", 1)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    repo.commit(m_onnx=model.SerializeToString())
    assert 'aria-label="MACs: at least 0"' in run("badge", "m.onnx").out
    (traced,) = document(run, "m.onnx")["models"]
    assert traced["steps"][0]["complete"] is False
    assert "not all layers were counted" in run("history", "m.onnx").out
