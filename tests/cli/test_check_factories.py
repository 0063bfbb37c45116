"""Models that are made by code of the user's: run for those who ask for it, and apart."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from factories import (
    CODE,
    CONFIG,
    MOBILENET,
    NAME,
    NOT_CHECKED,
    RESNET,
    beside,
    document,
    factory,
    network,
    refused,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from repository import Repository
    from running import Ran

    Run = Callable[..., Ran]


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (["check"], 3),
        (["check", "--strict"], 2),
        (["check", NAME], 3),
        (["baseline"], 3),
        (["init"], 2),
        (["lint", NAME], 2),
        (["analyze", NAME], 2),
    ],
)
def test_nothing_is_run_that_was_not_asked_for(
    run: Run, made: Repository, command: list[str], code: int
):
    (made.folder / "nets/.small.pt2").unlink()
    ran = run(*command)
    assert ran.code == code
    assert not (made.folder / "ran").exists()
    if command[0] in ("check", "baseline"):
        assert ran.err == f"{NOT_CHECKED}\n"


def test_a_model_beside_one_that_is_not_run(run: Run, made: Repository):
    beside(made)
    made.write("convcost.toml", f'models = ["other.pt2"]\n{CONFIG}')
    ran = run("check")
    assert ran.code == 0
    assert NOT_CHECKED.replace("toml:2", "toml:3") in ran.err
    assert "1 model keeps its budget" in ran.out
    ran = run("check", "--strict")
    assert ran.code == 2
    assert "is not checked, as it is code" in ran.err
    assert "is not checked" not in run("check", "other.pt2", "--strict").err  # nor asked for
    assert not (made.folder / "ran").exists()


def test_what_it_prints_is_kept_apart(run: Run, made: Repository):
    found = document(run)
    assert [model["path"] for model in found["models"]] == [NAME]
    assert found["models"][0]["limits"][0]["value"] == MOBILENET
    assert (made.folder / "ran").exists()
    assert made.git("status", "--porcelain", "--ignored=no", "nets").count("pyc") == 0


@pytest.mark.parametrize(
    "returned",
    ["Path(__file__).with_name('.small.pt2')", "str(Path(__file__).with_name('.small.pt2'))",
     "Path(__file__).with_name('.small.pt2').read_bytes()"],
)  # fmt: skip
def test_what_a_factory_may_return(run: Run, made: Repository, returned: str):
    made.write("nets/small.py", f"from pathlib import Path\ndef build(): return {returned}\n")
    assert document(run, NAME)["models"][0]["limits"][0]["value"] == MOBILENET


def test_growth_against_the_code_of_a_revision(run: Run, made: Repository, scratch: Path):
    first = made.commit()
    made.write("nets/.big.pt2", network("resnet18"))
    made.write("nets/small.py", CODE.replace(".small.pt2", ".big.pt2"))
    found = document(run, "--base", "main")
    assert found["base"] == f"{first[:9]} (main)"
    (model,) = found["models"]
    assert (model["state"], model["failed"]) == ("changed", True)
    growth = model["limits"][1]
    assert (growth["value"], growth["before"]) == (RESNET, MOBILENET)
    assert list(scratch.iterdir()) == []
    assert made.git("worktree", "list").count("\n") == 0
    assert made.git("diff", "--cached", "--name-only") == ""
    assert not (made.folder / "nets/__pycache__").exists()


def test_the_code_of_the_base_is_not_run_where_nothing_has_changed(run: Run, made: Repository):
    made.write("nets/small.py", CODE.replace('"ran"', '__file__ + ".ran"'))
    made.write(".gitignore", "*.ran\n")
    made.commit()
    (model,) = document(run, "--base", "HEAD")["models"]
    assert model["state"] == "same"


def test_a_factory_that_the_base_lacks_is_new(run: Run, made: Repository):
    (made.folder / "nets/small.py").unlink()
    made.commit()
    made.write("nets/small.py", CODE)
    (model,) = document(run, "--base", "HEAD")["models"]
    assert model["state"] == "new"


def test_a_folder_that_the_base_lacks_makes_it_new(run: Run, made: Repository):
    made.write("sub/convcost.toml", CONFIG)
    made.write("sub/nets/small.py", CODE)
    made.write("sub/nets/.small.pt2", network("mobilenet_v2"))
    made.write(".gitignore", "sub\n")
    made.commit()
    made.write(".gitignore", "")
    (model,) = document(run, "--base", "HEAD", "--config", "sub/convcost.toml")["models"]
    assert (model["path"], model["state"]) == (f"sub/{NAME}", "new")


def test_a_factory_that_is_gone_is_told(run: Run, made: Repository):
    beside(made)
    made.commit()
    made.write("convcost.toml", 'models = ["other.pt2"]\n')
    ran = run("check", "--base", "HEAD")
    assert ran.code == 0
    assert f"{NAME}: left out of what is checked (convcost.toml:1)" in ran.out
    made.git("rm", "--force", "convcost.toml")
    ran = run("check", "other.pt2", "--base", "HEAD")
    assert NAME not in ran.out + ran.err
    ran = run("check", "--base", "HEAD")
    assert f"{NAME}: left out of what is checked" in ran.out


def test_code_that_fails_at_the_base(run: Run, made: Repository, scratch: Path):
    made.write("nets/small.py", "import nets.lacking\n")
    made.commit()
    made.write("nets/small.py", CODE)
    ran = run("check", "--run-code", "--base", "main")
    assert ran.code == 0  # as a policy has it: a repair of what the base breaks must pass
    assert (
        f"nets/small.py:1: the factory `{NAME}`: it cannot be imported: ModuleNotFoundError: No "
        "module named 'nets.lacking'"
    ) in ran.out
    assert list(scratch.iterdir()) == []


def test_code_of_now_never_stands_for_that_of_the_base(
    run: Run, made: Repository, monkeypatch: pytest.MonkeyPatch
):
    for name in ("__init__.py", "small.py", ".small.pt2"):
        made.write(f"src/nets/{name}", (made.folder / "nets" / name).read_bytes())
        (made.folder / "nets" / name).unlink()
    monkeypatch.setenv("PYTHONPATH", str(made.folder / "src"))  # as an editable install has it
    made.commit()
    made.write("src/nets/.small.pt2", network("resnet18"))
    said = refused(run, "--base", "main")
    assert "src/nets/__init__.py:1: the factory `nets.small:build`: the module `nets` comes" in said
    assert '  `pythonpath = ["src"]` beside it says where its modules are' in said
    made.write("convcost.toml", CONFIG.replace("[budget]", 'pythonpath = ["src"]\n[budget]'))
    growth = document(run, "--base", "main")["models"][0]["limits"][1]
    assert (growth["value"], growth["before"]) == (RESNET, MOBILENET)


def test_a_saved_baseline(run: Run, made: Repository):
    assert run("baseline", "--run-code", "-o", "saved/costs.json").code == 2  # no such folder
    (made.folder / "saved").mkdir()
    assert run("baseline", "--run-code", "-o", "saved/costs.json").code == 0
    saved = json.loads((made.folder / "saved/costs.json").read_text())
    assert list(saved["models"]) == [f"../{NAME}"]
    made.write("nets/.small.pt2", network("resnet18"))
    growth = document(run, "--baseline", "saved/costs.json")["models"][0]["limits"][1]
    assert (growth["value"], growth["before"]) == (RESNET, MOBILENET)
    beside(made)
    made.write("convcost.toml", 'models = ["other.pt2"]\n')
    states = {
        m["path"]: m["state"] for m in document(run, "--baseline", "saved/costs.json")["models"]
    }
    assert states == {NAME: "deleted", "other.pt2": "new"}


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import math\ndef build():\n    return math.sqrt(-1)\n",
         "nets/small.py:3: the factory {name}: it failed: ValueError: math domain error"),
        ("def build(:\n", "nets/small.py:1: the factory {name}: it cannot be imported: "
         "SyntaxError: invalid syntax (small.py, line 1)"),
        ("import lacking\n", "nets/small.py:1: the factory {name}: it cannot be imported: "
         "ModuleNotFoundError: No module named 'lacking'"),
        ("def build(width):\n    return width\n", "convcost.toml:2:11: the factory {name}: it "
         "failed: TypeError: build() missing 1 required positional argument: 'width'"),
        ("def bild(): pass\n", "convcost.toml:2:11: the factory {name}: the module `nets.small` "
         "has no `build`\n  a function with a similar name exists: `bild`"),
        ("build = 3\n", "convcost.toml:2:11: the factory {name}: `build` of the module "
         "`nets.small` is not a function"),
        ("import sys\nsys.exit('no')\n",
         "nets/small.py:2: the factory {name}: failed: SystemExit: no"),
        ("import os\nprint('so far')\nos._exit(3)\n", "convcost.toml:2:11: the factory {name}: its "
         "process ended with the exit code 3 before it was done"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n", "convcost.toml:2:11: the "
         "factory {name}: its process ended by the signal SIGSEGV before it was done"),
        ("def build(): return {}\n", "convcost.toml:2:11: the factory {name}: it returned an "
         "object of the type dict, and not a torch.nn.Module, a module and its inputs, an exported "
         "program, or the path of an exported file"),
        ("def build(): return 'a.txt'\n", "convcost.toml:2:11: the factory {name}: it returned the "
         "path 'a.txt', which ends in none of .pt2 and .onnx"),
        ("def build(): return 'a.pt2'\n", "convcost.toml:2:11: the factory {name}: it returned the "
         "path 'a.pt2', and there is no such file"),
        ("def build(): return b'no archive'\n", "{bare}: the file is not a zip archive, as "
         "torch.export.save writes: it may be cut off"),
    ],
)  # fmt: skip
def test_code_that_fails(run: Run, made: Repository, code: str, said: str):
    factory(made, code)
    expected = said.format(name=f"`{NAME}`", bare=NAME)
    notes = {
        f"{expected}{note}"
        for note in ("", "\n  it is named in convcost.toml:2", "\n  it printed: so far")
    }
    assert refused(run) in notes


def test_no_module_of_the_name(run: Run, made: Repository):
    (made.folder / "nets/small.py").unlink()
    assert refused(run) == (
        f"convcost.toml:2:11: the factory `{NAME}`: there is no module `nets.small`"
    )


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('factory = "nets"', 'convcost.toml:2:11: factory is a module and a function of it, as in '
         '"detector.models:build", and here is `nets`'),
        ("factory = 3", "and here is `3`"),
        ('factory = "a:b"\nmodels = ["x"]', "convcost.toml:3:10: a table has either models or a "
         "factory: begin another one"),
        ("timeout = 3", "convcost.toml:2:11: timeout is of a factory, and this table has none"),
        ('factory = "a:b"\ntimeout = 0', "timeout is a whole number of seconds from 1 to 86400, "
         "and here is `0`"),
        ('factory = "a:b"\nmemory = "8 KB"', "memory: `8 KB` is ambiguous"),
        ('factory = "a:b"\npythonpath = [3]', 'pythonpath is a folder or a list of them, as in '
         '["src"], and here is a list'),
        ('factory = "a:b"\n[[model]]\nfactory = "a:b"', "the factory `a:b` has a table already"),
        ('factory = "a:b"\ninputs = { x = "3xw" }', "inputs: `x` is a shape without the batch"),
    ],
)  # fmt: skip
def test_mistakes_in_a_table(run: Run, repo: Repository, table: str, said: str):
    repo.write("convcost.toml", f"[[model]]\n{table}\n")
    ran = run("check", "--run-code")
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_patterns_of_budgets_name_factories(run: Run, made: Repository):
    beside(made)
    budgets = f'[[budget]]\nmodels = ["{NAME}"]\nparams = "1M"\n'
    made.write("convcost.toml", f'models = ["other.pt2"]\n[[model]]\nfactory = "{NAME}"\n{budgets}')
    assert run("check").code == 0  # what it holds for is not run, and no mistake
    found = document(run)
    assert {m["path"]: m["failed"] for m in found["models"]} == {
        "other.pt2": False,
        NAME: True,
    }


def test_limits_are_not_lowered_by_part_of_the_models(run: Run, made: Repository):
    beside(made)
    made.write("convcost.toml", f'models = ["other.pt2"]\n{CONFIG}')
    before = (made.folder / "convcost.toml").read_text()
    assert run("check", "--tighten").code == 0
    assert (made.folder / "convcost.toml").read_text() == before
    assert run("check", "--run-code", "--tighten").code == 0
    assert (made.folder / "convcost.toml").read_text() != before


def test_findings_stand_where_a_code_host_has_lines(run: Run, made: Repository):
    made.write("convcost.toml", CONFIG.replace("20M", "1M"))
    ran = run("check", "--run-code", "--format", "github")
    assert ran.code == 1
    assert ran.out.startswith("::error file=convcost.toml,line=5,")
