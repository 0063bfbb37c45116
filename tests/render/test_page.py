"""Pages of HTML: strict, self-contained, and inert whatever names are in them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from in_format import in_format
from pages import Page

import convcost
from convcost.analysis.compare.comparison import compare
from convcost.render.html.diff import diff
from convcost.render.html.document import SCRIPT, STYLE, WATCH, file_text
from convcost.render.html.element import anchor, element, html, link
from convcost.render.html.markup import rendered
from convcost.render.reports.analyze import report

if TYPE_CHECKING:
    from convcost.analysis.analyze.network_cost import Analysis

MOST_BYTES = 300_000
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "&lt;b&gt; &amp; </title></style>",
    "\u05d0\u05d1\u05d2 \u202e reversed",
    "javascript:alert(1)",
)


def page_of(analysis: Analysis) -> str:
    return in_format(report(analysis, analysis.layers), "html")


def loaded(text: str, **asked: Any) -> Analysis:
    return convcost.analyze(convcost.load("net.yaml", read=lambda _: text.encode(), **asked))


def test_resnet50_is_one_small_file() -> None:
    text = page_of(convcost.analyze(convcost.load("resnet50")))
    page = Page(text)
    page.is_strict()
    assert len(text.encode()) < MOST_BYTES
    assert "connect-src" not in page.policy


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_text(name: str) -> None:
    plain = Page(page_of(_named("a")))
    page = Page(page_of(_named(name)))
    page.is_strict()
    assert [tag.name for tag in page.tags] == [tag.name for tag in plain.tags]
    assert convcost.errors.printable(name) in "".join(page.texts)


@pytest.mark.parametrize("name", ["e", "bytes", ""])
def test_the_layer_at_the_peak_may_be_named_as_a_part_of_the_sentence(name: str) -> None:
    found = loaded("input: [3, 8, 8]\nlayers: [relu]").network
    found.layers[0].name = name
    page = page_of(convcost.analyze(found))
    assert f"Peak: 1,536 bytes while {name} runs, layer 1 of 1." in "".join(Page(page).texts)
    assert f">{name}</a> runs, layer 1 of 1.</p>" in page


def _named(name: str) -> Analysis:
    """A network, a layer and an input of a name, as a file of another tool may have them."""
    found = loaded("input: [3, 8, 8]\nlayers: [{op: conv, out_channels: 4, kernel_size: 3}, relu]")
    network = found.network
    network.name = name
    for number, layer in enumerate(network.layers):
        layer.name = f"{name}{number}"
    return convcost.analyze(network)


@given(st.text())
def test_text_is_never_markup(text: str) -> None:
    page = Page(html([element("p", {"title": text, "id": anchor(text)}, text, link(text))]))
    assert [tag.name for tag in page.tags] == ["p", "a"]
    assert page.tags[0].attributes["title"] == convcost.errors.printable(text)
    assert "".join(page.texts) == 2 * convcost.errors.printable(text)


@pytest.mark.parametrize(
    "attributes",
    [{"onclick": "x"}, {"style": "color: red"}, {"href": "https://a.example"}, {"src": "x.js"}],
)
def test_no_element_runs_styles_or_leads_away(attributes: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="a page has no attribute"):
        element("a", attributes)


def test_attributes() -> None:
    given = {"tabindex": 0, "open": True, "hidden": False, "id": None, "title": 'a "b" <c>'}
    text = html([element("p", given, "x"), element("rect", {"width": "3%"})])
    wanted = '<p tabindex=0 open title="a &quot;b&quot; &lt;c&gt;">x</p><rect width=3% />'
    assert text == wanted


def test_our_own_files_end_nothing_early() -> None:
    for name in (STYLE, SCRIPT, WATCH):
        text = file_text(name)
        assert "</" not in text, name
        assert "\r" not in text, name


def test_markdown_has_no_html_of_its_own() -> None:
    text = "<script>x</script> [a](javascript:x) [b](other.md) [c](https://c.example/?q=1&r=2)"
    page = Page(rendered(text).html)
    assert [tag.name for tag in page.tags] == ["p", "a"]
    assert page.all("a") == [{"href": "https://c.example/?q=1&r=2"}]


def test_every_layer_is_a_row_a_leaf_and_a_link() -> None:
    analysis = convcost.analyze(convcost.load("mobilenet_v2"))
    page = Page(page_of(analysis))
    ids = [tag.attributes["id"] for tag in page.tags if "id" in tag.attributes]
    names = [layer.name for layer in analysis.layers]
    assert [one for one in ids if str(one).startswith("layer=")] == [f"layer={n}" for n in names]
    assert len({*ids}) == len(ids)
    links = [str(tag.get("href")).removeprefix("#layer=") for tag in page.all("a")]
    # In the tree, in the table, in the fields and in the formulas.
    assert all(links.count(name) >= 4 for name in names)


def test_a_module_that_is_called_again_keeps_its_layers_in_their_places() -> None:
    """A tree has them side by side, and says where each of them lies in the network."""
    analysis = loaded("input: [3, 8, 8]\nlayers: [relu, relu, relu]")
    for layer, name in zip(analysis.network.layers, ("a.x", "b.x", "a.y"), strict=True):
        layer.name = name
    page = Page(page_of(convcost.analyze(analysis.network)))
    (tree,) = (tag.attributes for tag in page.tags if tag.attributes.get("class") == "tree")
    assert tree["data-order"] == "0 2 1"
    assert "data-order" not in page_of(analysis)


def test_layers_beside_a_change_are_shown_and_others_are_folded() -> None:
    """Of nine layers one by one, of which the fifth has another slope."""
    slopes = {"a": "0.1", "b": "0.2"}
    chain = [
        loaded(
            "input: [3, 8, 8]\nlayers:\n"
            + "".join(
                f"  - {{op: leaky_relu, name: l{n}, negative_slope: {slope if n == 4 else 0.3}}}\n"
                for n in range(9)
            )
        )
        for slope in slopes.values()
    ]
    text = html(diff(compare(*chain).rows, [*slopes], 1))
    folded = re.findall(r"<details>.*?</details>", text)
    shown = re.sub(r"<details>.*?</details>", "", text)
    names = re.compile(r"#layer=(l\d)")
    assert [*dict.fromkeys(names.findall(shown))] == ["l3", "l4", "l5"]
    assert [[*dict.fromkeys(names.findall(one))] for one in folded] == [
        *(["l0", "l1", "l2"], ["l6", "l7", "l8"])
    ]
