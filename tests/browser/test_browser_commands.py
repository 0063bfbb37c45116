"""The page of each command that has a report, in Chromium: quiet, readable, accessible."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Open = Callable[..., Any]
    Audited = Callable[[Any], Any]

pytestmark = pytest.mark.browser

SPEC = """
input: [3, 32, 32]
budget: {params: 1k, macs: 100M}
layers:
  - {op: conv, out_channels: 16, kernel_size: 3, padding: 1}
  - relu
  - {op: conv, out_channels: 32, kernel_size: 4, stride: 3}
"""
COMMANDS = (
    ("alternatives", "alexnet_2012"),
    ("analyze", "m5", "--device", "rtx3090"),
    ("analyze", "resnet18", "mobilenet_v2"),
    ("analyze", "unet_3d", "--by", "op"),
    ("check", "net.yaml"),
    ("compare", "resnet18", "resnet50", "vgg16"),
    ("explain", "conv"),
    ("explain", "macs"),
    ("lint", "alexnet_2012"),
    ("lint", "--explain", "CC101"),
    ("reconcile", "srcnn"),
    ("rf", "deeplabv3plus"),
    ("rf", "context_network", "context.5"),
    ("specs",),
    ("sweep", "mobilenet_v2", "width=0.5,0.75,1.0", "--pareto", "macs,params:max"),
    ("verify", "net.yaml"),
)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_page(opened: Open, audited: Audited, tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "net.yaml").write_text(SPEC)
    called = [sys.executable, "-m", "convcost", *words, "--format", "html"]
    done = subprocess.run(called, cwd=tmp_path, capture_output=True, check=False)
    path = tmp_path / "page.html"
    path.write_bytes(done.stdout)
    for scheme, width in (("light", 1300), ("dark", 390)):
        viewport = {"width": width, "height": 800}
        found = opened(path, color_scheme=scheme, viewport=viewport)
        page = found.page
        assert found.said == []
        assert found.requests == [path.as_uri()]
        assert page.locator("h1").count() >= 1
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        told = audited(page)
        assert {one["id"]: one["nodes"][0]["html"] for one in told["violations"]} == {}
