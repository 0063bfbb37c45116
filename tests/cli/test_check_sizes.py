"""Sizes of ONNX files in convcost.toml: what a gate says where they are open, what it counts."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any

import onnx
import pytest
from onnx.parser import parse_model
from repository import Repository, spec

if TYPE_CHECKING:
    from collections.abc import Callable

    from running import Ran

    Run = Callable[..., Ran]


def model(
    sizes: str = "H, W", channels: int = 4, opset: int = 17, *, batch: str = "N", more: str = ""
) -> bytes:
    """A convolution of 27 x channels macs for each position; ``more``: inputs that nothing reads,
    before the one that is read."""
    text = f"""<ir_version: 8, opset_import: ["" : {opset}]>
    net ({more} float[{batch}, 3, {sizes}] x) => (float[{batch}, {channels}, A, B] y)
    <int64[4] shape = {{{channels}, 3, 3, 3}}> {{
      w = ConstantOfShape (shape)
      y = Conv <pads = [1, 1, 1, 1]> (x, w)
    }}"""
    return parse_model(text).SerializeToString()


SIZES = """
[[model]]
models = ["export/net.onnx"]
dims = { H = 8, W = 9 }
"""
LIMITS = '[budget]\nmacs = "1M"\n'


def macs(run: Run, *arguments: str) -> dict[str, int]:
    ran = run("check", "--format", "json", *arguments)
    assert ran.code in (0, 1), ran.err
    found: list[dict[str, Any]] = json.loads(ran.out)["models"]
    return {
        m["path"]: limit["value"]
        for m in found
        for limit in m["limits"]
        if limit["metric"] == "macs"
    }


def test_the_lines_that_are_missing_are_said_and_work(run: Run, repo: Repository) -> None:
    repo.write("export/net.onnx", model())
    repo.write("export/two [1].onnx", model("-1, -1"))
    repo.write("convcost.toml", LIMITS)
    ran = run("check")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(
        "export/net.onnx: input 'x' leaves sizes open (3x?x?)\n"
        "  add to convcost.toml, with your sizes:\n"
        "    [[model]]\n"
        '    models = ["export/net.onnx"]\n'
        "    dims = { H = 224, W = 224 }\n"
    )
    lines = [line[4:] for line in ran.err.splitlines() if line.startswith("    ")]
    repo.write("convcost.toml", "\n".join((LIMITS, *lines)))
    assert set(macs(run)) == {"export/net.onnx", "export/two [1].onnx"}
    assert macs(run)["export/net.onnx"] == 224 * 224 * 27 * 4
    for command in ("baseline", "lint"):
        arguments = ["export/net.onnx"] if command == "lint" else []
        assert run(command, *arguments).code == 0


def test_it_names_the_table_of_a_pyproject(run: Run, repo: Repository) -> None:
    repo.write("net.onnx", model())
    repo.write("pyproject.toml", "[tool.convcost.budget]\nmacs = '1M'\n")
    assert (
        "add to pyproject.toml, with your sizes:\n    [[tool.convcost.model]]\n" in run("check").err
    )


def test_all_that_a_table_may_give(run: Run, repo: Repository) -> None:
    repo.write("a.onnx", model("8, W"))
    repo.write("b.onnx", model("H, W"))
    repo.write(
        "convcost.toml",
        LIMITS
        + """
        [[model]]
        models = ["*.onnx"]
        dims = {W = 1_0}
        [[model]]
        models = "b.onnx"
        dims = {H = 4, W = 5}
        """,
    )
    assert macs(run) == {"a.onnx": 80 * 108, "b.onnx": 20 * 108}
    for shape in ('"3x4x5"', "[3, 4, 5]"):
        repo.write("convcost.toml", f"{LIMITS}[[model]]\ninputs = {{x = {shape}}}\n")
        assert macs(run, "b.onnx") == {"b.onnx": 20 * 108}


def test_the_value_of_an_input_decides_a_branch(run: Run, repo: Repository) -> None:
    text = """<ir_version: 8, opset_import: ["" : 17]>
    net (float[1, 3, 8, 8] x, int64 sr) => (float[1, 4, A, B] y)
    <int64 k = {16000}, int64[4] wide = {4, 3, 3, 3}, int64[4] narrow = {4, 3, 1, 1}> {
      c = Equal (sr, k)
      y = If (c) <then_branch = t () => (float[1, 4, 6, 6] a) {
        wa = ConstantOfShape (wide)
        a = Conv (x, wa)
      }, else_branch = e () => (float[1, 4, 8, 8] b) {
        wb = ConstantOfShape (narrow)
        b = Conv (x, wb)
      }>
    }"""
    repo.write("voice.onnx", parse_model(text).SerializeToString())
    for rate, counted in ((16000, 36 * 108), (8000, 64 * 12)):
        repo.write("convcost.toml", f"{LIMITS}[[model]]\nvalues = {{sr = {rate}}}\n")
        assert macs(run) == {"voice.onnx": counted}


WRONG = {  # what stands in the table: what is said
    "dims = {H = 0}": "dims: `H` is a whole number from 1, such as 320, and here is `0`",
    'dims = {H = "320"}': "dims: `H` is a whole number from 1, such as 320, and here is `320`",
    "dims = {H = [1]}": "dims: `H` is a whole number from 1, such as 320, and here is a list",
    "dims = 320": "dims is a mapping, and here is `320`",
    'inputs = {x = "3xAxB"}': 'inputs: `x` is a shape without the batch, such as "3x320x320", and',
    "values = {s = nan}": "values: `s` is a number or a list of them, such as 16000, and here is",
    "sizes = {}": "a model has no key `sizes`",
}


@pytest.mark.parametrize("line", WRONG)
def test_mistakes_in_it_have_their_place(run: Run, repo: Repository, line: str) -> None:
    repo.write("net.onnx", model())
    repo.write("convcost.toml", f"[[model]]\n{line}\n")
    ran = run("check")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("convcost.toml:2:")
    assert WRONG[line] in ran.err


def test_one_table_is_a_list_too(run: Run, repo: Repository) -> None:
    repo.write("net.onnx", model())
    repo.write("convcost.toml", "[model]\ndims = {H = 3}\n")
    assert "model is a list of tables, which [[model]] begins" in run("check").err


def test_what_is_given_and_not_there(run: Run, repo: Repository) -> None:
    repo.write("net.onnx", model())
    repo.write("convcost.toml", "[[model]]\ndims = {H = 3, W = 3, D = 3}\n")
    assert run("check").err == (
        "net.onnx: --dim: no size of the model's inputs has the name `D`\n"
        "  sizes: N, H, W\n"
        "  it is given in convcost.toml, under [[model]]\n"
    )
    repo.write("convcost.toml", '[[model]]\nmodels = ["nut.onnx"]\ndims = {H = 3}\n')
    repo.write("net.onnx", model("3, 3"))
    assert run("check").err == "convcost.toml:2:10: model: no model matches `nut.onnx`\n"


@pytest.mark.parametrize("then", ["H, W", "rows, columns", "8, 9", "-1, -1", "8, W", "4, 4"])
@pytest.mark.parametrize("now", ["H, W", "8, 9"])
def test_the_base_has_the_sizes_of_now_where_it_leaves_them_open(
    run: Run, repo: Repository, then: str, now: str
) -> None:
    """An export that names its sizes otherwise, or fixes them, can be compared."""
    growth = '[budget]\nmacs = {max_increase = "+5%"}\n'
    repo.write("export/net.onnx", model(then))
    repo.commit()
    repo.write("export/net.onnx", model(now, channels=5))
    repo.write("convcost.toml", growth + (SIZES if "H" in now else ""))
    ran = run("check", "--base", "HEAD", "--format", "json")
    assert ran.code == 1, ran.err
    (limit,) = json.loads(ran.out)["models"][0]["limits"]
    positions = 16 if then == "4, 4" else 72
    assert (limit["value"], limit["before"]) == (72 * 27 * 5, positions * 27 * 4)


def test_the_base_has_the_batch_of_now(run: Run, repo: Repository) -> None:
    repo.write("net.onnx", model())
    repo.commit()
    repo.write("net.onnx", model(channels=5))
    growth = '[budget]\nmacs = {max_increase = "+5%"}\n'
    repo.write("convcost.toml", growth + "[[model]]\ndims = {N = 2, H = 8, W = 9}\n")
    ran = run("check", "--base", "HEAD", "--format", "json")
    (limit,) = json.loads(ran.out)["models"][0]["limits"]
    assert (limit["value"], limit["before"]) == (2 * 72 * 27 * 5, 2 * 72 * 27 * 4)


SCALE = {"more": "float scale, "}
FIXED, OPEN = {"batch": "4"}, dict[str, str]()


@pytest.mark.parametrize(
    ("now", "then", "samples"),
    [
        ({"batch": "2"}, FIXED, 4),
        ({"batch": "2"}, FIXED | {"more": "float[M, 5] other, "}, 4),
        ({"batch": "2"}, SCALE, 2),
        ({"batch": "2"} | SCALE, FIXED | SCALE, 4),
        ({"batch": "2", "more": "float scale, float[2] other, "}, {"more": "float[2] other, "}, 2),
        (OPEN, FIXED, 4),
    ],
)
def test_the_base_has_the_batch_that_it_fixes(
    run: Run, repo: Repository, now: dict[str, Any], then: dict[str, Any], samples: int
) -> None:
    """A size that a file fixes cannot be another number: its base is that of so many samples."""
    repo.write("net.onnx", model("8, 9", **then))
    repo.commit()
    repo.write("net.onnx", model("8, 9", channels=5, **now))
    sizes = "" if now else "[[model]]\ndims = {N = 2}\n"
    repo.write("convcost.toml", '[budget]\nmacs = {max_increase = "+5%"}\n' + sizes)
    ran = run("check", "--base", "HEAD", "--format", "json")
    (limit,) = json.loads(ran.out)["models"][0]["limits"]
    assert (limit["value"], limit["before"]) == (2 * 72 * 27 * 5, samples * 72 * 27 * 4)


def test_a_spec_is_checked_and_repaired_with_the_input_that_is_given(
    run: Run, repo: Repository
) -> None:
    repo.write("a.yaml", spec(8))
    repo.write("convcost.toml", '[budget]\nmacs = "30k"\n[[model]]\ninputs = {input = "3x16x16"}\n')
    ran = run("check", "--format", "json")
    (found,) = json.loads(ran.out)["models"]
    assert found["limits"][0]["value"] == 14 * 14 * (27 * 8 + 8 * 2)
    assert found["repair"]["after"] == "5"
    assert 14 * 14 * (27 * 5 + 5 * 2) <= 30_000 < 14 * 14 * (27 * 6 + 6 * 2)


def test_a_model_that_is_gone_and_was_open_is_no_obstacle(run: Run, repo: Repository) -> None:
    repo.write("a.yaml", spec())
    large = onnx.ModelProto.FromString(model())
    large.doc_string = "larger than a pointer to a file elsewhere is " * 50
    repo.write("net.onnx", large.SerializeToString())
    repo.commit()
    (repo.folder / "net.onnx").unlink()
    ran = run("check", "--base", "HEAD")
    assert ran.code == 0
    assert ran.err.startswith(
        "warning: net.onnx: input 'x' leaves sizes open (3x?x?); it is gone, and what it did cost "
        "is not known\n"
    )


def test_what_is_doubtful_is_a_note(run: Run, repo: Repository) -> None:
    repo.write("net.onnx", model("8, 9", opset=999))
    for command in ("check", "baseline", "init"):
        ran = run(command)
        assert ran.code == 0
        assert ran.err.count("warning: net.onnx: it is of operator set 999, and the newest") == 1


def test_init_leaves_out_what_it_cannot_read_and_says_so(run: Run, repo: Repository) -> None:
    repo.write("a.yaml", spec())
    repo.write("b.yaml", spec().replace("relu", "rely"))
    repo.write("net.onnx", model())
    repo.write("torn.onnx", model()[:40])
    ran = run("init")
    assert ran.code == 0
    reasons = [line for line in ran.err.splitlines() if line.startswith("left out: ")]
    assert [reason.split(":")[1].strip() for reason in reasons] == [
        "b.yaml",
        "net.onnx",
        "torn.onnx",
    ]
    assert reasons[1] == "left out: net.onnx: input 'x' leaves sizes open (3x?x?)"
    text = (repo.folder / "convcost.toml").read_text()
    assert tomllib.loads(text)["exclude"] == ["b.yaml", "net.onnx", "torn.onnx"]
    assert "    \"net.onnx\", # input 'x' leaves sizes open (3x?x?)\n" in text
    assert (
        "# with your sizes, and without its line in `exclude`, net.onnx can be checked:\n"
        "# [[model]]\n"
        '# models = ["net.onnx"]\n'
        "# dims = { H = 224, W = 224 }\n"
    ) in text
    assert list(macs(run)) == ["a.yaml"]


def test_init_writes_the_sizes_that_it_is_given(run: Run, repo: Repository) -> None:
    repo.write("a.yaml", spec())
    repo.write("net.onnx", model())
    repo.write("other.onnx", model("8, W"))
    given = ("--dim", "H=8", "--dim", "W=9")
    assert run("init", *given).code == 0
    found = tomllib.loads((repo.folder / "convcost.toml").read_text())
    assert found["model"] == [
        {"models": ["net.onnx"], "dims": {"H": 8, "W": 9}},
        {"models": ["other.onnx"], "dims": {"W": 9}},
    ]
    assert "exclude" not in found
    assert macs(run)["net.onnx"] == 72 * 27 * 4
    (repo.folder / "convcost.toml").unlink()
    ran = run("init", *given, "--dim", "D=3")
    assert (ran.code, ran.err) == (2, "--dim: no model has an open size of the name `D`\n")


def test_sizes_of_the_command_line_replace_those_of_the_file_for_lint(
    run: Run, repo: Repository
) -> None:
    repo.write("export/net.onnx", model("H, W"))
    repo.write("convcost.toml", SIZES)
    assert run("lint", "export/net.onnx").code == 0
    ran = run("lint", "export/net.onnx", "--dim", "H=0")
    assert (ran.code, "--dim H=0: a size is at least 1" in ran.err) == (2, True)
