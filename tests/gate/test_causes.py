"""Effects of each change, beside another way to find them: the text edited by hand, and counted."""

from __future__ import annotations

import random
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from convcost import ConvcostError, analyze, load
from convcost.analysis.analyze.cost import analyze_counts
from convcost.budget.limit import Bound, Limit, Part
from convcost.gate.base import Before, Now
from convcost.gate.causes import FLOOR, MOST, Explainer, Subject
from convcost.gate.difference import pairs
from convcost.gate.edits import Kind
from convcost.gate.purse import Purse
from convcost.metrics import FIELD

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from convcost.analysis.analyze.network_cost import Analysis
    from convcost.budget.verdict import Figures
    from convcost.gate.causes import Cause

    Texts = Mapping[str, str]

ROOT = Path(__file__).parent.parent.parent
SPECS = sorted((ROOT / "specs").glob("*.yaml"))
NUMBER = re.compile(r"(?<=[ \[])\d+(?=[,\]}\n])")
LIMITS = [
    Limit("macs", Bound.MAX, 1),
    Limit("params", Bound.MAX, 1, part=Part.OPS, pattern="conv"),
    Limit("receptive_field", Bound.MIN, 10**9),
]


def analysis(texts: Texts, main: str = "a.yaml") -> Analysis:
    return analyze(load(main, read=lambda path: texts[path].encode()))


def figures(texts: Texts, main: str = "a.yaml") -> Figures | None:
    try:
        return analysis(texts, main).figures
    except ConvcostError:
        return None


def subject(old: Texts, new: Texts, main: str = "a.yaml", tries: int = MOST) -> Subject:
    def again(read: Callable[[str], bytes], *, fields: bool) -> Analysis:
        return (analyze if fields else analyze_counts)(load(main, read=read))

    def as_bytes(texts: Texts) -> dict[str, bytes]:
        return {path: text.encode() for path, text in texts.items()}

    then, now = analysis(old, main), analysis(new, main)
    before = Before(main, then.figures, then, read=as_bytes(old), again=again)
    aligned = pairs(then.figures, now.figures, (then, now))
    after = Now(main, Path(main), now, as_bytes(new))
    return Subject(before, after, now.figures, LIMITS, aligned, tries)


def explained(subject: Subject) -> list[Cause]:
    explainer = Explainer()
    explainer.purse.earn(10**9)
    return explainer.causes(subject)


def adds_up(found: list[Cause], old: Figures, new: Figures) -> None:
    """The parts come to the whole, for every metric."""
    for metric, value in old.totals.items():
        whole = sum(cause.effects.get(metric, 0) for cause in found)
        assert whole == new.totals[metric] - value, metric


def differences(old: Figures, new: Figures) -> dict[str, int]:
    both = ((metric, new.totals[metric] - value) for metric, value in old.totals.items())
    return {metric: value for metric, value in both if value}


