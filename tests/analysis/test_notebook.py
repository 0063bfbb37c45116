"""The tables that a notebook shows."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

import convcost

SPEC = """
convcost: 1
name: a <b> & c
input: [3, 8, 8]
layers:
  - {op: conv, out_channels: 4, kernel_size: 3, name: first}
  - relu
"""


class Cells(HTMLParser):
    """The texts of a table, and whether all that is opened is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - of the parser
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_the_table() -> None:
    network = convcost.load("net.yaml", read=lambda _: SPEC.encode())
    cells = Cells()
    cells.feed(convcost.analyze(network)._repr_html_())  # pyright: ignore[reportPrivateUsage]
    assert cells.open == []
    assert cells.texts[:6] == ["a <b> & c", "layer", "op", "output", "params", "MACs"]
    assert cells.texts[6:11] == ["first", "conv", "4x6x6", "112", "3,888"]
    assert cells.texts[-3:] == ["total", "112", "3,888"]


def cells_of(shown: str) -> Cells:
    cells = Cells()
    cells.feed(shown)
    assert cells.open == []
    return cells


def rows_of(shown: str) -> list[list[str]]:
    """The texts of the rows of a table, empty cells included."""
    rows = re.findall(r"<tr>(.*?)</tr>", shown)
    return [[unescape(c) for c in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row)] for row in rows]


def test_many_layers_are_folded_and_add_up() -> None:
    analysis = convcost.analyze(convcost.load("resnet50"))
    shown = analysis._repr_html_()  # pyright: ignore[reportPrivateUsage]
    _, *rows, total = rows_of(shown)
    assert len(rows) <= 40
    assert total == ["total", "", "", "25,557,032", "4,089,184,256"]
    for column in (3, 4):
        figures = [int(row[column].replace(",", "")) for row in rows]
        assert sum(figures) == int(total[column].replace(",", ""))
    assert ["stage.2.1.spatial", "conv ×5", "256x14x14", "2,951,680", "578,027,520"] in rows
    assert "175 layers in 32 rows; ×2 is two alike" in cells_of(shown).texts


def test_a_comparison() -> None:
    first = convcost.load("net.yaml", read=lambda _: SPEC.encode())
    changed = SPEC.replace("out_channels: 4", "out_channels: 8").replace("<b>", "<i>")
    second = convcost.load("net.yaml", read=lambda _: changed.encode())
    found = convcost.compare(convcost.analyze(first), convcost.analyze(second))
    shown = found._repr_html_()  # pyright: ignore[reportPrivateUsage]
    assert rows_of(shown) == [
        ["", "layer", "what", "params 1", "params 2", "MACs 1", "MACs 2"],
        # 3 x 3 x 3 weights and a bias each; 36 positions
        *[["~", "first", "conv: out_channels, output_shapes", "112", "224", "3,888", "7,776"]],
        ["~", "relu", "relu: input_shapes, output_shapes", "0", "0", "0", "0"],
        ["", "total", "", "112", "224", "3,888", "7,776"],
    ]
    assert cells_of(shown).texts[-3:] == ["1: a <b> & c", "2: a <i> & c", "0 layers the same"]


def test_a_comparison_of_many_layers_has_those_that_differ_most() -> None:
    designs = [
        convcost.analyze(convcost.load(name)) for name in ("densenet121", "vgg16", "resnet50")
    ]
    found = convcost.compare(*designs)
    shown = found._repr_html_()  # pyright: ignore[reportPrivateUsage]
    _, *rows, total = rows_of(shown)
    assert len(rows) == 40
    assert total[3:6] == ["7,978,856", "138,357,544", "25,557,032"]
    differ = sum(not row.same for row in found.rows)
    assert f"{differ - 40} more differ less" in cells_of(shown).texts[-1]
    macs = [[int(cell.replace(",", "") or 0) for cell in row[6:]] for row in rows]
    listed = [max(abs(one - of[0]) for one in of) for of in macs]
    every = [max(abs(row.difference(n, "macs")) for n in range(3)) for row in found.rows]
    assert sorted(listed) == sorted(every)[-40:]
