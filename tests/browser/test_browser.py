"""Pages as a reader has them: in Chromium, from a file, under their policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from in_format import in_format

import convcost
from convcost.render.reports.analyze import report

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Open = Callable[..., Any]
    Audited = Callable[[Any], Any]

pytestmark = pytest.mark.browser

LAYER = "stage.1.0.spatial"
HOSTILE = (
    "<img src=x onerror=document.title='taken'>",
    "\"' onmouseover=document.title='taken' x='",
    "</script><script>document.title='taken'</script>",
    "javascript:document.title='taken'//",
    "\u05d0\u05d1\u05d2.conv",
)


@pytest.fixture(scope="module")
def resnet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of ResNet-50."""
    path = tmp_path_factory.mktemp("pages") / "resnet50.html"
    analysis = convcost.analyze(convcost.load("resnet50"))
    path.write_text(in_format(report(analysis, analysis.layers), "html"), "utf-8")
    return path


def visible(page: Any, selector: str) -> int:
    """How many of some elements take room."""
    return page.locator(selector).evaluate_all(
        "found => found.filter(one => one.checkVisibility()).length"
    )


def test_it_is_quiet_and_asks_for_nothing(opened: Open, resnet: Path) -> None:
    found = opened(resnet)
    assert found.said == []
    assert found.requests == [resnet.as_uri()]
    assert found.page.evaluate("document.title") == "ResNet-50 3x224x224 -> 1000 - convcost"