@pytest.mark.parametrize("seed", range(80))
def test_numbers_of_published_networks(seed: int):
    """Up to five lines with another number each, in place; each line alone is counted apart."""
    rng = random.Random(seed)
    text = rng.choice(SPECS).read_text().partition("\nexpect:")[0] + "\n"
    lines = text.splitlines(keepends=True)
    places = [number for number, line in enumerate(lines) if NUMBER.search(line)]
    edited: dict[int, str] = {}
    for number in rng.sample(places, min(len(places), rng.randrange(1, 6))):
        found = rng.choice([*NUMBER.finditer(lines[number])])
        value = rng.choice([int(found[0]) + 1, 2 * int(found[0]), max(1, int(found[0]) // 2)])
        line = lines[number]
        edited[number] = f"{line[: found.start()]}{value}{line[found.end() :]}"

    def with_lines(chosen: Mapping[int, str]) -> str:
        return "".join(chosen.get(number, line) for number, line in enumerate(lines))

    after = with_lines(edited)
    new = figures({"a.yaml": after})
    if new is None or after == text:
        return  # no such network
    old = analysis({"a.yaml": text}).figures
    found = explained(subject({"a.yaml": text}, {"a.yaml": after}))
    adds_up(found, old, new)
    by_line = {c.source.line: c for c in found if c.source and c.kind is not Kind.REST}
    if any(cause.before.startswith("{") for cause in found):
        return  # two lines of one layer are one change
    untold = 0
    for number, line in edited.items():
        alone = figures({"a.yaml": with_lines({number: line})})
        cause = by_line.pop(number + 1, None)
        if alone is None:
            assert cause is None
            untold += line != lines[number]
        else:
            told: Mapping[object, int] = cause.effects if cause else {}
            assert {k: v for k, v in told.items() if k in old.totals} == differences(old, alone)
    assert not by_line
    rest = [cause for cause in found if cause.kind is Kind.REST]
    assert sum(cause.changes for cause in rest) in (untold, 0)


BLOCKS = """\
blocks:
  body:
    args: {out: ~, kernel: 3}
    layers:
      - {op: conv, out_channels: out, kernel_size: kernel, padding: 1}
      - relu
"""
SPEC = """\
input: [3, 32, 32]
include: blocks.yaml
vars: {width: 8, depth: 2}
layers:
  - {op: body, name: one, out: width}
  - {op: body, out: 2 * width, repeat: depth}
"""
OLD = {"a.yaml": SPEC, "blocks.yaml": BLOCKS}


def changed(*pairs: tuple[str, str], of: Texts = OLD) -> dict[str, str]:
    """The files with texts in place of others, each of which stands once in one of them."""
    files = {**of}
    for old, new in pairs:
        (path,) = [path for path, text in files.items() if old in text]
        assert files[path].count(old) == 1
        files[path] = files[path].replace(old, new)
    return files


CHANGES = {
    "width 8 -> 12": ("width: 8", "width: 12"),
    "depth 2 -> 3": ("depth: 2", "depth: 3"),
    "input [3, 32, 32] -> [3, 48, 48]": ("[3, 32, 32]", "[3, 48, 48]"),
    "body.kernel 3 -> 5": ("kernel: 3", "kernel: 5"),
    "layer  -> gelu": ("      - relu\n", "      - relu\n      - gelu\n"),
    "conv.bias  -> false": ("padding: 1}", "padding: 1, bias: false}"),
    "layer relu -> ": ("      - relu\n", ""),
}


@pytest.mark.parametrize("seed", range(40))
def test_changes_of_a_spec_and_of_what_it_includes(seed: int):
    names = random.Random(seed).sample(sorted(CHANGES), 3)
    if "layer relu -> " in names and "layer  -> gelu" in names:
        names.remove("layer relu -> ")
    new = changed(*(CHANGES[name] for name in names))
    found = explained(subject(OLD, new))
    old = analysis(OLD).figures
    adds_up(found, old, analysis(new).figures)
    told = {f"{c.what} {c.before} -> {c.after}": c for c in found if c.kind is not Kind.REST}
    assert sorted(told) == sorted(names)
    for name in names:
        alone = analysis(changed(CHANGES[name])).figures
        effects = {k: v for k, v in told[name].effects.items() if k in old.totals}
        assert effects == differences(old, alone)
    assert all(c.source and c.source.path == _file_of(CHANGES[n][0]) for n, c in told.items())


def _file_of(text: str) -> str:
    return next(path for path, content in OLD.items() if text in content)


def test_what_is_only_together_is_a_rest():
    """12 / 8 of the channels and 9 / 4 of the positions: products of both are the rest's."""
    new = changed(CHANGES["width 8 -> 12"], CHANGES["input [3, 32, 32] -> [3, 48, 48]"])
    found = explained(subject(OLD, new))
    assert [cause.kind for cause in found] == [Kind.VALUE, Kind.VALUE, Kind.REST]
    assert found[-1].changes == 0

    def macs(width: int, positions: int) -> int:
        return 9 * positions * (3 * width + width * 2 * width + 4 * width * width)

    a, b, rest = (cause.effects["macs"] for cause in found)
    assert (a, b) == (macs(8, 48**2) - macs(8, 32**2), macs(12, 32**2) - macs(8, 32**2))
    assert a + b + rest == macs(12, 48**2) - macs(8, 32**2)


def test_changes_that_need_each_other_are_told_together():
    new = changed(
        ("width: 8", "wide: 8"), ("one, out: width", "one, out: wide"), ("2 * width", "3 * wide")
    )
    (rest,) = explained(subject(OLD, new))
    assert (rest.kind, rest.changes) == (Kind.REST, 3)  # that `wide` is added does nothing alone
    assert rest.source
    adds_up([rest], analysis(OLD).figures, analysis(new).figures)


def test_a_comment_or_a_name_changes_nothing():
    assert not explained(subject(OLD, changed(("depth: 2}", "depth: 2} # two"))))
    assert not explained(subject(OLD, changed(("name: one", "name: first"))))


def test_a_file_that_is_included_anew():
    old = {"a.yaml": "input: [3, 8, 8]\nlayers:\n  - relu\n"}
    new = {
        "a.yaml": "input: [3, 8, 8]\ninclude: blocks.yaml\nlayers:\n  - {op: body, out: 4}\n",
        "blocks.yaml": BLOCKS,
    }
    found = explained(subject(old, new))
    adds_up(found, analysis(old).figures, analysis(new).figures)
    assert Counter(cause.kind for cause in found) == {Kind.REST: 1}


def test_more_changes_than_are_tried():
    layers = "".join(f"  - {{op: conv, out_channels: {n}, kernel_size: 1}}\n" for n in range(1, 31))
    old = {"a.yaml": f"input: [3, 8]\nlayers:\n{layers}"}
    new = {"a.yaml": old["a.yaml"].replace("kernel_size: 1", "kernel_size: 3, padding: 1")}
    found = explained(subject(old, new))
    assert len(found) == MOST + 1
    assert (found[-1].kind, found[-1].changes) == (Kind.REST, 30 - MOST)
    adds_up(found, analysis(old).figures, analysis(new).figures)
    # without any tries they are one sum
    (rest,) = explained(subject(old, new, tries=0))
    assert rest.changes == 30
    adds_up([rest], analysis(old).figures, analysis(new).figures)


def test_layers_counted_for_causes_are_a_share_of_those_counted_anyway():
    purse = Purse(FLOOR, 2)
    assert not purse.spend(FLOOR + 1)
    assert purse.spend(FLOOR)
    for _ in range(3):
        purse.earn(333)
    assert not purse.spend(500)
    assert purse.spend(499)


def test_an_order_of_keys_is_not_put_down_to_another_change():
    """The output of the first path is alive while the second one is worked out."""
    text = """\
input: [2, 9, 9]
layers:
  - op: branches
    paths:
      a: [{op: conv, out_channels: 8, kernel_size: 1}]
      b: [{op: conv, out_channels: 64, kernel_size: 1}, {op: conv, out_channels: 2, kernel_size: 1}]
  - {op: conv, out_channels: 3, kernel_size: 1}
"""
    a, b = text.splitlines(keepends=True)[4:6]
    new = text.replace(a + b, b + a).replace("out_channels: 3", "out_channels: 5")
    cause, rest = explained(subject({"a.yaml": text}, {"a.yaml": new}))
    assert "peak_activation_bytes" not in cause.effects
    assert (rest.kind, rest.changes) == (Kind.REST, 0)
    then, now = 8 + 64 + 2, 2 + 64 + 2  # channels alive; now those of the input, which `a` needs
    assert rest.effects["peak_activation_bytes"] == (now - then) * 81 * 4


def test_limits_of_a_part_have_their_own_figures():
    new = changed(CHANGES["width 8 -> 12"])
    (cause,) = explained(subject(OLD, new))
    conv = sum(r.counts["params"] for r in analysis(new).figures.rows if r.op == "conv")
    was = sum(r.counts["params"] for r in analysis(OLD).figures.rows if r.op == "conv")
    assert cause.on(LIMITS[1]) == conv - was
    assert cause.on(LIMITS[0]) == cause.effects["macs"]
    new = changed(("kernel: 3", "kernel: 5"))
    (cause,) = explained(subject(OLD, new))
    assert cause.on(LIMITS[2]) == 3 * 2  # three convolutions of two positions more


def test_without_texts_the_layers_are_the_causes():
    given = subject(OLD, changed(CHANGES["width 8 -> 12"], CHANGES["depth 2 -> 3"]))
    given = given._replace(before=given.before._replace(read={}))
    found = explained(given)
    assert {cause.kind for cause in found} <= {Kind.LAYER, Kind.REST}
    adds_up(found, given.before.figures, given.figures)
    rows = {row.name: row for row in given.figures.rows}
    then = {row.name: row for row in given.before.figures.rows}
    for cause in found:
        if cause.kind is Kind.LAYER and cause.what in then and cause.what in rows:
            more = rows[cause.what].counts["macs"] - then[cause.what].counts["macs"]
            assert cause.effects.get("macs", 0) == more


def test_fields_are_told_of_where_they_changed() -> None:
    """A kernel makes the field larger, more channels do not."""
    old = "input: [3, 32, 32]\nlayers:\n  - {op: conv, out_channels: 8, kernel_size: 3}\n"
    old += "  - {op: conv, out_channels: 8, kernel_size: 3}\n"
    first, _, last = old.rpartition("kernel_size: 3")
    new = f"{first}kernel_size: 5{last}".replace("out_channels: 8", "out_channels: 12", 1)
    found = explained(subject({"a.yaml": old}, {"a.yaml": new}))
    fields = {cause.source.line: cause.effects.get(FIELD) for cause in found if cause.source}
    assert fields == {3: None, 4: 2}
