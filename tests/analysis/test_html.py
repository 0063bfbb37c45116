"""The table that a notebook shows."""

from __future__ import annotations

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
