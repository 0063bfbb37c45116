"""Parts of a page that are bounded: never longer, whole where they have room, cut from the end."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from convcost.render.formats.page.markdown import NO_ROOM, write
from convcost.render.parts.table import Column
from convcost.render.report import (
    Bounded,
    Document,
    Drawing,
    Fold,
    Heading,
    Item,
    Items,
    Medium,
    Paragraph,
    Part,
    Report,
    Table,
)

words = st.text("ab <|>*&\n", max_size=30)
simple = st.one_of(
    words.map(Heading),
    words.map(Paragraph),
    st.lists(words, min_size=1, max_size=30).map(lambda texts: Items([Item(t) for t in texts])),
    st.lists(words, min_size=1, max_size=30).map(lambda cells: Table([Column("head", cells)])),
    words.map(lambda title: Drawing([], title)),
)
parts = st.lists(
    st.one_of(simple, st.builds(Fold, words, st.lists(simple, min_size=1, max_size=4))), max_size=8
)


def written(of: list[Part]) -> str:
    def page(_: Medium) -> list[Part]:
        return of

    return write(Report(page, lambda: Document({})), Medium())


@given(parts, st.integers(200, 3000))
def test_it_is_never_longer_and_whole_where_it_has_room(given: list[Part], most: int) -> None:
    whole = written(given)
    bounded = written([Bounded(given, most)])
    assert len(bounded) <= most + 1  # the end of its last line
    if len(whole) <= most - len(NO_ROOM) - 2:
        assert bounded == whole
    if bounded != whole:
        assert NO_ROOM in bounded or " more.\n" in bounded
    assert bounded.count("<details>") == bounded.count("</details>")


@given(parts, st.integers(200, 3000))
def test_what_is_left_is_the_beginning(given: list[Part], most: int) -> None:
    whole = written(given).splitlines()
    bounded = written([Bounded(given, most)]).splitlines()
    kept = [line for line in bounded if line != NO_ROOM and not line.endswith(" more.")]
    while kept and kept[-1] in ("", "</details>"):
        kept.pop()
    assert [line for line in whole if line][: len([x for x in kept if x])] == [x for x in kept if x]