def test_the_policy_forbids_what_is_not_ours(opened: Open, resnet: Path) -> None:
    page = opened(resnet).page
    page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "document.title = 'taken'";
            document.body.append(script);
            const link = document.createElement("img");
            link.setAttribute("onerror", "document.title = 'taken'");
            link.src = "x.png";
            document.body.append(link);
        }"""
    )
    assert page.locator("img").count() == 1
    assert page.evaluate("document.title") != "taken"


def test_the_first_screen_says_what_costs(opened: Open, resnet: Path) -> None:
    page = opened(resnet, viewport={"width": 1280, "height": 800}).page
    row = page.locator("#modules summary:has-text('stage.2')").first
    assert {"1.46G", "36%", "7.10M", "28%", "29.9M"} <= {*row.inner_text().split()}
    for shown in (row, page.locator("#totals"), page.locator("#modules a:has-text('classifier')")):
        box = shown.bounding_box()
        assert box is not None
        assert 0 < box["y"] < box["y"] + box["height"] < 800


def test_search_leaves_rows_and_modules_that_match(opened: Open, resnet: Path) -> None:
    page = opened(resnet).page
    assert visible(page, "#layers tbody tr") == 175
    page.locator("input[type=search]").fill("stage.3 conv 3x3")
    page.locator("[role=status]:text('3 of')").wait_for()
    assert visible(page, "#layers tbody tr") == 3
    assert visible(page, ".tree a") == 3
    page.locator("input[type=search]").fill("")
    page.locator("[role=status]:text('3 of')").wait_for(state="detached")
    assert visible(page, "#layers tbody tr") == 175


def test_a_click_on_a_heading_sorts(opened: Open, resnet: Path) -> None:
    page = opened(resnet).page
    head = page.locator("#layers th:has-text('MACs')")
    first = page.locator("#layers tbody tr").first
    head.locator("button").click()
    assert "118,013,952" in first.inner_text()
    assert head.get_attribute("aria-sort") == "descending"
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    head.locator("button").click()
    assert head.get_attribute("aria-sort") is None
    assert first.inner_text().startswith("conv1")


def test_modules_fold(opened: Open, resnet: Path) -> None:
    page = opened(resnet).page
    before = visible(page, ".tree summary")
    page.locator(".tree summary:has-text('stage.0')").first.click()
    assert visible(page, ".tree summary") == before + 2  # the first block, and two that are alike


@pytest.mark.parametrize(
    "place",
    ["#layers th a", "#modules a.r", "#graph g[data-layer]:not(.o)", "#formulas p a"],
)
def test_what_is_chosen_in_one_view_is_chosen_in_all(
    opened: Open, resnet: Path, place: str
) -> None:
    page = opened(resnet).page
    for fold in ("modules", "formulas"):
        page.evaluate(
            f"document.querySelectorAll('#{fold} details').forEach(one => one.open = true)"
        )
    spot = {
        "#layers th a": f'#layers th a:text-is("{LAYER}")',
        "#modules a.r": f'#modules a.r[href="#layer={LAYER}"]',
        "#graph g[data-layer]:not(.o)": f'#graph g[data-layer="{LAYER}"]',
        "#formulas p a": f'#formulas p a[href="#layer={LAYER}"]',
    }[place]
    page.locator(spot).first.click()
    is_chosen(page)


def is_chosen(page: Any) -> None:
    """Assert that every view shows the layer as the chosen one."""
    assert page.url.endswith(f"#layer={LAYER}")
    assert page.locator("#chosen h2").inner_text() == LAYER
    assert page.locator("#layers tr.on").count() == 1
    assert page.locator("#modules a.on").count() == 1
    assert page.locator("#graph g.on").count() == 1
    assert page.locator("#field a.on").count() == 1
    assert page.locator("#formulas a.on").count() == 1
    assert float(page.locator("#memory .cursor").get_attribute("width") or 0) > 0
    told = page.locator("#chosen").inner_text()
    assert "147,456" in told
    assert "115,605,504" in told
    assert "91..133 of axis 1" in told
    assert "macs = out_channels * out_positions * taps" in told


def test_a_link_chooses_a_layer(opened: Open, resnet: Path) -> None:
    page = opened(resnet, f"#layer={LAYER}").page
    is_chosen(page)
    page.keyboard.press("Escape")
    assert "#" not in page.url
    assert page.locator("#chosen").is_visible() is False
    assert page.locator(".on").count() == 0


def test_what_a_unit_reads_is_drawn_where_it_reads(opened: Open, resnet: Path) -> None:
    """The drawing beside a chosen layer, pixel by pixel: blue inside of the field, and not
    beside."""
    page = opened(resnet, f"#layer={LAYER}").page
    box = page.locator("#chosen svg.square").first.bounding_box()
    assert box is not None
    for at, read in ((0.5, True), (92 / 224, True), (90 / 224, False), (135 / 224, False)):
        x, y = box["x"] + at * box["width"], box["y"] + at * box["height"]
        found = page.evaluate(f"document.elementFromPoint({x}, {y}).getAttribute('class')")
        assert (found == "read") is read, at


def test_keys(opened: Open, resnet: Path) -> None:
    page = opened(resnet).page
    page.locator("#layers th a").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.locator("#chosen h2").inner_text() == "conv1.norm"
    page.keyboard.press("Escape")
    page.locator("#graph g[tabindex]").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("#chosen h2").inner_text() == "conv1"
    page.keyboard.press("Control+k")
    assert page.evaluate("document.activeElement.type") == "search"


def test_memory_names_the_layer_under_the_pointer(opened: Open, resnet: Path) -> None:
    page = opened(resnet).page
    plot = page.locator("#memory svg")
    box = plot.bounding_box()
    assert box is not None
    at = {"x": box["width"] * 13.5 / 175, "y": 5}
    plot.hover(position=at)
    assert page.locator("#memory .under").inner_text() == "stage.0.0.shortcut.norm: 9.63MB"
    plot.click(position=at)
    assert page.locator("#chosen h2").inner_text() == "stage.0.0.shortcut.norm"


def test_steps_are_in_the_order_of_the_network(opened: Open, tmp_path: Path) -> None:
    """Also where the tree has layers of a module together that do not follow each other."""
    text = "input: [3, 8, 8]\nlayers: [relu, relu, relu]"
    network = convcost.load("net.yaml", read=lambda _: text.encode())
    for layer, name in zip(network.layers, ("a.x", "b.x", "a.y"), strict=True):
        layer.name = name
    analysis = convcost.analyze(network)
    path = tmp_path / "page.html"
    path.write_text(in_format(report(analysis, analysis.layers), "html"), "utf-8")
    page = opened(path).page
    plot = page.locator("#memory svg")
    for number, name in enumerate(("a.x", "b.x", "a.y")):
        box = plot.bounding_box()  # which is narrower once a layer is chosen
        assert box is not None
        plot.click(position={"x": box["width"] * (number + 0.5) / 3, "y": 5})
        assert page.locator("#chosen h2").inner_text() == name
        assert page.locator("#memory .cursor").get_attribute("x") == str(number)


def test_without_scripts_all_is_readable(opened: Open, resnet: Path) -> None:
    found = opened(resnet, f"#layer={LAYER}", java_script_enabled=False)
    page = found.page
    assert found.said == []
    assert page.locator("#layers tbody tr").count() == 175
    assert page.locator("#modules details").count() > 10
    assert page.locator("#formulas details").count() > 10
    assert page.locator("input").count() == 0
    row = page.locator(f'[id="layer={LAYER}"]').bounding_box()
    assert row is not None
    assert 0 < row["y"] < 900  # the browser itself follows the link
    page.locator("#formulas summary").first.click()
    assert "macs =" in page.locator("#formulas details pre").first.inner_text()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_does_nothing(opened: Open, tmp_path: Path, name: str) -> None:
    text = "input: [3, 8, 8]\nlayers: [{op: conv, out_channels: 4, kernel_size: 3}, relu]"
    network = convcost.load("net.yaml", read=lambda _: text.encode())
    network.name = name
    network.layers[0].name = name
    analysis = convcost.analyze(network)
    path = tmp_path / "page.html"
    path.write_text(in_format(report(analysis, analysis.layers), "html"), "utf-8")
    found = opened(path)
    page = found.page
    page.locator("#layers th a").first.click()
    assert page.locator("#chosen h2").inner_text() == name
    page.locator("#chosen h2").hover()
    assert found.said == []
    assert found.requests == [path.as_uri()]
    assert page.evaluate("document.title").startswith(name)
    assert page.locator("tbody th").first.inner_text() == name


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1300])
def test_axe_finds_nothing(
    opened: Open, audited: Audited, resnet: Path, scheme: str, width: int
) -> None:
    viewport = {"width": width, "height": 900}
    page = opened(resnet, f"#layer={LAYER}", color_scheme=scheme, viewport=viewport).page
    found = audited(page)
    assert len(found["passes"]) > 10
    assert {one["id"]: one["nodes"][0]["html"] for one in found["violations"]} == {}


def test_a_graph_that_is_wider_than_a_phone_begins_at_its_input(
    opened: Open, tmp_path: Path
) -> None:
    analysis = convcost.analyze(convcost.load("unet"))
    path = tmp_path / "page.html"
    path.write_text(in_format(report(analysis, analysis.layers), "html"), "utf-8")
    page = opened(path, "#graph", viewport={"width": 390, "height": 800}).page
    box = page.locator("#graph g.e").first.bounding_box()
    assert box is not None
    assert 0 < box["x"] < box["x"] + box["width"] < 390


def test_nothing_is_wider_than_a_phone(opened: Open, resnet: Path) -> None:
    page = opened(resnet, viewport={"width": 390, "height": 800}).page
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
