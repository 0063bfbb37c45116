"""Changes between two texts: all of them make the new one, none of them the old one."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from convcost import analyze, load
from convcost.gate.edits import SILENT, Edits, Kind
from convcost.gate.node_text import Identities, yaml_of
from convcost.spec.compose import compose
from convcost.spec.nodes import File, Mapping, Node
from convcost.spec.problems import Problems

ROOT = Path(__file__).parent.parent.parent
SPECS = sorted(
    [*(ROOT / "specs").glob("*.yaml"), *(ROOT / "tests" / "data" / "papers").glob("*.yaml")]
)
SPEC = """\
input: [3, 8, 8]
vars: {width: 4, depth: 2}
layers:
  - {op: conv, name: stem, out_channels: width, kernel_size: 3, padding: 1}
  - relu
  - {op: conv, out_channels: 2, kernel_size: 1}
  - op: table
    columns: [t, c]
    rows:
      - [1, 16]
      - [6, 24]
    layers:
      - {op: conv, out_channels: t * c, kernel_size: 1}
  - op: residual
    body:
      - {op: conv, out_channels: 144, kernel_size: 3, padding: 1}
      - relu
"""


def top(text: str) -> Node:
    file = File("a.yaml", text)
    found = compose(file, Problems(file))
    assert found is not None
    return found


def edits(old: str, new: str) -> Edits:
    return Edits(top(old), top(new), lambda line: line)


def loud(node: Node) -> Mapping:
    """Without the keys that no figure depends on."""
    assert isinstance(node, Mapping)
    found = Mapping(node.file, 1, 1, flow=False)
    found.entries = {key: entry for key, entry in node.entries.items() if key not in SILENT}
    return found


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_a_spec_written_again_is_the_same_network(path: Path):
    again = yaml_of(top(path.read_text())).encode()
    name = str(path)
    before, after = (
        analyze(load(name)).figures,
        analyze(load(name, read=lambda asked: again if asked == name else b"")).figures,
    )
    assert after.totals == before.totals
    assert [row[:5] for row in after.rows] == [row[:5] for row in before.rows]


@pytest.mark.parametrize("seed", range(60))
def test_all_changes_make_the_new_text_and_none_the_old(seed: int):
    """Of any two specs, however little they have in common."""
    old, new = (path.read_text() for path in random.Random(seed).sample(SPECS, 2))
    found = edits(old, new)
    same = Identities()
    assert same(loud(found.applied(lambda _: True))) == same(loud(top(new)))
    assert same(loud(found.applied(lambda _: False))) == same(loud(top(old)))


@pytest.mark.parametrize("seed", range(40))
def test_entries_taken_out_put_in_and_moved(seed: int):
    """Lines of layers in any other order."""
    rng = random.Random(seed)
    lines = SPEC.splitlines(keepends=True)
    own = lines[3:6]
    changed = [rng.choice([*own, "  - gelu\n"]) for _ in range(rng.randrange(1, 6))]
    new = "".join((*lines[:3], *changed, *lines[6:]))
    found = edits(SPEC, new)
    same = Identities()
    assert same(found.applied(lambda _: True)) == same(top(new))
    # each by itself is a text, too
    for number in range(len(found.edits)):
        yaml_of(found.applied(lambda one, number=number: one == number))


@pytest.mark.parametrize(
    ("old", "new", "kind", "said"),
    [
        ("width: 4", "width: 6", Kind.VALUE, ("width", "4", "6")),
        ("[3, 8, 8]", "[3, 9, 8]", Kind.VALUE, ("input", "[3, 8, 8]", "[3, 9, 8]")),
        ("depth: 2", "depth: [2, 3]", Kind.VALUE, ("depth", "2", "[2, 3]")),
        (", depth: 2", "", Kind.REMOVED, ("depth", "2", "")),
        ("depth: 2", "depth: 2, more: 1", Kind.ADDED, ("more", "", "1")),
        ("out_channels: width", "out_channels: 9", Kind.VALUE, ("stem.out_channels", "width", "9")),
        (
            "kernel_size: 3, padding: 1}\n  - relu",
            "kernel_size: 5, padding: 2}\n  - relu",
            Kind.VALUE,
            ("stem", "{kernel_size: 3, padding: 1}", "{kernel_size: 5, padding: 2}"),
        ),
        ("  - relu\n  - {op", "  - {op", Kind.REMOVED, ("layer", "relu", "")),
        ("  - relu\n  - {op", "  - gelu\n  - {op", Kind.VALUE, ("layer", "relu", "gelu")),
        ("  - relu\n  - {op", "  - relu\n  - gelu\n  - {op", Kind.ADDED, ("layer", "", "gelu")),
        ("- [6, 24]", "- [6, 32]", Kind.VALUE, ("table row 2 c", "24", "32")),
        ("- [6, 24]", "- [6, 24]\n      - [6, 32]", Kind.ADDED, ("table row 3", "", "[6, 32]")),
        ("      - [1, 16]\n", "", Kind.REMOVED, ("table row 1", "[1, 16]", "")),
        ("# nothing", "# a comment", None, ()),
        ("  - relu\n  - {op", "  - 'relu'\n  - {op", Kind.VALUE, ("relu", "relu", "relu")),
    ],
)
def test_what_a_change_is_called(old: str, new: str, kind: Kind | None, said: tuple[str, ...]):
    text = SPEC + "# nothing\n"
    assert text.count(old) == 1
    found = edits(text, text.replace(old, new)).edits
    assert [(edit.kind, edit[1:4]) for edit in found] == ([(kind, said)] if kind else [])


def test_an_entry_that_moves_is_one_change():
    new = SPEC.replace("  - relu\n  - {op", "  - {op") + "  - relu\n"
    (found,) = edits(SPEC, new).edits
    assert (found.kind, found.before, found.source.line) == (Kind.MOVED, "relu", 17)


def test_what_an_alias_repeats_changes_once():
    text = "input: [3, 8]\nvars: {a: &width 4, b: *width}\nlayers: [relu]\n"
    (found,) = edits(text, text.replace("4", "5")).edits
    assert found[1:4] == ("a", "4", "5")


def test_an_order_of_keys_is_no_change_but_known():
    text = "input: [3, 8]\nvars: {a: 1, b: 2}\nlayers: [relu]\n"
    found = edits(text, text.replace("a: 1, b: 2", "b: 2, a: 1"))
    assert not found.edits
    assert not found.complete
    assert edits(text, text.replace("1", "3")).complete
