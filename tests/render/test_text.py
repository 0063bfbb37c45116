"""Pages on narrow terminals: nothing that is said is lost, and lines fit as far as words do."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from convcost.render.formats.page.text import lines
from convcost.render.parts.table import Column
from convcost.render.report import Heading, Item, Items, Paragraph, Table

words = st.text("abc", min_size=1, max_size=8)
cells = st.lists(st.tuples(words, words, words), min_size=1, max_size=5)
WIDTHS = st.integers(20, 60)


def shown(part: Heading | Items | Paragraph | Table, width: int | None) -> list[str]:
    return [line.text for line in lines([part], width)]


@given(cells, WIDTHS, st.integers(1, 6))
def test_a_table_that_is_too_wide_is_written_row_by_row(
    rows: list[tuple[str, str, str]], width: int, times: int
) -> None:
    """Each row has its name, and each other cell beside the heading of its column."""
    columns = [Column("layer", [row[0] for row in rows])]
    for number in range(times):
        columns.append(Column(f"first{number}", [row[1] for row in rows]))
        columns.append(Column(f"second{number}", [row[2] for row in rows]))
    found = shown(Table(columns), width)
    assert max(map(len, found)) <= max(width, 20)
    if found[0].split() == [column.heading for column in columns]:
        return
    said = " ".join(found).split()
    for column in columns[1:]:
        beside = [after for word, after in pairwise(said) if word == column.heading]
        assert beside == column.cells
    names = [line for line in found if not line.startswith(" ")]
    assert names == [row[0] for n, row in enumerate(rows) if not n or rows[n - 1][0] != row[0]]


@given(st.lists(words, min_size=1, max_size=30), WIDTHS)
def test_sentences_and_headings_are_wrapped(said: list[str], width: int) -> None:
    text = " ".join(said)
    for part in (Paragraph(text), Heading(text), Items([Item(text)])):
        found = shown(part, width)
        assert max(map(len, found)) <= width
        assert " ".join(found).split() == said
        assert shown(part, None) == [text]
